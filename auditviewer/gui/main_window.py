"""The window: its menus, tool bar and status bar, what is in the middle, and what stays so between starts.

It is built in two steps, so that it is there at once: the shell (menus, start page or first rows) before the first
paint; the session, the table and the docks, with the libraries that they need, right after it (`furnish`). It knows
no command; `program` binds them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QMenu, QStackedWidget, QWidget

from auditviewer.gui import furnishing
from auditviewer.gui.actions import Actions
from auditviewer.gui.dropping import DropWindow
from auditviewer.gui.jobs import JobRunner
from auditviewer.gui.look import Theme, apply_theme
from auditviewer.gui.menus import WindowMenus
from auditviewer.gui.settings import Settings
from auditviewer.gui.status_bar import StatusBar
from auditviewer.gui.title import title_of
from auditviewer.gui.turns import Turns
from auditviewer.gui.workspace import Workspace
from auditviewer.gui.zones import zone_name, zone_of

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from auditviewer.core.reading.first_rows import FirstRows
    from auditviewer.gui.docks import Docks
    from auditviewer.gui.session import Session
    from auditviewer.gui.start_page import StartPage

TITLE = "Audit Viewer"
UNSEEN_MS = 1000
"""When to go on without a first paint: the window may have been started minimised."""
CASE_SUFFIX = ".avcase"
"""As `core.case` has it; named here, since that is imported after the first paint."""


class MainWindow(DropWindow):
    """The program's one window.

    Parameters
    ----------
    executor
        Where jobs run; a test passes one that runs at once.
    """

    session_made = Signal()
    """Session and workspace are there; the panes follow."""
    review_wanted = Signal()
    """What carries out a review is to be bound: with the first case, or after what is seen first."""
    pane_built = Signal(object)
    """A pane is there."""

    session: Session
    docks: Docks
    case_news: object
    tag_keys: object

    def __init__(self, settings: Settings, executor: Executor | None = None, uses_cache: bool = True) -> None:
        super().__init__()
        self.settings = settings
        self._uses_cache = uses_cache
        self.executor = executor
        self.is_furnished = False
        """Whether session and workspace are there; the panes follow."""
        self.is_painted = self._is_hurried = False
        self._building = Turns(self._furnish(), self)
        self._preloading = JobRunner(self, executor)
        self._preloading.failed.connect(lambda _error: self._building.start())  # which says what is wrong
        self.background = JobRunner(self, executor)
        """Runs what commands do beside the log."""
        self.reviewing = JobRunner(self, executor)
        """Writes and checks packages."""
        self._wanted: tuple[list[Path], bool] | None = None
        self.actions_table = Actions(self)
        self.status = StatusBar(self)
        self.setStatusBar(self.status)
        self.workspace = Workspace(settings)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.workspace)
        self.setCentralWidget(self.pages)
        self.held.connect(lambda is_held: self.start_page.drop_area.set_hot(is_held))
        self.dropped.connect(self.open_paths)
        self.setDockNestingEnabled(True)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.menus = WindowMenus(self, self.actions_table)
        self.menus.theme_chosen.connect(self.set_theme)
        self.status.zone_requested.connect(self._on_zone_requested)
        QApplication.styleHints().colorSchemeChanged.connect(lambda _scheme: self._on_scheme_changed())
        self.actions_table["keep_copies"].setChecked(uses_cache and settings.uses_cache)
        self.menus.show_theme(settings.theme)
        self.actions_table.show_first_icons()
        self.status.show_zone(zone_name(zone_of(settings.zone)), is_first=True)
        self.resize(1280, 800)
        if settings.geometry:
            self.restoreGeometry(settings.geometry)
        self._show_title()

    # -- building ----------------------------------------------------------------------------------------

    @cached_property
    def start_page(self) -> StartPage:
        """What stands in the middle when no log is open."""
        from auditviewer.gui.start_page import StartPage

        page = StartPage()
        page.open_requested.connect(lambda: self.actions_table.run("open_exports"))
        page.folder_requested.connect(lambda: self.actions_table.run("open_folder"))
        page.sample_requested.connect(lambda: self.actions_table.run("open_sample"))
        page.recent_requested.connect(lambda paths: self.open_paths([Path(p) for p in paths]))
        page.set_recent(self.settings.recent_logs())
        page.refresh_look()
        self.pages.addWidget(page)
        return page

    def setVisible(self, is_visible: bool) -> None:
        if is_visible and not self.is_furnished:
            if self.workspace.first_rows is None:
                self.pages.setCurrentWidget(self.start_page)
            QTimer.singleShot(UNSEEN_MS, self, self._preload)
        super().setVisible(is_visible)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.is_painted:
            self.is_painted = True
            # The window answers while what the core needs is imported beside it, once there is something to see.
            QTimer.singleShot(0, self, self._preload)

    def furnish(self) -> None:
        """Build all that is not yet built, now."""
        self._is_hurried = True
        self._building.finish()

    def _preload(self) -> None:
        if not self.is_furnished and not self._preloading.is_busy:
            self._preloading.start(furnishing.prepare_core, lambda _nothing: self._building.start())

    def _furnish(self) -> Iterator[int]:
        """Build the session and the table, then each pane; the event loop runs in between."""
        yield from furnishing.import_each(furnishing.SHELL)
        from auditviewer.gui.docks import Docks
        from auditviewer.gui.session import Session

        self.session = Session(self, self.executor)
        self.session.uses_cache = self._uses_cache and self.settings.uses_cache
        self.docks = Docks(self, self.session, self.settings.state, self.executor, self._on_pane_built)
        self.workspace.watch(self.session, self.executor)
        self.is_furnished = True
        self._connect_session()
        self.set_zone(self.settings.zone)
        self._show_available()
        if self._wanted is not None:
            self._open(*self._wanted)
        yield 0
        self.session_made.emit()
        self.menus.add_panes([dock.toggleViewAction() for dock in self.docks.by_name.values()])
        yield 0
        then = self.review_wanted.emit
        yield from furnishing.build_panes(self.session, self.docks, self._preloading, lambda: self._is_hurried, then)
        yield from furnishing.draw_the_rest(self.actions_table)
        furnishing.collect_garbage_again()

    def _on_pane_built(self, pane: QWidget) -> None:
        self.pane_built.emit(pane)
        if isinstance(said := getattr(pane, "message", None), SignalInstance):
            said.connect(self.status.say)

    def _connect_session(self) -> None:
        from auditviewer.gui.reading_news import ReadingNews

        session, events = self.session, self.workspace.events
        news = ReadingNews(session, self.workspace.banner, lambda: self.start_page)
        news.opened.connect(self._on_opened)
        self.status.watch(session)
        self.status.cancel_requested.connect(session.cancel_reading)
        self.status.notices_requested.connect(lambda: self.raise_dock("sources"))
        for signal in (
            session.table_changed, session.query_changed, session.result_changed, session.current_changed,
            session.selection_changed, session.is_reading_changed, session.review.changed, events.found,
        ):  # fmt: skip
            signal.connect(lambda *_: self._show_available())
        session.table_changed.connect(self._on_table_changed)
        session.is_reading_changed.connect(lambda _is_reading: self._on_table_changed())
        session.is_previewing_changed.connect(lambda _is_previewing: self._show_docks_next())
        events.message.connect(self.status.say)
        session.review.changed.connect(self._show_title)
        session.review.said.connect(self.status.say)
        events.inspect_requested.connect(lambda: self.raise_dock("inspector"))
        self.workspace.banner.action_requested.connect(lambda: self.raise_dock("sources"))

    # -- what is open ------------------------------------------------------------------------------------

    def show_first_rows(self, rows: FirstRows) -> None:
        """Show the first rows of an export until there is a log; before the window is furnished."""
        self.workspace.show_first_rows(rows, zone_of(self.settings.zone))
        self.pages.setCurrentWidget(self.workspace)

    def open_paths(self, paths: Sequence[Path], keep_open: bool = False) -> None:
        """Open exports and folders of them as one log, in place of what is open or with it."""
        if not paths:
            return
        if self.workspace.first_rows is not None:  # those of something else
            self.workspace.put_first_rows_away()
            self.pages.setCurrentWidget(self.start_page)
        self._wanted = (list(paths), keep_open)
        if self.is_furnished:
            self._open(*self._wanted)

    def _open(self, paths: Sequence[Path], keep_open: bool) -> None:
        absolute = [Path(path).absolute() for path in paths]
        if len(absolute) == 1 and absolute[0].suffix == CASE_SUFFIX:
            self.review_wanted.emit()
            return self.session.review.open_case(absolute[0])
        if self.workspace.first_rows is None:
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
        if "start_page" in vars(self):
            self.start_page.set_recent([])

    def _on_table_changed(self) -> None:
        session = self.session
        is_open = not session.is_empty or session.is_reading
        self.pages.setCurrentWidget(self.workspace if is_open else self.start_page)
        if is_open:
            self._show_docks_next()
        else:
            self.docks.put_away()
        self._show_title()

    def _on_opened(self) -> None:
        self.settings.add_recent([str(path) for path in self.session.paths])
        if "start_page" in vars(self):
            self.start_page.banner.hide()
            self.start_page.set_recent(self.settings.recent_logs())

    def _show_docks_next(self) -> None:
        """Show the docks once the first rows are there: all of it in one turn, or beside the reader, would be felt."""
        QTimer.singleShot(0, self, self._show_docks)

    def _show_docks(self) -> None:
        if self.pages.currentWidget() is self.workspace and not self.session.is_previewing:
            self.docks.show()

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
        if self.is_furnished:
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

    def focus_search(self) -> None:
        """Go to the search box."""
        self.workspace.search_bar.focus()

    def show_source_record(self) -> None:
        """Show the current event's own bytes in its file."""
        self.raise_dock("inspector")
        pane = self.docks.pane("inspector")
        pane.tabs.setCurrentWidget(pane.record)  # type: ignore[attr-defined]

    def pop_up(self, menu: QMenu, at: QPoint) -> None:
        """Open a menu at a place on the screen, and keep it as long as it is open."""
        self._menu = menu
        menu.popup(at)

    def refresh_look(self) -> None:
        """Take the colours of the theme, wherever they were drawn before."""
        self.actions_table.refresh_icons()
        self.workspace.refresh_look()
        if "start_page" in vars(self):
            self.start_page.refresh_look()
        if self.is_furnished:
            self.set_zone(self.settings.zone)

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
        from auditviewer.gui.availability import what_is_met

        self.actions_table.set_available(what_is_met(self.session, self.workspace.events))

    def _show_title(self) -> None:
        title = title_of(self.session) if self.is_furnished else ""
        self.setWindowTitle(f"{title} — {TITLE}" if title else TITLE)

    # -- events ------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.geometry = bytes(self.saveGeometry().data())
        if self.is_furnished:
            self.settings.state = self.docks.state
            self.workspace.events.layout_of_columns.save()
            self.session.stop()
            self.session.review.stop()
        self.settings.save()
        event.accept()
