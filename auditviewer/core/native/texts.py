"""Texts of the compiled functions as Arrow arrays and back, without a copy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core.native import Texts


def as_array(texts: Texts, is_first_null: bool = False, is_null: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Return texts, which must be UTF-8, as a large_string array over the same memory.

    Null are the first one, where that is said, or those of (n,) booleans.
    """
    offsets, data = texts
    n, n_null = len(offsets) - 1, int(is_first_null)
    is_valid = None
    if is_first_null:
        bits = np.full(-(-n // 8), 0xFF, dtype=np.uint8)
        bits[:1] = 0xFE
        is_valid = pa.py_buffer(bits)
    elif is_null is not None:
        n_null = int(np.count_nonzero(is_null))
        is_valid = pa.py_buffer(np.packbits(~is_null, bitorder="little"))
    buffers = [is_valid, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_string(), n, buffers, null_count=n_null)


def as_dictionary_array(
    codes: npt.NDArray[np.int32], texts: Texts, is_null: npt.NDArray[np.bool_] | None = None
) -> pa.DictionaryArray:
    """Return codes and the texts that they stand for as an array over the same memory, null as (n,) booleans say."""
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=is_null), as_array(texts), safe=False)


def texts_of(array: pa.Array) -> Texts:
    """Return the texts of a large_string or large_binary array; what stands for a null counts as one."""
    n = len(array)
    if not n:
        return np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.uint8)
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset : array.offset + n + 1]
    return offsets, np.frombuffer(array.buffers()[2] or b"", dtype=np.uint8)
