"""Asks which columns of the table to show, and in which order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from auditviewer.core.display import fit_to_show
from auditviewer.gui.events.columns import FLAGS, explanation, heading
from auditviewer.gui.events.layout import ColumnPlace
from auditviewer.gui.messages import plain_tip


class ColumnsDialog(QDialog):
    """A list of columns with check marks, to be dragged into order."""

    columns_chosen = Signal(object)
    """The `ColumnPlace` of every column, left to right."""

    def __init__(self, places: Sequence[ColumnPlace], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Columns")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._places = {place.name: place for place in places}
        self.list = QListWidget()
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setAccessibleName("Columns")
        for place in places:
            self.list.addItem(_item(place))
        hint = QLabel("Check what to show. Drag to reorder, or use the buttons.")
        hint.setTextFormat(Qt.TextFormat.PlainText)
        self.up, self.down = QPushButton("Move up"), QPushButton("Move down")
        self.all, self.none = QPushButton("Show all"), QPushButton("Hide all")
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.all.clicked.connect(lambda: self._check_all(Qt.CheckState.Checked))
        self.none.clicked.connect(lambda: self._check_all(Qt.CheckState.Unchecked))
        beside = QVBoxLayout()
        for button in (self.up, self.down, self.all, self.none):
            button.setAutoDefault(False)
            beside.addWidget(button)
        beside.addStretch(1)
        middle = QHBoxLayout()
        middle.addWidget(self.list, 1)
        middle.addLayout(beside)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(hint)
        layout.addLayout(middle)
        layout.addWidget(self.buttons)
        self.resize(460, 520)
        self.list.itemChanged.connect(lambda _item: self._show_possible())

    @property
    def places(self) -> list[ColumnPlace]:
        """The columns as they are checked and ordered."""
        found = []
        for row in range(self.list.count()):
            item = self.list.item(row)
            place = self._places[item.data(Qt.ItemDataRole.UserRole)]
            is_hidden = item.checkState() is not Qt.CheckState.Checked
            found.append(ColumnPlace(place.name, place.width_px, is_hidden))
        return found

    def accept(self) -> None:
        """Announce the columns."""
        self.columns_chosen.emit(self.places)
        super().accept()

    def _move(self, by: int) -> None:
        row = self.list.currentRow()
        if row >= 0 and 0 <= row + by < self.list.count():
            item = self.list.takeItem(row)
            self.list.insertItem(row + by, item)
            self.list.setCurrentItem(item)

    def _check_all(self, state: Qt.CheckState) -> None:
        for row in range(self.list.count()):
            self.list.item(row).setCheckState(state)

    def _show_possible(self) -> None:
        is_any = any(not place.is_hidden for place in self.places)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(is_any)


def _item(place: ColumnPlace) -> QListWidgetItem:
    unusual = "What is unusual (repeated, conflicting, duplicated)"
    words = unusual if place.name == FLAGS else heading(place.name, dt.UTC)
    item = QListWidgetItem(fit_to_show(words, 80))
    item.setData(Qt.ItemDataRole.UserRole, place.name)
    item.setToolTip(plain_tip(explanation(place.name)))
    item.setFlags((item.flags() | Qt.ItemFlag.ItemIsUserCheckable) & ~Qt.ItemFlag.ItemIsDropEnabled)
    item.setCheckState(Qt.CheckState.Unchecked if place.is_hidden else Qt.CheckState.Checked)
    return item
