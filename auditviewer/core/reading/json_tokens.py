"""JSON as bytes: where a value ends, which members an object has; never recursive, so depth costs nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

Data = Any
"""The bytes of a content: a memory map, or bytes."""

SPACE = b" \t\r\n\x1e"
"""What may stand between values: JSON's white space, and the record separator of RFC 7464."""

_SPACES = re.compile(rb"[ \t\r\n\x1e]*+")
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_WHOLE_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BRACKET_OR_STRING = re.compile(rb"[{}\[\]]|" + _STRING, re.DOTALL)
_WORD = re.compile(rb'[^ \t\r\n\x1e,\]}{\["]++')
_OPENING, _CLOSING = frozenset(b"{["), frozenset(b"}]")


def skip_space(data: Data, pos: int) -> int:
    """Return the place of the next byte that is not white space, or the end."""
    match = _SPACES.match(data, pos)
    return match.end() if match else pos


def end_of_value(data: Data, pos: int, stop: int) -> int | None:
    """Return the end of the value that starts at ``pos``, by its brackets and quotes alone; None if it does not end.

    The value may still be malformed inside.
    """
    first = data[pos]
    if first in _OPENING:
        return _end_of_brackets(data, pos, stop)
    match = (_WHOLE_STRING if first == 0x22 else _WORD).match(data, pos, stop)
    return match.end() if match else None


def find_member(data: Data, pos: int) -> tuple[str, int] | None:
    """Return the key of the object's member expected at ``pos``, and where its value starts; None if there is none."""
    pos = skip_space(data, pos)
    match = _WHOLE_STRING.match(data, pos) if pos < len(data) else None
    if match is None:
        return None
    try:
        key = json.loads(bytes(match[0]))
    except ValueError:
        return None
    pos = skip_space(data, match.end())
    if data[pos : pos + 1] != b":":
        return None
    pos = skip_space(data, pos + 1)
    return (key, pos) if pos < len(data) else None


def iter_members(data: Data, pos: int) -> Iterator[tuple[str, int]]:
    """Yield the keys of the object at ``pos`` and where their values start, up to its end or what is no member."""
    pos += 1
    while (member := find_member(data, pos)) is not None:
        yield member
        end = end_of_value(data, member[1], len(data))
        if end is None:
            return
        pos = skip_space(data, end)
        if data[pos : pos + 1] != b",":
            return
        pos += 1


def iter_items(data: Data, pos: int) -> Iterator[int]:
    """Yield where the items of the array at ``pos`` start, up to its end or what is no item."""
    pos = skip_space(data, pos + 1)
    while pos < len(data) and data[pos] not in b",]}":
        yield pos
        end = end_of_value(data, pos, len(data))
        if end is None:
            return
        pos = skip_space(data, end)
        if data[pos : pos + 1] != b",":
            return
        pos = skip_space(data, pos + 1)


def _end_of_brackets(data: Data, pos: int, stop: int) -> int | None:
    depth = 0
    for token in _BRACKET_OR_STRING.finditer(data, pos, stop):
        start = token.start()
        char = data[start]
        if char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            depth -= 1
            if not depth:
                return start + 1
    return None
