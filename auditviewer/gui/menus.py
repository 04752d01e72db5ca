"""The menu bar and the tool bar, made from the table of commands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar

from auditviewer.gui.actions import Actions, Menu
from auditviewer.gui.icons import TOOLBAR_ICON_PX
from auditviewer.gui.look import THEME_LABELS, Theme


class WindowMenus(QObject):
    """Puts the commands into a window's menus and tool bar."""

    theme_chosen = Signal(object)
    """A `Theme`."""

    def __init__(self, window: QMainWindow, actions: Actions) -> None:
        super().__init__(window)
        self._actions = actions
        self.by_name = {which: self._build_menu(window, which) for which in Menu}
        self.recent = QMenu("Open &recent", window)
        self.toolbar = self._build_toolbar(window)
        files = self.by_name[Menu.FILE]
        files.insertMenu(actions["export_events"], self.recent)
        files.insertSeparator(actions["export_events"])
        self.themes = self._build_theme_menu(window)

    def add_panes(self, toggles: Sequence[QAction]) -> None:
        """Put the switches of the panes at the top of the View menu."""
        view = self.by_name[Menu.VIEW]
        before = view.actions()[0]
        view.insertActions(before, list(toggles))
        view.insertSeparator(before)

    def show_theme(self, theme: str) -> None:
        """Check the theme that is in use."""
        for action in self.themes.actions():
            action.setChecked(action.data() == theme)

    def _build_menu(self, window: QMainWindow, which: Menu) -> QMenu:
        menu, group = window.menuBar().addMenu(which.value), 0
        for spec in self._actions.specs:
            if spec.menu is not which:
                continue
            if spec.group != group:
                menu.addSeparator()
                group = spec.group
            menu.addAction(self._actions[spec.id])
        return menu

    def _build_theme_menu(self, window: QMainWindow) -> QMenu:
        menu = QMenu("T&heme", window)
        group = QActionGroup(menu)
        for theme, words in THEME_LABELS.items():
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setData(str(theme))
            action.triggered.connect(lambda _checked=False, chosen=theme: self.theme_chosen.emit(Theme(chosen)))
            group.addAction(action)
        view = self.by_name[Menu.VIEW]
        view.insertMenu(self._actions["reset_layout"], menu)
        view.insertSeparator(self._actions["reset_layout"])
        return menu

    def _build_toolbar(self, window: QMainWindow) -> QToolBar:
        bar = QToolBar("Tool bar", window)
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setIconSize(QSize(TOOLBAR_ICON_PX, TOOLBAR_ICON_PX))
        bar.toggleViewAction().setEnabled(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        menu = None
        for spec in self._actions.specs:
            if spec.in_toolbar:
                if menu not in (None, spec.menu):
                    bar.addSeparator()
                menu = spec.menu
                bar.addAction(self._actions[spec.id])
        window.addToolBar(bar)
        return bar
