"""A list to choose one thing from, with a line that narrows it: typed words in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from auditviewer.core.display import fit_to_show
from auditviewer.gui.look import GAP_PX

_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


@dataclass(frozen=True)
class Choice:
    """One thing to choose: its key, words, a remark at the right, and words that find it too."""

    key: str
    text: str
    remark: str = ""
    also: str = ""
    icon: QIcon | None = None
    is_enabled: bool = True

    def is_found_by(self, typed: str) -> bool:
        """Return whether every typed word stands in its words."""
        words = f"{self.text} {self.also}".casefold()
        return all(word in words for word in typed.casefold().split())


class Picker(QDialog):
    """Asks for one of many choices."""

    chosen = Signal(str)
    """The key of the choice."""

    def __init__(self, choices: Sequence[Choice], hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._choices = tuple(choices)
        self.line = QLineEdit()
        self.line.setPlaceholderText(hint)
        self.line.setAccessibleName(hint)
        self.line.setClearButtonEnabled(True)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setUniformItemSizes(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP_PX, GAP_PX, GAP_PX, GAP_PX)
        layout.setSpacing(GAP_PX)
        layout.addWidget(self.line)
        layout.addWidget(self.list)
        self.resize(520, 420)
        self.line.textChanged.connect(self._narrow)
        self.list.itemClicked.connect(lambda item: self._choose(item))
        self._narrow("")

    def pick(self, key: str) -> None:
        """Make a choice the current one."""
        for row in range(self.list.count()):
            if self.list.item(row).data(Qt.ItemDataRole.UserRole) == key:
                self.list.setCurrentRow(row)

    def accept(self) -> None:
        """Announce the current choice."""
        item = self.list.currentItem()
        if item is not None:
            self._choose(item)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _MOVES:
                self.list.event(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.accept()
                return True
        return super().eventFilter(watched, event)

    def _narrow(self, typed: str) -> None:
        self.list.clear()
        for choice in self._choices:
            if choice.is_found_by(typed):
                self._add(choice)
        self.list.setCurrentRow(0)

    def _add(self, choice: Choice) -> None:
        item = QListWidgetItem(fit_to_show(choice.text))
        item.setData(Qt.ItemDataRole.UserRole, choice.key)
        if choice.icon is not None:
            item.setIcon(choice.icon)
        if not choice.is_enabled:
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
        self.list.addItem(item)
        if choice.remark:
            self.list.setItemWidget(item, _remark(choice.remark))

    def _choose(self, item: QListWidgetItem) -> None:
        if item.flags() & Qt.ItemFlag.ItemIsEnabled:
            key = item.data(Qt.ItemDataRole.UserRole)
            super().accept()
            self.chosen.emit(key)


def _remark(text: str) -> QWidget:
    """Return a widget that shows a remark at the right of a row and lets the mouse through."""
    holder, label = QWidget(), QLabel(text)
    holder.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setEnabled(False)
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(0, 0, GAP_PX, 0)
    layout.addStretch(1)
    layout.addWidget(label)
    return holder
