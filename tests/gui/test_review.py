"""The review in the window: cases, marks in the table, the pane, dialogs, packages; over a real case and real files."""

from __future__ import annotations

import csv
import sqlite3

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from auditviewer.core.case import ReviewState, open_case
from auditviewer.core.case.review import sample_positions
from auditviewer.core.errors import AuditViewerError
from auditviewer.core.evidence.verify import verify_package
from auditviewer.core.mark_columns import NOTES_COLUMN, STATE_COLUMN, TAGS_COLUMN
from auditviewer.core.query import EVERYTHING
from auditviewer.core.sampling import Method
from auditviewer.gui.dialogs.ask_dialog import Ask, AskDialog
from auditviewer.gui.dialogs.list_dialog import ListDialog
from auditviewer.gui.dialogs.package_dialog import PackageDialog, in_groups
from auditviewer.gui.dialogs.report_dialog import ReportDialog
from auditviewer.gui.dialogs.sheet_dialog import SheetDialog
from auditviewer.gui.events.columns import REVIEW_COLUMNS
from auditviewer.gui.review.finding_commands import record_finding
from auditviewer.gui.review.mark_commands import tag_events
from auditviewer.gui.review.package_commands import check_package, make_package
from auditviewer.gui.review.pane import ReviewPane
from tests.builders import event


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "a.csv"
    rows = [event(i, OperationStatus="failure" if i % 3 else "success") for i in range(12)]
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def reviewing(window, export, tmp_path):
    """The window with a log and a case over it."""
    window.open_paths([export])
    window.session.review.new_case(tmp_path / "r.avcase", "Review")
    return window


def select(window, *rows):
    window.session.set_selected(window.session.result.positions[list(rows)])


def shown(window, row):
    """What the three columns of the review show of a row."""
    model = window.workspace.events.model
    return " | ".join(model.index(row, model.columns.index(column)).data() for column in REVIEW_COLUMNS)


def choose(window, column, *values):
    window.session.review.marks.choose(column, values)


def dialog(kind):
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible())


def test_a_case_knows_its_sources_and_brings_them_back(reviewing, export, tmp_path):
    session = reviewing.session
    (source,) = session.review.case.state.sources
    assert source["path"] == str(export) and source["records"] == 12
    select(reviewing, 2, 3)
    session.review.tag("odd")
    session.review.close_case()
    reviewing.close_log()
    assert not set(REVIEW_COLUMNS) & set(reviewing.workspace.events.model.columns)
    session.review.open_case(tmp_path / "r.avcase")
    assert len(session.table) == 12 and shown(reviewing, 2) == " | odd | "
    assert "r.avcase" in reviewing.windowTitle()


def test_marks_show_in_the_table_and_filter_it(reviewing):
    review, session = reviewing.session.review, reviewing.session
    select(reviewing, 1)
    review.tag("odd")
    review.note("why?")
    review.set_state(ReviewState.EXCEPTION, "no approval")
    assert shown(reviewing, 1) == "exception | odd | why?" and shown(reviewing, 0) == " |  | "
    choose(reviewing, TAGS_COLUMN, "odd")
    assert session.result.positions.tolist() == [1]
    session.apply_query(EVERYTHING)
    choose(reviewing, NOTES_COLUMN, "any")
    assert session.result.positions.tolist() == [1]
    session.apply_query(EVERYTHING)
    choose(reviewing, STATE_COLUMN, None)
    assert len(session.result) == 11
    session.apply_query(EVERYTHING)
    for _ in range(3):
        review.undo()
    assert shown(reviewing, 1) == " |  | "
    for _ in range(3):
        review.redo()
    assert shown(reviewing, 1) == "exception | odd | why?"


def test_a_tags_key_puts_it_on_and_takes_it_off(reviewing, qtbot):
    review = reviewing.session.review
    review.define_tag("odd", "#c2410c", "X")
    select(reviewing, 4)
    review.toggle_tag("odd")
    assert shown(reviewing, 4) == " | odd | "
    review.toggle_tag("odd")
    assert shown(reviewing, 4) == " |  | "


def test_what_cannot_be_done_is_said_and_changes_nothing(reviewing):
    review = reviewing.session.review
    said = []
    review.failed.connect(said.append)
    select(reviewing, 0)
    review.sign_off()
    review.set_state(ReviewState.CLEARED)
    review.sign_off()
    assert ["not reviewed" in str(said[0]), "Somebody else" in str(said[1])] == [True, True]
    assert [act.kind for act in review.case.journal] == ["create", "open", "review"]


def test_the_pane_tells_share_event_findings_samples_and_journal(reviewing, qtbot):
    session, review = reviewing.session, reviewing.session.review
    pane = reviewing.docks.pane("review")
    assert isinstance(pane, ReviewPane)
    select(reviewing, 1, 2)
    review.set_state(ReviewState.CLEARED)
    review.note("seen")
    session.set_current(1)
    assert pane.share.text() == "2 of 12 reviewed (16.6 %)" and pane.bar.value() == 166
    assert [row[1] for row in pane.this_event.said.rows.rows] == ["cleared", "seen"]
    review.record_finding("All")
    review.draw_sample("S", "seed", Method.RANDOM, 4, (0.95, 0.05), None)
    assert [sample.name for sample in pane.samples.rows.rows] == ["S"]
    assert [act.kind for act in pane.journal.rows.rows][:2] == ["sample", "finding"]


def test_a_log_that_is_altered_leaves_the_case_as_it_was(reviewing, export, tmp_path):
    review = reviewing.session.review
    review.close_case()
    reviewing.close_log()
    export.write_bytes(export.read_bytes() + b"\n")
    said = []
    review.failed.connect(said.append)
    review.open_case(tmp_path / "r.avcase")
    assert reviewing.session.is_empty and "changed" in str(said[0])


def test_an_altered_case_opens_for_reading_only(reviewing, tmp_path):
    review = reviewing.session.review
    review.close_case()
    base = sqlite3.connect(tmp_path / "r.avcase")
    with base:
        base.execute("update journal set user = 'eve' where number = 2")
    base.close()
    review.open_case(tmp_path / "r.avcase")
    pane = reviewing.docks.pane("review")
    assert not review.can_write and "read only" in pane.head.text()
    assert "altered" in reviewing.case_news.banner.words.text() and reviewing.case_news.banner.isVisible()
    assert not reviewing.actions_table["record_finding"].isEnabled()


def test_a_dialog_asks_until_what_it_gets_will_do(qtbot):
    def check(values):
        if values["n"] != "1":
            raise AuditViewerError("That is no 1.")

    made = AskDialog("T", [Ask("n", "Number", is_needed=True), Ask("c", "Check", "check", "yes")], "Go", None, check)
    qtbot.addWidget(made)
    made.show()
    answers = []
    made.answered.connect(answers.append)
    made.accept()
    assert "empty" in made.problem.text()
    made.widgets["n"].setText("2")
    made.accept()
    assert "no 1" in made.problem.text() and answers == []
    made.widgets["n"].setText("1")
    made.accept()
    assert answers == [{"n": "1", "c": "yes"}]


def test_tags_and_findings_are_asked_for(reviewing, qtbot):
    select(reviewing, 3)
    tag_events(reviewing)
    asked = dialog(AskDialog)
    asked.widgets["name"].setCurrentText("late")
    asked.accept()
    assert shown(reviewing, 3) == " | late | "
    record_finding(reviewing)
    asked = dialog(AskDialog)
    asked.widgets["title"].setText("All of it")
    asked.accept()
    assert list(reviewing.session.review.case.state.findings) == ["All of it"]


def test_a_package_is_written_shows_its_seal_and_is_verified(reviewing, tmp_path, qtbot):
    make_package(reviewing)
    asked = dialog(PackageDialog)
    asked.path.setText(str(tmp_path / "p.zip"))
    asked.write()
    found = verify_package(str(tmp_path / "p.zip"))
    assert found.holds and "".join(asked.seal.words.text().split()) == found.facts["seal"]
    asked.seal.copy()
    assert QApplication.clipboard().text() == found.facts["seal"]
    assert reviewing.session.review.case.journal[-1].data["seal"] == found.facts["seal"]
    asked.write()
    assert "already" in asked.outcome.text()
    asked.close()
    check_package(reviewing, tmp_path / "p.zip", {"seal": in_groups(found.facts["seal"]), "key": ""})
    told = dialog(ListDialog)
    assert "The package holds." in told.words.text()
    told.close()
    data = (tmp_path / "p.zip").read_bytes()
    (tmp_path / "p.zip").write_bytes(data.replace(b"user", b"uzer", 1))
    check_package(reviewing, tmp_path / "p.zip", {"seal": "", "key": ""})
    told = dialog(ListDialog)
    assert "does NOT hold" in told.words.text() and told.list.rows.rows[0][0] == "status-failure"
    told.close()
    assert [act.data["holds"] for act in reviewing.session.review.case.journal if act.kind == "verify"] == [True, False]


def test_a_package_is_signed_with_a_key_that_is_made_and_discloses_only_what_is_shown(reviewing, tmp_path, qtbot):
    make_package(reviewing)
    asked = dialog(PackageDialog)
    asked.path.setText(str(tmp_path / "p.zip"))
    asked.signs.setChecked(True)
    asked.passphrase.setText("secret")
    asked.write()
    assert "differ" in asked.outcome.text()
    asked.again.setText("secret")
    asked.disclosed.setChecked(True)
    row = asked._columns.index("Initiator")
    asked.columns.cellWidget(row, 1).setCurrentText("Withhold")
    asked.write()
    found = verify_package(str(tmp_path / "p.zip"), asked.fingerprint.words.text())
    assert found.holds and found.facts["disclosed_records"] == 12
    asked.close()


def test_a_report_is_previewed_and_written(reviewing, tmp_path, at_once, qtbot):
    made = ReportDialog(reviewing.session, reviewing, at_once)
    made.show()
    assert "Completeness and accuracy" in made.preview.toPlainText()
    made.sections.item(0).setCheckState(made.sections.item(0).checkState().Unchecked)
    assert "Completeness and accuracy" not in made.preview.toPlainText()
    made.save(tmp_path / "r.html")
    made.save(tmp_path / "r.pdf")
    assert (tmp_path / "r.html").read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    made.close()


def test_another_reviewers_case_is_taken_in(reviewing, tmp_path):
    import shutil

    review = reviewing.session.review
    shutil.copy(review.case.path, tmp_path / "o.avcase")
    with open_case(tmp_path / "o.avcase", "bob", lambda: "2026-01-01T00:00:00Z") as other:
        from auditviewer.core.case.review import tag_events as tag

        tag(other, "odd", reviewing.session.table, np.array([5]))
    review.take_in(tmp_path / "o.avcase")
    assert shown(reviewing, 5) == " | odd | "


def test_filters_and_exports_are_in_the_journal_and_run_again(reviewing, tmp_path, at_once):
    from auditviewer.core.query import OneOf, Query
    from auditviewer.core.replay import replay
    from auditviewer.gui.dialogs.export_dialog import ExportDialog

    session = reviewing.session
    session.apply_query(Query((OneOf("OperationStatus", frozenset({"failure"})),)))
    select(reviewing, 1, 2)
    made = ExportDialog(session, reviewing, at_once)
    for number, button in enumerate(made.extents.values()):
        button.setChecked(True)
        made.path.setText(str(tmp_path / f"{number}.csv"))
        made.export()
    made.close()
    case = session.review.case
    assert [act.kind for act in case.journal] == ["create", "open", "filter", "export", "export", "export"]
    assert {one.outcome for one in replay(case, uses_cache=False)} == {"holds"}


def test_a_workflow_is_marked_through_its_events(reviewing):
    review = reviewing.session.review
    select(reviewing, 4)
    review.note("look", "workflows")
    review.tag("user", on="entities")
    assert "look" in shown(reviewing, 4) and shown(reviewing, 5) == " | user | "
    review.set_state(ReviewState.CLEARED, on="entities")
    assert review.marks.now.count_reviewed(reviewing.session.result) == 12


def test_findings_are_decided_and_run_again_and_items_get_results(reviewing, tmp_path, qtbot, monkeypatch):
    import openpyxl

    session, review = reviewing.session, reviewing.session.review
    review.record_finding("All")
    reviewing.actions_table.run("decide_finding")
    asked = dialog(AskDialog)
    asked.widgets["decision"].setCurrentText("dismissed")
    asked.accept()
    assert "reason" in asked.problem.text()
    asked.widgets["reason"].setPlainText("known")
    asked.accept()
    assert review.case.state.findings["All"].decision == "dismissed"
    reviewing.actions_table.run("recheck_case")
    pane = reviewing.docks.pane("review")
    headings = [field.heading for field in pane.findings.rows.fields]
    assert pane.findings.rows.text(0, headings.index("Run again")) == "holds: 12 events"
    review.draw_sample("S", "seed", Method.RANDOM, 3, (0.95, 0.05), None)
    reviewing.actions_table.run("test_sample")
    sheet = dialog(SheetDialog)
    drawn = review.case.state.samples["S"].drawn["items"]
    qtbot.waitUntil(lambda: sheet._positions[0] is not None)
    sheet.items.setCurrentIndex(sheet.items.model().index(1, 0))
    assert session.table.place(session.current).record == int(drawn[1][2])
    sheet.note.setPlainText("no approval")
    sheet.items.setFocus()
    qtbot.keyClick(sheet.items, Qt.Key.Key_E)
    assert review.case.state.samples["S"].results[2]["result"] == "exception"
    assert review.case.state.samples["S"].results[2]["note"] == "no approval"
    assert sheet.items.currentIndex().row() == 2 and "1 of 3 tested, 1 exceptions" in sheet.tested.text()
    sheet.close()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "s.xlsx"), ""))
    reviewing.actions_table.run("sample_sheet")
    rows = list(openpyxl.load_workbook(tmp_path / "s.xlsx")["Sample"].iter_rows(min_row=5, values_only=True))
    (id_text,) = session.table.page(sample_positions(session.table, review.case.state.samples["S"]), ["Id"])[0][1:2]
    assert [row[0] for row in rows] == ["1", "2", "3"] and rows[1][1] == id_text and rows[1][8] == "exception"


def test_a_targeted_sample_is_what_is_selected(reviewing):
    review = reviewing.session.review
    select(reviewing, 7, 2)
    review.draw_sample("T", "-", Method.TARGETED, None, (0.95, 0.05), None)
    assert [item[2] for item in review.case.state.samples["T"].drawn["items"]] == ["8", "3"]


def test_what_was_asked_for_is_kept_and_stands_in_the_report(reviewing):
    from auditviewer.core.report import ReportChoices, build_report

    reviewing.actions_table.run("case_details")
    asked = dialog(AskDialog)
    asked.widgets["system"].setText("Backup console")
    asked.widgets["from"].setText("2026-01-01")
    asked.accept()
    review = reviewing.session.review
    text = build_report(reviewing.session.result, ReportChoices("R"), review.case)
    assert "Backup console" in text and "2026-01-01 00:00:00 UTC" in text


def test_a_case_is_opened_as_an_export_is(reviewing, tmp_path):
    review = reviewing.session.review
    review.save_copy(tmp_path / "copy.avcase")
    review.close_case()
    reviewing.close_log()
    reviewing.open_paths([tmp_path / "copy.avcase"])
    assert review.case.path.name == "copy.avcase" and len(reviewing.session.table) == 12
