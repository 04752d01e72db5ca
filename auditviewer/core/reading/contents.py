"""Which records hold the same, column by column and to the letter, told for millions of them at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from auditviewer.core.schema import JSON_COLUMNS
from auditviewer.core.table import CellKind, EventTable, Mask, Positions

_BYTES_AT_ONCE = 64 << 20
"""About so much text of one column is held for each side of a comparison."""

Numbers = npt.NDArray[np.int64]


def number_contents(table: EventTable, rows: Positions, hashes: npt.NDArray[np.uint64]) -> tuple[Numbers, Numbers]:
    """Return a number for the Id and one for the content of each row, equal exactly where those are.

    ``hashes`` are equal for rows of equal Ids. Nearly always all rows of an Id hold the same, so each is compared
    with the first of them; only where that fails are contents told apart one by one.
    """
    group, first = _group(hashes)
    is_mixed = np.zeros(int(group.max()) + 1, dtype=np.bool_)
    is_mixed[group[~_same_rows(table, rows, rows[first])]] = True
    ids, contents = group.copy(), group
    apart = np.flatnonzero(is_mixed[group])
    if len(apart):
        ids[apart] = len(is_mixed) + _codes_of_cells(table, rows[apart], ("Id",))
        contents[apart] = len(is_mixed) + _codes_of_cells(table, rows[apart], table.columns)
    return ids, contents


def _group(hashes: npt.NDArray[np.uint64]) -> tuple[Numbers, Numbers]:
    """Return the group of each hash, and the index of the first one in it."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    is_start = np.ones(len(order), dtype=np.bool_)
    is_start[1:] = ordered[1:] != ordered[:-1]
    of_ordered = np.cumsum(is_start) - 1
    group = np.empty(len(order), dtype=np.int64)
    group[order] = of_ordered
    return group, order[is_start][group]


def _same_rows(table: EventTable, rows: Positions, others: Positions) -> Mask:
    """Return whether all cells of each row are those of the other row."""
    same: Mask = rows == others
    left = np.flatnonzero(~same)
    for column in sorted(table.columns, key=lambda name: not _is_coded(table, name)):
        if not len(left):
            break
        left = left[_same_cells(table, column, rows[left], others[left])]
    same[left] = True
    return same


def _same_cells(table: EventTable, column: str, rows: Positions, others: Positions) -> Mask:
    if _is_coded(table, column):
        codes = table.codes(column).codes
        same: Mask = codes[rows] == codes[others]
    else:
        same = np.concatenate(
            [
                _same_texts(table.take(rows[block], column), table.take(others[block], column))
                for block in _blocks(table, column, len(rows))
            ]
        )
    kinds, other_kinds = _kinds(table, rows, column), _kinds(table, others, column)
    return same if kinds is None or other_kinds is None else same & (kinds == other_kinds)


def _same_texts(texts: pa.ChunkedArray, others: pa.ChunkedArray) -> Mask:
    equal = pc.fill_null(pc.equal(texts, others), False)
    both_missing = pc.and_(pc.is_null(texts), pc.is_null(others))
    same: Mask = pc.or_(equal, both_missing).to_numpy()
    return same


def _blocks(table: EventTable, column: str, n_rows: int) -> Iterator[slice]:
    size = sum(array.nbytes for _, array in table.text_chunks(column) if array is not None)
    step = max(1, _BYTES_AT_ONCE * len(table) // max(size, 1))
    return (slice(start, start + step) for start in range(0, n_rows, step))


def _is_coded(table: EventTable, column: str) -> bool:
    arrays = (array for _, array in table.text_chunks(column))
    return any(array is not None and pa.types.is_dictionary(array.type) for array in arrays)


def _codes_of_cells(table: EventTable, rows: Positions, columns: tuple[str, ...]) -> Numbers:
    """Return a number for each row such that rows have equal numbers exactly when all their cells are equal."""
    combined = np.zeros(len(rows), dtype=np.int64)
    for column in columns:
        cells = _cell_codes(table, rows, column)
        combined = combined * (int(cells.max()) + 1) + cells
        combined = np.unique(combined, return_inverse=True)[1].astype(np.int64)
    return combined


def _cell_codes(table: EventTable, rows: Positions, column: str) -> Numbers:
    texts = table.take(rows, column).combine_chunks()
    if isinstance(texts, pa.ChunkedArray):
        texts = pa.concat_arrays(texts.chunks) if texts.num_chunks else pa.nulls(0, pa.large_string())
    encoded = texts.dictionary_encode(null_encoding="encode")
    codes: Numbers = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    kinds = _kinds(table, rows, column)
    return codes if kinds is None else codes * (max(CellKind) + 1) + kinds


def _kinds(table: EventTable, rows: Positions, column: str) -> npt.NDArray[np.uint8] | None:
    """Return the kinds of cells; in a JSON column an object and the text of it are alike."""
    kinds = table.take_kinds(rows, column)
    if kinds is None or column not in JSON_COLUMNS:
        return kinds
    return np.where(kinds == CellKind.JSON, np.uint8(CellKind.STRING), kinds)
