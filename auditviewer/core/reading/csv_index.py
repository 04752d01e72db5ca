"""An independent look at the bytes of a CSV file: where records end, and whether anything in it is odd.

Bit parallel over blocks that stay in the processor's cache: one bit a byte, 64 bytes a word. The running parity of
the quotes (a prefix XOR, after Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019) says which bytes
stand inside quotes; what RFC 4180 asks of every quote is then a handful of shifts and masks:

- an opening quote stands at the start of a field, or doubles the quote before it;
- a closing quote ends a field, or is doubled by the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from auditviewer.core import native

BLOCK = 1 << 19
_SHIFTS = tuple(np.uint64(n) for n in (1, 2, 4, 8, 16, 32))
_U1, _U63, _ONES = np.uint64(1), np.uint64(63), ~np.uint64(0)


@dataclass
class CsvIndex:
    """What the bytes of a range say, independent of any parser.

    ``ends`` are byte offsets just past the line feed of each record, ``lines`` how many line feeds came up to and
    including it; both relative to the range. ``oddities`` names what keeps a fast parser from being believed.
    """

    ends: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]
    delimiters: int
    line_feeds: int
    oddities: tuple[str, ...] = ()


@dataclass
class _State:
    """What one block hands to the next: the parity of quotes, and bits about its last byte."""

    is_inside: bool = False
    may_open: bool = True
    was_closing: bool = False
    was_return: bool = False
    line_feeds: int = 0
    delimiters: int = 0
    oddities: set[str] = field(default_factory=set)
    room: npt.NDArray[np.bool_] = field(default_factory=lambda: np.empty(BLOCK, dtype=np.bool_))
    """Room that every block is compared in: memory touched once is several times faster than new memory."""


def index_csv(data: Any, delimiter: str = ",", must_end: bool = True) -> CsvIndex:
    """Return the index of a buffer of bytes that starts at a record.

    Parameters
    ----------
    data
        Anything with the buffer protocol, such as a slice of a memory map.
    must_end
        Whether the buffer ends a record even without a line feed (the end of the file).
    """
    whole = np.frombuffer(data, dtype=np.uint8)
    if native.is_there():
        index = CsvIndex(*native.index_records(whole, ord(delimiter)))
    else:
        index = _index_by_arrays(whole, ord(delimiter))
    if must_end and len(whole) and (not len(index.ends) or int(index.ends[-1]) != len(whole)):
        index.ends = np.append(index.ends, len(whole))
        index.lines = np.append(index.lines, index.line_feeds + 1)
    return index


def _index_by_arrays(whole: npt.NDArray[np.uint8], delimiter: int) -> CsvIndex:
    state = _State()
    ends: list[Any] = []
    lines: list[Any] = []
    for start in range(0, len(whole), BLOCK):
        block_ends, block_lines = _index_block(whole[start : start + BLOCK], delimiter, state)
        ends.append(block_ends + start)
        lines.append(block_lines)
    if state.is_inside:
        state.oddities.add("unclosed_quote")
    if state.was_return:
        state.oddities.add("lone_return")
    joined = np.concatenate(ends) if ends else np.empty(0, np.int64)
    joined_lines = np.concatenate(lines) if lines else np.empty(0, np.int64)
    return CsvIndex(joined, joined_lines, state.delimiters, state.line_feeds, tuple(sorted(state.oddities)))


def _index_block(block: npt.NDArray[np.uint8], delimiter: int, state: _State) -> tuple[Any, Any]:
    is_byte = state.room[: len(block)]
    quotes = _bits(block, 34, is_byte)
    delims = _bits(block, delimiter, is_byte)
    feeds = _bits(block, 10, is_byte)
    feeds_at = _places(feeds)
    inside = _prefix_parity(quotes)
    if state.is_inside:
        inside = ~inside
    opening, closing = quotes & inside, quotes & ~inside
    if block.min(initial=255) == 0:
        state.oddities.add("nul")
    returns = _bits(block, 13, is_byte) if np.equal(block, 13, out=is_byte).any() else None
    before = _shifted(delims | feeds | closing, state.may_open)
    if (opening & ~before).any():
        state.oddities.add("quote_in_field")
    after = delims | feeds | opening if returns is None else delims | feeds | opening | returns
    if past_end := len(block) & 63:  # nothing stands there, so nothing there is wrong
        after[-1] |= _ONES << np.uint64(past_end)
    if (_shifted(closing, state.was_closing) & ~after).any():
        state.oddities.add("text_after_quote")
    if returns is not None or state.was_return:
        returns = np.zeros_like(feeds) if returns is None else returns
        followed = feeds.copy()
        if past_end:
            followed[-1] |= _ONES << np.uint64(past_end)
        if (
            _shifted(returns, state.was_return) & ~followed
        ).any():  # inside quotes too: it ends a line there, uncounted
            state.oddities.add("lone_return")
        state.was_return = bool(_bit(returns, len(block) - 1))
    is_record_end = ~_bit_of_each(inside, feeds_at)
    ends = feeds_at[is_record_end] + 1
    lines = np.flatnonzero(is_record_end) + 1 + state.line_feeds
    state.delimiters += int(np.bitwise_count(delims & ~inside).sum())
    state.line_feeds += len(feeds_at)
    last = len(block) - 1
    state.may_open = bool(_bit(delims | feeds | closing, last))
    state.was_closing = bool(_bit(closing, last))
    state.is_inside = bool(_bit(inside, last))
    return ends.astype(np.int64), lines.astype(np.int64)


def _bits(block: npt.NDArray[np.uint8], byte: int, is_byte: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
    """Return one bit a byte of the block, set where it is the byte; ``is_byte`` is room to work in."""
    packed = np.packbits(np.equal(block, byte, out=is_byte), bitorder="little")
    if len(packed) % 8:
        packed = np.concatenate([packed, np.zeros(8 - len(packed) % 8, np.uint8)])
    return packed.view(np.uint64)


def _prefix_parity(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return words whose bit i is the parity of all bits up to and including i."""
    parity = words.copy()
    moved = np.empty_like(parity)
    for shift in _SHIFTS:
        np.left_shift(parity, shift, out=moved)
        np.bitwise_xor(parity, moved, out=parity)
    word_parity = (parity >> _U63).astype(np.uint8)
    carried = np.bitwise_xor.accumulate(word_parity)
    carry_in = np.zeros(len(words), dtype=np.uint64)
    carry_in[1:] = carried[:-1]
    parity ^= ~(carry_in - _U1)  # 0 stays 0, 1 becomes all ones
    return parity


def _shifted(words: npt.NDArray[np.uint64], carry: bool) -> npt.NDArray[np.uint64]:
    """Return the bits moved one byte onward, ``carry`` coming in from the block before."""
    moved = words << _U1
    moved[1:] |= words[:-1] >> _U63
    if carry:
        moved[0] |= _U1
    return moved


def _bit(words: npt.NDArray[np.uint64], place: int) -> int:
    return int(words[place >> 6] >> np.uint64(place & 63)) & 1


def _places(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Return the places of the set bits, ascending; quick where few are set."""
    some = np.flatnonzero(words)
    bits = np.unpackbits(words[some].view(np.uint8), bitorder="little").view(np.bool_)
    places = np.flatnonzero(bits)
    found: npt.NDArray[np.int64] = some[places >> 6] * 64 + (places & 63)
    return found


def _bit_of_each(words: npt.NDArray[np.uint64], places: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    bits: npt.NDArray[np.uint8] = (words.view(np.uint8)[places >> 3] >> (places & 7).astype(np.uint8)) & 1
    return bits.astype(np.bool_)


def find_cut(data: Any, near: int) -> int | None:
    """Return an offset near the wish at which a record seems to start, None when none is in sight.

    It is a guess (a line that starts with what looks like an Id); the index of the bytes before it must confirm
    that they end outside quotes.
    """
    import re

    window = bytes(data[near : near + (4 << 20)])
    match = re.search(rb'\n(?="?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F-]{5,23}"?[,;\t|])', window)
    return near + match.end() if match else None
