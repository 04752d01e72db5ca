"""The pane of events: the table, its find bar, and what can be done with a cell."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QVBoxLayout, QWidget

from auditviewer.core.query import Order, TextSearch
from auditviewer.core.schema import label_of
from auditviewer.core.table import Positions
from auditviewer.gui.events.columns import FIXED_FIRST
from auditviewer.gui.events.copying import copy_column, copy_csv, copy_json
from auditviewer.gui.events.finding import FindBar, find_rows, next_hit
from auditviewer.gui.events.going import row_at_or_after
from auditviewer.gui.events.layout import ColumnLayout
from auditviewer.gui.events.model import EventsModel
from auditviewer.gui.events.view import EventsView
from auditviewer.gui.jobs import JobRunner
from auditviewer.gui.messages import sentence_for
from auditviewer.gui.session import Session
from auditviewer.gui.settings import Settings

KEPT_SELECTION = 20_000
"""A selection of up to this many events is kept when other events are shown."""


class EventsPane(QWidget):
    """Shows the session's result; tells it what is current and selected."""

    message = Signal(str)
    """A few words for the status bar."""
    inspect_requested = Signal()
    menu_requested = Signal(QPoint)
    """The menu of the current cell, at a place on the screen."""
    columns_requested = Signal(QPoint)
    found = Signal()
    """What the find bar found is another from now on."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        parent: QWidget | None = None,
        executor: Executor | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.model = EventsModel(session.result, session.zone, self)
        self.view = EventsView(self.model)
        self.find_bar = FindBar()
        self.find_bar.hide()
        self.hits: Positions = np.empty(0, np.int64)
        self._search: TextSearch | None = None
        self._finding = JobRunner(self, executor)
        self._copying = JobRunner(self, executor)
        self.layout_of_columns = ColumnLayout(self.view.horizontalHeader(), settings)
        self.layout_of_columns.set_columns(self.model.columns)
        self._is_showing = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.find_bar)
        self._connect()
        self._show_order()

    @property
    def current_column(self) -> str | None:
        """The name of the current cell's column; None when it is none of the events'."""
        index = self.view.currentIndex()
        name = self.model.columns[index.column()] if index.isValid() else None
        return None if name in FIXED_FIRST else name

    # -- copying -----------------------------------------------------------------------------------------

    def copy_cells(self) -> None:
        """Copy the current cell, or its column of all selected rows."""
        column, positions = self.current_column or "Id", self._chosen()
        table = self._session.table
        words = f"{label_of(column)} of {len(positions):,} events" if len(positions) > 1 else label_of(column)
        self._copy(lambda progress: copy_column(table, positions, column, progress), words)

    def copy_rows_csv(self) -> None:
        """Copy the selected rows as CSV."""
        table, positions = self._session.table, self._chosen()
        self._copy(lambda p: copy_csv(table, positions, table.columns, p), f"{len(positions):,} rows as CSV")

    def copy_rows_json(self) -> None:
        """Copy the selected rows as JSON."""
        table, positions = self._session.table, self._chosen()
        self._copy(lambda p: copy_json(table, positions, table.columns, p), f"{len(positions):,} rows as JSON")

    # -- moving ------------------------------------------------------------------------------------------

    def go_to_ticks(self, ticks: int) -> bool:
        """Go to the first event at or after an instant; return whether there is one."""
        row = row_at_or_after(self.model.result, ticks)
        if row is None:
            self.message.emit("Every shown event is before that time.")
            return False
        self.view.go_to(row)
        self.view.setFocus()
        return True

    def go_to_row(self, row: int) -> None:
        """Go to a row; -1 is the last."""
        self.view.go_to(row if row >= 0 else self.model.rowCount() - 1)

    def open_find_bar(self) -> None:
        """Open the find bar."""
        self.find_bar.open_bar()

    def find_next(self, is_backward: bool = False) -> None:
        """Go to the next (or previous) event that holds the text."""
        hit = next_hit(self.hits, self.view.current_row, is_backward)
        if hit is not None:
            self.view.go_to(int(self.hits[hit]))
        self.find_bar.say_found(self.hits, hit)

    # -- inside ------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        session, header = self._session, self.view.horizontalHeader()
        session.table_changed.connect(self._on_table_changed)
        session.result_changed.connect(self._on_result_changed)
        session.current_changed.connect(self._on_current_changed)
        session.zone_changed.connect(lambda: self.model.set_zone(session.zone))
        session.query_changed.connect(self._show_order)
        selection = self.view.selectionModel()
        selection.currentRowChanged.connect(lambda *_: self._on_row_changed())
        selection.selectionChanged.connect(lambda *_: self._on_selection_changed())
        self.view.opened.connect(self.inspect_requested)
        header.sectionClicked.connect(self._on_heading_clicked)
        self.view.menu_requested.connect(self.menu_requested)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda at: self.columns_requested.emit(header.mapToGlobal(at)))
        self._session.review.marks_changed.connect(self._on_marks_changed)
        self.find_bar.search_changed.connect(self._on_search_changed)
        self.find_bar.next_requested.connect(lambda: self.find_next())
        self.find_bar.previous_requested.connect(lambda: self.find_next(True))
        self.find_bar.closed.connect(self.view.setFocus)
        self._finding.failed.connect(self.find_bar.say_failed)
        self._copying.failed.connect(lambda error: self.message.emit(sentence_for(error)))

    def _on_marks_changed(self) -> None:
        if self.model.set_marks(self._session.review.marks.now):
            self._show_result(is_kept=True)
            self._show_order()  # columns of the review came or went before the others
        self.view.viewport().update()

    def _on_table_changed(self) -> None:
        self._show_result(is_kept=False)

    def _on_result_changed(self) -> None:
        self._show_result(is_kept=True)
        if self._search is not None:
            self._look(is_moving=False)

    def _show_result(self, is_kept: bool) -> None:
        """Show the session's result; keep the current event, the selection and the place where they still show."""
        session, view = self._session, self.view
        column = max(view.currentIndex().column(), 0)
        offset = view.current_row - view.rows_in_view()[0] if view.current_row >= 0 else 0
        chosen = session.selected if is_kept and len(session.selected) <= KEPT_SELECTION else np.empty(0, np.int64)
        first, last = view.rows_in_view()
        was_in_view = first <= view.current_row <= last
        self._is_showing = True
        self.model.set_result(session.result)
        self.layout_of_columns.set_columns(self.model.columns)
        row = self._row_of(session.current) if is_kept else -1
        if row >= 0:
            index = self.model.index(row, min(column, self.model.columnCount() - 1))
            view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            top = max(row - offset, 0) if was_in_view else row
            view.scroll_to_row(top, QAbstractItemView.ScrollHint.PositionAtTop)
        if len(chosen):
            rows = session.result.row_of[chosen]
            view.select_rows(np.sort(rows[rows >= 0]))
        self._is_showing = False
        self._on_selection_changed()

    def _row_of(self, position: int | None) -> int:
        if position is None:
            return -1
        rows = np.flatnonzero(self.model.result.positions == position)
        return int(rows[0]) if len(rows) else -1

    def _on_current_changed(self) -> None:
        """Somebody looks at an event: go to its row, if it is shown."""
        row = self._row_of(self._session.current)
        if row >= 0 and row != self.view.current_row:
            self.view.go_to(row)

    def _on_row_changed(self) -> None:
        row = self.view.current_row
        if not self._is_showing and row >= 0:
            self._session.set_current(self.model.position_at(row))

    def _on_selection_changed(self) -> None:
        self.view.viewport().update()
        if not self._is_showing:
            self._session.set_selected(self.view.selected_positions())

    def _chosen(self) -> Positions:
        selected = self.view.selected_positions()
        if len(selected) or self._session.current is None:
            return selected
        return np.array([self._session.current], dtype=np.int64)

    def _copy(self, work: object, words: str) -> None:
        def then(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            is_whole = QGuiApplication.clipboard().text() == text
            self.message.emit(f"Copied {words}" if is_whole else f"Copied {words}; the clipboard could not hold it all")

        self._copying.start(work, then)  # type: ignore[arg-type]

    # -- order -------------------------------------------------------------------------------------------

    def set_order(self, order: Order) -> None:
        """Show the events in another order."""
        self._session.apply_query(self._session.query.with_order(order))
        self._show_order()

    def _on_heading_clicked(self, section: int) -> None:
        column = self.model.columns[section]
        if column in FIXED_FIRST:
            self._show_order()
            return
        order = self._session.query.order
        self.set_order(Order(column, order.column == column and not order.is_descending))

    def _show_order(self) -> None:
        order, header = self._session.query.order, self.view.horizontalHeader()
        section = self.model.columns.index(order.column) if order.column in self.model.columns else -1
        way = Qt.SortOrder.DescendingOrder if order.is_descending else Qt.SortOrder.AscendingOrder
        header.setSortIndicator(section, way)

    # -- finding -----------------------------------------------------------------------------------------

    def _on_search_changed(self, search: TextSearch | None) -> None:
        self._search = search
        is_plain = search is not None and not search.is_regex
        self.view.needle = search.text.casefold() if search is not None and is_plain else ""
        self.view.viewport().update()
        if search is None:
            self._finding.cancel()
            self.hits = np.empty(0, np.int64)
            self.found.emit()
            return
        self._look(is_moving=True)

    def _look(self, is_moving: bool) -> None:
        search, result = self._search, self.model.result
        if search is None:
            return

        def then(hits: Positions) -> None:
            self.hits = hits
            self.found.emit()
            if is_moving and len(hits):
                hit = next_hit(hits, self.view.current_row - 1)
                self.view.go_to(int(hits[hit or 0]))
                self.find_bar.say_found(hits, hit)
            else:
                self.find_bar.say_found(hits, None)

        self._finding.start(lambda progress: find_rows(result, search, progress), then)
