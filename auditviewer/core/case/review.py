"""What a reviewer does with a case and a log together: opening its sources, marking, recording findings and samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from auditviewer.core.case.acts import ReviewState, SampleKept, State, as_data
from auditviewer.core.case.file import Case
from auditviewer.core.case.sources import FoundSource, find_sources, read_sources, source_facts
from auditviewer.core.case.taking_in import take_in
from auditviewer.core.case.targets import Target, event_digest, event_targets, positions_of_targets
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query import QueryResult
from auditviewer.core.query.places import AtPlaces, place_keys, positions_of
from auditviewer.core.query.saved import query_as_json
from auditviewer.core.sampling import Sample, keys_of
from auditviewer.core.table import EventTable, Mask

__all__ = [
    "FoundSource", "count_reviewed", "describe_reviewed", "find_sources", "noted_predicate", "read_sources",
    "record_finding", "record_sample", "reviewed_mask", "reviewed_predicate", "sample_positions", "source_facts",
    "tag_events", "tag_targets", "tagged_predicate", "take_in",
]  # fmt: skip


# -- marking ------------------------------------------------------------------------------------------------


def tag_events(
    case: Case, name: str, table: EventTable, positions: np.ndarray[Any, Any], is_removed: bool = False
) -> int:
    """Put a tag on events, or take it off; return how many there were."""
    return tag_targets(case, name, event_targets(table, positions), is_removed)


def tag_targets(case: Case, name: str, targets: Sequence[Target], is_removed: bool = False) -> int:
    """Put a tag on something, or take it off; return how many targets there were."""
    if not name.strip():
        raise WrongUsageError("A tag needs a name.")
    if targets:
        case.do("tag", name=name, targets=as_data(targets), removed=is_removed)
    return len(targets)


def record_finding(case: Case, title: str, result: QueryResult) -> None:
    """Keep a filter with the events that it keeps now, each with its digest."""
    table, positions = result.table, result.source_order
    targets = event_targets(table, positions)
    events = [[*t.names, event_digest(table, p)] for t, p in zip(targets, positions.tolist(), strict=True)]
    case.do("finding", title=title, query=query_as_json(result.query), events=events)


def record_sample(case: Case, name: str, sample: Sample, result: QueryResult, by: str | None = None) -> None:
    """Keep a sample with its population, method and items."""
    targets = event_targets(result.table, sample.positions)
    keys = keys_of(result.table, sample.positions)
    case.do(
        "sample", name=name, method=sample.method.value, seed=sample.seed, size=len(keys), by=by,
        population=sample.population, query=query_as_json(result.query), query_in_words=result.query.describe(),
        strata={value: list(counts) for value, counts in sample.strata.items()},
        items=[[*t.names, key] for t, key in zip(targets, keys, strict=True)],
    )  # fmt: skip


# -- asking -------------------------------------------------------------------------------------------------


def tagged_predicate(table: EventTable, state: State, names: Iterable[str]) -> AtPlaces:
    """Return the filter for events that have one of the tags, themselves or by their workflow or entity.

    Raises
    ------
    WrongUsageError
        There is no such tag.
    """
    names = sorted(names)
    for name in names:
        if name not in state.tags:
            raise WrongUsageError(f"The case has no tag “{name}”.", f"Its tags are: {', '.join(state.tags) or 'none'}.")
    targets = {target for name in names for target in state.tagged[name]}
    return _at(table, f"tagged {' or '.join(names)}", targets)


def noted_predicate(table: EventTable, state: State) -> AtPlaces:
    """Return the filter for events that have a note, themselves or by their workflow or entity."""
    return _at(table, "with a note", state.notes)


def reviewed_predicate(table: EventTable, state: State, wanted: ReviewState) -> AtPlaces:
    """Return the filter for events in a state of review."""
    if wanted is ReviewState.UNREVIEWED:
        return AtPlaces("reviewed", _at(table, "", state.reviews).places, is_excluded=True)
    chosen = [target for target, review in state.reviews.items() if review.state is wanted]
    return _at(table, f"reviewed as {wanted.value}", chosen)


def reviewed_mask(table: EventTable, state: State) -> Mask:
    """Return (n,) booleans, true for the events that are reviewed, themselves or by their workflow or entity."""
    mask: Mask = np.zeros(len(table), dtype=np.bool_)
    mask[positions_of_targets(table, state.reviews)] = True
    return mask


def count_reviewed(result: QueryResult, state: State) -> int:
    """Return how many of the shown events are reviewed."""
    return int(np.count_nonzero(reviewed_mask(result.table, state)[result.positions]))


def describe_reviewed(result: QueryResult, state: State) -> str:
    """Return the share of the shown events that is reviewed, in words."""
    n = count_reviewed(result, state)
    total = len(result)
    # Rounded down: 100 % is said when every single one is reviewed.
    share = f"{1000 * n // total / 10:g} %" if total else "none"
    return f"{n:,} of {total:,} reviewed ({share})"


def sample_positions(table: EventTable, sample: SampleKept) -> list[int | None]:
    """Return where each item of a kept sample is in a table, None where it is not."""
    found: list[int | None] = []
    for sha256, member, record, _ in sample.drawn["items"]:
        at = positions_of(table, [Target("event", (sha256, member, record)).place])
        found.append(int(at[0]) if len(at) else None)
    return found


def _at(table: EventTable, words: str, targets: Iterable[Target]) -> AtPlaces:
    positions = positions_of_targets(table, targets)
    return AtPlaces(words, frozenset(place_keys(table, positions)))
