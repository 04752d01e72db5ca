"""A sentence and a list of what it is about, each with its mark: conflicts, outcomes, what does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from auditviewer.core.display import fit_to_show
from auditviewer.gui.icons import icon
from auditviewer.gui.look import GAP_PX, colours_of
from auditviewer.gui.widgets.list_model import Field, ListModel
from auditviewer.gui.widgets.list_view import ListView

Row = tuple[str, str]
"""Name of an icon, and words."""


class ListDialog(QDialog):
    """Tells; stays open until it is closed, and copies what it tells."""

    def __init__(self, title: str, words: str, rows: Sequence[Row], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(720, 380)
        self.words = QLabel(fit_to_show(words, 1000))
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._tones = {
            "status-warning": colours_of(self.palette()).warning, "status-failure": colours_of(self.palette()).failure,
            "status-success": colours_of(self.palette()).success, "info": colours_of(self.palette()).accent,
        }  # fmt: skip
        field = Field[Row]("What", lambda row: row[1], 680, icon=lambda row: icon(row[0], self._tones.get(row[0], "")))
        self.list: ListView = ListView(ListModel((field,), self))
        self.list.rows.set_rows(list(rows))
        self.list.horizontalHeader().hide()
        self.list.horizontalHeader().setStretchLastSection(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy_button = self.buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.clicked.connect(lambda _checked=False: self.copy())
        self.buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setSpacing(GAP_PX)
        layout.addWidget(self.words)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.buttons)

    def copy(self) -> None:
        """Copy the sentence and the list as text."""
        lines = [self.words.text(), *(row[1] for row in self.list.rows.rows)]
        QGuiApplication.clipboard().setText("\n".join(lines))
