"""A saved review: one file whose journal of acts is all there is; what it says now follows from the acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditviewer.core.case.acts import Act, State
from auditviewer.core.case.said import Review, ReviewState
from auditviewer.core.case.target_set import TargetSet
from auditviewer.core.case.targets import Target, entity_target, event_targets, workflow_target

if TYPE_CHECKING:
    from auditviewer.core.case.file import Case, create_case, is_case, open_case

__all__ = [
    "Act",
    "Case",
    "Review",
    "ReviewState",
    "State",
    "Target",
    "TargetSet",
    "create_case",
    "entity_target",
    "event_targets",
    "is_case",
    "open_case",
    "workflow_target",
]

_OF_THE_FILE = ("Case", "create_case", "is_case", "open_case")


def __getattr__(name: str) -> Any:
    """Import the file of a case, and sqlite3 with it, when it is first asked for: a log shows without."""
    if name not in _OF_THE_FILE:
        raise AttributeError(name)
    from auditviewer.core.case import file

    return getattr(file, name)
