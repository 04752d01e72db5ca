"""Finding a literal text in a text column: over the column's raw bytes, then from bytes back to cells.

`Scanner` does it by the compiled function, `Finder` without. That compares bytes, or aligned words of two bytes, which
numpy does at 50 to 80 GB/s where they are in the cache. A text of three bytes or more holds, wherever it stands, words
both at its even and at its odd places, so both are sifted for. What is let through is looked at eight bytes at a time.
Each step is one call over many bytes: between short steps threads would only wait for Python's lock. How a text is
sifted for is chosen in `choose_sieve`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core import native
from auditviewer.core.query.masks import sparse_positions
from auditviewer.core.table import Mask, Positions

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[Any]
Offsets = npt.NDArray[np.int64]

_BLOCK = 1 << 20
"""Bytes sifted at a time: what is written in between stays in the cache, and two threads do not hinder each other."""
_SAMPLE, _FEW_SAMPLED = 1 << 16, 1 << 14
_PLACES = 64
"""So many words of a text are weighed against each other."""
_DENSE = 64
"""A text of which more than one in this many bytes is let through is better sought cell by cell."""
_TEST, _LOOK = 0.043, 60.0
"""Nanoseconds, as measured: a byte to be tested once more, and a place that was let through to be looked at."""
_CASE_BIT = 0x20


@dataclass(frozen=True, eq=False)
class Texts:
    """The cells of a large_string array as raw bytes; a null holds nothing.

    ``offsets`` (n + 1,) is where each cell begins in the array's buffer, and where the last one ends.
    """

    array: pa.Array
    offsets: Offsets
    data: Bytes

    def sample(self) -> Bytes:
        """Return some bytes from the middle."""
        middle = max(len(self.data) // 2 - _SAMPLE // 2, 0)
        return self.data[middle : middle + _SAMPLE]


def texts_of(array: pa.Array) -> Texts:
    """Return the texts of a large_string array, over its memory."""
    buffers, n = array.buffers(), len(array)
    if not n or buffers[2] is None:
        return Texts(array, np.zeros(n + 1, dtype=np.int64), np.empty(0, dtype=np.uint8))
    offsets = np.frombuffer(buffers[1], dtype=np.int64, count=n + 1, offset=array.offset * 8)
    return Texts(array, offsets, np.frombuffer(buffers[2], dtype=np.uint8)[offsets[0] : offsets[-1]])


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
    def case_bits(self) -> Bytes:
        """The bit of lower case at each letter that may stand in both cases."""
        is_letter = np.array([self.is_folded and chr(byte).isalpha() for byte in self.text], dtype=np.bool_)
        return np.where(is_letter, np.uint8(_CASE_BIT), np.uint8(0))

    @cached_property
    def checks(self) -> tuple[int, list[tuple[int, Any, Any]]]:
        """A width, and (place, bits of lower case, what must be there with them) of words that make up the text."""
        size = len(self.text)
        width = 8 if size >= 8 else 4 if size >= 4 else 2
        bits = _unaligned(self.case_bits, width)
        wanted = _unaligned(np.frombuffer(self.text, dtype=np.uint8) | self.case_bits, width)
        return width, [(i, bits[i], wanted[i]) for i in (*range(0, size - width, width), size - width)]

    def words(self, width: int) -> Words:
        """Return the word of ``width`` bytes at each place of the text, as this machine reads it from memory."""
        return _unaligned(self.folded, width).copy()


@dataclass(frozen=True)
class Sieve:
    """Which words of a text are sifted for: by the distance from an aligned place, those that must all be there.

    ``places[i]`` are places in the text that leave the rest i when divided by ``width``, ascending.
    """

    literal: Literal
    width: int
    places: tuple[tuple[int, ...], ...]

    @cached_property
    def words(self) -> Words:
        """The words to compare, as a column: first the first of each distance, then the others."""
        others = [place for own in self.places for place in own[1:]]
        return self.literal.words(self.width)[[*(own[0] for own in self.places), *others], None]

    @cached_property
    def joins(self) -> tuple[tuple[int, int, int], ...]:
        """(row of `words`, row that must stand later, so many words later) of the tests that belong together."""
        shifts = [(row, (place - own[0]) // self.width) for row, own in enumerate(self.places) for place in own[1:]]
        return tuple((row, len(self.places) + i, shift) for i, (row, shift) in enumerate(shifts))


def choose_sieve(literal: Literal, sample: Bytes) -> Sieve:
    """Return how to sift for a text in a column that a sample was taken of: in the way that should take least time.

    Of 164 MB on one core it took 13 ms by one rare byte, 15 by one word at even and one at odd places, 19 by two bytes
    together, each test more 7 ms and each place that had to be looked at 60 ns; polars took 18, ignoring case 23 to 39.
    Words of four bytes need four tests, one for each distance, and let no less through: a text such as "retention"
    shares every word at one of the distances with others ("authentication").
    """
    size = len(literal.text)
    if size <= 2:  # may be anywhere: found by all of its bytes, without a look at each place
        return Sieve(literal, 1, (tuple(range(size)),))
    sieves = [(_cost(literal, sample, width, tests), width, tests) for width in (1, 2) for tests in (1, 2, 3)]
    (_, places), width, _ = min(sieves, key=lambda one: one[0][0])
    return Sieve(literal, width, places)


def _cost(literal: Literal, sample: Bytes, width: int, n_tests: int) -> tuple[float, tuple[tuple[int, ...], ...]]:
    """Return the nanoseconds a byte that a sieve of that kind takes, and its places."""
    words = literal.words(width)[:_PLACES]
    sampled = _aligned(sample, width)[1]
    if literal.is_folded:
        sampled = sampled | _case_bits(width)
    chosen = [_rarest(sampled, words, range(first, len(words), width), width, n_tests) for first in range(width)]
    let_through = sum(rate for rate, _ in chosen)
    return _TEST * n_tests + _LOOK * let_through, tuple(places for _, places in chosen)


def _rarest(
    sampled: Words, words: Words, places: Sequence[int], width: int, n_tests: int
) -> tuple[float, tuple[int, ...]]:
    """Return how often, a byte of the sample, some of the words stand together, and which ones do so most rarely."""
    shifts = [(place - places[0]) // width for place in places]
    n = len(sampled) - shifts[-1]
    if n <= 0:
        return 0.0, tuple(places[:1])
    there = [sampled[shift : shift + n] == words[place] for place, shift in zip(places, shifts, strict=True)]
    together: Mask = np.ones(n, dtype=np.bool_)
    chosen: list[int] = []
    while len(chosen) < min(n_tests, len(places)):
        counts = {i: int(np.count_nonzero(together & there[i])) for i in range(len(places)) if i not in chosen}
        best = min(counts, key=counts.__getitem__)
        chosen.append(best)
        together = together & there[best]
    return np.count_nonzero(together) / (n * width), tuple(sorted(places[i] for i in chosen))


class Scanner:
    """Finds one text in arrays of one column by the compiled function, which stops at the first in a cell."""

    def __init__(self, literal: Literal, sample: Bytes) -> None:
        sampled = sample[:_FEW_SAMPLED]
        if literal.is_folded:
            sampled = sampled | np.uint8(_CASE_BIT)
        words = literal.words(1)[:_PLACES]
        _, places = _rarest(sampled, words, range(len(words)), 1, 2)
        wanted = np.frombuffer(literal.text, dtype=np.uint8) | literal.case_bits
        self._sought = native.SoughtText(wanted, literal.case_bits, (places[0], places[-1]))

    def find(self, texts: Texts) -> Mask:
        """Return (n,) booleans, true for the cells that hold the text."""
        return _without_nulls(self._sought.find(texts.offsets, texts.data), texts)


class Finder:
    """Finds one text in arrays of one column; made for one thread, since it keeps the memory that it writes to."""

    def __init__(self, sieve: Sieve) -> None:
        self._sieve = sieve
        n = _BLOCK // sieve.width + 7
        self._folded = np.empty(n, dtype=f"u{sieve.width}") if sieve.literal.is_folded else None
        self._tests = np.empty(n * len(sieve.words), dtype=np.bool_)

    def find(self, texts: Texts) -> Mask | None:
        """Return (n,) booleans, true for the cells that hold the text; None where it is too common for this way."""
        is_short = len(self._sieve.literal.text) <= 2
        found = self._find_short(texts) if is_short else self._find_long(texts)
        return None if found is None else _without_nulls(found, texts)

    def _find_long(self, texts: Texts) -> Mask | None:
        sieve, data = self._sieve, texts.data
        skipped, words = _aligned(data, sieve.width)
        step, n_hits = _BLOCK // sieve.width, 0
        hits: list[Positions] = []
        first = np.array([skipped - own[0] for own in sieve.places])
        for low in range(0, len(words), step):
            let_through = self._sift(words[low : low + step])
            if not let_through.any():
                continue
            at = sparse_positions(let_through.ravel())
            is_second = at >= let_through.shape[1]  # there are two rows at most
            at = (at - is_second * let_through.shape[1] + low) * sieve.width
            hits.append(at + first[is_second.view(np.int8)])
            n_hits += len(at)
            if n_hits * _DENSE > low * sieve.width + _BLOCK:
                return None
        found: Mask = np.zeros(len(texts.offsets) - 1, dtype=np.bool_)
        if n_hits:
            starts = _verified(data, np.concatenate(hits), sieve.literal)
            if len(starts):
                _mark(found, texts.offsets, starts + texts.offsets[0], len(sieve.literal.text))
        return found

    def _find_short(self, texts: Texts) -> Mask | None:
        """Find one or two bytes, which may be anywhere: they are not taken up one by one, but cell by cell."""
        offsets, data = texts.offsets, texts.data
        found: Mask = np.zeros(len(offsets) - 1, dtype=np.bool_)
        size, low = len(self._sieve.literal.text), 0
        while low < len(found):
            high = int(np.searchsorted(offsets, offsets[low] + _BLOCK, side="right")) - 1
            high = min(max(high, low + 1), len(found))
            start, end = int(offsets[low] - offsets[0]), int(offsets[high] - offsets[0])
            if end - start > _BLOCK:
                return None  # one cell
            hits = self._sift(data[start:end])[0][: max(end - start - size + 1, 0)]
            if hits.any():
                self._leave_out_look_alikes(hits, data[start:end])
                found[low:high] = _any_between(hits, offsets[low : high + 1] - offsets[low], size)
            low = high
        return found

    def _leave_out_look_alikes(self, hits: Mask, data: Bytes) -> None:
        """Leave out the hits where a sign that is no letter is another one, which folding made alike."""
        literal = self._sieve.literal
        for place, byte in enumerate(literal.text if literal.is_folded else b""):
            if not literal.case_bits[place]:
                hits &= data[place : place + len(hits)] == byte

    def _sift(self, block: Words) -> npt.NDArray[np.bool_]:
        """Return, a row for each distance, where its words stand, by the first of them; eight bytes after eight.

        Near the end of the block, where the others would stand behind it, only the first is looked for: so more is let
        through there, nothing less.
        """
        sieve, n = self._sieve, len(block)
        if self._folded is not None:
            block = np.bitwise_or(block, _case_bits(sieve.width), out=self._folded[:n])
        whole = n + (-n & 7)
        tests = self._tests[: whole * len(sieve.words)].reshape(len(sieve.words), whole)
        np.equal(block, sieve.words, out=tests[:, :n])
        tests[:, n:] = False
        for row, other, shift in sieve.joins:
            own = tests[row, : max(n - shift, 0)]
            np.logical_and(own, tests[other, shift:n], out=own)
        return tests[: len(sieve.places)]


def _without_nulls(found: Mask, texts: Texts) -> Mask:
    if texts.array.null_count:
        found &= texts.array.is_valid().to_numpy(zero_copy_only=False)
    return found


def _case_bits(width: int) -> Any:
    return np.dtype(f"u{width}").type(int.from_bytes(bytes([_CASE_BIT] * width), "little"))


def _aligned(data: Bytes, width: int) -> tuple[int, Words]:
    """Return how many bytes stand before the first aligned word, and the words."""
    skipped = -data.ctypes.data % width if width > 1 else 0
    n = max(len(data) - skipped, 0) // width
    return skipped, data[skipped : skipped + n * width].view(f"u{width}")


def _unaligned(data: Bytes, width: int) -> Words:
    """Return the word that begins at each byte, over the same memory."""
    return np.ndarray((len(data) - width + 1,), dtype=f"u{width}", buffer=data, strides=(1,))


def _verified(data: Bytes, starts: Positions, literal: Literal) -> Positions:
    """Return the starts where the whole text stands."""
    size = len(literal.text)
    starts = starts[(starts >= 0) & (starts <= len(data) - size)]
    width, checks = literal.checks
    for place, bits, wanted in checks:
        if not len(starts):
            break
        there = _unaligned(data, width)[starts + place]
        if bits:
            there |= bits
        starts = starts[there == wanted]
    return starts


def _mark(found: Mask, offsets: Offsets, starts: Positions, size: int) -> None:
    """Mark the cells in which a text of that size starts and ends; a text across a border is in neither."""
    if len(starts) < len(found):
        cells = np.searchsorted(offsets, starts, side="right") - 1
        found[cells[starts + size <= offsets[cells + 1]]] = True
    else:  # the first of many in each cell says it
        starts.sort()
        first = np.searchsorted(starts, offsets[:-1])
        ends = np.append(starts, offsets[-1]) + size
        found |= ends[first] <= offsets[1:]


def _any_between(hits: Mask, borders: Offsets, size: int) -> Mask:
    """Return for each cell whether a text of one or two bytes starts in it and ends in it; ``hits`` is written to."""
    lows, highs = borders[:-1], borders[1:]
    if size == 2:
        last = highs[highs > lows] - 1
        hits[last[last < len(hits)]] = False
    found: Mask = np.zeros(len(lows), dtype=np.bool_)
    known = np.flatnonzero((highs > lows) & (lows < len(hits)))
    found[known] = np.bitwise_or.reduceat(hits.view(np.uint8), lows[known]) != 0
    return found
