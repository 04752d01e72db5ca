"""The formats that events can be written in: one table; adding one is one row and one function."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.table import EventTable, Positions
from auditviewer.core.writing.csv_writer import write_csv
from auditviewer.core.writing.files import write_file
from auditviewer.core.writing.info import write_info
from auditviewer.core.writing.json_writer import write_json, write_jsonl
from auditviewer.core.writing.parquet_writer import write_parquet
from auditviewer.core.writing.report import Notes, WriteChoices, WriteReport
from auditviewer.core.writing.xlsx_writer import write_xlsx

Writer = Callable[[BinaryIO, EventTable, Positions, Sequence[str], WriteChoices, Notes, Progress], None]


@dataclass(frozen=True)
class FormatSpec:
    """One format: its key, words for people, file suffix, and what it does to values."""

    key: str
    label: str
    suffix: str
    remark: str
    write: Writer


FORMATS: tuple[FormatSpec, ...] = (
    FormatSpec("csv", "CSV", ".csv", "Every value to the letter; null, absent and empty look alike.", write_csv),
    FormatSpec("json", "JSON", ".json", "Every value to the letter; objects stay objects.", write_json),
    FormatSpec("jsonl", "JSON Lines", ".jsonl", "Every value to the letter, one event a line.", write_jsonl),
    FormatSpec("parquet", "Parquet", ".parquet", "Every value as text, for data tools.", write_parquet),
    FormatSpec(
        "xlsx",
        "Excel workbook",
        ".xlsx",
        "A report: long values are cut, and control characters written out.",
        write_xlsx,
    ),
)


def format_for(key: str | None, path: Path) -> FormatSpec:
    """Return the format of a key, or of a file name's ending when there is no key.

    Raises
    ------
    WrongUsageError
        There is no such format.
    """
    for spec in FORMATS:
        if key == spec.key or (key is None and path.suffix.lower() in (spec.suffix, f".{spec.key}")):
            return spec
    known = ", ".join(spec.key for spec in FORMATS)
    if key is None:
        raise WrongUsageError(f"The name {path.name} does not tell a format.", f"Add --format with one of {known}.")
    raise WrongUsageError(f"“{key}” is not a format.", f"Choose one of {known}.")


def columns_to_write(table: EventTable) -> tuple[str, ...]:
    """Return the product's columns that a source has, in its order, then the unknown ones."""
    return tuple(name for name in table.columns if name in table.present_columns)


class DigestSink(io.RawIOBase):
    """A file that is only hashed."""

    def __init__(self) -> None:
        super().__init__()
        self.sha256, self.size = hashlib.sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.sha256.update(data)
        self.size += len(data)
        return len(data)


def digest_events(
    spec: FormatSpec,
    table: EventTable,
    positions: Positions,
    choices: WriteChoices = WriteChoices(),  # noqa: B008 - frozen
    progress: Progress = SILENT,
) -> str:
    """Return the SHA-256 of what `write_events` would write, without a file; not for XLSX, which seeks."""
    out = DigestSink()
    spec.write(cast(BinaryIO, out), table, positions, columns_to_write(table), choices, Notes(), progress)
    return out.sha256.hexdigest()


def write_events(
    path: Path,
    spec: FormatSpec,
    table: EventTable,
    positions: Positions,
    choices: WriteChoices = WriteChoices(),  # noqa: B008 - frozen
    progress: Progress = SILENT,
    query_in_words: str = "all events",
) -> WriteReport:
    """Write the events at the positions, in their order, in a format.

    Raises
    ------
    NotWrittenError
        It cannot be written, or the path is one of the opened exports; nothing was changed.
    Cancelled
        The user asked to stop; nothing was changed.
    """
    notes = Notes()
    columns = columns_to_write(table)
    sources = [source.path for source in table.sources]
    size, digest = write_file(
        path, lambda out: spec.write(out, table, positions, columns, choices, notes, progress), sources
    )
    report = WriteReport(path, spec.key, len(positions), size, digest, choices, notes.lines())
    if choices.has_info:
        report = replace(report, info_path=write_info(report, table, query_in_words))
    return report
