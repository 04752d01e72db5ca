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
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core import native
from auditviewer.core.reading.json_arrays import ArrayBlock
from auditviewer.core.reading.json_columns import JsonColumns, Piece
from auditviewer.core.reading.json_compiled import CompiledBlock, LayoutTree
from auditviewer.core.reading.json_index import Bytes, Ints
from auditviewer.core.reading.json_layout import Know, Layout
from auditviewer.core.reading.json_record import BadRecord

BLOCK_BYTES = 4 << 20
_VALUE_SEPARATOR = re.compile(rb"[ \t\r\n\x1e]*")
_ITEM_SEPARATOR = re.compile(rb"[ \t\r\n]*,[ \t\r\n]*")


class Block(Protocol):
    """The whole records in a block of bytes that starts with one, up to the first that is odd: (n,) places.

    ``lines`` says how many line feeds stand before each.
    """

    starts: Ints
    ends: Ints
    lines: Ints

    def read(self, n: int, know: Know) -> tuple[dict[str, pa.Array], dict[str, Bytes], int]:
        """Return the texts and kinds of the first n records, which are UTF-8, or of fewer, and of how many."""


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
        self._tree = LayoutTree()

    def read(self, pos: int, record: int, line: int, is_array: bool) -> tuple[int, int, int]:
        """Read records from ``pos``, where one starts, into the columns.

        ``record`` and ``line`` are the numbers of the first. Returns how many there are, where the last one ends, and
        on which line.
        """
        data = self._data[pos : pos + BLOCK_BYTES]
        block = self._block(data)
        n = _limit_by_text(data, block.ends, _followed(data, block.starts, block.ends, is_array))
        if not n:
            return 0, pos, line
        texts, kinds, n = block.read(n, self._know)
        if not n:
            return 0, pos, line
        starts, ends, lines = block.starts[:n], block.ends[:n], block.lines[:n]
        places = {
            "record": np.arange(record, record + n, dtype=np.int64),
            "line": lines + line,
            "offset": starts + pos,
            "length": ends - starts,
        }
        end = int(ends[-1])
        self._columns.add_piece(Piece(texts, kinds, places, end))
        in_last = int(np.count_nonzero(data[int(starts[-1]) : end] == 10))
        return n, pos + end, line + int(lines[-1]) + in_last

    def _block(self, data: Bytes) -> Block:
        return CompiledBlock(data, self._tree) if native.is_there() else ArrayBlock(data, self._layouts)

    def _know(self, firsts: dict[Layout, int], n: int) -> int:
        """Take note of the columns of sound records; return how many of them a log can have the columns of."""
        for layout, first in sorted(firsts.items(), key=lambda item: item[1]):
            if first < n:
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
