"""The events of a table by workflow, and how each workflow ended.

The outcome is what the last step that says anything says (`step_status`):

===========================  ===================================================================================
the last telling step        the outcome
===========================  ===================================================================================
in progress                  unfinished
failure                      failed; a failure that was followed by a success is no failure
warning                      with warnings
success                      succeeded, or with warnings when any step says warning
an unknown status            unknown
none tells anything          unknown
some step has no readable    unknown unless all steps say the same, since the last cannot be told
time, and there are others
===========================  ===================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.step_status import StepStatus, step_statuses
from auditviewer.core.table import EventTable, Positions

if TYPE_CHECKING:
    from auditviewer.core.step_status import Statuses

Ticks = npt.NDArray[np.int64]


class Outcome(Enum):
    """How a workflow ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    WITH_WARNINGS = "with warnings"
    UNFINISHED = "unfinished"
    UNKNOWN = "unknown"


OUTCOMES: tuple[Outcome, ...] = tuple(Outcome)
"""Outcome code i of a summary stands for ``OUTCOMES[i]``."""

_OF_LAST = np.zeros(len(StepStatus), dtype=np.uint8)
for _status, _outcome in (
    (StepStatus.SUCCESS, Outcome.SUCCEEDED),
    (StepStatus.FAILURE, Outcome.FAILED),
    (StepStatus.WARNING, Outcome.WITH_WARNINGS),
    (StepStatus.IN_PROGRESS, Outcome.UNFINISHED),
    (StepStatus.UNRECOGNISED, Outcome.UNKNOWN),
    (StepStatus.SILENT, Outcome.UNKNOWN),
):
    _OF_LAST[_status] = OUTCOMES.index(_outcome)
_SUCCEEDED, _WARNED, _UNKNOWN = (
    np.uint8(OUTCOMES.index(o)) for o in (Outcome.SUCCEEDED, Outcome.WITH_WARNINGS, Outcome.UNKNOWN)
)


@dataclass(frozen=True, eq=False)
class WorkflowOrder:
    """The events of a table by workflow: workflow i owns ``order[starts[i]:starts[i + 1]]``, its steps in order."""

    order: Positions
    starts: Positions
    codes: npt.NDArray[Any]
    """(m,) the code of each workflow's id in the table's WorkflowId column."""
    index: npt.NDArray[np.int32]
    """(n,) the workflow of each position, -1 for none."""

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def n_steps(self) -> npt.NDArray[np.int64]:
        """(m,) how many steps each workflow has."""
        return np.diff(self.starts)


_orders: WeakKeyDictionary[EventTable, WorkflowOrder] = WeakKeyDictionary()


def workflow_order(table: EventTable) -> WorkflowOrder:
    """Return the events of a table by workflow; built once a table, then kept as long as the table."""
    found = _orders.get(table)
    if found is None:
        found = _orders[table] = _build_order(table)
    return found


_kept_statuses: WeakKeyDictionary[EventTable, Statuses] = WeakKeyDictionary()


def kept_statuses(table: EventTable) -> Statuses:
    """Return what each event of a table says of how it went; found once a table, then kept as long as the table."""
    found = _kept_statuses.get(table)
    if found is None:
        found = _kept_statuses[table] = step_statuses(table)
    return found


def outcomes_of(statuses: Statuses, ticks: Ticks, starts: Positions) -> npt.NDArray[np.uint8]:
    """Return the outcome code of each workflow, from its steps' statuses and instants in workflow order."""
    if len(starts) < 2:
        return np.empty(0, np.uint8)
    last = starts[1:] - 1
    if (statuses == StepStatus.SILENT).any():
        telling = np.where(statuses == StepStatus.SILENT, np.int64(-1), np.arange(len(statuses)))
        last = np.maximum(np.maximum.reduceat(telling, starts[:-1]), starts[:-1])
    outcomes = outcomes_of_last(statuses[last])
    add_warnings(outcomes, np.searchsorted(starts, np.flatnonzero(statuses == StepStatus.WARNING), side="right") - 1)
    undated = np.searchsorted(starts, np.flatnonzero(ticks == NO_INSTANT), side="right") - 1
    if len(undated):
        has_undated = np.zeros(len(outcomes), dtype=np.bool_)
        has_undated[undated] = True
        disagrees = np.maximum.reduceat(statuses, starts[:-1]) != np.minimum.reduceat(statuses, starts[:-1])
        outcomes[has_undated & disagrees] = _UNKNOWN
    return outcomes


def outcomes_of_last(statuses: Statuses) -> npt.NDArray[np.uint8]:
    """Return the outcome codes that follow from the last telling steps, whatever other steps say."""
    return _OF_LAST[statuses]


def add_warnings(outcomes: npt.NDArray[np.uint8], warned: npt.NDArray[Any]) -> None:
    """Change the outcomes of workflows that have a step with a warning; ``warned`` are their numbers, or below 0."""
    warned = warned[warned >= 0]
    outcomes[warned] = np.where(outcomes[warned] == _SUCCEEDED, _WARNED, outcomes[warned])


def _build_order(table: EventTable) -> WorkflowOrder:
    column = table.codes("WorkflowId")
    is_id = np.ones(len(column), dtype=np.bool_)
    is_id[0] = False
    if (empty := column.code_of("")) is not None:
        is_id[empty] = False
    counts = np.bincount(column.codes, minlength=len(column)) * is_id
    present = np.flatnonzero(counts)
    number = np.full(len(column), -1, dtype=np.int32)
    number[present] = np.arange(len(present), dtype=np.int32)
    index = number[column.codes]
    starts = np.concatenate([[0], np.cumsum(counts[present])]).astype(np.int64)
    return WorkflowOrder(_by_workflow(table, index, int(starts[-1])), starts, present, index)


def _by_workflow(table: EventTable, index: npt.NDArray[np.int32], n_owned: int) -> Positions:
    """Return the positions that have a workflow, by workflow, then by instant, then as the source stands."""
    in_time = None if table.is_time_sorted else table.time_order
    keys = (index if in_time is None else index[in_time]).astype(np.int64)
    # Workflow and place in time fit in one integer, and sorting integers beats a stable sort of indices by far.
    shift = max(len(keys) - 1, 1).bit_length()
    keys <<= shift
    keys |= np.arange(len(keys), dtype=np.int64)
    keys.sort()
    places = keys[len(keys) - n_owned :] & ((1 << shift) - 1)
    return places if in_time is None else in_time[places]
