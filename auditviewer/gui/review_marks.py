"""What the open case says of each open event, kept current off the window's thread; and the filters made of it."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from auditviewer.core.case import State
from auditviewer.core.case.marks import EventMarks, mark_events, marked
from auditviewer.core.progress import Progress
from auditviewer.core.query import Predicate, Query
from auditviewer.core.query.places import Marked
from auditviewer.core.table import EventTable
from auditviewer.gui.jobs import JobRunner

if TYPE_CHECKING:
    from auditviewer.gui.session import Session


class ReviewMarks(QObject):
    """Keeps `EventMarks` of the session's log; a filter by marks follows them."""

    changed = Signal()
    """`now` is another."""

    def __init__(self, session: Session, parent: QObject, executor: Executor | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.now: EventMarks | None = None
        """What the case says, None while no case is open."""
        self._marking = JobRunner(self, executor)
        self._row_to_keep: int | None = None
        session.result_changed.connect(self._keep_row)

    def show(self, state: State | None) -> None:
        """Find out what a state of a case says of the open events; None: no case is open."""
        if state is None:
            self._marking.cancel()
            if self.now is not None:
                self.now = None
                self.changed.emit()
            return
        table, query, known = self._session.table, self._session.query, self.now
        self._marking.start(lambda progress: _mark(table, state, known, query, progress), self._on_marked)

    def choose(self, column: str, values: Iterable[str | None], is_excluded: bool = False) -> None:
        """Keep (or hide) the events of which the case says one of the values; none of them: no such filter."""
        marks, query, wanted = self.now, self._session.query, frozenset(values)
        if marks is None or marks.table is not self._session.table:
            return
        if not wanted:
            self._session.apply_query(query.with_values(column, wanted, is_excluded))
            return
        other = query.one_of(column, not is_excluded)
        if isinstance(other, Marked) and other.values & wanted:  # a value is chosen or excluded, never both
            query = query.without(other)
            if rest := other.values - wanted:
                query = query.with_predicate(marked(marks, column, frozenset(rest), not is_excluded))
        self._session.apply_query(query.with_predicate(marked(marks, column, wanted, is_excluded)))

    def _on_marked(self, found: tuple[EventMarks, dict[Predicate, Predicate]]) -> None:
        session = self._session
        self.now, renewed = found
        if self.now.table is not session.table:
            return
        self.changed.emit()
        predicates = tuple(renewed.get(p, p) for p in session.query.predicates)
        if predicates != session.query.predicates:
            if session.current is not None and session.result.mask[session.current]:
                self._row_to_keep = int(session.result.row_of[session.current])
            session.refresh_query(replace(session.query, predicates=predicates))

    def _keep_row(self) -> None:
        """Go to the event that came in the place of the current one, when that was hidden by what was said of it."""
        row, self._row_to_keep = self._row_to_keep, None
        session = self._session
        if row is None or not len(session.result) or session.current is None or session.result.mask[session.current]:
            return
        session.set_current(int(session.result.positions[min(row, len(session.result) - 1)]))


def _mark(
    table: EventTable, state: State, known: EventMarks | None, query: Query, progress: Progress
) -> tuple[EventMarks, dict[Predicate, Predicate]]:
    marks = mark_events(table, state, known)
    progress.check()
    own = [p for p in query.predicates if isinstance(p, Marked)]
    return marks, {p: marked(marks, p.column, p.values, p.is_excluded) for p in own}
