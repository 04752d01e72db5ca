"""Finding a literal text in a text column: numpy over the column's raw bytes, then from bytes back to cells.

A text of three bytes or more holds, wherever it stands, one of two neighbouring pairs of its bytes at an even place.
So two comparisons of 16-bit numbers sift the bytes several times faster than a regular expression reads them; the
pairs that are rarest in a sample of the column are taken, and what they let through is compared byte by byte.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core.table import Mask, Positions

Bytes = npt.NDArray[np.uint8]

_WINDOW = 1 << 20
"""Bytes sifted at a time; what is written in between stays in the processor's cache."""
_SAMPLE = 1 << 16
_DENSE = 48
"""A text whose sieve lets through more than one in this many bytes is better sought cell by cell."""
_CASE_BIT = 0x20


@dataclass(frozen=True)
class Literal:
    """Bytes to find; ``is_folded`` takes the 26 letters in both cases, for which ``text`` must be ASCII."""

    text: bytes
    is_folded: bool = False

    @cached_property
    def folded(self) -> Bytes:
        """The bytes as the sieve compares them: of a folded text each byte with the bit of lower case."""
        raw = np.frombuffer(self.text, dtype=np.uint8)
        return raw | np.uint8(_CASE_BIT) if self.is_folded else raw

    @cached_property
    def pairs(self) -> npt.NDArray[np.uint16]:
        """Each two neighbouring bytes of `folded` as one number, as this machine reads them from memory."""
        return np.stack([self.folded[:-1], self.folded[1:]], axis=1).copy().view(np.uint16)[:, 0]


class Finder:
    """Finds one text in one column after another array of it; what is rare there is made out once."""

    def __init__(self, literal: Literal) -> None:
        self._literal = literal
        self._pair: int | None = None
        """Where in the text the two pairs stand that are sifted for."""
        self._sampled = 0
        """How many bytes that was made out of."""

    def find(self, array: pa.Array) -> Mask | None:
        """Return (n,) booleans, true for the cells that hold the text; None where it is too common for this way.

        Parameters
        ----------
        array
            large_string; a null holds nothing.
        """
        n = len(array)
        found: Mask = np.zeros(n, dtype=np.bool_)
        if not n or array.buffers()[2] is None:
            return found
        offsets = np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset : array.offset + n + 1]
        data = np.frombuffer(array.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
        starts = self._find_all(data)
        if starts is None:
            return None
        if not len(starts):
            return found
        starts += offsets[0]
        cells = np.searchsorted(offsets, starts, side="right") - 1
        size = len(self._literal.text)
        found[cells[starts + size <= offsets[cells + 1]]] = True  # not across the border of two cells
        if array.null_count:
            found &= array.is_valid().to_numpy(zero_copy_only=False)
        return found

    def _find_all(self, data: Bytes) -> Positions | None:
        """Return where the text starts in the bytes; None when the sieve lets too much through."""
        literal = self._literal
        size, length = len(literal.text), len(data)
        if size > 2 and (self._pair is None or length > _SAMPLE > self._sampled):
            self._pair, self._sampled = _rarest_pair(data, literal), length
        pair = self._pair or 0
        pieces = []
        for low in range(0, length, _WINDOW):
            window = data[low : low + _WINDOW + size - 1]
            starts = _sift_pairs(window, literal, pair) if size > 2 else _sift_bytes(window, literal)
            if starts is None:
                return None
            if len(starts):
                starts = _verified(window, starts, literal)
                pieces.append(starts[starts < _WINDOW] + low)
        return np.concatenate(pieces) if pieces else np.empty(0, np.int64)


def _rarest_pair(data: Bytes, literal: Literal) -> int:
    """Return the place in the text of the two neighbouring pairs that are rarest in a sample from the middle."""
    middle = max(len(data) // 2 - _SAMPLE // 2, 0) & ~1
    sample = data[middle : middle + _SAMPLE]
    sample = sample[: len(sample) & ~1]
    if literal.is_folded:
        sample = sample | np.uint8(_CASE_BIT)
    counts = np.bincount(sample.view(np.uint16), minlength=1 << 16)
    of_pair = counts[literal.pairs]
    return int(np.argmin(of_pair[:-1] + of_pair[1:]))


class _Scratch(threading.local):
    """Memory that a thread writes to again and again: touching fresh pages costs more than the comparing."""

    def __init__(self) -> None:
        half = _WINDOW // 2 + 4096
        self.folded = np.empty(half, dtype=np.uint16)
        self.one, self.other = np.empty(half, dtype=np.bool_), np.empty(half, dtype=np.bool_)


_scratch = _Scratch()


def _sift_pairs(window: Bytes, literal: Literal, pair: int) -> Positions | None:
    """Return where the text may start: where one of the two pairs from ``pair`` on stands at an even place."""
    pairs = literal.pairs
    words = window[: len(window) & ~1].view(np.uint16)
    n = len(words)
    if n > len(_scratch.one):  # a text of more than some thousand bytes
        _scratch.folded = np.empty(n, dtype=np.uint16)
        _scratch.one, _scratch.other = np.empty(n, dtype=np.bool_), np.empty(n, dtype=np.bool_)
    if literal.is_folded:
        words = np.bitwise_or(words, np.uint16(_CASE_BIT << 8 | _CASE_BIT), out=_scratch.folded[:n])
    first = np.equal(words, pairs[pair], out=_scratch.one[:n])
    second = np.equal(words, pairs[pair + 1], out=_scratch.other[:n])
    n_hits = np.count_nonzero(first), np.count_nonzero(second)
    if sum(n_hits) * _DENSE > len(window) and sum(n_hits) > 64:
        return None
    starts = [
        np.flatnonzero(hits) * 2 - place
        for hits, place, count in ((first, pair, n_hits[0]), (second, pair + 1, n_hits[1]))
        if count
    ]
    if not starts:
        return np.empty(0, np.int64)
    both = np.concatenate(starts)
    return both[(both >= 0) & (both + len(literal.text) <= len(window))]


def _sift_bytes(window: Bytes, literal: Literal) -> Positions | None:
    """Return where a text of one or two bytes may start."""
    text = literal.folded
    folded = window | np.uint8(_CASE_BIT) if literal.is_folded else window
    hits = folded[: len(folded) - len(text) + 1] == text[0]
    if len(text) == 2 and len(folded) > 1:
        hits &= folded[1:] == text[1]
    if int(np.count_nonzero(hits)) * _DENSE > len(window) and len(window) > 4096:
        return None
    return np.flatnonzero(hits)


def _verified(window: Bytes, starts: Positions, literal: Literal) -> Positions:
    """Return the starts where the whole text stands."""
    for place, byte in enumerate(literal.text):
        if not len(starts):
            break
        there = window[starts + place]
        if literal.is_folded and chr(byte).isalpha():
            there = there | np.uint8(_CASE_BIT)
            byte |= _CASE_BIT
        starts = starts[there == byte]
    return starts
