"""Events, workflows, changes and durations in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core.cells import NO_INSTANT, TICKS_PER_SECOND
from auditviewer.core.state_diff import changes, diff_states
from auditviewer.core.wording import (
    describe_changes,
    describe_duration,
    describe_event,
    describe_gap,
    describe_workflow,
)
from auditviewer.core.workflows import workflow_story
from tests.builders import FIRST_TICKS, table_of

S = TICKS_PER_SECOND


def told(**cells: str | None) -> str:
    return describe_event(table_of([cells]), 0)


POLICY = {
    "WorkflowType": "epbpolicy:update", "EventType": "epbpolicy:updated", "Target": "Gold", "TargetType": "ebpPolicy",
}  # fmt: skip


def test_an_update_tells_who_what_and_the_change():
    words = told(
        **POLICY, OriginalState='{"retention": 30, "name": "Gold"}', UpdatedState='{"retention":3,"name":"Gold"}'
    )
    assert words == "ada@example.com updated policy Gold: retention 30 -> 3"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"OperationStatus": "failure"}, "ada@example.com failed to update policy Gold"),
        ({"OperationStatus": "inProgress"}, "ada@example.com began to update policy Gold"),
        ({"OperationStatus": "warning"}, "ada@example.com updated policy Gold with a warning"),
        ({"OperationStatus": "odd"}, "ada@example.com asked to update policy Gold (status odd)"),
        ({"OperationStatus": "", "EventType": "epbpolicy:update"},
         "ada@example.com asked to update policy Gold (outcome not told)"),
        ({"Initiator": "", "InitiatorType": "external-system"}, "External system updated policy Gold"),
        ({"Initiator": None, "InitiatorType": None}, "unknown initiator updated policy Gold"),
        ({"EventType": "x:frob", "WorkflowType": "x:y", "OperationStatus": "failure"},
         "ada@example.com did x:frob policy Gold (failure)"),
        ({"EventType": None, "WorkflowType": None}, "ada@example.com did (no event type) policy Gold (success)"),
        ({"TargetType": "novel", "Target": "N"}, "ada@example.com updated novel N"),
        ({"TargetType": "k1Scope", "Target": "N"}, "ada@example.com updated K1 group (scope) N"),
        ({"Target": ""}, "ada@example.com updated"),
    ],
)  # fmt: skip
def test_events_in_words(cells, words):
    assert told(**(POLICY | cells)) == words


def test_a_login_of_oneself_names_the_user_once():
    cells = {"EventType": "user:login-failed", "WorkflowType": "user:login", "Target": "ada@example.com"}
    assert told(**cells, OperationStatus="") == "ada@example.com failed to log in"


def test_hostile_text_is_shown_for_what_it_is():
    words = told(**(POLICY | {"Target": "<b>Gold</b>\n\u202edlog", "Initiator": "{0}%s\x1b[31m"}))
    assert "<b>Gold</b>⏎⟨U+202E⟩dlog" in words and words.startswith("{0}%s␛[31m")
    assert "\n" not in words and "\x1b" not in words


def test_states_that_are_not_json_are_not_told():
    assert told(**POLICY, OriginalState="{", UpdatedState="{}") == "ada@example.com updated policy Gold"


def words_of(before: str, after: str) -> str:
    return describe_changes(changes(diff_states(before, after)))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('{"a": {"b": [1, 2]}}', '{"a": {"b": [1, 3]}}', "a.b"),
        ('{"a": null}', '{"a": "x"}', "a null -> x"),
        ('{"a": 1}', '{"a": "1"}', "a 1 -> “1”"),
        ('{"a": "no"}', '{"a": "null"}', "a no -> “null”"),
        ('{"a": "two words"}', "{}", "a “two words” removed"),
        ("{}", '{"a": {"b": 1}}', "a {…} added"),
        ('{"x/y": 1}', '{"x/y": 2}', "“x/y” 1 -> 2"),
        ('{"a":1,"b":1,"c":1,"d":1,"e":1}', '{"a":2,"b":2,"c":2,"d":2,"e":2}', "c 1 -> 2, and 2 more"),
    ],
)
def test_changes_in_words(before, after, words):
    assert words in words_of(before, after)


@pytest.mark.parametrize(
    ("ticks", "words"),
    [
        (0, "0 ns"),
        (3, "300 ns"),
        (25, "2 µs"),
        (3_500_000, "350 ms"),
        (24_000_000, "2.4 s"),
        (3 * S, "3 s"),
        (S * 59 + S - 1, "59.9 s"),
        (62 * S, "1 min 02 s"),
        (3720 * S, "1 h 02 min"),
        (3600 * S, "1 h"),
        (86_400 * S * 3 + 4 * 3600 * S, "3 d 04 h"),
        (86_400 * S * 400_000, "400,000 d"),
    ],
)
def test_durations_in_words(ticks, words):
    assert describe_duration(ticks) == words


@given(st.integers(min_value=1, max_value=10**19))
def test_a_duration_is_never_rounded_up_to_a_larger_unit(ticks):
    words = describe_duration(ticks)
    assert not any(bad in words for bad in ("60 s", "60 min", "24 h", "1000 ms")) or words.startswith("1000")
    assert describe_duration(-ticks) == f"-{words}"


def test_gaps_in_words():
    assert [describe_gap(g) for g in (None, 0, S)] == ["unknown time", "same instant", "1 s"]


def words_of_workflow(*statuses: str, instants: list[int] | None = None) -> str:
    table = table_of(
        [{"WorkflowId": "w", "OperationStatus": s, "EventType": "x:y"} for s in statuses],
        instants or [FIRST_TICKS + i * 12_000_000 for i in range(len(statuses))],
    )
    story = workflow_story(table, 0)
    assert story is not None
    return describe_workflow(story)


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        (["failure", "inProgress", "success"], "3 steps in 2.4 s, failed, retried once, succeeded"),
        (["failure", "failure", "success"], "3 steps in 2.4 s, failed twice, retried twice, succeeded"),
        (["failure", "failure"], "2 steps in 1.2 s, failed, tried again, failed"),
        (["success"], "1 step, succeeded"),
        (["inProgress"], "1 step, unfinished"),
        (["warning", "success"], "2 steps in 1.2 s, ended with warnings"),
        (["odd"], "1 step, outcome unknown"),
    ],
)
def test_workflows_in_words(statuses, words):
    assert words_of_workflow(*statuses) == words


def test_a_workflow_without_a_time_tells_no_duration():
    assert words_of_workflow("success", "success", instants=[NO_INSTANT] * 2) == "2 steps, succeeded"
