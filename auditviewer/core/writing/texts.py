"""Columns of text as the memory that they stand in, without a copy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from auditviewer.core.native.texts import texts_of
from auditviewer.core.query.masks import true_positions
from auditviewer.core.table import Mask

TEXT, BYTES = pa.large_string(), pa.large_binary()


def one_array(chunked: pa.ChunkedArray) -> pa.Array:
    """Return a chunked array as one array."""
    return chunked.chunk(0) if chunked.num_chunks == 1 else pa.concat_arrays(chunked.chunks or [pa.nulls(0, TEXT)])


def offsets_of(texts: pa.Array) -> Any:
    """Return where in its data each text starts and the last one ends, (n + 1,) int64."""
    return texts_of(texts)[0]


def bytes_of(texts: pa.Array) -> Any:
    """Return the bytes of all texts one after the other, without a copy."""
    if texts.buffers()[2] is None:
        return memoryview(b"")
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)
    first, last = int(offsets[texts.offset]), int(offsets[texts.offset + len(texts)])
    return memoryview(texts.buffers()[2])[first:last] if last > first else memoryview(b"")


def letters_of(texts: pa.Array) -> Any:
    """Return the bytes of all texts one after the other as numbers, (n,) uint8."""
    return np.frombuffer(bytes_of(texts), dtype=np.uint8)


def hold_any(texts: pa.Array, marks: bytes) -> Mask:
    """Return which texts hold one of some ASCII characters, (n,) booleans."""
    letters = letters_of(texts)
    is_mark = letters == marks[0]
    for mark in marks[1:]:
        is_mark |= letters == mark
    found: Mask = np.zeros(len(texts), dtype=np.bool_)
    places = true_positions(is_mark)
    if len(places):
        offsets = offsets_of(texts)
        found[np.searchsorted(offsets, places + offsets[0], side="right") - 1] = True
    return found


def buffer_of(texts: pa.Array) -> pa.Buffer:
    """Return the bytes of all texts one after the other, without a copy."""
    return pa.py_buffer(bytes_of(texts))
