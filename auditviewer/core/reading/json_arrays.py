"""Blocks of JSON records by numpy, pyarrow and the standard library, for where nothing is compiled.

All that stands between the values of a record is, byte for byte, what stood in one that the careful reader read; the
inside of objects and arrays is scanned by the standard library, and so are strings that hold escapes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from auditviewer.core.reading.json_index import QUOTE, Bytes, Ints, JsonIndex, index_records
from auditviewer.core.reading.json_layout import MAX_LAYOUTS, Cells, Layout, layout_of, match_layout
from auditviewer.core.reading.json_record import BadRecord, check_values, has_lone_surrogate
from auditviewer.core.table import CellKind

_WORDS = r"\A(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)\z"


@dataclass(eq=False)
class _Spans:
    """Where the values of one column stand in a block: (n,) starts and ends, -1 where a record has no such member."""

    starts: Ints
    ends: Ints


class ArrayBlock:
    """The whole records in a block of bytes that starts with one, up to the first that is odd.

    ``starts`` and ``ends`` (n,) are their places, ``lines`` says how many line feeds stand before each.

    ``layouts`` are those of the records met so far; new ones are added.
    """

    def __init__(self, block: Bytes, layouts: dict[Layout, None]) -> None:
        self._block, self._layouts = block, layouts
        self._index = index = index_records(block)
        self.starts, self.ends = index.tokens[index.opens], index.tokens[index.closes] + 1
        self.lines = np.searchsorted(np.flatnonzero(block == 10), self.starts)

    def read(self, n: int) -> Cells:
        """Return the cells of the first n records, which are UTF-8, or of fewer."""
        cells, firsts, n = self._cells(n)
        columns: dict[str, tuple[pa.Array, Bytes]] = {}
        while n:
            columns, sound = _build(self._block, self._index, cells, n)
            if sound == n:
                break
            n = sound
        texts = {name: text for name, (text, _) in columns.items()}
        kinds = {name: kind for name, (_, kind) in columns.items()}
        return Cells(n, texts, kinds, {layout: first for layout, first in firsts.items() if first < n})

    def _cells(self, n: int) -> tuple[dict[str, _Spans], dict[Layout, int], int]:
        """Return where the values of each column stand, and how many records from the first on are of a layout.

        Between them: the first record of each layout. Its columns count only once the inside of it is found sound.
        """
        block, index = self._block, self._index
        all_colons = np.flatnonzero(index.types == 0x3A)
        first = np.searchsorted(all_colons, index.opens[:n])
        counts = np.searchsorted(all_colons, index.closes[:n]) - first
        left = np.ones(n, dtype=np.bool_)
        cells: dict[str, _Spans] = {}
        firsts: dict[Layout, int] = {}
        for layout in list(self._layouts):
            if not left.any():
                break
            _fill(layout, block, index, all_colons, first, counts, left, cells, firsts)
        while left.any() and len(self._layouts) < MAX_LAYOUTS:
            new = int(np.argmax(left))
            try:
                found = layout_of(block, index, new)
                if found is None or found in self._layouts:
                    break
            except (BadRecord, UnicodeDecodeError):
                break
            self._layouts[found] = None
            _fill(found, block, index, all_colons, first, counts, left, cells, firsts)
            if left[new]:
                break
        return cells, firsts, int(np.argmax(left)) if left.any() else n


def _fill(
    layout: Layout, block: Bytes, index: JsonIndex, all_colons: Ints, first: Ints, counts: Ints,
    left: npt.NDArray[np.bool_], cells: dict[str, _Spans], firsts: dict[Layout, int],
) -> None:  # fmt: skip
    """Take the records of a layout from those that are left."""
    m = len(layout.columns)
    rows = np.flatnonzero(left & (counts == m))
    if not len(rows):
        return
    colons = all_colons[first[rows][:, None] + np.arange(m)]
    spans = match_layout(layout, block, index, rows, colons)
    sound = rows[spans.is_sound]
    left[sound] = False
    if len(sound):
        firsts[layout] = int(sound[0])
    for i, name in enumerate(layout.columns):
        column = cells.get(name)
        if column is None:
            column = cells[name] = _Spans(np.full(len(left), -1), np.full(len(left), -1))
        column.starts[sound] = spans.starts[spans.is_sound, i]
        column.ends[sound] = spans.ends[spans.is_sound, i]


def _build(
    block: Bytes, index: JsonIndex, cells: dict[str, _Spans], n: int
) -> tuple[dict[str, tuple[pa.Array, npt.NDArray[np.uint8]]], int]:
    """Return text and kinds of the columns of the first n records, and how many of them are sound inside."""
    built = {}
    sound = n
    nested: list[tuple[Ints, pa.Array]] = []
    for name, cell in cells.items():
        starts, ends = cell.starts[:n], cell.ends[:n]
        rows = np.flatnonzero(starts >= 0)
        if not len(rows):
            continue
        first = block[starts[rows]]
        is_string = first == QUOTE
        is_nested = (first == 0x7B) | (first == 0x5B)
        texts = _slices(block, starts[rows] + is_string, ends[rows] - is_string)
        kinds = np.where(is_string, CellKind.STRING, CellKind.JSON).astype(np.uint8)
        is_word = ~(is_string | is_nested)
        if is_word.any():
            words = texts.filter(pa.array(is_word))
            is_good = np.asarray(pc.match_substring_regex(words, _WORDS))
            if not is_good.all():
                sound = min(sound, int(rows[is_word][~is_good][0]))
            kinds[is_word & (first == ord("n"))] = CellKind.NULL
        if is_nested.any():
            nested.append((rows[is_nested], texts.filter(pa.array(is_nested))))
        texts, bad = _unescaped(texts, kinds, is_string, starts[rows], ends[rows], index.slashes)
        if bad is not None:
            sound = min(sound, int(rows[bad]))
        built[name] = _spread(texts, kinds, rows, n)
    return built, min(sound, _limit_by_nested(nested, n))


def _slices(block: Bytes, starts: Ints, ends: Ints) -> pa.Array:
    """Return pieces of the block, ascending and apart, as texts."""
    offsets = np.empty(2 * len(starts), dtype=np.int64)
    offsets[0::2], offsets[1::2] = starts, ends
    whole = pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(block))
    return whole.take(pa.array(np.arange(0, len(offsets) - 1, 2)))


def _unescaped(
    texts: pa.Array, kinds: npt.NDArray[np.uint8], is_string: npt.NDArray[np.bool_], starts: Ints, ends: Ints,
    slashes: Ints,
) -> tuple[pa.Array, int | None]:  # fmt: skip
    """Return the texts with the escapes in strings decoded, and the first text that cannot be."""
    if not len(slashes):
        return texts, None
    has_escape = is_string & (np.searchsorted(slashes, starts) < np.searchsorted(slashes, ends))
    if not has_escape.any():
        return texts, None
    rows = np.flatnonzero(has_escape)
    raw = texts.take(pa.array(rows)).to_pylist()
    joined = '["' + '","'.join(raw) + '"]'
    try:
        decoded = json.loads(joined)
    except ValueError:
        return texts, int(next(row for row, text in zip(rows, raw, strict=True) if not _is_string(text)))
    if len(decoded) != len(rows):
        return texts, int(rows[0])
    if "\\u" in joined:
        for i, text in enumerate(decoded):
            if has_lone_surrogate(text):
                decoded[i] = f'"{raw[i]}"'
                kinds[rows[i]] = CellKind.ESCAPED
    return pc.replace_with_mask(texts, pa.array(has_escape), pa.array(decoded, pa.large_string())), None


def _is_string(raw: str) -> bool:
    try:
        json.loads(f'"{raw}"')
    except ValueError:
        return False
    return True


def _limit_by_nested(nested: list[tuple[Ints, pa.Array]], n: int) -> int:
    """Return how many records, from the first on, have valid objects and arrays alone."""
    # Many states stand twice: as what an event left behind, and as what the next one found.
    texts = pc.unique(pa.chunked_array([array for _, array in nested], pa.large_string())).to_pylist()
    if not texts or _is_array(f"[{','.join(texts)}]", len(texts)):
        return n
    for rows, array in nested:
        for row, text in zip(rows.tolist(), array.to_pylist(), strict=True):
            if row < n and not _is_array(f"[{text}]", 1):
                n = row
                break
    return n


def _is_array(text: str, n_items: int) -> bool:
    try:
        return len(check_values(text)) == n_items
    except (ValueError, RecursionError):
        return False


def _spread(
    texts: pa.Array, kinds: npt.NDArray[np.uint8], rows: Ints, n: int
) -> tuple[pa.Array, npt.NDArray[np.uint8]]:
    """Return a column over all n records from the texts of some; those of null are missing."""
    is_null = kinds == CellKind.NULL
    if len(rows) == n and not is_null.any():
        return texts, kinds
    at = np.zeros(n, dtype=np.int64)
    at[rows] = np.arange(len(rows))
    spread = np.full(n, CellKind.ABSENT, dtype=np.uint8)
    spread[rows] = kinds
    is_missing = (spread == CellKind.ABSENT) | (spread == CellKind.NULL)
    return texts.take(pa.array(at, mask=is_missing)), spread
