"""The fast CSV reader: a parser over a range of the file, believed only where the byte index agrees."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

import auditviewer.core.arrow_alone  # noqa: F401 - before the first array is made
from auditviewer.core.native.texts import texts_of
from auditviewer.core.reading.csv_index import CsvIndex, index_csv
from auditviewer.core.reading.csv_layout import FOLDED_NAMES, SPACE, CsvLayout
from auditviewer.core.reading.csv_parsers import NotBelieved, Parser
from auditviewer.core.reading.store import CODED, StoreWriter

BLOCK_BYTES = 2 << 20
"""About so many bytes are parsed at a time: they and what is made of them stay in the processor's cache."""
PART_BYTES = 16 << 20
"""About so many bytes make a part of the log: few parts are opened and searched faster than many."""

_KNOWN = pa.array(sorted(FOLDED_NAMES), pa.large_string())
_LONGEST_NAME = max(len(name) for name in FOLDED_NAMES)
_FOLDED_FROM = 3
"""The letters of a folded name had so many times its bytes at the most: the Kelvin sign's three fold to a k."""


def index_range(data: memoryview, layout: CsvLayout) -> CsvIndex:
    """Return the index of a range of bytes that starts at a record.

    Raises
    ------
    NotBelieved
        The index saw something odd, or other than so many fields a record.
    """
    if len(layout.columns) < 2:
        raise NotBelieved("in one column a blank line cannot be told from an empty value")
    index = index_csv(data, layout.delimiter)
    n_records = len(index.ends)
    if bytes(data[:3]) == codecs.BOM_UTF8:
        raise NotBelieved("a byte-order mark before the first record")
    if index.oddities:
        raise NotBelieved(", ".join(index.oddities))
    if index.delimiters != (len(layout.columns) - 1) * n_records:
        raise NotBelieved(f"{index.delimiters} delimiters in {n_records} records")
    return index


def read_range(
    data: memoryview,
    index: CsvIndex,
    start: int,
    layout: CsvLayout,
    parser: Parser,
    store: StoreWriter,
    tell: Callable[[int], None],
) -> None:
    """Read the records in a range of bytes, of which that is the index, into a store.

    Records and lines in the store count from the range's first, offsets from the file's start, as ``start`` does.
    ``tell`` is called with each number of bytes that was read.

    Raises
    ------
    NotBelieved
        Parser and index do not agree.
    """
    n_records = len(index.ends)
    starts = np.concatenate([[0], index.ends[:-1]]).astype(np.int64) if n_records else np.empty(0, np.int64)
    before = np.concatenate([[0], index.lines[:-1]]).astype(np.int64) if n_records else np.empty(0, np.int64)
    places = {
        "record": np.arange(n_records, dtype=np.int64),
        "line": before,
        "offset": starts + start,
        "length": index.ends - starts,
    }
    done = added = 0
    tables: list[pa.Table] = []
    block_bytes = BLOCK_BYTES if parser.most_bytes is None else min(PART_BYTES, parser.most_bytes)
    for stop in _stops(index.ends, block_bytes):
        first, last = int(starts[done]), int(index.ends[stop - 1])
        tables.append(parser.parse(data[first:last], index.ends[done:stop], first))
        _check_headers(tables[-1], layout)
        tell(last - first)
        done = stop
        if parser.most_bytes or done == n_records or last - int(starts[added]) >= PART_BYTES:
            store.add(_joined(tables), {}, {name: numbers[added:done] for name, numbers in places.items()})
            tables, added = [], done


def _stops(ends: npt.NDArray[np.int64], size_bytes: int) -> list[int]:
    """Return how many records have ended at the end of each block, all blocks about as large as that."""
    if not len(ends):
        return []
    n = max(round(int(ends[-1]) / size_bytes), 1)
    wanted = np.linspace(0, int(ends[-1]), n + 1)[1:].astype(np.int64)
    found: list[int] = np.unique(np.searchsorted(ends, wanted) + 1).tolist()
    return found


def _joined(tables: list[pa.Table]) -> dict[str, Any]:
    """Return the columns of tables as those of one part; a coded one may stay in pieces."""
    whole = pa.concat_tables(tables)
    return {
        name: column if name in CODED else _one_chunk(column)
        for name, column in zip(whole.column_names, whole.columns, strict=True)
    }


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _check_headers(table: pa.Table, layout: CsvLayout) -> None:
    """Refuse texts in which a header may stand, or a byte-order mark before a record; the other reader says where."""
    columns = [column.chunk(0) for column in table.columns]
    if pc.any(pc.starts_with(_words(columns[0]), "\ufeff")).as_py():
        raise NotBelieved("a byte-order mark in the middle")
    if "Timestamp" in layout.columns:
        suspects = _has_no_digit_first(columns[layout.columns.index("Timestamp")])
        if not suspects.any():
            return  # a header has a name there, not a time
        columns = [column.filter(pa.array(suspects)) for column in columns]
    if layout.header_key is not None:
        name = layout.header_key[0]
        first = _no_longer_than(_words(columns[0]), _FOLDED_FROM * len(name.encode()))
        if pc.any(pc.is_in(_folded_alike(first), _folded_alike(pa.array([name], pa.large_string())))).as_py():
            raise NotBelieved("the header may stand again")
    coded = [column.dictionary for column in columns if pa.types.is_dictionary(column.type)]
    if 2 * len(coded) >= len(columns) and not pc.any(_is_known(pa.concat_arrays(coded))).as_py():
        return  # a header has names in more than half of its fields, so in one of these
    known = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        is_known = pc.is_in(_folded(_words(column)), _KNOWN)
        if pa.types.is_dictionary(column.type):
            is_known = is_known.take(column.indices)
        known += is_known.to_numpy(zero_copy_only=False)
    if (2 * known > len(columns)).any():
        raise NotBelieved("another header may stand in the middle")


def _has_no_digit_first(texts: pa.Array) -> npt.NDArray[np.bool_]:
    """Return, for each text, whether it does not start with a digit."""
    offsets, data = texts_of(texts)
    has_none: npt.NDArray[np.bool_] = np.diff(offsets) == 0
    some = np.flatnonzero(~has_none)
    has_none[some] = (data[offsets[some]] - np.uint8(48)) > 9
    return has_none


def _words(column: pa.Array) -> pa.Array:
    return column.dictionary if pa.types.is_dictionary(column.type) else column


def _no_longer_than(words: pa.Array, size_bytes: int) -> pa.Array:
    """Return the words of at most that many bytes, blanks around them apart; perhaps some longer ones too."""
    offsets, data = texts_of(words)
    is_wanted: npt.NDArray[np.bool_] = np.diff(offsets) <= size_bytes
    longer = np.flatnonzero(~is_wanted)
    for edge in (data[offsets[longer]], data[offsets[longer + 1] - 1]):
        is_wanted[longer] |= (edge <= 32) | (edge >= 128)  # a blank, or a letter of several bytes, as some blanks are
    return words.filter(pa.array(is_wanted))


def _folded(words: pa.Array) -> pa.Array:
    return pc.utf8_lower(pc.utf8_trim(words, SPACE))


def _folded_alike(words: pa.Array) -> pa.Array:
    """Return words folded such that all are equal whose lower case is in Python, which knows two more rules."""
    return pc.replace_substring(_folded(pc.replace_substring(words, "\u0130", "i\u0307")), "\u03c2", "\u03c3")


def _is_known(words: pa.Array) -> pa.Array:
    return pc.is_in(_folded(_no_longer_than(words, _FOLDED_FROM * _LONGEST_NAME)), _KNOWN)
