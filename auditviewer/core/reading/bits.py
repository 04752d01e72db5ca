"""One bit a byte of a block, 64 to a word: how the indexes of CSV and JSON look at many bytes at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
"""Bit i of the words, lowest first, stands for byte i."""

_ONE, _LAST = np.uint64(1), np.uint64(63)
_CHUNK = 1 << 12
"""Words looked at at a time, so that their bytes stay in the processor's cache."""
_DOUBLINGS = tuple(np.uint64(n) for n in (1, 2, 4, 8, 16, 32))


def bits_of(is_one: npt.NDArray[np.bool_]) -> Words:
    """Return booleans as bits, zeros up to a whole word."""
    packed = np.packbits(is_one, bitorder="little")
    if len(packed) % 8:
        packed = np.concatenate([packed, np.zeros(8 - len(packed) % 8, np.uint8)])
    words: Words = packed.view(np.uint64)
    return words


def bits_at(places: npt.NDArray[np.int64], size: int) -> Words:
    """Return bits that are set at the places alone, for ``size`` bytes."""
    is_one = np.zeros(size, dtype=np.bool_)
    is_one[places] = True
    return bits_of(is_one)


def places_of(words: Words) -> npt.NDArray[np.int64]:
    """Return the places of the set bits, ascending."""
    found = [_places_in(words[at : at + _CHUNK], at) for at in range(0, len(words), _CHUNK)]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _places_in(words: Words, first: int) -> npt.NDArray[np.int64]:
    """Return the places of the set bits of words that follow ``first`` others; quick where few are set."""
    some = np.flatnonzero(words)
    if 4 * len(some) > len(words):
        found = np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little").view(np.bool_))
        return found + first * 64
    found = np.flatnonzero(np.unpackbits(words[some].view(np.uint8), bitorder="little"))
    places: npt.NDArray[np.int64] = (some[found >> 6] + first) * 64 + (found & 63)
    return places


def is_set(words: Words, places: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return whether the bit at each place is set."""
    found: npt.NDArray[np.bool_] = ((words.view(np.uint8)[places >> 3] >> (places & 7).astype(np.uint8)) & 1) == 1
    return found


def shifted(words: Words) -> Words:
    """Return the bits moved one byte onward."""
    moved = words << _ONE
    moved[1:] |= words[:-1] >> _LAST
    return moved


def prefix_parity(words: Words) -> Words:
    """Return bits that are the parity of all bits up to and including their own.

    Of the bits of quotes: which bytes stand inside quotes, the opening one included and the closing one not.
    """
    parity = words.copy()
    for step in _DOUBLINGS:
        parity ^= parity << step
    of_word: Any = (parity >> _LAST).astype(np.uint8)
    before = np.zeros(len(words), dtype=np.uint64)
    before[1:] = np.bitwise_xor.accumulate(of_word)[:-1]
    parity ^= ~(before - _ONE)  # 0 stays 0, 1 becomes all ones
    return parity
