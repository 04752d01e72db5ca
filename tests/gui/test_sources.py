"""The account of the log in its pane: sources, rejects and notices of real files."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from auditviewer.core.account import Source
from auditviewer.core.reading import read_exports
from auditviewer.core.schema import COLUMN_NAMES
from auditviewer.gui.session import Session
from auditviewer.gui.sources import SourcesPane
from auditviewer.gui.sources.models import SOURCE_FIELDS, describe_check, total_of
from auditviewer.gui.sources.pane import describe_account
from tests.builders import event

HEADINGS = [field.heading for field in SOURCE_FIELDS]


def text_of(numbers) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMN_NAMES)
    writer.writeheader()
    writer.writerows(event(n) for n in numbers)
    return out.getvalue()


@pytest.fixture
def damaged(tmp_path):
    """Two exports: one with a record of too many fields, one that repeats two events of the other."""
    (tmp_path / "a.csv").write_bytes(text_of(range(5)).encode() + b"<b>bad</b>," * 30 + b"\r\n")
    (tmp_path / "b.csv").write_bytes(text_of([3, 4, 5]).encode())
    return tmp_path


@pytest.fixture
def pane(qtbot, qapp, at_once, damaged):
    """The pane on the damaged exports."""
    session = Session(executor=at_once)
    made = SourcesPane(session, executor=at_once)
    qtbot.addWidget(made)
    session.set_table(read_exports([damaged], uses_cache=False))
    made.show()
    return made


def shown(view):
    model = view.model()
    return [[model.index(r, c).data() for c in range(model.columnCount())] for r in range(model.rowCount())]


def test_each_source_is_accounted_for(pane, damaged):
    rows = [dict(zip(HEADINGS, row, strict=True)) for row in shown(pane.sources)]
    assert [row["Source"] for row in rows] == ["a.csv", "b.csv", "Total of 2"]
    for row, name in zip(rows, ("a.csv", "b.csv"), strict=False):
        data = (damaged / name).read_bytes()
        assert row["SHA-256"] == hashlib.sha256(data).hexdigest()
        assert row["Bytes"] == f"{len(data):,}"
        assert row["Check"] == "✓ adds up"
    counts = [tuple(row[h] for h in ("Records", "= loaded", "+ duplicates", "+ rejected")) for row in rows]
    assert counts == [("6", "5", "0", "1"), ("3", "1", "2", "0"), ("9", "6", "2", "1")]
    assert "9 records = 6 loaded + 2 duplicates + 1 rejected" in pane.summary.text()


def test_a_reject_says_where_and_why_and_shows_its_bytes(pane, qtbot, damaged):
    (row,) = shown(pane.rejects)
    lines = (damaged / "a.csv").read_bytes().split(b"\r\n")
    offset = sum(len(line) + 2 for line in lines[:6])
    assert row[:4] == ["a.csv", "6", "7", f"{offset:,}"]
    assert "30" in row[5] or "31" in row[5]
    pane.tabs.setCurrentWidget(pane.rejects)
    pane.rejects.doubleClicked.emit(pane.rejects.model().index(0, 0))
    dialog = pane._dialog
    assert dialog.text.toPlainText().startswith("<b>bad</b>,<b>bad</b>")
    dialog.as_hex.setChecked(True)
    assert dialog.text.toPlainText().startswith(f"{offset:010d}  3c 62 3e 62 61 64")
    dialog.close()


def test_rows_are_copied_with_their_headings(pane, qtbot):
    pane.sources.selectRow(0)
    qtbot.keyClick(pane.sources, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    head, row = QGuiApplication.clipboard().text().split("\n")
    assert head.split("\t") == HEADINGS
    assert row.split("\t")[HEADINGS.index("= loaded")] == "5"


def test_counts_that_do_not_add_up_are_said_so():
    sound = Source("/a.csv", None, "csv", "utf-8", None, 9, "0" * 64, 5, 3, 1, 1)
    short = Source("/b.csv", None, "csv", "utf-8", None, 9, "1" * 64, 5, 3, 0, 1)
    assert describe_check(sound) == "✓ adds up"
    assert describe_check(short) == "✗ 1 missing"
    sources = [sound, short]
    assert describe_account(total_of(sources), sources).startswith("In 1 of 2 sources the records do not add up")


def test_notices_stand_with_their_count_and_file(pane, qtbot, at_once, tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes(text_of(range(2)).replace("User created", "Né").encode("cp1252"))
    pane._session.set_table(read_exports([path], uses_cache=False))
    rows = shown(pane.notices)
    assert any("1252" in row[1] and row[3].endswith("latin.csv") for row in rows)
    assert pane.tabs.tabText(2) == f"Notices ({len(rows)})"
