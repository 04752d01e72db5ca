"""Running a query: predicates to one mask, mask to positions in display order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.ordering import stable_order
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query.masks import true_positions
from auditviewer.core.query.predicates import Predicate
from auditviewer.core.query.query import EVERYTHING, Order, Query
from auditviewer.core.table import EventTable, Mask, Positions

_FEW = 8
"""Below one in so many, what is kept is put in order by itself."""


@dataclass(frozen=True, eq=False)
class QueryResult:
    """A table, the query that was run over it, and the positions it keeps, in display order."""

    table: EventTable
    query: Query
    positions: Positions
    masks: tuple[Mask, ...] = ()
    """What each predicate of the query keeps, (n,) booleans each: the next query need not look again."""

    def __len__(self) -> int:
        return len(self.positions)

    @cached_property
    def mask(self) -> Mask:
        """Return (n,) booleans over the table, true for the events shown."""
        shown = np.zeros(len(self.table), dtype=np.bool_)
        shown[self.positions] = True
        return shown

    @cached_property
    def source_order(self) -> Positions:
        """The shown positions, ascending: as the sources stand."""
        return true_positions(self.mask)

    @cached_property
    def row_of(self) -> Positions:
        """Row in the view of each position, -1 for the events not shown."""
        rows = np.full(len(self.table), -1, dtype=np.int64)
        rows[self.positions] = np.arange(len(self.positions))
        return rows


def run_query(
    table: EventTable, query: Query = EVERYTHING, progress: Progress = SILENT, known: QueryResult | None = None
) -> QueryResult:
    """Return what the query keeps of the table, in its display order.

    Parameters
    ----------
    known
        An earlier result: predicates that it shares, a search through every text among them, are not run again.
    """
    masks = _masks_of(table, query, progress, known)
    if not masks:
        return QueryResult(table, query, ordered(table, query.order))
    return QueryResult(table, query, kept_in_order(table, _all_of(masks), query.order), masks)


def mask_of(table: EventTable, query: Query, progress: Progress = SILENT) -> Mask | None:
    """Return (n,) booleans of the events that meet every predicate; None when there is no predicate."""
    masks = _masks_of(table, query, progress, None)
    return _all_of(masks) if masks else None


def _masks_of(table: EventTable, query: Query, progress: Progress, known: QueryResult | None) -> tuple[Mask, ...]:
    at_hand: dict[Predicate, Mask] = {}
    if known is not None and known.table is table:
        at_hand = dict(zip(known.query.predicates, known.masks, strict=True))
    masks = []
    for predicate in query.predicates:
        progress.check()
        mask = at_hand.get(predicate)
        masks.append(predicate.mask(table, progress) if mask is None else mask)
    return tuple(masks)


def _all_of(masks: tuple[Mask, ...]) -> Mask:
    if len(masks) == 1:
        return masks[0]
    mask = masks[0] & masks[1]
    for other in masks[2:]:
        mask &= other
    return mask


def kept_in_order(table: EventTable, mask: Mask, order: Order) -> Positions:
    """Return the positions where the mask is true, in display order."""
    is_source_order = order.column is None or (order.column == "Timestamp" and table.is_time_sorted)
    if is_source_order and not order.is_descending:
        return true_positions(mask)
    if order.column is None:
        return true_positions(mask)[::-1]
    if order.column == "Timestamp" and not order.is_descending:
        return _kept_in_time(table, mask)
    everything = ordered(table, order)
    return everything[mask[everything]]


def _kept_in_time(table: EventTable, mask: Mask) -> Positions:
    """Return the positions by instant: few are sorted by themselves, many picked from the order of all."""
    positions = true_positions(mask)
    if len(positions) * _FEW > len(mask):
        return table.time_order[mask[table.time_order]]
    ticks = table.instants[positions]
    if table.has_missing_instants:
        ticks = np.where(ticks == NO_INSTANT, np.iinfo(np.int64).max, ticks)
    return positions[stable_order(ticks)]


def ordered(table: EventTable, order: Order) -> Positions:
    """Return all positions in display order: ties in source order, missing values last either way."""
    if order.column is None:
        everything = np.arange(len(table), dtype=np.int64)
        return everything[::-1] if order.is_descending else everything
    if order.column == "Timestamp":
        return _descending_time(table) if order.is_descending else table.time_order
    codes = table.codes(order.column)
    ranks = codes.ranks
    if order.is_descending:
        ranks = np.where(np.arange(len(ranks)) == 0, ranks, len(ranks) - 2 - ranks.astype(np.int64)).astype(ranks.dtype)
    return stable_order(ranks[codes.codes])


def _descending_time(table: EventTable) -> Positions:
    """Latest first; ties stay in source order and missing instants last."""
    keys = -table.instants
    if table.has_missing_instants:
        keys[table.instants == NO_INSTANT] = np.iinfo(np.int64).min  # not the highest: the next line looks for that
        keys[table.instants == NO_INSTANT] = keys.max() + 1
    return stable_order(keys)
