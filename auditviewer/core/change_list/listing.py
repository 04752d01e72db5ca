"""The changes of the events at some positions: each event the fast way, and the careful way where that is not sure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from auditviewer.core.change_list.fast import Changes, FastComparer, UnsureError
from auditviewer.core.change_list.source_change import NotComparedError, careful_changes
from auditviewer.core.collector import paused_collector
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
    for start in range(0, len(positions), EVENTS_AT_ONCE):
        progress.report("comparing states", start, len(positions), "events")
        with paused_collector(is_needed=True, spares_made=False):
            found = _changes_of(table, positions[start : start + EVENTS_AT_ONCE], comparer, progress)
        yield from found
    progress.report("comparing states", len(positions), len(positions), "events")


def _changes_of(
    table: EventTable, positions: Positions, comparer: FastComparer, progress: Progress
) -> list[EventChanges]:
    before, after = (_texts(table, positions, column) for column in _STATES)
    has_text = np.flatnonzero(np.diff(before.offsets) + np.diff(after.offsets))
    positions = positions[has_text]
    places = table.codes("TargetType").codes[positions].tolist()  # states of targets of one type are alike
    escaped = before.escaped | after.escaped
    found: list[EventChanges] = []
    compare, made = comparer.changes, tuple.__new__  # which makes an EventChanges in a third of the time
    texts = (_cut(side, has_text) for side in (before, after))
    for i, position, place, text, partner in zip(has_text.tolist(), positions.tolist(), places, *texts, strict=True):
        try:
            if i in escaped:
                raise UnsureError
            if text and partner:
                changes = compare(text, partner, place)
            else:
                changes = comparer.one_sided(text or partner, Kind.REMOVED if text else Kind.ADDED, place)
            if changes:
                found.append(made(EventChanges, (position, changes, "")))
        except UnsureError:
            with_care = _with_care(table, position, progress)
            if with_care.changes or with_care.problem:
                found.append(with_care)
    return found


def _with_care(table: EventTable, position: int, progress: Progress) -> EventChanges:
    original, updated = (table.text(position, column) for column in _STATES)
    try:
        return EventChanges(position, careful_changes(original, updated, progress))
    except NotComparedError as problem:
        return EventChanges(position, (), str(problem))


def _cut(texts: _Texts, some: Positions) -> Iterator[bytes]:
    """Return some of the texts, each by itself."""
    return map(texts.data.__getitem__, map(slice, texts.offsets[some].tolist(), texts.offsets[some + 1].tolist()))


class _Texts(NamedTuple):
    """The states of some events as UTF-8, one after the other."""

    data: bytes
    offsets: Positions
    escaped: frozenset[int]
    """Those that UTF-8 cannot hold, and that do not stand here as they are."""


def _texts(table: EventTable, positions: Positions, column: str) -> _Texts:
    chunks = table.take(positions, column).chunks
    texts = chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks or [pa.nulls(0, pa.large_string())])
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = texts.buffers()[2]
    whole = b"" if data is None else bytes(memoryview(data)[offsets[0] : offsets[-1]])
    kinds = table.take_kinds(positions, column)
    escaped = () if kinds is None else np.flatnonzero(kinds == CellKind.ESCAPED).tolist()
    return _Texts(whole, offsets - offsets[0], frozenset(escaped))
