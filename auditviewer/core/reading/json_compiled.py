"""Blocks of JSON records by the compiled functions: an index of brackets and quotes, and a strict parser of values.

The parser walks along the layouts of records that the careful reader read, and must end each where the index says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from auditviewer.core import native
from auditviewer.core.native.json_records import GAP, Gaps, ObjectColumns, index_objects
from auditviewer.core.native.texts import as_array, as_dictionary_array
from auditviewer.core.reading.json_index import DEPTH_MAX, Bytes, index_records
from auditviewer.core.reading.json_layout import MAX_LAYOUTS, Know, Layout, layout_of
from auditviewer.core.reading.json_record import BadRecord
from auditviewer.core.reading.store import CODED
from auditviewer.core.table import CellKind

_MAX_CELLS = 4 << 20
"""No more cells than that are read at once."""
_END = -1


@dataclass(eq=False)
class _Node:
    """A gap, the number of the column of the value after it, and the gaps that may follow the value."""

    column: int
    following: dict[bytes, _Node] = field(default_factory=dict)
    layout: Layout | None = None
    """Whose last gap it is."""


class LayoutTree:
    """The layouts of the records met so far, and the texts between their values as a tree."""

    def __init__(self) -> None:
        self.layouts: set[Layout] = set()
        self.columns: dict[str, int] = {}
        """The columns of all layouts, and their numbers."""
        self.rooms: list[int] = []
        """The most bytes that a block held of each column."""
        self.gaps = Gaps(np.empty(0, np.uint8), np.empty(0, GAP))
        self.ends: dict[int, Layout] = {}
        """The layouts, each by the number of the gap that ends it."""
        self._root: dict[bytes, _Node] = {}

    def add(self, layout: Layout) -> None:
        """Add a layout that is not among them."""
        self.layouts.add(layout)
        following = self._root
        for gap, name in zip(layout.gaps, layout.columns, strict=False):
            number = self.columns.setdefault(name, len(self.columns))
            following = following.setdefault(gap, _Node(number)).following
        following[layout.gaps[-1]] = _Node(_END, layout=layout)
        self.rooms += [0] * (len(self.columns) - len(self.rooms))
        self._lay_out()

    def _lay_out(self) -> None:
        """Number the gaps; those that may stand in one place follow each other."""
        texts = bytearray()
        rows: list[list[int]] = []
        self.ends = {}
        pending = [(self._root, -1)]
        for siblings, parent in pending:
            if siblings and parent >= 0:
                rows[parent][3] = len(rows)
            # Two may begin alike only where one has more white space at its end: it must be asked first.
            for left, (gap, node) in enumerate(
                sorted(siblings.items(), key=lambda item: -len(item[0])), -len(siblings)
            ):
                number = len(rows)
                rows.append([len(texts), len(gap), node.column, -1, number + 1 if left < -1 else -1])
                texts += gap
                if node.layout is not None:
                    self.ends[number] = node.layout
                pending.append((node.following, number))
        self.gaps = Gaps(np.frombuffer(bytes(texts), np.uint8), np.array([tuple(row) for row in rows], GAP))


class CompiledBlock:
    """A block of bytes that starts with a record, and the whole records in it; see `json_fast.Block`."""

    def __init__(self, block: Bytes, tree: LayoutTree) -> None:
        self._block, self._tree = block, tree
        self._index = index_objects(block, DEPTH_MAX)
        self.starts, self.ends, self.lines = self._index.starts, self._index.ends, self._index.lines

    def read(self, n: int, know: Know) -> tuple[dict[str, pa.Array], dict[str, Bytes], int]:
        """Return the texts and kinds of the first n records, which are UTF-8, or of fewer, and of how many."""
        tree = self._tree
        n = min(n, max(1, _MAX_CELLS // max(len(tree.columns), 1)))
        columns = ObjectColumns(n, tree.rooms)
        firsts: dict[Layout, int] = {}
        while True:
            ends = columns.read(self._block, self._index, n, tree.gaps)
            for gap in np.flatnonzero(ends >= 0).tolist():
                firsts.setdefault(tree.ends[gap], int(ends[gap]))
            if columns.n_rows == n or not self._learn(columns.n_rows):
                break
            columns.add(tree.rooms[columns.n_columns :])
        n = know(firsts, columns.n_rows)
        texts: dict[str, pa.Array] = {}
        kinds: dict[str, Bytes] = {}
        for name, i in tree.columns.items():
            (offsets, data), kind = columns.column(i, n)
            tree.rooms[i] = max(tree.rooms[i], len(data) + len(data) // 4)
            if kind.any():
                kinds[name] = kind
            texts[name] = _as_codes((offsets, data), kind) if name in CODED else _as_texts((offsets, data), kind)
            if name in kinds and (kind == CellKind.ABSENT).all():
                del texts[name], kinds[name]
        return texts, kinds, n

    def _learn(self, record: int) -> bool:
        """Learn the layout of a record; return whether it was unknown."""
        tree = self._tree
        if len(tree.layouts) >= MAX_LAYOUTS:
            return False
        block = self._block[self.starts[record] : self.ends[record]]
        try:
            layout = layout_of(block, index_records(block), 0)
        except (BadRecord, UnicodeDecodeError):
            return False
        if layout is None or layout in tree.layouts:
            return False
        tree.add(layout)
        return True


def _as_texts(texts: native.Texts, kinds: Bytes) -> pa.Array:
    """Return texts as an array, null where the kind is that of a missing cell."""
    return as_array(texts, is_null=_missing(kinds))


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
