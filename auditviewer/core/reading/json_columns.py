"""Records of JSON to columns: gathers them in parts of a bounded size and hands these to the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core.reading.coded_column import CODED_TYPE
from auditviewer.core.reading.json_record import BadRecord, Member
from auditviewer.core.reading.store import StoreWriter
from auditviewer.core.table import CellKind

MAX_COLUMNS = 4096
"""More different members than this are not columns of one log."""
PLACES = ("record", "line", "offset", "length")
_BYTES_A_PART = 64 << 20
_CELLS_A_PART = 4 << 20


@dataclass(eq=False)
class Piece:
    """The columns of some consecutive records.

    ``texts`` are large_string or dictionary arrays (null where a cell is missing), ``kinds`` uint8 codes of `CellKind`
    (no entry: all STRING), ``places`` int64 numbers by the names of `PLACES`; all (n,).
    """

    texts: dict[str, pa.Array]
    kinds: dict[str, npt.NDArray[np.uint8]]
    places: dict[str, npt.NDArray[np.int64]]
    size_bytes: int

    def __len__(self) -> int:
        return len(self.places["record"])


@dataclass(eq=False)
class _Column:
    texts: list[str | None] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)

    def fill_to(self, n: int) -> None:
        missing = n - len(self.texts)
        if missing:
            self.texts += [None] * missing
            self.kinds += [CellKind.ABSENT] * missing


class JsonColumns:
    """Takes records one by one or in pieces, in their order, and writes them to a store.

    Parameters
    ----------
    store
        Where the parts go.
    to_source
        Turns offsets in the content into offsets in the source; None when they are the same.
    """

    def __init__(self, store: StoreWriter, to_source: Any = None) -> None:
        self._store = store
        self._to_source = to_source
        self._pieces: list[Piece] = []
        self._piece_bytes = 0
        self._columns: dict[str, _Column] = {}
        self._places: list[tuple[int, int, int, int]] = []
        self._bytes = 0
        self.names: dict[str, None] = {}
        """Every column met so far, in order."""
        self.n_events = 0

    def add_record(self, members: list[Member], place: tuple[int, int, int, int]) -> None:
        """Add one record; its place is its number, line, offset and length.

        Raises
        ------
        BadRecord
            It would bring more columns than a log can have.
        """
        self.know([member.column for member in members])
        row = len(self._places)
        for name, kind, text in members:
            column = self._columns.get(name)
            if column is None:
                column = self._columns[name] = _Column()
            column.fill_to(row)
            column.texts.append(text)
            column.kinds.append(kind)
        self._places.append(place)
        self._bytes += place[3]
        self.n_events += 1
        if self._bytes >= _BYTES_A_PART or (row + 1) * len(self._columns) >= _CELLS_A_PART:
            self._close_piece()

    def know(self, columns: Sequence[str]) -> None:
        """Take note of the columns of a record.

        Raises
        ------
        BadRecord
            They would be more than a log can have.
        """
        new = [name for name in columns if name not in self.names]
        if new:
            if len(self.names) + len(new) > MAX_COLUMNS:
                raise BadRecord("too_many_columns", f"The file has more than {MAX_COLUMNS:,} different members.")
            self.names.update(dict.fromkeys(new))

    def add_piece(self, piece: Piece) -> None:
        """Add the columns of some records; their names must be known already."""
        self._close_piece()
        self.n_events += len(piece)
        self._append(piece)

    def finish(self) -> None:
        """Write what is left."""
        self._close_piece()
        self._write()

    def _close_piece(self) -> None:
        n = len(self._places)
        if not n:
            return
        texts: dict[str, pa.Array] = {}
        kinds: dict[str, npt.NDArray[np.uint8]] = {}
        for name, column in self._columns.items():
            column.fill_to(n)
            texts[name] = pa.array(column.texts, pa.large_string())
            kinds[name] = np.array(column.kinds, dtype=np.uint8)
        numbers = np.array(self._places, dtype=np.int64)
        places = {name: numbers[:, i].copy() for i, name in enumerate(PLACES)}
        piece = Piece(texts, kinds, places, self._bytes)
        self._columns, self._places, self._bytes = {}, [], 0
        self._append(piece)

    def _append(self, piece: Piece) -> None:
        cells = (sum(map(len, self._pieces)) + len(piece)) * len(self.names)
        if self._pieces and (self._piece_bytes + piece.size_bytes > _BYTES_A_PART or cells > _CELLS_A_PART):
            self._write()
        self._pieces.append(piece)
        self._piece_bytes += piece.size_bytes

    def _write(self) -> None:
        """Write the pieces as one part."""
        pieces, self._pieces, self._piece_bytes = self._pieces, [], 0
        if not pieces:
            return
        names = list(dict.fromkeys(name for piece in pieces for name in piece.texts))
        texts = {name: _joined_texts(pieces, name) for name in names}
        kinds = {name: joined for name in names if (joined := _joined_kinds(pieces, name)).any()}
        places = {name: np.concatenate([piece.places[name] for piece in pieces]) for name in PLACES}
        if self._to_source is not None:
            ends = self._to_source(places["offset"] + places["length"])
            places["offset"] = self._to_source(places["offset"])
            places["length"] = ends - places["offset"]
        self._store.add(texts, kinds, places)


def _joined_texts(pieces: list[Piece], name: str) -> Any:
    if len(pieces) == 1:
        return pieces[0].texts[name]
    if any(pa.types.is_dictionary(piece.texts[name].type) for piece in pieces if name in piece.texts):
        return pa.chunked_array([_as_codes(piece.texts.get(name), len(piece)) for piece in pieces], CODED_TYPE)
    return pa.concat_arrays(
        [piece.texts[name] if name in piece.texts else pa.nulls(len(piece), pa.large_string()) for piece in pieces]
    )


def _as_codes(texts: pa.Array | None, n: int) -> pa.Array:
    if texts is None:
        return pa.nulls(n, CODED_TYPE)
    return texts if pa.types.is_dictionary(texts.type) else texts.dictionary_encode().cast(CODED_TYPE)


def _joined_kinds(pieces: list[Piece], name: str) -> npt.NDArray[np.uint8]:
    return np.concatenate(
        [
            kinds
            if (kinds := piece.kinds.get(name)) is not None
            else np.full(len(piece), CellKind.STRING if name in piece.texts else CellKind.ABSENT, dtype=np.uint8)
            for piece in pieces
        ]
    )
