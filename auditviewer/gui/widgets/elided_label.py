"""A label of one line: what does not fit is cut with an ellipsis, and stands whole in its tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from auditviewer.gui.messages import plain_tip


class ElidedLabel(QLabel):
    """Shows plain text in one line, however narrow it is. Where text can be selected, what is cut can be, too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._whole = ""

    @property
    def shown(self) -> str:
        """The text as far as it fits."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())

    def setText(self, text: str, whole: str | None = None) -> None:
        """Show another text; ``whole`` is what it was before it was made fit to be shown."""
        super().setText(text)
        self._whole = text if whole is None else whole
        self._show_tip()

    def minimumSizeHint(self) -> QSize:
        """Return room for one line."""
        return QSize(20, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say in the tooltip what no longer fits."""
        super().resizeEvent(event)
        self._show_tip()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what fits."""
        if self.hasSelectedText():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.shown)

    def _show_tip(self) -> None:
        self.setToolTip(plain_tip(self._whole) if self.shown != self._whole else "")
