"""Filters in the window: facets with live counts, the search box, times, chips, undo."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from auditviewer.core.mark_columns import MARK_COLUMNS
from auditviewer.core.query import OneOf, Query, TextSearch, TimeRange
from auditviewer.core.query.facets import FACET_COLUMNS
from auditviewer.gui.filters.facet_model import Choice, CountRole
from auditviewer.gui.filters.pane import FilterPane
from auditviewer.gui.filters.time_section import TimeSection
from auditviewer.gui.session import Session
from tests.builders import FIRST_TICKS, NO_INSTANT, table_of


@pytest.fixture
def pane(open_window):
    """The filter pane of the window on forty events."""
    return open_window.docks.by_name["filters"].widget()


def counts(section):
    model = section.model
    return {model.value(r): model.index(r).data(CountRole) for r in range(model.rowCount())}


def row_of(section, value):
    return next(r for r in range(section.model.rowCount()) if section.model.value(r) == value)


def click(qtbot, section, value, modifier=Qt.KeyboardModifier.NoModifier):
    index = section.model.index(row_of(section, value))
    section.view.scrollTo(index)
    point = section.view.visualRect(index).center()
    qtbot.mouseClick(section.view.viewport(), Qt.MouseButton.LeftButton, modifier, point)


def test_there_is_a_section_for_every_facet_and_small_unknown_column(pane):
    known = (*MARK_COLUMNS, *FACET_COLUMNS)
    assert list(pane.sections)[: len(known)] == list(known)
    assert not any(pane.sections[column].isVisibleTo(pane) for column in MARK_COLUMNS)  # until a case is open
    assert "Severity" in pane.sections


def test_a_count_is_what_a_click_shows(qtbot, open_window, pane):
    session = open_window.session
    click(qtbot, pane.sections["Initiator"], "user1@example.com")
    status = pane.sections["OperationStatus"]
    for value, count in counts(status).items():
        with_it = session.query.with_values("OperationStatus", frozenset([value]))
        session.apply_query(with_it)
        assert len(session.result) == count, value
        session.undo_query()


def test_missing_and_empty_values_can_be_chosen(qtbot, open_window, pane):
    status = pane.sections["OperationStatus"]
    labels = {status.model.value(r): status.model.index(r).data() for r in range(status.model.rowCount())}
    assert labels[None] == "(missing)" and labels[""] == "(empty)"
    click(qtbot, status, None)
    table, result = open_window.session.table, open_window.session.result
    assert set(table.page(result.positions, ["OperationStatus"])[0]) == {None}
    assert len(result) == counts(status)[None] > 0


def test_clicks_choose_more_shift_only_one_alt_excludes(qtbot, open_window, pane):
    session, status = open_window.session, pane.sections["OperationStatus"]
    click(qtbot, status, "success")
    click(qtbot, status, "failure")
    assert session.query.one_of("OperationStatus", False) == OneOf("OperationStatus", frozenset(["success", "failure"]))
    click(qtbot, status, "warning", Qt.KeyboardModifier.ShiftModifier)
    assert session.query.one_of("OperationStatus", False) == OneOf("OperationStatus", frozenset(["warning"]))
    click(qtbot, status, "warning", Qt.KeyboardModifier.AltModifier)
    assert session.query.predicates == (OneOf("OperationStatus", frozenset(["warning"]), is_excluded=True),)
    assert status.model.choice(row_of(status, "warning")) is Choice.EXCLUDED
    click(qtbot, status, "warning")
    assert session.query == Query() and len(session.result) == 40


def test_a_click_builds_on_the_one_before_it_though_the_counts_are_not_there_yet(qtbot, sample_table, held, at_once):
    session = Session(executor=at_once)
    session.set_table(sample_table)
    pane = FilterPane(session, executor=held)
    qtbot.addWidget(pane)
    pane.show()
    held.jobs.pop()()
    status = pane.sections["OperationStatus"]
    click(qtbot, status, "success")
    assert status.model.choice(row_of(status, "success")) is Choice.CHOSEN
    click(qtbot, status, "failure")
    assert session.query.one_of("OperationStatus", False).values == {"success", "failure"}


def test_the_keyboard_chooses_too(qtbot, open_window, pane):
    status = pane.sections["OperationStatus"]
    status.view.setFocus()
    status.view.setCurrentIndex(status.model.index(row_of(status, "failure")))
    qtbot.keyClick(status.view, Qt.Key.Key_Space)
    assert open_window.session.query.one_of("OperationStatus", False).values == {"failure"}


def test_a_long_list_can_be_searched(qtbot, open_window):
    rows = [{"Initiator": f"person{i:03d}@example.com"} for i in range(50)]
    open_window.session.set_table(table_of(rows))
    section = open_window.docks.by_name["filters"].widget().sections["Initiator"]
    assert not section.search.isHidden()
    qtbot.keyClicks(section.search, "ON04")
    assert set(counts(section)) == {f"person{i:03d}@example.com" for i in range(40, 50)}
    click(qtbot, section, "person041@example.com")
    assert len(open_window.session.result) == 1
    section.search.clear()
    assert section.model.value(0) == "person041@example.com"  # what is chosen stands first


def test_what_a_section_shows_later_has_its_place_for_the_tab_key(qtbot, open_window):
    rows = [{"Initiator": f"person{i:03d}@example.com"} for i in range(50)]
    section = open_window.docks.by_name["filters"].widget().sections["Initiator"]
    assert "search" not in vars(section) and "clear_button" not in vars(section)  # nobody waits for what is not shown
    open_window.session.set_table(table_of(rows))
    click(qtbot, section, "person041@example.com")
    shown = [section.heading, section.clear_button, section.search, section.view]
    assert all(widget.isVisible() for widget in shown)
    assert [widget for widget in _tab_chain(section.heading) if widget in shown] == shown
    section.heading.click()
    assert [widget.isVisible() for widget in shown] == [True, True, False, False]


def _tab_chain(first):
    chain, widget = [first], first.nextInFocusChain()
    while widget is not first:
        chain.append(widget)
        widget = widget.nextInFocusChain()
    return chain


def test_the_search_box_finds_anywhere_or_in_a_column(qtbot, open_window):
    session, bar = open_window.session, open_window.workspace.search_bar
    qtbot.keyClicks(bar.field, "EVENT NUMBER 1")
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    expected = 11  # 1 and 10 to 19
    assert len(session.result) == expected
    assert f"{expected} of 40 shown" in open_window.status.shown.text()
    bar.case.setChecked(True)
    assert len(session.result) == 0
    bar.case.setChecked(False)
    bar.column.setCurrentIndex(bar.column.findData("Target"))
    bar.apply()
    assert len(session.result) == 0
    bar.field.clear()
    bar.apply()
    assert len(session.result) == 40


def test_an_expression_that_cannot_be_understood_changes_nothing(qtbot, open_window):
    session, bar = open_window.session, open_window.workspace.search_bar
    bar.regex.setChecked(True)
    bar.field.setText(r"number [12]\d$")
    bar.apply()
    assert len(session.result) == 20
    bar.field.setText("number [12")
    bar.apply()
    assert not bar.complaint.isHidden() and "[12" in bar.complaint.text()
    assert len(session.result) == 20


def test_the_search_waits_for_the_last_key_and_then_applies_itself(qtbot, open_window):
    bar = open_window.workspace.search_bar
    qtbot.keyClicks(bar.field, "number 7")
    assert open_window.session.query == Query()
    qtbot.waitUntil(lambda: open_window.session.query == Query((TextSearch("number 7"),)), timeout=3000)


def test_times_are_utc_and_a_bare_date_as_end_includes_its_day(qtbot, open_window, pane):
    times, session = pane.times, open_window.session
    times.end.setText("2026-01-05")
    times.end.editingFinished.emit()
    assert len(session.result) == 40  # with the one without a readable time
    times.unknown.setChecked(False)
    assert len(session.result) == 39
    times.unknown.setChecked(True)
    times.start.setText("2026-01-05T00:00:30Z")
    times.start.editingFinished.emit()
    assert len(session.result) == 11
    times.start.setText("2026-01-07")
    times.start.editingFinished.emit()
    assert "ends before it starts" in times.complaint.text() and len(session.result) == 11
    times.start.setText("the day before")
    times.start.editingFinished.emit()
    assert not times.complaint.isHidden() and len(session.result) == 11


def test_chips_say_the_filters_and_remove_them(qtbot, open_window):
    session, bar = open_window.session, open_window.workspace.chip_bar
    assert bar.isHidden()
    session.apply_query(
        Query((OneOf("OperationStatus", frozenset(["failure"])), TextSearch("event"), TimeRange(FIRST_TICKS, None)))
    )
    assert [chip.predicate for chip in bar.chips] == list(session.query.predicates)
    qtbot.mouseClick(bar.chips[1].close_button, Qt.MouseButton.LeftButton)
    assert [type(p) for p in session.query.predicates] == [OneOf, TimeRange]
    qtbot.mouseClick(bar.clear_button, Qt.MouseButton.LeftButton)
    assert session.query == Query() and bar.isHidden()


def test_undo_and_redo_go_through_every_filter(qtbot, open_window, pane):
    session, status = open_window.session, pane.sections["OperationStatus"]
    sizes = [len(session.result)]
    for value in ("failure", "warning"):
        click(qtbot, status, value)
        sizes.append(len(session.result))
    open_window.workspace.search_bar.field.setText("number 1")
    open_window.workspace.search_bar.apply()
    sizes.append(len(session.result))
    assert len(set(sizes)) == 4
    for size in sizes[-2::-1]:
        open_window.actions_table.run("undo_filter")
        assert len(session.result) == size
    assert open_window.workspace.search_bar.field.text() == ""
    for size in sizes[1:]:
        open_window.actions_table.run("redo_filter")
        assert len(session.result) == size
    assert open_window.workspace.search_bar.field.text() == "number 1"


def test_a_search_is_not_run_again_for_another_filter(open_window, monkeypatch):
    session, looked = open_window.session, []
    real = TextSearch.mask

    def counted(self, *args):
        looked.append(self.text)
        return real(self, *args)

    monkeypatch.setattr(TextSearch, "mask", counted)
    session.apply_query(Query((TextSearch("number 1"),)))
    once = len(looked)
    session.apply_query(session.query.with_values("OperationStatus", frozenset(["failure"])))
    assert looked == ["number 1"] * once and once == 1
    assert 0 < len(session.result) < 11


def test_the_menu_of_a_cell_filters_to_it_and_away_from_it(open_window):
    session, events = open_window.session, open_window.workspace.events
    view, model = events.view, events.view.model()
    headings = [model.headerData(c, Qt.Orientation.Horizontal) for c in range(model.columnCount())]
    column = headings.index("Initiator")
    view.setCurrentIndex(model.index(2, column))
    value = session.table.page([session.current], ["Initiator"])[0][0]
    open_window.actions_table.run("only_this_value")
    assert session.query.predicates == (OneOf("Initiator", frozenset([value])),)
    open_window.actions_table.run("undo_filter")
    view.setCurrentIndex(model.index(2, column))
    open_window.actions_table.run("not_this_value")
    assert session.query.predicates == (OneOf("Initiator", frozenset([value]), is_excluded=True),)


def test_the_facets_that_are_open_are_counted_before_the_others(qapp, held, sample_table):
    session = Session(executor=held)
    pane = FilterPane(session, executor=held)
    session.set_table(sample_table)
    held.jobs.pop(0)()
    assert pane.is_counting and len(held.jobs) == 1
    held.jobs.pop(0)()
    told = {column: section.model.n_values > 0 for column, section in pane.sections.items()}
    assert told["Category"] and told["Initiator"] and not told["Target"]
    assert pane.is_counting and len(held.jobs) == 1
    held.jobs.pop(0)()
    assert pane.sections["Target"].model.n_values > 0 and not pane.is_counting
    pane.deleteLater()


def test_events_without_a_readable_time_stay_under_a_range_unless_somebody_says_otherwise(qtbot):
    section, chosen = TimeSection(), []
    qtbot.addWidget(section)
    section.range_chosen.connect(chosen.append)
    section.show_table(table_of([{}] * 3, [FIRST_TICKS, NO_INSTANT, NO_INSTANT]))
    section.show_range(None)
    assert not section.unknown.isHidden() and "2 without a time" in section.unknown.text()
    section.start.setText("2026-01-01")
    section.start.editingFinished.emit()
    assert chosen[-1].keeps_unknown
    section.show_range(chosen[-1])
    section.unknown.click()
    assert not chosen[-1].keeps_unknown
    section.show_table(table_of([{}]))
    section.show_range(None)
    assert section.unknown.isHidden() and not section.unknown.isChecked()
