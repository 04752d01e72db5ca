"""The account of the log: sources, rejected records, notices."""

from auditviewer.gui.sources.pane import SourcesPane

__all__ = ["SourcesPane"]
