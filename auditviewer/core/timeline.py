"""Events over time as numbers: bins that fit a width, counts by status, and lanes of workflows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auditviewer.core.cells import NO_INSTANT, TICKS_PER_DAY, TICKS_PER_SECOND
from auditviewer.core.instants import LAST_TICKS
from auditviewer.core.query import QueryResult
from auditviewer.core.step_status import StepStatus, cell_statuses
from auditviewer.core.table import Positions
from auditviewer.core.workflow_order import Ticks, kept_statuses
from auditviewer.core.workflows import Outcome, WorkflowSummary

if TYPE_CHECKING:
    from auditviewer.core.step_status import Statuses

Counts = npt.NDArray[np.int64]

MAX_BINS = 4096
"""More bars than pixels help nobody; also bounds what a hostile range of times can cost."""

_MS, _SECOND, _DAY = TICKS_PER_SECOND // 1000, TICKS_PER_SECOND, TICKS_PER_DAY
NICE_WIDTHS: tuple[tuple[int, str], ...] = (
    (1, "100 ns"), (10, "1 µs"), (100, "10 µs"), (1_000, "100 µs"),
    (_MS, "1 ms"), (10 * _MS, "10 ms"), (100 * _MS, "100 ms"),
    (_SECOND, "1 second"), (5 * _SECOND, "5 seconds"), (15 * _SECOND, "15 seconds"), (30 * _SECOND, "30 seconds"),
    (60 * _SECOND, "1 minute"), (300 * _SECOND, "5 minutes"), (900 * _SECOND, "15 minutes"),
    (1800 * _SECOND, "30 minutes"), (3600 * _SECOND, "1 hour"), (3 * 3600 * _SECOND, "3 hours"),
    (6 * 3600 * _SECOND, "6 hours"), (12 * 3600 * _SECOND, "12 hours"),
    (_DAY, "1 day"), (2 * _DAY, "2 days"), (7 * _DAY, "1 week"), (14 * _DAY, "2 weeks"), (28 * _DAY, "4 weeks"),
    (91 * _DAY, "13 weeks"), (364 * _DAY, "52 weeks"), (3640 * _DAY, "520 weeks"), (36400 * _DAY, "5,200 weeks"),
)  # fmt: skip
"""Bin widths in ticks and in words. Bins start at whole multiples of their width since Monday 0001-01-01 UTC."""


@dataclass(frozen=True)
class TimeBins:
    """Bins of equal width: bin i is [start + i * width, start + (i + 1) * width), in ticks."""

    start: int
    width: int
    n_bins: int
    label: str = ""

    @property
    def end(self) -> int:
        """Where the last bin ends."""
        return self.start + self.n_bins * self.width


@dataclass(frozen=True, eq=False)
class Density:
    """How many events fell in each bin, by what their status says.

    ``counts`` is (number of `StepStatus`, n_bins).
    """

    bins: TimeBins
    counts: Counts
    n_without_time: int
    """How many shown events have no readable time, and so stand in no bin."""
    n_outside: int = 0
    """How many stand before or after the bins."""

    @cached_property
    def totals(self) -> Counts:
        """(n_bins,) events a bin."""
        totals: Counts = self.counts.sum(axis=0)
        return totals


def fit_bins(first: int, last: int, width_px: int, bar_px: int = 4) -> TimeBins:
    """Return the narrowest nice bins that cover [first, last] with bars of at least ``bar_px`` pixels."""
    most = max(1, min(width_px // max(bar_px, 1), MAX_BINS))
    for width, label in NICE_WIDTHS:
        bins = _covering(first, last, width, label)
        if bins.n_bins <= most:
            return bins
    return bins


def count_per_bin(instants: Ticks, start: int, width: int, n_bins: int) -> Counts:
    """Count events per time bin.

    Parameters
    ----------
    instants
        (n,) ticks in any order. `NO_INSTANT`, a timestamp that could not be read, falls in no bin.
    width
        Width of every bin in ticks, more than zero. Bin i is [start + i * width, start + (i + 1) * width).

    Raises
    ------
    ValueError
        If ``width`` is not more than zero.
    """
    groups = np.zeros(len(instants), dtype=np.uint8)
    counts: Counts = count_by_group(instants, groups, 1, TimeBins(start, width, n_bins))[0]
    return counts


def count_by_group(instants: Ticks, groups: Statuses, n_groups: int, bins: TimeBins) -> Counts:
    """Count events per group and bin; returns (n_groups, n_bins).

    Parameters
    ----------
    instants, groups
        (n,) ticks in any order, and each event's group in [0, n_groups).

    Raises
    ------
    ValueError
        If the bins' width is not more than zero.
    """
    if bins.width <= 0:
        raise ValueError("a bin must be wider than nothing")
    if bins.n_bins <= 0 or not len(instants):
        return np.zeros((n_groups, max(bins.n_bins, 0)), dtype=np.int64)
    inside = (instants >= bins.start) & (instants < bins.end)
    if not inside.all():
        instants, groups = instants[inside], groups[inside]
    at = (instants - bins.start) // bins.width
    at += groups.astype(np.int64) * bins.n_bins
    counts: Counts = np.bincount(at, minlength=n_groups * bins.n_bins).reshape(n_groups, bins.n_bins)
    return counts


@dataclass(frozen=True, eq=False)
class ShownTimes:
    """The instants and statuses of the events of a result, in source order, those without a time left out."""

    instants: Ticks
    statuses: Statuses
    n_without_time: int

    @cached_property
    def span(self) -> tuple[int, int] | None:
        """First and last instant, both inclusive; None when there is none."""
        return (int(self.instants.min()), int(self.instants.max())) if len(self.instants) else None

    def density(self, first: int, last: int, width_px: int) -> Density:
        """Return how many events fall in bins over [first, last] that fit a width."""
        bins = fit_bins(first, last, width_px)
        counts = count_by_group(self.instants, self.statuses, len(StepStatus), bins)
        n_outside = len(self.instants) - int(counts.sum())
        return Density(bins, counts, self.n_without_time, n_outside)


def times_of(result: QueryResult) -> ShownTimes:
    """Return when the shown events were and what their status says (the operation status alone)."""
    table = result.table
    instants, statuses = table.instants, cell_statuses(table)
    if len(result) != len(table):
        shown = result.source_order
        instants, statuses = instants[shown], statuses[shown]
    if not table.has_missing_instants:
        return ShownTimes(instants, statuses, 0)
    is_dated = instants != NO_INSTANT
    return ShownTimes(instants[is_dated], statuses[is_dated], int(np.count_nonzero(~is_dated)))


class LaneOrder(Enum):
    """Which workflows come first."""

    LATEST = "Latest first"
    LONGEST = "Longest first"


@dataclass(frozen=True, eq=False)
class Lane:
    """One workflow with its steps' instants and statuses, ready to draw."""

    instants: Ticks
    statuses: Statuses


def order_lanes(summary: WorkflowSummary, order: LaneOrder, keep: frozenset[Outcome] | None = None) -> Positions:
    """Return the entries of a summary as lanes, first to last: entries without a time last, ties as in the summary.

    Parameters
    ----------
    keep
        Only workflows that ended in one of these ways; None keeps all.
    """
    keys = summary.first if order is LaneOrder.LATEST else summary.durations
    lanes = np.argsort(-np.maximum(keys, -1), kind="stable")
    if keep is None:
        return lanes
    return lanes[np.isin(summary.outcome_codes[lanes], [code_of(outcome) for outcome in keep])]


def code_of(outcome: Outcome) -> int:
    """Return the code that a summary holds for an outcome."""
    return list(Outcome).index(outcome)


def lane_of(summary: WorkflowSummary, entry: int) -> Lane:
    """Return one entry's steps, made when the lane is to be drawn."""
    positions = summary.steps(entry)
    return Lane(summary.table.instants[positions], kept_statuses(summary.table)[positions])


def spread_ties(places: npt.NDArray[np.float64], gap: float) -> npt.NDArray[np.float64]:
    """Return ascending places moved apart as little as needed for each to stand ``gap`` after the one before."""
    if not len(places):
        return places
    steps = np.arange(len(places)) * gap
    spread: npt.NDArray[np.float64] = np.maximum.accumulate(places - steps) + steps
    return spread


def _covering(first: int, last: int, width: int, label: str) -> TimeBins:
    start = max(first, 0) // width * width
    return TimeBins(start, width, (min(max(last, first), LAST_TICKS) - start) // width + 1, label)
