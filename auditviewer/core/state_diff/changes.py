"""The changes of a state as a flat list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditviewer.core.json_format import format_json
from auditviewer.core.json_text import JsonObject, JsonValue
from auditviewer.core.state_diff.diff import StateDiff
from auditviewer.core.state_diff.nodes import MISSING, DiffNode, Kind, MaybeValue, describe_nature


@dataclass(frozen=True, eq=False)
class Change:
    """One change: the path (JSON Pointer, RFC 6901), what became of it, and its value before and after.

    ``path`` is where it stands now or, when it was removed, where it stood; ``original_path`` is where it
    stood in the original state, None for what was added.
    """

    path: str
    kind: Kind
    before: MaybeValue
    after: MaybeValue
    original_path: str | None
    note: str = ""

    def describe(self) -> str:
        """Return the change on one line; values as JSON."""
        if self.kind is Kind.MOVED:
            return f"{self.path} moved from {self.original_path}"
        before, after = ("" if v is MISSING else format_json(v) for v in (self.before, self.after))
        value = f"{before} -> {after}" if before and after else before or after
        return f"{self.path or '(whole state)'} {self.kind.value}: {value}" + (f" ({self.note})" if self.note else "")


def changes(diff: StateDiff) -> list[Change]:
    """Return the changes in the order of the tree; none when there is nothing to compare.

    A state that came or went as a whole is told member by member. An item that was moved and changed inside
    is told as moved, then by what changed inside.
    """
    return [_change_of(node) for node in changed_nodes(diff)]


def format_changes(diff: StateDiff) -> str:
    """Return the changes as a JSON array of objects: path, change, before, after, from (of what moved), note."""
    return format_json([_as_json(change) for change in changes(diff)], indent=2)


def changed_nodes(diff: StateDiff) -> Iterator[DiffNode]:
    """Yield the path of each change, in the order of `changes`."""
    if diff.root is None:
        return
    is_whole = diff.root.kind in (Kind.ADDED, Kind.REMOVED) and diff.root.has_children
    pending = list(reversed(diff.children(diff.root))) if is_whole else [diff.root]
    while pending:
        node = pending.pop()
        if node.is_change:
            yield node
        if node.kind is Kind.INSIDE:
            pending.extend(reversed(diff.children(node)))


def _change_of(node: DiffNode) -> Change:
    if node.is_moved:
        return Change(node.pointer, Kind.MOVED, node.original, node.updated, node.original_pointer)
    note = describe_nature(node)
    return Change(node.pointer, node.kind, node.original, node.updated, node.original_pointer, note)


def _as_json(change: Change) -> JsonValue:
    members: list[tuple[str, JsonValue]] = [("path", change.path), ("change", change.kind.value)]
    if change.kind is Kind.MOVED:
        return JsonObject([*members, ("from", change.original_path)])
    if change.before is not MISSING:
        members.append(("before", change.before))
    if change.after is not MISSING:
        members.append(("after", change.after))
    if change.note:
        members.append(("note", change.note))
    return JsonObject(members)
