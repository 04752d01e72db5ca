"""Which item of an array became which: by an identifying key, by the longest common run, or by position."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from auditviewer.core.json_text import JsonNumber, JsonObject, JsonValue
from auditviewer.core.state_diff.identities import Identities

IDENTIFYING_KEYS = ("id", "_id", "uuid", "guid", "key", "name")
"""Names of members that tell an array's objects apart, in any letter case, the best first."""

WORK_LIMIT = 1_000_000
"""Pairs of equal items that one diff looks at, all arrays together; some half a second."""


@dataclass(frozen=True)
class Matching:
    """How the items of two arrays were matched."""

    how: str
    """"key", "run" or "position"."""
    key: str | None = None
    is_shortened: bool = False
    """By position, because a closer look would have taken too long."""

    def describe(self) -> str:
        """Return it in words."""
        if self.how == "key":
            return f"matched by key {self.key}"
        if self.how == "run":
            return "matched by longest common run"
        return "matched by position" + (" (too many equal items to look closer)" if self.is_shortened else "")


class Pair(NamedTuple):
    """An item's index on either side, None where it is not."""

    original: int | None
    updated: int | None
    is_moved: bool = False


class ArrayMatcher:
    """Matches the items of arrays within a bounded amount of work, whatever their size."""

    def __init__(self, identities: Identities, work_limit: int = WORK_LIMIT) -> None:
        self._identities = identities
        self._work_left = work_limit

    def match(self, original: list[JsonValue], updated: list[JsonValue]) -> tuple[list[Pair], Matching]:
        """Return the pairs in the order in which to show them, and how they were found."""
        key = identifying_key(original, updated)
        if key is not None:
            return _match_by_key(original, updated, key), Matching("key", key)
        pairs, is_shortened = self.pair_by_run(
            [*map(self._identities.of, original)], [*map(self._identities.of, updated)]
        )
        if is_shortened:
            return pairs, Matching("position", is_shortened=True)
        is_positional = all(p.original == p.updated for p in pairs if p.original is not None and p.updated is not None)
        return pairs, Matching("position" if is_positional else "run")

    def pair_by_run(self, before: list[Hashable], after: list[Hashable]) -> tuple[list[Pair], bool]:
        """Return the pairs of items, known by their identities, and whether a closer look would take too long."""
        anchors = self._common_run(before, after)
        return _fill_gaps(anchors or [], len(before), len(after)), anchors is None

    def _common_run(self, before: list[Hashable], after: list[Hashable]) -> list[tuple[int, int]] | None:
        """Return the longest common subsequence as pairs of indices, None when that is too much work."""
        start = 0
        shorter = min(len(before), len(after))
        while start < shorter and before[start] == after[start]:
            start += 1
        tail = 0
        while tail < shorter - start and before[-1 - tail] == after[-1 - tail]:
            tail += 1
        middle = self._hunt(before[start : len(before) - tail], after[start : len(after) - tail])
        if middle is None:
            return None
        head = [(i, i) for i in range(start)]
        end = [(len(before) - i, len(after) - i) for i in range(tail, 0, -1)]
        return head + [(i + start, j + start) for i, j in middle] + end

    def _hunt(self, before: list[Hashable], after: list[Hashable]) -> list[tuple[int, int]] | None:
        """Return the longest common subsequence by the way of Hunt and Szymanski (1977)."""
        places: dict[Hashable, list[int]] = {}
        for j in range(len(after) - 1, -1, -1):
            places.setdefault(after[j], []).append(j)
        work = sum(len(places.get(item, ())) for item in before)
        if work > self._work_left:
            return None
        self._work_left -= work
        ends: list[int] = []
        links: list[tuple[int, int, object]] = []
        for i, item in enumerate(before):
            for j in places.get(item, ()):
                length = bisect_left(ends, j)
                link = (i, j, links[length - 1] if length else None)
                if length == len(ends):
                    ends.append(j)
                    links.append(link)
                else:
                    ends[length], links[length] = j, link
        return _unlink(links[-1] if links else None)


def identifying_key(original: Sequence[JsonValue], updated: Sequence[JsonValue]) -> str | None:
    """Return the key by which the objects of both arrays can be told apart, None when there is none.

    Every item has it exactly once, as text or a number, and no two items of a side have the same.
    """
    if not original or not updated or not isinstance(original[0], JsonObject):
        return None
    if not all(isinstance(item, JsonObject) for side in (original, updated) for item in side):
        return None
    for key in identifying_names(key for key, _ in original[0].members):
        if all(_tells_apart(side, key) for side in (original, updated)):
            return key
    return None


def identifying_names(names: Iterable[str]) -> list[str]:
    """Return those of an object's names that may tell it apart, the best first."""
    known = {name for name in names if name.lower() in IDENTIFYING_KEYS}
    return sorted(known, key=lambda name: (IDENTIFYING_KEYS.index(name.lower()), name))


def longest_rising_run(numbers: Sequence[int]) -> list[int]:
    """Return the indices of the longest strictly rising subsequence of distinct numbers."""
    ends: list[int] = []
    links: list[tuple[int, int, object]] = []
    for i, number in enumerate(numbers):
        length = bisect_left(ends, number)
        link = (i, number, links[length - 1] if length else None)
        if length == len(ends):
            ends.append(number)
            links.append(link)
        else:
            ends[length], links[length] = number, link
    return [i for i, _ in _unlink(links[-1] if links else None)]


def _unlink(link: object) -> list[tuple[int, int]]:
    """Return the pairs of a chain that leads from the last to the first."""
    pairs = []
    while isinstance(link, tuple):
        i, j, link = link
        pairs.append((i, j))
    return pairs[::-1]


def _tells_apart(items: Sequence[JsonValue], key: str) -> bool:
    seen = {_value_of(item, key) for item in items}
    return None not in seen and len(seen) == len(items)


def _value_of(item: JsonValue, key: str) -> str | JsonNumber | None:
    """Return the item's one value for the key, None when it has none, several, or none that identifies."""
    values = [value for name, value in item.members if name == key] if isinstance(item, JsonObject) else []
    if len(values) != 1:
        return None
    value = values[0]
    return value if isinstance(value, JsonNumber) or (isinstance(value, str) and value) else None


def _match_by_key(original: list[JsonValue], updated: list[JsonValue], key: str) -> list[Pair]:
    return pair_by_identity([_value_of(item, key) for item in original], [_value_of(item, key) for item in updated])


def pair_by_identity(original: Sequence[Hashable], updated: Sequence[Hashable]) -> list[Pair]:
    """Return the pairs of distinct identities in the updated order, what was removed before what followed it."""
    place = {identity: i for i, identity in enumerate(original)}
    partner = [place.get(identity) for identity in updated]
    kept = [(i, j) for j, i in enumerate(partner) if i is not None]
    staying = {kept[index][1] for index in longest_rising_run([i for i, _ in kept])}
    gone = iter(sorted(set(range(len(original))).difference(i for i, _ in kept)))
    next_gone = next(gone, None)
    pairs: list[Pair] = []
    for j, i in enumerate(partner):
        while j in staying and i is not None and next_gone is not None and next_gone < i:
            pairs.append(Pair(next_gone, None))
            next_gone = next(gone, None)
        pairs.append(Pair(i, j, i is not None and j not in staying))
    while next_gone is not None:
        pairs.append(Pair(next_gone, None))
        next_gone = next(gone, None)
    return pairs


def _fill_gaps(anchors: list[tuple[int, int]], n_original: int, n_updated: int) -> list[Pair]:
    """Return the anchors with what stands between them matched by position."""
    pairs: list[Pair] = []
    i = j = 0
    for next_i, next_j in [*anchors, (n_original, n_updated)]:
        while i < next_i and j < next_j:
            pairs.append(Pair(i, j))
            i, j = i + 1, j + 1
        pairs.extend(Pair(gone, None) for gone in range(i, next_i))
        pairs.extend(Pair(None, new) for new in range(j, next_j))
        if next_i < n_original and next_j < n_updated:
            pairs.append(Pair(next_i, next_j))
        i, j = next_i + 1, next_j + 1
    return pairs
