"""The table of events: a grid in which rows are selected, gone to and asked about, quick at millions of them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import QAbstractItemView, QToolTip, QWidget

from auditviewer.core.display import has_mixed_scripts
from auditviewer.core.table import CellKind, Positions
from auditviewer.gui.events.cells import FLAGGED, KIND_MASK, MIXED, UNREADABLE
from auditviewer.gui.events.columns import FLAGS
from auditviewer.gui.events.grid import Grid
from auditviewer.gui.events.model import EventsModel, flag_words
from auditviewer.gui.look import ROW_PX
from auditviewer.gui.messages import plain_tip

_ROWS = QItemSelectionModel.SelectionFlag.Rows
_REPLACE = QItemSelectionModel.SelectionFlag.ClearAndSelect | _ROWS
NOTHING_SHOWN = "No event meets all of the filters."


class EventsView(Grid):
    """Shows an `EventsModel`; rows are selected whole, one cell is current."""

    menu_requested = Signal(QPoint)
    """The menu of the current cell, at a place on the screen."""
    opened = Signal()
    """Enter or a double click: the current event is to be looked at closely."""

    def __init__(self, model: EventsModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self.events = model
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.doubleClicked.connect(lambda _index: self.opened.emit())

    # -- rows --------------------------------------------------------------------------------------------

    @property
    def current_row(self) -> int:
        """The row of the current cell, -1 when there is none."""
        return self.currentIndex().row()

    def go_to(self, row: int, is_centred: bool = True) -> None:
        """Make a row the current and only selected one, and bring it into view."""
        if not 0 <= row < self.events.rowCount():
            return
        column = max(self.currentIndex().column(), 0)
        if self.isColumnHidden(column):
            column = self.horizontalHeader().logicalIndexAt(1)
        index = self.events.index(row, max(column, 0))
        self.selectionModel().setCurrentIndex(index, _REPLACE)
        first, last = self.rows_in_view()
        if not first <= row <= last:
            hint = (
                QAbstractItemView.ScrollHint.PositionAtCenter
                if is_centred
                else QAbstractItemView.ScrollHint.EnsureVisible
            )
            self.scroll_to_row(row, hint)

    def scroll_to_row(self, row: int, hint: QAbstractItemView.ScrollHint) -> None:
        """Bring a row into view; the columns stay where they are."""
        place = self.horizontalScrollBar().value()
        self.scrollTo(self.events.index(row, max(self.currentIndex().column(), 0)), hint)
        self.horizontalScrollBar().setValue(place)

    def rows_in_view(self) -> tuple[int, int]:
        """Return the first and last row that are wholly in view; (0, -1) when there is none."""
        first = self.rowAt(0)
        if first < 0:
            return 0, -1
        return first, min(first + max(self.viewport().height() // ROW_PX, 1) - 1, self.events.rowCount() - 1)

    def selected_ranges(self) -> list[tuple[int, int]]:
        """Return the selected rows as ascending half-open ranges that do not touch."""
        ranges = sorted((r.top(), r.bottom() + 1) for r in self.ranges_selected())
        joined: list[tuple[int, int]] = []
        for start, end in ranges:
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return joined

    def selected_positions(self) -> Positions:
        """Return the selected events in display order; a view into the result where they stand in one range."""
        pieces = [self.events.result.positions[start:end] for start, end in self.selected_ranges()]
        if len(pieces) == 1:
            return pieces[0]
        return np.concatenate(pieces) if pieces else np.empty(0, np.int64)

    def select_rows(self, rows: Positions) -> None:
        """Select exactly these ascending rows; the current cell stays."""
        selection, last = QItemSelection(), self.events.columnCount() - 1
        if not len(rows):
            self.selectionModel().clearSelection()
            return
        starts = np.flatnonzero(np.diff(rows, prepend=rows[0] - 2) != 1)
        ends = np.append(starts[1:], len(rows))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            top, bottom = int(rows[start]), int(rows[end - 1])
            selection.select(self.events.index(top, 0), self.events.index(bottom, last))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def selectAll(self) -> None:
        """Select every row as one range."""
        if rows := self.events.rowCount():
            everything = QItemSelection(
                self.events.index(0, 0), self.events.index(rows - 1, self.events.columnCount() - 1)
            )
            self.selectionModel().select(everything, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def paint_nothing(self, painter: QPainter) -> None:
        if len(self.events.result.table) and not self.events.rowCount():
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(self.viewport().rect(), int(Qt.AlignmentFlag.AlignCenter), NOTHING_SHOWN)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.currentIndex().isValid():
            self.menu_requested.emit(event.globalPos())

    # -- keys and tips -----------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.opened.emit()
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self.events.rowCount():
            self._go_to_edge(key == Qt.Key.Key_Home, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def _go_to_edge(self, is_first: bool, extends: bool) -> None:
        """Go to the first or last row, in the same column; the table is long, not wide."""
        row = 0 if is_first else self.events.rowCount() - 1
        start = max(self.current_row, 0)
        index = self.events.index(row, max(self.currentIndex().column(), 0))
        if extends:
            low, high = sorted((row, start))
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.select_rows(np.arange(low, high + 1))
        else:
            self.selectionModel().setCurrentIndex(index, _REPLACE)
        self.scroll_to_row(row, QAbstractItemView.ScrollHint.EnsureVisible)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            tip = self.tip_at(event.pos())
            if tip:
                QToolTip.showText(event.globalPos(), plain_tip(tip), self.viewport())
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def tip_at(self, point: QPoint) -> str:
        """Return what to say about the cell under a point: its raw text, and what is odd about it."""
        index = self.indexAt(point)
        if not index.isValid():
            return ""
        row, column = index.row(), index.column()
        name, style = self.events.columns[column], self.events.pages.cell(row, column)[1]
        if name == FLAGS:
            return "\n".join(flag_words(style)) if style & KIND_MASK == FLAGGED else ""
        text = self.events.raw_text(row, column)
        if text is None:
            kind = self.events.result.table.kind(self.events.position_at(row), name)
            return "Missing: null in the source" if kind is CellKind.NULL else "Missing: the record has no such member"
        notes = []
        if style & KIND_MASK == UNREADABLE:
            notes.append("Not understood as a time; sorts last.")
        if style & MIXED and has_mixed_scripts(text[:600]):
            notes.append("Mixes letters of several alphabets that look alike.")
        return "\n".join([text if text else "(empty)", *notes])
