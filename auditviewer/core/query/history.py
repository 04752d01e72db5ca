"""Undo and redo of queries: a line of frozen queries and a place in it."""

from __future__ import annotations

from auditviewer.core.query.query import Query


class History:
    """The queries that were applied, oldest first, and which one is current."""

    def __init__(self, first: Query) -> None:
        self._line = [first]
        self._at = 0

    @property
    def can_undo(self) -> bool:
        """Whether a query stands before the current one."""
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        """Whether an undone query stands after the current one."""
        return self._at + 1 < len(self._line)

    def push(self, query: Query) -> None:
        """Make a query the current one; what was undone before is forgotten."""
        self._line = [*self._line[: self._at + 1], query]
        self._at += 1

    def replace(self, query: Query) -> None:
        """Put a query in place of the current one: the same question, of which the answer changed."""
        self._line[self._at] = query

    def undo(self) -> Query:
        """Return the query before the current one, and make it current."""
        self._at = max(self._at - 1, 0)
        return self._line[self._at]

    def redo(self) -> Query:
        """Return the query after the current one, and make it current."""
        self._at = min(self._at + 1, len(self._line) - 1)
        return self._line[self._at]
