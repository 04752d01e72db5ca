"""The table of events."""

from auditviewer.gui.events.pane import EventsPane

__all__ = ["EventsPane"]
