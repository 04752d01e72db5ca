"""What carries out the commands of the window: opening, filters, times, help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMenu

from auditviewer.core.query import EVERYTHING, Order
from auditviewer.gui.actions import Actions, Needs
from auditviewer.gui.messages import show_about
from auditviewer.paths import resource_path

if TYPE_CHECKING:
    from auditviewer.gui.main_window import MainWindow

EXPORT_PATTERNS = "Exports (*.csv *.tsv *.txt *.json *.jsonl *.ndjson *.gz *.bz2 *.xz *.zst *.zip);;All files (*)"


def bind_shell_commands(actions: Actions, window: MainWindow) -> None:
    """Bind the commands that need no log."""
    actions.bind(
        {
            "open_exports": lambda: open_exports(window),
            "open_folder": lambda: open_folder(window),
            "add_exports": lambda: open_exports(window, keep_open=True),
            "open_sample": lambda: window.open_paths([resource_path("sample")]),
            "quit": window.close,
            "show_about": lambda: show_about(window),
            "command_palette": lambda: show_palette(window),
            "show_help": lambda: show_help(window, "guide.md"),
            "show_shortcuts": lambda: show_shortcuts(window),
            "choose_zone": lambda: choose_zone(window),
            "reset_layout": window.reset_layout,
        }
    )


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
            "find": events.find,
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
            "show_inspector": lambda: window.raise_dock("inspector"),
            "show_source_record": window.show_source_record,
            "choose_columns": lambda: choose_columns(window),
        }
    )


def what_is_available(window: MainWindow) -> Needs:
    """Return which needs of commands are met now."""
    if not window.is_furnished:
        return Needs.NOTHING
    session, events = window.session, window.workspace.events
    found = Needs.NOTHING
    for is_met, need in (
        (not session.is_empty and not session.table.is_preview, Needs.LOG),
        (session.is_reading, Needs.READING),
        (session.current is not None, Needs.EVENT),
        (len(session.selected) > 0, Needs.SELECTION),
        (bool(session.query.predicates), Needs.FILTER),
        (session.history.can_undo, Needs.UNDO),
        (session.history.can_redo, Needs.REDO),
        (len(events.hits) > 0, Needs.HITS),
    ):
        if is_met:
            found |= need
    return found


# -- opening ---------------------------------------------------------------------------------------------


def open_exports(window: MainWindow, keep_open: bool = False) -> None:
    """Ask for exports and open them."""
    title = "Add exports" if keep_open else "Open exports"
    chosen, _ = QFileDialog.getOpenFileNames(window, title, window.settings.last_folder, EXPORT_PATTERNS)
    if chosen:
        window.open_paths([Path(name) for name in chosen], keep_open)


def open_folder(window: MainWindow) -> None:
    """Ask for a folder and open what is in it."""
    chosen = QFileDialog.getExistingDirectory(window, "Open folder", window.settings.last_folder)
    if chosen:
        window.open_paths([Path(chosen)])


def fill_recent_menu(menu: QMenu, window: MainWindow) -> None:
    """Fill the menu of recent logs."""
    from auditviewer.gui.start_page import describe_log

    menu.clear()
    for paths in window.settings.recent_logs():
        action = menu.addAction(describe_log(paths).replace("&", "&&"))
        action.triggered.connect(_later(lambda chosen=paths: window.open_paths([Path(p) for p in chosen])))
    if menu.isEmpty():
        menu.addAction("Nothing was opened yet").setEnabled(False)
        return
    menu.addSeparator()
    menu.addAction("Clear this list").triggered.connect(_later(window.clear_recent))


def export_events(window: MainWindow) -> None:
    """Open the dialog that writes events to a file."""
    from auditviewer.gui.dialogs.export import ExportDialog

    dialog = ExportDialog(window.session, window)
    dialog.open()


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


def choose_zone(window: MainWindow) -> None:
    """Ask for the zone that times are shown in."""
    from auditviewer.gui.dialogs.zone_dialog import ZoneDialog

    dialog = ZoneDialog(window.settings.zone, window)
    dialog.zone_chosen.connect(window.set_zone)
    dialog.open()


def choose_columns(window: MainWindow) -> None:
    """Ask which columns to show, and in which order."""
    from auditviewer.gui.dialogs.columns_dialog import ColumnsDialog

    layout = window.workspace.events.layout_of_columns
    dialog = ColumnsDialog(layout.places(), window)
    dialog.columns_chosen.connect(layout.choose)
    dialog.open()


# -- help ------------------------------------------------------------------------------------------------


def show_palette(window: MainWindow) -> None:
    """Open the list of commands."""
    from auditviewer.gui.dialogs.command_palette import CommandPalette

    palette = CommandPalette(window.actions_table, window)
    palette.open()


def show_help(window: MainWindow, page: str) -> None:
    """Open a page of the help."""
    from auditviewer.gui.dialogs.help_dialog import HelpDialog

    HelpDialog.of_page(page, window).open()


def show_shortcuts(window: MainWindow) -> None:
    """Open the list of keys."""
    from auditviewer.gui.dialogs.help_dialog import HelpDialog

    HelpDialog.of_shortcuts(window.actions_table, window.other_keys(), window).open()


def _later(work: Callable[[], object]) -> Callable[[bool], None]:
    """Return the work as a slot for `triggered`, which passes whether the action is checked."""

    def slot(_is_checked: bool = False) -> None:
        work()

    return slot
