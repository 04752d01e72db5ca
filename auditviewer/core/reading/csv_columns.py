"""Records of CSV to columns: gathers them, under whatever header they stood, in parts of a bounded size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core.reading.store import StoreWriter
from auditviewer.core.table import CellKind

PLACES = ("record", "line", "offset", "length")
_ROWS_A_PART = 65_536
_BYTES_A_PART = 64 << 20
_CELLS_A_PART = 4 << 20
"""A cell takes some 60 bytes until it is written, however short its text is."""

Place = tuple[int, int, int, int]
"""A record's number, line, offset and length."""


class CsvColumns:
    """Takes records in their order and writes them to a store; a part may hold records of several headers.

    A cell of a column that a record's own header lacks is absent.
    """

    def __init__(self, store: StoreWriter) -> None:
        self._store = store
        self._closed: list[tuple[tuple[str, ...], list[list[str]]]] = []
        self._columns: tuple[str, ...] = ()
        self._of_part: dict[str, None] = {}
        self._rows: list[list[str]] = []
        self._places: list[Place] = []
        self._bytes = 0
        self.names: dict[str, None] = {}
        """The columns of all headers, in order."""

    def follow(self, columns: tuple[str, ...]) -> None:
        """Take the records that come next under these columns."""
        if self._rows:
            self._closed.append((self._columns, self._rows))
            self._rows = []
        self._columns = columns
        self._of_part |= dict.fromkeys(columns)
        self.names |= dict.fromkeys(columns)

    def add(self, rows: Sequence[list[str]], places: Sequence[Place]) -> None:
        """Add records that have a field for each column."""
        self._rows += rows
        self._places += places
        self._bytes += sum(place[3] for place in places)
        n = len(self._places)
        if n >= _ROWS_A_PART or self._bytes >= _BYTES_A_PART or n * len(self._of_part) >= _CELLS_A_PART:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered as one part."""
        if self._rows:
            self._closed.append((self._columns, self._rows))
        if self._closed:
            numbers = np.array(self._places, dtype=np.int64)
            texts, kinds = _columns_of(self._closed)
            self._store.add(texts, kinds, {name: numbers[:, i].copy() for i, name in enumerate(PLACES)})
        self._closed, self._rows, self._places, self._bytes = [], [], [], 0
        self._of_part = dict.fromkeys(self._columns)


def _columns_of(
    pieces: list[tuple[tuple[str, ...], list[list[str]]]],
) -> tuple[dict[str, pa.Array], dict[str, npt.NDArray[np.uint8]]]:
    """Return texts and kinds of the columns of records under several headers; no kinds where no cell is absent."""
    values: dict[str, list[Any]] = {}
    done = 0
    for columns, rows in pieces:
        for name, cells in zip(columns, zip(*rows, strict=True), strict=True):
            column = values.setdefault(name, [])
            if len(column) < done:
                column += [None] * (done - len(column))
            column += cells
        done += len(rows)
    texts: dict[str, pa.Array] = {}
    kinds: dict[str, npt.NDArray[np.uint8]] = {}
    for name, column in values.items():
        column += [None] * (done - len(column))
        texts[name] = pa.array(column, pa.large_string())
        if texts[name].null_count:
            is_absent = texts[name].is_null().to_numpy(zero_copy_only=False)
            kinds[name] = np.where(is_absent, CellKind.ABSENT, CellKind.STRING).astype(np.uint8)
    return texts, kinds
