"""The events of one WorkflowId as a story: steps, span, outcome; for one workflow or for all at once.

A workflow is all events of the log with the same WorkflowId, to the letter. Its steps stand in order of instant,
ties in source order, steps without a readable time last. An event without a WorkflowId belongs to no workflow and
is counted apart. Steps and outcome are those of the whole workflow, whatever a query shows of it.

How a workflow ended follows from its steps by the table in `workflow_order`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core.cells import NO_INSTANT, TICKS_PER_SECOND
from auditviewer.core.instants import format_iso
from auditviewer.core.query import QueryResult
from auditviewer.core.step_status import StepStatus, status_of_event_type
from auditviewer.core.table import EventTable, Positions
from auditviewer.core.workflow_order import (
    OUTCOMES,
    Outcome,
    Ticks,
    WorkflowOrder,
    add_warnings,
    kept_statuses,
    outcomes_of,
    outcomes_of_last,
    workflow_order,
)

if TYPE_CHECKING:
    from auditviewer.core.step_status import Statuses

__all__ = [
    "OUTCOMES",
    "Outcome",
    "Step",
    "WorkflowStory",
    "WorkflowSummary",
    "summarise_workflows",
    "workflow_order",
    "workflow_story",
]


_AT_ONCE = 1 << 15
"""Workflows that are summarised at a time."""


@dataclass(frozen=True)
class Step:
    """One event of a workflow: where it is in the table, when it was, and how it went."""

    position: int
    instant: int
    status: StepStatus
    event_type: str
    gap_ticks: int | None
    """Time since the step before; None for the first, and where either has no readable time."""


@dataclass(frozen=True)
class WorkflowStory:
    """One workflow from its first step to its last.

    ``steps`` are all of its steps unless fewer were asked for; everything else is of all of them.
    """

    id: str
    type: str
    steps: tuple[Step, ...]
    n_steps: int
    n_before: int
    """How many steps stand before the first of ``steps``."""
    first: int
    """The first instant in ticks, `NO_INSTANT` when no step has one."""
    last: int
    outcome: Outcome
    n_retries: int
    """How many failures were followed by another step that says something."""
    notes: tuple[str, ...] = ()
    """What a reader should know before relying on the outcome, in sentences."""

    @property
    def duration(self) -> int | None:
        """Ticks from the first instant to the last; None when no step has one."""
        return None if self.first == NO_INSTANT else self.last - self.first


Entry = dict[str, str | int | float | None]
"""A workflow as it is written: id, type, first, last (ISO 8601, UTC; None when unknown), duration_s, steps, outcome."""


@dataclass(frozen=True, eq=False)
class WorkflowSummary:
    """One entry a workflow, as columns of (m,); the entries are in the order in which the log first names them."""

    table: EventTable
    workflows: npt.NDArray[np.int64]
    """Index of each workflow in the table's `workflow_order`."""
    type_codes: npt.NDArray[Any]
    first: Ticks
    last: Ticks
    n_steps: npt.NDArray[np.int64]
    n_shown: npt.NDArray[np.int64]
    """How many of the steps are in the result that was summarised."""
    outcome_codes: npt.NDArray[np.uint8]
    first_positions: Positions
    n_without: int
    """How many events of the result have no WorkflowId."""

    def __len__(self) -> int:
        return len(self.workflows)

    @cached_property
    def durations(self) -> Ticks:
        """Ticks from first to last; -1 where no step has a readable time."""
        return np.where(self.first == NO_INSTANT, np.int64(-1), self.last - self.first)

    def id(self, i: int) -> str:
        """Return the WorkflowId of an entry."""
        return self.table.codes("WorkflowId").value_of(self._order.codes[self.workflows[i]]) or ""

    def type(self, i: int) -> str:
        """Return the workflow type of an entry, "" when no step names one."""
        return self.table.codes("WorkflowType").value_of(self.type_codes[i]) or ""

    def outcome(self, i: int) -> Outcome:
        """Return how the workflow of an entry ended."""
        return OUTCOMES[int(self.outcome_codes[i])]

    def entry_of(self, position: int) -> int | None:
        """Return the entry of the workflow that an event belongs to, shown or not; None when there is none."""
        workflow = int(self._order.index[position])
        at = int(np.searchsorted(self.workflows, workflow))
        return at if workflow >= 0 and at < len(self) and self.workflows[at] == workflow else None

    def steps(self, i: int) -> Positions:
        """Return the positions of an entry's steps, in order."""
        start, stop = self._order.starts[self.workflows[i] : self.workflows[i] + 2]
        return self._order.order[start:stop]

    def entry(self, i: int) -> Entry:
        """Return an entry as it is written."""
        return _entry(self.id(i), self.type(i), int(self.first[i]), int(self.last[i]), self.n_steps[i], self.outcome(i))

    def entries(self) -> Iterator[Entry]:
        """Yield every entry as it is written, in their order; ids are looked up all at once."""
        ids = self.table.codes("WorkflowId").dictionary.take(pa.array(self._order.codes[self.workflows])).to_pylist()
        types = {code: self.table.codes("WorkflowType").value_of(code) or "" for code in np.unique(self.type_codes)}
        columns = (self.type_codes, self.first, self.last, self.n_steps, self.outcome_codes)
        for id_text, kind, first, last, n, code in zip(ids, *(column.tolist() for column in columns), strict=True):
            yield _entry(id_text, types[kind], first, last, n, OUTCOMES[code])

    def counts(self) -> dict[Outcome, int]:
        """Return how many entries ended in each way."""
        return dict(zip(OUTCOMES, np.bincount(self.outcome_codes, minlength=len(OUTCOMES)).tolist(), strict=True))

    @property
    def _order(self) -> WorkflowOrder:
        return workflow_order(self.table)


def workflow_story(table: EventTable, position: int, limit: int | None = None) -> WorkflowStory | None:
    """Return the workflow of the event at a position; None when it has no WorkflowId.

    Parameters
    ----------
    limit
        At most this many steps, those around the event; None for all.
    """
    order = workflow_order(table)
    workflow = int(order.index[position])
    if workflow < 0:
        return None
    own = order.order[order.starts[workflow] : order.starts[workflow + 1]]
    ticks, statuses = table.instants[own], kept_statuses(table)[own]
    dated = ticks[ticks != NO_INSTANT]
    told = own[_window(int(np.flatnonzero(own == position)[0]), len(own), limit)]
    n_before = int(np.flatnonzero(own == told[0])[0])
    steps = _steps(table, told, statuses[n_before : n_before + len(told)])
    type_codes = distinct_in_order(table.codes("WorkflowType").codes[own])
    types = [text for code in type_codes if (text := table.codes("WorkflowType").value_of(code))]
    return WorkflowStory(
        id=table.codes("WorkflowId").value_of(order.codes[workflow]) or "",
        type=types[0] if types else "",
        steps=steps,
        n_steps=len(own),
        n_before=n_before,
        first=int(dated[0]) if len(dated) else NO_INSTANT,
        last=int(dated[-1]) if len(dated) else NO_INSTANT,
        outcome=OUTCOMES[int(outcomes_of(statuses, ticks, np.array([0, len(own)]))[0])],
        n_retries=_count_retries(statuses),
        notes=_notes(steps, len(own), len(own) - len(dated), types),
    )


def summarise_workflows(of: QueryResult | EventTable) -> WorkflowSummary:
    """Return one entry for each workflow of a table, or for each that has at least one event in a result."""
    table, shown = (of, None) if isinstance(of, EventTable) else (of.table, of.positions)
    order = workflow_order(table)
    n_shown = order.n_steps if shown is None or len(shown) == len(table) else _count_shown(order, shown)
    is_everything = n_shown is order.n_steps
    n_without = len(of) - int(n_shown.sum())
    first_positions, first, last, outcomes = _first_and_last(table, order)
    kept = None if is_everything else np.flatnonzero(n_shown)

    def pick(column: Any) -> Any:
        return column if kept is None else column[kept]

    return WorkflowSummary(
        table=table,
        workflows=np.arange(len(order), dtype=np.int64) if kept is None else kept,
        type_codes=pick(_types(table, order, first_positions)),
        first=pick(first),
        last=pick(last),
        n_steps=pick(order.n_steps),
        n_shown=pick(n_shown),
        outcome_codes=pick(outcomes),
        first_positions=pick(first_positions),
        n_without=n_without,
    )


def _count_shown(order: WorkflowOrder, positions: Positions) -> npt.NDArray[np.int64]:
    owned = order.index[positions]
    return np.bincount(owned[owned >= 0], minlength=len(order))


def _first_and_last(table: EventTable, order: WorkflowOrder) -> tuple[Positions, Ticks, Ticks, npt.NDArray[np.uint8]]:
    """Return each workflow's first position, first and last instant (`NO_INSTANT` for unknown), and outcome."""
    instants, statuses = table.instants, kept_statuses(table)
    if table.has_missing_instants or (statuses == StepStatus.SILENT).any():
        ticks = instants[order.order]
        first, last = _spans(order, ticks)
        return order.order[order.starts[:-1]], first, last, outcomes_of(statuses[order.order], ticks, order.starts)
    # The common case, where a look at both ends is enough: some workflows at a time, so that what is written in between
    # stays in the processor's cache. Memory that is touched for the first time costs more than all the rest.
    n = len(order)
    first_positions, first, last = (np.empty(n, dtype=np.int64) for _ in range(3))
    outcomes = np.empty(n, dtype=np.uint8)
    for start in range(0, n, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        ends = order.starts[start : start + _AT_ONCE + 1]
        first_positions[some] = order.order[ends[:-1]]
        last_positions = order.order[ends[1:] - 1]
        first[some], last[some] = instants[first_positions[some]], instants[last_positions]
        outcomes[some] = outcomes_of_last(statuses[last_positions])
    add_warnings(outcomes, order.index[np.flatnonzero(statuses == StepStatus.WARNING)])
    return first_positions, first, last, outcomes


def _spans(order: WorkflowOrder, ticks: Ticks) -> tuple[Ticks, Ticks]:
    starts, ends = order.starts[:-1], order.starts[1:] - 1
    dated = np.concatenate([[0], np.cumsum(ticks != NO_INSTANT)])
    n_dated = dated[ends + 1] - dated[starts]
    return ticks[starts], ticks[np.where(n_dated > 0, starts + n_dated - 1, ends)]


def _types(table: EventTable, order: WorkflowOrder, first_positions: Positions) -> npt.NDArray[Any]:
    """Return the code of each workflow's type: of its first step that names one."""
    column = table.codes("WorkflowType")
    names_none = np.zeros(len(column), dtype=np.bool_)
    names_none[[0] if (empty := column.code_of("")) is None else [0, empty]] = True
    types = column.codes[first_positions]
    if not any((types == code).any() for code in np.flatnonzero(names_none).tolist()):
        return types
    unnamed = names_none[types]
    in_order = column.codes[order.order]
    naming = np.flatnonzero(~names_none[in_order])
    following = np.searchsorted(naming, order.starts[:-1])
    found = naming[np.minimum(following, len(naming) - 1)] if len(naming) else order.starts[:-1]
    is_own = (following < len(naming)) & (found < order.starts[1:])
    return np.where(unnamed, np.where(is_own, in_order[found], 0), types)


def _entry(id_text: str, kind: str, first: int, last: int, n_steps: int, outcome: Outcome) -> Entry:
    is_dated = first != NO_INSTANT
    return {
        "id": id_text,
        "type": kind,
        "first": format_iso(first) if is_dated else None,
        "last": format_iso(last) if is_dated else None,
        "duration_s": (last - first) / TICKS_PER_SECOND if is_dated else None,
        "steps": int(n_steps),
        "outcome": outcome.value,
    }


def distinct_in_order(codes: npt.NDArray[Any]) -> list[int]:
    """Return the distinct codes in the order in which they are first met."""
    present, first_met = np.unique(codes, return_index=True)
    found: list[int] = present[np.argsort(first_met)].tolist()
    return found


def _window(at: int, n: int, limit: int | None) -> slice:
    if limit is None or n <= limit:
        return slice(0, n)
    start = min(max(at - limit // 2, 0), n - limit)
    return slice(start, start + limit)


def _count_retries(statuses: Statuses) -> int:
    telling = statuses[statuses != StepStatus.SILENT]
    return int(np.count_nonzero(telling[:-1] == StepStatus.FAILURE))


def _steps(table: EventTable, positions: Positions, statuses: Statuses) -> tuple[Step, ...]:
    ticks = table.instants[positions].tolist()
    (types,) = table.page(positions, ["EventType"])
    steps, before = [], NO_INSTANT
    for position, instant, status, event_type in zip(positions.tolist(), ticks, statuses.tolist(), types, strict=True):
        gap = None if NO_INSTANT in (before, instant) else instant - before
        steps.append(Step(position, instant, StepStatus(status), event_type or "", gap))
        before = instant
    return tuple(steps)


def _notes(steps: tuple[Step, ...], n_steps: int, n_undated: int, types: list[str]) -> tuple[str, ...]:
    notes = []
    if n_undated and n_steps > 1:
        notes.append(f"{n_undated:,} of {n_steps:,} steps have no readable time; where they belong is not known.")
    if any(a.instant == b.instant != NO_INSTANT and a.status != b.status for a, b in pairwise(steps)):
        notes.append("Steps at the same instant stand in the order of the source.")
    for step in (step for step in steps if step.status in (StepStatus.SUCCESS, StepStatus.FAILURE)):
        told = status_of_event_type(step.event_type)
        if {told, step.status} == {StepStatus.SUCCESS, StepStatus.FAILURE}:
            notes.append("A step's status and its event type say different things; the status counts.")
            break
    if len(types) > 1:
        notes.append("Its steps name different workflow types; the first is shown.")
    return tuple(notes)
