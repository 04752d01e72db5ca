"""The changes of many events at once, with their values as they stand in the source."""

from auditviewer.core.change_list.fast import FastComparer, UnsureError
from auditviewer.core.change_list.listing import EventChanges, list_changes
from auditviewer.core.change_list.source_change import NotComparedError, SourceChange, careful_changes

__all__ = [
    "EventChanges",
    "FastComparer",
    "NotComparedError",
    "SourceChange",
    "UnsureError",
    "careful_changes",
    "list_changes",
]
