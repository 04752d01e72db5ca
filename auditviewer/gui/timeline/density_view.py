"""When the shown events were: the plot, what its colours mean, and the time filter that it sets."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from auditviewer.core.progress import Progress
from auditviewer.core.query import Query, QueryResult, TimeRange, run_query
from auditviewer.core.table import EventTable
from auditviewer.core.time_axis import describe_range
from auditviewer.core.timeline import Density, ShownTimes, TimeBins, times_of
from auditviewer.core.wording import count_of
from auditviewer.gui.jobs import JobRunner, sentence_of
from auditviewer.gui.session import Session
from auditviewer.gui.timeline.density_plot import DensityPlot
from auditviewer.gui.timeline.legend import StatusLegend
from auditviewer.gui.widgets.elided_label import ElidedLabel

_ZOOM_SETTLES_MS = 60


@dataclass(frozen=True, eq=False)
class _Times:
    """When the events of a result were, and when those were that only its time filter hides."""

    table: EventTable
    query: Query
    shown: ShownTimes
    context: ShownTimes | None

    @property
    def span(self) -> tuple[int, int] | None:
        """From the first to the last instant of either."""
        return (self.context or self.shown).span


@dataclass(frozen=True, eq=False)
class _Measured:
    times: _Times
    shown: Density | None
    context: Density | None


class DensityView(QWidget):
    """The density of all shown events over time; a drag over it sets the time filter."""

    def __init__(self, session: Session, parent: QWidget | None = None, executor: Executor | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = JobRunner(self, executor, waits_for_paint=True)
        self._times: _Times | None = None
        self._bins: TimeBins | None = None
        self._view: tuple[int, int] | None = None
        self._is_stale = True
        self._zoomed = QTimer(self, singleShot=True, interval=_ZOOM_SETTLES_MS)
        self._zoomed.timeout.connect(self._measure)
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self.plot = DensityPlot()
        self.plot.setAccessibleName("Events over time")
        self.summary = ElidedLabel()
        self.empty = _plain_label(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.legend = StatusLegend()
        self.clear_button = _button("Clear time filter", "Show all times again (double-click the plot)")
        self.whole_button = _button("Whole span", "Zoom out to all events")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.plot)
        top = QHBoxLayout()
        top.addWidget(self.summary, 1)
        top.addWidget(self.whole_button)
        top.addWidget(self.clear_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 2)
        column.setSpacing(3)
        column.addLayout(top)
        column.addWidget(self.stack, 1)
        column.addWidget(self.legend)

    def _connect(self) -> None:
        self._session.table_changed.connect(self._on_table_changed)
        self._session.result_changed.connect(self.refresh)
        self._session.query_changed.connect(self._show_filter)
        self._session.zone_changed.connect(self._on_zone_changed)
        self._jobs.failed.connect(lambda error: self._say(sentence_of(error)))
        self._jobs.busy_changed.connect(self.plot.set_busy)
        self.plot.range_dragged.connect(self._on_range_dragged)
        self.plot.clear_requested.connect(self.clear_filter)
        self.plot.view_changed.connect(self._on_view_changed)
        self.clear_button.clicked.connect(lambda: self.clear_filter())
        self.whole_button.clicked.connect(lambda: self.show_whole_span())

    # -- what the user can ask for -----------------------------------------------------------------------

    def clear_filter(self) -> None:
        """Show all times again."""
        kept = self._session.query.time_range
        if kept is not None:
            self._session.apply_query(self._session.query.without(kept))

    def show_whole_span(self) -> None:
        """Zoom out to all events."""
        self._view = None
        self._measure()

    def refresh(self) -> None:
        """Count anew what is shown; waits until the view can be seen."""
        self._is_stale = True
        if self.isVisible():
            self._measure()

    def showEvent(self, event: QShowEvent) -> None:
        """Count what changed while nobody looked."""
        super().showEvent(event)
        if self._is_stale:
            self._measure()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the bars to another width, once it has settled."""
        super().resizeEvent(event)
        if self._bins is not None and event.oldSize().width() != event.size().width():
            self._zoomed.start()

    # -- inside ------------------------------------------------------------------------------------------

    def _measure(self) -> None:
        self._is_stale = False
        result, before, view = self._session.result, self._times, self._view
        width_px = max(self.plot.width() - 60, 200)
        self._jobs.start(lambda progress: _measure(result, before, view, width_px, progress), self._on_measured)

    def _on_measured(self, measured: _Measured) -> None:
        self._times = measured.times
        span = measured.times.span
        self._show_filter()
        if measured.shown is None or span is None:
            self._say(self._why_empty(measured.times))
            return
        self._bins = measured.shown.bins
        if self._view is None:
            self.plot.set_span(self._bins.start, self._bins.end - 1)
            self.plot.set_view(self._bins.start, self._bins.end, 0.01)
        else:
            self.plot.set_view(*self._view)
        self.plot.set_density(measured.shown, measured.context)
        self.legend.set_counts(measured.shown)
        self.summary.setText(self._describe(measured))
        self.whole_button.setEnabled(self._view is not None)
        self.stack.setCurrentWidget(self.plot)

    def _describe(self, measured: _Measured) -> str:
        shown, times = measured.shown, measured.times
        assert shown is not None
        parts = [count_of(len(times.shown.instants), "event")]
        if times.shown.span is not None:
            parts.append(describe_range(*times.shown.span, self._session.zone))
        parts.append(f"bars of {shown.bins.label}")
        if times.shown.n_without_time:
            parts.append(f"{times.shown.n_without_time:,} more without a readable time")
        if shown.n_outside:
            parts.append(f"{shown.n_outside:,} outside this view")
        return "  ·  ".join(parts)

    def _why_empty(self, times: _Times) -> str:
        if self._session.is_empty:
            return "Open an export to see when things happened."
        if not len(self._session.result):
            return "No event is shown: the filters keep none."
        return f"None of the {count_of(times.shown.n_without_time, 'shown event')} has a readable time."

    def _say(self, sentence: str) -> None:
        self.empty.setText(sentence)
        self.summary.setText("")
        self.legend.set_counts(None)
        self.whole_button.setEnabled(False)
        self.stack.setCurrentWidget(self.empty)

    def _show_filter(self) -> None:
        kept = self._session.query.time_range
        self.clear_button.setEnabled(kept is not None)
        start, end = (None, None) if kept is None else (kept.start, kept.end)
        self.plot.set_filter(start, end, kept is not None)

    def _on_table_changed(self) -> None:
        self._view = None
        self._times = None

    def _on_zone_changed(self) -> None:
        self.plot.set_zone(self._session.zone)
        self.refresh()

    def _on_view_changed(self, first: int, last: int) -> None:
        self._view = (first, last)
        self._zoomed.start()

    def _on_range_dragged(self, low: int, high: int) -> None:
        """Keep the range, its ends moved to those of bars; an end at or past the last event stays open."""
        if self._bins is None or self._times is None or self._times.span is None:
            return
        start, end = snap(self._bins, low, high)
        first, last = self._times.span
        opened = (None if start <= first else start, None if end > last else end)
        if opened == (None, None):
            self.clear_filter()
        else:
            kept = self._session.query.time_range
            keeps_unknown = self._session.table.has_missing_instants if kept is None else kept.keeps_unknown
            self._session.apply_query(self._session.query.with_predicate(TimeRange(*opened, keeps_unknown)))
        self._show_filter()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "legend"):
            self.legend.update()


def snap(bins: TimeBins, low: int, high: int) -> tuple[int, int]:
    """Return a range with its ends at the nearest edges of bars, at least one bar wide."""
    start, end = ((tick - bins.start + bins.width // 2) // bins.width for tick in (low, high))
    if start >= end:
        start = (low - bins.start) // bins.width
        end = start + 1
    return bins.start + start * bins.width, bins.start + end * bins.width


def _measure(
    result: QueryResult, before: _Times | None, view: tuple[int, int] | None, width_px: int, progress: Progress
) -> _Measured:
    times = _times(result, before, progress)
    progress.check()
    if times.span is None:
        return _Measured(times, None, None)
    first, last = view or times.span
    context = None if times.context is None else times.context.density(first, last, width_px)
    return _Measured(times, times.shown.density(first, last, width_px), context)


def _times(result: QueryResult, before: _Times | None, progress: Progress) -> _Times:
    kept = result.query.time_range
    others = result.query if kept is None else result.query.without(kept)
    is_same_log = before is not None and before.table is result.table
    if before is not None and is_same_log and before.query == result.query:
        return before
    if kept is None:
        return _Times(result.table, result.query, times_of(result), None)
    if before is not None and is_same_log and before.query.predicates == others.predicates:
        context = before.context or before.shown
    elif before is not None and is_same_log and before.context is not None and _without_time(before.query) == others:
        context = before.context
    else:
        context = times_of(run_query(result.table, others, progress, result))
    return _Times(result.table, result.query, times_of(result), context)


def _without_time(query: Query) -> Query:
    kept = query.time_range
    return query if kept is None else query.without(kept)


def _plain_label(alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(alignment)
    label.setMinimumWidth(40)
    return label


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAutoRaise(True)
    button.setEnabled(False)
    return button
