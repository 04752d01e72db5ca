"""Facets: for each value of a column, how many events choosing it would show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query.masks import true_positions
from auditviewer.core.query.places import Marked
from auditviewer.core.query.predicates import OneOf, Predicate
from auditviewer.core.query.run import QueryResult
from auditviewer.core.schema import CATEGORY
from auditviewer.core.table import Codes, Mask, Positions

FACET_COLUMNS = (
    CATEGORY,
    "OperationStatus",
    "InitiatorType",
    "Initiator",
    "WorkflowType",
    "EventType",
    "TargetType",
    "Target",
    "TenantId",
)
"""The facets of the filter pane, in its order."""


@dataclass(frozen=True, eq=False)
class FacetCounts:
    """One column's values and, under all other filters, how many events have each.

    ``counts`` (len(codes),) int64 by code; code 0 is the missing cell.
    """

    column: str
    codes: Codes
    counts: npt.NDArray[np.int64]

    @cached_property
    def by_count(self) -> npt.NDArray[np.int64]:
        """The codes, most events first, ties by text; values that the whole log lacks are left out."""
        present = np.flatnonzero(self.codes.totals)
        order = np.lexsort((self.codes.ranks[present], -self.counts[present]))
        codes: npt.NDArray[np.int64] = present[order]
        return codes

    def codes_with(self, text: str) -> npt.NDArray[np.int64]:
        """Return the codes whose text holds the text, in any case, in the order of `by_count`."""
        if not text:
            return self.by_count
        found = pc.fill_null(pc.match_substring(self.codes.dictionary, text, ignore_case=True), False)
        is_found: Mask = found.to_numpy(zero_copy_only=False)
        return self.by_count[is_found[self.by_count]]


def count_facets(result: QueryResult, columns: Sequence[str], progress: Progress = SILENT) -> dict[str, FacetCounts]:
    """Return the counts of each column: what choosing a value would show, given all other filters of the result."""
    table = result.table
    kept = kept_by_others(result, columns)
    counted = {}
    shown: dict[int, _Shown] = {}  # most columns share a mask, whose events are then listed once
    for column in columns:
        progress.check()
        codes, own = table.codes(column), kept[column]
        if own is not None and id(own) not in shown:
            shown[id(own)] = _Shown.of(own)
        counted[column] = FacetCounts(column, codes, _counts(codes, None if own is None else shown[id(own)]))
    return counted


def kept_by_others(result: QueryResult, columns: Sequence[str]) -> dict[str, Mask | None]:
    """Return for each column what all filters but its own keep; None where that is everything."""
    masks = list(zip(result.query.predicates, result.masks, strict=True))
    failures = _count_failures(masks, len(result.table))
    shown: Mask | None = None if failures is None else failures == 0
    kept: dict[str, Mask | None] = {}
    for column in columns:
        own = [mask for p, mask in masks if isinstance(p, (OneOf, Marked)) and p.column == column]
        kept[column] = shown
        if own and failures is not None:
            others = failures.copy()
            for mask in own:
                others -= ~mask
            kept[column] = others == 0
    return kept


def _count_failures(masks: list[tuple[Predicate, Mask]], n: int) -> npt.NDArray[np.uint8] | None:
    """Return how many predicates each event fails; None when there is none."""
    if not masks:
        return None
    failures = np.zeros(n, dtype=np.uint8)
    for _, mask in masks:
        failures += ~mask
    return failures


@dataclass(frozen=True, eq=False)
class _Shown:
    """Which events are counted: those at the positions, or all but those, whichever are fewer."""

    positions: Positions
    is_all_but: bool

    @classmethod
    def of(cls, kept: Mask) -> _Shown:
        is_all_but = int(np.count_nonzero(kept)) * 2 > len(kept)
        return cls(true_positions(~kept if is_all_but else kept), is_all_but)


def _counts(codes: Codes, shown: _Shown | None) -> npt.NDArray[np.int64]:
    """Return how many of the events shown have each code."""
    if shown is None:
        return codes.totals
    counts = np.bincount(codes.codes[shown.positions], minlength=len(codes))
    return codes.totals - counts if shown.is_all_but else counts
