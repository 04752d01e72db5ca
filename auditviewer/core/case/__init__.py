"""A saved review: one file whose journal of acts is all there is; what it says now follows from the acts."""

from auditviewer.core.case.acts import Act, State
from auditviewer.core.case.file import Case, create_case, is_case, open_case
from auditviewer.core.case.said import Review, ReviewState
from auditviewer.core.case.target_set import TargetSet
from auditviewer.core.case.targets import Target, entity_target, event_targets, workflow_target

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
