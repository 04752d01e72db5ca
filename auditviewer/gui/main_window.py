"""The window: its menus, tool bar and status bar, what is in the middle, and what stays so between starts.

It is built in two steps, so that it is there at once: the shell (menus, start page) before the first paint; the
session, the table and the docks, with the libraries that they need, right after it (`furnish`).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, SignalInstance
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget

from auditviewer.core.display import fit_to_show
from auditviewer.core.progress import Progress
from auditviewer.gui.actions import Actions
from auditviewer.gui.banner import Tone
from auditviewer.gui.commands import bind_shell_commands, fill_recent_menu, what_is_available
from auditviewer.gui.docks import DOCKS, Docks
from auditviewer.gui.jobs import JobRunner
from auditviewer.gui.look import Theme, apply_theme
from auditviewer.gui.menus import WindowMenus
from auditviewer.gui.messages import sentence_for
from auditviewer.gui.settings import Settings
from auditviewer.gui.start_page import StartPage
from auditviewer.gui.status_bar import StatusBar
from auditviewer.gui.zones import zone_name, zone_of

if TYPE_CHECKING:
    from auditviewer.core.table import Source
    from auditviewer.gui.session import Session
    from auditviewer.gui.workspace import Workspace

TITLE = "Audit Viewer"
FIRST_ROWS_MS = 10
"""How often to look whether the first rows are there, before the docks are built."""
CASE_SUFFIX = ".avcase"
"""As `core.case` has it; named here, since that is imported after the first paint."""
TABLE_KEYS = (
    ("Enter", "Show the current event in the inspector"),
    ("Up, Down, Page Up, Page Down", "Go through the events; with Shift, select"),
    ("Home, End", "Go to the first or last event; with Shift, select up to it"),
    ("Left, Right", "Go to another cell of the row"),
    ("Esc", "Close the find bar"),
)


class MainWindow(QMainWindow):
    """The program's one window.

    Parameters
    ----------
    executor
        Where jobs run; a test passes one that runs at once.
    """

    session: Session
    workspace: Workspace
    docks: Docks
    case_news: object
    tag_keys: object

    def __init__(self, settings: Settings, executor: Executor | None = None, uses_cache: bool = True) -> None:
        super().__init__()
        self.settings = settings
        self._uses_cache = uses_cache
        self._executor = self.executor = executor
        self.is_furnished = False
        """Whether session and workspace are there; the docks follow."""
        self._is_complete = False
        self._furnishing: Iterator[None] | None = None
        self._preloading = JobRunner(self, executor)
        self.background = JobRunner(self, executor)
        """Runs what commands do beside the log."""
        self.reviewing = JobRunner(self, executor)
        """Writes and checks packages."""
        self._wanted: tuple[list[Path], bool] | None = None
        self.actions_table = Actions(self)
        self.status = StatusBar(self)
        self.setStatusBar(self.status)
        self.start_page = StartPage()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.start_page)
        self.setCentralWidget(self.pages)
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.menus = WindowMenus(self, self.actions_table)
        self._connect_shell()
        self.actions_table["keep_copies"].setChecked(uses_cache and settings.uses_cache)
        self.menus.show_theme(settings.theme)
        self.refresh_look()
        self.resize(1280, 800)
        if settings.geometry:
            self.restoreGeometry(settings.geometry)
        self._show_title()

    # -- building ----------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._furnishing is None and not self.is_furnished:
            # What the core needs is imported beside the window, which answers meanwhile.
            self._preloading.start(preload_core, lambda _nothing: self._furnish_next())

    def furnish(self) -> None:
        """Build all that is not yet built, now."""
        while not self._is_complete:
            self._furnish_step()

    def _furnish_next(self) -> None:
        if self._is_complete:
            return
        if self.is_furnished and (self.session.is_previewing or self.session.is_querying):
            # The first rows come before the docks, which take several times as long to build.
            QTimer.singleShot(FIRST_ROWS_MS, self._furnish_next)
            return
        self._furnish_step()
        QTimer.singleShot(0, self._furnish_next)

    def _furnish_step(self) -> None:
        if self._furnishing is None:
            self._furnishing = self._furnish()
        self._is_complete = next(self._furnishing, self) is self

    def _furnish(self) -> Iterator[None]:
        """Build the session and the table, then each dock; the event loop may run in between."""
        from auditviewer.gui.log_commands import bind_log_commands
        from auditviewer.gui.review.commands import bind_review_commands, connect_pane
        from auditviewer.gui.session import Session
        from auditviewer.gui.workspace import Workspace

        self.session = Session(self, self._executor)
        self.session.uses_cache = self._uses_cache and self.settings.uses_cache
        self.workspace = Workspace(self.session, self.settings, executor=self._executor)
        self.pages.addWidget(self.workspace)
        self.docks = Docks(self, self.session, self.settings.state, self._executor)
        self.is_furnished = True
        self.actions_table.refresh_icons()
        bind_log_commands(self.actions_table, self)
        bind_review_commands(self.actions_table, self)
        self._connect_session()
        self.set_zone(self.settings.zone)
        if self._wanted is not None:
            self.open_paths(*self._wanted)
        yield
        for _ in self.docks.build():
            yield
        self.menus.add_panes([dock.toggleViewAction() for dock in self.docks.by_name.values()])
        connect_pane(self)
        for pane in self.docks.panes:
            if isinstance(said := getattr(pane, "message", None), SignalInstance):
                said.connect(self.status.say)

    def _connect_shell(self) -> None:
        bind_shell_commands(self.actions_table, self)
        recent = self.menus.recent
        recent.aboutToShow.connect(lambda: fill_recent_menu(recent, self))
        self.menus.theme_chosen.connect(self.set_theme)
        page = self.start_page
        page.open_requested.connect(lambda: self.actions_table.run("open_exports"))
        page.folder_requested.connect(lambda: self.actions_table.run("open_folder"))
        page.sample_requested.connect(lambda: self.actions_table.run("open_sample"))
        page.recent_requested.connect(lambda paths: self.open_paths([Path(p) for p in paths]))
        page.set_recent(self.settings.recent_logs())
        self.status.zone_requested.connect(self._on_zone_requested)
        QApplication.styleHints().colorSchemeChanged.connect(lambda _scheme: self._on_scheme_changed())

    def _connect_session(self) -> None:
        session, events = self.session, self.workspace.events
        self.status.watch(session)
        self.status.cancel_requested.connect(session.cancel_reading)
        self.status.notices_requested.connect(lambda: self.raise_dock("sources"))
        for signal in (
            session.table_changed, session.query_changed, session.result_changed, session.current_changed,
            session.selection_changed, session.is_reading_changed, events.found,
        ):  # fmt: skip
            signal.connect(lambda *_: self._show_available())
        session.table_changed.connect(self._on_table_changed)
        session.is_reading_changed.connect(lambda _is_reading: self._on_table_changed())
        session.is_previewing_changed.connect(lambda _is_previewing: self._show_docks_next())
        session.reading_finished.connect(self._on_reading_finished)
        session.reading_failed.connect(lambda error: self.workspace_banner(error))
        session.sources_changed.connect(self._on_sources_changed)
        session.query_failed.connect(lambda error: self.workspace_banner(error, Tone.WARNING))
        events.message.connect(self.status.say)
        session.review.changed.connect(self._show_available)
        session.review.changed.connect(self._show_title)
        session.review.said.connect(self.status.say)
        session.review.failed.connect(lambda error: self.workspace_banner(error, Tone.WARNING))
        events.inspect_requested.connect(lambda: self.raise_dock("inspector"))
        events.menu_requested.connect(self._show_cell_menu)
        events.columns_requested.connect(self._show_columns_menu)
        self.workspace.banner.action_requested.connect(lambda: self.raise_dock("sources"))
        self._show_available()

    # -- what is open ------------------------------------------------------------------------------------

    def open_paths(self, paths: Sequence[Path], keep_open: bool = False) -> None:
        """Open exports and folders of them as one log, in place of what is open or with it."""
        if not paths:
            return
        if not self.is_furnished:
            self._wanted = (list(paths), keep_open)
            return
        absolute = [Path(path).absolute() for path in paths]
        if len(absolute) == 1 and absolute[0].suffix == CASE_SUFFIX:
            self.session.review.open_case(absolute[0])
            return
        self.workspace.banner.hide()
        self.settings.last_folder = str(absolute[0] if absolute[0].is_dir() else absolute[0].parent)
        self.session.open_exports(absolute, keep_open=keep_open)

    def close_log(self) -> None:
        """Close all exports."""
        self.session.close_log()
        self.workspace.banner.hide()

    def clear_recent(self) -> None:
        """Forget which logs were opened."""
        self.settings.recent = []
        self.start_page.set_recent([])

    def workspace_banner(self, error: object, tone: Tone = Tone.FAILURE) -> None:
        """Say why something failed, where the log is, or where it would be."""
        banner = self.workspace.banner if not self.session.is_empty else self.start_page.banner
        banner.say(sentence_for(error), tone)

    def _on_table_changed(self) -> None:
        session = self.session
        is_open = not session.is_empty or session.is_reading
        self.pages.setCurrentWidget(self.workspace if is_open else self.start_page)
        if is_open:
            self._show_docks_next()
        else:
            self.docks.put_away()
        self._show_title()
        banner = self.workspace.banner
        if session.is_reading and session.table.is_preview:
            banner.say(f"Reading… the first {len(session.table):,} rows show meanwhile.")
        elif not session.is_reading and banner.tone is Tone.NOTE:
            banner.hide()

    def _show_docks_next(self) -> None:
        """Show the docks once the first rows are there: all of it in one turn, or beside the reader, would be felt."""
        QTimer.singleShot(0, self._show_docks)

    def _show_docks(self) -> None:
        if self.pages.currentWidget() is self.workspace and not self.session.is_previewing:
            self.docks.show()

    def _on_sources_changed(self, changed: Sequence[Source]) -> None:
        names = ", ".join(Path(source.path).name for source in changed)
        words = f"{names} no longer has the bytes that were read. Close the log and open it again."
        self.workspace.banner.say(fit_to_show(words), Tone.FAILURE)

    def _on_reading_finished(self) -> None:
        self.start_page.banner.hide()
        self.settings.add_recent([str(path) for path in self.session.paths])
        self.start_page.set_recent(self.settings.recent_logs())
        rejected = len(self.session.table.rejects)
        if rejected:
            records = "record" if rejected == 1 else "records"
            self.workspace.banner.say(
                f"{rejected:,} {records} could not be read. Sources says which, where and why.",
                Tone.WARNING,
                "Show sources",
            )

    # -- small things ------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Show the program in a theme, from now on."""
        self.settings.theme = str(theme)
        self.menus.show_theme(theme)
        self._apply_theme()

    def set_zone(self, name: str) -> None:
        """Show times in a zone, from now on."""
        zone = zone_of(name)
        self.settings.zone = name
        self.session.set_zone(zone)
        self.status.show_zone(zone_name(zone))

    def reset_layout(self) -> None:
        """Put every pane and column back where it was at first."""
        if self.is_furnished:
            self.workspace.events.layout_of_columns.reset()
            if self.pages.currentWidget() is self.workspace:
                self.docks.arrange()

    def raise_dock(self, name: str) -> None:
        """Bring a pane to the front."""
        self.docks.raise_dock(name)

    def other_keys(self) -> list[tuple[str, str]]:
        """Return the keys that are no commands of the table: (keys, what they do)."""
        panes = [(spec.keys, f"Show or hide {spec.title.lower()}") for spec in DOCKS]
        return [*panes, *TABLE_KEYS]

    def focus_search(self) -> None:
        """Go to the search box."""
        self.workspace.search_bar.focus()

    def show_source_record(self) -> None:
        """Show the current event's own bytes in its file."""
        self.raise_dock("inspector")
        pane = self.docks.by_name["inspector"].widget()
        pane.tabs.setCurrentWidget(pane.record)  # type: ignore[attr-defined]

    def refresh_look(self) -> None:
        """Take the colours of the theme, wherever they were drawn before."""
        self.actions_table.refresh_icons(only_toolbar=not self.is_furnished)
        self.start_page.refresh_look()
        if self.is_furnished:
            self.workspace.refresh_look()
            self.status.show_zone(zone_name(self.session.zone))

    def _apply_theme(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_theme(app, Theme(self.settings.theme) if self.settings.theme in tuple(Theme) else Theme.SYSTEM)
        self.refresh_look()

    def _on_scheme_changed(self) -> None:
        if self.settings.theme == Theme.SYSTEM:
            self._apply_theme()

    def _on_zone_requested(self, name: str) -> None:
        if name:
            self.set_zone(name)
        else:
            self.actions_table.run("choose_zone")

    def _show_available(self) -> None:
        self.actions_table.set_available(what_is_available(self))

    def _show_title(self) -> None:
        if not self.is_furnished or self.session.is_empty or not self.session.paths:
            self.setWindowTitle(TITLE)
            return
        names = [path.name for path in self.session.paths]
        others = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
        case = self.session.review.case
        kept = "" if case is None else f"{fit_to_show(case.path.name, 60)}: "
        self.setWindowTitle(f"{kept}{fit_to_show(names[0], 80)}{others} — {TITLE}")

    def _show_cell_menu(self, at: QPoint) -> None:
        from auditviewer.gui.log_commands import build_cell_menu

        self._cell_menu = build_cell_menu(self.actions_table, self)
        self._cell_menu.popup(at)

    def _show_columns_menu(self, at: QPoint) -> None:
        from auditviewer.gui.log_commands import build_columns_menu

        self._columns_menu = build_columns_menu(self)
        self._columns_menu.popup(at)

    # -- events ------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.start_page.drop_area.set_hot(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.start_page.drop_area.set_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.start_page.drop_area.set_hot(False)
        paths = dropped_paths(event)
        if paths:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            # With Ctrl, what is dropped is added to what is open.
            self.open_paths(paths, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.geometry = bytes(self.saveGeometry().data())
        if self.is_furnished:
            self.settings.state = self.docks.state
            self.workspace.events.layout_of_columns.save()
            self.session.stop()
            self.session.review.stop()
        self.settings.save()
        event.accept()


def preload_core(progress: Progress) -> None:
    """Import what is slow to import and needs no window."""
    # numpy.ma: numpy imports it at the first call that asks for it, which is in the middle of showing the first rows.
    for name in ("auditviewer.core.query", "auditviewer.core.reading.preview", "numpy.ma", "platformdirs"):
        progress.check()
        importlib.import_module(name)


def dropped_paths(event: QDropEvent) -> list[Path]:
    """Return the files and folders that are dropped."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile() and url.toLocalFile()]
