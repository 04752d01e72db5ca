"""How records are spelled between their values: what lets a whole block of them be checked at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from auditviewer.core.reading.json_index import COMMA, QUOTE, Bytes, Ints, JsonIndex
from auditviewer.core.reading.json_record import parse_record

MAX_LAYOUTS = 64
"""No more are learnt: records of others are left to the careful reader."""
_SPACE = b" \t\r\n"
_OPENING, _CLOSE_OBJECT = (0x7B, 0x5B), 0x7D


@dataclass(frozen=True)
class Layout:
    """The text around the values of a record: ``gaps[i]`` stands before value i, the last one after them all.

    A record of this layout has these members, each once, and nothing else between its values.
    """

    columns: tuple[str, ...]
    gaps: tuple[bytes, ...]


@dataclass(frozen=True, eq=False)
class Cells:
    """What n records hold: texts and kinds as in `json_columns.Piece`, and the first record of each layout."""

    n: int
    texts: dict[str, Any]
    kinds: dict[str, Bytes]
    firsts: dict[Layout, int]


@dataclass(eq=False)
class Spans:
    """Where the values of some records stand, (n, m), and which records are of the layout, (n,)."""

    starts: Ints
    ends: Ints
    is_sound: npt.NDArray[np.bool_]


def layout_of(block: Bytes, index: JsonIndex, record: int) -> Layout | None:
    """Return the layout of one record, read carefully; None when it has no members.

    Raises
    ------
    BadRecord, UnicodeDecodeError
        It is no record.
    """
    first, last = int(index.opens[record]), int(index.closes[record])
    start, end = int(index.tokens[first]), int(index.tokens[last]) + 1
    text = block[start:end].tobytes()
    members = parse_record(text.decode("utf-8"))
    colons = [t for t in range(first, last) if index.types[t] == 0x3A]
    if not members or len(colons) != len(members):
        return None
    gaps, at = [], 0
    for colon in colons:
        after = int(index.tokens[colon]) - start + 1
        value = after + len(text[after:]) - len(text[after:].lstrip(_SPACE))
        gaps.append(text[at:value])
        is_word = index.tokens[colon + 1] - start != value
        stop = int(index.tokens[colon + 1 if is_word else colon + 2]) - start
        at = len(text[:stop].rstrip(_SPACE)) if is_word else stop + 1
    return Layout(tuple(member.column for member in members), (*gaps, text[at:]))


def match_layout(layout: Layout, block: Bytes, index: JsonIndex, rows: Ints, colons: Ints) -> Spans:
    """Return where the values of records stand if they are of the layout.

    Parameters
    ----------
    rows
        (n,) the records.
    colons
        (n, m) indexes of the tokens of their colons.
    """
    tokens, types = index.tokens, index.types
    n, m = colons.shape
    starts, ends = np.empty((n, m), np.int64), np.empty((n, m), np.int64)
    is_sound = np.ones(n, dtype=np.bool_)
    before = tokens[index.opens[rows]]
    for i, gap in enumerate(layout.gaps[:-1]):
        after_colon = len(gap) - gap.rindex(b":") - 1
        following = layout.gaps[i + 1]
        space = len(following) - len(following.lstrip(_SPACE))
        colon = colons[:, i]
        start = tokens[colon] + 1 + after_colon
        is_whole = tokens[colon + 1] == start
        is_string = is_whole & (types[colon + 1] == QUOTE)
        is_nested = is_whole & ((types[colon + 1] == _OPENING[0]) | (types[colon + 1] == _OPENING[1]))
        delimiter = np.where(is_string | is_nested, colon + 3, colon + 1)
        end = tokens[delimiter] - space
        is_sound &= types[delimiter] == (_CLOSE_OBJECT if i == m - 1 else COMMA)
        is_sound &= np.where(is_string | is_nested, tokens[colon + 2] + 1 == end, end > start)
        is_sound &= _stands(block, before, start, gap)
        starts[:, i], ends[:, i] = start, end
        before = end
    is_sound &= _stands(block, before, tokens[index.closes[rows]] + 1, layout.gaps[-1])
    return Spans(starts, ends, is_sound)


def _stands(block: Bytes, starts: Ints, ends: Ints, text: bytes) -> npt.NDArray[np.bool_]:
    """Return where the text, and nothing else, stands between two places."""
    size = len(text)
    is_there: npt.NDArray[np.bool_] = ends - starts == size
    is_there &= (starts >= 0) & (ends <= len(block))
    if not is_there.any():
        return is_there
    # Every place of the block as a text of this size, without a copy; numpy cuts zeros at a text's end, and the
    # text has none there.
    views: Any = np.ndarray((len(block) - size + 1,), dtype=f"S{size}", buffer=block, strides=(1,))
    is_there[is_there] = views[starts[is_there]] == text
    return is_there
