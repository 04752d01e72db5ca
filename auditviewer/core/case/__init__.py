"""A saved review: one file whose journal of acts is all there is; what it says now follows from the acts."""

from auditviewer.core.case.acts import Act, ReviewState, State
from auditviewer.core.case.file import Case, create_case, is_case, open_case
from auditviewer.core.case.targets import Target, entity_target, event_targets, workflow_target

__all__ = [
    "Act",
    "Case",
    "ReviewState",
    "State",
    "Target",
    "create_case",
    "entity_target",
    "event_targets",
    "is_case",
    "open_case",
    "workflow_target",
]
