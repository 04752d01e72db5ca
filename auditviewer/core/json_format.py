"""JSON values to JSON text: numbers as they stood, keys in their order, equal keys included."""

from __future__ import annotations

import json
import re

from auditviewer.core.json_text import JsonNumber, JsonObject, JsonValue

_SURROGATE = re.compile("[\ud800-\udfff]")

_CONSTANTS = {None: "null", True: "true", False: "false"}


def format_json(value: JsonValue, indent: int | None = None) -> str:
    """Return the value as JSON text: numbers as they stood, keys in their order, equal keys included.

    Parameters
    ----------
    indent
        Spaces per level, one member a line; None for one line. Lone surrogates are written as escapes.
    """
    pieces: list[str] = []
    # Written with a stack of what is still to come, since values may be nested deeper than calls may be.
    pending: list[tuple[JsonValue, int, str]] = [(value, 0, "")]
    while pending:
        value, depth, before = pending.pop()
        if before:
            pieces.append(before)
        if isinstance(value, JsonObject) and value.members:
            pieces.append("{")
            pending.append((_Raw("}"), depth, _break(indent, depth)))
            for i in range(len(value.members) - 1, -1, -1):
                key, member = value.members[i]
                lead = _break(indent, depth + 1) if i == 0 else _comma(indent, depth + 1)
                pending.append((member, depth + 1, f"{lead}{format_string(key)}: "))
        elif isinstance(value, list) and value:
            pieces.append("[")
            pending.append((_Raw("]"), depth, _break(indent, depth)))
            for i in range(len(value) - 1, -1, -1):
                lead = _break(indent, depth + 1) if i == 0 else _comma(indent, depth + 1)
                pending.append((value[i], depth + 1, lead))
        else:
            pieces.append(_format_plain(value))
    return "".join(pieces)


def format_string(text: str) -> str:
    """Return the text as a JSON string, in quotes; what UTF-8 cannot hold becomes an escape."""
    quoted = json.encoder.encode_basestring(text)
    return quoted if quoted.isascii() else _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", quoted)


class _Raw(JsonNumber):
    """Text that is written as it is."""

    __slots__ = ()


def _format_plain(value: JsonValue) -> str:
    if isinstance(value, JsonNumber):
        return value.text
    if isinstance(value, str):
        return format_string(value)
    if isinstance(value, JsonObject):
        return "{}"
    return "[]" if isinstance(value, list) else _CONSTANTS[value]


def _break(indent: int | None, depth: int) -> str:
    return "" if indent is None else "\n" + " " * (indent * depth)


def _comma(indent: int | None, depth: int) -> str:
    return ", " if indent is None else "," + _break(indent, depth)
