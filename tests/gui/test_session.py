"""Session: one owner of what is open and what is current."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import auditviewer.core.reading.preview as preview_module
import auditviewer.gui.session as session_module
from auditviewer.core.errors import DamagedCacheError, UnreadableExportError
from auditviewer.core.query import OneOf, Query
from auditviewer.core.reading import read_exports
from auditviewer.gui.session import Session
from tests.builders import event, table_of

FAILURES = Query((OneOf("OperationStatus", frozenset(["failure"])),))


@pytest.fixture
def reads(monkeypatch, sample_table):
    """What reading gives: tests put tables or errors here, by file name."""
    found = {"a.csv": sample_table}

    def read(paths, progress, *, uses_cache=True):
        answer = found[paths[-1].name]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(session_module, "read_exports", read)
    monkeypatch.setattr(preview_module, "read_preview", lambda paths: None)
    return found


def test_a_query_narrows_the_result_and_can_be_undone_and_redone(session, sample_table):
    session.set_table(sample_table)
    session.apply_query(FAILURES)
    narrowed = len(session.result)
    assert 0 < narrowed < len(sample_table)
    session.undo_query()
    assert len(session.result) == len(sample_table)
    session.redo_query()
    assert len(session.result) == narrowed


def test_the_same_query_again_is_no_step_of_the_history(session, sample_table):
    session.set_table(sample_table)
    session.apply_query(FAILURES)
    session.apply_query(FAILURES)
    session.undo_query()
    assert not session.history.can_undo


def test_only_the_newest_query_answers(qapp, held, sample_table):
    session = Session(executor=held)
    session.set_table(sample_table)
    session.apply_query(FAILURES)
    for job in held.jobs:
        job()
    assert session.result.query == FAILURES


def test_a_failed_reading_leaves_what_was_open(session, reads, qtbot, sample_table):
    reads["bad.csv"] = UnreadableExportError("bad.csv is empty.")
    session.open_exports([Path("a.csv")])
    session.apply_query(FAILURES)
    with qtbot.waitSignal(session.reading_failed):
        session.open_exports([Path("bad.csv")])
    assert session.table is sample_table
    assert session.paths == (Path("a.csv"),)
    assert session.query == FAILURES


def test_added_exports_open_together_with_what_is_open(session, reads):
    reads["b.csv"] = table_of([{}] * 5)
    session.open_exports([Path("a.csv")])
    session.open_exports([Path("b.csv")], keep_open=True)
    assert session.paths == (Path("a.csv"), Path("b.csv"))
    session.open_exports([Path("b.csv")])
    assert session.paths == (Path("b.csv"),)


def test_a_preview_shows_while_the_rest_is_read_and_goes_when_reading_is_cancelled(
    qapp, held, monkeypatch, sample_table
):
    preview = table_of([{}] * 3, is_preview=True)
    monkeypatch.setattr(preview_module, "read_preview", lambda paths: preview)
    monkeypatch.setattr(session_module, "read_exports", lambda *a, **k: sample_table)
    session = Session(executor=held)
    session.open_exports([Path("a.csv")])
    held.jobs[0]()
    assert session.table is preview and session.is_reading
    session.cancel_reading()
    assert session.is_empty


def test_a_late_preview_does_not_replace_the_log(qapp, held, monkeypatch, sample_table):
    monkeypatch.setattr(preview_module, "read_preview", lambda paths: table_of([{}] * 3, is_preview=True))
    monkeypatch.setattr(session_module, "read_exports", lambda *a, **k: sample_table)
    session = Session(executor=held)
    session.open_exports([Path("a.csv")])
    held.jobs[1]()
    held.jobs[0]()
    assert session.table is sample_table


def test_a_log_that_was_kept_shows_without_a_preview_before_it(qapp, held, monkeypatch, tmp_path):
    path = tmp_path / "export.json"
    path.write_text(json.dumps([event(n) for n in range(3)]))
    read_exports([path])
    previews = []
    monkeypatch.setattr(preview_module, "read_preview", lambda paths: previews.append(paths))
    session = Session(executor=held)
    session.open_exports([path])
    held.jobs[0]()
    assert not previews and not session.is_previewing
    session.uses_cache = False
    session.open_exports([path])
    held.jobs[2]()
    assert previews == [(path,)]


def test_closing_the_log_empties_everything(session, sample_table):
    session.set_table(sample_table)
    session.set_current(3)
    session.set_selected(np.array([3]))
    session.close_log()
    assert session.is_empty and session.current is None and not len(session.selected) and not len(session.result)


def test_a_damaged_copy_in_the_cache_is_said(session, reads, monkeypatch):
    def find_damage(table, progress):
        raise DamagedCacheError("The copy of a.csv was damaged.")

    monkeypatch.setattr(session_module, "verify_sources", find_damage)
    said = []
    session.reading_failed.connect(said.append)
    session.open_exports([Path("a.csv")])
    assert [type(error) for error in said] == [DamagedCacheError]
    assert session.paths == (Path("a.csv"),)  # what is open stays open
