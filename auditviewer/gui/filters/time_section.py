"""The time filter: from and to in UTC, quick picks within the log, and events without a readable time."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from auditviewer.core.cells import NO_INSTANT, TICKS_PER_DAY
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.instants import format_iso, parse_bound
from auditviewer.core.query import TimeRange
from auditviewer.core.table import EventTable
from auditviewer.gui.look import colours_of

_PICKS = (("Whole log", None), ("Last day of the log", 1), ("Last 7 days", 7), ("Last 30 days", 30))


class TimeSection(QWidget):
    """From and To, ISO 8601 in UTC; a bare date as To includes that day."""

    range_chosen = Signal(object)
    """A `TimeRange`, or None for no time filter."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._span: tuple[int, int] | None = None
        self._range: TimeRange | None = None
        self._has_unknown = False
        self.start, self.end = QLineEdit(), QLineEdit()
        for field, name in ((self.start, "From"), (self.end, "To")):
            field.setAccessibleName(f"{name}, UTC")
            field.setClearButtonEnabled(True)
            field.editingFinished.connect(self._on_edited)
        self.unknown = QCheckBox("Keep those without a time")
        self.unknown.toggled.connect(lambda _: self._on_edited())
        self.complaint = QLabel()
        self.complaint.setWordWrap(True)
        self.picks = QToolButton()
        self.picks.setText("Pick")
        self.picks.setAutoRaise(True)
        self.picks.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.picks)
        for words, days in _PICKS:
            menu.addAction(words, partial(self._pick, days))
        self.picks.setMenu(menu)
        title = QLabel("Time (UTC)")
        title.setStyleSheet("font-weight: 600")
        top = QHBoxLayout()
        top.setContentsMargins(8, 6, 6, 0)
        top.addWidget(title)
        top.addStretch(1)
        top.addWidget(self.picks)
        form = QFormLayout()
        form.setContentsMargins(8, 2, 8, 4)
        form.setVerticalSpacing(4)
        form.addRow("From", self.start)
        form.addRow("To", self.end)
        form.addRow(self.unknown)
        form.addRow(self.complaint)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(top)
        layout.addLayout(form)
        self.complaint.hide()

    def show_table(self, table: EventTable) -> None:
        """Show the span of the log."""
        self._span = table.instant_range
        for field, tick in zip((self.start, self.end), self._span or (None, None), strict=True):
            field.setPlaceholderText("no readable time" if tick is None else format_iso(tick)[:19] + "Z")
        n_unknown = int((table.instants == NO_INSTANT).sum()) if table.has_missing_instants else 0
        self.unknown.setText(f"Keep {n_unknown:,} without a time")
        self.unknown.setToolTip("Events whose time is missing or cannot be understood are in no range of times.")
        self._has_unknown = n_unknown > 0
        self.unknown.setVisible(self._has_unknown)
        if self._range is None:
            self._check_unknown(self._has_unknown)

    def show_range(self, time_range: TimeRange | None) -> None:
        """Show the time filter of the query."""
        self._range = time_range
        start = time_range.start if time_range else None
        end = time_range.end if time_range else None
        self.start.setText("" if start is None else format_iso(start))
        self.end.setText("" if end is None else format_iso(end - 1))
        # They may lie in any range, so they stay unless somebody says otherwise.
        self._check_unknown(self._has_unknown if time_range is None else time_range.keeps_unknown)
        self.complaint.hide()

    def _check_unknown(self, is_on: bool) -> None:
        self.unknown.blockSignals(True)
        self.unknown.setChecked(is_on)
        self.unknown.blockSignals(False)

    def _on_edited(self) -> None:
        try:
            wanted = self._typed()
        except WrongUsageError as error:
            self.complaint.setText(str(error))
            self.complaint.setStyleSheet(f"color: {colours_of(self.palette()).failure}")
            self.complaint.show()
            return
        self.complaint.hide()
        if wanted != self._range:
            self.range_chosen.emit(wanted)

    def _typed(self) -> TimeRange | None:
        start, end = self.start.text().strip(), self.end.text().strip()
        if not start and not end:
            return None
        low = parse_bound(start, is_end=False) if start else None
        high = parse_bound(end, is_end=True) if end else None
        if low is not None and high is not None and high <= low:
            raise WrongUsageError("The range ends before it starts.", "Swap From and To.")
        return TimeRange(low, high, self.unknown.isChecked())

    def _pick(self, days: int | None) -> None:
        if days is None or self._span is None:
            self.range_chosen.emit(None)
            return
        end = (self._span[1] // TICKS_PER_DAY + 1) * TICKS_PER_DAY
        self.range_chosen.emit(TimeRange(end - days * TICKS_PER_DAY, end, self.unknown.isChecked()))
