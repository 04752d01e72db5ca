"""What carries out the commands that need no log: opening, the zone of times, help.

Imports little: it is there before the first paint.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from auditviewer.gui.actions import Actions
from auditviewer.gui.messages import show_about
from auditviewer.gui.status_bar import format_bytes
from auditviewer.paths import resource_path

if TYPE_CHECKING:
    from auditviewer.gui.main_window import MainWindow

TABLE_KEYS = (
    ("Enter", "Show the current event in the inspector"),
    ("Up, Down, Page Up, Page Down", "Go through the events; with Shift, select"),
    ("Home, End", "Go to the first or last event; with Shift, select up to it"),
    ("Left, Right", "Go to another cell of the row"),
    ("Esc", "Close the find bar"),
)
EXPORT_PATTERNS = "Exports (*.csv *.tsv *.txt *.json *.jsonl *.ndjson *.gz *.bz2 *.xz *.zst *.zip);;All files (*)"


def bind_shell_commands(actions: Actions, window: MainWindow) -> None:
    """Bind the commands that need no log."""
    actions.bind(
        {
            "open_exports": lambda: open_exports(window),
            "open_folder": lambda: open_folder(window),
            "add_exports": lambda: open_exports(window, keep_open=True),
            "open_sample": lambda: window.open_paths([resource_path("sample")]),
            "keep_copies": lambda: keep_copies(window),
            "remove_copies": lambda: remove_copies(window),
            "quit": window.close,
            "show_about": lambda: show_about(window),
            "command_palette": lambda: show_palette(window),
            "show_help": lambda: show_help(window, "guide.md"),
            "show_shortcuts": lambda: show_shortcuts(window),
            "choose_zone": lambda: choose_zone(window),
            "reset_layout": window.reset_layout,
            "open_case": lambda: review_commands().open_case(window),
            "verify_package": lambda: review_commands().verify_package(window),
            "reviewer": lambda: review_commands().ask_reviewer(window),
        }
    )


def review_commands() -> ModuleType:
    """Return what carries out the commands of a review; imported when the first is asked for."""
    from auditviewer.gui.review import commands

    return commands


# -- opening ---------------------------------------------------------------------------------------------


def open_exports(window: MainWindow, keep_open: bool = False) -> None:
    """Ask for exports and open them."""
    from PySide6.QtWidgets import QFileDialog

    title = "Add exports" if keep_open else "Open exports"
    chosen, _ = QFileDialog.getOpenFileNames(window, title, window.settings.last_folder, EXPORT_PATTERNS)
    if chosen:
        window.open_paths([Path(name) for name in chosen], keep_open)


def open_folder(window: MainWindow) -> None:
    """Ask for a folder and open what is in it."""
    from PySide6.QtWidgets import QFileDialog

    chosen = QFileDialog.getExistingDirectory(window, "Open folder", window.settings.last_folder)
    if chosen:
        window.open_paths([Path(chosen)])


def fill_recent_menu(menu: QMenu, window: MainWindow) -> None:
    """Fill the menu of recent logs."""
    from auditviewer.gui.start_page import describe_log

    menu.clear()
    for paths in window.settings.recent_logs():
        action = menu.addAction(describe_log(paths).replace("&", "&&"))
        action.triggered.connect(_later(partial(window.open_paths, [Path(p) for p in paths])))
    if menu.isEmpty():
        menu.addAction("Nothing was opened yet").setEnabled(False)
        return
    menu.addSeparator()
    menu.addAction("Clear this list").triggered.connect(_later(window.clear_recent))


# -- copies kept to open faster ------------------------------------------------------------------------------


def keep_copies(window: MainWindow) -> None:
    """Keep copies of what is read from now on, or keep none, as the menu's switch says."""
    is_wanted = window.actions_table["keep_copies"].isChecked()
    window.settings.uses_cache = is_wanted
    if window.is_furnished:
        window.session.uses_cache = is_wanted
    window.status.say("Copies are kept from now on." if is_wanted else "No copies are kept from now on.")


def remove_copies(window: MainWindow) -> None:
    """Empty the cache folder."""
    from auditviewer.core.reading.cache import Cache

    cache = Cache()
    window.background.start(
        lambda _progress: cache.clear(),
        lambda freed: window.status.say(f"Removed {format_bytes(freed)} of copies from {cache.root}"),
    )


# -- times ---------------------------------------------------------------------------------------------


def choose_zone(window: MainWindow) -> None:
    """Ask for the zone that times are shown in."""
    from auditviewer.gui.dialogs.zone_dialog import ZoneDialog

    dialog = ZoneDialog(window.settings.zone, window)
    dialog.chosen.connect(window.set_zone)
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

    HelpDialog.of_shortcuts(window.actions_table, other_keys(), window).open()


def other_keys() -> list[tuple[str, str]]:
    """Return the keys that are no commands of the table: (keys, what they do)."""
    from auditviewer.gui.docks import DOCKS

    panes = [(spec.keys, f"Show or hide {spec.title.lower()}") for spec in DOCKS]
    return [*panes, *TABLE_KEYS]


def _later(work: Callable[[], object]) -> Callable[[bool], None]:
    """Return the work as a slot for `triggered`, which passes whether the action is checked."""

    def slot(_is_checked: bool = False) -> None:
        work()

    return slot
