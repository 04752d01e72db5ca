"""The table of events in a real window: what it shows, selects, finds, copies, and keeps."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zoneinfo

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query import OneOf, Order, Query, TextSearch, run_query
from auditviewer.core.table import EventTable
from auditviewer.gui.events.cells import KIND_MASK, MISSING, MIXED, UNREADABLE, format_cell_time
from auditviewer.gui.events.columns import FLAGS, columns_of, heading
from auditviewer.gui.events.copying import ROW_LIMIT, copy_csv
from auditviewer.gui.events.finding import next_hit
from auditviewer.gui.events.going import parse_time, row_at_or_after
from auditviewer.gui.events.model import EventsModel
from auditviewer.gui.events.pages import Pages
from auditviewer.gui.events.pane import EventsPane
from tests.builders import FIRST_TICKS, table_of

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


@pytest.fixture
def pane(qtbot, session, settings, at_once, sample_table):
    made = EventsPane(session, settings, executor=at_once)
    qtbot.addWidget(made)
    made.resize(1200, 500)
    made.show()
    session.set_table(sample_table)
    return made


def cell(pane, row, column):
    return pane.model.index(row, pane.model.columns.index(column)).data()


def clipboard():
    return QGuiApplication.clipboard().text()


# -- model -----------------------------------------------------------------------------------------------


def test_the_model_keeps_the_rules_of_item_models(session, sample_table):
    model = EventsModel(session.result)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_result(run_query(sample_table))
    model.set_zone(BERLIN)
    model.set_result(run_query(sample_table, Query((OneOf("OperationStatus", frozenset(["none such"])),))))
    assert model.rowCount() == 0
    assert tester is not None


def test_every_column_of_the_export_and_every_unknown_one_is_there(sample_table):
    columns = columns_of(sample_table.columns)
    assert set(sample_table.columns) | {FLAGS, "Category"} == set(columns)
    assert len(columns) == len(set(columns))


def test_cells_are_what_the_source_holds_made_fit_to_be_shown(pane, sample_table):
    for row, position in enumerate(run_query(sample_table).positions.tolist()):
        assert cell(pane, row, "Id") == sample_table.text(position, "Id")
    assert cell(pane, 2, "EventDescription") == "<b>bold</b>⏎second line"
    assert cell(pane, 1, "CustomValues") == "—"
    assert cell(pane, 4, "Severity") == "s4"


def test_a_page_beyond_the_first_blocks_is_right_too():
    table = table_of([{"EventDescription": f"number {i}"} for i in range(300)])
    pages = Pages(run_query(table, Query(order=Order(None, True))), ("EventDescription",), dt.UTC)
    assert [pages.cell(row, 0)[0] for row in range(300)] == [f"number {i}" for i in range(299, -1, -1)]


def test_odd_cells_are_marked(pane, sample_table):
    pages, columns = pane.model.pages, pane.model.columns
    rows = {int(p): row for row, p in enumerate(pane.model.result.positions)}
    assert pages.cell(rows[1], columns.index("CustomValues"))[1] == MISSING
    assert pages.cell(rows[5], columns.index("Target"))[1] & MIXED
    text, style = pages.cell(rows[7], columns.index("Timestamp"))
    assert (text, style & KIND_MASK) == ("yesterday", UNREADABLE)
    assert rows[7] == 39


def test_flags_and_raw_text_are_told_in_tips_as_plain_text(pane):
    view = pane.view

    def tip(row, column):
        index = pane.model.index(row, pane.model.columns.index(column))
        view.scrollTo(index)
        return view.tip_at(view.visualRect(index).center())

    assert "Repeated" in tip(1, FLAGS) and "Conflicting" in tip(2, FLAGS) and "Duplicated" in tip(3, FLAGS)
    assert tip(2, "EventDescription") == "<b>bold</b>\nsecond line"
    assert "Missing" in tip(1, "CustomValues")
    assert "alphabets" in tip(5, "Target")
    assert view.tip_at(QPoint(5, 100_000)) == ""


# -- times -----------------------------------------------------------------------------------------------


def test_times_say_their_zone_and_their_offset(pane, session):
    assert heading("Timestamp", dt.UTC) == "Timestamp (UTC)"
    assert cell(pane, 0, "Timestamp") == "2026-01-05 00:00:00.000"
    session.set_zone(BERLIN)
    assert cell(pane, 0, "Timestamp") == "2026-01-05 01:00:00.000 +01:00"
    section = pane.model.columns.index("Timestamp")
    assert pane.model.headerData(section, Qt.Orientation.Horizontal) == "Timestamp (Europe/Berlin)"


@pytest.mark.parametrize(
    ("ticks", "shown"),
    [
        (FIRST_TICKS + 1_234_567, "2026-01-05 00:00:00.1234567"),
        (FIRST_TICKS + 1_230_000, "2026-01-05 00:00:00.123"),
        (0, "0001-01-01 00:00:00.000"),
    ],
)
def test_times_show_as_many_digits_as_they_have(ticks, shown):
    assert format_cell_time(ticks, dt.UTC) == shown


def test_the_edge_of_the_calendar_shows_in_any_zone():
    assert format_cell_time(0, zoneinfo.ZoneInfo("America/New_York")).startswith("0001-01-01 00:00:00.000 +00:00")


@pytest.mark.parametrize(
    ("text", "zone", "seconds"),
    [
        ("2026-01-05", dt.UTC, 0),
        ("2026-01-05T00:00:09Z", BERLIN, 9),
        ("2026-01-05 01:00:09", BERLIN, 9),
        ("2026-01-05T01:00:09+01:00", dt.UTC, 9),
    ],
)
def test_a_typed_time_means_what_it_says(text, zone, seconds):
    assert parse_time(text, zone) == FIRST_TICKS + seconds * 10_000_000


def test_what_is_no_time_is_refused_in_a_sentence():
    with pytest.raises(WrongUsageError, match="not a time"):
        parse_time("soon", dt.UTC)


def test_going_to_a_time_finds_the_first_event_at_or_after_it_in_any_order(pane, session, sample_table):
    assert pane.go_to_ticks(FIRST_TICKS + 9 * 10_000_000 - 5)
    assert session.current == 9
    session.apply_query(Query(order=Order("Timestamp", True)))
    assert pane.go_to_ticks(FIRST_TICKS + 12 * 10_000_000)
    assert session.current == 12
    assert not pane.go_to_ticks(FIRST_TICKS + 10**15)
    assert row_at_or_after(run_query(EventTable(parts=())), 0) is None


# -- current, selection, keys ----------------------------------------------------------------------------


def test_clicking_a_row_makes_its_event_current_and_selected(pane, session):
    view = pane.view
    index = pane.model.index(4, 1)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())
    assert session.current == 4
    assert session.selected.tolist() == [4]


def test_keys_move_through_the_events(pane, session):
    view = pane.view
    view.go_to(5)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert session.current == 6
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.current_row == 39
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.current_row == 0
    QTest.keyClick(view, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert len(session.selected) == 40
    QTest.keyClick(view, Qt.Key.Key_Home)
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    assert view.current_row > 5


def test_enter_asks_for_the_inspector(pane, qtbot):
    pane.view.go_to(1)
    with qtbot.waitSignal(pane.inspect_requested, timeout=500):
        QTest.keyClick(pane.view, Qt.Key.Key_Return)


def test_selected_events_come_in_display_order(pane, session):
    session.apply_query(Query(order=Order("Id", True)))
    pane.view.select_rows(np.array([0, 1, 5]))
    assert session.selected.tolist() == [39, 38, 34]


def test_selecting_all_is_one_range_and_shares_the_result(pane, session):
    pane.view.selectAll()
    assert len(session.selected) == 40
    assert np.shares_memory(session.selected, session.result.positions)
    assert len(pane.view.selectionModel().selection()) == 1


def test_selecting_all_of_a_million_rows_asks_no_row_for_anything(qtbot, session, settings, monkeypatch):
    """The headers would ask every row whether it is selected: 17 to 70 s."""
    table = table_of([{}] * 2)
    pane = EventsPane(session, settings)
    qtbot.addWidget(pane)
    pane.show()
    session.set_table(table)
    pane.model.set_result(type(session.result)(table, Query(), np.zeros(1_000_000, np.int64)))
    asked = []
    monkeypatch.setattr(EventsModel, "flags", lambda self, index: asked.append(index) or Qt.ItemFlag(33), raising=False)
    pane.view.selectAll()
    qtbot.wait(1)
    pane.grab()
    assert len(asked) < 5000
    assert pane.view.selected_ranges() == [(0, 1_000_000)]


def test_looking_at_an_event_elsewhere_goes_to_its_row(pane, session):
    session.set_current(30)
    row = pane.view.current_row
    assert pane.model.position_at(row) == 30
    first, last = pane.view.rows_in_view()
    assert first <= row <= last


def test_the_current_event_and_the_selection_stay_when_other_events_are_shown(pane, session):
    session.set_current(8)
    pane.view.select_rows(np.arange(pane.view.current_row - 1, pane.view.current_row + 2))
    chosen = sorted(session.selected.tolist())
    session.apply_query(Query(order=Order("Timestamp", True)))
    assert pane.model.position_at(pane.view.current_row) == 8
    assert sorted(session.selected.tolist()) == chosen
    status = session.table.text(8, "OperationStatus")
    session.apply_query(Query((OneOf("OperationStatus", frozenset([status])),)))
    assert pane.model.position_at(pane.view.current_row) == 8
    assert 8 in session.selected.tolist()


def test_the_current_event_keeps_its_place_on_the_screen_when_filters_change(pane, session):
    pane.view.go_to(25)
    offset = pane.view.current_row - pane.view.rows_in_view()[0]
    first_id = session.table.text(2, "Id")
    session.apply_query(Query((OneOf("Id", frozenset([first_id]), True),)))
    assert pane.view.current_row == 24
    assert pane.view.current_row - pane.view.rows_in_view()[0] == offset


# -- order and columns -----------------------------------------------------------------------------------


def click_heading(pane, column):
    header = pane.view.horizontalHeader()
    section = pane.model.columns.index(column)
    pane.view.horizontalScrollBar().setValue(0)
    x = header.sectionViewportPosition(section) + 20
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, 10))


def test_a_click_on_a_heading_sorts_and_another_turns_it_round(pane, session):
    click_heading(pane, "EventType")
    assert session.query.order == Order("EventType")
    click_heading(pane, "EventType")
    assert session.query.order == Order("EventType", True)
    header = pane.view.horizontalHeader()
    assert header.sortIndicatorSection() == pane.model.columns.index("EventType")
    session.undo_query()
    session.undo_query()
    assert header.sortIndicatorSection() == pane.model.columns.index("Timestamp")


def test_columns_stay_as_they_were_put(qtbot, session, settings, sample_table, pane):
    layout, header = pane.layout_of_columns, pane.view.horizontalHeader()
    columns = pane.model.columns
    header.moveSection(header.visualIndex(columns.index("Target")), 1)
    header.resizeSection(columns.index("Target"), 321)
    layout.set_hidden("TenantId", True)
    layout.save()
    again = EventsPane(session, settings)
    qtbot.addWidget(again)
    places = again.layout_of_columns.places()
    assert (places[1].name, places[1].width_px) == ("Target", 321)
    assert [place.name for place in places if place.is_hidden] == ["TenantId"]


def test_a_column_shown_again_has_its_width_back(pane):
    layout, header = pane.layout_of_columns, pane.view.horizontalHeader()
    section = pane.model.columns.index("Target")
    header.resizeSection(section, 277)
    layout.set_hidden("Target", True)
    layout.set_hidden("Target", False)
    assert header.sectionSize(section) == 277


def test_another_log_with_other_columns_keeps_the_layout_of_the_rest(pane, session, settings):
    layout, header = pane.layout_of_columns, pane.view.horizontalHeader()
    header.resizeSection(pane.model.columns.index("Severity"), 222)
    layout.save()
    session.set_table(table_of([{}] * 3))
    assert "Severity" not in pane.model.columns
    layout.save()
    session.set_table(table_of([{"Severity": "x", "Other": "y"}]))
    widths = {place.name: place.width_px for place in layout.places()}
    assert widths["Severity"] == 222
    assert "Other" in widths


# -- finding ---------------------------------------------------------------------------------------------


def test_find_moves_among_the_shown_events_without_filtering(pane, session, qtbot):
    pane.open_find_bar()
    pane.find_bar.line.setText("target 3")
    QTest.keyClick(pane.find_bar.line, Qt.Key.Key_Return)
    assert session.current == 3
    pane.find_next()
    assert session.current == 9
    pane.find_next(True)
    pane.find_next(True)
    assert session.current == 39 and "of" in pane.find_bar.words.text()
    assert len(session.result) == 40


def test_find_says_when_there_is_nothing_and_when_an_expression_is_wrong(pane):
    pane.open_find_bar()
    pane.find_bar.line.setText("no such text")
    QTest.keyClick(pane.find_bar.line, Qt.Key.Key_Return)
    assert "Not found" in pane.find_bar.words.text()
    pane.find_bar.is_regex.setChecked(True)
    pane.find_bar.line.setText("(")
    QTest.keyClick(pane.find_bar.line, Qt.Key.Key_Return)
    assert "cannot be understood" in pane.find_bar.words.text()


def test_what_was_found_follows_the_filters(pane, session):
    pane.open_find_bar()
    pane.find_bar.line.setText("target 3")
    QTest.keyClick(pane.find_bar.line, Qt.Key.Key_Return)
    before = len(pane.hits)
    session.apply_query(Query((TextSearch("number 3"),)))
    assert 0 < len(pane.hits) < before
    rows = pane.model.result.positions[pane.hits]
    assert all("target 3" in session.table.text(int(p), "Target") for p in rows)


def test_next_hit_goes_round():
    hits = np.array([2, 5, 9])
    assert [next_hit(hits, row) for row in (-1, 2, 8, 9)] == [0, 1, 2, 0]
    assert [next_hit(hits, row, True) for row in (2, 3, 9, 0)] == [2, 0, 1, 2]
    assert next_hit(np.array([], np.int64), 0) is None


# -- copying ---------------------------------------------------------------------------------------------


def test_a_cell_is_copied_to_the_letter(pane):
    pane.view.setCurrentIndex(pane.model.index(2, pane.model.columns.index("EventDescription")))
    pane.copy_cells()
    assert clipboard() == "<b>bold</b>\nsecond line"


def test_a_column_of_selected_rows_is_copied_a_line_each(pane):
    pane.view.setCurrentIndex(pane.model.index(0, pane.model.columns.index("TargetId")))
    pane.view.select_rows(np.array([0, 1, 2]))
    pane.copy_cells()
    assert clipboard() == "000\n001\n002"


def test_rows_copied_as_csv_read_back_as_they_were(pane, sample_table):
    pane.view.select_rows(np.array([1, 2]))
    pane.copy_rows_csv()
    rows = list(csv.DictReader(io.StringIO(clipboard(), newline="")))
    assert list(rows[0]) == list(sample_table.columns)
    assert rows[1]["EventDescription"] == "<b>bold</b>\nsecond line"
    assert rows[0]["TargetId"] == "001"


def test_rows_copied_as_json_read_back_as_they_were(pane):
    pane.view.select_rows(np.array([2, 3]))
    pane.copy_rows_json()
    rows = json.loads(clipboard())
    assert rows[0]["CustomValues"] == {"n": 2}
    assert rows[0]["TargetId"] == "002"


def test_too_many_rows_for_the_clipboard_are_refused_in_a_sentence(sample_table):
    with pytest.raises(WrongUsageError, match="too many for the clipboard"):
        copy_csv(sample_table, np.zeros(ROW_LIMIT + 1, np.int64), ("Id",))


# -- painting --------------------------------------------------------------------------------------------


def colours_in(pane, row, column):
    view = pane.view
    rect = view.visualRect(pane.model.index(row, pane.model.columns.index(column)))
    image = view.viewport().grab(rect).toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def test_rows_are_painted_with_their_texts_and_selection(pane):
    view = pane.view
    view.clearSelection()
    plain = colours_in(pane, 4, "EventType")
    assert len(plain) > 3, "no text was painted"
    view.select_rows(np.array([4]))
    assert "#dbe8fd" in colours_in(pane, 4, "EventType")
    assert "#dbe8fd" not in plain


def test_an_empty_result_says_so(pane, session):
    session.apply_query(Query((OneOf("Id", frozenset(["none such"])),)))
    image = pane.view.viewport().grab().toImage()
    assert len({image.pixelColor(x, image.height() // 2).name() for x in range(image.width())}) > 2
