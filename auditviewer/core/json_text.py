"""The guarded door to a JSON parser that keeps everything: number text, key order, duplicate keys.

`parse_json` follows RFC 8259 strictly and answers a tree of

- ``None``, ``True``, ``False`` and ``str`` for null, the booleans and strings,
- `JsonNumber` for a number, whose text stays as it stood (``1.0``, ``1e5``, five thousand digits),
- ``list`` for an array,
- `JsonObject` for an object, its members in order, equal keys included.

So 1, 1.0, true and "1" are four different values. Text nested deeper than a limit is refused before the
parser sees it: the standard library's scanner recurses, and how deep it can go depends on who calls it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final, TypeAlias

from auditviewer.core.errors import AuditViewerError

DEPTH_LIMIT: Final = 500
"""Deepest nesting that is parsed; a state is rarely deeper than ten."""


class JsonNumber:
    """A number as its source text; equal only to the same text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JsonNumber) and self.text == other.text

    def __hash__(self) -> int:
        return hash((JsonNumber, self.text))

    def __repr__(self) -> str:
        return f"JsonNumber({self.text!r})"


class JsonObject:
    """An object as its members in source order; a key may come more than once."""

    __slots__ = ("members",)

    def __init__(self, members: list[tuple[str, JsonValue]]) -> None:
        self.members = members

    def __repr__(self) -> str:
        return f"JsonObject({len(self.members)} members)"


JsonValue: TypeAlias = "bool | str | JsonNumber | list[JsonValue] | JsonObject | None"


class JsonError(AuditViewerError):
    """The text is not JSON.

    Parameters
    ----------
    reason
        A plain sentence without a full stop, such as "A value is missing".
    offset
        Where, in characters from 0.
    line, column
        The same place counted from 1; a line ends with LF.
    """

    hint = "The raw text is kept as it stood in the source."

    def __init__(self, reason: str, offset: int, line: int, column: int) -> None:
        super().__init__(f"{reason}, at line {line}, column {column} (character {offset}).")
        self.reason, self.offset, self.line, self.column = reason, offset, line, column

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), (self.reason, self.offset, self.line, self.column)


def parse_json(text: str, depth_limit: int = DEPTH_LIMIT) -> JsonValue:
    """Return the value that the text holds, with nothing lost but white space and the spelling of escapes.

    Raises
    ------
    JsonError
        If the text is not exactly one JSON value (RFC 8259), or nested deeper than ``depth_limit``.
    """
    too_deep = offset_deeper_than(text, depth_limit)
    if too_deep is not None:
        raise _error_at(text, too_deep, f"It is nested more than {depth_limit:,} levels deep")
    try:
        value: JsonValue = _KEEPING.decode(text)
    except json.JSONDecodeError as failure:
        raise _error_at(text, failure.pos, _in_plain_words(failure.msg)) from None
    except _NotANumber as failure:
        raise _error_at(text, _offset_of_constant(text), f"{failure} is not a JSON number") from None
    except RecursionError:
        raise _error_at(text, 0, "It is nested too deep to be read here") from None
    return value


def is_object_or_array(text: str) -> bool:
    """Return whether the text is exactly one JSON object or array that may stand in a JSON file as it is.

    False too for text that would make the file unreadable for others: lone surrogates, written out or
    escaped, and nesting deeper than `DEPTH_LIMIT`. Equal keys are allowed.
    """
    start = _first_character(text)
    if text[start : start + 1] not in ("{", "["):
        return False
    if len(text) > DEPTH_LIMIT and offset_deeper_than(text, DEPTH_LIMIT) is not None:
        return False
    try:
        end = _CHECKING.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return False
    return _first_character(text, end) == len(text) and not _has_lone_surrogates(text)


def offset_deeper_than(text: str, depth_limit: int) -> int | None:
    """Return the offset of the bracket that opens the level after ``depth_limit``, None when none does."""
    if text.count("[") + text.count("{") <= depth_limit:
        return None
    if len(text) >= _LARGE and not _seems_deeper_than(text, depth_limit):
        return None
    depth = 0
    for token in _BRACKET_OR_STRING.finditer(text):
        kind = text[token.start()]
        if kind in "[{":
            depth += 1
            if depth > depth_limit:
                return token.start()
        elif kind in "]}":
            depth -= 1
    return None


def _seems_deeper_than(text: str, depth_limit: int) -> bool:
    """Return whether sound JSON, and what is sound before the first fault, is nested deeper; quick for a large text."""
    import numpy as np

    # Without escapes, a quote starts or ends a string: brackets between an odd one and the next are text.
    letters = np.frombuffer(
        text.replace("\\\\", "").replace('\\"', "").encode("utf-8", "surrogatepass"), dtype=np.uint8
    )
    is_text = np.cumsum(letters == ord('"'), dtype=np.uint8) & 1
    kinds = letters | 0x20  # [ becomes {, and ] becomes }
    steps = (kinds == ord("{")).astype(np.int8) - (kinds == ord("}"))
    steps *= is_text == 0
    return int(np.cumsum(steps, dtype=np.int32).max(initial=0)) > depth_limit


def unwrap_json(text: str, depth_limit: int = DEPTH_LIMIT) -> tuple[JsonValue, int]:
    """Return the value of the text and how many layers of text inside text were taken off.

    A JSON string whose content is an object or an array was written as JSON twice; what it holds is what
    a reader wants to see.

    Raises
    ------
    JsonError
        If the text is not exactly one JSON value.
    """
    value = inner = parse_json(text, depth_limit)
    layers = 0
    while isinstance(inner, str) and inner[_first_character(inner) :][:1] in ("{", "[", '"'):
        try:
            inner = parse_json(inner, depth_limit)
        except JsonError:
            break
        layers += 1
    return (inner, layers) if isinstance(inner, (list, JsonObject)) else (value, 0)


def spans_inside(text: str, start: int) -> Iterator[tuple[str | None, int, int]]:
    """Yield (key, start, end) of what the object or array at ``start`` holds, in order; the key of an item is None.

    The text must be sound JSON, not nested deeper than `DEPTH_LIMIT`.
    """
    is_object = text[start] == "{"
    at = _first_character(text, start + 1)
    while text[at] not in "}]":
        key = None
        if is_object:
            key, at = scanstring(text, at + 1)
            at = _first_character(text, _first_character(text, at) + 1)
        end = _CHECKING.raw_decode(text, at)[1]
        yield key, at, end
        at = _first_character(text, end)
        if text[at] == ",":
            at = _first_character(text, at + 1)


def first_character(text: str) -> int:
    """Return where the first character stands that is not white space of JSON."""
    return _first_character(text)


def first_duplicate_key(value: JsonValue) -> str | None:
    """Return a key that comes more than once in one object anywhere in the value, None when there is none."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, JsonObject):
            seen = set()
            for key, member in value.members:
                if key in seen:
                    return key
                seen.add(key)
                if isinstance(member, (list, JsonObject)):
                    pending.append(member)
        elif isinstance(value, list):
            pending.extend(item for item in value if isinstance(item, (list, JsonObject)))
    return None


class _NotANumber(Exception):
    """NaN or Infinity, which RFC 8259 does not know."""


def _refuse_constant(name: str) -> Any:
    raise _NotANumber(name)


def _refuse_quickly(name: str) -> Any:
    raise ValueError(name)


# Hooks written in Python let other threads run while a long text is parsed; a scan without them would not.
_KEEPING = json.JSONDecoder(
    object_pairs_hook=JsonObject, parse_int=JsonNumber, parse_float=JsonNumber, parse_constant=_refuse_constant
)
# len takes what int() would refuse (more than 4,300 digits) and costs nothing.
_CHECKING = json.JSONDecoder(object_pairs_hook=len, parse_int=len, parse_float=len, parse_constant=_refuse_quickly)

_LARGE = 1 << 16
"""From this many characters on, the depth of a text is looked at all at once first."""
_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)'
_BRACKET_OR_STRING = re.compile(rf"[\[\]{{}}]|{_STRING}", re.DOTALL)
_CONSTANT_OR_STRING = re.compile(rf"NaN|-?Infinity|{_STRING}", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")

_PLAIN_WORDS = {
    "Expecting value": "A value is missing or is not JSON",
    "Expecting ',' delimiter": "A comma or the closing bracket is missing",
    "Expecting ':' delimiter": "The colon after a key is missing",
    "Expecting property name enclosed in double quotes": "A key in double quotes is missing",
    "Illegal trailing comma before end of object": "There is a comma after the last member of an object",
    "Illegal trailing comma before end of array": "There is a comma after the last item of an array",
    "Extra data": "There is more text after the end of the JSON value",
    "Unterminated string starting at": "A string starts here and does not end",
    "Invalid control character at": "A control character stands unescaped in a string",
    "Invalid \\escape": "A backslash in a string starts no known escape",
    "Invalid \\escape: ": "A backslash in a string starts no known escape",
    "Invalid \\uXXXX escape": "\\u in a string is not followed by four hexadecimal digits",
    "Unexpected UTF-8 BOM (decode using utf-8-sig)": "There is a byte-order mark before the JSON value",
}


def _in_plain_words(message: str) -> str:
    return _PLAIN_WORDS.get(message, message)


def _error_at(text: str, offset: int, reason: str) -> JsonError:
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return JsonError(reason if text[offset:].strip() else _at_the_end(text, reason), offset, line, column)


def _at_the_end(text: str, reason: str) -> str:
    return f"{reason}: the text ends too early" if text.strip() else "There is no text"


def _offset_of_constant(text: str) -> int:
    """Return where the first NaN or Infinity outside of a string stands; all before it is known to be sound."""
    return next((t.start() for t in _CONSTANT_OR_STRING.finditer(text) if text[t.start()] != '"'), 0)


def _first_character(text: str, start: int = 0) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start


def _has_lone_surrogates(text: str) -> bool:
    """Return whether a string in the sound JSON text holds half of a surrogate pair."""
    if not text.isascii() and _SURROGATE.search(text):
        return True
    if "\\ud" not in text and "\\uD" not in text:
        return False
    pending: list[Any] = [_KEEPING.decode(text)]
    while pending:
        value = pending.pop()
        if isinstance(value, JsonObject):
            for member in value.members:
                pending.extend(member)
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, str) and _SURROGATE.search(value):
            return True
    return False
