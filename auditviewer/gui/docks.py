"""The panes around the table of events, each in a dock of its own.

Built after the window was first painted: the plotting panes import pyqtgraph, which costs more than the window.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

if TYPE_CHECKING:
    from auditviewer.gui.session import Session

_A = Qt.DockWidgetArea
STATE_VERSION = 2
"""Counts up when docks change so that an older saved layout no longer fits."""


@dataclass(frozen=True)
class DockSpec:
    """A dock: its name in the saved layout, title, area, first size (width or height), and key."""

    name: str
    title: str
    area: Qt.DockWidgetArea
    size_px: int
    keys: str


DOCKS = (
    DockSpec("filters", "Filters", _A.LeftDockWidgetArea, 250, "Ctrl+1"),
    DockSpec("inspector", "Inspector", _A.RightDockWidgetArea, 400, "Ctrl+2"),
    DockSpec("timeline", "Timeline", _A.BottomDockWidgetArea, 290, "Ctrl+3"),
    DockSpec("workflows", "Workflows", _A.BottomDockWidgetArea, 290, "Ctrl+4"),
    DockSpec("review", "Review", _A.BottomDockWidgetArea, 290, "Ctrl+6"),
    DockSpec("sources", "Sources", _A.BottomDockWidgetArea, 290, "Ctrl+5"),
)


class Docks:
    """The docks of a window; put away while no log is open.

    Parameters
    ----------
    state
        How they were arranged when the program was last closed; empty at first.
    executor
        Where jobs of the panes run; a test passes one that runs at once.
    """

    def __init__(self, window: QMainWindow, session: Session, state: bytes, executor: Executor | None = None) -> None:
        self._window = window
        self._state: bytes | None = state
        """How they were arranged when they were put away; None while they show."""
        self._session = session
        self._executor = executor
        self._is_wanted = False
        self._is_built = False
        self.by_name: dict[str, QDockWidget] = {}

    def build(self) -> Iterator[None]:
        """Build the panes, one a step."""
        for spec in DOCKS:
            dock = QDockWidget(spec.title, self._window)
            dock.setObjectName(spec.name)
            dock.setWidget(_build_pane(spec.name, self._session, self._executor))
            dock.toggleViewAction().setShortcut(spec.keys)
            dock.toggleViewAction().setStatusTip(f"Show or hide {spec.title.lower()}")
            self._window.addDockWidget(spec.area, dock)
            dock.hide()
            self.by_name[spec.name] = dock
            yield
        self._is_built = True
        if self._is_wanted:
            self.show()

    @property
    def panes(self) -> list[QWidget]:
        """What is in the docks."""
        return [dock.widget() for dock in self.by_name.values()]

    def show(self) -> None:
        """Show the docks as they were; once they are built."""
        self._is_wanted = True
        if self._state is None or not self._is_built:
            return
        for pane in self.panes:
            pane.setUpdatesEnabled(False)
        state, self._state = self._state, None
        if not state or not self._window.restoreState(state, STATE_VERSION):
            self.arrange()
        self._paint_next(self.panes)

    def _paint_next(self, panes: list[QWidget]) -> None:
        """Paint what is in the docks, one a turn of the event loop: all five at once would be felt."""
        if panes:
            panes[0].setUpdatesEnabled(True)
            QTimer.singleShot(0, lambda: self._paint_next(panes[1:]))

    def put_away(self) -> None:
        """Hide the docks, and remember how they were."""
        self._is_wanted = False
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
        if self._state is None and name in self.by_name:
            dock = self.by_name[name]
            dock.show()
            dock.raise_()
            dock.widget().setFocus(Qt.FocusReason.OtherFocusReason)

    def arrange(self) -> None:
        """Put the docks where they are at first, in their first sizes."""
        window = self._window
        for spec in self._built:
            dock = self.by_name[spec.name]
            dock.setFloating(False)
            window.addDockWidget(spec.area, dock)
            dock.show()
        bottom = [self.by_name[spec.name] for spec in self._built if spec.area is _A.BottomDockWidgetArea]
        for left, right in pairwise(bottom):
            window.tabifyDockWidget(left, right)
        if bottom:
            bottom[0].raise_()
        for spec in self._built:
            is_below = spec.area is _A.BottomDockWidgetArea
            way = Qt.Orientation.Vertical if is_below else Qt.Orientation.Horizontal
            window.resizeDocks([self.by_name[spec.name]], [spec.size_px], way)

    @property
    def _built(self) -> list[DockSpec]:
        return [spec for spec in DOCKS if spec.name in self.by_name]


def _build_pane(name: str, session: Session, executor: Executor | None) -> QWidget:
    if name == "filters":
        from auditviewer.gui.filters import FilterPane

        return FilterPane(session, executor=executor)
    if name == "inspector":
        from auditviewer.gui.inspector import InspectorPane

        return InspectorPane(session, executor=executor)
    if name == "timeline":
        from auditviewer.gui.timeline import TimelinePane

        return TimelinePane(session, executor=executor)
    if name == "workflows":
        from auditviewer.gui.workflows import WorkflowsPane

        return WorkflowsPane(session, executor=executor)
    if name == "review":
        from auditviewer.gui.review.pane import ReviewPane

        return ReviewPane(session)
    from auditviewer.gui.sources import SourcesPane

    return SourcesPane(session, executor=executor)
