"""What a reviewer does with a case and a log together: opening its sources, marking, recording findings and samples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from auditviewer.core.case.acts import SampleKept, State
from auditviewer.core.case.file import Case
from auditviewer.core.case.said import ReviewState
from auditviewer.core.case.sources import FoundSource, find_sources, read_sources, source_facts
from auditviewer.core.case.taking_in import take_in
from auditviewer.core.case.target_set import TargetSet
from auditviewer.core.case.targets import MOST_AT_ONCE, Target, event_digests, event_targets
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import QueryResult
from auditviewer.core.query.places import AtPlaces, PlaceKey, Places, place_keys, positions_of
from auditviewer.core.query.saved import query_as_json
from auditviewer.core.sampling import Sample, keys_of
from auditviewer.core.table import EventTable, Mask

__all__ = [
    "FoundSource",
    "count_reviewed",
    "describe_reviewed",
    "find_sources",
    "finding_data",
    "noted_predicate",
    "read_sources",
    "record_finding",
    "record_sample",
    "reviewed_mask",
    "reviewed_predicate",
    "sample_data",
    "sample_positions",
    "source_facts",
    "tag_events",
    "tag_targets",
    "tagged_predicate",
    "take_in",
]  # fmt: skip


# -- marking ------------------------------------------------------------------------------------------------


def tag_events(
    case: Case, name: str, table: EventTable, positions: np.ndarray[Any, Any], is_removed: bool = False
) -> int:
    """Put a tag on events, or take it off; return how many there were."""
    return tag_targets(case, name, TargetSet.at(table, positions), is_removed)


def tag_targets(case: Case, name: str, targets: Iterable[Target], is_removed: bool = False) -> int:
    """Put a tag on something, or take it off; return how many targets there were."""
    if not name.strip():
        raise WrongUsageError("A tag needs a name.")
    if meant := TargetSet.of(targets):
        case.do("tag", name=name, removed=is_removed, **meant.as_data())
    return len(meant)


def record_finding(case: Case, title: str, result: QueryResult, note: str = "", progress: Progress = SILENT) -> None:
    """Keep a filter with the events that it keeps now, each with its digest."""
    case.do("finding", **finding_data(title, result, note, progress))


def finding_data(title: str, result: QueryResult, note: str = "", progress: Progress = SILENT) -> dict[str, Any]:
    """Return the data of the act that keeps a finding."""
    table, positions = result.table, result.source_order
    if len(positions) > MOST_AT_ONCE:
        raise WrongUsageError(f"{len(positions):,} events are too many for a finding.", "Filter first.")
    sources, records = table.record_numbers(positions)
    digests = event_digests(table, positions, progress)
    named = [(source.sha256, source.member or "") for source in table.sources]
    rank = {name: at for at, name in enumerate(sorted(set(named)))}
    ranks = np.array([rank[name] for name in named], dtype=np.int64)[sources] if named else sources
    order = np.lexsort((records, ranks)).tolist()
    return {
        "title": title, "query": query_as_json(result.query), "query_in_words": result.query.describe(), "note": note,
        "records": Places.at(table, positions).as_json(), "digests": "".join(digests[at] for at in order),
    }  # fmt: skip


def record_sample(
    case: Case, name: str, sample: Sample, result: QueryResult, by: str | None = None, size_from: str = ""
) -> None:
    """Keep a sample with its population, method and items; ``size_from`` says in words where its size is from."""
    case.do("sample", name=name, **sample_data(sample, result, by, size_from))


def sample_data(sample: Sample, result: QueryResult, by: str | None = None, size_from: str = "") -> dict[str, Any]:
    """Return the data of an act that keeps a sample, all but its name."""
    targets = event_targets(result.table, sample.positions)
    keys = keys_of(result.table, sample.positions)
    return {
        "method": sample.method.value, "seed": sample.seed, "size": len(keys), "by": by, "size_from": size_from,
        "population": sample.population, "query": query_as_json(result.query),
        "query_in_words": result.query.describe(),
        "strata": {value: list(counts) for value, counts in sample.strata.items()},
        "items": [[*t.names, key] for t, key in zip(targets, keys, strict=True)],
    }  # fmt: skip


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
    targets = TargetSet()
    for name in names:
        targets = targets | state.tagged[name]
    options = tuple(word for name in names for word in ("--tag", name))
    return _at(table, f"tagged {' or '.join(names)}", targets, options)


def noted_predicate(table: EventTable, state: State) -> AtPlaces:
    """Return the filter for events that have a note, themselves or by their workflow or entity."""
    return _at(table, "with a note", state.notes.targets(), ("--has-note",))


def reviewed_predicate(table: EventTable, state: State, wanted: ReviewState) -> AtPlaces:
    """Return the filter for events in a state of review."""
    if wanted is ReviewState.UNREVIEWED:
        return replace(_at(table, "reviewed", state.reviews.targets(), ("--reviewed", wanted.value)), is_excluded=True)
    chosen = TargetSet()
    for review, own in state.reviews.by_review():
        chosen = chosen | own if review.state is wanted else chosen
    return _at(table, f"reviewed as {wanted.value}", chosen, ("--reviewed", wanted.value))


def reviewed_mask(table: EventTable, state: State) -> Mask:
    """Return (n,) booleans, true for the events that are reviewed, themselves or by their workflow or entity."""
    mask: Mask = np.zeros(len(table), dtype=np.bool_)
    mask[state.reviews.targets().positions(table)] = True
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
    wanted = [Target("event", (sha256, member, record)).place for sha256, member, record, _ in sample.drawn["items"]]
    at = Places.of(wanted).positions(table)
    found = dict(zip(place_keys(table, at), at.tolist(), strict=True))
    # Of a record that was collapsed as a duplicate, the event that is shown in its place stands elsewhere.
    return [found[key] if key in found else _position_of(table, key) for key in wanted]


def _position_of(table: EventTable, key: PlaceKey) -> int | None:
    at = positions_of(table, [key])
    return int(at[0]) if len(at) else None


def _at(table: EventTable, words: str, targets: TargetSet, options: tuple[str, ...]) -> AtPlaces:
    return AtPlaces(words, Places.at(table, targets.positions(table)), options=options)
