"""Cases in the window: what it says of the file, other programs and reviewers, sources that moved, journal, views."""

from __future__ import annotations

import json
import shutil

import numpy as np
from PySide6.QtWidgets import QFileDialog, QMenu

from auditviewer.core.case import ReviewState, TargetSet, open_case
from auditviewer.core.query import OneOf, Order, Query
from auditviewer.core.sampling import Method
from auditviewer.gui.actions import Menu
from auditviewer.gui.dialogs.ask_dialog import AskDialog
from auditviewer.gui.dialogs.list_dialog import ListDialog
from auditviewer.gui.dialogs.sample_dialog import SampleDialog
from tests.gui.test_review import dialog, export, reviewing, select

__all__ = ["export", "reviewing"]


def menu_named(window, name):
    menus = [action.menu() for action in window.menus.by_name[Menu.REVIEW].actions() if action.menu() is not None]
    (found,) = [menu for menu in menus if isinstance(menu, QMenu) and menu.title() == name]
    found.aboutToShow.emit()
    return found


def test_a_second_program_opens_the_case_for_reading_only_and_says_so(reviewing, tmp_path):
    review = reviewing.session.review
    review.close_case()
    with open_case(tmp_path / "r.avcase", "bob", lambda: "2026-01-01T00:00:00Z") as other:
        assert not other.is_read_only
        review.open_case(tmp_path / "r.avcase")
        banner = reviewing.case_news.banner
        assert banner.isVisible() and "for reading only" in banner.words.text()
        assert not reviewing.actions_table["record_finding"].isEnabled()
        review.close_case()
        assert not banner.isVisible()


def test_a_source_that_moved_is_told_and_found(reviewing, export, tmp_path):
    review = reviewing.session.review
    review.close_case()
    reviewing.close_log()
    shutil.move(export, tmp_path / "moved.csv")
    review.open_case(tmp_path / "r.avcase")
    assert len(reviewing.session.table) == 12
    assert "moved to" in reviewing.case_news.banner.words.text()


def test_what_changed_in_a_source_is_told_in_one_sentence(reviewing, export, tmp_path):
    review = reviewing.session.review
    review.close_case()
    reviewing.close_log()
    lines = export.read_bytes().splitlines(keepends=True)
    export.write_bytes(b"".join(lines[:-1]))
    review.open_case(tmp_path / "r.avcase")
    assert "11 records and had 12" in reviewing.start_page.banner.words.text()


def test_recent_cases_and_the_state_of_the_file_are_shown(reviewing, tmp_path):
    assert "r.avcase" in menu_named(reviewing, "Recent cases").actions()[0].text()
    pane = reviewing.docks.pane("review")
    assert "saved" in pane.head.text()
    reviewing.session.review.close_case()
    menu_named(reviewing, "Recent cases").actions()[0].trigger()
    assert reviewing.session.review.case.path.name == "r.avcase"


def test_who_reviews_is_shown_and_stands_with_what_is_done_from_then_on(reviewing):
    review, pane = reviewing.session.review, reviewing.docks.pane("review")
    reviewing.actions_table.run("reviewer")
    asked = dialog(AskDialog)
    asked.widgets["name"].setText("Ada Brandt")
    asked.accept()
    assert pane.reviewer.text() == "Ada Brandt" and reviewing.settings.reviewer == "Ada Brandt"
    select(reviewing, 1)
    review.set_state(ReviewState.CLEARED)
    assert review.case.journal[-1].user == "Ada Brandt"
    review.set_reviewer("Bob")
    reviewing.actions_table.run("sign_off")
    asked = dialog(AskDialog)
    assert "Bob" in asked.findChildren(type(asked.problem))[0].text()
    asked.accept()
    model = reviewing.workspace.events.model
    assert review.marks.now.locked[1] and model.columns[1] == "#state"
    said = []
    review.failed.connect(said.append)
    review.set_state(ReviewState.EXCEPTION, "late")
    assert "locked" in str(said[0])


def test_the_journal_is_searched_and_exported(reviewing, tmp_path, monkeypatch, qtbot):
    review, pane = reviewing.session.review, reviewing.docks.pane("review")
    select(reviewing, 1, 2)
    review.tag("odd")
    review.note("quite unusual")
    pane.journal_search.setText("UNUSUAL")
    qtbot.waitUntil(lambda: len(pane.journal.rows.rows) == 1)
    assert pane.journal.rows.text(0, 4) == "note on 2 events: quite unusual"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "j.jsonl"), ""))
    reviewing.actions_table.run("export_journal")
    kinds = [json.loads(line)["kind"] for line in (tmp_path / "j.jsonl").read_text().splitlines()]
    assert kinds == ["create", "open", "tag", "note"]
    assert review.case.journal[-1].data["file"] == "j.jsonl"


def test_a_view_brings_back_filter_order_and_columns(reviewing):
    session, layout = reviewing.session, reviewing.workspace.events.layout_of_columns
    failures = Query((OneOf("OperationStatus", frozenset({"failure"})),), Order("Target", True))
    session.apply_query(failures)
    layout.show_only(["Target", "Timestamp", "EventType"])
    reviewing.actions_table.run("save_view")
    asked = dialog(AskDialog)
    asked.widgets["name"].setText("Failures")
    asked.accept()
    session.apply_query(Query())
    layout.reset()
    menu_named(reviewing, "Show view").actions()[0].trigger()
    assert session.query == failures and layout.shown() == ["Target", "Timestamp", "EventType"]
    pane = reviewing.docks.pane("review")
    assert [view["name"] for view in pane.views.rows.rows] == ["Failures"]


def test_conflicts_with_another_reviewers_case_are_shown_in_a_list(reviewing, tmp_path):
    review, table = reviewing.session.review, reviewing.session.table
    shutil.copy(review.case.path, tmp_path / "o.avcase")
    with open_case(tmp_path / "o.avcase", "bob", lambda: "2026-01-01T00:00:00Z") as other:
        other.do("review", state="exception", reason="x", **TargetSet.at(table, np.array([5])).as_data())
    select(reviewing, 5)
    review.set_state(ReviewState.CLEARED)
    review.take_in(tmp_path / "o.avcase")
    told = dialog(ListDialog)
    (row,) = told.list.rows.rows
    assert "cleared by" in row[1] and "exception by bob" in row[1]
    told.close()


def test_a_sample_is_sized_from_confidence_and_tolerable_deviation_and_says_its_population(reviewing):
    review = reviewing.session.review
    reviewing.session.apply_query(Query((OneOf("OperationStatus", frozenset({"failure"})),)))
    reviewing.actions_table.run("draw_sample")
    asked = dialog(SampleDialog)
    assert asked.population.text() == "8 events: Status is failure"
    asked.computed.setChecked(True)
    asked.tolerable.setValue(40)
    asked.confidence.setValue(90)
    assert asked.outcome.text() == "5 of 8 events will be drawn."
    asked.method.setCurrentIndex(asked.method.findData(Method.TARGETED))
    assert "No event is selected" in asked.outcome.text() and not asked.ok.isEnabled()
    asked.method.setCurrentIndex(asked.method.findData(Method.RANDOM))
    asked.accept()
    assert len(review.case.state.samples["Sample 1"].drawn["items"]) == 5


def test_a_finding_is_reviewed_and_signed_off_by_somebody_else(reviewing):
    review, pane = reviewing.session.review, reviewing.docks.pane("review")
    review.record_finding("All")
    reviewing.actions_table.run("review_finding")
    asked = dialog(AskDialog)
    asked.widgets["state"].setCurrentText("exception")
    asked.accept()
    assert "reason" in asked.problem.text()
    asked.widgets["reason"].setPlainText("too many")
    asked.accept()
    review.set_reviewer("bob")
    review.sign_off_finding("All")
    headings = [field.heading for field in pane.findings.rows.fields]
    assert pane.findings.rows.text(0, headings.index("Review")) == "exception, signed off"
    said = []
    review.failed.connect(said.append)
    review.decide("All", "accepted", "")
    assert "locked" in str(said[0])


def test_what_is_on_its_way_to_the_disk_is_there_when_the_window_closes(reviewing, held, tmp_path):
    review = reviewing.session.review
    review._acts._running._executor = held
    select(reviewing, 1)
    review.tag("odd")
    review.note("kept")
    assert review.is_saving and "saving" in reviewing.docks.pane("review").head.text()
    reviewing.close()
    with open_case(tmp_path / "r.avcase", "x", lambda: "") as case:
        assert len(case.state.tagged["odd"]) == 1 and len(case.state.notes) == 1
    for job in held.jobs:
        job()
