"""The fast JSON reader: whole blocks of records as columns, believed record by record where every byte is vouched for.

A record counts only when

- the index of the bytes says where it starts and ends (`json_index`),
- all that stands between its values is, byte for byte, what stood in a record that the careful reader read
  (`json_layout`),
- each value is one string, number, word, object or array: strings without control characters and their escapes
  decoded strictly, the inside of objects and arrays sound throughout, and all of it UTF-8.

The first record of which that cannot be said ends the range; the careful reader looks at it. What is asked of a block
is done by compiled functions (`json_compiled`), or with arrays where there are none (`json_arrays`).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core import native
from auditviewer.core.reading.json_ahead import ReadAhead
from auditviewer.core.reading.json_arrays import ArrayBlock
from auditviewer.core.reading.json_columns import JsonColumns, Piece
from auditviewer.core.reading.json_compiled import CompiledBlock, Plan
from auditviewer.core.reading.json_index import Bytes, Ints
from auditviewer.core.reading.json_layout import Cells, Layout
from auditviewer.core.reading.json_record import BadRecord

BLOCK_BYTES = 16 << 20
"""Of a content that is sound so many bytes are read at once, which make a part of the log."""
_FIRST_BYTES = 256 << 10
"""So many after something odd: the rest of a block that is not believed is looked at in vain."""
_GROWTH = 4
_SLOWER = 4
"""Arrays look at all of a block before they find the first odd byte in it, so theirs are smaller."""
_VALUE_SEPARATOR = re.compile(rb"[ \t\r\n\x1e]*")
_ITEM_SEPARATOR = re.compile(rb"[ \t\r\n]*,[ \t\r\n]*")


@dataclass(frozen=True, eq=False)
class BlockRead:
    """The records of a block that are vouched for, and where they stand: (n,) offsets in it, and line feeds before."""

    cells: Cells
    starts: Ints
    ends: Ints
    lines: Ints
    n_whole: int
    """How many records are whole in the block, up to the first that is odd."""


class FastJson:
    """Reads ranges of records that stand one after the other.

    Parameters
    ----------
    columns
        Where the records go.
    """

    def __init__(self, data: Any, columns: JsonColumns) -> None:
        self._data = np.frombuffer(data, dtype=np.uint8)
        self._columns = columns
        self._layouts: dict[Layout, None] = {}
        self._plan = Plan()
        self._spare: list[Bytes] = []
        self._size = _FIRST_BYTES
        self._ahead: ReadAhead[BlockRead] = ReadAhead(data)

    def close(self) -> None:
        """Give up what is being read ahead."""
        self._ahead.close()

    def read(self, pos: int, record: int, line: int, is_array: bool) -> tuple[int, int, int]:
        """Read records from ``pos``, where one starts, into the columns.

        ``record`` and ``line`` are the numbers of the first. Returns how many there are, where the last one ends, and
        on which line.
        """
        stop, read = self._next_block(pos, is_array)
        n = self._know(read.cells.firsts, read.cells.n)
        if n < read.cells.n:
            read = self._read_block(pos, stop, is_array, most=n)
            n = read.cells.n
        if not n:
            return 0, pos, line
        starts, ends, lines = read.starts, read.ends, read.lines
        places = {
            "record": np.arange(record, record + n, dtype=np.int64),
            "line": lines + line,
            "offset": starts + pos,
            "length": ends - starts,
        }
        end = pos + int(ends[-1])
        if 1 < n == read.n_whole and native.is_there():
            between = self._data[pos + int(ends[0]) : pos + int(starts[1])].tobytes()
            first = min(read.cells.firsts, key=read.cells.firsts.__getitem__)
            start = end + len(between)
            self._ahead.go_on(self._read_block, start, between, first.gaps[0], BLOCK_BYTES, is_array)
        self._columns.add_piece(Piece(read.cells.texts, read.cells.kinds, places, int(ends[-1])))
        in_last = int(np.count_nonzero(self._data[pos + int(starts[-1]) : end] == 10))
        return n, end, line + int(lines[-1]) + in_last

    def _next_block(self, pos: int, is_array: bool) -> tuple[int, BlockRead]:
        """Return where the block at a place ends, and what was read of it."""
        if (ahead := self._ahead.take(pos, is_array)) is not None:
            return ahead
        most = BLOCK_BYTES if native.is_there() else BLOCK_BYTES // _SLOWER
        while True:
            size = min(self._size, most)
            stop = min(pos + size, self._ahead.next_start())
            read = self._read_block(pos, stop, is_array, can_learn=True)
            self._size = _FIRST_BYTES if read.cells.n < read.n_whole else _GROWTH * size
            if read.n_whole or (size == most and stop == pos + size) or stop == len(self._data):
                return stop, read
            if stop < pos + size:
                self._ahead.clear()  # it starts in the middle of this record

    def _read_block(
        self, pos: int, stop: int, is_array: bool, can_learn: bool = False, most: int | None = None
    ) -> BlockRead:
        """Read the records in a range of bytes, or so many of them."""
        data = self._data[pos:stop]
        block = (
            CompiledBlock(data, self._plan, can_learn, self._spare)
            if native.is_there()
            else ArrayBlock(data, self._layouts)
        )
        starts, ends = block.starts, block.ends
        n = _limit_by_text(data, ends, _followed(data, starts, ends, is_array))
        cells = block.read(n if most is None else min(n, most)) if n else Cells(0, {}, {}, {})
        if can_learn and isinstance(block, CompiledBlock):
            self._plan = block.plan
        n = cells.n
        return BlockRead(cells, starts[:n], ends[:n], block.lines[:n], len(starts))

    def _know(self, firsts: dict[Layout, int], n: int) -> int:
        """Take note of the columns of sound records; return how many of them a log can have the columns of."""
        for layout, first in sorted(firsts.items(), key=lambda item: item[1]):
            try:
                self._columns.know(layout.columns)
            except BadRecord:
                return first
        return n


def _followed(block: Bytes, starts: Ints, ends: Ints, is_array: bool) -> int:
    """Return how many records, from the first on, follow each other with nothing but a separator between them."""
    n = len(starts)
    if not n or starts[0]:
        return 0
    is_object = (block[starts] == 0x7B) & (block[ends - 1] == 0x7D)
    if n > 1:
        separator = block[int(ends[0]) : int(starts[1])].tobytes()
        if not (_ITEM_SEPARATOR if is_array else _VALUE_SEPARATOR).fullmatch(separator):
            n = 1
        elif separator:
            size = len(separator)
            views: Any = np.ndarray((len(block) - size + 1,), dtype=f"S{size}", buffer=block, strides=(1,))
            same = starts[1:] - ends[:-1] == size
            same[same] = views[ends[:-1][same]] == separator
            is_object[1:] &= same
        else:
            is_object[1:] &= starts[1:] == ends[:-1]
    return _prefix(is_object[:n])


def _limit_by_text(block: Bytes, ends: Ints, n: int) -> int:
    """Return how many of n records, from the first on, are UTF-8."""
    if not n or _is_utf8(block[: int(ends[n - 1])]):
        return n
    try:
        codecs.utf_8_decode(block[: int(ends[n - 1])].data, "strict", True)
    except UnicodeDecodeError as error:
        return int(np.searchsorted(ends[:n], error.start, side="right"))
    return 0


def _is_utf8(data: Bytes) -> bool:
    if native.is_there():
        return native.is_utf8(data)
    try:
        pa.LargeStringArray.from_buffers(1, pa.py_buffer(np.array([0, len(data)])), pa.py_buffer(data)).validate(
            full=True
        )
    except pa.ArrowInvalid:
        return False
    return True


def _prefix(is_good: npt.NDArray[np.bool_]) -> int:
    """Return how many are good from the first on."""
    return len(is_good) if is_good.all() else int(np.argmin(is_good))
