"""Query: which events to show and in which order; a frozen value that can be compared, kept and undone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from auditviewer.core.mark_columns import MARKS
from auditviewer.core.query.places import Marked
from auditviewer.core.query.predicates import OneOf, Predicate, TextSearch, TimeRange


@dataclass(frozen=True)
class Order:
    """Display order: by a column's text, by true instant for Timestamp, or as the sources stand when None."""

    column: str | None = "Timestamp"
    is_descending: bool = False


@dataclass(frozen=True)
class Query:
    """Predicates that an event must all meet, and the order to show the kept events in.

    Holds at most one `OneOf` a column for each of "is" and "is not", one `TimeRange`, and any number of
    `TextSearch`.
    """

    predicates: tuple[Predicate, ...] = ()
    order: Order = Order()

    def one_of(self, column: str, is_excluded: bool = False) -> OneOf | Marked | None:
        """Return the value predicate of a column, or of what a case says, if there is one."""
        for p in self.predicates:
            if isinstance(p, (OneOf, Marked)) and p.column == column and p.is_excluded == is_excluded:
                return p
        return None

    @property
    def time_range(self) -> TimeRange | None:
        """The time predicate, if there is one."""
        return next((p for p in self.predicates if isinstance(p, TimeRange)), None)

    @property
    def searches(self) -> tuple[TextSearch, ...]:
        """The text predicates."""
        return tuple(p for p in self.predicates if isinstance(p, TextSearch))

    def with_predicate(self, predicate: Predicate) -> Query:
        """Return the query with the predicate in place of the one of the same subject, or added at the end."""
        kept = tuple(p for p in self.predicates if p.subject != predicate.subject)
        return replace(self, predicates=(*kept, predicate))

    def without(self, predicate: Predicate) -> Query:
        """Return the query without the predicate."""
        return replace(self, predicates=tuple(p for p in self.predicates if p != predicate))

    def with_values(self, column: str, values: frozenset[str | None], is_excluded: bool = False) -> Query:
        """Return the query that keeps (or excludes) exactly these values of the column; none of them: no filter."""
        predicate = OneOf(column, values, is_excluded)
        if values and column not in MARKS:  # what a case says, `Marked` alone knows
            return self.with_predicate(predicate)
        return replace(self, predicates=tuple(p for p in self.predicates if p.subject != predicate.subject))

    def with_order(self, order: Order) -> Query:
        """Return the query with another display order."""
        return replace(self, order=order)

    def describe(self) -> str:
        """Return the query in words, on one line."""
        if not self.predicates:
            return "all events"
        return " and ".join(p.describe() for p in self.predicates)


EVERYTHING = Query()
