"""Two state texts to a tree of paths: what is the same, added, removed, replaced or moved."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field

from auditviewer.core.collector import paused_collector
from auditviewer.core.json_text import JsonError, JsonObject, JsonValue, unwrap_json
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.state_diff.arrays import ArrayMatcher, Pair
from auditviewer.core.state_diff.identities import Identities
from auditviewer.core.state_diff.nodes import MISSING, DiffNode, Kind, MaybeValue

LARGE = 500_000
"""From this many characters on, the garbage collector is paused while states are compared."""


@dataclass(frozen=True, eq=False)
class StateSide:
    """One state: its text as it stood, and what it holds."""

    text: str | None
    value: MaybeValue = MISSING
    """`MISSING` when there is no state: the cell is missing or empty, says null, or is not JSON."""
    error: JsonError | None = None
    layers: int = 0
    """How many layers of text inside text were taken off."""

    def describe_absence(self) -> str:
        """Return why there is no state to read, "" when there is one."""
        if self.value is not MISSING:
            return ""
        if self.error is not None:
            return f"not JSON: {self.error.sentence}"
        if self.text is None:
            return "missing"
        return "null" if self.text.strip() else "empty"


@dataclass(frozen=True)
class Counts:
    """How many paths were added, removed, replaced and moved, and how many values are as they were.

    What is added or removed as a whole counts once, however much is in it; what is unchanged counts by its
    values, each that holds no others (an empty object or array is one).
    """

    unchanged: int = 0
    added: int = 0
    removed: int = 0
    replaced: int = 0
    moved: int = 0

    @property
    def total(self) -> int:
        """How many changes there are."""
        return self.added + self.removed + self.replaced + self.moved

    def describe(self) -> str:
        """Return the counts in words, as "3 changed, 1 added, 0 removed, 41 unchanged"."""
        moved = f"{self.moved:,} moved, " if self.moved else ""
        changed = f"{self.replaced:,} changed, {self.added:,} added, {self.removed:,} removed"
        return f"{changed}, {moved}{self.unchanged:,} unchanged"


@dataclass(frozen=True, eq=False)
class StateDiff:
    """What became of a state: both sides, the tree of paths, and the counts.

    ``root`` is None when there is nothing to compare: neither side is a state, or one is not JSON.
    """

    original: StateSide
    updated: StateSide
    root: DiffNode | None = None
    counts: Counts = Counts()
    _matcher: ArrayMatcher = field(default_factory=lambda: ArrayMatcher(Identities()), repr=False)
    _identities: Identities = field(default_factory=Identities, repr=False)

    @property
    def has_error(self) -> bool:
        """Whether a side is not JSON."""
        return self.original.error is not None or self.updated.error is not None

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know about the comparison, in sentences."""
        return tuple(_notes_on(self))

    def children(self, node: DiffNode) -> list[DiffNode]:
        """Return the paths directly below a node; made when first asked for."""
        if node.children is None:
            node.children = self._make_children(node)
        return node.children

    def _make_children(self, node: DiffNode) -> list[DiffNode]:
        before, after = node.original, node.updated
        if isinstance(before, JsonObject) and isinstance(after, JsonObject):
            return self._pair_members(node, before, after)
        if isinstance(before, list) and isinstance(after, list):
            if node.kind in (Kind.UNCHANGED, Kind.MOVED):
                pairs = [Pair(i, i) for i in range(len(after))]
            else:
                pairs, node.matching = self._matcher.match(before, after)
            return [self._item(node, before, after, pair) for pair in pairs]
        return [*_one_side(node, before, Kind.REMOVED), *_one_side(node, after, Kind.ADDED)]

    def _pair_members(self, node: DiffNode, before: JsonObject, after: JsonObject) -> list[DiffNode]:
        above = weakref.ref(node)
        names = [key for key, _ in before.members]
        if names == [key for key, _ in after.members] and len(set(names)) == len(names):
            return [
                DiffNode(self._kind(old, new), old, new, above, key)
                for (key, old), (_, new) in zip(before.members, after.members, strict=True)
            ]
        new = {(key, nth): value for key, nth, value in _numbered(after)}
        children: list[DiffNode] = []
        for key, nth, value in _numbered(before):
            partner = new.pop((key, nth), MISSING)
            children.append(DiffNode(self._kind(value, partner), value, partner, above, key, nth))
        children.extend(DiffNode(Kind.ADDED, MISSING, value, above, key, nth) for (key, nth), value in new.items())
        return children

    def _item(self, node: DiffNode, before: list[JsonValue], after: list[JsonValue], pair: Pair) -> DiffNode:
        old = MISSING if pair.original is None else before[pair.original]
        new = MISSING if pair.updated is None else after[pair.updated]
        kind = self._kind(old, new)
        if pair.is_moved and kind is Kind.UNCHANGED:
            kind = Kind.MOVED
        return DiffNode(
            kind,
            old,
            new,
            weakref.ref(node),
            original_index=pair.original,
            updated_index=pair.updated,
            is_moved=pair.is_moved,
        )

    def _kind(self, before: MaybeValue, after: MaybeValue) -> Kind:
        if before is after:
            return Kind.UNCHANGED
        if before is MISSING:
            return Kind.ADDED
        if after is MISSING:
            return Kind.REMOVED
        if self._identities.of(before) == self._identities.of(after):
            return Kind.UNCHANGED
        return Kind.INSIDE if _is_same_container(before, after) else Kind.REPLACED


def diff_states(original: str | None, updated: str | None, progress: Progress = SILENT) -> StateDiff:
    """Compare two states.

    Parameters
    ----------
    original, updated
        The texts of the cells; None where a cell is missing. No text and JSON null are no state, so that only
        ``updated`` makes a creation and only ``original`` a deletion.

    Returns
    -------
    StateDiff
        Near linear in the length of the texts. A side that is not JSON is in it with its error.
    """
    with paused_collector(is_needed=len(original or "") + len(updated or "") > LARGE):
        return _diff(original, updated, progress)


def _diff(original: str | None, updated: str | None, progress: Progress) -> StateDiff:
    sides = read_state(original), read_state(updated)
    identities = Identities()
    for side in sides:
        progress.check()
        if side.value is not MISSING:
            identities.add(side.value)
    matcher = ArrayMatcher(identities)
    diff = StateDiff(*sides, _matcher=matcher, _identities=identities)
    before, after = sides[0].value, sides[1].value
    if diff.has_error or (before is MISSING and after is MISSING):
        return diff
    root = DiffNode(diff._kind(before, after), before, after)
    counts = _count(diff, root, identities, progress)
    return StateDiff(*sides, root, counts, matcher, identities)


def view_state(text: str | None) -> StateDiff:
    """Return one state as a tree of unchanged paths, for values that have no before and after."""
    with paused_collector(is_needed=len(text or "") > LARGE):
        side = read_state(text)
    if side.value is MISSING:
        return StateDiff(side, side)
    return StateDiff(side, side, DiffNode(Kind.UNCHANGED, side.value, side.value))


def view_sound_side(diff: StateDiff) -> tuple[str, StateDiff] | None:
    """Return the column and the tree of the one state that is JSON where the other is not; None elsewhere."""
    for column, side, other in (
        ("OriginalState", diff.original, diff.updated),
        ("UpdatedState", diff.updated, diff.original),
    ):
        if other.error is not None and side.value is not MISSING:
            return column, StateDiff(side, side, DiffNode(Kind.UNCHANGED, side.value, side.value))
    return None


def read_state(text: str | None) -> StateSide:
    """Return what a state's text holds."""
    if text is None or not text.strip():
        return StateSide(text)
    try:
        value, layers = unwrap_json(text)
    except JsonError as error:
        return StateSide(text, error=error)
    return StateSide(text, MISSING if value is None else value, layers=layers)


def _count(diff: StateDiff, root: DiffNode, identities: Identities, progress: Progress) -> Counts:
    tally = dict.fromkeys(Kind, 0)
    n_unchanged = n_moved = 0
    # A state that came or went as a whole is told member by member.
    pending = diff.children(root) if root.kind in (Kind.ADDED, Kind.REMOVED) and root.has_children else [root]
    pending = list(pending)
    while pending:
        node = pending.pop()
        tally[node.kind] += 1
        n_moved += node.is_moved
        if node.kind is Kind.INSIDE:
            progress.check()
            pending.extend(diff.children(node))
        elif node.kind in (Kind.UNCHANGED, Kind.MOVED) and node.updated is not MISSING:
            n_unchanged += identities.count_values(node.updated)
    return Counts(n_unchanged, tally[Kind.ADDED], tally[Kind.REMOVED], tally[Kind.REPLACED], n_moved)


def _numbered(value: JsonObject) -> Iterable[tuple[str, int, JsonValue]]:
    """Yield key, which of the equal keys it is (from 1), and value of each member."""
    seen: dict[str, int] = {}
    for key, member in value.members:
        seen[key] = nth = seen.get(key, 0) + 1
        yield key, nth, member


def _one_side(node: DiffNode, value: MaybeValue, kind: Kind) -> Iterable[DiffNode]:
    """Yield the paths below a value that has no partner of its type."""

    above = weakref.ref(node)

    def child(member: JsonValue, key: str | None, nth: int, index: int | None) -> DiffNode:
        if kind is Kind.ADDED:
            return DiffNode(kind, MISSING, member, above, key, nth, updated_index=index)
        return DiffNode(kind, member, MISSING, above, key, nth, original_index=index)

    if isinstance(value, JsonObject):
        for key, nth, member in _numbered(value):
            yield child(member, key, nth, None)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield child(item, None, 1, index)


def _is_same_container(before: JsonValue, after: JsonValue) -> bool:
    both = (before, after)
    return all(isinstance(value, list) for value in both) or all(isinstance(value, JsonObject) for value in both)


def _notes_on(diff: StateDiff) -> Iterable[str]:
    for name, side in (("original", diff.original), ("updated", diff.updated)):
        if side.error is not None:
            yield f"The {name} state is {side.describe_absence()}"
        if side.layers:
            times = "" if side.layers == 1 else f", {side.layers} times over"
            yield f"The {name} state is JSON inside a JSON string{times}; what is inside is compared."
    if diff.has_error:
        return
    if diff.root is None:
        yield "The event has no states to compare."
    elif diff.root.kind is Kind.ADDED:
        yield f"There was no original state (it is {diff.original.describe_absence()}): all of the updated one is new."
    elif diff.root.kind is Kind.REMOVED:
        yield f"There is no updated state (it is {diff.updated.describe_absence()}): all of the original one is gone."
    elif not diff.counts.total and diff.original.text != diff.updated.text:
        yield "The values are the same; the texts differ in white space, order of keys or spelling of characters."
    elif not diff.counts.total:
        yield "The two states are the same, letter by letter."
