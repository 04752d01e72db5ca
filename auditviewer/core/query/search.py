"""Text search over whole columns, as masks; works on Arrow buffers, never cell by cell.

Which cells are found
    A text is found as it stands, or ignoring case. Case is ignored as Unicode's simple case folding says: É finds é
    and Σ finds ς. Not folded: what changes its length (ß and SS), letters and their composed forms (e + accent and é),
    and, when the text is ASCII, the two signs whose lower case is ASCII (the Kelvin sign and the long s).
    Regular expressions are RE2's, which takes time linear in the text, whatever the expression.
How
    A column of codes is searched in its dictionary. A literal is sought in raw bytes (`literal`); an expression, or
    what is too common to be found so without the compiled function, goes through RE2 cell by cell, in Arrow. A text
    with letters beyond ASCII whose case is ignored is RE2's too, in the cells that hold the longest part of it that is
    ASCII.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from auditviewer.core import native
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query.escaped import escaped_cells, is_encodable
from auditviewer.core.query.literal import Finder, Literal, Scanner, Texts, choose_sieve, texts_of
from auditviewer.core.schema import CATEGORY
from auditviewer.core.table import EventTable, Mask

_BLOCK_ROWS = 256
_MAX_THREADS = 4
_PIECE = 1 << 20
"""Bytes of text that a thread takes at a time."""
_WORTH_THREADS = 1 << 22
_SHORTEST_PART = 3
_SAMPLES = 8


@dataclass(frozen=True)
class Sought:
    """What to find in a cell, and the ways to find it."""

    text: str
    is_regex: bool = False
    is_case_sensitive: bool = False

    @cached_property
    def is_encodable(self) -> bool:
        """Whether a cell of UTF-8 can hold the text at all."""
        return is_encodable(self.text)

    @cached_property
    def literal(self) -> Literal | None:
        """The text as bytes to find, None where bytes do not do."""
        if self.is_regex or not self.text or not (self.is_case_sensitive or self.text.isascii()):
            return None
        return Literal(self.text.encode(), not self.is_case_sensitive and self.text.lower() != self.text.upper())

    @cached_property
    def part(self) -> Literal | None:
        """What every cell that holds the text holds too, None where nothing can be told.

        k and s are left out of what ignores case: the Kelvin sign and the long s are the same letters.
        """
        if self.literal is not None or self.is_regex:
            return self.literal
        longest = max(re.findall(r"[^kKsS\u0080-\U0010ffff]*", self.text), key=len)
        return Literal(longest.encode(), is_folded=True) if len(longest) >= _SHORTEST_PART else None

    def find(self, texts: Texts, finder: Finder | Scanner | None, is_left: Mask | None = None) -> Mask:
        """Return booleans for the cells that hold it; ``is_left`` says which ones matter, ``finder`` is of `part`."""
        found = None if finder is None else finder.find(texts)
        if found is None:
            return self.match(texts.array, is_left)
        if self.literal is None and found.any():
            some = np.flatnonzero(found)
            found[some] = self._match(texts.array.take(pa.array(some)))
        return found

    def match(self, array: pa.Array, is_left: Mask | None = None) -> Mask:
        """Return what `find` returns, by an expression in any case: for what is too common to be sifted for."""
        if self.literal is None and not self.is_regex:
            return self._find_by_blocks(array)
        if is_left is None or np.count_nonzero(is_left) * 2 > len(is_left):
            return self._match(array)
        some = np.flatnonzero(is_left)
        found = np.zeros(len(array), dtype=np.bool_)
        found[some] = self._match(array.take(pa.array(some)))
        return found

    def find_in_text(self, text: str) -> bool:
        """Return whether a text that UTF-8 cannot hold holds it; lone surrogates match as U+FFFD in expressions."""
        if self.is_regex:
            as_utf8 = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            return bool(self._match(pa.array([as_utf8], pa.large_string()))[0])
        if self.is_case_sensitive:
            return self.text in text
        return self.text.casefold() in text.casefold()

    def _find_by_blocks(self, array: pa.Array) -> Mask:
        """Look into many cells at once, then into those of the blocks that hold it somewhere."""
        n = len(array)
        found: Mask = np.zeros(n, dtype=np.bool_)
        if not n or array.buffers()[2] is None:
            return found
        offsets = np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset : array.offset + n + 1]
        borders = np.append(offsets[:-1:_BLOCK_ROWS], offsets[-1:])
        buffers = [None, pa.py_buffer(borders), array.buffers()[2]]
        blocks = pa.Array.from_buffers(pa.large_string(), len(borders) - 1, buffers)
        for block in np.flatnonzero(self._match(blocks)).tolist():
            low = block * _BLOCK_ROWS
            cells = array.slice(low, _BLOCK_ROWS)
            found[low : low + len(cells)] = self._match(cells)
        return found

    def _match(self, array: pa.Array) -> Mask:
        """Return what RE2 finds; a literal that is ASCII as bytes, which spares RE2 the letters beyond."""
        pattern = self.text if self.is_regex else _quoted(self.text)
        if self.literal is not None and self.text.isascii():
            array = array.view(pa.large_binary())
        try:
            hits = pc.match_substring_regex(array, pattern, ignore_case=not self.is_case_sensitive)
        except pa.ArrowInvalid as error:
            reason = str(error).removeprefix("Invalid regular expression: ")
            raise WrongUsageError(
                f"The regular expression “{pattern}” cannot be understood: {reason}.",
                "Expressions are those of RE2; a text is found as it stands when expressions are off.",
            ) from None
        found: Mask = hits.fill_null(False).to_numpy(zero_copy_only=False)
        return found


def check_pattern(pattern: str) -> None:
    """Raise `WrongUsageError` when a regular expression cannot be understood (RE2 syntax)."""
    if not is_encodable(pattern):
        raise WrongUsageError("The regular expression holds a lone surrogate, which no cell can match.")
    Sought(pattern, is_regex=True, is_case_sensitive=True).match(pa.array([""], pa.large_string()))


def search_mask(
    table: EventTable,
    text: str,
    columns: Sequence[str],
    is_regex: bool,
    is_case_sensitive: bool,
    progress: Progress = SILENT,
) -> Mask:
    """Return (n,) booleans, true where one of the columns holds the text.

    Raises
    ------
    WrongUsageError
        The regular expression cannot be understood (RE2 syntax).
    """
    sought = Sought(text, is_regex, is_case_sensitive)
    if is_regex:
        check_pattern(text)
    found: Mask = np.zeros(len(table), dtype=np.bool_)
    present = [c for c in columns if c in table.present_columns or c == CATEGORY]
    for column in sorted(present, key=lambda c: not is_coded(table, c)):  # codes first: they are quick
        progress.check()
        own = _search_column(table, column, sought, found, progress)
        if own is not None:
            found |= own
    return found


def rarest_first(table: EventTable, column: str, words: Sequence[str]) -> list[str]:
    """Return the words, those first that stand most rarely in a sample of a column's texts."""
    stored = _stored(table, column)
    pieces = stored.plain or stored.values
    samples = [texts.sample().tobytes() for _, texts in pieces[:: len(pieces) // _SAMPLES + 1]]
    return sorted(words, key=lambda word: sum(sample.count(word.encode()) for sample in samples))


def is_coded(table: EventTable, column: str) -> bool:
    """Return whether every part that has the column keeps it as codes: its values are then looked at once."""
    if column == CATEGORY:
        return True
    arrays = [array for _, array in table.text_chunks(column) if array is not None]
    return all(pa.types.is_dictionary(array.type) for array in arrays)


def _search_column(table: EventTable, column: str, sought: Sought, found: Mask, progress: Progress) -> Mask | None:
    """Return booleans of the positions whose cell holds it, None for none; those ``found`` need not be looked at."""
    own: Mask | None = None
    if sought.is_encodable:
        stored = _stored(table, column)
        is_left = ~found if stored.is_by_position and found.any() else None
        own = np.zeros(stored.n, dtype=np.bool_)
        _search_pieces(stored.plain, sought, own, is_left, progress)
        if stored.coded:
            holds: Mask = np.zeros(sum(len(texts.array) for _, texts in stored.values), dtype=np.bool_)
            _search_pieces(stored.values, sought, holds, None, progress)
            for start, codes, first in stored.coded if holds.any() else ():
                own[start : start + len(codes)] = holds[first:][codes]
        own = own if stored.is_by_position else table.select_rows(own)
    positions, texts = escaped_cells(table, column)
    if len(positions):
        own = np.zeros(len(table), dtype=np.bool_) if own is None else own
        own[positions] = [text is not None and sought.find_in_text(text) for text in texts]
    return own


Pieces = tuple[tuple[int, Texts], ...]
"""Texts and how many cells stand before them."""


@dataclass(frozen=True, eq=False)
class _Stored:
    """A column as it is searched: texts of its own, and values that codes stand for; a part that lacks it has none."""

    n: int
    is_by_position: bool
    """Else its n cells are by row number."""
    plain: Pieces
    values: Pieces = ()
    coded: tuple[tuple[int, npt.NDArray[Any], int], ...] = ()
    """(cells before, codes, values before the one that code 0 stands for)."""


_kept: WeakKeyDictionary[EventTable, dict[str, _Stored]] = WeakKeyDictionary()


def _stored(table: EventTable, column: str) -> _Stored:
    """Return how a column is stored, found once a table."""
    of_table = _kept.setdefault(table, {})
    if column not in of_table:
        if is_coded(table, column):
            codes = table.codes(column)
            values = tuple(_pieces([(0, codes.dictionary)]))
            of_table[column] = _Stored(len(table), True, (), values, ((0, codes.codes, 0),))
        else:
            of_table[column] = _stored_by_row(table, column)
    return of_table[column]


def _stored_by_row(table: EventTable, column: str) -> _Stored:
    chunks = [(start, array) for start, array in table.text_chunks(column) if array is not None and len(array)]
    plain = [(start, array) for start, array in chunks if not pa.types.is_dictionary(array.type)]
    values: list[tuple[int, pa.Array]] = []
    coded, firsts, n_values = [], dict[tuple[int, int, int], int](), 0
    for start, array in chunks:
        if pa.types.is_dictionary(array.type):
            own = array.dictionary
            place = (own.buffers()[1].address, own.offset, len(own))  # parts may share it
            if place not in firsts:
                firsts[place] = n_values
                values.append((n_values, own))
                n_values += len(own)
            coded.append((start, array.indices.to_numpy(zero_copy_only=False), firsts[place]))
    n = sum(part.data.num_rows for part in table.parts)
    return _Stored(n, table.rows is None, tuple(_pieces(plain)), tuple(_pieces(values)), tuple(coded))


def _pieces(arrays: Iterable[tuple[int, pa.Array]]) -> Iterator[tuple[int, Texts]]:
    """Yield the arrays in pieces of about the same size."""
    for start, array in arrays:
        n_pieces = len(texts_of(array).data) // _PIECE + 1
        rows = len(array) // n_pieces + 1
        for low in range(0, len(array), rows):
            yield start + low, texts_of(array.slice(low, rows))


def _search_pieces(pieces: Pieces, sought: Sought, found: Mask, is_left: Mask | None, progress: Progress) -> None:
    """Write into ``found`` which cells of the pieces hold it: the work shared out over a few threads."""
    if not pieces:
        return
    new_finder = _new_finder(sought.part, pieces[len(pieces) // 2][1])
    waiting = iter(pieces)

    def work(_: int) -> None:
        finder = new_finder()
        for start, texts in waiting:
            progress.check()
            rows = slice(start, start + len(texts.array))
            found[rows] = sought.find(texts, finder, None if is_left is None else is_left[rows])

    n_threads = min(os.cpu_count() or 1, _MAX_THREADS, len(pieces))
    if n_threads < 2 or sum(len(texts.data) for _, texts in pieces) < _WORTH_THREADS:
        work(0)
        return
    with ThreadPoolExecutor(n_threads) as threads:
        for _ in threads.map(work, range(n_threads)):
            pass


def _new_finder(literal: Literal | None, texts: Texts) -> Callable[[], Finder | Scanner | None]:
    """Return what makes a finder, one a thread, for a column of which some texts are given."""
    if literal is None:
        return lambda: None
    if native.is_there():
        scanner = Scanner(literal, texts.sample())
        return lambda: scanner
    sieve = choose_sieve(literal, texts.sample())
    return lambda: Finder(sieve)


def _quoted(text: str) -> str:
    """Return the text as an RE2 expression that matches it and nothing else."""
    return "".join(c if c.isalnum() or ord(c) > 127 else f"\\x{{{ord(c):x}}}" for c in text)
