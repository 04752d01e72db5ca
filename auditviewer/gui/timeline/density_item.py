"""The histogram of events over time, stacked by status: one item, however many bars."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from auditviewer.core.step_status import StepStatus
from auditviewer.core.timeline import Density
from auditviewer.gui.timeline.axes import x_of
from auditviewer.gui.widgets.status_marks import colour_of

STACK = (
    StepStatus.FAILURE, StepStatus.WARNING, StepStatus.UNRECOGNISED, StepStatus.SILENT, StepStatus.IN_PROGRESS,
    StepStatus.SUCCESS,
)  # fmt: skip
"""From the axis up: what is looked for stands where it can be compared."""
_LEAST_PX = 2.0
"""One failure among ten thousand events still shows."""


class DensityItem(pg.GraphicsObject):  # type: ignore[misc]
    """Stacked bars of the shown events before pale bars of those that only the time filter hides."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Density | None = None
        self._context: Density | None = None
        self._palette = QPalette()
        self._bounds = QRectF()

    def set_density(self, shown: Density | None, context: Density | None) -> None:
        """Show counts; both are over the same bins."""
        self.prepareGeometryChange()
        self._shown, self._context = shown, context
        self._bounds = QRectF()
        if shown is not None:
            left, right = x_of(shown.bins.start), x_of(shown.bins.end)
            self._bounds = QRectF(left, 0, right - left, max(self.highest, 1))
        self.update()

    def set_palette(self, palette: QPalette) -> None:
        """Paint in the colours that go with a palette."""
        self._palette = palette
        self.update()

    @property
    def highest(self) -> int:
        """The count of the tallest bar."""
        told = self._context or self._shown
        return int(told.totals.max(initial=0)) if told is not None else 0

    def boundingRect(self) -> QRectF:
        """Return where bars stand, in seconds and counts."""
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint the bars, a call a status."""
        if self._shown is None:
            return
        least = _LEAST_PX * (self.pixelHeight() or 0.0)
        painter.setPen(Qt.PenStyle.NoPen)
        if self._context is not None:
            pale = QColor(self._palette.color(QPalette.ColorRole.Mid))
            pale.setAlpha(150)
            _paint_bars(painter, self._rects(self._context.totals, np.zeros(len(self._context.totals)), least), pale)
        base = np.zeros(self._shown.bins.n_bins)
        for status in STACK:
            counts = self._shown.counts[status]
            if counts.any():
                _paint_bars(painter, self._rects(counts, base, least), colour_of(status, self._palette))
                base += np.where(counts > 0, np.maximum(counts, least), 0)

    def _rects(self, counts: npt.NDArray[np.int64], base: npt.NDArray[np.float64], least: float) -> list[QRectF]:
        assert self._shown is not None
        bins = self._shown.bins
        left, width = x_of(bins.start), (x_of(bins.end) - x_of(bins.start)) / bins.n_bins
        gap = min(self.pixelWidth() or 0.0, width * 0.2)
        filled = np.flatnonzero(counts)
        heights = np.maximum(counts[filled], least).tolist()
        return [
            QRectF(left + i * width, low, width - gap, height)
            for i, low, height in zip(filled.tolist(), base[filled].tolist(), heights, strict=True)
        ]


def _paint_bars(painter: QPainter, rects: list[QRectF], colour: QColor) -> None:
    painter.setBrush(colour)
    painter.drawRects(rects)
