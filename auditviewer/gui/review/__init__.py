"""The pane of a review: what the open case says of the current event, its tags, findings, samples and journal."""

from auditviewer.gui.review.pane import ReviewPane

__all__ = ["ReviewPane"]
