"""What a JSON content looks like: JSON Lines or not, an event or an object around events, an export or not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import islice

from auditviewer.core.reading.json_record import column_of
from auditviewer.core.reading.json_tokens import Data, iter_items, iter_members
from auditviewer.core.schema import COLUMN_NAMES

WRAPPER_LEVELS = 2
"""How many objects may stand around an array of events."""
_LINES_SEEN = 50
_ITEMS_SEEN = 5
_MEMBERS_SEEN = 4096
_KNOWN = frozenset(COLUMN_NAMES)
_EMPTY = re.compile(
    rb'[\xef\xbb\xbf \t\r\n]*(?:\{[ \t\r\n]*"data"[ \t\r\n]*:[ \t\r\n]*)?'
    rb'(?:\[[ \t\r\n]*\]|\{[^\[\]{}]*"(?i:items|value|values|data|events|records|results|logs|entries|content)"'
    rb"[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*\])"
)


def is_lines(head: bytes, is_whole: bool) -> bool:
    """Return whether a content that starts so is JSON Lines: most of its lines are objects, each whole.

    Parameters
    ----------
    is_whole
        Whether the head is all of the content; its last line counts only then.
    """
    lines = head.split(b"\n")
    rest = b"" if is_whole else lines.pop()
    lines = [line for line in map(_stripped, lines) if line][:_LINES_SEEN]
    objects = [line for line in lines if _is_object(line)]
    has_more = len(lines) > 1 or _stripped(rest).startswith(b"{")
    if not has_more or not objects or 2 * len(objects) < len(lines):
        return False
    return is_event(objects[0], 0)


def is_event(data: Data, pos: int) -> bool:
    """Return whether the object at ``pos`` is an event, rather than an object around events."""
    known, _ = _count_known(data, pos)
    if known >= 3:
        return True
    if has_event_array(data, pos):
        return False
    return known > 0 or not _has_empty_array(data, pos)


def has_event_array(data: Data, pos: int, levels: int = WRAPPER_LEVELS) -> bool:
    """Return whether the object at ``pos`` holds an array of events, itself or in an object in it."""
    for _, start in islice(iter_members(data, pos), _MEMBERS_SEEN):
        if data[start] == 0x5B and holds_events(data, start):
            return True
        if data[start] == 0x7B and levels > 1 and has_event_array(data, start, levels - 1):
            return True
    return False


def holds_events(data: Data, pos: int) -> bool:
    """Return whether one of the first items of the array at ``pos`` looks like an event."""
    for start in islice(iter_items(data, pos), _ITEMS_SEEN):
        if data[start] == 0x7B:
            known, total = _count_known(data, start)
            if known >= 3 or (known and known == total):
                return True
    return False


def is_audit_log(names: Iterable[str]) -> bool:
    """Return whether columns are those of an audit log: at least three that the reference knows, or no other."""
    columns = set(names)
    known = len(columns & _KNOWN)
    return known >= 3 or (known > 0 and known == len(columns))


def is_empty_export(head: bytes) -> bool:
    """Return whether a content without any record is an export of no events: an empty array, bare or wrapped."""
    return _EMPTY.match(head) is not None


def _count_known(data: Data, pos: int) -> tuple[int, int]:
    """Return how many of an object's first members are columns of the log, and how many were looked at."""
    found: set[str] = set()
    total = 0
    for key, _ in islice(iter_members(data, pos), _MEMBERS_SEEN):
        total += 1
        if (column := column_of(key)) in _KNOWN:
            found.add(column)
            if len(found) >= 3:
                break
    return len(found), total


def _has_empty_array(data: Data, pos: int, levels: int = WRAPPER_LEVELS) -> bool:
    for _, start in islice(iter_members(data, pos), _MEMBERS_SEEN):
        if data[start] == 0x5B and next(iter_items(data, start), None) is None:
            return True
        if data[start] == 0x7B and levels > 1 and _has_empty_array(data, start, levels - 1):
            return True
    return False


def _stripped(line: bytes) -> bytes:
    return line.strip(b" \t\r\x1e\xef\xbb\xbf")


def _is_object(line: bytes) -> bool:
    if not (line.startswith(b"{") and line.endswith(b"}")):
        return False
    try:
        return isinstance(_ANY.decode(line.decode("utf-8", "replace")), dict)
    except (ValueError, RecursionError):
        return False


_ANY = json.JSONDecoder(parse_int=len, parse_float=len)
