"""The middle of the window when a log is open: search, chips, banner and the table of events."""

from __future__ import annotations

from concurrent.futures import Executor

from PySide6.QtWidgets import QVBoxLayout, QWidget

from auditviewer.gui.banner import Banner
from auditviewer.gui.events.pane import EventsPane
from auditviewer.gui.filters import ChipBar, SearchBar
from auditviewer.gui.look import GAP_PX
from auditviewer.gui.session import Session
from auditviewer.gui.settings import Settings


class Workspace(QWidget):
    """Search bar, chip bar, banner, events."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        parent: QWidget | None = None,
        executor: Executor | None = None,
    ) -> None:
        super().__init__(parent)
        self.events = EventsPane(session, settings, executor=executor)
        self.banner = Banner()
        self.search_bar, self.chip_bar = SearchBar(session), ChipBar(session)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(GAP_PX, 6, GAP_PX, 6)
        top.setSpacing(4)
        top.addWidget(self.search_bar)
        top.addWidget(self.chip_bar)
        layout.addLayout(top)
        layout.addWidget(self.banner)
        layout.addWidget(self.events, 1)

    def refresh_look(self) -> None:
        """Take the colours of the theme."""
        self.banner.refresh_look()
        self.events.find_bar.refresh_icons()
        self.search_bar.refresh_icons()
        self.chip_bar.refresh_look()
