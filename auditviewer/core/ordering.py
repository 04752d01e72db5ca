"""Stable orders of many keys: ties stay as they stand, and a million keys take some 20 ms."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from auditviewer.core import native

Order = npt.NDArray[np.int64]

_MANY_TIES = 4
"""Above one in this many keys, ties at the cut are not mended one by one."""


def stable_order(keys: npt.NDArray[Any]) -> Order:
    """Return the places of the keys in ascending order, equal keys as they stand.

    numpy sorts plain 64-bit numbers several times faster than it finds a stable order of them. So key and place are
    put into one number, the key above; where both do not fit, the key's low bits are left out first and looked at
    only among keys that are equal without them.

    Parameters
    ----------
    keys
        (n,) integers of any type.
    """
    n = len(keys)
    if n < 2:
        return np.arange(n, dtype=np.int64)
    if keys.dtype.itemsize <= 2:
        return np.argsort(keys, kind="stable").astype(np.int64, copy=False)  # numpy's radix sort
    low, high = int(keys.min()), int(keys.max())
    place_bits = (n - 1).bit_length()
    surplus = max((high - low).bit_length() + place_bits - 64, 0)
    packed = keys.astype(np.uint64) - np.uint64(low % 2**64)  # wraps round to the distance from the lowest key
    packed >>= np.uint64(surplus)
    packed <<= np.uint64(place_bits)
    packed |= np.arange(n, dtype=np.uint64)
    if native.is_there():
        native.sort_numbers(packed, place_bits)  # places ascend already: equal keys stay as they stand
    else:
        packed.sort()
    order = (packed & np.uint64(2**place_bits - 1)).astype(np.int64)
    if not surplus:
        return order
    packed >>= np.uint64(place_bits)
    return _mended(order, packed[1:] == packed[:-1], keys)


def _mended(order: Order, is_tied: npt.NDArray[np.bool_], keys: npt.NDArray[Any]) -> Order:
    """Return the order with keys that are equal in their high bits (to the next one) put right among themselves."""
    n_tied = int(np.count_nonzero(is_tied))
    if not n_tied:
        return order
    if n_tied * _MANY_TIES > len(order):
        return np.argsort(keys, kind="stable").astype(np.int64, copy=False)
    in_group = np.zeros(len(order), dtype=np.bool_)
    in_group[:-1] |= is_tied
    in_group[1:] |= is_tied
    rows = np.flatnonzero(in_group)
    starts_group = np.ones(len(rows), dtype=np.bool_)
    starts_group[1:] = ~is_tied[rows[1:] - 1]
    tied = order[rows]
    order[rows] = tied[np.lexsort((tied, keys[tied], np.cumsum(starts_group)))]
    return order
