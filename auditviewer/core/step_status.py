"""What a step says of how it went: its operation status or, where it has none, the words of its event type.

The whole rule:

===================================  ====================================================================
operation status (any letter case)   the step says
===================================  ====================================================================
success, failure, warning,           just that; the event type is not asked ("in progress", "in-progress"
inProgress                           and "in_progress" are inProgress)
missing, empty or blank              what the last known word of the event type's final part says (`WORDS`):
                                     ``user:creation-failed`` failure, ``user:created`` success,
                                     ``user:creating`` in progress; no known word: nothing (SILENT)
anything else                        something this program does not know (UNRECOGNISED); never guessed at
===================================  ====================================================================
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the first rows that a person sees are told apart before numpy is there
    import numpy as np
    import numpy.typing as npt

    from auditviewer.core.table import EventTable

    Statuses = npt.NDArray[np.uint8]
    """(n,) `StepStatus` values."""


class StepStatus(IntEnum):
    """How a step went, as it says itself."""

    SUCCESS = 0
    FAILURE = 1
    WARNING = 2
    IN_PROGRESS = 3
    UNRECOGNISED = 4  # a status that the column reference lacks
    SILENT = 5  # no status, and an event type that does not tell


STATUS_LABELS: dict[StepStatus, str] = {
    StepStatus.SUCCESS: "success",
    StepStatus.FAILURE: "failure",
    StepStatus.WARNING: "warning",
    StepStatus.IN_PROGRESS: "in progress",
    StepStatus.UNRECOGNISED: "unknown status",
    StepStatus.SILENT: "no status",
}

_OF_STATUS: dict[str, StepStatus] = {
    "success": StepStatus.SUCCESS,
    "failure": StepStatus.FAILURE,
    "warning": StepStatus.WARNING,
    "inprogress": StepStatus.IN_PROGRESS,
}

WORDS: dict[StepStatus, tuple[str, ...]] = {
    StepStatus.SUCCESS: (
        "success", "succeeded", "successful", "completed", "finished", "done",
        "created", "activated", "deleted", "updated", "deactivated", "assigned", "upserted", "paired", "sent", "resent",
        "synced", "scheduled", "restored", "recovered", "bundled",
    ),
    StepStatus.FAILURE: ("failure", "failed", "fail", "error", "denied", "rejected", "unsuccessful"),
    StepStatus.WARNING: ("warning", "warned", "warnings"),
    StepStatus.IN_PROGRESS: (
        "attempting", "attempted", "started", "starting", "requested", "pending", "progress",
        "creating", "activating", "deleting", "updating", "deactivating", "assigning", "upserting", "sending",
        "resending", "syncing", "restoring", "recovering", "bundling", "retrying",
    ),
}  # fmt: skip
"""Words of event types and what they say. "pairing" and "reset" are not among them: they name operations."""

_OF_WORD = {word: status for status, words in WORDS.items() for word in words}
_SEPARATORS = re.compile(r"[\s_-]+")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def status_of(status: str | None, event_type: str | None) -> StepStatus:
    """Return what a step with these cells says."""
    told = status_of_cell(status)
    return status_of_event_type(event_type) if told is StepStatus.SILENT else told


def status_of_cell(status: str | None) -> StepStatus:
    """Return what an operation status says alone."""
    text = _SEPARATORS.sub("", (status or "").casefold())
    return _OF_STATUS.get(text, StepStatus.UNRECOGNISED) if text else StepStatus.SILENT


def status_of_event_type(event_type: str | None) -> StepStatus:
    """Return what the last known word of an event type's final part says."""
    final = (event_type or "")[-200:].rpartition(":")[2]
    for word in reversed(_WORD.findall(final)):
        if (found := _OF_WORD.get(word.casefold())) is not None:
            return found
    return StepStatus.SILENT


def cell_statuses(table: EventTable) -> Statuses:
    """Return what the operation status of each event says, its event type not asked."""
    codes = table.codes("OperationStatus")
    statuses: Statuses = _of_values(codes.values, status_of_cell)[codes.codes]
    return statuses


def step_statuses(table: EventTable) -> Statuses:
    """Return what each event says of how it went: `status_of` of each."""
    import numpy as np

    statuses = cell_statuses(table)
    silent = np.flatnonzero(statuses == StepStatus.SILENT)
    if len(silent):
        types = table.codes("EventType")
        asked, inverse = np.unique(types.codes[silent], return_inverse=True)
        texts = tuple(types.value_of(code) for code in asked.tolist())
        statuses[silent] = _of_values(texts, status_of_event_type)[inverse]
    return statuses


def _of_values(values: tuple[str | None, ...], read: Any) -> Statuses:
    import numpy as np

    return np.fromiter((read(value) for value in values), dtype=np.uint8, count=len(values))
