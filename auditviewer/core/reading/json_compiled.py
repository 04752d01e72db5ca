"""Blocks of JSON records by the compiled functions: an index of brackets and quotes, and a strict parser of values.

The parser walks along the layouts of records that the careful reader read, and must end each where the index says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from auditviewer.core import native
from auditviewer.core.native.json_records import GAP, Gaps, ObjectColumns, index_objects
from auditviewer.core.native.texts import as_array, as_dictionary_array
from auditviewer.core.reading.json_index import DEPTH_MAX, Bytes, index_records
from auditviewer.core.reading.json_layout import MAX_LAYOUTS, Cells, Layout, layout_of
from auditviewer.core.reading.json_record import BadRecord
from auditviewer.core.reading.store import CODED
from auditviewer.core.table import CellKind

_MAX_CELLS = 4 << 20
"""No more cells than that are read at once."""
_ROOM_BYTES = 64 << 20
"""All columns of a block have room for about so much at first."""
_END = -1


@dataclass(eq=False)
class _Node:
    """A gap, the number of the column of the value after it, and the gaps that may follow the value."""

    column: int
    following: dict[bytes, _Node] = field(default_factory=dict)
    layout: Layout | None = None
    """Whose last gap it is."""


@dataclass(frozen=True, eq=False)
class Plan:
    """The layouts of the records met so far, and the texts between their values as a tree; it never changes."""

    layouts: tuple[Layout, ...] = ()
    columns: dict[str, int] = field(default_factory=dict)
    """The columns of all layouts, and their numbers."""
    gaps: Gaps = field(default_factory=lambda: Gaps(np.empty(0, np.uint8), np.empty(0, GAP)))
    ends: dict[int, Layout] = field(default_factory=dict)
    """The layouts, each by the number of the gap that ends it."""

    def with_layout(self, layout: Layout) -> Plan:
        """Return a plan that has one more layout; its new columns have the next numbers."""
        layouts = (*self.layouts, layout)
        columns = dict(self.columns)
        for name in layout.columns:
            columns.setdefault(name, len(columns))
        return Plan(layouts, columns, *_laid_out(_tree_of(layouts, columns)))


def _tree_of(layouts: tuple[Layout, ...], columns: dict[str, int]) -> dict[bytes, _Node]:
    root: dict[bytes, _Node] = {}
    for layout in layouts:
        following = root
        for gap, name in zip(layout.gaps, layout.columns, strict=False):
            following = following.setdefault(gap, _Node(columns[name])).following
        following[layout.gaps[-1]] = _Node(_END, layout=layout)
    return root


def _laid_out(root: dict[bytes, _Node]) -> tuple[Gaps, dict[int, Layout]]:
    """Return the gaps of a tree, those that may stand in one place after each other, and which of them end layouts."""
    texts = bytearray()
    rows: list[list[int]] = []
    ends = {}
    pending = [(root, _END)]
    for siblings, parent in pending:
        if siblings and parent >= 0:
            rows[parent][3] = len(rows)
        # Two may begin alike only where one has more white space at its end: it must be asked first.
        ordered = sorted(siblings.items(), key=lambda item: -len(item[0]))
        for left, (gap, node) in enumerate(ordered, 1 - len(ordered)):
            number = len(rows)
            rows.append([len(texts), len(gap), node.column, _END, number + 1 if left else _END])
            texts += gap
            if node.layout is not None:
                ends[number] = node.layout
            pending.append((node.following, number))
    return Gaps(np.frombuffer(bytes(texts), np.uint8), np.array([tuple(row) for row in rows], GAP)), ends


class CompiledBlock:
    """The whole records in a block of bytes that starts with one, up to the first that is odd.

    ``starts`` and ``ends`` (n,) are their places, ``lines`` says how many line feeds stand before each.
    ``plan`` is how they are read; when a layout was learnt, it is another one. Memory that is ``spare`` is used again.
    """

    def __init__(self, block: Bytes, plan: Plan, can_learn: bool = True, spare: list[Bytes] | None = None) -> None:
        self._block, self.plan, self._can_learn, self._spare = block, plan, can_learn, spare
        self._index = index_objects(block, DEPTH_MAX)
        self.starts, self.ends, self.lines = self._index.starts, self._index.ends, self._index.lines

    def read(self, n: int) -> Cells:
        """Return the cells of the first n records, which are UTF-8, or of fewer."""
        n = min(n, self._most())
        columns = ObjectColumns(n, self._spare)
        columns.add(len(self.plan.columns), self._room())
        firsts: dict[Layout, int] = {}
        while True:
            ends = columns.read(self._block, self._index, n, self.plan.gaps)
            for gap in np.flatnonzero(ends >= 0).tolist():
                firsts.setdefault(self.plan.ends[gap], int(ends[gap]))
            if columns.n_rows == n or not self._learn(columns.n_rows):
                break
            if n <= self._most():
                columns.add(len(self.plan.columns) - columns.n_columns, self._room())
            elif columns.n_rows:
                break
            else:
                return self.read(n)
        return self._cells(columns, firsts)

    def _most(self) -> int:
        """Return how many records are read at most."""
        return max(1, _MAX_CELLS // max(len(self.plan.columns), 1))

    def _room(self) -> int:
        """Return how many bytes a column has room for at first; what is not used of it takes no memory."""
        return min(len(self._block), _ROOM_BYTES // max(len(self.plan.columns), 1))

    def _learn(self, record: int) -> bool:
        """Learn the layout of a record; return whether it was unknown."""
        if not self._can_learn or len(self.plan.layouts) >= MAX_LAYOUTS:
            return False
        block = self._block[self.starts[record] : self.ends[record]]
        try:
            layout = layout_of(block, index_records(block), 0)
        except (BadRecord, UnicodeDecodeError):
            return False
        if layout is None or layout in self.plan.layouts:
            return False
        self.plan = self.plan.with_layout(layout)
        return True

    def _cells(self, columns: ObjectColumns, firsts: dict[Layout, int]) -> Cells:
        texts: dict[str, pa.Array] = {}
        kinds: dict[str, Bytes] = {}
        for name, i in islice(self.plan.columns.items(), columns.n_columns):
            of_rows, kind = columns.column(i)
            if (kind == CellKind.ABSENT).all():
                continue
            if name in CODED:
                texts[name] = _as_codes(of_rows, kind)
                columns.give_back(i)
            else:
                texts[name] = as_array(of_rows, is_null=_missing(kind))
            if kind.any():
                kinds[name] = kind
        return Cells(columns.n_rows, texts, kinds, firsts)


def _as_codes(texts: native.Texts, kinds: Bytes) -> pa.Array:
    """Return texts as an array over a dictionary, null where the kind is that of a missing cell."""
    offsets, data = texts
    is_missing = _missing(kinds)
    dictionary = native.Dictionary()
    if is_missing is None:
        return as_dictionary_array(dictionary.encode(texts), dictionary.texts())
    # Missing ones take no bytes: the others stand one after the other.
    there = np.append(offsets[:-1][~is_missing], offsets[-1])
    codes = np.zeros(len(kinds), dtype=np.int32)
    codes[~is_missing] = dictionary.encode((there, data))
    return as_dictionary_array(codes, dictionary.texts(), is_missing)


def _missing(kinds: Bytes) -> Any:
    """Return which cells are missing, (n,), None where none is."""
    is_missing = (kinds == CellKind.ABSENT) | (kinds == CellKind.NULL)
    return is_missing if is_missing.any() else None
