"""Which commands make sense now."""

from __future__ import annotations

from auditviewer.gui.actions import Needs
from auditviewer.gui.events.pane import EventsPane
from auditviewer.gui.session import Session


def what_is_met(session: Session, events: EventsPane) -> Needs:
    """Return which needs of commands are met now."""
    found = Needs.NOTHING
    for is_met, need in (
        (not session.is_empty and not session.table.is_preview, Needs.LOG),
        (session.is_reading, Needs.READING),
        (session.current is not None, Needs.EVENT),
        (len(session.selected) > 0, Needs.SELECTION),
        (bool(session.query.predicates), Needs.FILTER),
        (session.history.can_undo, Needs.UNDO),
        (session.history.can_redo, Needs.REDO),
        (len(events.hits) > 0, Needs.HITS),
        (session.review.case is not None, Needs.ANY_CASE),
        (session.review.can_write, Needs.CASE),
        (session.review.can_write and (session.current is not None or len(session.selected) > 0), Needs.MARKABLE),
    ):
        if is_met:
            found |= need
    return found
