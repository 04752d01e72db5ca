"""Events as text for the clipboard: a cell to the letter, rows as CSV or JSON."""

from __future__ import annotations

from collections.abc import Sequence

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.table import EventTable, Positions

ROW_LIMIT = 100_000
"""More rows than this are for a file, not for the clipboard."""


def copy_column(table: EventTable, positions: Positions, column: str, progress: Progress = SILENT) -> str:
    """Return the column's cells as they stand in the source, one a line; a missing cell is an empty line."""
    _check(positions)
    pieces = []
    for start in range(0, len(positions), 5000):
        progress.check()
        (texts,) = table.page(positions[start : start + 5000], [column])
        pieces += [text or "" for text in texts]
    return "\n".join(pieces)


def copy_csv(table: EventTable, positions: Positions, columns: Sequence[str], progress: Progress = SILENT) -> str:
    """Return the events as RFC 4180 CSV with a header; every field is quoted, so that a lone CR stays inside it."""
    import csv
    import io

    _check(positions)
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    for start in range(0, len(positions), 5000):
        progress.check()
        page = table.page(positions[start : start + 5000], columns)
        writer.writerows([text or "" for text in row] for row in zip(*page, strict=True))
    return out.getvalue()


def copy_json(table: EventTable, positions: Positions, columns: Sequence[str], progress: Progress = SILENT) -> str:
    """Return the events as a JSON array of objects, one a line, each cell as it stood in its source."""
    import json

    from auditviewer.core.schema import is_json
    from auditviewer.core.table import CellKind

    _check(positions)
    lines = []
    for count, position in enumerate(positions.tolist()):
        if count % 5000 == 0:
            progress.check()
        members = []
        for column in columns:
            kind, text = table.kind(position, column), table.text(position, column)
            if kind is CellKind.ABSENT:
                continue
            if text is None:
                value = "null"
            elif kind is CellKind.JSON or (kind is CellKind.STRING and is_json(column) and _is_json_text(text)):
                value = text
            else:
                value = json.dumps(text, ensure_ascii=False)
            members.append(f"{json.dumps(column, ensure_ascii=False)}: {value}")
        lines.append("{" + ", ".join(members) + "}")
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _is_json_text(text: str) -> bool:
    import json

    if text[:1] not in "{[":
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _check(positions: Positions) -> None:
    if len(positions) > ROW_LIMIT:
        raise WrongUsageError(
            f"{len(positions):,} rows are too many for the clipboard.", f"Select at most {ROW_LIMIT:,}, or export them."
        )
