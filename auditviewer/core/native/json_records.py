"""The compiled reading of JSON records: their index, and their values as columns."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auditviewer.core.native import Texts, built

GAP = np.dtype([("text", "<i8"), ("length", "<i4"), ("column", "<i4"), ("first", "<i4"), ("next", "<i4")], align=True)
"""A text before a value or after the last, as `native.h` has it."""
_FEW_BYTES_A_RECORD = 256
_LEAST_ROOM = 1 << 12
_MOST_SPARE = 4 << 20
_ABSENT = 3
"""The kind of a cell that the record lacks, as in `json_records.c`."""

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


class _Column(ctypes.Structure):
    _fields_ = (
        ("bytes", ctypes.c_void_p),
        ("offsets", ctypes.c_void_p),
        ("kinds", ctypes.c_void_p),
        ("room", ctypes.c_int64),
        ("n_bytes", ctypes.c_int64),
        ("n_rows", ctypes.c_int64),
    )


@dataclass(frozen=True, eq=False)
class ObjectIndex:
    """Where records start and end, and how many line feeds stand before each; all (n,)."""

    starts: Ints
    ends: Ints
    lines: Ints


def index_objects(data: Bytes, deepest: int) -> ObjectIndex:
    """Return the index of (n,) bytes that start with a record, up to the first that is not whole or odd.

    See `auditviewer.core.reading.json_index`; ``deepest`` is how many brackets may stand in one another.
    """
    n = room = len(data) // _FEW_BYTES_A_RECORD + 1
    while True:
        starts, ends, lines = (np.empty(room, np.int64) for _ in range(3))
        pointers = [array.ctypes.data for array in (starts, ends, lines)]
        n = built().index_objects(data.ctypes.data, len(data), deepest, *pointers, room)
        if n <= room:
            return ObjectIndex(starts[:n], ends[:n], lines[:n])
        room = n


@dataclass(frozen=True, eq=False)
class Gaps:
    """The texts that may stand between the values of records: a tree, in which each follows a value.

    ``texts`` are their bytes, ``gaps`` (g,) of the type `GAP`: the first is one of those that a record may start with.
    """

    texts: Bytes
    gaps: npt.NDArray[np.void]


class ObjectColumns:
    """Columns for the values of so many records at most, one row each.

    Memory is taken from what is ``spare`` before new memory is asked for, which would have to be cleared first.
    """

    def __init__(self, n_records: int, spare: list[Bytes] | None = None) -> None:
        self._n_records = n_records
        self._spare = [] if spare is None else spare
        self._bytes: list[Bytes] = []
        self._offsets: list[Ints] = []
        self._kinds: list[Bytes] = []
        self._columns = (_Column * 0)()
        self.n_rows = 0
        """How many records were read."""

    @property
    def n_columns(self) -> int:
        """How many columns there are."""
        return len(self._columns)

    def add(self, n: int, room: int) -> None:
        """Add columns, which the records read so far have no member of; they grow where they need more bytes."""
        told = (_Column * (len(self._columns) + n))(*self._columns)
        for i in range(len(self._columns), len(told)):
            self._bytes.append(self._memory(room))
            self._offsets.append(np.empty(self._n_records + 1, dtype=np.int64))
            self._offsets[i][0] = 0
            self._kinds.append(np.full(self._n_records, _ABSENT, dtype=np.uint8))
            pointers = [array.ctypes.data for array in (self._bytes[i], self._offsets[i], self._kinds[i])]
            told[i] = _Column(*pointers, len(self._bytes[i]), 0, 0)
        self._columns = told

    def read(self, data: Bytes, index: ObjectIndex, n: int, gaps: Gaps) -> Ints:
        """Read records up to ``n``, those already read aside, until one is not as the gaps have it, or not valid.

        The data must be UTF-8 up to the end of them, and the gaps be followed by values of the columns there are.
        Returns (g,) the first of the records read that ends with each gap, -1 where none does.
        """
        firsts = np.full(len(gaps.gaps), -1, dtype=np.int64)
        facts = np.zeros(2, dtype=np.int64)
        n = min(n, self._n_records)
        while len(firsts) and self.n_rows < n:
            self.n_rows = built().read_objects(
                data.ctypes.data, len(data), index.starts.ctypes.data, index.ends.ctypes.data, self.n_rows, n,
                gaps.texts.ctypes.data, gaps.gaps.ctypes.data, self._columns, len(self._columns),
                firsts.ctypes.data, facts.ctypes.data,
            )  # fmt: skip
            if not facts[1]:
                break
            self._grow(int(facts[0]), int(facts[1]))
        return firsts

    def column(self, i: int) -> tuple[Texts, Bytes]:
        """Return the texts of a column, and how each stood in its record."""
        offsets = self._offsets[i][: self.n_rows + 1]
        return (offsets, self._bytes[i][: offsets[-1]]), self._kinds[i][: self.n_rows]

    def give_back(self, i: int) -> None:
        """Let others have the memory of a column's texts, which are not good any more."""
        if len(self._bytes[i]) <= _MOST_SPARE:
            self._spare.append(self._bytes[i])

    def _memory(self, room: int) -> Bytes:
        try:
            return self._spare.pop()
        except IndexError:
            return np.empty(max(room, _LEAST_ROOM), dtype=np.uint8)

    def _grow(self, i: int, wanted: int) -> None:
        fresh = np.empty(max(wanted, 2 * len(self._bytes[i])), dtype=np.uint8)
        used = self._columns[i].n_bytes
        fresh[:used] = self._bytes[i][:used]
        self._bytes[i] = fresh
        self._columns[i].bytes, self._columns[i].room = fresh.ctypes.data, len(fresh)
