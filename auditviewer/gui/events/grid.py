"""A QTableView that paints its own rows, in one pass, and has the look of the table of events.

It asks little of its model: the names of the columns, and cells made ready in blocks.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QItemSelectionRange, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from auditviewer.gui.events.cells import Cells
from auditviewer.gui.events.painting import RowPainter, Scene, VisibleColumn
from auditviewer.gui.look import ROW_PX


class Painted(Protocol):
    """What a model has for the grid to paint."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in the model's order."""

    @property
    def pages(self) -> Cells:
        """The cells."""


class Grid(QTableView):
    """Shows rows of a model that is `Painted`."""

    def __init__(self, model: QAbstractTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: Painted = model  # type: ignore[assignment]
        self._rows: RowPainter | None = None
        self._look: tuple[str, int, float] | None = None
        # One of our own: Python would look among all kinds of widgets for what Qt's own is (5 ms, once).
        viewport = QWidget()
        viewport.setBackgroundRole(QPalette.ColorRole.Base)
        viewport.setAutoFillBackground(True)
        self.setViewport(viewport)
        self.needle = ""
        """What the find bar looks for, in folded case; cells that show it are tinted."""
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setObjectName("bare")
        self.setAccessibleName("Events")
        # Shown, it is asked for every row when all rows are selected: 17 s for a million.
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(ROW_PX)
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setMinimumSectionSize(24)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setFixedHeight(ROW_PX + 6)
        self.setModel(model)
        header.setFirstSectionMovable(False)
        # With the table's own selection it asks of every row whether whole columns are selected: 70 s for a million.
        header.setSelectionModel(QItemSelectionModel(model, header))

    def paint_nothing(self, painter: QPainter) -> None:
        """Paint what stands in the middle when there is no row."""

    def visible_columns(self, left: int = 0, right: int | None = None) -> list[VisibleColumn]:
        """Return the columns of which something stands between two places of the viewport."""
        header, right = self.horizontalHeader(), self.viewport().width() if right is None else right
        found = []
        for visual in range(header.count()):
            index = header.logicalIndex(visual)
            width = header.sectionSize(index)
            x = header.sectionViewportPosition(index)
            if width and x <= right and x + width > left:
                found.append(VisibleColumn(index, self.shown.columns[index], x, width))
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        area = event.rect()
        painter.fillRect(area, self.palette().color(QPalette.ColorRole.Base))
        first, last = self.rowAt(area.top()), self.rowAt(area.bottom())
        if first < 0:
            self.paint_nothing(painter)
            return
        last = self.model().rowCount() - 1 if last < 0 else last
        rows = self._painter_of_rows()
        current = self.currentIndex()
        scene = Scene(
            first,
            last,
            self.rowViewportPosition(first),
            ROW_PX,
            self.viewport().width(),
            self._selected_between(first, last),
            (current.row(), current.column()),
            self.hasFocus(),
            self.needle,
        )
        rows.paint(painter, self.shown.pages, self.visible_columns(area.left(), area.right()), scene)

    def _painter_of_rows(self) -> RowPainter:
        """Return what paints rows in the look that there is now."""
        look = (self.font().key(), self.palette().cacheKey(), self.devicePixelRatioF())
        if self._rows is None or look != self._look:
            self._rows, self._look = RowPainter(self.font(), self.palette(), self.devicePixelRatioF()), look
        return self._rows

    def ranges_selected(self) -> list[QItemSelectionRange]:
        """Return what is selected, in ranges of any order."""
        selection = self.selectionModel().selection()
        return [selection.at(i) for i in range(selection.count())]

    def _selected_between(self, first: int, last: int) -> frozenset[int]:
        rows: set[int] = set()
        for chosen in self.ranges_selected():
            rows.update(range(max(chosen.top(), first), min(chosen.bottom(), last) + 1))
        return frozenset(rows)
