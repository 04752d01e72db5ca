"""Masks to positions and ranges to masks, without a look at each event where that can be spared."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auditviewer.core.table import Mask, Positions

_SPARSE = 16
"""Below one in this many, whole groups of eight are passed over: 1,000,000 booleans then take 0.1 ms instead of 1."""
_BLOCK = 1 << 16
"""Numbers compared at a time; what is written in between stays in the processor's cache."""


def true_positions(mask: Mask) -> Positions:
    """Return where a mask is true, ascending."""
    if np.count_nonzero(mask) * _SPARSE > len(mask):
        return np.flatnonzero(mask)
    whole = len(mask) & ~7
    places = sparse_positions(mask[:whole])
    if whole == len(mask):
        return places
    return np.concatenate([places, np.flatnonzero(mask[whole:]) + whole])


def sparse_positions(mask: Mask) -> Positions:
    """Return where a mask is true; its length divides by eight, and eight that are false are looked at as one."""
    groups = (mask.view(np.uint64) != 0).nonzero()[0]
    inside = mask.reshape(-1, 8)[groups].ravel().nonzero()[0]
    places: Positions = groups[inside >> 3] * 8 + (inside & 7)
    return places


def within(numbers: npt.NDArray[np.int64], start: int | None, end: int | None, is_sorted: bool) -> Mask:
    """Return which numbers are in [start, end); None leaves a side open."""
    inside: Mask = np.zeros(len(numbers), dtype=np.bool_)
    if is_sorted:
        low = 0 if start is None else int(np.searchsorted(numbers, start))
        high = len(numbers) if end is None else int(np.searchsorted(numbers, end))
        inside[low:high] = True
        return inside
    for low in range(0, len(numbers), _BLOCK):
        block, own = numbers[low : low + _BLOCK], inside[low : low + _BLOCK]
        if start is None:
            own[:] = True
        else:
            np.greater_equal(block, start, out=own)
        if end is not None:
            own &= block < end
    return inside
