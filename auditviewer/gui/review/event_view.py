"""What the case says of the current event, and a place to write a note on it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPlainTextEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from auditviewer.gui.review.lists import SAID_FIELDS, said_of
from auditviewer.gui.session import Session
from auditviewer.gui.widgets.list_model import ListModel
from auditviewer.gui.widgets.list_view import ListView

ON = {"This event": "events", "Its workflow": "workflows", "Its target": "entities"}


class EventReview(QSplitter):
    """A list of what is said, who said it and when; beside it the note that is being written."""

    copied = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._session = session
        self.said: ListView = ListView(ListModel(SAID_FIELDS, self))
        self.said.copied.connect(self.copied)
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText("A note on the current event, plain text. Ctrl+Enter adds it.")
        self.text.setTabChangesFocus(True)
        self.on = QComboBox()
        self.on.addItems(list(ON))
        self.on.setAccessibleName("What the note is on")
        self.add_button = QPushButton("Add note")
        self.add_button.clicked.connect(lambda _checked=False: self.add())
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self.text)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(self.add)
        row = QHBoxLayout()
        row.addWidget(self.on, 1)
        row.addWidget(self.add_button)
        right = QWidget()
        inner = QVBoxLayout(right)
        inner.setContentsMargins(6, 4, 6, 6)
        inner.addWidget(self.text, 1)
        inner.addLayout(row)
        self.addWidget(self.said)
        self.addWidget(right)
        self.setSizes([700, 300])
        self.setChildrenCollapsible(False)
        self.text.textChanged.connect(self._show_possible)

    def show_event(self) -> None:
        """Show what is said of the session's current event."""
        session, marks = self._session, self._session.review.marks.now
        is_there = session.current is not None and marks is not None and marks.table is session.table
        rows = said_of(marks, session.table, session.current) if is_there else []  # type: ignore[arg-type]
        self.said.rows.set_rows(rows)
        self._show_possible()

    def add(self) -> None:
        """Put the note on the current event, whatever is selected."""
        text, session = self.text.toPlainText().strip(), self._session
        if text and session.current is not None and session.review.can_write:
            session.review.note_current(text, ON[self.on.currentText()])
            self.text.clear()

    def _show_possible(self) -> None:
        is_possible = self._session.review.can_write and self._session.current is not None
        self.text.setEnabled(is_possible)
        self.add_button.setEnabled(is_possible and bool(self.text.toPlainText().strip()))
