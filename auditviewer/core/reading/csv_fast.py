"""The fast CSV reader: pyarrow over a range of the file, believed only where the byte index agrees."""

from __future__ import annotations

import codecs
import mmap
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

import auditviewer.core.arrow_alone  # noqa: F401 - before the first array is made
from auditviewer.core.progress import Progress
from auditviewer.core.reading.csv_index import CsvIndex, index_csv
from auditviewer.core.reading.csv_layout import FOLDED_NAMES, SPACE, CsvLayout
from auditviewer.core.reading.store import CODED_TYPE, StoreWriter
from auditviewer.core.source_file import open_source

BLOCK_BYTES = 4 << 20


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


def read_range(
    path: Path, start: int, stop: int, layout: CsvLayout, store: StoreWriter, progress: Progress, first_line: int = 1
) -> CsvIndex:
    """Read the records in a range of bytes into a store.

    Offsets and lines in the store count from the file's start when ``start`` and ``first_line`` do; records from
    the range's first.

    Raises
    ------
    NotBelieved
        The index saw something odd, or parser and index do not agree.
    """
    if len(layout.columns) < 2:
        raise NotBelieved("in one column a blank line cannot be told from an empty value")
    with open_source(path) as file:
        if os.fstat(file.fileno()).st_size < max(stop, 1):
            raise NotBelieved("the file became shorter")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    # Not closed by hand: the parser may still look ahead in it when it is given up, and would crash.
    return _read(memoryview(mapped)[start:stop], start, layout, store, progress, first_line)


def _read(
    data: memoryview, start: int, layout: CsvLayout, store: StoreWriter, progress: Progress, first_line: int
) -> CsvIndex:
    index = index_csv(data, layout.delimiter)
    n_records = len(index.ends)
    if bytes(data[:3]) == codecs.BOM_UTF8:
        raise NotBelieved("a byte-order mark before the first record")
    if index.oddities:
        raise NotBelieved(", ".join(index.oddities))
    if index.delimiters != (len(layout.columns) - 1) * n_records:
        raise NotBelieved(f"{index.delimiters} delimiters in {n_records} records")
    starts = np.concatenate([[0], index.ends[:-1]]).astype(np.int64) if n_records else np.empty(0, np.int64)
    before = np.concatenate([[0], index.lines[:-1]]).astype(np.int64) if n_records else np.empty(0, np.int64)
    places = {
        "record": np.arange(1, n_records + 1, dtype=np.int64),
        "line": before + first_line,
        "offset": starts + start,
        "length": index.ends - starts,
    }
    done = 0
    for batch in _batches(data, layout):
        stop = done + batch.num_rows
        if stop > n_records:
            raise NotBelieved(f"more than {n_records} records parsed")
        _check_headers(batch, layout)
        texts = {name: batch.column(i) for i, name in enumerate(layout.columns)}
        store.add(texts, {}, {name: numbers[done:stop] for name, numbers in places.items()})
        done = stop
        progress.report("reading", int(index.ends[done - 1]) if done else 0, len(data))
    if done != n_records:
        raise NotBelieved(f"{done} records parsed where the bytes hold {n_records}")
    return index


def _batches(data: memoryview, layout: CsvLayout) -> Any:
    """Yield record batches of texts; every failure of the parser is a `NotBelieved`."""
    if not len(data):
        return
    types = {name: CODED_TYPE if name in _FEW_VALUES else pa.large_string() for name in layout.columns}
    try:
        reader = pa.csv.open_csv(
            pa.BufferReader(pa.py_buffer(data)),
            read_options=pa.csv.ReadOptions(
                column_names=list(layout.columns), use_threads=False, block_size=BLOCK_BYTES
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=layout.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=lambda _: "error",
            ),
            convert_options=pa.csv.ConvertOptions(column_types=types, strings_can_be_null=False, check_utf8=True),
        )
        yield from reader
    except pa.ArrowInvalid as error:
        raise NotBelieved(str(error)) from None


def _check_headers(batch: pa.RecordBatch, layout: CsvLayout) -> None:
    """Refuse a batch in which a header may stand, or a byte-order mark before a record; the other reader says where."""
    first = _words(batch.column(0))
    if pc.any(pc.starts_with(first, "\ufeff")).as_py():
        raise NotBelieved("a byte-order mark in the middle")
    if "Timestamp" in layout.columns:
        batch = batch.filter(pa.array(_has_no_digit_first(batch.column(layout.columns.index("Timestamp")))))
        if not batch.num_rows:
            return  # a header has a name there, not a time
        first = _words(batch.column(0))
    if layout.header_key is not None:
        name = layout.header_key[0]
        again = pa.array([name, pc.utf8_lower(name).as_py()], pa.large_string())
        if pc.any(pc.is_in(_folded(_no_longer_than(first, len(name.encode()))), again)).as_py():
            raise NotBelieved("the header may stand again")
    coded = [column.dictionary for column in batch.columns if pa.types.is_dictionary(column.type)]
    if 2 * len(coded) >= batch.num_columns and not pc.any(_is_known(pa.concat_arrays(coded))).as_py():
        return  # a header has names in more than half of its fields, so in one of these
    known = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        is_known = pc.is_in(_folded(_words(column)), _KNOWN)
        if pa.types.is_dictionary(column.type):
            is_known = is_known.take(column.indices)
        known += is_known.to_numpy(zero_copy_only=False)
    if (2 * known > batch.num_columns).any():
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
