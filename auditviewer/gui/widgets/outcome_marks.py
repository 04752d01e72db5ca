"""Which mark stands for how a workflow ended."""

from __future__ import annotations

from auditviewer.core.step_status import StepStatus
from auditviewer.core.workflow_order import Outcome

STATUS_OF_OUTCOME = {
    Outcome.SUCCEEDED: StepStatus.SUCCESS,
    Outcome.FAILED: StepStatus.FAILURE,
    Outcome.WITH_WARNINGS: StepStatus.WARNING,
    Outcome.UNFINISHED: StepStatus.IN_PROGRESS,
    Outcome.UNKNOWN: StepStatus.UNRECOGNISED,
}
