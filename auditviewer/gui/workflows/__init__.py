"""The workflows pane: the workflows of the current result as lanes."""

from auditviewer.gui.workflows.pane import WorkflowsPane

__all__ = ["WorkflowsPane"]
