"""Ids as 64-bit numbers, so that a million of them are compared at once; equal Ids have equal numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core import native
from auditviewer.core.native.texts import texts_of

_BLOCK_BYTES = 1 << 18


def hash_texts(array: pa.Array) -> npt.NDArray[np.uint64]:
    """Return a number for each text, 0 for a missing or empty one, by mixing its 8-byte words."""
    if native.is_there() and not array.null_count:
        return native.hash_texts(texts_of(array))
    n = len(array)
    offsets, data = texts_of(array)
    lengths = np.diff(offsets)
    hashes = np.zeros(n, dtype=np.uint64)
    if n and (lengths == lengths[0]).all():
        present = lengths[:1]
    else:
        present = np.unique(lengths)
    for length in present[present > 0]:
        rows = np.flatnonzero(lengths == length)
        step = max(1, _BLOCK_BYTES // int(length))
        for start in range(0, len(rows), step):
            chosen = rows[start : start + step]
            hashes[chosen] = _hash_rows(data, offsets[chosen], int(length))
    return hashes


def _hash_rows(data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], length: int) -> npt.NDArray[np.uint64]:
    if int(starts[-1]) - int(starts[0]) == (len(starts) - 1) * length:
        rows = data[int(starts[0]) : int(starts[0]) + len(starts) * length].reshape(len(starts), length)
    else:
        rows = data[starts[:, None] + np.arange(length)]
    padded = np.zeros((len(starts), -(-length // 8) * 8), dtype=np.uint8)
    padded[:, :length] = rows
    words = padded.view(np.uint64)
    mixed = np.full(len(starts), length, dtype=np.uint64)
    for i in range(words.shape[1]):
        mixed = (mixed ^ words[:, i]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    numbers: npt.NDArray[np.uint64] = mixed | np.uint64(1)
    return numbers


def repeated(ordered: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the numbers that stand more than once in a sorted array, 0 (no Id) apart."""
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    some: npt.NDArray[np.uint64] = again[again != 0]
    return some
