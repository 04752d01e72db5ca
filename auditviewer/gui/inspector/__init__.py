"""The JSON inspector: what changed in the current event, its values, its raw text, its record."""

from auditviewer.gui.inspector.pane import InspectorPane

__all__ = ["InspectorPane"]
