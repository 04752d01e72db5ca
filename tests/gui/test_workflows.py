"""The workflows pane with a real session: what it lists, in which order, and what a click does."""

from __future__ import annotations

import datetime as dt
import time

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QAbstractItemModelTester

from auditviewer.core.cells import NO_INSTANT, TICKS_PER_SECOND
from auditviewer.core.query import OneOf
from auditviewer.core.timeline import Lane, LaneOrder
from auditviewer.core.workflows import Outcome, WorkflowSummary
from auditviewer.gui.look import LIGHT, Theme, apply_theme
from auditviewer.gui.workflows.lane_axis import AxisMode, LaneAxis
from auditviewer.gui.workflows.model import LaneColumn, WorkflowLanesModel
from auditviewer.gui.workflows.pane import WorkflowsPane
from tests.builders import FIRST_TICKS, table_of

S = TICKS_PER_SECOND
STEPS = [
    ("a", "inProgress", 0), ("a", "success", 90), ("b", "inProgress", 100), ("b", "failure", 102),
    ("c", "inProgress", 200), ("", "success", 250), ("d", "warning", 300), ("d", "success", 330),
]  # fmt: skip


def log():
    rows = [{"WorkflowId": w, "WorkflowType": f"type:{w}", "OperationStatus": s} for w, s, _ in STEPS]
    return table_of(rows, [FIRST_TICKS + seconds * S for *_, seconds in STEPS])


@pytest.fixture
def pane(qtbot, session, at_once):
    pane = WorkflowsPane(session, executor=at_once)
    qtbot.addWidget(pane)
    pane.tester = QAbstractItemModelTester(pane.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    pane.resize(1000, 400)
    pane.show()
    qtbot.waitExposed(pane)
    return pane


def column(pane, column: LaneColumn) -> list[str]:
    return [pane.model.index(row, column).data() for row in range(pane.model.rowCount())]


def ids(pane) -> str:
    return "".join(pane.model.workflow_id(row) for row in range(pane.model.rowCount()))


def click(qtbot, pane, row: int, in_column: LaneColumn = LaneColumn.TYPE, twice: bool = False) -> None:
    rect = pane.view.visualRect(pane.model.index(row, in_column))
    qtbot.mouseClick(pane.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    if twice:
        qtbot.mouseDClick(pane.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())


def test_every_workflow_is_a_row_latest_first(pane, session):
    session.set_table(log())
    assert ids(pane) == "dcba"
    assert column(pane, LaneColumn.OUTCOME) == ["With warnings", "Unfinished", "Failed", "Succeeded"]
    assert column(pane, LaneColumn.DURATION) == ["30 s", "0 s", "2 s", "1 min 30 s"]
    assert column(pane, LaneColumn.STEPS) == ["2", "1", "2", "2"]
    assert column(pane, LaneColumn.FIRST)[3] == "2026-01-05 00:00:00 UTC"
    assert pane.summary_line.text() == "4 workflows  ·  1 event without a workflow"


def test_or_longest_first(pane, session):
    session.set_table(log())
    pane.order.setCurrentText(LaneOrder.LONGEST.value)
    assert ids(pane) == "adbc"


def test_outcomes_are_counted_and_can_be_asked_for(pane, session, qtbot):
    session.set_table(log())
    assert pane.outcome_buttons[Outcome.FAILED].text() == "Failed 1"
    assert not pane.outcome_buttons[Outcome.UNKNOWN].isEnabled()
    qtbot.mouseClick(pane.outcome_buttons[Outcome.FAILED], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(pane.outcome_buttons[Outcome.UNFINISHED], Qt.MouseButton.LeftButton)
    assert ids(pane) == "cb"
    assert pane.summary_line.text().startswith("2 of 4 workflows")
    qtbot.mouseClick(pane.outcome_buttons[Outcome.FAILED], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(pane.outcome_buttons[Outcome.UNFINISHED], Qt.MouseButton.LeftButton)
    assert ids(pane) == "dcba"


def test_a_filter_lists_the_workflows_it_shows_something_of(pane, session):
    session.set_table(log())
    session.apply_query(session.query.with_predicate(OneOf("OperationStatus", frozenset({"failure", "warning"}))))
    assert ids(pane) == "db"
    assert column(pane, LaneColumn.STEPS) == ["1 of 2", "1 of 2"]
    assert column(pane, LaneColumn.OUTCOME) == ["With warnings", "Failed"]


def test_a_click_looks_at_the_first_event_of_the_workflow(pane, session, qtbot):
    session.set_table(log())
    click(qtbot, pane, 2)
    assert session.current == 2
    click(qtbot, pane, 3, LaneColumn.LANE)
    assert session.current == 0
    session.set_current(1)
    click(qtbot, pane, 3)
    assert session.current == 0


def test_the_arrow_keys_go_from_workflow_to_workflow(pane, session, qtbot):
    session.set_table(log())
    click(qtbot, pane, 0)
    qtbot.keyClick(pane.view, Qt.Key.Key_Down)
    assert session.current == 4


def test_the_row_of_the_current_event_is_highlighted_and_leaves_it_current(pane, session):
    session.set_table(log())
    session.set_current(3)
    assert pane.view.currentIndex().row() == 2
    assert session.current == 3
    session.set_current(5)
    assert not pane.view.currentIndex().isValid() and not pane.only_button.isEnabled()


def test_rows_of_another_log_are_gone_at_once(pane, session):
    session.set_table(log())
    rows = []
    session.table_changed.connect(lambda: rows.append(pane.model.rowCount()))
    session.set_table(table_of([{"WorkflowId": "other"}]))
    assert rows == [0] and ids(pane) == "other"


@pytest.mark.parametrize("by_button", [False, True])
def test_opening_a_row_filters_to_its_workflow(pane, session, qtbot, by_button):
    session.set_table(log())
    click(qtbot, pane, 3, twice=not by_button)
    if by_button:
        qtbot.mouseClick(pane.only_button, Qt.MouseButton.LeftButton)
    assert session.query.one_of("WorkflowId").values == {"a"}
    assert ids(pane) == "a" and len(session.result) == 2
    session.undo_query()
    assert ids(pane) == "dcba"


@pytest.mark.parametrize(
    ("rows", "words"),
    [([], "No event is shown"), ([{"WorkflowId": ""}], "belong to no workflow")],
)
def test_emptiness_is_said_in_words(pane, session, rows, words):
    assert "Open an export" in pane.empty.text()
    session.set_table(table_of(rows))
    assert words in pane.empty.text() and pane.stack.currentWidget() is pane.empty


def test_an_outcome_that_no_workflow_has_any_more_says_so(pane, session, qtbot):
    session.set_table(log())
    qtbot.mouseClick(pane.outcome_buttons[Outcome.FAILED], Qt.MouseButton.LeftButton)
    session.apply_query(session.query.with_predicate(OneOf("WorkflowId", frozenset({"a"}))))
    assert "ended like this" in pane.empty.text()
    assert pane.outcome_buttons[Outcome.FAILED].isEnabled()


def test_times_are_told_in_the_zone_of_the_session(pane, session):
    session.set_table(log())
    session.set_zone(dt.timezone(dt.timedelta(hours=2)))
    assert column(pane, LaneColumn.FIRST)[3] == "2026-01-05 02:00:00 UTC+02:00"


def test_a_workflow_without_a_time_is_last_and_says_so(pane, session):
    session.set_table(table_of([{"WorkflowId": "a"}, {"WorkflowId": "b"}], [NO_INSTANT, FIRST_TICKS]))
    assert ids(pane) == "ba"
    assert column(pane, LaneColumn.FIRST)[1] == "no time" and column(pane, LaneColumn.DURATION)[1] == ""
    pane.grab()


def test_lanes_share_the_time_of_the_rows_that_it_is_asked_of(pane, session):
    session.set_table(log())
    assert pane.view.axis == LaneAxis(FIRST_TICKS, FIRST_TICKS + 330 * S)
    pane.mode.setCurrentText(AxisMode.ALIGNED.value)
    assert pane.view.axis == LaneAxis(0, 90 * S, True)
    rows = [{"WorkflowId": f"w{i}"} for i in range(500)]
    session.set_table(table_of(rows))
    pane.mode.setCurrentText(AxisMode.WHOLE.value)
    assert pane.view.axis == LaneAxis(FIRST_TICKS, FIRST_TICKS + 499 * S)
    pane.mode.setCurrentText(AxisMode.VISIBLE.value)
    assert pane.view.axis.last == FIRST_TICKS + 499 * S and pane.view.axis.first > FIRST_TICKS + 470 * S
    pane.view.scrollToBottom()
    assert pane.view.axis.first == FIRST_TICKS


def test_places_in_a_lane_are_those_of_its_instants():
    lane = Lane(np.array([10, 20, NO_INSTANT]), np.zeros(3, np.uint8))
    assert LaneAxis(0, 40).places(lane, 116).tolist() == [33.0, 58.0]
    assert LaneAxis(0, 10, True).places(lane, 116).tolist() == [8.0, 108.0]
    labels = [label for _, label in LaneAxis(0, 40 * S, True).marks(408, dt.UTC)]
    assert labels == ["0", "+10 s", "+20 s", "+30 s", "+40 s"]


def test_a_lane_paints_a_mark_for_each_step_in_the_colour_of_its_status(pane, session, qapp):
    apply_theme(qapp, Theme.LIGHT)
    session.set_table(log())
    image = pane.view.viewport().grab().toImage()
    rect = pane.view.visualRect(pane.model.index(2, LaneColumn.LANE))
    colours = {
        image.pixelColor(x, y).name()
        for x in range(rect.left(), rect.right())
        for y in range(rect.top(), rect.bottom())
    }
    assert QColor(LIGHT.failure).name() in colours
    assert QColor(LIGHT.success).name() not in colours


def test_markup_and_controls_in_an_export_stay_text(pane, session):
    session.set_table(table_of([{"WorkflowType": "<b>x</b>\n\u202e"}]))
    assert column(pane, LaneColumn.TYPE) == ["<b>x</b>⏎⟨U+202E⟩"]


def test_nothing_is_listed_while_nobody_looks(qtbot, session, at_once):
    pane = WorkflowsPane(session, executor=at_once)
    qtbot.addWidget(pane)
    session.set_table(log())
    assert pane.model.rowCount() == 0
    pane.show()
    assert pane.model.rowCount() == 4


def test_half_a_million_lanes_cost_no_more_than_those_in_view(qtbot):
    n = 500_000
    table = log()
    column = np.zeros(n, np.int64)
    summary = WorkflowSummary(table, column, column, column + FIRST_TICKS, column + FIRST_TICKS, column + 2, column + 2,
                              column.astype(np.uint8), column, 0)  # fmt: skip
    from auditviewer.gui.workflows.lanes_view import LanesView

    model = WorkflowLanesModel()
    view = LanesView(model)
    qtbot.addWidget(view)
    view.resize(1000, 600)
    view.show()
    start = time.perf_counter()
    model.set_lanes(summary, np.arange(n))
    view.scrollToBottom()
    view.grab()
    assert model.rowCount() == n and view.rowAt(view.viewport().height() - 5) == n - 1
    # Far above what it takes; what it guards against is work for each of the rows, which takes many seconds.
    assert time.perf_counter() - start < 3
