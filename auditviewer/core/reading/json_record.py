"""One record's JSON text to its members, strictly (RFC 8259), each with its exact text and how it stood there."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from auditviewer.core.json_text import DEPTH_LIMIT, JsonError, offset_deeper_than, parse_json
from auditviewer.core.schema import canonical_name
from auditviewer.core.table import CellKind

MAX_MEMBERS = 4096
"""A record with more members is no event; the product's has 17."""


class Member(NamedTuple):
    """One member of a record: the column it belongs to, how it stood, and its text (None for null)."""

    column: str
    kind: int
    text: str | None


class BadRecord(Exception):
    """The text is not a record; a reason code, and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def parse_record(text: str) -> list[Member]:
    """Return the members of a record in their order.

    Parameters
    ----------
    text
        Exactly one JSON value, without white space around it.

    Raises
    ------
    BadRecord
        The text is not one valid JSON object, or two of its members belong to one column.
    """
    if not text.startswith("{"):
        raise _no_object(text)
    is_deep = offset_deeper_than(text, DEPTH_LIMIT) is not None
    try:
        members = _parse_members(text, end_of_deep if is_deep else _end_of_nested)
    except (ValueError, RecursionError):
        raise BadRecord("malformed_json", _why(text, is_deep)) from None
    columns = {member.column for member in members}
    if len(columns) < len(members):
        raise BadRecord("duplicate_member", f"The member “{_first_twice(members)}” stands in the record twice.")
    return members


def column_of(key: str) -> str:
    """Return the column that a member of this name belongs to: the product's spelling, or the name itself."""
    return _known_column_of(key) if len(key) <= _LONGEST_KEPT else canonical_name(key) or key


_LONGEST_KEPT = 100
"""Longer names are not kept at hand: a hostile file may have thousands of a megabyte each."""


@lru_cache(maxsize=8192)
def _known_column_of(key: str) -> str:
    return canonical_name(key) or key


def has_lone_surrogate(text: str) -> bool:
    """Return whether UTF-8 cannot hold the text."""
    return not text.isascii() and _SURROGATE.search(text) is not None


_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMBER = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
_PRIMITIVE = re.compile(rf"{_NUMBER}|true|false|null")
_COLON = re.compile(r"[ \t\n\r]*+:[ \t\n\r]*+")
_NEXT = re.compile(r'[ \t\n\r]*+(?:,[ \t\n\r]*+(?=")|(\}))')
_FIRST = re.compile(r'\{[ \t\n\r]*+(?:(?=")|(\}))')


def _parse_members(text: str, end_of_nested: Any) -> list[Member]:
    members: list[Member] = []
    may_be_half = "\\u" in text  # half a surrogate pair can only be there as an escape
    match = _FIRST.match(text)
    while match is not None and match[1] is None:
        key, pos = scanstring(text, match.end() + 1, True)
        colon = _COLON.match(text, pos)
        if colon is None:
            raise ValueError
        start = colon.end()
        char = text[start : start + 1]
        value: str | None
        if char == '"':
            value, end = scanstring(text, start + 1, True)
            kind = CellKind.STRING
            if may_be_half and has_lone_surrogate(value):
                value, kind = text[start:end], CellKind.ESCAPED
        elif char == "{" or char == "[":
            end = end_of_nested(text, start)
            value, kind = text[start:end], CellKind.JSON
        else:
            word = _PRIMITIVE.match(text, start)
            if word is None:
                raise ValueError
            end = word.end()
            value, kind = (None, CellKind.NULL) if char == "n" else (word[0], CellKind.JSON)
        column = column_of(key)
        if may_be_half and has_lone_surrogate(key):
            raise BadRecord("unusable_name", "The name of a member holds half a character and can name no column.")
        members.append(Member(column, kind, value))
        if len(members) > MAX_MEMBERS:
            raise BadRecord("too_many_members", f"The record has more than {MAX_MEMBERS:,} members.")
        match = _NEXT.match(text, end)
    if match is None or match.end() != len(text):
        raise ValueError
    return members


def _refuse(name: str) -> Any:
    raise ValueError(name)


# len takes what int() would refuse (more than 4,300 digits) and costs nothing.
_CHECKING = json.JSONDecoder(object_pairs_hook=len, parse_int=len, parse_float=len, parse_constant=_refuse)


def _end_of_nested(text: str, start: int) -> int:
    return _CHECKING.raw_decode(text, start)[1]


def check_values(text: str) -> list[Any]:
    """Return something for each item of a JSON array whose items are not needed, in the time of the C scanner.

    Raises
    ------
    ValueError, RecursionError
        The text is not a valid array.
    """
    found: list[Any] = _CHECKING.decode(text)
    return found


_TOKEN = re.compile(
    r"[ \t\n\r]*+([\[\]{},:]|"
    r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"|'
    rf"{_NUMBER}|true|false|null)"
)


def end_of_deep(text: str, start: int) -> int:
    """Return the end of the valid object or array at ``start``, however deep it is nested.

    Raises
    ------
    ValueError
        It is malformed.
    """
    stack: list[str] = []
    expected, pos = "value", start
    while True:
        token = _TOKEN.match(text, pos)
        if token is None:
            raise ValueError
        pos, char = token.end(), token[1][0]
        if char in "}]" and expected in ("after", f"first{char}"):
            if not stack or stack.pop() != char:
                raise ValueError
            expected = "after"
        elif expected == "after":
            if char != ",":
                raise ValueError
            expected = "key" if stack[-1] == "}" else "value"
        elif expected in ("key", "first}"):
            if char != '"':
                raise ValueError
            expected = "colon"
        elif expected == "colon":
            if char != ":":
                raise ValueError
            expected = "value"
        elif char in "{[":
            stack.append("}" if char == "{" else "]")
            expected = f"first{stack[-1]}"
        elif char in "}],:":
            raise ValueError
        else:
            expected = "after"
        if not stack:
            return pos


def _first_twice(members: list[Member]) -> str:
    seen: set[str] = set()
    for member in members:
        if member.column in seen:
            return member.column
        seen.add(member.column)
    raise AssertionError("no member stands twice")


_KINDS = {"[": "an array", '"': "a string", "t": "true", "f": "false", "n": "null"}


def _no_object(text: str) -> BadRecord:
    if text[0] not in '["':  # told without a parser: a damaged file may hold millions
        if _PRIMITIVE.fullmatch(text):
            return BadRecord("not_an_object", f"The record is {_KINDS.get(text[0], 'a number')}, not an object.")
        return BadRecord("malformed_json", "The record is not valid JSON. A value is missing or is not JSON.")
    try:
        if text.startswith("[") and offset_deeper_than(text, DEPTH_LIMIT) is not None:
            if end_of_deep(text, 0) != len(text):
                raise ValueError
        else:
            _CHECKING.decode(text)
    except (ValueError, RecursionError):
        return BadRecord("malformed_json", _why(text, False))
    return BadRecord("not_an_object", f"The record is {_KINDS[text[0]]}, not an object.")


def _why(text: str, is_deep: bool) -> str:
    """Return what is wrong with malformed text, and where in the record."""
    if is_deep:
        return "The record is not valid JSON (it is also nested very deep)."
    try:
        parse_json(text)
    except JsonError as error:
        return f"The record is not valid JSON. {error.reason}, at character {error.offset + 1} of the record."
    return "The record is not valid JSON."
