"""Records to positions and back, for all of a table at once: a look-up in an array each, kept with the table."""

from __future__ import annotations

import threading
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from auditviewer.core.table import EventTable, Positions

Records = npt.NDArray[np.int64]
"""Record numbers of one source, ascending, none twice."""


class RecordIndex:
    """Where each event of a table stands, and which event stands at a record."""

    def __init__(self, table: EventTable) -> None:
        sources, records = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for part in table.parts:
            own = np.asarray(part.sources, dtype=np.int64)
            if part.data.num_rows:
                sources.append(own[part.arrays["p:source"].to_numpy()])
                records.append(part.arrays["p:record"].to_numpy().astype(np.int64, copy=False))
        self._sources, self._records = np.concatenate(sources), np.concatenate(records)
        self._rows, self._collapsed = table.rows, table.collapsed
        self._n_sources = len(table.sources)

    @cached_property
    def of_positions(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Index of the source, and record number, of each position."""
        if self._rows is None:
            return self._sources, self._records
        return self._sources[self._rows], self._records[self._rows]

    @cached_property
    def _positions(self) -> list[npt.NDArray[np.int64]]:
        """By source: the position of each record number, -1 for none; of a collapsed record, the event shown for it."""
        of_row = np.arange(len(self._records), dtype=np.int64)
        if self._rows is not None:
            of_row[:] = -1
            of_row[self._rows] = np.arange(len(self._rows))
            of_row[self._collapsed.rows] = self._collapsed.positions
        found = []
        for number in range(self._n_sources):
            rows = np.flatnonzero(self._sources == number) if self._n_sources > 1 else slice(None)
            own = self._records[rows]
            at = np.full(int(own.max(initial=0)) + 1, -1, dtype=np.int64)
            at[own] = of_row[rows]
            found.append(at)
        return found

    def positions_of(self, source: int, records: Records) -> Positions:
        """Return the position of each record of a source, -1 where there is none."""
        at = self._positions[source]
        is_there = (records >= 0) & (records < len(at))
        if is_there.all():
            return at[records]
        found = np.full(len(records), -1, dtype=np.int64)
        found[is_there] = at[records[is_there]]
        return found


_kept: WeakKeyDictionary[EventTable, RecordIndex] = WeakKeyDictionary()
_lock = threading.Lock()


def index_of(table: EventTable) -> RecordIndex:
    """Return the index of a table, made when it is first asked for."""
    with _lock:
        found = _kept.get(table)
        if found is None:
            found = _kept[table] = RecordIndex(table)
        return found


def ascending(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the distinct values in order. `numpy.unique` takes many times as long, and lets nothing else run."""
    if len(values) < 2:
        return values
    ordered = np.sort(values)
    is_new = np.ones(len(ordered), dtype=np.bool_)
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_new]


def are_among(values: npt.NDArray[np.int64], others: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return (n,) booleans, true for the values that are among the others, which ascend."""
    if not len(others):
        return np.zeros(len(values), dtype=np.bool_)
    at = np.searchsorted(others, values)
    is_it: npt.NDArray[np.bool_] = others[np.minimum(at, len(others) - 1)] == values
    return is_it
