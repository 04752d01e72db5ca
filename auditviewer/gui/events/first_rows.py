"""The first rows of an export in the grid of events, before there is a log: to be looked at and scrolled, no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QWidget

from auditviewer.core.reading.first_rows import FirstRows
from auditviewer.core.schema import CATEGORY
from auditviewer.gui.events.cells import BLOCK, PLAIN, Block, category_cells, status_cells, text_cells, time_cells
from auditviewer.gui.events.columns import FLAGS, columns_of, heading_data
from auditviewer.gui.events.grid import Grid
from auditviewer.gui.events.layout import ColumnLayout
from auditviewer.gui.settings import Settings

Index = QModelIndex | QPersistentModelIndex


class FirstCells:
    """The cells of first rows, as `Pages` has those of a log."""

    def __init__(self, rows: FirstRows, columns: Sequence[str], zone: dt.tzinfo) -> None:
        self._rows, self._columns, self._zone = rows, columns, zone
        self._names = {index: category.label for index, category in enumerate(rows.catalogue.categories)}
        self._blocks: dict[tuple[int, int], Block] = {}
        self.chips: list[tuple[tuple[str, str], ...]] = []
        """No case says anything of first rows."""

    def prepare(self, numbers: Sequence[int], columns: Sequence[int]) -> None:
        """Nothing is gained by making blocks ready together."""

    def block(self, number: int, column: int) -> Block:
        """Return the cells of rows [number * BLOCK, (number + 1) * BLOCK) of a column."""
        if (number, column) not in self._blocks:
            self._blocks[number, column] = self._make(self._columns[column], number * BLOCK, (number + 1) * BLOCK)
        return self._blocks[number, column]

    def _make(self, column: str, start: int, end: int) -> Block:
        rows = self._rows
        ticks = rows.ticks[start:end]
        if column == FLAGS:
            return Block([""] * len(ticks), [PLAIN] * len(ticks))
        if column == CATEGORY:
            return category_cells(rows.categories[start:end], self._names)
        texts = rows.texts(column, start, end)
        if column == "Timestamp":
            return time_cells(ticks, texts, self._zone)
        if column == "OperationStatus":
            return status_cells(texts, rows.catalogue.status_label)
        return text_cells(texts)


class FirstRowsModel(QAbstractTableModel):
    """First rows as an item model."""

    def __init__(self, rows: FirstRows, zone: dt.tzinfo = dt.UTC, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._n_rows, self._zone = len(rows.rows), zone
        self.columns = columns_of(rows.columns)
        self.pages = FirstCells(rows, self.columns, zone)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._n_rows

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        return self.pages.block(index.row() // BLOCK, index.column()).texts[index.row() % BLOCK]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        return heading_data(self.columns[section], self._zone, role)


class FirstRowsView(Grid):
    """Shows first rows, in the columns that the user keeps."""

    def __init__(self, rows: FirstRows, settings: Settings, zone: dt.tzinfo, parent: QWidget | None = None) -> None:
        model = FirstRowsModel(rows, zone)
        super().__init__(model, parent)
        model.setParent(self)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.horizontalHeader().setSortIndicator(model.columns.index("Timestamp"), Qt.SortOrder.AscendingOrder)
        self.layout_of_columns = ColumnLayout(self.horizontalHeader(), settings)
        self.layout_of_columns.set_columns(model.columns)
