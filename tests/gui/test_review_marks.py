"""Marks in the window: keys, chips, filters with live counts that follow what is done; many events in one act."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from auditviewer.core.case import ReviewState
from auditviewer.core.mark_columns import NOTES_COLUMN, STATE_COLUMN, TAGS_COLUMN
from auditviewer.core.query import OneOf, Query
from auditviewer.core.replay import replay
from auditviewer.gui.dialogs.ask_dialog import AskDialog
from auditviewer.gui.dialogs.tags_dialog import TagsDialog
from auditviewer.gui.filters.facet_model import CountRole
from auditviewer.gui.widgets.chips import paint_chips
from tests.gui.test_review import dialog, export, reviewing, select, shown

__all__ = ["export", "reviewing"]


def counts(window, column):
    model = window.docks.pane("filters").sections[column].model
    rows = (model.index(row) for row in range(model.rowCount()))
    return {index.data(): index.data(CountRole) for index in rows}


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier):
    window.activateWindow()
    window.workspace.events.view.setFocus()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window.workspace.events.view, key, modifier)


def test_a_tags_key_pressed_in_the_table_puts_it_on_the_selected_events_and_takes_it_off(reviewing, qtbot):
    review = reviewing.session.review
    review.define_tag("odd", "#c2410c", "X")
    select(reviewing, 3, 4, 5)
    press(qtbot, reviewing, Qt.Key.Key_X)
    assert len(review.case.state.tagged["odd"]) == 3 and shown(reviewing, 4) == " | odd | "
    press(qtbot, reviewing, Qt.Key.Key_X)
    assert len(review.case.state.tagged["odd"]) == 0


def test_states_undo_and_redo_have_keys_that_leave_the_filters_alone(reviewing, qtbot):
    review, session = reviewing.session.review, reviewing.session
    session.apply_query(Query((OneOf("OperationStatus", frozenset({"failure"})),)))
    select(reviewing, 0)
    control = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    said = []
    review.said.connect(said.append)
    press(qtbot, reviewing, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert len(review.case.state.reviews) == 1
    press(qtbot, reviewing, Qt.Key.Key_Z, control)
    assert len(review.case.state.reviews) == 0 and session.query.predicates
    press(qtbot, reviewing, Qt.Key.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert len(review.case.state.reviews) == 1
    assert [words.partition(":")[0] for words in said] == ["Undone", "Done again"] and "cleared" in said[0]


def test_the_filter_pane_counts_marks_and_filters_by_them(reviewing):
    review, session = reviewing.session.review, reviewing.session
    pane = reviewing.docks.pane("filters")
    assert counts(reviewing, STATE_COLUMN) == {"unreviewed": 12, "cleared": 0, "exception": 0, "follow-up": 0}
    select(reviewing, 0, 1, 2)
    review.set_state(ReviewState.CLEARED)
    review.tag("odd")
    select(reviewing, 1)
    review.tag("late")
    review.note("why?")
    assert counts(reviewing, STATE_COLUMN)["cleared"] == 3
    assert counts(reviewing, TAGS_COLUMN) == {"(no tag)": 9, "odd": 3, "late": 1}
    assert counts(reviewing, NOTES_COLUMN) == {"without a note": 11, "with a note": 1}
    tags = pane.sections[TAGS_COLUMN]
    tags.toggle(next(row for row in range(tags.model.rowCount()) if tags.model.value(row) == "odd"))
    assert session.result.positions.tolist() == [0, 1, 2]
    assert [chip.predicate.describe() for chip in reviewing.workspace.chip_bar.chips] == ["Tag is odd"]
    assert counts(reviewing, TAGS_COLUMN)["(no tag)"] == 9 and counts(reviewing, STATE_COLUMN)["unreviewed"] == 0
    tags.exclude(next(row for row in range(tags.model.rowCount()) if tags.model.value(row) == "late"))
    assert session.result.positions.tolist() == [0, 2]
    review.close_case()
    assert not pane.sections[TAGS_COLUMN].isVisibleTo(pane)


def test_a_filter_by_state_follows_what_is_done_and_the_next_event_comes_up(reviewing):
    review, session = reviewing.session.review, reviewing.session
    review.marks.choose(STATE_COLUMN, [None])
    session.set_current(4)
    session.set_selected(np.empty(0, np.int64))
    review.set_state(ReviewState.CLEARED)
    assert 4 not in session.result.positions.tolist() and session.current == 5
    assert not session.history.can_redo and session.history.can_undo
    review.undo()
    assert len(session.result) == 12
    session.undo_query()
    assert session.query.predicates == ()


def test_filters_by_marks_are_short_in_the_journal_and_run_again(reviewing):
    review = reviewing.session.review
    select(reviewing, 1, 2)
    review.tag("odd")
    review.marks.choose(TAGS_COLUMN, ["odd"])
    select(reviewing, 0)
    review.set_state(ReviewState.CLEARED)
    review.tag("odd", is_removed=True)
    review.note("again")
    filters = [act.data for act in review.case.journal if act.kind == "filter"]
    assert [data["events"] for data in filters] == [2] and "records" not in str(filters)
    assert {one.outcome for one in replay(review.case, uses_cache=False)} == {"holds"}


def test_tags_are_defined_with_colour_and_a_key_that_does_nothing_else(reviewing, qtbot):
    reviewing.actions_table.run("define_tags")
    asked = dialog(TagsDialog)
    asked.name.setText("late")
    asked.set_colour("#be185d")
    asked.key.setKeySequence("T")
    asked.keep()
    assert "command" in asked.problem.text()
    asked.key.setKeySequence("L")
    asked.keep()
    tag = reviewing.session.review.case.state.tags["late"]
    assert (tag.colour, tag.key) == ("#be185d", "L") and asked.list.count() == 1
    asked.name.setText("other")
    asked.key.setKeySequence("L")
    asked.keep()
    assert "late" in asked.problem.text()
    asked.close()


def test_a_note_is_written_in_a_dialog_over_lines_and_added_by_ctrl_enter(reviewing, qtbot):
    select(reviewing, 2)
    reviewing.actions_table.run("note_events")
    asked = dialog(AskDialog)
    qtbot.keyClicks(asked.widgets["text"], "first")
    qtbot.keyClick(asked.widgets["text"], Qt.Key.Key_Return)
    qtbot.keyClicks(asked.widgets["text"], "second")
    asked.activateWindow()
    qtbot.waitUntil(asked.isActiveWindow)
    qtbot.keyClick(asked.widgets["text"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    ((note, _),) = reviewing.session.review.case.state.notes.by_note()
    assert note.text == "first\nsecond"


def test_a_note_is_added_to_the_current_event_in_the_pane(reviewing):
    reviewing.session.set_current(6)
    view = reviewing.docks.pane("review").this_event
    assert not view.add_button.isEnabled()
    view.text.setPlainText("look here")
    view.add()
    assert [row[1] for row in view.said.rows.rows] == ["look here"] and view.text.toPlainText() == ""


@pytest.mark.parametrize("width", [30, 90, 400])
def test_chips_have_their_colours_and_stay_in_their_cell(reviewing, width):
    image = QImage(500, 24, QImage.Format.Format_ARGB32)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    palette = QApplication.palette()
    paint_chips(
        painter, image.rect().adjusted(0, 0, width - 500, 0), [("no ticket", "#c2410c"), ("late", "#7e22ce")], palette,
        reviewing.fontMetrics(),
    )  # fmt: skip
    painter.end()
    painted = {(x, y) for x in range(500) for y in range(24) if image.pixelColor(x, y) != QColor("#ffffff")}
    assert painted and max(x for x, _ in painted) <= width
    colours = {image.pixelColor(x, y).name() for x, y in painted}
    assert ("#c2410c" in colours) == (width > 30) and ("#7e22ce" in colours) == (width > 90)
