"""The middle of the window when a log is open: search, chips, banner and the table of events.

The search and the banner are there before the first paint, with the first rows of a plain export between them; chips
and the table follow with the session.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from auditviewer.gui.banner import Banner
from auditviewer.gui.filters.search_bar import SearchBar
from auditviewer.gui.look import GAP_PX
from auditviewer.gui.settings import Settings

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from auditviewer.core.reading.first_rows import FirstRows
    from auditviewer.gui.events.first_rows import FirstRowsView
    from auditviewer.gui.events.pane import EventsPane
    from auditviewer.gui.filters.chip_bar import ChipBar
    from auditviewer.gui.session import Session


class Workspace(QWidget):
    """Search bar, chip bar, banner, events."""

    events: EventsPane
    chip_bar: ChipBar

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._session: Session | None = None
        self.first_rows: FirstRowsView | None = None
        """What shows until there is a log, where something can be shown so soon."""
        self.search_bar, self.banner = SearchBar(), Banner()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._top = QVBoxLayout()
        self._top.setContentsMargins(GAP_PX, 6, GAP_PX, 6)
        self._top.setSpacing(4)
        self._top.addWidget(self.search_bar)
        self._layout.addLayout(self._top)
        self._layout.addWidget(self.banner)

    def watch(self, session: Session, executor: Executor | None = None) -> None:
        """Show the session's log, from now on."""
        from auditviewer.gui.events.pane import EventsPane
        from auditviewer.gui.filters.chip_bar import ChipBar

        self._session = session
        self.events = EventsPane(session, self._settings, executor=executor)
        self.chip_bar = ChipBar(session)
        self.search_bar.watch(session)
        self._top.addWidget(self.chip_bar)
        self.events.setVisible(self.first_rows is None)
        self._layout.addWidget(self.events, 1)
        session.result_changed.connect(self._on_result_changed)
        session.is_reading_changed.connect(self._on_reading_changed)

    def show_first_rows(self, rows: FirstRows, zone: dt.tzinfo) -> None:
        """Show the first rows of an export that is about to be read, and say that they are no more than that."""
        from auditviewer.gui.events.first_rows import FirstRowsView

        self.first_rows = FirstRowsView(rows, self._settings, zone)
        self._layout.addWidget(self.first_rows, 1)
        self.banner.say(words_of_preview(len(rows.rows)))

    def refresh_look(self) -> None:
        """Take the colours of the theme."""
        self.banner.refresh_look()
        self.search_bar.refresh_icons()
        if self._session is not None:
            self.events.find_bar.refresh_icons()
            self.chip_bar.refresh_look()

    def _on_result_changed(self) -> None:
        if self._session is not None and not self._session.is_empty:
            self.put_first_rows_away()

    def _on_reading_changed(self, is_reading: bool) -> None:
        """Reading ended with nothing to show: it failed, or was cancelled."""
        if not is_reading and self._session is not None and self._session.is_empty:
            self.put_first_rows_away()

    def put_first_rows_away(self) -> None:
        """Take the first rows away; the table, where there is one, comes in their place, scrolled as they were."""
        first, self.first_rows = self.first_rows, None
        if first is None:
            return
        self._layout.removeWidget(first)
        first.hide()
        if self._session is None:
            self.banner.hide()
        else:
            self._show_table(first)
        first.deleteLater()

    def _show_table(self, first: FirstRowsView) -> None:
        view = self.events.view
        self.events.show()
        self._layout.activate()
        view.verticalScrollBar().setValue(first.verticalScrollBar().value())
        view.horizontalScrollBar().setValue(first.horizontalScrollBar().value())
        if first.hasFocus():
            view.setFocus()


def words_of_preview(n_rows: int) -> str:
    """Return what the banner says while first rows stand for a log that is still being read."""
    return f"Reading… the first {n_rows:,} rows show meanwhile."
