"""The changes of a state as a JSON Patch (RFC 6902), numbers as they stood."""

from __future__ import annotations

from collections.abc import Iterator

from auditviewer.core.errors import AuditViewerError
from auditviewer.core.json_format import format_json
from auditviewer.core.json_text import JsonObject, JsonValue, first_duplicate_key
from auditviewer.core.state_diff.diff import StateDiff
from auditviewer.core.state_diff.nodes import MISSING, DiffNode, Kind, pointer_token

MOVE_LIMIT = 5_000_000
"""An array with more moved items times items is replaced as a whole: each move is found by going through it."""


class NoPatchError(AuditViewerError):
    """The change cannot be written as a JSON Patch."""

    hint = "Copy the two states instead."


def json_patch(diff: StateDiff, node: DiffNode | None = None) -> str:
    """Return the patch that turns the original state into the updated one, as JSON text.

    Parameters
    ----------
    node
        Only what became of this path and those below it; the patch then applies to the original state alone.
        For an item that was added to, or moved within, an array it is the array's, since its place depends on
        the others'.

    Returns
    -------
    str
        A JSON array of operations, one a line. Where there was no original state, null stands for it, and so for the
        updated one. The order of an object's members is not part of a patch.

    Raises
    ------
    NoPatchError
        If there is nothing to compare, or a key comes twice in one object, which RFC 6902 cannot address.
    """
    if diff.root is None:
        raise NoPatchError("There is no change to write as a JSON Patch: the two states cannot be compared.")
    for name, side in (("original", diff.original), ("updated", diff.updated)):
        key = None if side.value is MISSING else first_duplicate_key(side.value)
        if key is not None:
            raise NoPatchError(
                f"The key {format_json(key)} comes more than once in one object of the {name} state, "
                "which a JSON Patch cannot address."
            )
    node = diff.root if node is None else _independent(node)
    lines = [f"  {format_json(operation)}" for operation in _operations(diff, node)]
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def _independent(node: DiffNode) -> DiffNode:
    """Return the nearest path, from the node up, whose place in the original state does not depend on others."""
    while node.parent is not None and node.key is None and (node.is_moved or node.original is MISSING):
        node = node.parent
    if node.parent is not None and node.parent.kind not in (Kind.INSIDE, Kind.UNCHANGED, Kind.MOVED):
        return _independent(node.parent)  # within what came or went as a whole
    return node


def _start_of(node: DiffNode) -> str:
    """Return where the node stands, or is to stand, in the original state."""
    if node.original is not MISSING or node.parent is None:
        return node.original_pointer or ""
    return f"{node.parent.original_pointer or ''}/{pointer_token(node.key or '')}"


def _operations(diff: StateDiff, start: DiffNode) -> Iterator[JsonValue]:
    """Yield the operations; when a path's turn comes, all around it is in its updated place already."""
    pending = [(start, _start_of(start))]
    while pending:
        node, at = pending.pop()
        if node.kind is Kind.ADDED and node.updated is not MISSING:
            yield _operation("add", at, value=node.updated)
        elif node.kind is Kind.REMOVED:
            yield _operation("remove", at) if node.parent else _operation("replace", at, value=None)
        elif node.kind is Kind.REPLACED and node.updated is not MISSING:
            yield _operation("replace", at, value=node.updated)
        elif node.kind is Kind.INSIDE:
            below = diff.children(node)
            if not isinstance(node.updated, list):
                pending.extend((child, f"{at}/{pointer_token(child.key or '')}") for child in reversed(below))
            elif sum(child.is_moved for child in below) * len(below) > MOVE_LIMIT:
                yield _operation("replace", at, value=node.updated)
            else:
                yield from _array_operations(below, at)
                kept = [c for c in below if c.kind in (Kind.INSIDE, Kind.REPLACED)]
                pending.extend((child, f"{at}/{child.updated_index}") for child in reversed(kept))


def _array_operations(items: list[DiffNode], at: str) -> Iterator[JsonValue]:
    """Yield what brings every item to its place: removals from the end, moves, then additions from the start."""
    gone = sorted((i.original_index or 0 for i in items if i.updated is MISSING), reverse=True)
    for index in gone:
        yield _operation("remove", f"{at}/{index}")
    kept = [item for item in items if item.original is not MISSING and item.updated is not MISSING]
    yield from _moves(kept, at)
    added = [item for item in items if item.original is MISSING]
    for item in sorted(added, key=lambda item: item.updated_index or 0):
        if item.updated is not MISSING:
            yield _operation("add", f"{at}/{item.updated_index}", value=item.updated)


def _moves(kept: list[DiffNode], at: str) -> Iterator[JsonValue]:
    """Yield the moves that put the kept items into their updated order: each right behind its neighbour."""
    if not any(item.is_moved for item in kept):
        return
    order = sorted(kept, key=lambda item: item.original_index or 0)
    neighbour: DiffNode | None = None
    for item in sorted(kept, key=lambda item: item.updated_index or 0):
        if item.is_moved:
            start = order.index(item)
            del order[start]
            end = 0 if neighbour is None else order.index(neighbour) + 1
            order.insert(end, item)
            if start != end:
                yield _operation("move", f"{at}/{end}", start=f"{at}/{start}")
        neighbour = item


def _operation(name: str, path: str, *, start: str | None = None, **value: JsonValue) -> JsonValue:
    members: list[tuple[str, JsonValue]] = [("op", name), ("path", path)]
    if start is not None:
        members.append(("from", start))
    return JsonObject([*members, *value.items()])
