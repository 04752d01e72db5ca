"""Columns of text as the memory that they stand in, without a copy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

TEXT, BYTES = pa.large_string(), pa.large_binary()


def one_array(chunked: pa.ChunkedArray) -> pa.Array:
    """Return a chunked array as one array."""
    return chunked.chunk(0) if chunked.num_chunks == 1 else pa.concat_arrays(chunked.chunks or [pa.nulls(0, TEXT)])


def offsets_of(texts: pa.Array) -> Any:
    """Return where in its data each text starts and the last one ends, (n + 1,) int64."""
    if not len(texts):
        return np.zeros(1, dtype=np.int64)
    return np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]


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


def buffer_of(texts: pa.Array) -> pa.Buffer:
    """Return the bytes of all texts one after the other, without a copy."""
    return pa.py_buffer(bytes_of(texts))
