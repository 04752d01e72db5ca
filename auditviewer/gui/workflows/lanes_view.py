"""The list of lanes: rows painted as they come into view, with the shared time axis in the header."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from auditviewer.gui.look import ROW_PX, colours_of
from auditviewer.gui.workflows.lane_axis import AxisMode, LaneAxis
from auditviewer.gui.workflows.lane_painter import LanePainter
from auditviewer.gui.workflows.model import LaneColumn, WorkflowLanesModel

_WIDTHS = {
    LaneColumn.OUTCOME: 126,
    LaneColumn.TYPE: 190,
    LaneColumn.FIRST: 168,
    LaneColumn.DURATION: 88,
    LaneColumn.STEPS: 60,
}


class _AxisHeader(QHeaderView):
    """A header whose last section is a time axis."""

    axis: LaneAxis | None = None
    zone: dt.tzinfo = dt.UTC

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """Paint a section, and the marks of the axis in the last one."""
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()
        if section != LaneColumn.LANE or self.axis is None:
            return
        painter.save()
        painter.setClipRect(rect)
        colours = colours_of(self.palette())
        for place, label in self.axis.marks(rect.width(), self.zone):
            x = rect.left() + round(place)
            painter.setPen(QColor(colours.dim))
            painter.drawLine(x, rect.bottom() - 4, x, rect.bottom())
            width = self.fontMetrics().horizontalAdvance(label)
            left = min(max(x - width // 2, rect.left() + 2), max(rect.right() - width - 2, rect.left()))
            painter.drawText(left, rect.top(), width + 2, rect.height() - 4, Qt.AlignmentFlag.AlignVCenter, label)
        painter.restore()


class LanesView(QTableView):
    """Shows a `WorkflowLanesModel`; one row is chosen at a time."""

    row_chosen = Signal(int)
    row_opened = Signal(int)

    def __init__(self, model: WorkflowLanesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = model
        self._mode = AxisMode.VISIBLE
        self._painter = LanePainter(model)
        self._header = _AxisHeader(Qt.Orientation.Horizontal, self)
        self.setModel(model)
        self.setHorizontalHeader(self._header)
        self._build()
        model.modelReset.connect(self.fit_axis)
        self.verticalScrollBar().valueChanged.connect(self.fit_axis)
        self.selectionModel().currentRowChanged.connect(self._on_current_row_changed)
        # A click on the row that is highlighted already chooses it too.
        self.clicked.connect(lambda index: self.row_chosen.emit(index.row()))
        self.doubleClicked.connect(lambda index: self.row_opened.emit(index.row()))
        self._is_following = False

    def _build(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._header.setStretchLastSection(True)
        self._header.setHighlightSections(False)
        self._header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width_px in _WIDTHS.items():
            self.setColumnWidth(column, width_px)

    def set_mode(self, mode: AxisMode) -> None:
        """Say what the width of a lane stands for."""
        self._mode = mode
        self.fit_axis()

    def set_zone(self, zone: dt.tzinfo) -> None:
        """Show times in another zone."""
        self._header.zone = zone
        self._lanes.set_zone(zone)
        self._header.viewport().update()

    @property
    def axis(self) -> LaneAxis | None:
        """The time that the lanes share."""
        return self._painter.axis

    def fit_axis(self) -> None:
        """Fit the shared time to the rows that it is of."""
        n_rows = len(self._lanes.lanes)
        first_row, last_row = 0, n_rows - 1
        if self._mode is not AxisMode.WHOLE:
            first_row = max(self.rowAt(0), 0)
            last_row = min(first_row + self.viewport().height() // ROW_PX, n_rows - 1)
        span = self._lanes.span_of(first_row, last_row)
        axis = None if span is None else LaneAxis(*span)
        if axis is not None and self._mode is AxisMode.ALIGNED:
            axis = LaneAxis(0, self._lanes.longest(first_row, last_row), True)
        self._painter.axis = self._header.axis = axis
        self.viewport().update()
        self._header.viewport().update()

    def show_row(self, row: int | None) -> None:
        """Highlight a row without choosing it."""
        self._is_following = True
        if row is None:
            self.clearSelection()
            self.selectionModel().clearCurrentIndex()
        elif row != self.currentIndex().row():
            self.setCurrentIndex(self._lanes.index(row, LaneColumn.OUTCOME))
        self._is_following = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows in view."""
        painter, palette, metrics = QPainter(self.viewport()), self.palette(), self.fontMetrics()
        lefts = [self.columnViewportPosition(column) for column in LaneColumn]
        widths = [self.columnWidth(column) for column in LaneColumn]
        current, row, n_rows = self.currentIndex().row(), self.rowAt(max(event.rect().top(), 0)), len(self._lanes.lanes)
        top = self.rowViewportPosition(row)
        while 0 <= row < n_rows and top <= event.rect().bottom():
            cells = [QRect(left, top, width, ROW_PX) for left, width in zip(lefts, widths, strict=True)]
            self._painter.paint_row(painter, row, cells, palette, metrics, row == current)
            row, top = row + 1, top + ROW_PX
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        """Follow another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_painter"):
            self._painter.forget_texts()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the time to more or fewer rows."""
        super().resizeEvent(event)
        self.fit_axis()

    def _on_current_row_changed(self, current: object, _: object) -> None:
        row = self.currentIndex().row()
        if row >= 0 and not self._is_following:
            self.row_chosen.emit(row)
