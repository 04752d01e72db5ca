"""Long text shown a part at a time, every character visible, one place in it marked."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QTextEdit, QToolButton, QVBoxLayout, QWidget

from auditviewer.core.display import fit_to_show
from auditviewer.gui.inspector.kinds import error_tint

PART = 50_000
"""Characters shown at a time: a text widget takes a third of a second for a line of a million."""


class TextView(QWidget):
    """Shows a text as it stands, in parts; line feeds break the line, other control characters are made visible."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._start = 0
        self._mark: int | None = None
        self.edit = QPlainTextEdit()
        self.edit.setReadOnly(True)
        self.edit.setUndoRedoEnabled(False)
        self.edit.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.edit.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._said = QLabel()
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self.back, self.forward = QToolButton(), QToolButton()
        for button, text, parts in ((self.back, "◀ Previous part", -1), (self.forward, "Next part ▶", 1)):
            button.setText(text)
            button.clicked.connect(lambda _=False, by=parts: self.turn(by))
        self._bar = QWidget()
        line = QHBoxLayout(self._bar)
        line.setContentsMargins(0, 0, 0, 0)
        for widget in (self.back, self._said, self.forward):
            line.addWidget(widget)
        line.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._bar)
        layout.addWidget(self.edit, 1)

    def set_text(self, text: str, mark: int | None = None) -> None:
        """Show a text, at its start or, with ``mark``, at the character of that offset, which is marked."""
        self._text, self._mark = text, mark
        self._start = 0 if mark is None else max(0, min(mark, len(text) - 1)) // PART * PART
        self._show_part()

    def turn(self, parts: int) -> None:
        """Show the part so many further on."""
        last = max(0, len(self._text) - 1) // PART * PART
        self._start = min(max(0, self._start + parts * PART), last)
        self._show_part()

    def _show_part(self) -> None:
        end = min(len(self._text), self._start + PART)
        self.edit.setPlainText(_visible(self._text[self._start : end]))
        self._bar.setVisible(len(self._text) > PART)
        self._said.setText(f"characters {self._start + 1:,} to {end:,} of {len(self._text):,}")
        self.back.setEnabled(self._start > 0)
        self.forward.setEnabled(end < len(self._text))
        self._show_mark(end)

    def _show_mark(self, end: int) -> None:
        self.edit.setExtraSelections([])
        if self._mark is None or not self._start <= self._mark <= end:
            return
        # Qt counts in UTF-16 units, and what was made visible may be longer than it was.
        at = _utf16_length(_visible(self._text[self._start : self._mark]))
        cursor = QTextCursor(self.edit.document())
        cursor.setPosition(at)
        is_at_end = self._mark >= len(self._text)
        cursor.movePosition(
            QTextCursor.MoveOperation.PreviousCharacter if is_at_end else QTextCursor.MoveOperation.NextCharacter,
            QTextCursor.MoveMode.KeepAnchor,
        )
        selection = QTextEdit.ExtraSelection()
        look = QTextCharFormat()
        look.setBackground(error_tint(self.palette()))
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        selection.format, selection.cursor = look, cursor
        self.edit.setExtraSelections([selection])
        place = QTextCursor(self.edit.document())
        place.setPosition(at)
        self.edit.setTextCursor(place)
        self.edit.centerCursor()


def _visible(text: str) -> str:
    return "\n".join(fit_to_show(line, None) for line in text.split("\n"))


def _utf16_length(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)
