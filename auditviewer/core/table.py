"""EventTable: what was read, never changed; only this file knows how cells are stored.

Storage. A *part* is what one reading process wrote: an Arrow table over memory-mapped IPC, one row per event
that it read. Its columns are named by role so that no column of an export can collide with ours:

- ``c:NAME``  the text of column NAME, ``large_string``, or ``dictionary<uint8|uint16|int32, large_string>``
  whose dictionary entry 0 is null: code 0 means "missing" (absent or null). Indices are never null. A plain
  ``large_string`` column has an Arrow null where the cell is missing.
- ``k:NAME``  `CellKind` as uint8, only where not every cell of the column is a STRING.
- ``p:record`` ``p:line`` ``p:offset`` ``p:length``  int64: record number (from 1), line (from 1), byte offset
  and byte length of the record in its source.
- ``p:id``  uint64: a number for the Id, equal for equal Ids, 0 where there is none; only readers' parts have it.
- ``p:source``  uint16: index into the part's sources.
- ``p:instant``  int64: ticks of 100 ns since 0001-01-01T00:00:00Z, `NO_INSTANT` when there is none.

The table is its parts one after the other, less the rows that were collapsed as exact duplicates.
A *position* is an index in the table, a *row number* (here only) an index in the concatenated parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core.account import Notice, Place, Reject, Source
from auditviewer.core.catalogue import Catalogue, load_catalogue
from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.codes import NO_VALUES, Codes, distinct, encode_array, unify
from auditviewer.core.event_flags import EventFlag
from auditviewer.core.ordering import stable_order
from auditviewer.core.schema import CATEGORY, COLUMN_NAMES

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "NOTHING_COLLAPSED",
    "CellKind",
    "Codes",
    "Collapsed",
    "EventFlag",
    "EventTable",
    "Mask",
    "Notice",
    "Part",
    "Place",
    "Positions",
    "Reject",
    "Source",
]

Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class CellKind(IntEnum):
    """How a cell stood in its source."""

    STRING = 0  # text: a CSV field, or a JSON string (decoded)
    JSON = 1  # the exact source text of a JSON object, array, number, true or false
    NULL = 2  # JSON null
    ABSENT = 3  # the record has no such member, or the source no such column
    ESCAPED = 4  # a JSON string that UTF-8 cannot hold (lone surrogates): its exact source literal, quotes included


@dataclass(frozen=True, eq=False)
class Part:
    """What one reading process wrote: an Arrow table in one batch, and the sources that its rows came from."""

    data: pa.Table
    sources: tuple[int, ...]
    """Index into the table's sources for each value of ``p:source``."""

    @cached_property
    def arrays(self) -> dict[str, pa.Array]:
        """Each column as one Arrow array."""
        return {
            name: column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
            for name, column in zip(self.data.column_names, self.data.columns, strict=True)
        }


@dataclass(frozen=True, eq=False)
class Collapsed:
    """Rows that were collapsed as exact duplicates of an event in another source.

    ``positions`` (sorted) and ``rows``, both (m,): row ``rows[i]`` is the same as the event at ``positions[i]``.
    """

    positions: Positions
    rows: Positions


NOTHING_COLLAPSED = Collapsed(np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, eq=False)
class EventTable:
    """All events of the opened exports, in source order. Immutable; safe to share between threads."""

    parts: tuple[Part, ...]
    sources: tuple[Source, ...] = ()
    rejects: tuple[Reject, ...] = ()
    notices: tuple[Notice, ...] = ()
    rows: Positions | None = None
    """Row number of each position; None when nothing was collapsed."""
    flags: npt.NDArray[np.uint8] | None = None
    collapsed: Collapsed = NOTHING_COLLAPSED
    catalogue: Catalogue = field(default_factory=load_catalogue)
    is_preview: bool = False
    """True for the first records of a file that is still being read."""

    def __len__(self) -> int:
        return self._n_rows if self.rows is None else len(self.rows)

    # -- columns -----------------------------------------------------------------------------------------

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The product's 17 columns in its order, then unknown columns in the order they were met."""
        unknown: dict[str, None] = {}
        for part in self.parts:
            for name in part.data.column_names:
                if name.startswith("c:") and name[2:] not in COLUMN_NAMES:
                    unknown.setdefault(name[2:])
        return COLUMN_NAMES + tuple(unknown)

    @cached_property
    def present_columns(self) -> frozenset[str]:
        """The columns that at least one source has."""
        return frozenset(n[2:] for part in self.parts for n in part.data.column_names if n.startswith("c:"))

    def text_chunks(self, column: str) -> list[tuple[int, pa.Array | None]]:
        """Return (first row number, array) per part: large_string or dictionary, None where the part lacks it.

        For whole-column work (search, writing). Row numbers become positions by `positions_of_rows`.
        """
        name = f"c:{column}"
        return [(int(start), part.arrays.get(name)) for start, part in zip(self._starts, self.parts, strict=False)]

    def select_rows(self, per_row: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return per-row values (over the concatenated parts) as per-position values."""
        return per_row if self.rows is None else per_row[self.rows]

    def codes(self, column: str) -> Codes:
        """Return the column (or `CATEGORY`) as codes over all positions; built once, then kept."""
        cached = self._codes.get(column)
        if cached is None:
            cached = self._category_codes() if column == CATEGORY else self._build_codes(column)
            self._codes[column] = cached
        return cached

    @cached_property
    def instants(self) -> npt.NDArray[np.int64]:
        """Ticks of 100 ns since 0001-01-01 UTC for each position; `NO_INSTANT` where there is none."""
        return self.select_rows(self._numbers("p:instant"))

    @cached_property
    def instant_range(self) -> tuple[int, int] | None:
        """First and last instant in ticks, both inclusive; None when no event has one."""
        known = self.instants if not self.has_missing_instants else self.instants[self.instants != NO_INSTANT]
        return (int(known.min()), int(known.max())) if len(known) else None

    @cached_property
    def has_missing_instants(self) -> bool:
        """Whether some timestamp could not be understood."""
        return bool(len(self) and int(self.instants.min()) == NO_INSTANT)

    @cached_property
    def is_time_sorted(self) -> bool:
        """Whether source order is already time order (and no instant is missing)."""
        ticks = self.instants
        return not self.has_missing_instants and bool(np.all(ticks[1:] >= ticks[:-1]))

    @cached_property
    def time_order(self) -> Positions:
        """Positions in order of instant, ties in source order, missing instants last."""
        if self.is_time_sorted:
            return np.arange(len(self), dtype=np.int64)
        ticks = self.instants
        if self.has_missing_instants:
            ticks = np.where(ticks == NO_INSTANT, ticks.max() + 1, ticks)
        return stable_order(ticks)

    # -- cells -------------------------------------------------------------------------------------------

    def text(self, position: int, column: str) -> str | None:
        """Return the cell's text as it stood in the source, None when it is null or absent.

        A JSON string that UTF-8 cannot hold comes back decoded, with its lone surrogates.
        """
        part, row = self._locate(position)
        return self._text_at(part, row, column)

    def kind(self, position: int, column: str) -> CellKind:
        """Return how the cell stood in its source."""
        part, row = self._locate(position)
        return self._kind_at(part, row, column)

    def page(self, positions: Sequence[int] | Positions, columns: Sequence[str]) -> list[list[str | None]]:
        """Return the texts of some events, one list a column, each as long as ``positions``."""
        located = self._locate_all(np.asarray(positions, dtype=np.int64))
        return [
            self._category_page(positions) if column == CATEGORY else self._column_page(located, column)
            for column in columns
        ]

    def take(self, positions: Positions, column: str) -> pa.ChunkedArray:
        """Return the column's texts at the positions as large_string, null where missing, for writers."""
        if not len(positions):
            return pa.chunked_array([], pa.large_string())
        chunks = [array for _, array in self.text_chunks(column) if array is not None]
        if any(pa.types.is_dictionary(array.type) for array in chunks):
            codes = self.codes(column)
            return pa.chunked_array([codes.dictionary.take(pa.array(codes.codes[positions]))])
        if not chunks:
            return pa.chunked_array([pa.nulls(len(positions), pa.large_string())])
        rows = positions if self.rows is None else self.rows[positions]
        return self._take_rows(f"c:{column}", rows)

    def take_kinds(self, positions: Positions, column: str) -> npt.NDArray[np.uint8] | None:
        """Return the `CellKind` of the column at the positions; None when every cell is a STRING."""
        rows = positions if self.rows is None else self.rows[positions]
        kinds = self.row_kinds(column)
        return None if kinds is None else kinds[rows]

    def row_kinds(self, column: str) -> npt.NDArray[np.uint8] | None:
        """Return the `CellKind` per row number; None when every cell of every part is a STRING."""
        if column not in self._kinds:
            self._kinds[column] = self._build_kinds(column)
        return self._kinds[column]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The events as a pandas DataFrame of Arrow-backed columns; no cell is copied unless rows were collapsed."""
        import pandas as pd

        everything = np.arange(len(self), dtype=np.int64)
        columns = {}
        for name in self.columns:
            data = self._chunked(f"c:{name}") if self.rows is None else self.take(everything, name)
            columns[name] = pd.Series(pd.arrays.ArrowExtensionArray(data), copy=False)
        return pd.DataFrame(columns, copy=False)

    # -- where events stand ------------------------------------------------------------------------------

    def place(self, position: int) -> Place:
        """Return where the event stands in its source."""
        return self._place_of_row(self._row(position))

    def places(self, position: int) -> tuple[Place, ...]:
        """Return every place the event stood in: the one shown, then those collapsed into it."""
        low, high = np.searchsorted(self.collapsed.positions, [position, position + 1])
        others = tuple(self._place_of_row(int(row)) for row in self.collapsed.rows[low:high])
        return (self.place(position), *others)

    def event_flags(self, position: int) -> EventFlag:
        """Return what is unusual about the event."""
        return EventFlag(0) if self.flags is None else EventFlag(int(self.flags[position]))

    @cached_property
    def source_codes(self) -> npt.NDArray[np.uint16]:
        """Index of the source of each position."""
        per_part = [
            np.asarray(part.sources, dtype=np.uint16)[part.arrays["p:source"].to_numpy()]
            for part in self.parts
            if part.data.num_rows
        ]
        return self.select_rows(np.concatenate(per_part) if per_part else np.empty(0, np.uint16))

    def positions_with(self, column: str, value: str | None) -> Positions:
        """Return the positions, ascending, whose cell in the column is exactly the value."""
        codes = self.codes(column)
        code = codes.code_of(value)
        return np.empty(0, np.int64) if code is None else np.flatnonzero(codes.codes == code)

    def stored_texts(self, part: Part, column: str, rows: Positions) -> list[str | None]:
        """Return the texts as they are kept in a part, of rows in it: an ESCAPED cell as its literal."""
        return _texts_of(part.arrays[f"c:{column}"], None, pa.array(rows))

    def record_numbers(self, positions: Positions) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return (index of the source, record number in it) of the events at the positions, two arrays (n,)."""
        sources, records = np.empty(len(positions), np.int64), np.empty(len(positions), np.int64)
        for part, rows, places in self._locate_all(np.asarray(positions, dtype=np.int64)):
            own = np.asarray(part.sources, dtype=np.int64)
            sources[places] = own[part.arrays["p:source"].take(rows).to_numpy()]
            records[places] = part.arrays["p:record"].take(rows).to_numpy()
        return sources, records

    def positions_of_records(self, source: int, records: npt.NDArray[np.int64]) -> Positions:
        """Return the positions, ascending, of records of a source; of a collapsed one, the event shown in its place."""
        pieces = []
        for part, start in zip(self.parts, self._starts.tolist(), strict=False):
            if source in part.sources:
                is_own = part.arrays["p:source"].to_numpy() == part.sources.index(source)
                pieces.append(start + np.flatnonzero(is_own & np.isin(part.arrays["p:record"].to_numpy(), records)))
        rows = np.concatenate(pieces) if pieces else np.empty(0, np.int64)
        if self.rows is None:
            return np.sort(rows)
        shown = np.flatnonzero(np.isin(self.rows, rows))
        return np.union1d(shown, self.collapsed.positions[np.isin(self.collapsed.rows, rows)])

    # -- inside ------------------------------------------------------------------------------------------

    @cached_property
    def _starts(self) -> Positions:
        sizes = [part.data.num_rows for part in self.parts]
        return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    @property
    def _n_rows(self) -> int:
        return int(self._starts[-1])

    @cached_property
    def _codes(self) -> dict[str, Codes]:
        return {}

    @cached_property
    def _kinds(self) -> dict[str, npt.NDArray[np.uint8] | None]:
        return {}

    def _row(self, position: int) -> int:
        if not 0 <= position < len(self):
            raise IndexError(position)
        return position if self.rows is None else int(self.rows[position])

    def _locate(self, position: int) -> tuple[Part, int]:
        row = self._row(position)
        index = int(np.searchsorted(self._starts, row, side="right")) - 1 if len(self.parts) > 1 else 0
        return self.parts[index], row - int(self._starts[index])

    def _place_of_row(self, row: int) -> Place:
        index = int(np.searchsorted(self._starts, row, side="right")) - 1
        part, at = self.parts[index], row - int(self._starts[index])
        record, line, offset, length, source = (
            part.arrays[f"p:{name}"][at].as_py() for name in ("record", "line", "offset", "length", "source")
        )
        return Place(self.sources[part.sources[source]], record, line, offset, length)

    def _text_at(self, part: Part, row: int, column: str) -> str | None:
        array = part.arrays.get(f"c:{column}")
        return None if array is None else _text_of(array, part.arrays.get(f"k:{column}"), row)

    @staticmethod
    def _kind_at(part: Part, row: int, column: str) -> CellKind:
        if f"c:{column}" not in part.arrays:
            return CellKind.ABSENT
        kinds = part.arrays.get(f"k:{column}")
        return CellKind.STRING if kinds is None else CellKind(kinds[row].as_py())

    def _locate_all(self, positions: Positions) -> list[tuple[Part, pa.Array, Positions]]:
        """Return (part, row numbers in it, their places among the positions) for the parts that hold some."""
        if len(positions) and not 0 <= int(positions.min()) <= int(positions.max()) < len(self):
            raise IndexError(positions)
        rows = positions if self.rows is None else self.rows[positions]
        owners = np.searchsorted(self._starts, rows, side="right") - 1
        found = []
        for index in np.unique(owners).tolist():
            places = np.flatnonzero(owners == index)
            found.append((self.parts[index], pa.array(rows[places] - self._starts[index]), places))
        return found

    @staticmethod
    def _column_page(located: list[tuple[Part, pa.Array, Positions]], column: str) -> list[str | None]:
        texts: list[str | None] = [None] * sum(len(places) for *_, places in located)
        for part, rows, places in located:
            array = part.arrays.get(f"c:{column}")
            if array is not None:
                own = _texts_of(array, part.arrays.get(f"k:{column}"), rows)
                if len(located) == 1:
                    return own
                for place, text in zip(places.tolist(), own, strict=True):
                    texts[place] = text
        return texts

    def _category_page(self, positions: Sequence[int] | Positions) -> list[str | None]:
        codes = self.codes(CATEGORY)
        return [codes.value_of(codes.codes[int(p)]) for p in positions]

    def _take_rows(self, name: str, rows: Positions) -> pa.ChunkedArray:
        """Return a plain text column at the rows: part by part where they ascend, which spares a copy of the whole."""
        owners = np.searchsorted(self._starts, rows, side="right") - 1
        if (np.diff(owners) < 0).any():
            order = np.argsort(owners, kind="stable")
            back = np.empty(len(order), dtype=np.int64)
            back[order] = np.arange(len(order))
            return pa.chunked_array([pa.concat_arrays(self._take_rows(name, rows[order]).chunks).take(pa.array(back))])
        pieces = []
        for index in np.unique(owners).tolist():
            low, high = np.searchsorted(owners, [index, index + 1])
            array = self.parts[index].arrays.get(name)
            own = rows[low:high] - self._starts[index]
            if array is None:
                pieces.append(pa.nulls(len(own), pa.large_string()))
            elif int(own[-1]) - int(own[0]) == len(own) - 1 and (np.diff(own) == 1).all():
                pieces.append(array.slice(int(own[0]), len(own)))
            else:
                pieces.append(array.take(pa.array(own)))
        return pa.chunked_array(pieces, pa.large_string())

    def _numbers(self, name: str) -> npt.NDArray[np.int64]:
        arrays: list[npt.NDArray[np.int64]] = [
            part.arrays[name].to_numpy() for part in self.parts if part.data.num_rows
        ]
        if len(arrays) == 1:
            return arrays[0]
        return np.concatenate(arrays) if arrays else np.empty(0, np.int64)

    def _chunked(self, name: str) -> pa.ChunkedArray:
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

    def _build_kinds(self, column: str) -> npt.NDArray[np.uint8] | None:
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

    def _build_codes(self, column: str) -> Codes:
        per_part = [
            encode_array(array) if array is not None else (np.zeros(part.data.num_rows, np.uint8), NO_VALUES)
            for (_, array), part in zip(self.text_chunks(column), self.parts, strict=True)
            if part.data.num_rows
        ]
        codes, dictionary = per_part[0] if len(per_part) == 1 else unify(per_part)
        return Codes(self.select_rows(codes), dictionary)

    def _category_codes(self) -> Codes:
        names = tuple(category.label for category in self.catalogue.categories)
        inputs = [self.codes(c) for c in ("WorkflowType", "EventType", "TargetType")]
        combined = np.zeros(len(self), dtype=np.int64)
        for column in inputs:
            combined = combined * len(column) + column.codes
        size = int(np.prod([len(column) for column in inputs]))
        present, inverse = distinct(combined, size)
        of_combination = np.zeros(len(present), dtype=np.uint8)
        for i, key in enumerate(present.tolist()):
            key, target = divmod(key, len(inputs[2]))
            workflow, event = divmod(key, len(inputs[1]))
            found = self.catalogue.classify(
                inputs[0].value_of(workflow), inputs[1].value_of(event), inputs[2].value_of(target)
            )
            of_combination[i] = found.category_index + 1
        # Code 0 is kept for "missing" as everywhere; no event has it, since what nothing matches is Uncategorised.
        return Codes(of_combination[inverse], pa.array([None, *names], pa.large_string()))


def _text_of(array: pa.Array, kinds: pa.Array | None, row: int) -> str | None:
    text: str | None = array[row].as_py()
    if text is not None and kinds is not None and kinds[row].as_py() == CellKind.ESCAPED:
        import json

        decoded: str = json.loads(text)
        return decoded
    return text


def _texts_of(array: pa.Array, kinds: pa.Array | None, rows: pa.Array) -> list[str | None]:
    texts: list[str | None]
    if pa.types.is_dictionary(array.type):
        texts = array.dictionary.take(array.indices.take(rows)).to_pylist()
    else:
        texts = array.take(rows).to_pylist()
    if kinds is not None:
        for place, kind in enumerate(kinds.take(rows).to_pylist()):
            if kind == CellKind.ESCAPED:
                texts[place] = _text_of(array, kinds, rows[place].as_py())
    return texts
