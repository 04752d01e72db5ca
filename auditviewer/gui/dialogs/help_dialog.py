"""The help: pages of ``resources/help``, and the list of keys made from the table of commands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from auditviewer.gui.actions import Actions, Menu
from auditviewer.paths import resource_path


class HelpDialog(QDialog):
    """Shows one page of Markdown that ships with the program; follows no link."""

    def __init__(self, title: str, markdown: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.browser = QTextBrowser()
        self.browser.setOpenLinks(False)
        self.browser.document().setDocumentMargin(16)
        self.browser.setMarkdown(markdown)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.browser)
        layout.addWidget(buttons)
        self.resize(720, 640)

    @classmethod
    def of_page(cls, name: str, parent: QWidget | None = None) -> HelpDialog:
        """Return the dialog on a page of the help."""
        return cls("Guide", resource_path(f"help/{name}").read_text(encoding="utf-8"), parent)

    @classmethod
    def of_shortcuts(
        cls, actions: Actions, others: Sequence[tuple[str, str]], parent: QWidget | None = None
    ) -> HelpDialog:
        """Return the dialog on every key and what it does."""
        return cls("Keyboard shortcuts", describe_keys(actions, others), parent)


def describe_keys(actions: Actions, others: Sequence[tuple[str, str]]) -> str:
    """Return every key and what it does as Markdown, menu by menu; ``others`` are (keys, what they do)."""
    lines = ["# Keyboard shortcuts", ""]
    for menu in Menu:
        specs = [spec for spec in actions.specs if spec.menu is menu and spec.keys]
        if specs:
            lines += [f"## {menu.value.replace('&', '')}", "", *_table([(s.keys, s.tip) for s in specs])]
    return "\n".join([*lines, "## Panes and the table", "", *_table(others)])


def _table(rows: Sequence[tuple[str, str]]) -> list[str]:
    shown = [(QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) or keys, what) for keys, what in rows]
    return ["| Keys | What they do |", "| --- | --- |", *(f"| {keys} | {what} |" for keys, what in shown), ""]
