"""Equal values numbered alike, so that any two can be compared at once, however large they are."""

from __future__ import annotations

from collections.abc import Hashable
from operator import itemgetter

from auditviewer.core.json_text import JsonNumber, JsonObject, JsonValue

_first = itemgetter(0)
# Tuples of an int: a string stands for itself, a number is a tuple of its text, a container an int.
_NULL, _FALSE, _TRUE = (0,), (1,), (2,)


class Identities:
    """Gives equal values the same identity and different ones different identities, exactly.

    Values are equal when their types and texts are, 1 and 1.0 and true being three; the order of an
    object's members does not count (RFC 8259), that of an array's items does.
    """

    def __init__(self) -> None:
        self._by_content: dict[Hashable, int] = {}
        self._of_container: dict[int, int] = {}
        self._n_values: list[int] = []
        self._kept: list[JsonValue] = []

    def add(self, root: JsonValue) -> None:
        """Number every object and array of the value; linear in its size."""
        self._kept.append(root)  # containers are known by their address, so they must live as long as this
        of = self.of
        for container in reversed(_containers_of(root)):  # what is inside comes first
            if type(container) is JsonObject:
                pairs = [(key, item if type(item) is str else of(item)) for key, item in container.members]
                pairs.sort(key=_first)
                content: Hashable = ("object", *pairs)
                n_values = self._count([identity for _, identity in pairs])
            else:
                items = [item if type(item) is str else of(item) for item in container]  # type: ignore[union-attr]
                content, n_values = ("array", *items), self._count(items)
            identity = self._by_content.setdefault(content, len(self._n_values))
            if identity == len(self._n_values):
                self._n_values.append(n_values)
            self._of_container[id(container)] = identity

    def of(self, value: JsonValue) -> Hashable:
        """Return the identity of a value that was added, or that holds no others."""
        of_type = type(value)
        if of_type is str:
            return value  # type: ignore[return-value]
        if isinstance(value, JsonNumber):
            return (value.text,)
        if of_type is list or of_type is JsonObject:
            return self._of_container[id(value)]
        return _NULL if value is None else _TRUE if value else _FALSE

    def _count(self, identities: list[Hashable]) -> int:
        containers = [i for i in identities if type(i) is int]
        return len(identities) - len(containers) + sum(map(self._n_values.__getitem__, containers)) or 1

    def count_values(self, value: JsonValue) -> int:
        """Return how many values stand in it: itself when it holds no others."""
        if isinstance(value, (list, JsonObject)):
            return self._n_values[self._of_container[id(value)]]
        return 1


def _containers_of(root: JsonValue) -> list[list[JsonValue] | JsonObject]:
    """Return every object and array of the value, each before those in it."""
    found: list[list[JsonValue] | JsonObject] = []
    pending: list[JsonValue] = [root]
    while pending:
        value = pending.pop()
        if type(value) is JsonObject:
            found.append(value)
            pending += [item for _, item in value.members if type(item) is list or type(item) is JsonObject]
        elif type(value) is list:
            found.append(value)
            pending += [item for item in value if type(item) is list or type(item) is JsonObject]
    return found
