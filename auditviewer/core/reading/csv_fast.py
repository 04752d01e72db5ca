"""The fast CSV reader: pyarrow over a range of the file, believed only where the byte index agrees."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

import auditviewer.core.arrow_alone  # noqa: F401 - before the first array is made
from auditviewer.core.reading.csv_index import CsvIndex, index_csv
from auditviewer.core.reading.csv_layout import FOLDED_NAMES, SPACE, CsvLayout
from auditviewer.core.reading.store import CODED, CODED_TYPE, StoreWriter

BLOCK_BYTES = 2 << 20
"""About so many bytes are parsed at a time: they and what is made of them stay in the processor's cache."""
PART_BYTES = 16 << 20
"""About so many bytes make a part of the log: few parts are opened and searched faster than many."""

# Columns whose values repeat so much that the parser's own encoding beats one afterwards.
_FEW_VALUES = (
    "TenantId", "WorkflowType", "EventType", "Initiator", "InitiatorType", "InitiatorId", "Target", "TargetType",
    "OperationStatus",
)  # fmt: skip
_KNOWN = pa.array(sorted(FOLDED_NAMES), pa.large_string())
_LONGEST_NAME = max(len(name) for name in FOLDED_NAMES)
_BLANKS_AROUND = 8
"""Nobody puts more blanks than that around the name of a column."""


class NotBelieved(Exception):
    """The fast reader's answer does not count; the reason is its text."""


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
    data: memoryview, index: CsvIndex, start: int, layout: CsvLayout, store: StoreWriter, tell: Callable[[int], None]
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
    options = _options(layout)
    done = added = 0
    tables: list[pa.Table] = []
    while done < n_records:
        first = int(starts[done])
        stop = max(int(np.searchsorted(index.ends, first + BLOCK_BYTES, side="right")), done + 1)
        block = data[first : int(index.ends[stop - 1])]
        tables.append(_parse(block, options, stop - done))
        _check_headers(tables[-1], layout)
        tell(len(block))
        done = stop
        if done == n_records or int(index.ends[done - 1]) - int(starts[added]) >= PART_BYTES:
            store.add(_joined(tables), {}, {name: numbers[added:done] for name, numbers in places.items()})
            tables, added = [], done


def _joined(tables: list[pa.Table]) -> dict[str, Any]:
    """Return the columns of tables as those of one part; a coded one may stay in pieces."""
    whole = pa.concat_tables(tables)
    return {
        name: column if name in CODED else pa.concat_arrays(column.chunks)
        for name, column in zip(whole.column_names, whole.columns, strict=True)
    }


def _options(layout: CsvLayout) -> dict[str, Any]:
    types = {name: CODED_TYPE if name in _FEW_VALUES else pa.large_string() for name in layout.columns}
    return {
        "parse_options": pa.csv.ParseOptions(
            delimiter=layout.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=lambda _: "error",
        ),
        "convert_options": pa.csv.ConvertOptions(column_types=types, strings_can_be_null=False, check_utf8=True),
        "read_options": pa.csv.ReadOptions(column_names=list(layout.columns), use_threads=False),
    }


def _parse(block: memoryview, options: dict[str, Any], n_records: int) -> pa.Table:
    """Return the texts in a block of so many whole records; every failure of the parser is a `NotBelieved`.

    The block is all that the parser gets: it need not look for the end of the last record that is whole, which takes
    it a tenth of its time, and its count must be right block by block.
    """
    options["read_options"].block_size = len(block) + 1
    try:
        table = pa.csv.read_csv(pa.BufferReader(pa.py_buffer(block)), **options)
    except pa.ArrowInvalid as error:
        raise NotBelieved(str(error)) from None
    if table.num_rows != n_records:
        raise NotBelieved(f"{table.num_rows} records parsed where the bytes hold {n_records}")
    return table


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
        again = pa.array([name, pc.utf8_lower(name).as_py()], pa.large_string())
        first = _no_longer_than(_words(columns[0]), len(name.encode()))
        if pc.any(pc.is_in(_folded(first), again)).as_py():
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
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)
    has_none: npt.NDArray[np.bool_] = np.diff(offsets) == 0
    some = np.flatnonzero(~has_none)
    has_none[some] = (data[offsets[some]] - np.uint8(48)) > 9
    return has_none


def _words(column: pa.Array) -> pa.Array:
    return column.dictionary if pa.types.is_dictionary(column.type) else column


def _no_longer_than(words: pa.Array, size_bytes: int) -> pa.Array:
    """Return the words of at most that many bytes, blanks around them apart."""
    return words.filter(pc.less_equal(pc.binary_length(words), size_bytes + _BLANKS_AROUND))


def _folded(words: pa.Array) -> pa.Array:
    return pc.utf8_lower(pc.utf8_trim(words, SPACE))


def _is_known(words: pa.Array) -> pa.Array:
    return pc.is_in(_folded(_no_longer_than(words, _LONGEST_NAME)), _KNOWN)
