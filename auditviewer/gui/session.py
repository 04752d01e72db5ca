"""What is open and what is current; the one owner of change. Panes read it, ask it, and hear from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from auditviewer.core.progress import Progress
from auditviewer.core.query import EVERYTHING, Query, QueryResult, run_query
from auditviewer.core.query.history import History
from auditviewer.core.reading import read_exports, verify_sources
from auditviewer.core.schema import COLUMN_NAMES
from auditviewer.core.table import EventTable, Positions, Source
from auditviewer.gui.jobs import JobRunner
from auditviewer.gui.review_session import ReviewSession

NOTHING_OPEN = EventTable(parts=())


class Session(QObject):
    """The opened log, the current query and its result, the current and the selected events.

    Parameters
    ----------
    executor
        Where jobs run; a test passes one that runs at once.
    """

    table_changed = Signal()
    """Another log is open (`table`), a preview of it included; the result follows by `result_changed`."""
    query_changed = Signal()
    """`query` was set; its result follows by `result_changed`."""
    result_changed = Signal()
    """`result` holds what `query` keeps."""
    current_changed = Signal()
    """`current`, the position looked at (None: none), changed."""
    selection_changed = Signal()
    """`selected`, the highlighted positions in display order, changed."""
    zone_changed = Signal()
    """Times are to be shown in another zone."""
    reading_progressed = Signal(object)
    """A `Step` of the reading under way, in bytes."""
    reading_finished = Signal()
    reading_failed = Signal(object)
    """The exception that ended the reading; what was open before stays open."""
    query_failed = Signal(object)
    sources_changed = Signal(object)
    """The sources whose file no longer has the digest that it had when it was read, found out after opening."""
    is_reading_changed = Signal(bool)
    is_previewing_changed = Signal(bool)
    """Whether the first rows are being read."""

    def __init__(self, parent: QObject | None = None, executor: Executor | None = None) -> None:
        super().__init__(parent)
        self.table: EventTable = NOTHING_OPEN
        self.result: QueryResult = run_query(NOTHING_OPEN)
        self.query: Query = EVERYTHING
        self.current: int | None = None
        self.selected: Positions = np.empty(0, np.int64)
        self.zone: dt.tzinfo = dt.UTC
        self.paths: tuple[Path, ...] = ()
        self.uses_cache = True
        self.history = History(EVERYTHING)
        self._wanted_paths: tuple[Path, ...] = ()
        # Between "no longer reading" and the log the window would show its start page, and put the panes away.
        self._reading = JobRunner(self, executor, is_busy_until_taken=True)
        self._preview = JobRunner(self, executor)
        self._running = JobRunner(self, executor)
        self._verifying = JobRunner(self, executor)
        self._verifying.failed.connect(self.reading_failed)
        self._reading.progressed.connect(self.reading_progressed)
        self._reading.failed.connect(self._on_reading_failed)
        self._reading.busy_changed.connect(self.is_reading_changed)
        self._preview.busy_changed.connect(self.is_previewing_changed)
        self._reading.cancelled.connect(self._on_reading_cancelled)
        self._running.failed.connect(self.query_failed)
        self._table_before_preview: EventTable | None = None
        self.review = ReviewSession(self, executor)
        """The open case."""

    # -- the log -----------------------------------------------------------------------------------------

    @property
    def is_reading(self) -> bool:
        """Whether exports are being read."""
        return self._reading.is_busy

    @property
    def is_previewing(self) -> bool:
        """Whether the first rows are being read."""
        return self._preview.is_busy

    @property
    def is_empty(self) -> bool:
        """Whether no log is open."""
        return not self.table.sources and not self.table.is_preview

    def open_exports(self, paths: Sequence[Path], keep_open: bool = False) -> None:
        """Read exports into one log, in place of what is open or, with ``keep_open``, together with it."""
        wanted = (*self.paths, *paths) if keep_open else tuple(paths)
        self._wanted_paths = tuple(dict.fromkeys(wanted))
        to_read, uses_cache = self._wanted_paths, self.uses_cache
        if self._table_before_preview is None:
            self._table_before_preview = self.table
        self._preview.cancel()
        if self.is_empty:
            self._preview.start(lambda progress: _read_preview(to_read, uses_cache), self._on_preview_read)
        self._reading.start(lambda progress: _read_log(to_read, progress, uses_cache), self._on_log_read)

    def cancel_reading(self) -> None:
        """Stop reading; what was open before is open again."""
        self._reading.cancel()

    def close_log(self) -> None:
        """Close all exports; reading stops."""
        self._table_before_preview = None
        self._reading.cancel()
        self.paths = ()
        self._set_table(NOTHING_OPEN, EVERYTHING)

    def stop(self) -> None:
        """Stop all work; the program ends."""
        for job in (self._reading, self._preview, self._running):
            job.cancel()

    def set_table(self, table: EventTable) -> None:
        """Show a table; the query and its history start anew."""
        self._set_table(table, EVERYTHING)

    # -- the query ---------------------------------------------------------------------------------------

    def apply_query(self, query: Query) -> None:
        """Show what a query keeps; remembered, so that it can be undone."""
        if query == self.query:
            return
        self.history.push(query)
        self._set_query(query)

    def refresh_query(self, query: Query) -> None:
        """Show what a query keeps in place of the current one: the same question, of which the answer changed."""
        if query != self.query:
            self.history.replace(query)
            self._set_query(query)

    def undo_query(self) -> None:
        """Go back to the query before."""
        if self.history.can_undo:
            self._set_query(self.history.undo())

    def redo_query(self) -> None:
        """Go forward to the query that was undone."""
        if self.history.can_redo:
            self._set_query(self.history.redo())

    @property
    def is_querying(self) -> bool:
        """Whether a query is still being run."""
        return self._running.is_busy

    # -- what is looked at -------------------------------------------------------------------------------

    def set_current(self, position: int | None) -> None:
        """Look at one event, shown or not."""
        if position != self.current:
            self.current = position
            self.current_changed.emit()

    def set_selected(self, positions: Positions) -> None:
        """Highlight events; positions in display order."""
        self.selected = positions
        self.selection_changed.emit()

    def set_zone(self, zone: dt.tzinfo) -> None:
        """Show times in another zone; filters stay in UTC."""
        self.zone = zone
        self.zone_changed.emit()

    # -- inside ------------------------------------------------------------------------------------------

    def _on_preview_read(self, table: EventTable | None) -> None:
        if table is not None and self.is_reading:
            self._set_table(table, EVERYTHING)

    def _on_log_read(self, table: EventTable) -> None:
        self.paths = self._wanted_paths
        self._table_before_preview = None
        kept = self.query if self.table.is_preview or not self.is_empty else EVERYTHING
        self._set_table(table, kept)
        self.reading_finished.emit()
        self._verifying.start(lambda progress: verify_sources(table, progress), self._on_verified)

    def _on_verified(self, changed: list[Source]) -> None:
        if changed:
            self.sources_changed.emit(changed)

    def _on_reading_failed(self, error: Exception) -> None:
        self._restore_before_preview()
        self.reading_failed.emit(error)

    def _on_reading_cancelled(self) -> None:
        self._restore_before_preview()

    def _restore_before_preview(self) -> None:
        before, self._table_before_preview = self._table_before_preview, None
        if before is not None and self.table is not before:
            self._set_table(before, EVERYTHING)

    def _set_table(self, table: EventTable, query: Query) -> None:
        self.table = table
        self.current = None
        self.selected = np.empty(0, np.int64)
        self.query = query
        self.history = History(query)
        self.result = QueryResult(table, EVERYTHING, np.empty(0, np.int64))
        self.table_changed.emit()
        self.current_changed.emit()
        self.selection_changed.emit()
        self._set_query(query)

    def _set_query(self, query: Query) -> None:
        self.query = query
        self.query_changed.emit()
        table, known = self.table, self.result
        self._running.start(lambda progress: run_query(table, query, progress, known), self._on_result)

    def _on_result(self, result: QueryResult) -> None:
        self.result = result
        self.result_changed.emit()


def _read_preview(paths: Sequence[Path], uses_cache: bool) -> EventTable | None:
    """Return the first records, None where the whole log is there as soon."""
    from auditviewer.core.reading.kept import is_kept

    if uses_cache and is_kept(paths):
        return None
    from auditviewer.core.reading import read_preview  # and with it every reader, only now

    return read_preview(paths)


def _read_log(paths: Sequence[Path], progress: Progress, uses_cache: bool) -> EventTable:
    """Return the log with what the window itself asks of it, so that nobody waits for that; panes ask by jobs."""
    table = read_exports(paths, progress, uses_cache=uses_cache)
    for column in table.columns:
        if column not in COLUMN_NAMES:
            progress.check()
            _ = table.codes(column)  # tells whether it is a facet
    _ = table.instant_range, table.time_order
    return table
