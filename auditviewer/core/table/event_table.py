"""The table that everything else uses: all events of the opened exports, by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core.account import Notice, Place, Reject, Source
from auditviewer.core.catalogue import Catalogue, load_catalogue
from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.codes import Codes
from auditviewer.core.event_flags import EventFlag
from auditviewer.core.ordering import stable_order
from auditviewer.core.schema import CATEGORY, COLUMN_NAMES
from auditviewer.core.table.categories import category_codes
from auditviewer.core.table.layout import Kinds, Layout
from auditviewer.core.table.part import NOTHING_COLLAPSED, CellKind, Collapsed, Part, Positions
from auditviewer.core.table.places import place_of_row, positions_of_records, record_numbers

if TYPE_CHECKING:
    import pandas as pd


CODED, TEXTS = "codes", "texts"
"""How a column is kept."""


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
        return len(self._layout)

    @cached_property
    def _layout(self) -> Layout:
        return Layout(self.parts, self.rows)

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

        For whole-column work (search, writing). Values per row become values per position by `select_rows`.
        """
        return self._layout.chunks(f"c:{column}")

    def select_rows(self, per_row: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return per-row values (over the concatenated parts) as per-position values."""
        return self._layout.select(per_row)

    def codes(self, column: str) -> Codes:
        """Return the column (or `CATEGORY`) as codes over all positions; built once, then kept."""
        cached = self._codes.get(column)
        if cached is None:
            if column == CATEGORY:
                types = [self.codes(c) for c in ("WorkflowType", "EventType", "TargetType")]
                cached = category_codes(self.catalogue, types)
            else:
                cached = self._layout.codes(column)
            self._codes[column] = cached
        return cached

    @cached_property
    def _codes(self) -> dict[str, Codes]:
        return {}

    @cached_property
    def instants(self) -> npt.NDArray[np.int64]:
        """Ticks of 100 ns since 0001-01-01 UTC for each position; `NO_INSTANT` where there is none."""
        return self.select_rows(self._layout.numbers("p:instant"))

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
        part, row = self._layout.locate_row(self._layout.row(position))
        return part.text(row, column)

    def kind(self, position: int, column: str) -> CellKind:
        """Return how the cell stood in its source."""
        part, row = self._layout.locate_row(self._layout.row(position))
        return part.kind(row, column)

    def page(self, positions: Sequence[int] | Positions, columns: Sequence[str]) -> list[list[str | None]]:
        """Return the texts of some events, one list a column, each as long as ``positions``."""
        located = self._layout.locate_all(np.asarray(positions, dtype=np.int64))
        return [
            self._category_page(positions) if column == CATEGORY else _column_page(located, column)
            for column in columns
        ]

    def _category_page(self, positions: Sequence[int] | Positions) -> list[str | None]:
        codes = self.codes(CATEGORY)
        return [codes.value_of(codes.codes[int(p)]) for p in positions]

    def take(self, positions: Positions, column: str) -> pa.ChunkedArray:
        """Return the column's texts at the positions as large_string, null where missing, for writers."""
        if not len(positions):
            return pa.chunked_array([], pa.large_string())
        stored = self._stored_as(column)
        if stored == CODED:
            codes = self.codes(column)
            return pa.chunked_array([codes.dictionary.take(pa.array(codes.codes[positions]))])
        if stored is None:
            return pa.chunked_array([pa.nulls(len(positions), pa.large_string())])
        return self._layout.take_rows(f"c:{column}", self._layout.rows_of(positions))

    def _stored_as(self, column: str) -> str | None:
        """Return whether some part keeps the column as codes or all as texts, None where none has it; kept."""
        if column not in self._kept_storage:
            types = {array.type for _, array in self.text_chunks(column) if array is not None}
            is_coded = any(map(pa.types.is_dictionary, types))
            self._kept_storage[column] = CODED if is_coded else TEXTS if types else None
        return self._kept_storage[column]

    @cached_property
    def _kept_storage(self) -> dict[str, str | None]:
        return {}

    def take_kinds(self, positions: Positions, column: str) -> Kinds | None:
        """Return the `CellKind` of the column at the positions; None when every cell is a STRING."""
        kinds = self.row_kinds(column)
        return None if kinds is None else kinds[self._layout.rows_of(positions)]

    def row_kinds(self, column: str) -> Kinds | None:
        """Return the `CellKind` per row number; None when every cell of every part is a STRING."""
        return self._layout.kinds(column)

    def stored_texts(self, part: Part, column: str, rows: Positions) -> list[str | None]:
        """Return the texts as they are kept in a part, of rows in it: an ESCAPED cell as its literal."""
        return part.stored_texts(pa.array(rows), column)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The events as a pandas DataFrame of Arrow-backed columns; no cell is copied unless rows were collapsed."""
        import pandas as pd

        everything = np.arange(len(self), dtype=np.int64)
        columns = {}
        for name in self.columns:
            data = self._layout.chunked(f"c:{name}") if self.rows is None else self.take(everything, name)
            columns[name] = pd.Series(pd.arrays.ArrowExtensionArray(data), copy=False)
        return pd.DataFrame(columns, copy=False)

    # -- where events stand ------------------------------------------------------------------------------

    def place(self, position: int) -> Place:
        """Return where the event stands in its source."""
        return place_of_row(self._layout, self.sources, self._layout.row(position))

    def places(self, position: int) -> tuple[Place, ...]:
        """Return every place the event stood in: the one shown, then those collapsed into it."""
        low, high = np.searchsorted(self.collapsed.positions, [position, position + 1])
        others = self.collapsed.rows[low:high].tolist()
        return (self.place(position), *(place_of_row(self._layout, self.sources, row) for row in others))

    def event_flags(self, position: int) -> EventFlag:
        """Return what is unusual about the event."""
        return EventFlag(0) if self.flags is None else EventFlag(int(self.flags[position]))

    @cached_property
    def source_codes(self) -> npt.NDArray[np.unsignedinteger]:
        """Index of the source of each position, in the smallest type that holds all of them."""
        dtype = np.min_scalar_type(max(len(self.sources) - 1, 0))
        per_part = [
            np.asarray(part.sources, dtype=dtype)[part.arrays["p:source"].to_numpy()]
            for part in self.parts
            if part.data.num_rows
        ]
        return self.select_rows(np.concatenate(per_part) if per_part else np.empty(0, dtype))

    def positions_with(self, column: str, value: str | None) -> Positions:
        """Return the positions, ascending, whose cell in the column is exactly the value."""
        codes = self.codes(column)
        code = codes.code_of(value)
        return np.empty(0, np.int64) if code is None else np.flatnonzero(codes.codes == code)

    def record_numbers(self, positions: Positions) -> tuple[Positions, Positions]:
        """Return (index of the source, record number in it) of the events at the positions, two arrays (n,)."""
        return record_numbers(self._layout, positions)

    def positions_of_records(self, source: int, records: Positions) -> Positions:
        """Return the positions, ascending, of records of a source; of a collapsed one, the event shown in its place."""
        return positions_of_records(self._layout, self.collapsed, source, records)


def _column_page(located: list[tuple[Part, pa.Array, Positions]], column: str) -> list[str | None]:
    texts: list[str | None] = [None] * sum(len(places) for *_, places in located)
    for part, rows, places in located:
        own = part.texts(rows, column)
        if len(located) == 1:
            return own
        for place, text in zip(places.tolist(), own, strict=True):
            texts[place] = text
    return texts
