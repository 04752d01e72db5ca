"""What a case says of each open event, as arrays: what the table shows and the filters count, however many events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core.case.acts import State
from auditviewer.core.case.said import Note, Reviews, ReviewState
from auditviewer.core.case.target_set import TargetSet
from auditviewer.core.case.targets import Target, entity_target, event_targets, workflow_target
from auditviewer.core.codes import Codes
from auditviewer.core.mark_columns import MARK_COLUMNS, NOTES_COLUMN, STATE_COLUMN, TAGS_COLUMN
from auditviewer.core.query import Query, QueryResult
from auditviewer.core.query.facets import FacetCounts, kept_by_others
from auditviewer.core.query.places import Marked, Places
from auditviewer.core.query.record_index import index_of
from auditviewer.core.query.saved import predicate_as_json, query_as_json, query_from_json
from auditviewer.core.table import EventTable, Mask

STATES = tuple(ReviewState)
"""A code of `EventMarks.states` is an index of this."""
_ANY_NOTE = "any"


@dataclass(frozen=True, eq=False)
class EventMarks:
    """What a case says of the events of a table, themselves or by their workflow or entity."""

    table: EventTable
    state: State
    states: npt.NDArray[np.uint8]
    """(n,) index in `STATES`, 0 for unreviewed."""
    locked: Mask
    """(n,) whether it is signed off."""
    tagged: dict[str, Mask]
    """(n,) by tag, in the order of the tags."""
    noted: Mask
    made_of: tuple[Any, ...] = ()
    """What the arrays were made of: what is the same object again need not be looked at again."""

    def tags_at(self, position: int) -> list[str]:
        """Return the tags of an event."""
        return [name for name, mask in self.tagged.items() if mask[position]]

    def notes_at(self, position: int) -> list[Note]:
        """Return the notes on an event, its workflow or its entity, in their order."""
        if not self.noted[position]:
            return []
        found = {note.number: note for target in targets_at(self.table, position) for note in self._notes_on(target)}
        return [found[number] for number in sorted(found)]

    def _notes_on(self, target: Target) -> Sequence[Note]:
        return self.state.notes.get(target, ())

    def count_reviewed(self, result: QueryResult) -> int:
        """Return how many of the shown events are reviewed."""
        if len(result) == len(self.states):
            return int(np.count_nonzero(self.states))
        return int(np.count_nonzero(self.states[result.positions]))


def targets_at(table: EventTable, position: int) -> list[Target]:
    """Return an event, its workflow and its entity, those that it has, as targets."""
    workflow, kind, name = (table.text(position, c) for c in ("WorkflowId", "TargetType", "TargetId"))
    found = event_targets(table, np.array([position], dtype=np.int64))
    found += [workflow_target(workflow)] if workflow else []
    return found + ([entity_target(kind or "", name)] if name else [])


def mark_events(table: EventTable, state: State, known: EventMarks | None = None) -> EventMarks:
    """Return what a case says of the events of a table; ``known`` is what it said before."""
    made_of = (state.reviews.events, state.reviews.others, state.notes, state.notes.n_added, dict(state.tagged))
    before: tuple[Any, ...] = known.made_of if known is not None and known.table is table else (None,) * 5
    is_same = [one is other for one, other in zip(made_of, before, strict=True)]
    if known is not None and is_same[0] and is_same[1]:
        states, locked = known.states, known.locked
    else:
        states, locked = _states(table, state.reviews)
    is_noted = known is not None and is_same[2] and made_of[3] == before[3]
    noted = known.noted if known is not None and is_noted else _mask(table, state.notes.targets())
    tagged, old = {}, before[4] or {}
    for name in state.tags:
        targets = made_of[4].get(name, TargetSet())
        is_kept = known is not None and name in known.tagged and old.get(name) is targets
        tagged[name] = known.tagged[name] if known is not None and is_kept else _mask(table, targets)
    return EventMarks(table, state, states, locked, tagged, noted, made_of)


def _mask(table: EventTable, targets: TargetSet) -> Mask:
    found: Mask = np.zeros(len(table), dtype=np.bool_)
    if targets:
        found[targets.positions(table)] = True
    return found


def _states(table: EventTable, reviews: Reviews) -> tuple[npt.NDArray[np.uint8], Mask]:
    states, locked = np.zeros(len(table), dtype=np.uint8), np.zeros(len(table), dtype=np.bool_)
    for target, review in list(reviews.others.items()):  # an event's own review counts more than its workflow's
        at = TargetSet(others=[target]).positions(table)
        states[at], locked[at] = STATES.index(review.state), review.signed_off_by is not None
    of_review = np.array([STATES.index(review.state) for review in reviews.values_of], dtype=np.uint8)
    is_locked = np.array([review.signed_off_by is not None for review in reviews.values_of], dtype=np.bool_)
    events, index = reviews.events, index_of(table)
    for number, source in enumerate(table.sources):
        records, which = events.get((source.sha256, source.member or ""), _NOTHING)
        at = index.positions_of(number, records)
        is_there = at >= 0
        at, which = at[is_there], which[is_there]
        states[at], locked[at] = of_review[which], is_locked[which]
    return states, locked


_NOTHING = (np.empty(0, np.int64), np.empty(0, np.int32))


# -- filters and their counts -----------------------------------------------------------------------------------


def values_of_column(marks: EventMarks, column: str) -> tuple[str, ...]:
    """Return what can be filtered by in a column of the review, beside None for nothing."""
    if column == STATE_COLUMN:
        return tuple(state.value for state in STATES[1:])
    return tuple(marks.tagged) if column == TAGS_COLUMN else (_ANY_NOTE,)


def marked_mask(marks: EventMarks, column: str, value: str | None) -> Mask:
    """Return (n,) booleans of the events of which the case says a value, None: nothing."""
    if column == STATE_COLUMN:
        code = 0 if value is None else STATES.index(ReviewState(value))
        is_it: Mask = marks.states == np.uint8(code)
        return is_it
    if column == NOTES_COLUMN:
        return ~marks.noted if value is None else marks.noted
    if value is not None:
        return marks.tagged.get(value, np.zeros(len(marks.table), dtype=np.bool_))
    some: Mask = np.zeros(len(marks.table), dtype=np.bool_)
    for mask in marks.tagged.values():
        some = some | mask
    return ~some


def marked(marks: EventMarks, column: str, values: frozenset[str | None], is_excluded: bool = False) -> Marked:
    """Return the filter for the events of which the case now says one of the values."""
    mask: Mask = np.zeros(len(marks.table), dtype=np.bool_)
    for value in values:
        mask = mask | marked_mask(marks, column, value)
    is_complement = None in values
    places = Places.at(marks.table, np.flatnonzero(~mask if is_complement else mask))
    return Marked(column, values, places, is_complement, is_excluded)


class _MarkCounts(FacetCounts):
    """Counts of the values of a column of the review, which keep their order."""

    @property
    def by_count(self) -> npt.NDArray[np.int64]:
        return np.arange(len(self.codes), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class _Several(Codes):
    """Values of which an event may have several: only how many events have each is known."""

    held: npt.NDArray[np.int64]

    @property
    def totals(self) -> npt.NDArray[np.int64]:
        return self.held


def count_marks(marks: EventMarks, result: QueryResult) -> dict[str, FacetCounts]:
    """Return for each column of the review what choosing a value would show; code 0 is for nothing."""
    counted: dict[str, FacetCounts] = {}
    for column, kept in kept_by_others(result, MARK_COLUMNS).items():
        values = (None, *values_of_column(marks, column))
        masks = [marked_mask(marks, column, value) for value in values]
        # Every value can be chosen, a state that nothing is in yet as well.
        totals = np.array([max(int(np.count_nonzero(mask)), 1) for mask in masks], dtype=np.int64)
        counts = [np.count_nonzero(mask if kept is None else mask & kept) for mask in masks]
        codes = _Several(np.empty(0, np.uint8), pa.array(values, pa.large_string()), totals)
        counted[column] = _MarkCounts(column, codes, np.array(counts, dtype=np.int64))
    return counted


# -- filters in the journal -------------------------------------------------------------------------------------


def query_for_journal(query: Query) -> dict[str, Any]:
    """Return a query as JSON values; of what a case says, only what is asked: which events that are, the acts say."""
    values = query_as_json(query)
    for predicate in values["predicates"]:
        if predicate["kind"] == "marked":
            del predicate["records"], predicate["complement"]
    return values


def query_from_journal(values: dict[str, Any], table: EventTable, state: State) -> Query:
    """Return the query that an act holds, as it was over a table when a case was in a state.

    Raises
    ------
    WrongUsageError
        It cannot be understood.
    """
    asked = [p for p in values["predicates"] if p.get("kind") == "marked" and "records" not in p]
    if not asked:
        return query_from_json(values)
    marks = mark_events(table, state)
    known = []
    for p in values["predicates"]:
        if p in asked:
            p = predicate_as_json(marked(marks, p["column"], frozenset(p["values"]), bool(p["excluded"])))
        known.append(p)
    return query_from_json({**values, "predicates": known})
