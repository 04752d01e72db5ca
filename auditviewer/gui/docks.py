"""The panes around the table of events, each in a dock of its own.

The docks are there, empty, as soon as there is a session; what is in them is built one a turn of the event loop, what
is seen first. The plotting panes import pyqtgraph, which costs more than the window.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from auditviewer.gui.session import Session

_A = Qt.DockWidgetArea
STATE_VERSION = 2
"""Counts up when docks change so that an older saved layout no longer fits."""


@dataclass(frozen=True)
class DockSpec:
    """A dock: its name in the saved layout, title, area, first size (width or height), key, and the pane in it.

    ``has_jobs`` says that the pane runs jobs, and takes where.
    """

    name: str
    title: str
    area: Qt.DockWidgetArea
    size_px: int
    keys: str
    pane: str
    has_jobs: bool = True

    @property
    def module(self) -> str:
        """The module of the pane."""
        return f"auditviewer.gui.{self.name}.pane"


DOCKS = (
    DockSpec("filters", "Filters", _A.LeftDockWidgetArea, 250, "Ctrl+1", "FilterPane"),
    DockSpec("inspector", "Inspector", _A.RightDockWidgetArea, 400, "Ctrl+2", "InspectorPane"),
    DockSpec("timeline", "Timeline", _A.BottomDockWidgetArea, 290, "Ctrl+3", "TimelinePane"),
    DockSpec("workflows", "Workflows", _A.BottomDockWidgetArea, 290, "Ctrl+4", "WorkflowsPane"),
    DockSpec("review", "Review", _A.BottomDockWidgetArea, 290, "Ctrl+6", "ReviewPane", has_jobs=False),
    DockSpec("sources", "Sources", _A.BottomDockWidgetArea, 290, "Ctrl+5", "SourcesPane"),
)


class Docks:
    """The docks of a window; put away while no log is open.

    Parameters
    ----------
    state
        How they were arranged when the program was last closed; empty at first.
    executor
        Where jobs of the panes run; a test passes one that runs at once.
    on_built
        Called with each pane once it is built.
    """

    def __init__(
        self,
        window: QMainWindow,
        session: Session,
        state: bytes,
        executor: Executor | None = None,
        on_built: Callable[[QWidget], None] = lambda _pane: None,
    ) -> None:
        self._window = window
        self._state: bytes | None = state
        """How they were arranged when they were put away; None while they show."""
        self._session = session
        self._executor = executor
        self._on_built = on_built
        self._built: dict[str, QWidget] = {}
        self.by_name = {spec.name: self._make_dock(spec) for spec in DOCKS}

    @property
    def modules(self) -> dict[str, str]:
        """The module of each pane, by the name of its dock."""
        return {spec.name: spec.module for spec in DOCKS}

    def build(self, name: str) -> Iterator[None]:
        """Build a pane, if it was not yet, and put it into its dock: two steps."""
        if name not in self._built:
            spec = next(spec for spec in DOCKS if spec.name == name)
            kind = getattr(importlib.import_module(spec.module), spec.pane)
            jobs = {"executor": self._executor} if spec.has_jobs else {}
            self._built[name] = kind(self._session, **jobs)
            self._on_built(self._built[name])
            yield
        if self.by_name[name].widget() is None:
            self.by_name[name].setWidget(self._built[name])

    def pane(self, name: str) -> QWidget:
        """Return a pane, built now if it was not yet."""
        for _ in self.build(name):
            pass
        return self._built[name]

    @property
    def panes(self) -> list[QWidget]:
        """What is in the docks, as far as it is built."""
        return list(self._built.values())

    def show(self) -> None:
        """Show the docks as they were."""
        if self._state is None:
            return
        state, self._state = self._state, None
        if not state or not self._window.restoreState(state, STATE_VERSION):
            self.arrange()

    def put_away(self) -> None:
        """Hide the docks, and remember how they were."""
        if self._state is None:
            self._state = self.state
            for dock in self.by_name.values():
                dock.hide()

    @property
    def state(self) -> bytes:
        """How the docks are arranged, to be kept."""
        return bytes(self._window.saveState(STATE_VERSION).data()) if self._state is None else self._state

    def raise_dock(self, name: str) -> None:
        """Bring a dock to the front and give it the keyboard."""
        if self._state is None:
            dock = self.by_name[name]
            dock.show()
            dock.raise_()
            self.pane(name).setFocus(Qt.FocusReason.OtherFocusReason)

    def arrange(self) -> None:
        """Put the docks where they are at first, in their first sizes."""
        window = self._window
        for spec in DOCKS:
            dock = self.by_name[spec.name]
            dock.setFloating(False)
            window.addDockWidget(spec.area, dock)
            dock.show()
        bottom = [self.by_name[spec.name] for spec in DOCKS if spec.area is _A.BottomDockWidgetArea]
        for left, right in pairwise(bottom):
            window.tabifyDockWidget(left, right)
        bottom[0].raise_()
        for spec in DOCKS:
            is_below = spec.area is _A.BottomDockWidgetArea
            way = Qt.Orientation.Vertical if is_below else Qt.Orientation.Horizontal
            window.resizeDocks([self.by_name[spec.name]], [spec.size_px], way)

    def _make_dock(self, spec: DockSpec) -> QDockWidget:
        dock = QDockWidget(spec.title, self._window)
        dock.setObjectName(spec.name)
        dock.toggleViewAction().setShortcut(spec.keys)
        dock.toggleViewAction().setStatusTip(f"Show or hide {spec.title.lower()}")
        self._window.addDockWidget(spec.area, dock)
        dock.hide()
        return dock
