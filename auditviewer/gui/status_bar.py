"""The status bar: how much is shown and selected, how far reading is, notices, and the zone of the times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMenu, QProgressBar, QStatusBar, QToolButton, QWidget

from auditviewer.core.progress import Step
from auditviewer.gui.icons import first_icon, icon

if TYPE_CHECKING:
    from auditviewer.gui.session import Session

MESSAGE_MS = 6000
_STEPS = 1000
"""Bytes do not fit a progress bar's 32 bits: it counts thousandths."""


class StatusBar(QStatusBar):
    """Says what a session shows."""

    cancel_requested = Signal()
    notices_requested = Signal()
    zone_requested = Signal(str)
    """The name of a zone, "local", or "" to choose one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.shown, self.selected, self.said = _label(), _label(), _label()
        self.step_words = _label()
        self.progress = QProgressBar()
        self.progress.setRange(0, _STEPS)
        self.progress.setFixedWidth(180)
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(10)
        self.cancel, self.notices, self.zone = _button("Cancel"), _button(""), _button("UTC")
        self.cancel.clicked.connect(lambda: self.cancel_requested.emit())
        self.notices.clicked.connect(lambda: self.notices_requested.emit())
        zones = QMenu(self)
        zones.aboutToShow.connect(lambda: self._fill_zones(zones))
        self.zone.setMenu(zones)
        self.zone.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for widget in (self.shown, self.selected):
            self.addWidget(widget)
        for permanent in (self.step_words, self.progress, self.cancel, self.notices, self.zone):
            self.addPermanentWidget(permanent)
        self._session: Session | None = None
        self.show_reading(False)
        self._show_notices(0)

    def watch(self, session: Session) -> None:
        """Say what the session shows, from now on."""
        self._session = session
        session.result_changed.connect(self._show_counts)
        session.table_changed.connect(self._show_counts)
        session.selection_changed.connect(self._show_counts)
        session.table_changed.connect(
            lambda: self._show_notices(len(session.table.notices) + len(session.table.rejects))
        )
        session.is_reading_changed.connect(self.show_reading)
        session.reading_progressed.connect(self.show_step)
        self._show_counts()

    def say(self, words: str) -> None:
        """Show a few words for a while."""
        self.showMessage(words, MESSAGE_MS)

    def show_zone(self, name: str, is_first: bool = False) -> None:
        """Say which zone times are shown in."""
        self.zone.setText(f"Times in {name}")
        self.zone.setIcon(first_icon("globe") if is_first else icon("globe"))

    def show_reading(self, is_reading: bool) -> None:
        """Show or hide how far reading is."""
        for widget in (self.step_words, self.progress, self.cancel):
            widget.setVisible(is_reading)
        if is_reading:
            self.step_words.setText("Reading…")
            self.progress.setRange(0, 0)

    def show_step(self, step: Step) -> None:
        """Say how far reading is."""
        self.progress.setRange(0, _STEPS if step.total else 0)
        if step.total:
            self.progress.setValue(min(step.done * _STEPS // step.total, _STEPS))
        amount = (
            f"{format_bytes(step.done)} of {format_bytes(step.total)}" if step.unit == "bytes" and step.total else ""
        )
        self.step_words.setText(f"{step.what} {amount}".strip())

    def _show_counts(self) -> None:
        session = self._session
        if session is None or session.is_empty:
            self.shown.setText("")
            self.selected.setText("")
            return
        self.shown.setText(f"{len(session.result):,} of {len(session.table):,} shown")
        chosen = len(session.selected)
        self.selected.setText(f"{chosen:,} selected" if chosen > 1 else "")

    def _show_notices(self, count: int) -> None:
        self.notices.setVisible(count > 0)
        if not count:
            return
        self.notices.setText(f"{count:,} notice{'' if count == 1 else 's'}")
        self.notices.setIcon(icon("status-warning"))
        self.notices.setToolTip("Show what the readers noticed and what could not be read")

    def _fill_zones(self, menu: QMenu) -> None:
        """Fill the menu of zones when it is first opened: finding the system's own takes a while."""
        if not menu.isEmpty():
            return
        from auditviewer.gui.zones import LOCAL, system_zone_name

        for words, name in (("UTC", "UTC"), (f"Local time ({system_zone_name()})", LOCAL), ("Other zone…", "")):
            action = QAction(words, menu)
            action.triggered.connect(lambda _checked=False, chosen=name: self.zone_requested.emit(chosen))
            menu.addAction(action)


def format_bytes(count: int) -> str:
    """Return a number of bytes in words, to three digits."""
    size, units = float(count), ("bytes", "kB", "MB", "GB", "TB")
    unit = 0
    while size >= 1000 and unit < len(units) - 1:
        size /= 1000
        unit += 1
    return (
        f"{count:,} bytes"
        if unit == 0
        else f"{size:.3g} {units[unit]}"
        if size < 999.5
        else f"{size:,.0f} {units[unit]}"
    )


def _label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setContentsMargins(6, 0, 6, 0)
    return label


def _button(text: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setAutoRaise(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button
