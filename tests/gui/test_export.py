"""The export dialog: what it writes is what was chosen, and it says what it did."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from auditviewer.core.query import EVERYTHING
from auditviewer.core.writing.choice import Extent
from auditviewer.gui.dialogs.export_dialog import ExportDialog
from tests.builders import table_of


@pytest.fixture
def dialog(qtbot, session, at_once):
    """Return a dialog over ten events, of which five are shown and two selected."""
    rows = [
        {"OperationStatus": "failure" if i % 2 else "success", "Target": f"=t{i}",
         "WorkflowType": "scope:create" if i < 5 else "user:creation"}
        for i in range(10)
    ]  # fmt: skip
    session.set_table(table_of(rows))
    session.apply_query(EVERYTHING.with_values("OperationStatus", frozenset({"failure"})))
    session.set_selected(np.array([3, 1]))
    made = ExportDialog(session, executor=at_once)
    qtbot.addWidget(made)
    made.show()
    return made


def read(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def test_the_shown_events_are_written_and_the_dialog_says_so(dialog, tmp_path):
    dialog.path.setText(str(tmp_path / "out"))
    dialog.export_button.click()
    rows = read(tmp_path / "out.csv")
    assert [row["Target"] for row in rows] == [f"'=t{i}" for i in (1, 3, 5, 7, 9)]
    assert dialog.report.events == 5
    assert dialog.report.sha256 in dialog.outcome.text()
    info = json.loads((tmp_path / "out.csv.info.json").read_text())
    assert info["formula_safe"] is True
    assert info["filter"] == "Status is failure"


def test_selected_events_keep_their_order_and_values_their_letters_when_wished(dialog, tmp_path):
    dialog.extents[Extent.SELECTED].click()
    dialog.formula_safe.setChecked(False)
    dialog.path.setText(str(tmp_path / "out.csv"))
    dialog.export_button.click()
    assert [row["Target"] for row in read(tmp_path / "out.csv")] == ["=t3", "=t1"]


def test_category_and_dates_narrow_all_events(dialog, tmp_path):
    dialog.extents[Extent.ALL].click()
    dialog.category.setCurrentIndex(dialog.category.findData("Group Management"))
    assert "5 events" in dialog.summary.text()
    dialog.start.setText("2026-01-05T00:00:02Z")
    dialog.end.setText("2026-01-05")
    assert "3 events" in dialog.summary.text()
    dialog.format.setCurrentIndex(dialog.format.findData("jsonl"))
    dialog.path.setText(str(tmp_path / "out.jsonl"))
    dialog.export_button.click()
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert [json.loads(line)["Target"] for line in lines] == ["=t2", "=t3", "=t4"]


def test_a_date_that_is_none_is_said_and_nothing_is_written(dialog, tmp_path):
    dialog.start.setText("soon")
    assert "soon" in dialog.summary.text()
    assert not dialog.export_button.isEnabled()


def test_a_place_that_cannot_be_written_is_one_sentence(dialog, tmp_path):
    dialog.path.setText(str(tmp_path / "none" / "out.csv"))
    dialog.export_button.click()
    assert "no folder" in dialog.outcome.text()
    assert dialog.export_button.isEnabled()
