"""The parts of a table one after the other: from positions to rows and parts, and whole columns over all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core.codes import NO_VALUES, Codes, encode_array, unify
from auditviewer.core.table.part import CellKind, Part, Positions

Kinds = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each event of a table is stored; ``rows`` is the row number of each position, None for all in turn."""

    parts: tuple[Part, ...]
    rows: Positions | None
    _kept_kinds: dict[str, Kinds | None] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.n_rows if self.rows is None else len(self.rows)

    @cached_property
    def starts(self) -> Positions:
        """The first row number of each part, and the number of all rows at the end."""
        sizes = [part.data.num_rows for part in self.parts]
        return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    @property
    def n_rows(self) -> int:
        """How many rows the parts have, the collapsed ones included."""
        return int(self.starts[-1])

    # -- from positions to parts ---------------------------------------------------------------------------

    def locate_row(self, row: int) -> tuple[Part, int]:
        """Return the part that holds a row number, and the row in it."""
        index = int(np.searchsorted(self.starts, row, side="right")) - 1 if len(self.parts) > 1 else 0
        return self.parts[index], row - int(self.starts[index])

    def row(self, position: int) -> int:
        """Return the row number of a position."""
        if not 0 <= position < len(self):
            raise IndexError(position)
        return position if self.rows is None else int(self.rows[position])

    def rows_of(self, positions: Positions) -> Positions:
        """Return the row numbers of some positions."""
        return positions if self.rows is None else self.rows[positions]

    def locate_all(self, positions: Positions) -> list[tuple[Part, pa.Array, Positions]]:
        """Return (part, rows in it, their places among the positions) for the parts that hold some."""
        if len(positions) and not 0 <= int(positions.min()) <= int(positions.max()) < len(self):
            raise IndexError(positions)
        rows = self.rows_of(positions)
        owners = np.searchsorted(self.starts, rows, side="right") - 1
        found = []
        # Neither `np.unique` nor `pa.array`, which import numpy.ma only to ask: 25 ms before the first page.
        for index in np.flatnonzero(np.bincount(owners)).tolist():
            places = np.flatnonzero(owners == index)
            own = rows[places] - self.starts[index]
            found.append((self.parts[index], _int64_array(own), places))
        return found

    # -- whole columns -------------------------------------------------------------------------------------

    def chunks(self, name: str) -> list[tuple[int, pa.Array | None]]:
        """Return (first row number, array) per part, None where the part lacks the column."""
        return [(int(start), part.arrays.get(name)) for start, part in zip(self.starts, self.parts, strict=False)]

    def select(self, per_row: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return values for each row number as values for each position."""
        return per_row if self.rows is None else per_row[self.rows]

    def numbers(self, name: str) -> npt.NDArray[np.int64]:
        """Return a column of numbers for each row number; of parts that share one memory without a copy."""
        arrays = [part.arrays[name] for part in self.parts if part.data.num_rows]
        if not arrays:
            return np.empty(0, np.int64)
        whole = _as_one(arrays)
        numbers: npt.NDArray[np.int64] = (
            np.concatenate([array.to_numpy() for array in arrays]) if whole is None else whole.to_numpy()
        )
        return numbers

    def codes(self, column: str) -> Codes:
        """Return a text column as codes for each position."""
        per_part = [
            encode_array(array) if array is not None else (np.zeros(part.data.num_rows, np.uint8), NO_VALUES)
            for (_, array), part in zip(self.chunks(f"c:{column}"), self.parts, strict=True)
            if part.data.num_rows
        ]
        codes, dictionary = per_part[0] if len(per_part) == 1 else unify(per_part)
        return Codes(self.select(codes), dictionary)

    def kinds(self, column: str) -> Kinds | None:
        """Return the `CellKind` of each row number; None when every cell of every part is a STRING."""
        if column not in self._kept_kinds:
            self._kept_kinds[column] = self._build_kinds(column)
        return self._kept_kinds[column]

    def _build_kinds(self, column: str) -> Kinds | None:
        pieces = []
        for part in self.parts:
            stored = part.arrays.get(f"k:{column}")
            if stored is not None:
                pieces.append(stored.to_numpy())
            else:
                kind = CellKind.STRING if f"c:{column}" in part.arrays else CellKind.ABSENT
                pieces.append(np.full(part.data.num_rows, kind, dtype=np.uint8))
        kinds = np.concatenate(pieces) if pieces else np.empty(0, np.uint8)
        return kinds if kinds.any() else None

    def chunked(self, name: str) -> pa.ChunkedArray:
        """Return a text column over all rows, as it is stored where every part stores it alike."""
        arrays = [part.arrays.get(name) for part in self.parts]
        types = {array.type for array in arrays if array is not None}
        if len(types) == 1 and None not in arrays:
            return pa.chunked_array(arrays, types.pop())
        as_text = [
            pa.nulls(part.data.num_rows, pa.large_string()) if array is None else array.cast(pa.large_string())
            for array, part in zip(arrays, self.parts, strict=True)
        ]
        return pa.chunked_array(as_text, pa.large_string())

    def take_rows(self, name: str, rows: Positions) -> pa.ChunkedArray:
        """Return a plain text column at the rows: part by part where they ascend, which spares a copy of the whole."""
        owners = np.searchsorted(self.starts, rows, side="right") - 1
        if (np.diff(owners) < 0).any():
            order = np.argsort(owners, kind="stable")
            back = np.empty(len(order), dtype=np.int64)
            back[order] = np.arange(len(order))
            return pa.chunked_array([pa.concat_arrays(self.take_rows(name, rows[order]).chunks).take(pa.array(back))])
        pieces = []
        for index in np.flatnonzero(np.bincount(owners)).tolist():
            low, high = np.searchsorted(owners, [index, index + 1])
            array = self.parts[index].arrays.get(name)
            own = rows[low:high] - self.starts[index]
            if array is None:
                pieces.append(pa.nulls(len(own), pa.large_string()))
            elif int(own[-1]) - int(own[0]) == len(own) - 1 and (np.diff(own) == 1).all():
                pieces.append(array.slice(int(own[0]), len(own)))
            else:
                pieces.append(array.take(pa.array(own)))
        return pa.chunked_array(pieces, pa.large_string())


def _as_one(arrays: list[pa.Array]) -> pa.Array | None:
    """Return arrays of numbers that are slices of one, each where the one before ends, as one; None if they are not."""
    first, data = arrays[0], arrays[0].buffers()[1]
    end = first.offset
    for array in arrays:
        is_next = array.offset == end and array.buffers()[1].address == data.address
        if not is_next or array.type != first.type or array.null_count:
            return None
        end += len(array)
    return pa.Array.from_buffers(first.type, end - first.offset, [None, data], offset=first.offset)


def _int64_array(numbers: Positions) -> pa.Array:
    """Return an array of integers, whole in memory, as an Arrow array over the same memory."""
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])
