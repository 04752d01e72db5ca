"""The workflows pane: the workflows of the current result as lanes, one a row, longest or latest first."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QIcon, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from auditviewer.core.query import QueryResult
from auditviewer.core.table import Positions
from auditviewer.core.timeline import LaneOrder, order_lanes
from auditviewer.core.wording import count_of
from auditviewer.core.workflows import OUTCOMES, Outcome, WorkflowSummary, summarise_workflows
from auditviewer.gui.jobs import JobRunner, sentence_of
from auditviewer.gui.session import Session
from auditviewer.gui.widgets.outcome_marks import STATUS_OF_OUTCOME
from auditviewer.gui.widgets.status_marks import mark_pixmap
from auditviewer.gui.workflows.lane_axis import AxisMode
from auditviewer.gui.workflows.lanes_view import LanesView
from auditviewer.gui.workflows.model import NO_LANES, WorkflowLanesModel, outcome_words

_WIDE_PX = 700
_NARROWEST_PX = 360


@dataclass(frozen=True, eq=False)
class _Lanes:
    result: QueryResult
    summary: WorkflowSummary
    lanes: Positions


class WorkflowsPane(QWidget):
    """Lists workflows; choosing one looks at its first event, opening one filters to it.

    Parameters
    ----------
    session
        What is shown and what is current.
    executor
        Where summaries are made; a test passes one that runs at once.
    """

    def __init__(self, session: Session, parent: QWidget | None = None, executor: Executor | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = JobRunner(self, executor, waits_for_paint=True)
        self._lanes: _Lanes | None = None
        self._is_stale = True
        self.model = WorkflowLanesModel(self)
        self._build()
        self._connect()
        self._say("")
        self.refresh()

    def _build(self) -> None:
        self.view = LanesView(self.model)
        self.view.setAccessibleName("Workflows")
        self.order = _choice([order.value for order in LaneOrder], "Which workflows come first")
        self.mode = _choice([mode.value for mode in AxisMode], "What the width of a lane stands for")
        self.outcome_buttons = {outcome: _outcome_button(outcome) for outcome in OUTCOMES}
        self.only_button = QToolButton()
        self.only_button.setText("Only this workflow")
        self.only_button.setEnabled(False)
        self.only_button.setToolTip("Show only the events of the chosen workflow (double-click a row)")
        self.summary_line, self.empty = _plain_label(), _plain_label()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.view)
        top, outcomes = QHBoxLayout(), QHBoxLayout()
        for row in (top, outcomes):
            row.setSpacing(4)
        for button in self.outcome_buttons.values():
            outcomes.addWidget(button)
        outcomes.addStretch(1)
        outcomes.addWidget(self.only_button)
        top.addWidget(self.summary_line, 1)
        top.addWidget(self.order)
        top.addWidget(self.mode)
        self.setMinimumWidth(_NARROWEST_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(3)
        column.addLayout(top)
        column.addLayout(outcomes)
        column.addWidget(self.stack, 1)

    def _connect(self) -> None:
        self._session.result_changed.connect(self.refresh)
        self._session.table_changed.connect(self._on_table_changed)
        self._session.current_changed.connect(self._show_current)
        self._session.zone_changed.connect(lambda: self.view.set_zone(self._session.zone))
        self._jobs.failed.connect(lambda error: self._say(sentence_of(error)))
        self.order.currentIndexChanged.connect(lambda _: self.refresh())
        self.mode.currentIndexChanged.connect(lambda i: self.view.set_mode(list(AxisMode)[i]))
        for button in self.outcome_buttons.values():
            button.toggled.connect(lambda _: self.refresh())
        self.view.row_chosen.connect(self._on_row_chosen)
        self.view.row_opened.connect(self.filter_to_row)
        self.only_button.clicked.connect(lambda: self.filter_to_row(self.view.currentIndex().row()))

    # -- what the user can ask for -----------------------------------------------------------------------

    def refresh(self) -> None:
        """List anew what is shown; waits until the pane can be seen."""
        self._is_stale = True
        if self.isVisible():
            self._list()

    def filter_to_row(self, row: int) -> None:
        """Show only the events of a row's workflow."""
        if 0 <= row < len(self.model.lanes):
            wanted = frozenset({self.model.workflow_id(row)})
            self._session.apply_query(self._session.query.with_values("WorkflowId", wanted))

    def showEvent(self, event: QShowEvent) -> None:
        """List what changed while nobody looked."""
        super().showEvent(event)
        if self._is_stale:
            self._list()

    # -- inside ------------------------------------------------------------------------------------------

    @property
    def _kept(self) -> frozenset[Outcome] | None:
        """The outcomes that are chosen; None, all of them, when none is."""
        return frozenset(o for o, button in self.outcome_buttons.items() if button.isChecked()) or None

    def _list(self) -> None:
        self._is_stale = False
        result, before, kept = self._session.result, self._lanes, self._kept
        order = list(LaneOrder)[self.order.currentIndex()]

        def work(progress: object) -> _Lanes:
            is_known = before is not None and before.result is result
            summary = before.summary if before is not None and is_known else summarise_workflows(result)
            return _Lanes(result, summary, order_lanes(summary, order, kept))

        self._jobs.start(work, self._on_lanes)

    def _on_lanes(self, lanes: _Lanes) -> None:
        self._lanes = lanes
        self.model.set_lanes(lanes.summary, lanes.lanes)
        self.view.scrollToTop()
        self._count_outcomes()
        self.summary_line.setText(self._describe(lanes))
        self.only_button.setEnabled(False)
        if len(lanes.lanes):
            self.stack.setCurrentWidget(self.view)
            self.view.fit_axis()
            self._show_current()
        else:
            self.empty.setText(self._why_empty(lanes))
            self.stack.setCurrentWidget(self.empty)

    def _count_outcomes(self) -> None:
        """Show how many workflows ended in each way; the mark alone stands for the word where there is no room."""
        counts = dict.fromkeys(OUTCOMES, 0) if self._lanes is None else self._lanes.summary.counts()
        for outcome, n in counts.items():
            button, words = self.outcome_buttons[outcome], f"{outcome_words(outcome)} {n:,}"
            button.setText(f"{n:,}" if self.width() < _WIDE_PX else words)
            button.setAccessibleName(words)
            button.setEnabled(n > 0 or button.isChecked())

    def _describe(self, lanes: _Lanes) -> str:
        n, listed = len(lanes.summary), len(lanes.lanes)
        words = count_of(n, "workflow") if n == listed else f"{listed:,} of {count_of(n, 'workflow')}"
        without = lanes.summary.n_without
        return f"{words}  ·  {count_of(without, 'event')} without a workflow" if without else words

    def _why_empty(self, lanes: _Lanes) -> str:
        if self._session.is_empty:
            return "Open an export to see its workflows."
        if not len(lanes.result):
            return "No event is shown: the filters keep none."
        if len(lanes.summary):
            return "No workflow of the shown events ended like this."
        return "The shown events belong to no workflow: they have no WorkflowId."

    def _say(self, sentence: str) -> None:
        self.model.set_lanes(None, NO_LANES)
        self.summary_line.setText("")
        self.empty.setText(sentence)
        self.stack.setCurrentWidget(self.empty)

    def _show_current(self) -> None:
        current = self._session.current
        row = None if current is None or self.model.summary is None else self.model.row_with(current)
        self.view.show_row(row)
        self.only_button.setEnabled(row is not None)

    def _on_table_changed(self) -> None:
        """Let go of rows that tell of another log before anyone can choose one."""
        self._jobs.cancel()
        self._lanes = None
        self._say("")

    def _on_row_chosen(self, row: int) -> None:
        self.only_button.setEnabled(True)
        self._session.set_current(self.model.first_position(row))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Go without words where there is no room for them."""
        super().resizeEvent(event)
        if (event.oldSize().width() < _WIDE_PX) != (event.size().width() < _WIDE_PX):
            self._count_outcomes()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "outcome_buttons"):
            for outcome, button in self.outcome_buttons.items():
                button.setIcon(QIcon(mark_pixmap(STATUS_OF_OUTCOME[outcome], self.palette())))


def _outcome_button(outcome: Outcome) -> QToolButton:
    button = QToolButton()
    button.setText(outcome_words(outcome))
    button.setCheckable(True)
    button.setAutoRaise(True)
    button.setEnabled(False)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setIconSize(QSize(14, 14))
    button.setIcon(QIcon(mark_pixmap(STATUS_OF_OUTCOME[outcome], button.palette())))
    button.setToolTip(f"List only workflows that ended so: {outcome.value}")
    return button


def _choice(texts: list[str], tip: str) -> QComboBox:
    box = QComboBox()
    box.addItems(texts)
    box.setToolTip(tip)
    box.setMinimumWidth(80)
    return box


def _plain_label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setMinimumWidth(40)
    return label
