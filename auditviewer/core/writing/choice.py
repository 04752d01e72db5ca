"""Which events a written file holds: shown, selected or all, narrowed by category and dates as the product does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from auditviewer.core.query import OneOf, Order, Query, QueryResult, TimeRange
from auditviewer.core.query.places import AtPlaces, place_keys
from auditviewer.core.query.run import mask_of
from auditviewer.core.schema import CATEGORY
from auditviewer.core.table import Positions


class Extent(Enum):
    """Which events to start from."""

    SHOWN = "the shown events"
    SELECTED = "the selected events"
    ALL = "all events"


@dataclass(frozen=True)
class EventChoice:
    """The events of an extent in a category (None: every one) and a range of time (None: always)."""

    extent: Extent
    category: str | None = None
    times: TimeRange | None = None

    def positions(self, result: QueryResult, selected: Positions) -> Positions:
        """Return the positions, shown and selected events in display order, all events in source order."""
        table = result.table
        start = {
            Extent.SHOWN: result.positions,
            Extent.SELECTED: selected,
            Extent.ALL: np.arange(len(table), dtype=np.int64),
        }[self.extent]
        mask = mask_of(table, self._narrowing())
        return start if mask is None else start[mask[start]]

    def describe(self, result: QueryResult) -> str:
        """Return in words which events these are."""
        base = {
            Extent.SHOWN: result.query.describe(),
            Extent.SELECTED: f"selected among: {result.query.describe()}",
            Extent.ALL: "all events",
        }[self.extent]
        narrowing = self._narrowing()
        return base if not narrowing.predicates else f"{base}, of these: {narrowing.describe()}"

    def query(self, result: QueryResult, selected: Positions) -> Query:
        """Return a query that gives these events again, in the same order."""
        base = result.query
        if self.extent is Extent.ALL:
            base = Query((), Order(None))
        elif self.extent is Extent.SELECTED:
            places = frozenset(place_keys(result.table, selected))
            base = Query((AtPlaces("selected", places),), result.query.order)
        return replace(base, predicates=base.predicates + self._narrowing().predicates)

    def _narrowing(self) -> Query:
        query = Query()
        if self.category is not None:
            query = query.with_predicate(OneOf(CATEGORY, frozenset({self.category})))
        return query if self.times is None else query.with_predicate(self.times)
