"""One part of a table: what one reading process wrote, and the text and kind of each cell in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_PAGE = 512
"""Up to so many rows are a page to be shown."""


class CellKind(IntEnum):
    """How a cell stood in its source."""

    STRING = 0  # text: a CSV field, or a JSON string (decoded)
    JSON = 1  # the exact source text of a JSON object, array, number, true or false
    NULL = 2  # JSON null
    ABSENT = 3  # the record has no such member, or the source no such column
    ESCAPED = 4  # a JSON string that UTF-8 cannot hold (lone surrogates): its exact source literal, quotes included


@dataclass(frozen=True, eq=False)
class Collapsed:
    """Rows that were collapsed as exact duplicates of an event in another source.

    ``positions`` (sorted) and ``rows``, both (m,): row ``rows[i]`` is the same as the event at ``positions[i]``.
    """

    positions: Positions
    rows: Positions


NOTHING_COLLAPSED = Collapsed(np.empty(0, np.int64), np.empty(0, np.int64))


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

    def text(self, row: int, column: str) -> str | None:
        """Return the text of the cell in a row of this part, None when it is null or absent."""
        array = self.arrays.get(f"c:{column}")
        if array is None:
            return None
        text: str | None = array[row].as_py()
        kinds = self.arrays.get(f"k:{column}")
        if text is not None and kinds is not None and kinds[row].as_py() == CellKind.ESCAPED:
            return _decoded(text)
        return text

    def texts(self, rows: pa.Array, column: str) -> list[str | None]:
        """Return what `text` returns, of some rows."""
        texts = self.stored_texts(rows, column)
        kinds = self.arrays.get(f"k:{column}")
        if kinds is not None:
            for place, kind in enumerate(_taken(kinds, rows).to_pylist()):
                text = texts[place]
                if kind == CellKind.ESCAPED and text is not None:
                    texts[place] = _decoded(text)
        return texts

    def stored_texts(self, rows: pa.Array, column: str) -> list[str | None]:
        """Return the texts of some rows as they are kept: an ESCAPED cell as its literal."""
        array = self.arrays.get(f"c:{column}")
        texts: list[str | None]
        if array is None:
            texts = [None] * len(rows)
        elif pa.types.is_dictionary(array.type):
            texts = _looked_up(array.dictionary, _taken(array.indices, rows))
        else:
            texts = _taken(array, rows).to_pylist()
        return texts

    def kind(self, row: int, column: str) -> CellKind:
        """Return how the cell in a row of this part stood in its source."""
        if f"c:{column}" not in self.arrays:
            return CellKind.ABSENT
        kinds = self.arrays.get(f"k:{column}")
        return CellKind.STRING if kinds is None else CellKind(kinds[row].as_py())


def _taken(array: pa.Array, rows: pa.Array) -> pa.Array:
    """Return the values in some rows; where one follows the other as a slice, which needs no `pyarrow.compute`."""
    if not len(rows):
        return array.slice(0, 0)
    places: Positions = rows.to_numpy()
    if (places[1:] == places[:-1] + 1).all():
        return array.slice(int(places[0]), len(rows))
    return array.take(rows)


def _looked_up(dictionary: pa.Array, codes: pa.Array) -> list[str | None]:
    """Return the text of each code; a page of them without `pyarrow.compute`, too."""
    if len(codes) > _PAGE:
        texts: list[str | None] = dictionary.take(codes).to_pylist()
        return texts
    of_rows = codes.to_pylist()
    text_of = {code: dictionary[code].as_py() for code in set(of_rows)}
    return [text_of[code] for code in of_rows]


def _decoded(literal: str) -> str:
    import json

    decoded: str = json.loads(literal)
    return decoded
