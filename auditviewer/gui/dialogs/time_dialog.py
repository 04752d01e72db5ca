"""Asks for a time to go to; says which zone it is taken in."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QWidget

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.instants import format_instant
from auditviewer.gui.events.going import parse_time
from auditviewer.gui.look import colours_of
from auditviewer.gui.messages import sentence_for
from auditviewer.gui.zones import zone_name

WIDTH_PX = 440


class TimeDialog(QDialog):
    """Takes ISO 8601 text and says at once what it means in UTC."""

    time_chosen = Signal(object)
    """Ticks; more than 32 bits."""

    def __init__(self, zone: dt.tzinfo, start: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Go to time")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(WIDTH_PX)
        self.line = QLineEdit(start)
        self.line.setPlaceholderText("2026-01-31 or 2026-01-31 10:00:00")
        self.line.setAccessibleName("Time")
        self.line.selectAll()
        self.zone = QComboBox()
        self._zones: list[dt.tzinfo] = [dt.UTC] if zone is dt.UTC else [zone, dt.UTC]
        self.zone.addItems([zone_name(one) for one in self._zones])
        self.zone.setAccessibleName("Zone")
        self.meaning = QLabel()
        self.meaning.setTextFormat(Qt.TextFormat.PlainText)
        self.meaning.setWordWrap(True)
        self.meaning.setMinimumHeight(2 * self.fontMetrics().height() + 4)
        self.meaning.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Go")
        form = QFormLayout(self)
        form.addRow("Time", self.line)
        form.addRow("Zone, where none is typed", self.zone)
        form.addRow(self.meaning)
        form.addRow(self.buttons)
        self.line.textChanged.connect(lambda _text: self._show_meaning())
        self.zone.currentIndexChanged.connect(lambda _index: self._show_meaning())
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._show_meaning()

    def accept(self) -> None:
        """Announce the time, if there is one."""
        ticks = self._ticks()
        if isinstance(ticks, int):
            self.time_chosen.emit(ticks)
            super().accept()

    def _ticks(self) -> int | WrongUsageError:
        try:
            return parse_time(self.line.text(), self._zones[max(self.zone.currentIndex(), 0)])
        except WrongUsageError as error:
            return error

    def _show_meaning(self) -> None:
        ticks, colours = self._ticks(), colours_of(self.palette())
        is_time = isinstance(ticks, int)
        if isinstance(ticks, int):
            words = f"Goes to the first shown event at or after {format_instant(ticks, digits=3)}."
        else:
            words = sentence_for(ticks) if self.line.text().strip() else ""
        self.meaning.setText(words)
        self.meaning.setStyleSheet(f"color: {colours.dim if is_time else colours.failure};")
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(is_time)
