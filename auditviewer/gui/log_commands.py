"""What carries out the commands over a log: filters, copying, finding, going to a time, columns, export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from auditviewer.core.display import fit_to_show
from auditviewer.core.query import EVERYTHING, Order
from auditviewer.gui.actions import Actions
from auditviewer.gui.events.columns import FLAGS, heading

if TYPE_CHECKING:
    from auditviewer.gui.main_window import MainWindow


def bind_log_commands(actions: Actions, window: MainWindow) -> None:
    """Bind the commands over a log, once the workspace is there."""
    session, events = window.session, window.workspace.events
    actions.bind(
        {
            "cancel_reading": session.cancel_reading,
            "close_log": window.close_log,
            "export_events": lambda: export_events(window),
            "undo_filter": session.undo_query,
            "redo_filter": session.redo_query,
            "clear_filters": lambda: session.apply_query(EVERYTHING.with_order(session.query.order)),
            "source_order": lambda: events.set_order(Order(None)),
            "copy_cells": events.copy_cells,
            "copy_csv": events.copy_rows_csv,
            "copy_json": events.copy_rows_json,
            "select_all": events.view.selectAll,
            "find": events.open_find_bar,
            "find_next": lambda: events.find_next(),
            "find_previous": lambda: events.find_next(True),
            "search": window.focus_search,
            "only_this_value": lambda: filter_to_cell(window, is_excluded=False),
            "not_this_value": lambda: filter_to_cell(window, is_excluded=True),
            "only_this_workflow": lambda: filter_to_column(window, "WorkflowId"),
            "only_this_target": lambda: filter_to_column(window, "TargetId", "TargetType"),
            "go_to_time": lambda: go_to_time(window),
            "go_to_first": lambda: events.go_to_row(0),
            "go_to_last": lambda: events.go_to_row(-1),
            "previous_step": lambda: go_to_step(window, -1),
            "next_step": lambda: go_to_step(window, 1),
            "show_inspector": lambda: window.raise_dock("inspector"),
            "show_source_record": window.show_source_record,
            "choose_columns": lambda: choose_columns(window),
        }
    )


def export_events(window: MainWindow) -> None:
    """Open the dialog that writes events to a file."""
    from auditviewer.gui.dialogs.export_dialog import ExportDialog

    dialog = ExportDialog(window.session, window)
    dialog.open()


def go_to_step(window: MainWindow, by: int) -> None:
    """Go to the step before or after the current event in its workflow; the timeline comes to the front."""
    window.raise_dock("timeline")
    window.docks.pane("timeline").story.step_by(by)  # type: ignore[attr-defined]


# -- filters ---------------------------------------------------------------------------------------------


def filter_to_cell(window: MainWindow, is_excluded: bool) -> None:
    """Keep (or hide) the events with the value of the current cell."""
    column = window.workspace.events.current_column
    if column is not None:
        filter_to_column(window, column, is_excluded=is_excluded)


def filter_to_column(window: MainWindow, *columns: str, is_excluded: bool = False) -> None:
    """Keep (or hide) the events that are like the current one in the columns."""
    session = window.session
    if session.current is None:
        return
    query = session.query
    for (value,), column in zip(session.table.page([session.current], columns), columns, strict=True):
        values = frozenset([value])
        if is_excluded and (present := query.one_of(column, True)):
            values |= present.values
        query = query.with_values(column, values, is_excluded)
    session.apply_query(query)


def build_cell_menu(actions: Actions, window: MainWindow) -> QMenu:
    """Return the menu of a cell."""
    menu = QMenu(window)
    for group in (
        ("only_this_value", "not_this_value", "only_this_workflow", "only_this_target"),
        ("copy_cells", "copy_csv", "copy_json"),
        ("show_inspector", "show_source_record"),
    ):
        menu.addActions([actions[name] for name in group])
        menu.addSeparator()
    return menu


# -- times and columns -----------------------------------------------------------------------------------


def go_to_time(window: MainWindow) -> None:
    """Ask for a time and go there."""
    from auditviewer.gui.dialogs.time_dialog import TimeDialog

    session, events = window.session, window.workspace.events
    start = ""
    if session.current is not None:
        start = session.table.text(session.current, "Timestamp") or ""
    dialog = TimeDialog(session.zone, start, window)
    dialog.time_chosen.connect(events.go_to_ticks)
    dialog.open()


def choose_columns(window: MainWindow) -> None:
    """Ask which columns to show, and in which order."""
    from auditviewer.gui.dialogs.columns_dialog import ColumnsDialog

    layout = window.workspace.events.layout_of_columns
    dialog = ColumnsDialog(layout.places(), window)
    dialog.columns_chosen.connect(layout.choose)
    dialog.open()


def build_columns_menu(window: MainWindow) -> QMenu:
    """Return the menu of the headings: a switch for each column."""
    menu, layout = QMenu(window), window.workspace.events.layout_of_columns
    for place in layout.places():
        if place.name == FLAGS:
            continue
        action = menu.addAction(fit_to_show(heading(place.name, window.session.zone), 60).replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(not place.is_hidden)
        action.triggered.connect(lambda is_shown, name=place.name: layout.set_hidden(name, not is_shown))
    menu.addSeparator()
    menu.addActions([window.actions_table["choose_columns"], window.actions_table["source_order"]])
    return menu
