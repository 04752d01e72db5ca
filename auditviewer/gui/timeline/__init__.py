"""The timeline pane: events over time, and the workflow of the current one; a plotting room."""

from auditviewer.gui.timeline.pane import TimelinePane

__all__ = ["TimelinePane"]
