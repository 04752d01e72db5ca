"""XLSX: a report for spreadsheets. Cells are text, never formulas; what a cell cannot hold is counted and said."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from auditviewer.core.display import fit_to_show
from auditviewer.core.progress import Progress
from auditviewer.core.table import CellKind, EventTable, Positions
from auditviewer.core.writing.report import Notes, WriteChoices

ROWS_A_SHEET = 1_048_576
CELL_CHARACTERS = 32_767
_EVENTS_AT_ONCE = 2_048
# What XML 1.0 cannot hold, and U+FEFF at a start, which readers drop.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# OOXML escapes characters as _x000D_; text of that form must be escaped itself (ECMA-376 part 1, 22.9.2.19).
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def write_xlsx(
    out: BinaryIO,
    table: EventTable,
    positions: Positions,
    columns: Sequence[str],
    choices: WriteChoices,
    notes: Notes,
    progress: Progress,
) -> None:
    """Write the events as an Office Open XML workbook: sheets of events, and one about the export."""
    with open_workbook(out, constant_memory=True) as book:
        bold = book.add_format({"bold": True, "bg_color": "#E8ECF1", "bottom": 1})
        for number, first in enumerate(range(0, max(len(positions), 1), ROWS_A_SHEET - 1), start=1):
            sheet = book.add_worksheet("Events" if len(positions) < ROWS_A_SHEET else f"Events {number}")
            some = positions[first : first + ROWS_A_SHEET - 1]
            _write_sheet(sheet, table, some, columns, notes, bold, lambda n, base=first: progress.report(
                "writing", base + n, len(positions), "events"))  # fmt: skip
        _write_about(book.add_worksheet("About this export"), table, len(positions), notes, bold)


@contextlib.contextmanager
def open_workbook(out: BinaryIO, constant_memory: bool = False) -> Iterator[Any]:
    """Open a workbook whose cells are text; the same cells give the same bytes, whenever they are written.

    Raises
    ------
    OSError
        It cannot be written.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxFileError

    sink = _Sink(out)
    options = {"constant_memory": constant_memory, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(sink, {**options, "strings_to_numbers": False, "in_memory": False})
    book.set_properties({"created": dt.datetime(1980, 1, 1)})
    try:
        yield book
    finally:
        try:
            book.close()
        except XlsxFileError as error:
            cause = error.args[0] if error.args else error
            sink.failure = sink.failure or (cause if isinstance(cause, OSError) else OSError(str(cause)))
    if sink.failure is not None:
        raise sink.failure


class _Sink:
    """The file of a workbook. Once a write failed it takes everything, and the failure is told at the end.

    The library would complain in words of its own, and its archive once more when it is let go.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self.failure: OSError | None = None

    def write(self, data: bytes) -> int:
        if self.failure is None:
            try:
                self._out.write(data)
                self._out.flush()
            except OSError as error:
                self.failure = error
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._out.seek(offset, whence) if self.failure is None else 0

    def tell(self) -> int:
        return self._out.tell() if self.failure is None else 0

    def flush(self) -> None:
        pass  # each write was

    def close(self) -> None:
        pass  # whoever opened it does

    def seekable(self) -> bool:
        return True


def _write_sheet(
    sheet: Any, table: EventTable, positions: Positions, columns: Sequence[str], notes: Notes, bold: Any, tell: Any
) -> None:
    sheet.freeze_panes(1, 0)
    for at, name in enumerate(columns):
        sheet.set_column(at, at, 24)
        put_text(sheet, 0, at, name, notes, bold)
    for start in range(0, len(positions), _EVENTS_AT_ONCE):
        tell(start)
        some = positions[start : start + _EVENTS_AT_ONCE]
        page = table.page(some, columns)
        for offset, row in enumerate(zip(*page, strict=True), start=1):
            for at, text in enumerate(row):
                if text:
                    put_text(sheet, start + offset, at, text, notes)
                elif text is None:
                    _note_missing(table, int(some[offset - 1]), columns[at], notes)
    if len(positions):
        sheet.autofilter(0, 0, len(positions), len(columns) - 1)


def _note_missing(table: EventTable, position: int, column: str, notes: Notes) -> None:
    if table.kind(position, column) is CellKind.NULL:
        notes.add("null cells are empty in a spreadsheet")


def put_text(sheet: Any, row: int, column: int, text: str, notes: Notes, form: Any = None) -> None:
    """Write a text into a cell as text, made fit for a spreadsheet; what that takes is noted."""
    fit = _UNFIT.sub(lambda match: fit_to_show(match.group()), text)
    if fit != text:
        notes.add("values with control characters have them written out")
    fit = _LOOKS_ESCAPED.sub("_x005F_", fit)
    if len(fit.encode("utf-16-le")) // 2 > CELL_CHARACTERS:
        fit = _shortened(fit)
        notes.add(f"values longer than {CELL_CHARACTERS:,} characters are cut")
    outcome = sheet.write_string(row, column, fit, form)
    if outcome:
        notes.add(f"cells could not be written (code {outcome})")


def _shortened(text: str) -> str:
    cut = text.encode("utf-16-le")[: 2 * (CELL_CHARACTERS - 1)].decode("utf-16-le", "ignore")
    return cut + "…"


def _write_about(sheet: Any, table: EventTable, n_events: int, notes: Notes, bold: Any) -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    lines = [("Events in this workbook", f"{n_events:,}"), ("Events opened", f"{len(table):,}")]
    for source in table.sources:
        account = (
            f"{source.records:,} records = {source.loaded:,} loaded + {source.duplicates:,} duplicates + "
            f"{source.rejected:,} rejected; SHA-256 {source.sha256}"
        )
        lines.append((source.name, account))
    lines += [("What a spreadsheet could not hold", note) for note in notes.lines()]
    for row, (left, right) in enumerate(lines):
        put_text(sheet, row, 0, left, Notes(), bold)
        put_text(sheet, row, 1, right, Notes())
