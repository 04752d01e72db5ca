"""The whole job in the real window, with real reading processes and threads: open, filter, sort, read, export."""

from __future__ import annotations

import csv
import io
import json

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from auditviewer.core.query import TimeRange
from auditviewer.core.schema import COLUMN_NAMES
from auditviewer.gui.dialogs.export_dialog import ExportDialog
from auditviewer.gui.program import make_window
from auditviewer.gui.settings import Settings
from auditviewer.paths import resource_path

WAIT_MS = 30_000


@pytest.fixture(scope="module")
def records():
    """Return the sample's records as Python's own csv module reads them."""
    found = []
    for path in sorted(resource_path("sample").glob("*.csv")):
        with path.open(newline="", encoding="utf-8-sig") as file:
            found += list(csv.DictReader(file))
    return found


@pytest.fixture
def window(qtbot, qapp):
    """Return the window on the sample, read by a process of its own."""
    made = make_window(Settings())
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.furnish()
    qtbot.waitExposed(made)
    made.open_paths([resource_path("sample")])
    qtbot.waitUntil(lambda: is_settled(made), timeout=WAIT_MS)
    yield made
    qtbot.waitUntil(lambda: is_settled(made), timeout=WAIT_MS)


def is_settled(window) -> bool:
    session = window.session
    return not (session.is_reading or session.table.is_preview or session.is_querying) and len(session.table) > 0


def shown_ids(window) -> list[str]:
    session = window.session
    return session.table.page(session.result.positions, ["Id"])[0]


def click_value(qtbot, window, column: str, value: str, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    section = window.docks.by_name["filters"].widget().sections[column]
    qtbot.waitUntil(lambda: section.model.rowCount() > 0, timeout=WAIT_MS)
    row = next(r for r in range(section.model.rowCount()) if section.model.value(r) == value)
    view = section.view
    view.scrollTo(section.model.index(row))
    before = window.session.result
    point = view.visualRect(section.model.index(row)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, point)
    qtbot.waitUntil(lambda: window.session.result is not before, timeout=WAIT_MS)


def test_every_record_of_the_sample_is_there_in_order_of_time(window, records):
    assert sorted(shown_ids(window)) == sorted(r["Id"] for r in records)
    stamps = window.session.table.page(window.session.result.positions, ["Timestamp"])[0]
    assert stamps == sorted(stamps, key=lambda text: text.ljust(28, "0"))
    assert "3,611 of 3,611" in window.status.shown.text()


def test_a_click_on_a_value_keeps_its_events_and_alt_click_excludes(qtbot, window, records):
    click_value(qtbot, window, "OperationStatus", "failure")
    assert set(shown_ids(window)) == {r["Id"] for r in records if r["OperationStatus"] == "failure"}
    click_value(qtbot, window, "InitiatorType", "tenant-user", Qt.KeyboardModifier.AltModifier)
    expected = {
        r["Id"] for r in records if r["OperationStatus"] == "failure" and r["InitiatorType"] != "tenant-user"
    }  # fmt: skip
    assert set(shown_ids(window)) == expected
    assert len(window.workspace.chip_bar.chips) == 2
    window.actions_table.run("undo_filter")
    qtbot.waitUntil(lambda: len(window.session.result) > len(expected), timeout=WAIT_MS)


def test_a_click_on_a_heading_sorts_by_the_column(qtbot, window, records):
    view = window.workspace.events.view
    model = view.model()
    column = next(
        c for c in range(model.columnCount()) if model.headerData(c, Qt.Orientation.Horizontal) == "Event type"
    )
    header = view.horizontalHeader()
    before = window.session.result
    point = QPoint(header.sectionViewportPosition(column) + 20, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=point)
    qtbot.waitUntil(lambda: window.session.result is not before, timeout=WAIT_MS)
    types = window.session.table.page(window.session.result.positions, ["EventType"])[0]
    assert types == sorted(types)


def test_a_click_on_a_row_shows_what_the_event_changed(qtbot, window, records):
    session = window.session
    session.apply_query(session.query.with_values("EventType", frozenset({"epbpolicy:updated"})))
    qtbot.waitUntil(lambda: is_settled(window) and len(session.result) < 200, timeout=WAIT_MS)
    view = window.workspace.events.view
    point = QPoint(view.columnViewportPosition(2) + 10, view.rowViewportPosition(1) + 5)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    qtbot.waitUntil(lambda: session.current == int(session.result.positions[1]), timeout=WAIT_MS)
    record = next(r for r in records if r["Id"] == shown_ids(window)[1])
    before, after = json.loads(record["OriginalState"]), json.loads(record["UpdatedState"])
    differing = [key for key in {*before, *after} if before.get(key) != after.get(key)]
    inspector = window.docks.by_name["inspector"].widget()
    qtbot.waitUntil(lambda: inspector.tabs.tabText(0) != "Changes", timeout=WAIT_MS)
    model = inspector.changes.model
    root = model.index(0, 0)
    rows = [model.index(r, 0, root) for r in range(model.rowCount(root))]
    words = {i.data(): i.siblingAtColumn(1).data() for i in rows}
    assert {key for key, word in words.items() if word != "unchanged"} == set(differing)


def test_a_drag_over_the_timeline_filters_to_that_time_and_the_export_holds_just_that(qtbot, window, records, tmp_path):
    session = window.session
    window.raise_dock("timeline")
    plot = window.docks.by_name["timeline"].widget().density.plot
    qtbot.waitUntil(lambda: plot.isVisible() and plot.width() > 200, timeout=WAIT_MS)
    viewport = plot.viewport()
    middle = viewport.height() // 2
    before = session.result
    start, end = QPoint(viewport.width() // 3, middle), QPoint(viewport.width() * 2 // 3, middle)

    def send(kind, point, button, buttons):
        there = QPointF(viewport.mapToGlobal(point))
        event = QMouseEvent(kind, QPointF(point), there, button, buttons, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(viewport, event)

    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    send(QEvent.Type.MouseMove, start, none, none)
    send(QEvent.Type.MouseButtonPress, start, left, left)
    for i in range(1, 8):
        send(QEvent.Type.MouseMove, start + (end - start) * i / 7, none, left)
        QTest.qWait(20)
    send(QEvent.Type.MouseButtonRelease, end, left, none)
    qtbot.waitUntil(lambda: session.result is not before and is_settled(window), timeout=WAIT_MS)
    chosen = session.query.time_range
    assert isinstance(chosen, TimeRange)
    assert 0 < len(session.result) < len(records)

    dialog = ExportDialog(session, window)
    qtbot.addWidget(dialog)
    dialog.formula_safe.setChecked(False)
    dialog.path.setText(str(tmp_path / "out.csv"))
    dialog.show()
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=WAIT_MS)
    written = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"), newline="")))
    by_id = {r["Id"]: r for r in records}
    ids = set(shown_ids(window))
    assert {r["Id"] for r in written} == ids
    assert all(dict(r) == {name: by_id[r["Id"]][name] for name in COLUMN_NAMES} for r in written)
    low, high = (min(by_id[i]["Timestamp"] for i in ids), max(by_id[i]["Timestamp"] for i in ids))
    outside = [r for r in records if r["Id"] not in ids]
    assert all(not low <= r["Timestamp"] <= high for r in outside)


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("empty.csv", b"", "empty"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "picture"),
        ("letter.txt", b"Dear auditor,\nplease find attached nothing.\n", "not an audit export"),
        ("page.csv", b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
    ],
)
def test_what_is_no_export_gets_one_sentence_and_the_log_stays_open(qtbot, window, tmp_path, name, content, word):
    path = tmp_path / name
    path.write_bytes(content)
    said = []
    window.session.reading_failed.connect(said.append)
    table = window.session.table
    window.open_paths([path])
    qtbot.waitUntil(lambda: bool(said), timeout=WAIT_MS)
    assert word in str(said[0])
    assert window.session.table is table
    assert window.workspace.banner.isVisible()
