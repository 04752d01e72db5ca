"""The tree of a state diff: a node per path, with both values and where each stands (RFC 6901)."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Final, TypeAlias

from auditviewer.core.json_text import JsonNumber, JsonObject, JsonValue
from auditviewer.core.state_diff.arrays import Matching


class Kind(Enum):
    """What became of a path; the value is the word for it."""

    UNCHANGED = "unchanged"
    ADDED = "added"
    REMOVED = "removed"
    REPLACED = "changed"
    MOVED = "moved"
    """An item of an array that stands elsewhere in it and is the same otherwise."""
    INSIDE = "changed inside"
    """An object or array that holds changes."""


class Missing(Enum):
    """No value at all; JSON null is a value."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
MaybeValue: TypeAlias = "JsonValue | Missing"


@dataclass(slots=True, eq=False, weakref_slot=True)
class DiffNode:
    """One path of the two states.

    ``key`` is the name of an object's member, None for an item of an array and for the root; ``occurrence``
    counts equal keys from 1. The indices are those of an array's item on either side.
    """

    kind: Kind
    original: MaybeValue
    updated: MaybeValue
    holder: weakref.ref[DiffNode] | None = None
    """The path above; weak, so that a large tree has no cycles and goes as soon as nobody needs it."""
    key: str | None = None
    occurrence: int = 1
    original_index: int | None = None
    updated_index: int | None = None
    is_moved: bool = False
    matching: Matching | None = None
    """How the items of two arrays were matched; known once the children are."""
    children: list[DiffNode] | None = field(default=None, repr=False)
    """None until somebody asked; see `StateDiff.children`."""

    @property
    def parent(self) -> DiffNode | None:
        """The path above, None for the root."""
        return None if self.holder is None else self.holder()

    @property
    def original_pointer(self) -> str | None:
        """JSON Pointer into the original state, None when the path is not in it."""
        return None if self.original is MISSING else self._pointer(is_updated=False)

    @property
    def updated_pointer(self) -> str | None:
        """JSON Pointer into the updated state, None when the path is not in it."""
        return None if self.updated is MISSING else self._pointer(is_updated=True)

    @property
    def pointer(self) -> str:
        """Where the path is now or, when it was removed, where it was."""
        return self._pointer(is_updated=self.updated is not MISSING)

    @property
    def has_children(self) -> bool:
        """Whether the path holds others on either side."""
        return bool(_n_held(self.original) or _n_held(self.updated))

    @property
    def is_change(self) -> bool:
        """Whether this very path was added, removed, replaced or moved."""
        return self.is_moved or self.kind in (Kind.ADDED, Kind.REMOVED, Kind.REPLACED)

    def _pointer(self, *, is_updated: bool) -> str:
        tokens = []
        node: DiffNode | None = self
        while node is not None and node.parent is not None:
            index = node.updated_index if is_updated else node.original_index
            tokens.append(pointer_token(node.key if node.key is not None else str(index)))
            node = node.parent
        return "".join(f"/{token}" for token in reversed(tokens))


def pointer_token(key: str) -> str:
    """Return a key as a reference token of RFC 6901."""
    return key.replace("~", "~0").replace("/", "~1")


def describe_nature(node: DiffNode) -> str:
    """Return what a person would overlook about a replaced value, "" when there is nothing of the kind."""
    before, after = node.original, node.updated
    if node.kind is not Kind.REPLACED:
        return ""
    if isinstance(before, JsonNumber) and isinstance(after, JsonNumber):
        return "same number, written differently" if _is_same_number(before.text, after.text) else ""
    if type_name(before) != type_name(after):
        return f"{type_name(before)} became {type_name(after)}"
    return ""


def type_name(value: MaybeValue) -> str:
    """Return the JSON type of the value in words."""
    if value is MISSING:
        return "nothing"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, JsonNumber):
        return "number"
    if isinstance(value, str):
        return "text"
    return "object" if isinstance(value, JsonObject) else "array"


def _is_same_number(before: str, after: str) -> bool:
    if max(len(before), len(after)) > 10_000:
        return False
    try:
        return Decimal(before) == Decimal(after)
    except InvalidOperation:
        return False


def _n_held(value: MaybeValue) -> int:
    if isinstance(value, JsonObject):
        return len(value.members)
    return len(value) if isinstance(value, list) else 0
