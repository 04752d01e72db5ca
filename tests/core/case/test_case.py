"""Cases: what is acknowledged is kept, what is altered shows, what is signed off is locked, and a review runs again."""

from __future__ import annotations

import contextlib
import csv
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from itertools import count

import numpy as np
import pytest

from auditviewer.core.case import (
    ReviewState,
    create_case,
    entity_target,
    event_targets,
    is_case,
    open_case,
    workflow_target,
)
from auditviewer.core.case.acts import as_data
from auditviewer.core.case.file import CaseError
from auditviewer.core.case.recheck import recheck_findings
from auditviewer.core.case.review import (
    describe_reviewed,
    noted_predicate,
    read_sources,
    record_finding,
    record_sample,
    reviewed_predicate,
    source_facts,
    tag_events,
    tag_targets,
    tagged_predicate,
    take_in,
)
from auditviewer.core.errors import NotWrittenError, UnreadableExportError, WrongUsageError
from auditviewer.core.query import EVERYTHING, OneOf, Query, TextSearch, TimeRange, ValueAt, run_query
from auditviewer.core.query.saved import query_as_json, query_from_json
from auditviewer.core.replay import replay
from auditviewer.core.sampling import draw_sample
from tests.builders import event

FAILURES = Query((OneOf("OperationStatus", frozenset({"failure"})),))
_minutes = count()


def clock():
    return f"2026-01-31T10:{next(_minutes) % 60:02d}:00Z"


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    path = folder / "a.csv"
    rows = [event(i, OperationStatus="failure" if i % 3 else "success", WorkflowId=f"w{i // 2}") for i in range(9)]
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def case(tmp_path, source):
    from auditviewer.core.reading import read_exports

    with create_case(tmp_path / "review.avcase", "Review", "ada", clock) as made:
        made.do("open", sources=source_facts(read_exports([source], uses_cache=False).sources))
        yield made


@pytest.fixture
def log(case):
    return read_sources(case, uses_cache=False)


def again(case, user="ada"):
    case.close()
    return open_case(case.path, user, clock)


def test_what_was_done_is_there_when_the_case_is_opened_again(case, log):
    tag_events(case, "odd", log, np.array([1, 2]))
    case.do("note", text="why?", targets=as_data(event_targets(log, np.array([4]))))
    with again(case) as reopened:
        assert reopened.state.title == "Review" and not reopened.problems
        assert tagged_predicate(log, reopened.state, ["odd"]).mask(log).nonzero()[0].tolist() == [1, 2]
        assert noted_predicate(log, reopened.state).mask(log).nonzero()[0].tolist() == [4]
        assert reopened.head == case.head


def test_a_tag_on_a_workflow_or_an_entity_holds_for_its_events(case, log):
    tag_targets(case, "odd", [workflow_target("w1"), entity_target("user", "0042")])
    assert tagged_predicate(log, case.state, ["odd"]).mask(log).all()
    tag_targets(case, "odd", [entity_target("user", "0042")], is_removed=True)
    assert tagged_predicate(log, case.state, ["odd"]).mask(log).nonzero()[0].tolist() == [2, 3]
    with pytest.raises(WrongUsageError, match="no tag"):
        tagged_predicate(log, case.state, ["even"])


def test_an_annotation_is_undone_and_the_journal_tells_both(case, log):
    tag_events(case, "odd", log, np.array([1]))
    tag_events(case, "odd", log, np.array([2]))
    assert case.undo().kind == "tag"
    assert tagged_predicate(log, case.state, ["odd"]).mask(log).nonzero()[0].tolist() == [1]
    case.undo()
    assert case.undo() is None and case.state.tags == {}
    assert [act.kind for act in case.journal[2:]] == ["tag", "tag", "undo", "undo"]


def test_what_a_second_reviewer_signed_off_is_locked(case, log):
    targets = as_data(event_targets(log, np.array([1])))
    case.do("review", state="cleared", reason="seen", targets=targets)
    with pytest.raises(WrongUsageError, match="Somebody else"):
        case.do("sign-off", targets=targets)
    with again(case, "bob") as second:
        second.do("sign-off", targets=targets)
        n = len(second.journal)
        with pytest.raises(WrongUsageError, match="locked"):
            second.do("review", state="exception", targets=as_data(event_targets(log, np.array([0, 1]))))
        assert len(second.journal) == n and len(second.state.reviews) == 1


def test_the_share_reviewed_is_told_and_not_rounded_up(case, log):
    result = run_query(log, EVERYTHING)
    assert describe_reviewed(result, case.state) == "0 of 9 reviewed (0 %)"
    case.do("review", state="cleared", targets=as_data(event_targets(log, np.arange(8))))
    assert describe_reviewed(result, case.state) == "8 of 9 reviewed (88.8 %)"
    open_ones = reviewed_predicate(log, case.state, ReviewState.UNREVIEWED)
    assert open_ones.mask(log).nonzero()[0].tolist() == [8]


def alter(path, statement, *values):
    with sqlite3.connect(path) as base:
        base.execute(statement, values)
    base.close()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update journal set user = 'eve' where number = 3", "Act 3 of the journal was altered"),
        ('update journal set data = \'{"name":"even","removed":false,"targets":[]}\' where number = 4', "Act 4"),
        ("delete from journal where number = 3", "Act 3 of the journal is missing"),
        ("update journal set time = '2020-01-01T00:00:00Z' where number = 2", "Act 2 of the journal was altered"),
    ],
)
def test_an_altered_or_removed_line_of_the_journal_shows(case, log, statement, words):
    for number in range(3):
        tag_events(case, "odd", log, np.array([number]))
    case.close()
    alter(case.path, statement)
    with open_case(case.path, "ada", clock) as found:
        assert any(words in problem for problem in found.problems)
        with pytest.raises(WrongUsageError, match="altered"):
            found.do("note", text="x", targets=[])


def test_a_second_program_may_only_read(case):
    code = (
        "import sys; from pathlib import Path; from auditviewer.core.case import open_case\n"
        "print(open_case(Path(sys.argv[1]), 'bob', lambda: 'now').is_read_only)"
    )
    said = [subprocess.run([sys.executable, "-c", code, str(case.path)], capture_output=True, text=True).stdout.strip()]
    case.close()
    said.append(
        subprocess.run([sys.executable, "-c", code, str(case.path)], capture_output=True, text=True).stdout.strip()
    )
    assert said == ["True", "False"]


def test_a_kill_at_any_moment_loses_no_acknowledged_annotation(tmp_path, case):
    case.close()
    code = (
        "import sys; from pathlib import Path; from auditviewer.core.case import open_case\n"
        "case = open_case(Path(sys.argv[1]), 'ada', lambda: 'now')\n"
        "for n in range(100_000):\n"
        "    case.do('note', text=str(n), targets=[['workflow', 'w']]); print(n, flush=True)\n"
    )
    for number in range(5):
        path = tmp_path / f"{number}.avcase"
        shutil.copy(case.path, path)
        child = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
        child.stdout.readline()
        time.sleep(0.013 * (number + 1))
        child.send_signal(signal.SIGKILL)
        said = child.communicate()[0].split()
        with open_case(path, "ada", clock) as found:
            assert not found.problems and not found.is_read_only
            kept = sum(len(notes) for notes in found.state.notes.values())
            # One more may have reached the disk than was acknowledged.
            assert kept - (int(said[-1]) + 1 if said else 1) in (0, 1)


def test_a_case_that_cannot_grow_says_so_and_stays_as_it_was(case, log):
    case._base.execute(f"pragma max_page_count = {case._base.execute('pragma page_count').fetchone()[0]}")
    with pytest.raises(NotWrittenError, match="cannot be written"):
        case.do("note", text="x" * 100_000, targets=[["workflow", "w1"]])
    assert case.state.notes == {}
    with again(case) as reopened:
        assert reopened.state.notes == {} and not reopened.problems


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\0", b"x" * 5000])
def test_what_is_no_case_is_refused_in_a_sentence(tmp_path, data):
    path = tmp_path / "x.avcase"
    path.write_bytes(data)
    assert not is_case(path)
    with pytest.raises(CaseError, match="no case"):
        open_case(path, "ada", clock)
    with pytest.raises(NotWrittenError, match="already"):
        create_case(path, "x", "ada", clock)


ENDLESS = """
alter table journal rename to lines;
create view journal as
    with recursive n(i) as (select 2 union all select i + 1 from n)
    select number, time, user, program, kind, data, previous, digest from lines
    union all select i, 't', 'u', 'p', 'note', zeroblob(1), '', '' from n where i < 0;
"""
FORGING = "create trigger t after insert on journal begin update journal set user = 'bob'; end;"


@pytest.mark.parametrize("script", [ENDLESS, FORGING, "create table more (a);"])
@pytest.mark.timeout(20)
def test_a_case_that_holds_more_than_a_journal_is_refused_at_once(case, script):
    case.close()
    with contextlib.closing(sqlite3.connect(case.path)) as base:
        base.executescript(script)
    for is_read_only in (False, True):
        with pytest.raises(CaseError, match="something else than a journal"):
            open_case(case.path, "ada", lambda: "", is_read_only)


def test_a_case_cut_short_is_refused_in_a_sentence(case):
    case.close()
    whole = case.path.read_bytes()
    for size in (120, len(whole) // 2):
        case.path.write_bytes(whole[:size])
        with pytest.raises(CaseError, match="damaged"):
            open_case(case.path, "ada", clock)


def test_a_source_is_found_where_it_moved_and_refused_when_it_changed(case, source):
    moved = case.path.parent / "renamed.csv"
    source.rename(moved)
    assert len(read_sources(case, uses_cache=False)) == 9
    moved.write_bytes(moved.read_bytes().replace(b"ada@", b"eve@"))
    with pytest.raises(UnreadableExportError, match=r"gone"):
        read_sources(case, uses_cache=False)
    moved.rename(source)
    with pytest.raises(UnreadableExportError, match=r"changed"):
        read_sources(case, uses_cache=False)


def test_findings_are_run_again_and_say_what_changed(case, log, source):
    record_finding(case, "Failures", run_query(log, FAILURES))
    assert [one.outcome for one in recheck_findings(case, uses_cache=False)] == ["holds"]
    kept = case.state.findings["Failures"]
    kept.events = list(kept.events)[:-1]
    assert [one.outcome for one in recheck_findings(case, uses_cache=False)] == ["rows changed"]
    source.write_bytes(source.read_bytes() + b"\n")
    assert [one.outcome for one in recheck_findings(case, uses_cache=False)] == ["source changed"]


def test_a_journal_gives_the_same_results_to_the_byte(tmp_path, case, log):
    from auditviewer.core.writing import FORMATS, write_events

    result = run_query(log, FAILURES)
    record_sample(case, "S", draw_sample(result, 3, "seed"), result)
    report = write_events(tmp_path / "out.csv", FORMATS[0], log, result.source_order)
    for sha256 in (report.sha256, "0" * 64):
        case.do(
            "export", file="out.csv", format="csv", sha256=sha256, events=len(result), query=query_as_json(FAILURES)
        )
    assert [one.outcome for one in replay(case, uses_cache=False)] == ["holds", "holds", "rows changed"]


def test_another_reviewers_case_is_taken_in_and_conflicts_are_told(tmp_path, case, log):
    case.close()
    shutil.copy(case.path, tmp_path / "other.avcase")
    targets = as_data(event_targets(log, np.array([1, 2])))
    with open_case(tmp_path / "other.avcase", "bob", clock) as other:
        other.do("review", state="exception", targets=targets)
        other.do("note", text="look", targets=targets[:1])
        tag_events(other, "odd", log, np.array([3]))
    with open_case(case.path, "ada", clock) as mine, open_case(tmp_path / "other.avcase", "x", clock, True) as other:
        mine.do("review", state="cleared", targets=targets[:1])
        (conflict,) = take_in(mine, other)
        assert "cleared by ada" in conflict and "exception by bob" in conflict
        assert [mine.state.state_of(t).value for t in event_targets(log, np.array([1, 2]))] == ["cleared", "exception"]
        assert len(mine.state.notes) == 1 and mine.state.tags_of(event_targets(log, np.array([3]))[0]) == ["odd"]
        take_in(mine, other)
        assert sum(len(notes) for notes in mine.state.notes.values()) == 1


def test_a_query_is_the_same_after_it_was_saved(log):
    query = Query(
        (
            OneOf("Target", frozenset({None, "", "x"}), True),
            TimeRange(639_031_680_000_000_001, None, True),
            TextSearch("a.b", "Id", True, True, True),
            ValueAt("UpdatedState", "/a~1b/0", '"x"', True),
        )
    )
    assert query_from_json(query_as_json(query)) == query
    for damaged in ({}, {"predicates": [{"kind": "x"}], "order": {}}, {"predicates": [], "order": None}):
        with pytest.raises(WrongUsageError):
            query_from_json(damaged)


def test_state_tags_and_notes_are_written_as_columns(tmp_path, case, log):
    import json

    from auditviewer.core.case.review_columns import with_review_columns
    from auditviewer.core.writing import FORMATS, write_events

    tag_events(case, "odd", log, np.array([1, 2]))
    tag_targets(case, "early", [workflow_target("w0")])
    case.do("review", state="cleared", targets=as_data(event_targets(log, np.array([1]))))
    case.do("note", text="why?", targets=as_data(event_targets(log, np.array([1]))))
    table = with_review_columns(log, case.state)
    write_events(tmp_path / "o.jsonl", FORMATS[2], table, np.arange(9))
    events = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert [event.get("ReviewTags") for event in events[:4]] == ["early", "odd, early", "odd", None]
    assert events[1]["ReviewState"] == "cleared" and events[1]["ReviewNotes"].startswith("why? (ada, ")
    del events[1]["ReviewTags"], events[1]["ReviewState"], events[1]["ReviewNotes"]
    write_events(tmp_path / "plain.jsonl", FORMATS[2], log, np.array([1]))
    assert events[1] == json.loads((tmp_path / "plain.jsonl").read_text())


@pytest.mark.parametrize(
    "statement",
    [
        "update journal set data = 'null' where number = 2",
        "update journal set data = '{\"sources\":[5]}' where number = 2",
        "update journal set data = '{\"sources\":[{}]}' where number = 2",
        "update journal set time = x'00' where number = 2",
        "update journal set data = 999999999999999 where number = 2",
        "update journal set kind = 'undo' where number = 2",
        "delete from journal",
        "delete from journal where number = 1",
    ],
)
def test_a_case_that_somebody_wrote_into_is_told_and_breaks_nothing(case, statement, capsys):
    from auditviewer.cli.main import main

    case.close()
    alter(case.path, statement)
    assert main(["case", "show", str(case.path)]) == 1
    assert "journal" in capsys.readouterr().out


def test_what_was_signed_off_is_not_undone(case, log):
    targets = as_data(event_targets(log, np.array([1])))
    case.do("review", state="cleared", targets=targets)
    with again(case, "bob") as second:
        second.do("sign-off", targets=targets)
        assert second.undo() is None
        tag_events(second, "odd", log, np.array([1]))
        assert second.undo().kind == "tag" and second.undo() is None


@pytest.mark.parametrize("text", ["bad\udcff", "x" * 10])
def test_text_that_cannot_be_kept_is_refused_in_a_sentence(case, text):
    if text.isascii():
        case.do("note", text=text, targets=[["workflow", "w"]])
        return
    with pytest.raises(WrongUsageError, match="cannot be kept"):
        case.do("note", text=text, targets=[["workflow", "w"]])
    with pytest.raises(WrongUsageError, match="cannot be kept"):
        case.do("result", name="S", item=10**20, result="pass")
