"""A line above the table that says something without standing in the way."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from auditviewer.gui.icons import icon, pixmap
from auditviewer.gui.look import GAP_PX, ICON_PX, colours_of


class Tone(Enum):
    """How grave what a banner says is: the name of its icon."""

    NOTE = "info"
    WARNING = "status-warning"
    FAILURE = "status-failure"


class Banner(QWidget):
    """Shows one sentence, an action where there is one, and a button to close it."""

    action_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = Tone.NOTE
        self.setAutoFillBackground(True)
        self._picture = QLabel()
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.action = QPushButton()
        self.action.clicked.connect(lambda: self.action_requested.emit())
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        self.close_button.setToolTip("Close")
        self.close_button.setAccessibleName("Close")
        self.close_button.clicked.connect(lambda: self.hide())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP_PX + 4, 6, GAP_PX, 6)
        layout.setSpacing(GAP_PX)
        layout.addWidget(self._picture)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.action)
        layout.addWidget(self.close_button)
        self.hide()

    @property
    def tone(self) -> Tone:
        """How grave what it says is."""
        return self._tone

    def say(self, sentence: str, tone: Tone = Tone.NOTE, action: str = "") -> None:
        """Show a sentence, plain text, and a button when ``action`` names one."""
        self._tone = tone
        self.words.setText(sentence)
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self.refresh_look()
        self.show()

    def refresh_look(self) -> None:
        """Take the colours of the theme."""
        colours = colours_of(self.palette())
        of_tone = {Tone.NOTE: colours.accent, Tone.WARNING: colours.warning, Tone.FAILURE: colours.failure}
        colour = of_tone[self._tone]
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(colours.banner))
        self.setPalette(palette)
        self._picture.setPixmap(pixmap(self._tone.value, colour, ICON_PX, self.devicePixelRatioF()))
        self.close_button.setIcon(icon("close"))
