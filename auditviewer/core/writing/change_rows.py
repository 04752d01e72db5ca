"""Changes as rows: each with the event that made it; as CSV or JSON, the values as they stand in the source."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from auditviewer.core.change_list import EventChanges
from auditviewer.core.table import EventTable
from auditviewer.core.writing.csv_writer import starts_formula

COLUMNS = (
    "Timestamp", "Id", "Initiator", "Target", "WorkflowId", "Pointer", "Change", "Before", "After", "From", "Note",
)  # fmt: skip
"""Of a written file: five cells of the event, then the change."""

NOT_COMPARED = "not compared"
_EVENTS_AT_ONCE = 2048


class ChangeRow(NamedTuple):
    """One change of one event; of an event whose states cannot be compared one row that says why."""

    timestamp: str | None
    id: str | None
    initiator: str | None
    target: str | None
    workflow: str | None
    pointer: str
    change: str
    before: str | None
    after: str | None
    origin: str | None
    """Where it stood in the original state, when that is elsewhere."""
    note: str = ""


def change_rows(table: EventTable, listed: Iterable[EventChanges]) -> Iterator[ChangeRow]:
    """Yield a row for each change, in the order of the events."""
    events = iter(listed)
    while some := list(islice(events, _EVENTS_AT_ONCE)):
        cells = zip(*table.page([event.position for event in some], COLUMNS[:5]), strict=True)
        for event, about in zip(some, cells, strict=True):
            if event.problem:
                yield ChangeRow._make((*about, "", NOT_COMPARED, None, None, None, event.problem))
            for pointer, kind, before, after, origin in event.changes:
                whence = None if origin in (pointer, None) else origin
                yield ChangeRow._make((*about, pointer, kind.value, before, after, whence, ""))


def write_change_rows(out: BinaryIO, rows: Iterable[ChangeRow], is_formula_safe: bool = False) -> int:
    """Write the rows as CSV (RFC 4180) with a header; return how many there were.

    Before and After hold JSON source text to the letter; what is not there, is an empty field. Lone surrogates, which
    UTF-8 cannot hold, become U+FFFD.
    """
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=False)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        fields = [_encodable(field or "") for field in row]
        writer.writerow([f"'{f}" if is_formula_safe and starts_formula(f) else f for f in fields])
        count += 1
    text.flush()
    text.detach()
    return count


def row_as_json(row: ChangeRow) -> str:
    """Return a row as one JSON object; before and after are the source text itself, as JSON values."""
    head = {
        "timestamp": row.timestamp, "id": row.id, "initiator": row.initiator, "target": row.target,
        "workflow": row.workflow, "path": row.pointer, "change": row.change,
    }  # fmt: skip
    if row.origin is not None:
        head["from"] = row.origin
    if row.note:
        head["note"] = row.note
    members = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in head.items()]
    members += [f'"{n}": {text}' for n, text in (("before", row.before), ("after", row.after)) if text is not None]
    return "{" + ", ".join(members) + "}"


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
