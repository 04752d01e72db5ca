"""What a reviewer does with a case and a log together: opening its sources, marking, recording findings and samples."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from auditviewer.core.case.acts import SampleKept, State
from auditviewer.core.case.file import Case
from auditviewer.core.case.said import Review, ReviewState
from auditviewer.core.case.target_set import TargetSet, describe_targets
from auditviewer.core.case.targets import MOST_AT_ONCE, Target, event_digests, event_targets
from auditviewer.core.errors import UnreadableExportError, WrongUsageError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import QueryResult
from auditviewer.core.query.places import AtPlaces, Places, positions_of
from auditviewer.core.query.saved import query_as_json
from auditviewer.core.reading import read_exports
from auditviewer.core.reading.containers import digest_file, find_files
from auditviewer.core.sampling import Sample, keys_of
from auditviewer.core.table import EventTable, Mask, Source

_CONFLICTS_TOLD = 100


def source_facts(sources: Iterable[Source]) -> list[dict[str, Any]]:
    """Return what a case keeps of its sources: path, size, digest and account of each."""
    return [
        {
            "path": os.fsencode(os.path.abspath(s.path)).decode("utf-8", "backslashreplace"), "member": s.member,
            "bytes": s.size_bytes, "sha256": s.sha256, "records": s.records, "loaded": s.loaded,
            "duplicates": s.duplicates, "rejected": s.rejected,
        }
        for s in sources
    ]  # fmt: skip


@dataclass(frozen=True)
class FoundSource:
    """Where a source of a case is now: ``path`` is None when it is not found, or is another file than it was."""

    kept: dict[str, Any]
    path: Path | None
    problem: str = ""


def find_sources(case: Case, progress: Progress = SILENT) -> list[FoundSource]:
    """Return where each source file of a case is: at its path or, when it moved, beside the case or the others.

    A file counts as the source only with the SHA-256 that it had.
    """
    kept = {(s["path"], s["sha256"]): s for s in case.state.sources}
    folders = {case.path.parent, *(Path(path).parent for path, _ in kept)}
    return [_find(facts, folders, progress) for facts in kept.values()]


def _find(kept: dict[str, Any], folders: set[Path], progress: Progress) -> FoundSource:
    path = Path(kept["path"])
    problem = f"The source {path} is gone."
    if path.is_file():
        if path.stat().st_size == kept["bytes"] and digest_file(path, progress) == kept["sha256"]:
            return FoundSource(kept, path)
        size = path.stat().st_size
        problem = f"The source {path} changed: it has {size:,} bytes and had {kept['bytes']:,}, or other contents."
    for folder in sorted(folders):
        if not folder.is_dir():
            continue
        for other in find_files([folder]).paths:
            if (
                other != path
                and other.stat().st_size == kept["bytes"]
                and digest_file(other, progress) == kept["sha256"]
            ):
                return FoundSource(kept, other, f"The source {path} moved to {other}.")
    return FoundSource(kept, None, problem)


def read_sources(case: Case, progress: Progress = SILENT, uses_cache: bool = True) -> EventTable:
    """Return the log of a case, in the order of its sources.

    Raises
    ------
    UnreadableExportError
        A source is gone or changed; with which and how.
    """
    found = find_sources(case, progress)
    if missing := [one.problem for one in found if one.path is None]:
        raise UnreadableExportError(" ".join(missing), "Put the files back as they were.")
    if not found:
        raise UnreadableExportError(f"The case {case.path.name} has no sources yet.", "Add some.")
    paths = [one.path for one in found if one.path is not None]
    return read_exports(paths, progress, uses_cache=uses_cache, trusts_state=False)


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
    found: list[int | None] = []
    for sha256, member, record, _ in sample.drawn["items"]:
        at = positions_of(table, [Target("event", (sha256, member, record)).place])
        found.append(int(at[0]) if len(at) else None)
    return found


def _at(table: EventTable, words: str, targets: TargetSet, options: tuple[str, ...]) -> AtPlaces:
    return AtPlaces(words, Places.at(table, targets.positions(table)), options=options)


# -- another reviewer's case ------------------------------------------------------------------------------------


def take_in(case: Case, other: Case) -> list[str]:
    """Add another reviewer's tags, notes and states to a case; return what conflicts, in sentences.

    Where both reviewed the same thing and came to different states, ours stays and the conflict is kept. Notes are
    added with their author's name; what is there already is not added again.
    """
    ours, theirs = case.state, other.state
    conflicts, notes, reviews = list[str](), list[tuple[TargetSet, str]](), list[tuple[TargetSet, Review]]()
    for note, on in theirs.notes.by_note():
        there = TargetSet.of(target for target in on if _has_note(ours, target, note.text))
        if missing := on - there:
            notes.append((missing, f"[{note.user}, {note.time}] {note.text}"))
    for review, own in theirs.reviews.by_review():
        left = own
        for mine, common in ours.reviews.of(own):
            left = left - common
            if mine.state is not review.state:
                said = f"{mine.state.value} by {mine.user}, {review.state.value} by {review.user}"
                conflicts += _conflicts(common, said)
        if left:
            reviews.append((left, review))
    case.do("import", case=other.path.name, head=other.head, conflicts=conflicts)
    for name, tag in theirs.tags.items():
        if name not in ours.tags:
            case.do("define-tag", name=name, colour=tag.colour, key="")
        if added := theirs.tagged.get(name, TargetSet()) - case.state.tagged.get(name, TargetSet()):
            tag_targets(case, name, added)
    for on, text in notes:
        case.do("note", text=text, **on.as_data())
    for own, review in reviews:
        reason = f"{review.reason} [{review.user}, {review.time}]".strip()
        case.do("review", state=review.state.value, reason=reason, **own.as_data())
    return conflicts


def _has_note(state: State, target: Target, text: str) -> bool:
    texts = {note.text for note in state.notes.get(target, ())}
    return text in texts or text in {kept.partition("] ")[2] for kept in texts}


def _conflicts(targets: TargetSet, said: str) -> list[str]:
    """Return a sentence for each target or, where they are many, one for all."""
    if len(targets) > _CONFLICTS_TOLD:
        return [f"{describe_targets(targets)[0].upper()}{describe_targets(targets)[1:]} are {said}."]
    return [f"The {target.describe()} is {said}." for target in targets]
