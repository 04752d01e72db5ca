"""The texts of a tree's rows; every one fit to be shown and of bounded length, however large the value."""

from __future__ import annotations

from auditviewer.core.display import CELL_LIMIT, fit_to_show
from auditviewer.core.json_format import format_json, format_string
from auditviewer.core.json_text import JsonNumber, JsonObject, JsonValue
from auditviewer.core.state_diff import MISSING, DiffNode, Kind, Missing, describe_nature


def describe_key(node: DiffNode) -> str:
    """Return the name of a path: its key, its index in the array, or what the root is."""
    if node.parent is None:
        return "(whole value)"
    if node.key is not None:
        name = fit_to_show(node.key) if node.key else '""'
        return name if node.occurrence == 1 else f"{name}  (key given again, {node.occurrence})"
    before, after = node.original_index, node.updated_index
    index = f"[{before} → {after}]" if None not in (before, after) and before != after else None
    index = index or f"[{after if after is not None else before}]"
    matching = node.parent.matching
    if matching is None or matching.key is None:
        return index
    item = node.original if node.updated is MISSING else node.updated
    return f"{index}  {fit_to_show(matching.key)} {summarise(member_of(item, matching.key), 60)}"


def describe_change(node: DiffNode) -> str:
    """Return what became of the path, and what a person would overlook about it."""
    if node.is_moved and node.kind is Kind.INSIDE:
        return "moved, changed inside"
    nature = describe_nature(node)
    return f"{node.kind.value}: {nature}" if nature else node.kind.value


def describe_updated(node: DiffNode) -> str:
    """Return the updated value, and for an array how its items were matched with the original's."""
    value = summarise(node.updated)
    return f"{value}, {node.matching.describe()}" if node.matching is not None else value


def summarise(value: JsonValue | Missing, limit: int = CELL_LIMIT) -> str:
    """Return a value on one line: as JSON, or how much is in it."""
    if value is MISSING:
        return ""
    if isinstance(value, JsonObject):
        return f"{{…}}  {_counted(len(value.members), 'member')}" if value.members else "{}"
    if isinstance(value, list):
        return f"[…]  {_counted(len(value), 'item')}" if value else "[]"
    if isinstance(value, str):
        # The backslash escapes of JSON would stand beside the signs that make control characters visible.
        return fit_to_show(f'"{value[: limit + 1]}"' if len(value) <= limit else f'"{value[:limit]}', limit)
    if isinstance(value, JsonNumber):
        return fit_to_show(value.text, limit)
    return format_json(value)


def text_to_copy(value: JsonValue | Missing) -> str:
    """Return what "copy value" copies: a string's own text, anything else as JSON.

    A string with lone surrogates is copied as JSON, since no clipboard can hold them.
    """
    if value is MISSING:
        return ""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return format_string(value)
        return value
    return format_json(value, indent=2)


def matches(node: DiffNode, wanted: str) -> bool:
    """Return whether the path's name or one of its values holds the text, which is in folded case."""
    texts = (node.key, *(_searched(value) for value in (node.original, node.updated)))
    return any(text is not None and wanted in text.casefold() for text in texts)


def member_of(value: JsonValue | Missing, key: str) -> JsonValue | Missing:
    """Return an object's first member of that name."""
    members = value.members if isinstance(value, JsonObject) else []
    return next((member for name, member in members if name == key), MISSING)


def _searched(value: JsonValue | Missing) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, JsonNumber):
        return value.text
    return None if value is MISSING or isinstance(value, (list, JsonObject)) else format_json(value)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
