"""A value at a place in a JSON column: which events set this path to that.

Cells are sifted by the text of the value and of the last key before any is parsed; what is parsed is looked at to the
letter: a number matches the same spelling of it only, and of equal keys any.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.json_text import JsonError, JsonObject, parse_json
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query.search import rarest_first, search_mask
from auditviewer.core.schema import label_of
from auditviewer.core.table import EventTable, Mask

_PAGE = 4096
_SHORTEST = 3
"""A shorter text stands in nearly every cell."""
_FEW = 50
_BLANK = " \t\r\n"
_ALWAYS_ESCAPED = frozenset('"\\/')


@dataclass(frozen=True)
class ValueAt:
    """Keeps the events that have a value at a JSON Pointer (RFC 6901) in a column of JSON.

    ``value`` is the JSON text of a string, a number, true, false or null. JSON inside a JSON string is looked into.
    """

    column: str
    pointer: str
    value: str
    is_excluded: bool = False

    @property
    def subject(self) -> Hashable:
        return ("value", self.column, self.pointer)

    def mask(self, table: EventTable, progress: Progress = SILENT) -> Mask:
        found: Mask = np.zeros(len(table), dtype=np.bool_)
        candidates = np.flatnonzero(self._candidates(table, progress))
        for start in range(0, len(candidates), _PAGE):
            progress.check()
            page = candidates[start : start + _PAGE]
            found[page] = [text is not None and self.is_in(text) for text in table.page(page, [self.column])[0]]
        return ~found if self.is_excluded else found

    def describe(self) -> str:
        return f"{label_of(self.column)} {'has not' if self.is_excluded else 'has'} {self.value} at {self.pointer}"

    def is_in(self, text: str) -> bool:
        """Return whether a cell's text has the value at the place; false for what is not JSON."""
        try:
            root = _unwrapped(text)
        except (ValueError, RecursionError):
            return False
        wanted, kind = self._wanted, type(self._wanted)
        return any(value == wanted and type(value) is kind for value in _values_at(root, self._tokens))

    @cached_property
    def _tokens(self) -> tuple[str, ...]:
        return tokens_of(self.pointer)

    @cached_property
    def _wanted(self) -> Any:
        return _KEEPING.decode(self.value)

    def _candidates(self, table: EventTable, progress: Progress) -> Mask:
        """Return which cells may have it: those that hold its text, or any letter spelled as an escape."""
        key = next((token for token in reversed(self._tokens) if not token.isdigit()), "")
        value = self._wanted if type(self._wanted) is str else self.value
        words = [word for word in map(_longest_plain_run, (value, key)) if len(word) >= _SHORTEST]
        if words and type(self._wanted) is str and words[0] == self._wanted:
            words[0] = f'"{words[0]}'  # a string begins behind a quote, in JSON inside a JSON string too
        if not words:
            return np.ones(len(table), dtype=np.bool_)
        found: Mask | None = None
        for word in rarest_first(table, self.column, words) if self.column in table.present_columns else words:
            own = search_mask(table, word, [self.column], False, True, progress)
            found = own if found is None else found & own
            if np.count_nonzero(found) * _FEW < len(found):
                break  # so few are parsed sooner than the next word is found
        assert found is not None
        return found | _escaped(table, self.column, progress)


def value_at(column: str, pointer: str, value: str) -> ValueAt:
    """Return the predicate.

    Raises
    ------
    WrongUsageError
        The pointer is none (RFC 6901), or the value is no JSON text of a string, number, true, false or null.
    """
    tokens_of(pointer)
    try:
        parsed = parse_json(value)
    except JsonError as error:
        raise WrongUsageError(f"“{value}” is no JSON value: {error.sentence}") from None
    if isinstance(parsed, (list, JsonObject)):
        raise WrongUsageError("Only a string, a number, true, false or null can be looked for at a path.")
    return ValueAt(column, pointer, value)


def tokens_of(pointer: str) -> tuple[str, ...]:
    """Return the parts of a JSON Pointer (RFC 6901).

    Raises
    ------
    WrongUsageError
        It is none.
    """
    if pointer and not pointer.startswith("/"):
        raise WrongUsageError(f"“{pointer}” is no JSON Pointer.", "Start it with “/”, as in /retention/days.")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])


class _Number(str):
    """A number as its source text, made without a call of Python code."""

    __slots__ = ()


def _refuse(name: str) -> Any:
    raise ValueError(name)


# Objects become tuples of pairs, so that of equal keys none is lost.
_KEEPING = json.JSONDecoder(
    object_pairs_hook=tuple, parse_int=_Number, parse_float=_Number, parse_constant=_refuse
)  # fmt: skip


def _unwrapped(text: str) -> Any:
    """Return the value of a text; of JSON inside a JSON string what is inside, as `json_text.unwrap_json` does."""
    value = inner = _KEEPING.decode(text)
    while type(inner) is str and inner.lstrip(_BLANK)[:1] in ("{", "[", '"'):
        try:
            inner = _KEEPING.decode(inner)
        except ValueError:
            break
    return inner if type(inner) in (list, tuple) else value


def _values_at(value: Any, tokens: Sequence[str]) -> list[Any]:
    """Return every value at the place; of equal keys each has one."""
    here = [value]
    for token in tokens:
        below: list[Any] = []
        for one in here:
            if type(one) is tuple:
                below += [member for key, member in one if key == token]
            elif type(one) is list and (index := _index(token)) is not None and index < len(one):
                below.append(one[index])
        here = below
    return here


def _index(token: str) -> int | None:
    return int(token) if token.isascii() and token.isdigit() and (token == "0" or token[0] != "0") else None


def _longest_plain_run(text: str) -> str:
    """Return the longest part of a text that JSON need not escape."""
    runs, run = [""], ""
    for letter in text:
        if letter in _ALWAYS_ESCAPED or letter < " ":
            runs.append(run)
            run = ""
        else:
            run += letter
    longest = max([*runs, run], key=len)
    return longest if longest.isprintable() and not any("\ud800" <= c <= "\udfff" for c in longest) else ""


_escapes: WeakKeyDictionary[EventTable, dict[str, Mask]] = WeakKeyDictionary()


def _escaped(table: EventTable, column: str, progress: Progress) -> Mask:
    """Return which cells spell a letter as an escape, looked for once a table."""
    of_table = _escapes.setdefault(table, {})
    if column not in of_table:
        of_table[column] = search_mask(table, "\\u", [column], False, True, progress)
    return of_table[column]
