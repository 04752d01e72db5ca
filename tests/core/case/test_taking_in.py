"""Another reviewer's case taken in: with its authors, as one act, and with every conflict told."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from auditviewer.core.case import open_case, workflow_target
from auditviewer.core.case.acts import as_data
from auditviewer.core.case.review import record_finding, record_sample, tag_events, tag_targets, take_in
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query import EVERYTHING, OneOf, Query, run_query
from auditviewer.core.query.saved import query_as_json
from auditviewer.core.sampling import draw_sample
from tests.core.case.conftest import clock, make_case, write_export

FAILURES = Query((OneOf("OperationStatus", frozenset({"failure"})),))
W1 = as_data([workflow_target("w1")])


@pytest.fixture
def theirs(tmp_path, reviewed, log_of_case):
    path = tmp_path / "theirs.avcase"
    shutil.copy(reviewed.path, path)
    failures = run_query(log_of_case, FAILURES)
    with open_case(path, "bob", clock) as other:
        other.do("define-tag", name="odd", colour="#00ff00", key="O")
        tag_events(other, "odd", log_of_case, np.array([1, 2]))
        other.do("note", text="look", targets=W1)
        other.do("note", text="and here", targets=as_data([workflow_target("w2")]))
        other.do("review", state="cleared", reason="seen", targets=W1)
        record_finding(other, "F", failures)
        other.do("decide", title="F", decision="accepted")
        record_sample(other, "S", draw_sample(failures, 3, "seed"), failures)
        other.do("result", name="S", item=2, result="pass", note="fine")
        other.do("view", name="V", query=query_as_json(FAILURES), columns=["Id"])
        other.do("period", system="prod", population="all")
    with open_case(path, "carla", clock) as other:
        other.do("sign-off", targets=W1)
        yield other


def test_what_is_taken_in_keeps_who_did_it_and_is_one_act(reviewed, theirs):
    n = len(reviewed.journal)
    assert take_in(reviewed, theirs) == []
    state, w1 = reviewed.state, workflow_target("w1")
    assert len(reviewed.journal) == n + 1
    assert (state.reviews[w1].user, state.reviews[w1].signed_off_by) == ("bob", "carla")
    assert [(note.text, note.user) for note in state.notes[w1]] == [("look", "bob")]
    assert {note.text for note, _ in state.notes.by_note()} == {"look", "and here"}
    assert len(state.tagged["odd"]) == 2 and state.tags["odd"].colour == "#00ff00"
    assert (state.findings["F"].user, state.findings["F"].decision) == ("bob", "accepted")
    assert state.samples["S"].results[2]["user"] == "bob" and state.views["V"]["columns"] == ["Id"]
    with open_case(reviewed.path, "x", clock, is_read_only=True) as again:
        assert not again.problems and list(again.state.findings["F"].events) == list(state.findings["F"].events)
        assert again.state.reviews[w1] == state.reviews[w1]
    assert take_in(reviewed, theirs) == [] and len(state.notes[w1]) == 1
    reviewed.undo()
    reviewed.undo()
    assert not reviewed.state.findings and not len(reviewed.state.reviews) and not len(reviewed.state.notes)


def test_every_kind_of_conflict_is_told_and_ours_stays(reviewed, theirs, log_of_case):
    everything = run_query(log_of_case, EVERYTHING)
    reviewed.do("define-tag", name="odd", colour="#ff0000")
    reviewed.do("review", state="exception", targets=W1)
    record_finding(reviewed, "F", everything)
    record_sample(reviewed, "S", draw_sample(everything, 3, "other"), everything)
    reviewed.do("view", name="V", query=query_as_json(EVERYTHING), columns=[])
    reviewed.do("period", system="test", population="all")
    told = take_in(reviewed, theirs)
    for words in (
        "exception by ada, cleared by bob", "#ff0000 here and #00ff00 there", "finding “F” has other events",
        "finding “F” is open here and accepted there", "sample “S” has other items", "view “V” differs",
        "details differ in system: “test”, and “prod” there",
    ):  # fmt: skip
        assert any(words in sentence for sentence in told), (words, told)
    assert reviewed.state.conflicts == told
    assert reviewed.state.state_of(workflow_target("w1")).value == "exception"
    assert len(reviewed.state.findings["F"].events) == 900


def test_results_of_the_same_sample_that_differ_are_a_conflict(tmp_path, reviewed, theirs, log_of_case):
    failures = run_query(log_of_case, FAILURES)
    record_sample(reviewed, "S", draw_sample(failures, 3, "seed"), failures)
    reviewed.do("result", name="S", item=2, result="exception")
    assert any(
        "Item 2 of the sample “S” is exception by ada, pass by bob" in told for told in take_in(reviewed, theirs)
    )


def test_nothing_is_taken_from_a_case_of_other_sources_or_an_altered_one(tmp_path, reviewed, theirs, exported):
    from tests.builders import event

    elsewhere = write_export(tmp_path / "b.csv", [event(5000)])
    with make_case(tmp_path, "other.avcase", [elsewhere]) as other:
        tag_targets(other, "x", [workflow_target("w1")])
        with pytest.raises(WrongUsageError, match="no source in common"):
            take_in(reviewed, other)
    theirs.problems.append("Act 3 of the journal was altered.")
    with pytest.raises(WrongUsageError, match="altered"):
        take_in(reviewed, theirs)
    assert len(reviewed.journal) == 2
