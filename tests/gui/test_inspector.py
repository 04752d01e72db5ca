"""The inspector, with a real session: what it shows, copies, finds, and how it takes bad and large states."""

from __future__ import annotations

import bz2
import dataclasses
import gzip
import json
import lzma
import threading
import zipfile
from concurrent.futures import Executor, Future

import pytest
from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester

from auditviewer.core.query import ValueAt
from auditviewer.core.source_bytes import SourceGoneError, format_escaped, format_hex, read_record
from auditviewer.core.state_diff import diff_states
from auditviewer.core.table import Place
from auditviewer.gui.inspector import InspectorPane
from auditviewer.gui.inspector.inspection import inspect_event
from auditviewer.gui.inspector.record_view import decode_strictly
from auditviewer.gui.inspector.text_view import PART, TextView
from auditviewer.gui.inspector.tree_model import PAGE, StateTreeModel
from auditviewer.gui.session import Session
from tests.builders import table_of

BEFORE = '{"Name": "nightly", "Rate": 1.0, "Items": [{"id": 1, "v": 70}, {"id": 2}], "Same": {"deep": "<b>x</b>"}}'
AFTER = '{"Name": "weekly", "Rate": 1, "Items": [{"id": 2}, {"id": 1, "v": 75}], "Same": {"deep": "<b>x</b>"}}'


class AtOnce(Executor):
    """Runs a job when it is submitted."""

    def submit(self, fn, /, *args, **kwargs):
        future: Future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.fixture
def open_pane(qtbot):
    """Return a function that opens a pane on events and looks at the first."""

    opened = []

    def open_on(*rows, current=0, table=None, executor=None):
        session = Session(executor=AtOnce())
        session.set_table(table if table is not None else table_of(list(rows)))
        pane = InspectorPane(session, executor=executor or AtOnce())
        qtbot.addWidget(pane)
        opened.append(session)
        pane.resize(800, 700)
        pane.show()
        session.set_current(current)
        return pane, session

    return open_on


def rows_of(model, parent=None):
    """Return the texts of all rows, top to bottom, everything opened."""
    parent = parent or QModelIndex()
    while model.canFetchMore(parent):
        model.fetchMore(parent)
    found = []
    for row in range(model.rowCount(parent)):
        found.append([model.index(row, c, parent).data() for c in range(model.columnCount())])
        found += rows_of(model, model.index(row, 0, parent))
    return found


def go_to(tree, *keys):
    """Make the row of a path current."""
    node = tree.model.root
    for key in keys:
        index = next(
            n
            for n in tree.model.visible_children(node)
            if key in ((n.key,) if n.key is not None else (n.original_index, n.updated_index))
        )
        node = index
    tree.view.setCurrentIndex(tree.model.index_of(node))
    return node


def clipboard():
    return QGuiApplication.clipboard().text()


# -- what is shown ---------------------------------------------------------------------------------------


def test_without_an_event_it_says_what_to_do(open_pane):
    pane, _ = open_pane({}, current=None)
    assert pane.sentence.isVisible() and "Select an event" in pane.sentence.text()


def test_changes_stand_side_by_side_with_their_kind_and_counts(open_pane):
    pane, _ = open_pane({"OriginalState": BEFORE, "UpdatedState": AFTER})
    shown = {row[0]: row[1:] for row in rows_of(pane.changes.model)}
    assert shown["Name"] == ["changed", '"nightly"', '"weekly"']
    assert shown["Rate"] == ["changed: same number, written differently", "1.0", "1"]
    assert shown["Items"][2] == "[…]  2 items, matched by key id"
    assert shown["v"] == ["changed", "70", "75"]
    assert shown["deep"] == ["unchanged", '"<b>x</b>"', '"<b>x</b>"']
    assert pane.counts.text() == "3 changed, 0 added, 0 removed, 1 moved, 3 unchanged"
    assert pane.tabs.tabText(0) == "Changes (4)"


def test_only_changes_leaves_out_what_is_the_same(open_pane):
    pane, _ = open_pane({"OriginalState": BEFORE, "UpdatedState": AFTER})
    pane.changes.only_changes.click()
    kinds = [row[1] for row in rows_of(pane.changes.model) if row[0] not in ("id",)]
    assert "Same" not in [row[0] for row in rows_of(pane.changes.model)]
    assert kinds[:3] == ["changed inside", "changed", "changed: same number, written differently"]


def test_the_header_tells_the_event_as_plain_text(open_pane):
    pane, _ = open_pane({"Initiator": "<b>ada</b>\u202e", "EventType": "user:updated"})
    assert pane.facts["Event"].text() == "user:updated · success"
    assert pane.facts["Initiator"].text().startswith("<b>ada</b>⟨U+202E⟩ (tenant-user, 007)")
    assert pane.facts["Initiator"].textFormat() is Qt.TextFormat.PlainText
    assert "2026-01-05 00:00:00 UTC" in pane.facts["When"].text()


def test_a_line_of_the_header_that_does_not_fit_is_cut_visibly_and_stands_in_its_tip(open_pane):
    target = "/".join(["a long path"] * 30)
    pane, _ = open_pane({"Target": target})
    shown, when = pane.facts["Target"], pane.facts["When"]
    assert shown.isVisible() and shown.shown.endswith("…") and target in shown.toolTip()
    when.resize(90, when.height())
    assert when.shown.endswith("…") and "2026-01-05 00:00:00 UTC" in when.toolTip()
    shown.setSelection(0, len(shown.text()))  # and all of it can be copied
    assert target in shown.selectedText()


def test_custom_values_are_a_tree(open_pane):
    pane, _ = open_pane({"CustomValues": '{"ip": "203.0.113.7", "n": [1, 2.50]}'})
    assert rows_of(pane.custom.model)[1:] == [
        ["ip", '"203.0.113.7"'],
        ["n", "[…]  2 items"],
        ["[0]", "1"],
        ["[1]", "2.50"],
    ]


def test_an_event_without_states_says_so(open_pane):
    pane, _ = open_pane({})
    assert pane.notes.text() == "The event has no states to compare."
    assert not pane.changes.isVisible()


def test_a_creation_shows_every_member_as_added(open_pane):
    pane, _ = open_pane({"OriginalState": None, "UpdatedState": '{"a": 1, "b": 2}'})
    assert "no original state" in pane.notes.text()
    assert [row[:2] for row in rows_of(pane.changes.model)][1:] == [["a", "added"], ["b", "added"]]


def test_a_state_that_is_not_json_is_marked_where_it_breaks(open_pane):
    broken = '{"a": "é\u202e",\n "b": NaN}'
    pane, _ = open_pane({"OriginalState": "{}", "UpdatedState": broken})
    assert "line 2, column 7" in pane.notes.text()
    pane.error_button.click()
    assert pane.tabs.currentWidget() is pane.raw
    assert pane.raw.columns.currentData() == "UpdatedState"
    (mark,) = pane.raw.text.edit.extraSelections()
    assert mark.cursor.selectedText() == "N"
    assert "Not JSON" in pane.raw.remark.text()


@pytest.mark.parametrize("column", ["OriginalState", "UpdatedState"])
def test_the_state_that_is_json_stands_by_itself_where_the_other_is_not(open_pane, column):
    other = {"OriginalState": "UpdatedState", "UpdatedState": "OriginalState"}[column]
    pane, session = open_pane({column: '{"days": 30, "list": [1]}', other: '{"days": '})
    assert pane.changes.isHidden()
    assert not pane.sound_side.isHidden()
    root = pane.sound_side.model.root
    assert [node.pointer for node in pane.sound_side.model.visible_children(root)] == ["/days", "/list"]
    assert f"{column} stands below by itself" in pane.notes.text()
    pane.sound_side.view.setCurrentIndex(
        pane.sound_side.model.index_of(pane.sound_side.model.visible_children(root)[0])
    )
    pane.sound_side.keep_value()
    (predicate,) = session.query.predicates
    assert (predicate.column, predicate.pointer) == (column, "/days")


def test_where_both_states_are_sound_or_neither_is_no_side_stands_alone(open_pane):
    for states in (("{}", "{}"), ("{", "{"), ("", "{"), ("null", "{")):
        pane, _ = open_pane(dict(zip(("OriginalState", "UpdatedState"), states, strict=True)))
        assert pane.sound_side.isHidden()


def test_raw_shows_the_text_of_every_column_as_it_stood(open_pane):
    pane, _ = open_pane({"UpdatedState": '{"b" :1.0,\r\n"a":\t2}', "Extra": None})
    pane.tabs.setCurrentWidget(pane.raw)
    pane.raw.show_column("UpdatedState")
    assert pane.raw.text.edit.toPlainText() == '{"b" :1.0,␍\n"a":⇥2}'
    pane.raw.copy_text()
    assert clipboard() == '{"b" :1.0,\r\n"a":\t2}'
    pane.raw.show_column("Extra")
    assert "missing" in pane.raw.remark.text()
    assert {pane.raw.columns.itemData(i) for i in range(pane.raw.columns.count())} >= {"Id", "Extra", "CustomValues"}


def test_another_event_replaces_the_one_before(open_pane):
    pane, session = open_pane({"UpdatedState": '{"a": 1}'}, {"UpdatedState": '{"b": 1}'})
    session.set_current(1)
    assert rows_of(pane.changes.model)[1][0] == "b"
    session.set_current(None)
    assert pane.sentence.isVisible() and pane.changes.model.rowCount() == 0


# -- copying and finding ---------------------------------------------------------------------------------


def test_value_path_and_patch_are_copied(open_pane):
    pane, _ = open_pane({"OriginalState": BEFORE, "UpdatedState": AFTER})
    tree, said = pane.changes, []
    pane.message.connect(said.append)
    go_to(tree, "Rate")
    tree.copy_value()
    assert clipboard() == "1"
    tree.view.setCurrentIndex(tree.view.currentIndex().siblingAtColumn(2))
    tree.copy_value()
    assert clipboard() == "1.0"
    tree.copy_path()
    assert clipboard() == "/Rate"
    tree.copy_patch()
    assert json.loads(clipboard()) == [{"op": "replace", "path": "/Rate", "value": 1}]
    go_to(tree)
    tree.copy_patch()
    assert [op["path"] for op in json.loads(clipboard())] == ["/Name", "/Rate", "/Items/0", "/Items/1/v"]
    assert said[-1] == "Copied the JSON Patch."


def test_copied_text_is_the_value_not_what_the_cell_shows(open_pane):
    long = "line\n" * 400 + "\u202e"
    pane, _ = open_pane({"UpdatedState": json.dumps({"a": long, "b": "\ud800"})})
    go_to(pane.changes, "a")
    assert len(pane.changes.view.currentIndex().siblingAtColumn(3).data()) <= 520
    pane.changes.copy_value()
    assert clipboard() == long
    go_to(pane.changes, "b")
    pane.changes.copy_value()
    assert clipboard() == r'"\ud800"'


def test_a_patch_that_cannot_be_is_refused_in_words(open_pane):
    pane, _ = open_pane({"OriginalState": '{"a": 1, "a": 2}', "UpdatedState": "{}"})
    said = []
    pane.message.connect(said.append)
    pane.changes.copy_patch()
    assert 'The key "a" comes more than once' in said[0]


def test_find_goes_round_through_branches_that_were_never_opened(open_pane, qtbot):
    state = {"outer": [{"x": f"v{i}", "deep": {"Needle": i}} for i in range(3)]}
    pane, _ = open_pane({"OriginalState": json.dumps(state), "UpdatedState": json.dumps(state)})
    tree = pane.changes

    def at():
        return tree.current_node().pointer

    tree.find_line.setText("NEEDLE")
    for expected in (0, 1, 2, 0):
        qtbot.waitUntil(lambda e=expected: at() == f"/outer/{e}/deep/Needle")
        tree.find_next()
    qtbot.waitUntil(lambda: at() == "/outer/1/deep/Needle")
    tree.find_previous()
    qtbot.waitUntil(lambda: at() == "/outer/0/deep/Needle")
    tree.find_previous()
    qtbot.waitUntil(lambda: at() == "/outer/2/deep/Needle")
    assert tree.view.currentIndex().data(Qt.ItemDataRole.BackgroundRole) is not None
    with qtbot.waitSignal(tree.search.not_found):
        tree.find_line.setText("nowhere")


def test_expand_and_collapse(open_pane):
    pane, _ = open_pane({"UpdatedState": '{"a": {"b": {"c": 1}}}'})
    tree = pane.changes
    tree.expand_all()
    node = go_to(tree, "a", "b")
    assert tree.view.isExpanded(tree.model.index_of(node))
    tree.collapse_all()
    assert not tree.view.isExpanded(tree.model.index_of(node))


# -- the model -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_comparison", [True, False])
def test_the_model_keeps_the_rules_of_item_models(qtbot, is_comparison):
    model = StateTreeModel(is_comparison=is_comparison)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    tester.setUseFetchMore(False)  # it would fetch while the reset is still under way
    model.set_diff(diff_states(BEFORE, AFTER))
    assert len(rows_of(model)) > 10
    model.set_only_changes(True)
    rows_of(model)
    model.set_wanted("x")
    model.set_diff(diff_states("[]", json.dumps(list(range(PAGE * 2 + 5)))))
    rows_of(model)
    model.set_diff(None)
    assert model.rowCount() == 0
    del tester


def test_a_long_array_gives_its_rows_in_pages(qtbot):
    model = StateTreeModel()
    model.set_diff(diff_states("[]", json.dumps(list(range(5000)))))
    root = model.index(0, 0)
    assert model.rowCount(root) == PAGE and model.canFetchMore(root)
    last = model.visible_children(model.root)[-1]
    assert model.index_of(last).row() == 4999
    assert model.rowCount(root) == 5000


# -- large states ----------------------------------------------------------------------------------------


def test_a_large_state_does_not_stop_the_window(open_pane, qtbot, monkeypatch):
    items = [{"id": i, "name": f"n{i}", "on": True} for i in range(15_000)]
    before = json.dumps(items)
    after = json.dumps([{**item, "on": item["id"] % 5 > 0} for item in items])
    pane, session = open_pane({"OriginalState": before, "UpdatedState": after}, current=None)
    pane._job._executor = None  # the real pool of threads
    # The comparison is let on only by the event loop: run in the window's own thread, it would wait in vain.
    has_beaten, waited = threading.Event(), []

    def compare_after_a_beat(*args):
        waited.append(has_beaten.wait(30))
        return inspect_event(*args)

    monkeypatch.setattr("auditviewer.gui.inspector.pane.inspect_event", compare_after_a_beat)
    QTimer.singleShot(50, has_beaten.set)
    with qtbot.waitSignal(pane.inspected, timeout=60_000):
        session.set_current(0)
    assert waited == [True]
    assert pane.changes.model.rowCount(pane.changes.model.index(0, 0)) <= 3 * PAGE
    assert pane.inspection.diff.counts.replaced == 3000


def test_long_text_is_shown_in_parts(qtbot):
    view = TextView()
    qtbot.addWidget(view)
    text = "a" * PART + "b" * PART + "c"
    view.set_text(text)
    assert view.edit.toPlainText() == "a" * PART
    view.forward.click()
    assert view.edit.toPlainText() == "b" * PART
    view.set_text(text, mark=2 * PART)
    assert view.edit.toPlainText() == "c"
    view.set_text(text, mark=len(text))
    assert view.edit.extraSelections()[0].cursor.selectedText() == "c"


# -- the record ------------------------------------------------------------------------------------------

RECORD = b'1,"caf\xc3\xa9 \xff"\r\n'
CONTENT = b"Id,Name\r\n" + RECORD + b"2,x\r\n"


def place_in(path, data, **fields):
    source = table_of([{}]).sources[0]
    source = dataclasses.replace(source, path=str(path), size_bytes=len(data), **fields)
    path.write_bytes(data)
    return Place(source, 1, 2, 9, len(RECORD))


def test_a_record_is_read_where_it_stands(tmp_path):
    assert read_record(place_in(tmp_path / "a.csv", CONTENT)) == RECORD


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_a_record_is_read_from_a_compressed_source(tmp_path, name, pack):
    assert read_record(place_in(tmp_path / "a", pack(CONTENT), compression=name)) == RECORD


def test_a_record_is_read_from_a_member_of_an_archive(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("in/a.csv", CONTENT)
    place = place_in(path, path.read_bytes(), compression="zip", member="in/a.csv")
    assert read_record(place) == RECORD


def test_a_record_is_read_through_two_layers(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv.gz", gzip.compress(CONTENT, mtime=0))
    assert read_record(place_in(path, path.read_bytes(), compression="zip+gzip", member="a.csv.gz")) == RECORD


def test_a_source_that_is_gone_or_changed_is_told(tmp_path):
    place = place_in(tmp_path / "a.csv", CONTENT)
    (tmp_path / "a.csv").write_bytes(CONTENT[:12])
    with pytest.raises(SourceGoneError, match="another size"):
        read_record(place)
    (tmp_path / "a.csv").unlink()
    with pytest.raises(SourceGoneError, match="no file"):
        read_record(place)
    broken = place_in(tmp_path / "b.gz", gzip.compress(CONTENT, mtime=0)[:20], compression="gzip")
    with pytest.raises(SourceGoneError):
        read_record(broken)


def test_bytes_are_shown_escaped_or_as_hex():
    assert format_escaped(RECORD) == '1,"caf\\xc3\\xa9 \\xff"\\x0d\n'
    assert format_escaped(b"\\x41") == "\\\\x41"
    assert format_hex(b"Az\xff", 9) == "0000000009  41 7a ff" + " " * 41 + "Az."


def test_bytes_are_text_in_the_encoding_of_the_source_or_not_at_all():
    assert decode_strictly("é".encode(), "utf-8 with BOM") == "é"
    assert decode_strictly("é".encode("utf-16-le"), "utf-16-le") == "é"
    assert decode_strictly(b"\xff", "utf-8") is None


def test_the_record_tab_shows_every_place_and_its_bytes(open_pane, tmp_path):
    table = table_of([{}])
    place = place_in(tmp_path / "a.csv", CONTENT)
    pane, _ = open_pane(table=table)
    other = dataclasses.replace(place, record=7)
    pane.tabs.setCurrentWidget(pane.record)
    pane.record.set_places((place, other))
    assert pane.record.places.count() == 2
    assert "Record 1, line 2; 13 bytes from offset 9" in pane.record.facts.text()
    assert "are not utf-8" in pane.record.facts.text()
    assert pane.record.text.edit.toPlainText() == '1,"caf\\xc3\\xa9 \\xff"\\x0d\n'
    pane.record.places.setCurrentIndex(1)
    assert "Record 7" in pane.record.facts.text()
    pane.record.form.setCurrentText("Hexadecimal")
    assert pane.record.text.edit.toPlainText().startswith("0000000009  31 2c 22")


def test_the_events_with_a_value_are_kept_from_the_tree(open_pane, qtbot):
    pane, session = open_pane({"OriginalState": BEFORE, "UpdatedState": AFTER, "CustomValues": '{"n": "x"}'})
    tree = pane.changes
    root = tree.model.index(0, 0)
    rows = {tree.model.index(r, 0, root).data(): tree.model.index(r, 0, root) for r in range(tree.model.rowCount(root))}
    tree.view.setCurrentIndex(rows["Name"].siblingAtColumn(3))
    tree.keep_value()
    assert session.query.predicates == (ValueAt("UpdatedState", "/Name", '"weekly"'),)
    tree.view.setCurrentIndex(rows["Name"].siblingAtColumn(2))
    tree.keep_value()
    assert session.query.predicates[-1] == ValueAt("OriginalState", "/Name", '"nightly"')
    assert len(session.result) == 1
    tree.view.setCurrentIndex(rows["Items"])
    tree.keep_value()  # an array is no one value
    assert len(session.query.predicates) == 2
