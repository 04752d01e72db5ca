"""Workflows: steps, span and outcome, for one and for all at once."""

from __future__ import annotations

import gc
import weakref
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core import workflows
from auditviewer.core.cells import NO_INSTANT, TICKS_PER_SECOND
from auditviewer.core.query import OneOf, Query, run_query
from auditviewer.core.step_status import StepStatus, status_of, status_of_event_type, step_statuses
from auditviewer.core.workflows import Outcome, summarise_workflows, workflow_order, workflow_story
from tests.builders import FIRST_TICKS, table_of

S = TICKS_PER_SECOND


def steps(*statuses: str | None, workflow: str = "w", event_type: str = "x:thing", **cells: str | None):
    """Return the rows of one workflow."""
    return [{"WorkflowId": workflow, "OperationStatus": s, "EventType": event_type, **cells} for s in statuses]


def outcome_of(*statuses: str | None, instants=None, **cells: str | None) -> Outcome:
    table = table_of(steps(*statuses, **cells), instants)
    story = workflow_story(table, 0)
    summary = summarise_workflows(table)
    assert story is not None and summary.outcome(0) is story.outcome
    return story.outcome


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        (["inProgress", "success"], Outcome.SUCCEEDED),
        (["inProgress", "failure"], Outcome.FAILED),
        (["inProgress"], Outcome.UNFINISHED),
        (["success", "inProgress"], Outcome.UNFINISHED),
        (["inProgress", "warning", "success"], Outcome.WITH_WARNINGS),
        (["inProgress", "warning"], Outcome.WITH_WARNINGS),
        (["warning", "failure"], Outcome.FAILED),
        (["failure", "inProgress", "success"], Outcome.SUCCEEDED),
        (["failure", "success", ""], Outcome.SUCCEEDED),
        (["failure", None], Outcome.FAILED),
        (["SUCCESS"], Outcome.SUCCEEDED),
        (["in progress"], Outcome.UNFINISHED),
        (["success", "cancelled"], Outcome.UNKNOWN),
        (["cancelled", "success"], Outcome.SUCCEEDED),
        (["", None], Outcome.UNKNOWN),
    ],
)
def test_the_last_telling_step_decides(statuses, outcome):
    assert outcome_of(*statuses) is outcome


def test_a_missing_status_is_told_by_the_event_type_but_a_given_one_counts_first():
    assert outcome_of("", event_type="user:creation-failed") is Outcome.FAILED
    assert outcome_of(None, event_type="user:created") is Outcome.SUCCEEDED
    assert outcome_of("success", event_type="user:creation-failed") is Outcome.SUCCEEDED
    assert outcome_of("odd", event_type="user:created") is Outcome.UNKNOWN
    story = workflow_story(table_of(steps("success", event_type="user:creation-failed")), 0)
    assert story is not None and "the status counts" in story.notes[0]


@pytest.mark.parametrize(
    ("event_type", "status"),
    [
        ("user:creating", StepStatus.IN_PROGRESS),
        ("user:login-failed", StepStatus.FAILURE),
        ("user:failed-login", StepStatus.FAILURE),
        ("user:loginFailed", StepStatus.FAILURE),
        ("user:LOGIN_SUCCEEDED", StepStatus.SUCCESS),
        ("user:creating-succeeded", StepStatus.SUCCESS),
        ("deploymenttoken:pairing", StepStatus.SILENT),
        ("failed:login", StepStatus.SILENT),
        ("", StepStatus.SILENT),
        (None, StepStatus.SILENT),
        ("x" * 1_000_000 + "-failed", StepStatus.FAILURE),
    ],
)
def test_event_types_tell_by_their_last_known_word(event_type, status):
    assert status_of_event_type(event_type) is status


def test_steps_stand_by_instant_and_ties_as_in_the_source():
    table = table_of(steps("success", "inProgress", "failure", "warning"), [9 * S, 0, 5 * S, 5 * S])
    story = workflow_story(table, 2)
    assert story is not None
    assert [step.position for step in story.steps] == [1, 2, 3, 0]
    assert [step.gap_ticks for step in story.steps] == [None, 5 * S, 0, 4 * S]
    assert (story.first, story.last, story.duration) == (0, 9 * S, 9 * S)
    assert story.outcome is Outcome.WITH_WARNINGS
    assert story.n_retries == 1
    assert any("same instant" in note for note in story.notes)


def test_a_step_without_a_time_makes_the_outcome_unknown_unless_all_say_the_same():
    instants = [NO_INSTANT, FIRST_TICKS]
    assert outcome_of("success", "failure", instants=instants) is Outcome.UNKNOWN
    assert outcome_of("success", "success", instants=instants) is Outcome.SUCCEEDED
    assert outcome_of("failure", instants=[NO_INSTANT]) is Outcome.FAILED
    table = table_of(steps("success", "failure"), instants)
    story = workflow_story(table, 0)
    assert story is not None and story.steps[-1].position == 0 and story.duration == 0
    assert "1 of 2 steps have no readable time" in story.notes[0]


def test_events_without_a_workflow_are_counted_apart():
    table = table_of([{"WorkflowId": ""}, {"WorkflowId": None}, {"WorkflowId": "a"}])
    assert workflow_story(table, 0) is None and workflow_story(table, 1) is None
    summary = summarise_workflows(table)
    assert (len(summary), summary.n_without, summary.id(0)) == (1, 2, "a")


def test_ids_are_compared_to_the_letter():
    table = table_of([{"WorkflowId": w} for w in ("a", "A", "a ", " ")])
    assert len(summarise_workflows(table)) == 4


def test_an_entry_in_a_result_tells_of_the_whole_workflow_and_how_much_is_shown():
    table = table_of(steps("inProgress", "failure", workflow="a") + steps("success", workflow="b"))
    result = run_query(table, Query((OneOf("OperationStatus", frozenset({"inProgress"})),)))
    summary = summarise_workflows(result)
    assert [summary.id(i) for i in range(len(summary))] == ["a"]
    assert summary.outcome(0) is Outcome.FAILED
    assert (int(summary.n_steps[0]), int(summary.n_shown[0])) == (2, 1)
    assert summary.steps(0).tolist() == [0, 1]


def test_an_entry_is_written_with_its_times_in_utc_and_nothing_where_nothing_is_known():
    table = table_of(
        steps("inProgress", "success", workflow="a", WorkflowType="user:creation") + steps("success", workflow="b"),
        [FIRST_TICKS, FIRST_TICKS + 25 * S // 10, NO_INSTANT],
    )
    summary = summarise_workflows(table)
    assert summary.entry(0) == {
        "id": "a", "type": "user:creation", "first": "2026-01-05T00:00:00Z", "last": "2026-01-05T00:00:02.5Z",
        "duration_s": 2.5, "steps": 2, "outcome": "succeeded",
    }  # fmt: skip
    undated = summary.entry(1)
    assert (undated["first"], undated["last"], undated["duration_s"]) == (None, None, None)
    assert summary.durations.tolist() == [25 * S // 10, -1]
    assert list(summary.entries()) == [summary.entry(0), summary.entry(1)]


def test_the_type_is_that_of_the_first_step_that_names_one():
    rows = [
        {"WorkflowId": w, "WorkflowType": t} for w, t in (("a", ""), ("b", None), ("a", "x"), ("a", "y"), ("c", "z"))
    ]
    summary = summarise_workflows(table_of(rows))
    assert {summary.id(i): summary.type(i) for i in range(3)} == {"a": "x", "b": "", "c": "z"}
    assert [entry["type"] for entry in summary.entries()] == [summary.type(i) for i in range(3)]
    none_named = summarise_workflows(table_of([{"WorkflowType": None}]))
    assert none_named.type(0) == ""


def test_a_long_story_tells_the_steps_around_the_event_and_counts_all():
    table = table_of(steps("failure", *["inProgress"] * 8, "success"))
    story = workflow_story(table, 5, limit=4)
    assert story is not None
    assert ([step.position for step in story.steps], story.n_before, story.n_steps) == ([3, 4, 5, 6], 3, 10)
    assert (story.outcome, story.n_retries, story.duration) == (Outcome.SUCCEEDED, 1, 9 * S)
    last = workflow_story(table, 9, limit=4)
    assert last is not None and [step.position for step in last.steps] == [6, 7, 8, 9]


def test_no_events_make_no_entries():
    summary = summarise_workflows(table_of([]))
    assert len(summary) == 0 and summary.n_without == 0
    nothing_shown = run_query(table_of(steps("success")), Query((OneOf("Id", frozenset({"none"})),)))
    assert len(summarise_workflows(nothing_shown)) == 0


def test_the_order_is_built_once_and_goes_with_its_table():
    table = table_of(steps("success"))
    order = workflow_order(table)
    assert workflow_order(table) is order
    gone = weakref.ref(order)
    del order, table
    gc.collect()
    assert gone() is None


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", None, "a", "b", "c", "d"]),
        st.sampled_from(["success", "failure", "warning", "inProgress", "", None, "odd"]),
        st.sampled_from(["x:created", "x:creating", "x:failed", "x:thing"]),
        st.sampled_from([NO_INSTANT, 0, 5, 7, 7, 9]),
    ),
    max_size=14,
)


TELLING_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", "a", "b", "c", "d", "e"]),
        st.sampled_from(["success", "failure", "warning", "inProgress", "odd"]),
        st.just("x:thing"),
        st.integers(0, 9),
    ),
    max_size=20,
)


@given(st.one_of(ROWS, TELLING_ROWS))
def test_all_at_once_says_what_plain_python_says(rows):
    cells = [{"WorkflowId": w, "OperationStatus": s, "EventType": e} for w, s, e, _ in rows]
    table = table_of(cells, [tick for *_, tick in rows])
    with patch.object(workflows, "_AT_ONCE", 2):
        summary = summarise_workflows(table)
    found = {
        summary.id(i): (
            summary.outcome(i), summary.steps(i).tolist(), int(summary.first[i]), int(summary.last[i]),
            int(summary.n_steps[i]), int(summary.first_positions[i]),
        )
        for i in range(len(summary))
    }  # fmt: skip
    assert found == plain_entries(rows)
    assert summary.n_without == sum(1 for w, *_ in rows if not w)
    for position, (workflow, *_) in enumerate(rows):
        story = workflow_story(table, position)
        assert (story is None) == (not workflow)
        if story is not None:
            assert story.outcome is found[story.id][0]
    assert step_statuses(table).tolist() == [status_of(s, e) for _, s, e, _ in rows]


def plain_entries(rows):
    """Return id -> (outcome, positions, first, last, steps, first position) the slow and plain way."""
    entries = {}
    for workflow in {w for w, *_ in rows if w}:
        own = [i for i, row in enumerate(rows) if row[0] == workflow]
        own.sort(key=lambda i: (rows[i][3] == NO_INSTANT, rows[i][3], i))
        dated = [rows[i][3] for i in own if rows[i][3] != NO_INSTANT] or [NO_INSTANT]
        entries[workflow] = (plain_outcome(rows, own), own, dated[0], dated[-1], len(own), own[0])
    return entries


def plain_outcome(rows, own) -> Outcome:
    told = [status_of(rows[i][1], rows[i][2]) for i in own]
    if any(rows[i][3] == NO_INSTANT for i in own) and len(set(told)) > 1:
        return Outcome.UNKNOWN
    telling = [status for status in told if status is not StepStatus.SILENT]
    if not telling or telling[-1] is StepStatus.UNRECOGNISED:
        return Outcome.UNKNOWN
    if telling[-1] is StepStatus.IN_PROGRESS:
        return Outcome.UNFINISHED
    if telling[-1] is StepStatus.FAILURE:
        return Outcome.FAILED
    return Outcome.WITH_WARNINGS if StepStatus.WARNING in told else Outcome.SUCCEEDED
