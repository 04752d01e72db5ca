"""The window with all that it can do: the one place that knows the window and the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditviewer.gui.commands import bind_shell_commands, fill_recent_menu
from auditviewer.gui.main_window import MainWindow
from auditviewer.gui.settings import Settings

if TYPE_CHECKING:
    from concurrent.futures import Executor


def make_window(settings: Settings, executor: Executor | None = None, uses_cache: bool = True) -> MainWindow:
    """Return the program's window; commands over a log are bound once there is a session.

    Parameters
    ----------
    executor
        Where jobs run; a test passes one that runs at once.
    """
    window = MainWindow(settings, executor, uses_cache)
    bind_shell_commands(window.actions_table, window)
    recent = window.menus.recent
    recent.aboutToShow.connect(lambda: fill_recent_menu(recent, window))
    window.session_made.connect(lambda: _bind_over_log(window))
    window.review_wanted.connect(lambda: _bind_review(window))
    window.actions_table.unbound_wanted.connect(lambda _name: _bind_early(window))
    return window


def _bind_over_log(window: MainWindow) -> None:
    from auditviewer.gui.log_commands import bind_log_commands, build_cell_menu, build_columns_menu

    bind_log_commands(window.actions_table, window)
    events = window.workspace.events
    events.menu_requested.connect(lambda at: window.pop_up(build_cell_menu(window.actions_table, window), at))
    events.columns_requested.connect(lambda at: window.pop_up(build_columns_menu(window), at))


def _bind_early(window: MainWindow) -> None:
    """Bind what a user asks for before its turn has come: the import is felt, but nothing is asked for in vain."""
    if window.is_furnished:
        _bind_review(window)


def _bind_review(window: MainWindow) -> None:
    if hasattr(window, "case_news"):
        return
    from auditviewer.gui.review.commands import bind_review_commands

    bind_review_commands(window.actions_table, window)
