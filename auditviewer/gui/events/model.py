"""The events that are shown, as an item model: `data()` only looks up what a page holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from auditviewer.core.case.marks import EventMarks
from auditviewer.core.event_flags import EventFlag
from auditviewer.core.query import QueryResult
from auditviewer.gui.events.cells import FLAGGED, KIND_MASK, SHIFT
from auditviewer.gui.events.columns import columns_of, heading_data
from auditviewer.gui.events.pages import Pages

Index = QModelIndex | QPersistentModelIndex

FLAG_WORDS = {
    EventFlag.REPEATED: "Repeated: the same record stands more than once within one source",
    EventFlag.CONFLICTING: "Conflicting: another event has the same Id and different content",
    EventFlag.DUPLICATED: "Duplicated: stands in more than one source, and is shown once",
}


class EventsModel(QAbstractTableModel):
    """A `QueryResult` as rows; row i is the event at ``result.positions[i]``."""

    def __init__(self, result: QueryResult, zone: dt.tzinfo = dt.UTC, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.marks: EventMarks | None = None
        """What the open case says of the events, None while no case is open."""
        self.pages = Pages(result, columns_of(result.table.columns), zone)

    @property
    def result(self) -> QueryResult:
        """What is shown."""
        return self.pages.result

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in the model's order."""
        return self.pages.columns

    def set_result(self, result: QueryResult) -> None:
        """Show another result."""
        self.beginResetModel()
        columns = columns_of(result.table.columns, self.marks is not None)
        self.pages = Pages(result, columns, self.pages.zone, self.marks)
        self.endResetModel()

    def set_marks(self, marks: EventMarks | None) -> bool:
        """Show what a case says from now on; return whether the columns of the review came or went with it."""
        is_new = (marks is None) != (self.marks is None)
        self.marks = marks
        if is_new:
            self.set_result(self.result)
            return True
        self.pages.show_marks(marks)
        if rows := self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, self.columnCount() - 1))
        return False

    def set_zone(self, zone: dt.tzinfo) -> None:
        """Show times in another zone."""
        self.pages = Pages(self.result, self.columns, zone, self.marks)
        column = self.columns.index("Timestamp")
        if rows := self.rowCount():
            self.dataChanged.emit(self.index(0, column), self.index(rows - 1, column))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, column, column)

    def position_at(self, row: int) -> int:
        """Return the position of the event in a row."""
        return int(self.result.positions[row])

    def raw_text(self, row: int, column: int) -> str | None:
        """Return a cell's text to the letter; the category's name for the derived column."""
        name = self.columns[column]
        return self.result.table.page([self.position_at(row)], [name])[0][0] if name[0] != "#" else None

    # -- QAbstractTableModel -----------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.result)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.pages.cell(index.row(), index.column())[0]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text, style = self.pages.cell(index.row(), index.column())
            return "; ".join(flag_words(style)) if style & KIND_MASK == FLAGGED else text
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        return heading_data(self.columns[section], self.pages.zone, role)


def flag_words(style: int) -> list[str]:
    """Return what a flagged style says, a sentence each."""
    flags = EventFlag(style >> SHIFT)
    return [words for flag, words in FLAG_WORDS.items() if flag in flags]
