"""What the colours of the bars mean, and how many events have each status."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from auditviewer.core.step_status import STATUS_LABELS, StepStatus
from auditviewer.core.timeline import Density
from auditviewer.gui.widgets.status_marks import paint_mark

_LEFT_PX = 46
_GAP_PX = 18
_MARK_PX = 11


class StatusLegend(QWidget):
    """A line of marks, words and counts, one for each status in view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: list[tuple[StepStatus, str, str]] = []

    def set_counts(self, density: Density | None) -> None:
        """Show how many of the events in view have each status."""
        counts = [] if density is None else density.counts.sum(axis=1).tolist()
        self._entries = [(StepStatus(i), STATUS_LABELS[StepStatus(i)], f"{n:,}") for i, n in enumerate(counts) if n]
        words = ", ".join(f"{label} {count}" for _, label, count in self._entries)
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for one line."""
        return QSize(200, self.fontMetrics().height() + 6)

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the entries, without their words where there is no room for all."""
        painter, metrics = QPainter(self), self.fontMetrics()
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        texts = [f"{label} {count}" for _, label, count in self._entries]
        if _LEFT_PX + sum(metrics.horizontalAdvance(text) + _MARK_PX + 5 + _GAP_PX for text in texts) > self.width():
            texts = [count for *_, count in self._entries]
        x, middle = float(_LEFT_PX), self.height() / 2
        for (status, *_), text in zip(self._entries, texts, strict=True):
            paint_mark(painter, QPointF(x + _MARK_PX / 2, middle), _MARK_PX, status, self.palette())
            x += _MARK_PX + 5
            painter.drawText(int(x), 0, self.width(), self.height(), Qt.AlignmentFlag.AlignVCenter, text)
            x += metrics.horizontalAdvance(text) + _GAP_PX
        painter.end()
