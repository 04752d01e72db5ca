"""The timeline pane with a real session: what it counts, the range that is dragged, the steps that are clicked."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QColor, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from auditviewer.core.cells import NO_INSTANT, TICKS_PER_DAY, TICKS_PER_SECOND
from auditviewer.core.query import OneOf, TimeRange
from auditviewer.core.step_status import StepStatus
from auditviewer.core.timeline import TimeBins
from auditviewer.gui.look import Theme, apply_theme, colours_of, palette_of
from auditviewer.gui.timeline.axes import CountAxis, ZoneAxis, ticks_of, x_of
from auditviewer.gui.timeline.density_view import snap
from auditviewer.gui.timeline.pane import TimelinePane
from tests.builders import FIRST_TICKS, table_of

S, DAY = TICKS_PER_SECOND, TICKS_PER_DAY


def log_of_ten_days():
    rows = [
        {"WorkflowId": f"w{i // 2}", "OperationStatus": ("inProgress", "failure" if i % 10 == 1 else "success")[i % 2]}
        for i in range(100)
    ]
    return table_of(rows, [FIRST_TICKS + i * DAY // 10 for i in range(100)])


@pytest.fixture
def every_mouse_move():
    """Let pyqtgraph hear every mouse move; it drops those that follow within 10 ms, as those of a test do."""
    before = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", -1)
    yield
    pg.setConfigOption("mouseRateLimit", before)


@pytest.fixture
def pane(qtbot, session, at_once, every_mouse_move):
    pane = TimelinePane(session, executor=at_once)
    qtbot.addWidget(pane)
    pane.resize(900, 560)
    pane.show()
    qtbot.waitExposed(pane)
    return pane


def drag(pane: TimelinePane, start: QPoint, end: QPoint) -> None:
    """Drag with the left button from one place of the plot to another, in steps, as a hand does."""
    viewport = pane.density.plot.viewport()
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    between = [start + (end - start) * i / 6 for i in range(7)]
    send(viewport, QEvent.Type.MouseMove, start, none, none)
    send(viewport, QEvent.Type.MouseButtonPress, start, left, left)
    for point in between:
        send(viewport, QEvent.Type.MouseMove, point, none, left)
    send(viewport, QEvent.Type.MouseButtonRelease, end, left, none)


def send(viewport, kind, point, button, buttons) -> None:
    there = QPointF(point)
    event = QMouseEvent(
        kind, there, QPointF(viewport.mapToGlobal(point)), button, buttons, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(viewport, event)


def at(pane: TimelinePane, ticks: int, height: float = 0.5) -> QPoint:
    """Return where an instant stands in the plot, some way up."""
    plot = pane.density.plot
    box = plot.getViewBox()
    (_, _), (low, high) = box.viewRange()
    scene = box.mapViewToScene(QPointF(x_of(ticks), low + (high - low) * height))
    return plot.mapFromScene(scene)


def test_the_plot_offers_no_export_of_its_own(pane):
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert [a.text() for a in pane.density.plot.scene().findChildren(QAction)] == []
    assert pane.density.plot.scene().contextMenu == []


def test_the_density_counts_what_is_shown(pane, session):
    session.set_table(log_of_ten_days())
    shown = pane.density.plot.bars._shown
    assert shown.totals.sum() == 100
    assert shown.counts[StepStatus.FAILURE].sum() == 10
    assert pane.density.summary.text().startswith("100 events  ·  2026-01-05 00:00:00 – 2026-01-14")
    session.apply_query(session.query.with_predicate(OneOf("OperationStatus", frozenset({"failure"}))))
    assert pane.density.plot.bars._shown.totals.sum() == 10
    assert pane.density.legend.accessibleName() == "failure 10"


def test_a_drag_over_the_bars_sets_the_time_filter_at_the_edges_of_bars(pane, session):
    session.set_table(log_of_ten_days())
    drag(pane, at(pane, FIRST_TICKS + 3 * DAY), at(pane, FIRST_TICKS + 5 * DAY))
    kept = session.query.time_range
    assert kept == TimeRange(FIRST_TICKS + 3 * DAY, FIRST_TICKS + 5 * DAY)
    assert len(session.result) == 20
    assert pane.density.clear_button.isEnabled()


def test_dragging_an_edge_of_the_region_moves_that_side_only(pane, session):
    session.set_table(log_of_ten_days())
    session.apply_query(session.query.with_predicate(TimeRange(FIRST_TICKS + 2 * DAY, FIRST_TICKS + 8 * DAY)))
    drag(pane, at(pane, FIRST_TICKS + 8 * DAY), at(pane, FIRST_TICKS + 6 * DAY))
    assert session.query.time_range == TimeRange(FIRST_TICKS + 2 * DAY, FIRST_TICKS + 6 * DAY)


def test_dragging_inside_the_region_moves_it_as_it_is(pane, session):
    session.set_table(log_of_ten_days())
    session.apply_query(session.query.with_predicate(TimeRange(FIRST_TICKS + 2 * DAY, FIRST_TICKS + 4 * DAY)))
    drag(pane, at(pane, FIRST_TICKS + 3 * DAY), at(pane, FIRST_TICKS + 6 * DAY))
    assert session.query.time_range == TimeRange(FIRST_TICKS + 5 * DAY, FIRST_TICKS + 7 * DAY)


def test_an_edge_at_the_end_of_all_events_stays_open(pane, session):
    session.set_table(log_of_ten_days())
    drag(pane, at(pane, FIRST_TICKS), at(pane, FIRST_TICKS + 4 * DAY))
    assert session.query.time_range == TimeRange(FIRST_TICKS + 4 * DAY, None)


def test_the_region_follows_a_filter_set_elsewhere_and_sets_none_itself(pane, session):
    session.set_table(log_of_ten_days())
    wanted = TimeRange(FIRST_TICKS + DAY + 7, FIRST_TICKS + 2 * DAY + 9)
    session.apply_query(session.query.with_predicate(wanted))
    low, high = pane.density.plot.region.getRegion()
    assert low == pytest.approx(x_of(wanted.start)) and high == pytest.approx(x_of(wanted.end))
    assert session.query.time_range == wanted
    session.undo_query()
    assert session.query.time_range is None and not pane.density.clear_button.isEnabled()
    assert pane.density.plot.region.getRegion()[0] <= x_of(FIRST_TICKS)


def test_what_only_the_time_filter_hides_stays_as_pale_bars(pane, session):
    session.set_table(log_of_ten_days())
    session.apply_query(session.query.with_predicate(OneOf("OperationStatus", frozenset({"success"}))))
    session.apply_query(session.query.with_predicate(TimeRange(None, FIRST_TICKS + 5 * DAY)))
    bars = pane.density.plot.bars
    assert bars._shown.totals.sum() == len(session.result) == 20
    assert bars._context.totals.sum() == 40
    session.apply_query(session.query.with_predicate(TimeRange(None, FIRST_TICKS + 4 * DAY)))
    assert bars._context.totals.sum() == 40 and bars._shown.totals.sum() == len(session.result)


def test_a_double_click_and_the_button_let_go_of_the_time_filter(pane, session, qtbot):
    session.set_table(log_of_ten_days())
    session.apply_query(session.query.with_predicate(TimeRange(FIRST_TICKS + DAY, None)))
    inside = at(pane, FIRST_TICKS + 5 * DAY)
    qtbot.mouseClick(pane.density.plot.viewport(), Qt.MouseButton.LeftButton, pos=inside)
    assert session.query.time_range is not None
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    send(pane.density.plot.viewport(), QEvent.Type.MouseButtonDblClick, inside, left, left)
    send(pane.density.plot.viewport(), QEvent.Type.MouseButtonRelease, inside, left, none)
    assert session.query.time_range is None
    session.undo_query()
    assert session.query.time_range is not None
    qtbot.mouseClick(pane.density.clear_button, Qt.MouseButton.LeftButton)
    assert session.query.time_range is None


def test_the_wheel_zooms_to_finer_bars_and_filters_nothing(pane, session, qtbot):
    session.set_table(log_of_ten_days())
    before = pane.density._bins.width
    plot = pane.density.plot
    centre = at(pane, FIRST_TICKS + 5 * DAY)
    for _ in range(25):
        event = QWheelEvent(
            QPointF(centre), QPointF(plot.viewport().mapToGlobal(centre)), QPoint(), QPoint(0, 120),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(plot.viewport(), event)
    qtbot.waitUntil(lambda: pane.density._bins.width < before)
    assert session.query.time_range is None
    assert "outside this view" in pane.density.summary.text()
    pane.density.show_whole_span()
    assert pane.density._bins.width == before


@pytest.mark.parametrize(
    ("rows", "instants", "words"),
    [
        ([{}], [NO_INSTANT], "None of the 1 shown event has a readable time."),
        ([], [], "No event is shown"),
    ],
)
def test_emptiness_is_said_in_words(pane, session, rows, instants, words):
    assert "Open an export" in pane.density.empty.text()
    session.set_table(table_of(rows, instants))
    assert words in pane.density.empty.text()
    assert pane.density.stack.currentWidget() is pane.density.empty


def test_events_without_a_time_are_counted_and_kept_by_a_new_time_filter(pane, session):
    session.set_table(table_of([{}] * 3, [FIRST_TICKS, FIRST_TICKS + DAY, NO_INSTANT]))
    assert "1 more without a readable time" in pane.density.summary.text()
    pane.density._on_range_dragged(FIRST_TICKS + DAY // 2, FIRST_TICKS + 2 * DAY)
    assert session.query.time_range.keeps_unknown and len(session.result) == 2


def test_one_event_alone_can_be_shown(pane, session):
    session.set_table(table_of([{}], [0]))
    assert pane.density.plot.bars._shown.totals.sum() == 1
    pane.grab()


def test_a_range_narrower_than_a_bar_is_that_bar():
    bins = TimeBins(100, 10, 5)
    assert snap(bins, 121, 122) == (120, 130)
    assert snap(bins, 116, 134) == (120, 130)
    assert snap(bins, 114, 136) == (110, 140)


def test_the_axis_names_times_of_the_zone():
    axis = ZoneAxis()
    axis.set_zone(dt.timezone(dt.timedelta(hours=5)))
    values = axis.tickValues(x_of(FIRST_TICKS), x_of(FIRST_TICKS + 3600 * S), 400)[0][1]
    assert axis.tickStrings(values, 1, 1)[0] == "05:00"
    assert all(step >= 1 for step, _ in CountAxis().tickSpacing(0, 1.06, 200))


@pytest.mark.parametrize("ticks", [0, FIRST_TICKS, FIRST_TICKS + 1234567, 3_155_378_975_999_999_999])
def test_places_on_the_axis_are_exact_to_a_microsecond_near_our_time(ticks):
    limit = 10 if abs(ticks - FIRST_TICKS) < DAY else 1000
    assert abs(ticks_of(x_of(ticks)) - ticks) <= limit


# -- the steps of the current event's workflow -----------------------------------------------------------------

STEPS = [
    {"WorkflowId": "w", "WorkflowType": "user:creation", "EventType": e, "OperationStatus": s}
    for e, s in (
        ("user:creating", "inProgress"), ("user:creation-failed", "failure"), ("user:creating", "inProgress"),
        ("user:created", "success"),
    )
]  # fmt: skip
INSTANTS = [FIRST_TICKS, FIRST_TICKS + 2 * S, FIRST_TICKS + 2 * S, FIRST_TICKS + 12 * S]


@pytest.fixture
def told(pane, session):
    session.set_table(table_of([*STEPS, {"WorkflowId": ""}], [*INSTANTS, FIRST_TICKS]))
    session.set_current(1)
    return pane.story


def test_the_workflow_of_the_current_event_is_told(told):
    assert told.outcome.text() == "Succeeded"
    assert "user:creation  ·  4 steps in 12 s, failed, retried once, succeeded" in told.title.text()
    assert [label and label.name for label in told.canvas.layout_.labels].count("user:creation-failed") == 1
    assert told.canvas.layout_.gaps[3] == "10 s"
    assert told.canvas.current == 1


def test_clicking_a_step_makes_it_current_even_where_instants_are_equal(told, session, qtbot):
    for index in (0, 2, 3, 1):
        place = told.canvas.place_of(index).toPoint()
        qtbot.mouseClick(told.canvas, Qt.MouseButton.LeftButton, pos=place)
        assert session.current == index
    assert told.canvas.layout_.is_moved and "moved apart" in told.notes.text()


def test_clicking_a_label_chooses_its_step(told, session, qtbot):
    label = told.canvas.layout_.labels[3]
    centre = told.canvas._label_rect(label).center().toPoint()
    qtbot.mouseClick(told.canvas, Qt.MouseButton.LeftButton, pos=centre)
    assert session.current == 3


@pytest.mark.parametrize("is_even", [False, True])
def test_labels_never_overlap_and_marks_keep_their_distance(told, is_even):
    told.even.setChecked(is_even)
    layout = told.canvas.layout_
    rects = [told.canvas._label_rect(label) for label in layout.labels if label is not None]
    assert rects and not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[i + 1 :])
    assert np.diff(layout.places).min() >= 22 - 1e-6
    if is_even:
        assert np.allclose(np.diff(layout.places), np.diff(layout.places)[0])
        assert not layout.is_moved


def test_arrow_keys_go_from_step_to_step(told, session, qtbot, pane):
    qtbot.keyClick(told.canvas, Qt.Key.Key_Right)
    assert session.current == 2
    qtbot.keyClick(told.canvas, Qt.Key.Key_End)
    qtbot.keyClick(told.canvas, Qt.Key.Key_Right)
    assert session.current == 3
    pane.previous_step()
    assert session.current == 2
    qtbot.keyClick(told.canvas, Qt.Key.Key_Home)
    pane.previous_step()
    assert session.current == 0
    pane.next_step()
    assert session.current == 1


def test_an_event_without_a_workflow_says_so(told, session):
    session.set_current(4)
    assert "belongs to no workflow" in told.empty.text()
    assert told.story is None and told.stack.currentWidget() is told.empty
    session.set_current(None)
    assert "Choose an event" in told.empty.text()


def test_another_log_forgets_the_workflow(told, session):
    session.set_table(table_of([{"WorkflowId": "other"}]))
    assert told.story is None
    session.set_current(0)
    assert told.story.id == "other"


def test_a_long_workflow_is_told_in_part_and_says_so(pane, session):
    session.set_table(table_of([{"WorkflowId": "w"}] * 1200))
    session.set_current(900)
    assert len(pane.story.story.steps) == 500
    assert "Steps 651 to 1,150 of 1,200 are shown." in pane.story.notes.text()
    assert pane.story.canvas.width() > 5000
    pane.grab()


def test_markup_in_an_export_stays_text(pane, session):
    row = {"WorkflowId": "w", "EventType": "<b>x</b>", "WorkflowType": "<img src=x>"}
    session.set_table(table_of([row]))
    session.set_current(0)
    assert "&lt;b&gt;x&lt;/b&gt;" in pane.story.canvas._tip(0)
    assert "<img src=x>" in pane.story.title.text()
    assert pane.story.title.textFormat() is Qt.TextFormat.PlainText


def test_times_are_told_in_the_zone_of_the_session(told, session):
    session.set_zone(dt.timezone(dt.timedelta(hours=2)))
    assert "02:00:00" in told.title.text() and "UTC+02:00" in told.title.text()
    assert any(label and label.time.startswith("02:00:0") for label in told.canvas.layout_.labels)


def test_nothing_is_counted_while_nobody_looks(qtbot, session, at_once):
    pane = TimelinePane(session, executor=at_once)
    qtbot.addWidget(pane)
    session.set_table(log_of_ten_days())
    assert pane.density.plot.bars._shown is None
    pane.show()
    assert pane.density.plot.bars._shown.totals.sum() == 100


@pytest.fixture
def theme_put_back(qapp):
    """Leave the program in the theme that tests expect."""
    yield
    apply_theme(qapp, Theme.LIGHT)


@pytest.mark.parametrize("theme", [Theme.DARK, Theme.LIGHT])
def test_the_plot_follows_the_theme(pane, session, qapp, theme_put_back, theme):
    session.set_table(log_of_ten_days())
    apply_theme(qapp, Theme.LIGHT if theme is Theme.DARK else Theme.DARK)
    apply_theme(qapp, theme)
    image = pane.density.plot.viewport().grab().toImage()
    assert image.pixelColor(image.width() - 3, 3) == palette_of(theme).base().color()
    colours = {image.pixelColor(x, y).name() for x in range(60, image.width()) for y in range(image.height())}
    assert QColor(colours_of(palette_of(theme)).failure).name() in colours
