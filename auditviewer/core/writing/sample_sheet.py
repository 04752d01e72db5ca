"""A sheet of a sample (XLSX) for the results of its items: one row an item, with room to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from auditviewer.core.table import EventTable, Positions
from auditviewer.core.writing.files import write_file
from auditviewer.core.writing.report import Notes
from auditviewer.core.writing.xlsx_writer import open_workbook, put_text

COLUMNS = ("Id", "Timestamp", "EventType", "Initiator", "Target", "OperationStatus", "EventDescription")
RESULTS = ("Result", "Note", "Tested by", "Tested at")


def write_sample_sheet(
    path: Path,
    table: EventTable,
    positions: Positions,
    sample_in_words: str,
    population_in_words: str,
    results: Mapping[int, Mapping[str, Any]] | None = None,
) -> tuple[int, str]:
    """Write the items in the order in which they were drawn; return the file's size and SHA-256.

    Parameters
    ----------
    results
        Item number (from 1) to result, note, user and time, as a case keeps them.

    Raises
    ------
    NotWrittenError
        It cannot be written; nothing was changed.
    """
    given = results or {}

    def write(out: BinaryIO) -> None:
        with open_workbook(out) as book:
            bold = book.add_format({"bold": True, "bg_color": "#E8ECF1", "bottom": 1})
            sheet, notes = book.add_worksheet("Sample"), Notes()
            put_text(sheet, 0, 0, f"Sample: {sample_in_words}", notes)
            put_text(sheet, 1, 0, f"Population: {population_in_words}", notes)
            for at, name in enumerate(("Item", *COLUMNS, *RESULTS)):
                put_text(sheet, 3, at, name, notes, bold)
                sheet.set_column(at, at, 8 if not at else 22)
            page = table.page(positions, COLUMNS)
            for row, cells in enumerate(zip(*page, strict=True), start=4):
                result = given.get(row - 3, {})
                filled = [str(result.get(name, "")) for name in ("result", "note", "user", "time")]
                for at, text in enumerate((str(row - 3), *cells, *filled)):
                    put_text(sheet, row, at, text or "", notes)
            sheet.freeze_panes(4, 2)
            if len(positions):
                choices = {"validate": "list", "source": ["pass", "exception", "not applicable"]}
                sheet.data_validation(4, len(COLUMNS) + 1, 3 + len(positions), len(COLUMNS) + 1, choices)

    return write_file(path, write, [source.path for source in table.sources])
