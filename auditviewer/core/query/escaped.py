"""Cells that UTF-8 cannot hold (JSON strings with lone surrogates): few, so looked at one by one, as Python text."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from auditviewer.core.table import CellKind, EventTable, Positions

_kept: WeakKeyDictionary[EventTable, dict[str, tuple[Positions, list[str | None]]]] = WeakKeyDictionary()


def escaped_cells(table: EventTable, column: str) -> tuple[Positions, list[str | None]]:
    """Return the positions of the column's ESCAPED cells and their texts, decoded."""
    of_table = _kept.setdefault(table, {})
    if column not in of_table:
        of_table[column] = _read(table, column)
    return of_table[column]


def _read(table: EventTable, column: str) -> tuple[Positions, list[str | None]]:
    kinds = table.row_kinds(column) if column in table.present_columns else None
    if kinds is None:
        return np.empty(0, np.int64), []
    positions = np.flatnonzero(table.select_rows(kinds) == CellKind.ESCAPED)
    return positions, table.page(positions, [column])[0] if len(positions) else []


def is_encodable(text: str) -> bool:
    """Return whether UTF-8 can hold the text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
