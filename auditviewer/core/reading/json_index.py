"""An independent look at the bytes of JSON records: where each starts and ends, and the tokens of its top level.

Bit parallel, as in `bits`: quotes less the escaped ones, their running parity, brackets outside of strings and
their depth. What stands deeper than a record's own members is masked out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auditviewer.core.reading.bits import Words, bits_at, bits_of, is_set, places_of, prefix_parity, shifted

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

QUOTE, COLON, COMMA, SLASH = 0x22, 0x3A, 0x2C, 0x5C
DEPTH_MAX = 200
_PAD = 4
_CHUNK = 1 << 18


@dataclass(eq=False)
class JsonIndex:
    """The records in a block of bytes that starts with one, and the tokens at the top level of each.

    ``tokens`` (t,) places and ``types`` (t,) bytes of the quotes, colons, commas and brackets that are not inside a
    member's value, padded by four zeros; ``opens`` and ``closes`` (n,) are indexes of tokens. ``slashes`` are the
    places of backslashes. Only whole records that nothing speaks against so far are counted.
    """

    tokens: Ints
    types: Bytes
    opens: Ints
    closes: Ints
    slashes: Ints

    def __len__(self) -> int:
        return len(self.opens)


def index_records(block: Bytes) -> JsonIndex:
    """Return the index of a block; a record that is not whole in it, or holds something odd, ends it."""
    masks = _masks(block)
    quotes = masks[0]
    slashes = places_of(masks[1])
    if len(slashes):
        quotes &= ~_escaped(masks[1], slashes, len(block))
    inside = prefix_parity(quotes)
    opening = masks[2] & ~inside
    brackets = masks[3] & ~inside | opening
    at = places_of(brackets)
    depth = np.cumsum(np.where(is_set(opening, at), 1, -1))
    stop = _first(depth < 0, at, len(block))
    stop = _first(depth > DEPTH_MAX, at, stop)
    controls = places_of(masks[5] & inside)
    if len(controls):
        stop = min(stop, int(controls[0]))
    keep = at < stop
    at, depth = at[keep], depth[keep]
    is_open = is_set(opening, at)
    toggles = bits_at(at[(is_open & (depth == 2)) | (~is_open & (depth == 1))], len(block))
    nested = prefix_parity(toggles) & ~toggles
    tokens = places_of((quotes | (masks[4] & ~inside) | brackets) & ~nested)
    tokens = tokens[tokens < stop]
    opens, closes = at[is_open & (depth == 1)], at[~is_open & (depth == 0)]
    n = len(closes)
    types = np.concatenate([block[tokens], np.zeros(_PAD, np.uint8)])
    return JsonIndex(
        np.concatenate([tokens, np.zeros(_PAD, np.int64)]),
        types,
        np.searchsorted(tokens, opens[:n]),
        np.searchsorted(tokens, closes),
        slashes,
    )


def _masks(block: Bytes) -> list[Words]:
    """Return where quotes, backslashes, opening and closing brackets, colons and commas, and controls stand."""
    masks = [np.empty((len(block) + 63) // 64, dtype=np.uint64) for _ in range(6)]
    is_one, other = np.empty(_CHUNK, dtype=np.bool_), np.empty(_CHUNK, dtype=np.bool_)
    folded = np.empty(_CHUNK, dtype=np.uint8)
    for start in range(0, len(block), _CHUNK):
        part = block[start : start + _CHUNK]
        size = len(part)
        one, two, low = is_one[:size], other[:size], folded[:size]
        words = slice(start // 64, (start + size + 63) // 64)
        np.bitwise_or(part, 0x20, out=low)  # [ and { are one bit apart, and so are ] and }
        masks[0][words] = bits_of(np.equal(part, QUOTE, out=one))
        masks[1][words] = bits_of(np.equal(part, SLASH, out=one))
        masks[2][words] = bits_of(np.equal(low, 0x7B, out=one))
        masks[3][words] = bits_of(np.equal(low, 0x7D, out=one))
        np.equal(part, COLON, out=one)
        masks[4][words] = bits_of(np.logical_or(one, np.equal(part, COMMA, out=two), out=one))
        masks[5][words] = bits_of(np.less(part, 0x20, out=one))
    return masks


def _escaped(slash_bits: Words, slashes: Ints, size: int) -> Words:
    """Return the bits of the bytes after a backslash that is not itself escaped."""
    run_starts = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
    if len(run_starts) == len(slashes):  # no two in a row
        return shifted(slash_bits)
    run_of_each = np.repeat(run_starts, np.diff(np.append(run_starts, len(slashes))))
    is_escaping = (np.arange(len(slashes)) - run_of_each) % 2 == 0
    return shifted(bits_at(slashes[is_escaping], size))


def _first(is_it: npt.NDArray[np.bool_], places: Ints, otherwise: int) -> int:
    found = np.flatnonzero(is_it)
    return int(places[found[0]]) if len(found) and places[found[0]] < otherwise else otherwise
