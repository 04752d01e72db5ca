"""The changes of the events at some positions: each event the fast way, and the careful way where that is not sure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from auditviewer.core.change_list.fast import Changes, FastComparer, UnsureError
from auditviewer.core.change_list.source_change import NotComparedError, careful_changes
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.state_diff import Kind
from auditviewer.core.table import CellKind, EventTable, Positions

EVENTS_AT_ONCE = 8192
_STATES = ("OriginalState", "UpdatedState")


class EventChanges(NamedTuple):
    """The changes of one event, in the order of `auditviewer.core.state_diff.changes`."""

    position: int
    changes: Changes
    problem: str = ""
    """Why the states could not be compared, in sentences; then there are no changes."""


def list_changes(table: EventTable, positions: Positions, progress: Progress = SILENT) -> Iterator[EventChanges]:
    """Yield the events that have a change, or states that cannot be compared, in the order of the positions.

    What came or went as a whole is told member by member. It is what `careful_changes` says of each event.

    Raises
    ------
    Cancelled
        The user asked to stop.
    """
    comparer = FastComparer()
    places = table.codes("TargetType").codes  # states of targets of one type are alike
    for start in range(0, len(positions), EVENTS_AT_ONCE):
        progress.report("comparing states", start, len(positions), "events")
        some = positions[start : start + EVENTS_AT_ONCE]
        before, after = (_texts(table, some, column) for column in _STATES)
        for i in np.flatnonzero(before.lengths + after.lengths).tolist():
            found = _compare(comparer, before.text(i), after.text(i), int(places[some[i]]))
            if found is None:
                yield _with_care(table, int(some[i]))
            elif found:
                yield EventChanges(int(some[i]), found)
    progress.report("comparing states", len(positions), len(positions), "events")


def _compare(comparer: FastComparer, before: bytes | None, after: bytes | None, place: int) -> Changes | None:
    """Return the changes, None where only the careful way can tell; a text is None when it is no UTF-8."""
    try:
        if before is None or after is None:
            return None
        if before and after:
            return comparer.changes(before, after, place)
        return comparer.one_sided(before or after, Kind.REMOVED if before else Kind.ADDED, place)
    except UnsureError:
        return None


def _with_care(table: EventTable, position: int) -> EventChanges:
    try:
        return EventChanges(position, careful_changes(*(table.text(position, column) for column in _STATES)))
    except NotComparedError as problem:
        return EventChanges(position, (), str(problem))


class _Texts(NamedTuple):
    """The states of some events as UTF-8, one after the other."""

    data: bytes
    offsets: list[int]
    lengths: np.ndarray[tuple[int], np.dtype[np.int64]]
    escaped: frozenset[int]

    def text(self, i: int) -> bytes | None:
        """Return one text, empty where there is none, None where UTF-8 cannot hold it."""
        return None if i in self.escaped else self.data[self.offsets[i] : self.offsets[i + 1]]


def _texts(table: EventTable, positions: Positions, column: str) -> _Texts:
    chunks = table.take(positions, column).chunks
    texts = chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks or [pa.nulls(0, pa.large_string())])
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = texts.buffers()[2]
    whole = b"" if data is None else bytes(memoryview(data)[offsets[0] : offsets[-1]])
    kinds = table.take_kinds(positions, column)
    escaped = () if kinds is None else np.flatnonzero(kinds == CellKind.ESCAPED).tolist()
    return _Texts(whole, (offsets - offsets[0]).tolist(), np.diff(offsets), frozenset(escaped))
