"""Find among the shown events, without filtering: a bar, and the rows that hold the text."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import QueryResult, TextSearch
from auditviewer.core.table import Positions
from auditviewer.gui.icons import icon
from auditviewer.gui.look import GAP_PX
from auditviewer.gui.messages import sentence_for

WAIT_MS = 200
"""How long to wait for another letter before looking."""


def find_rows(result: QueryResult, search: TextSearch, progress: Progress = SILENT) -> Positions:
    """Return the rows, ascending, of the shown events that hold the text in any column."""
    progress.check()
    return np.flatnonzero(search.mask(result.table, progress)[result.positions])


def next_hit(hits: Positions, row: int, is_backward: bool = False) -> int | None:
    """Return the index in ``hits`` of the next (or the previous) one from a row, round the end; None without hits."""
    if not len(hits):
        return None
    if is_backward:
        return (int(np.searchsorted(hits, row, side="left")) - 1) % len(hits)
    return int(np.searchsorted(hits, row, side="right")) % len(hits)


class FindBar(QWidget):
    """A line for a text, what was found, and buttons for next and previous."""

    search_changed = Signal(object)
    """The `TextSearch` to look for, None for nothing."""
    next_requested = Signal()
    previous_requested = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit()
        self.line.setPlaceholderText("Find in the shown events")
        self.line.setAccessibleName("Find")
        self.line.setClearButtonEnabled(True)
        self.line.installEventFilter(self)
        self.is_case_sensitive = QCheckBox("Match case")
        self.is_regex = QCheckBox("Regular expression")
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(WAIT_MS)
        self._later.timeout.connect(self._announce)
        self.previous, self.next, self.close_button = QToolButton(), QToolButton(), QToolButton()
        for button, name, words in (
            (self.previous, "up", "Previous (Shift+F3)"),
            (self.next, "down", "Next (F3)"),
            (self.close_button, "close", "Close (Esc)"),
        ):
            button.setIcon(icon(name))
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.setAutoRaise(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GAP_PX, 4, GAP_PX, 4)
        layout.addWidget(self.line, 2)
        for widget in (self.previous, self.next, self.is_case_sensitive, self.is_regex):
            layout.addWidget(widget)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.close_button)
        self.line.textChanged.connect(lambda _text: self._later.start())
        for box in (self.is_case_sensitive, self.is_regex):
            box.toggled.connect(lambda _checked: self._announce())
        self.previous.clicked.connect(lambda: self.previous_requested.emit())
        self.next.clicked.connect(lambda: self.next_requested.emit())
        self.close_button.clicked.connect(lambda: self.close_bar())

    @property
    def search(self) -> TextSearch | None:
        """What is looked for; None for nothing."""
        text = self.line.text()
        if not text:
            return None
        return TextSearch(
            text, is_regex=self.is_regex.isChecked(), is_case_sensitive=self.is_case_sensitive.isChecked()
        )

    def open_bar(self) -> None:
        """Show the bar, ready to type."""
        self.show()
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()
        if self.search is not None:
            self._announce()

    def close_bar(self) -> None:
        """Hide the bar and forget what was found."""
        self._later.stop()
        self.hide()
        self.search_changed.emit(None)
        self.closed.emit()

    def say_found(self, hits: Positions, index: int | None) -> None:
        """Say how many events hold the text, and which of them is current."""
        if not len(hits):
            self.words.setText("Not found among the shown events")
        elif index is None:
            self.words.setText(f"{len(hits):,} events")
        else:
            self.words.setText(f"{index + 1:,} of {len(hits):,} events")

    def say_failed(self, error: object) -> None:
        """Say why the text cannot be looked for."""
        self.words.setText(sentence_for(error))

    def refresh_icons(self) -> None:
        """Draw the icons again, in the colours of a new theme."""
        for button, name in ((self.previous, "up"), (self.next, "down"), (self.close_button, "close")):
            button.setIcon(icon(name))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched is self.line:
            if event.key() == Qt.Key.Key_Escape:
                self.close_bar()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._on_return(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
                return True
        return super().eventFilter(watched, event)

    def _on_return(self, is_backward: bool) -> None:
        if self._later.isActive():
            self._announce()
        elif is_backward:
            self.previous_requested.emit()
        else:
            self.next_requested.emit()

    def _announce(self) -> None:
        self._later.stop()
        self.words.setText("Looking…" if self.search is not None else "")
        self.search_changed.emit(self.search)
