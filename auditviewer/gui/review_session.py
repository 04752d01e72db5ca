"""The open case: what is done in it, one act after the other, off the window's thread. Part of the session.

What reads and writes the file of a case is imported by the job that does it: most logs are looked at without a case.
"""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal

from auditviewer.core.case.marks import query_for_journal
from auditviewer.core.errors import AuditViewerError
from auditviewer.core.progress import Progress
from auditviewer.core.query import EVERYTHING, Query
from auditviewer.core.query.places import Marked
from auditviewer.core.table import EventTable
from auditviewer.gui.jobs import JobRunner
from auditviewer.gui.review_acts import ActQueue
from auditviewer.gui.review_marks import ReviewMarks
from auditviewer.gui.reviewing import Reviewing

if TYPE_CHECKING:
    from auditviewer.core.case import Case
    from auditviewer.core.case.recheck import Checked
    from auditviewer.core.case.sources import FoundSource
    from auditviewer.gui.session import Session


SETTLED_MS = 1500
"""A filter that stays for so long is kept in the journal; every act keeps it first."""


def now_utc() -> str:
    """Return the time, RFC 3339 in UTC, to the second."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def login_name() -> str:
    """Return who is logged in."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


class ReviewSession(Reviewing):
    """The case that is open, if one is. Acts are done in their order; each is on the disk before `changed` says so."""

    changed = Signal()
    """Another case is open, or something was done in it."""
    marks_changed = Signal()
    """`marks`, what the case says of the events that are open, changed."""
    failed = Signal(object)
    """The `AuditViewerError` that kept something from being done."""
    rechecked = Signal(object)
    """A list of `Checked`, one a finding."""
    located = Signal(object)
    """A list of `FoundSource`, one a source file of a case that was opened."""
    taken_in = Signal(str, object)
    """Name of another reviewer's case, and a list of sentences about conflicts."""
    saving_changed = Signal(bool)
    """Whether an act is on its way to the disk."""
    progressed = Signal(object)
    """A `Step` of what takes long."""

    def __init__(self, session: Session, executor: Executor | None = None) -> None:
        super().__init__(session)
        self._session = session
        self.case: Case | None = None
        self.reviewer = login_name()
        """Whose name stands with the acts."""
        self.checked: dict[str, Checked] = {}
        """What came of running each finding again, last time."""
        self._kept_query = question_of(EVERYTHING)
        self._marks = ReviewMarks(session, self, executor)
        self._acts = ActQueue(self, executor)
        self._opening, self._working = JobRunner(self, executor), JobRunner(self, executor)
        for runner in (self._opening, self._working):
            runner.failed.connect(self.failed)
            runner.progressed.connect(self.progressed)
        self._acts.failed.connect(self.failed)
        self._acts.progressed.connect(self.progressed)
        self._acts.done.connect(self._announce)
        self._acts.busy_changed.connect(self.saving_changed)
        self._marks.changed.connect(self.marks_changed)
        self._filtered = QTimer(self)
        self._filtered.setSingleShot(True)
        self._filtered.setInterval(SETTLED_MS)
        self._filtered.timeout.connect(self._record_filter)
        session.result_changed.connect(self._on_result)
        session.reading_finished.connect(self._record_sources)
        session.table_changed.connect(self._show_marks)

    @property
    def is_saving(self) -> bool:
        """Whether an act is on its way to the disk."""
        return self._acts.is_busy

    @property
    def marks(self) -> ReviewMarks:
        """What the case says of the open events, and the filters made of it."""
        return self._marks

    # -- cases -------------------------------------------------------------------------------------------

    def new_case(self, path: Path, title: str) -> None:
        """Make a case over the open log."""
        self._leave()
        user = self.reviewer

        def work(_progress: Progress) -> Case:
            from auditviewer.core.case import create_case

            return create_case(path, title, user, now_utc)

        self._opening.start(work, self._on_made)

    def open_case(self, path: Path) -> None:
        """Open a case, and its sources where they are found."""
        self._leave()
        user = self.reviewer

        def work(_progress: Progress) -> Case:
            from auditviewer.core.case import open_case

            return open_case(path, user, now_utc)

        self._opening.start(work, self._on_opened)

    def close_case(self) -> None:
        """Close the case; what was done in it is kept."""
        if self.case is not None:
            self._leave()
            self._announce()

    def stop(self) -> None:
        """Put on the disk what is not there yet, and close the case; the program ends."""
        for runner in (self._opening, self._working):
            runner.cancel()
        self._leave()

    def cancel(self) -> None:
        """Stop what takes long."""
        self._working.cancel()
        self._acts.cancel()

    def save_copy(self, path: Path) -> None:
        """Write the case as it is now to another file; this one stays open."""
        if self.case is None:
            return
        acts, own = list(self.case.journal), str(self.case.path)

        def work(_progress: Progress) -> tuple[int, str]:
            from auditviewer.core.case.file import case_bytes
            from auditviewer.core.writing.files import write_file

            data = case_bytes(acts)
            return write_file(path, lambda out: out.write(data), [own])

        self._working.start(work, lambda _written: self.said.emit(f"A copy of the case is in {path.name}"))

    def set_reviewer(self, name: str) -> None:
        """Say whose name stands with the acts from now on."""
        self.reviewer = name.strip() or login_name()
        if self.case is not None:
            self.case.user = self.reviewer
        self.changed.emit()

    def take_in(self, path: Path) -> None:
        """Add what another reviewer did in a case of the same sources."""
        user = self.reviewer

        def work(case: Case, _progress: Progress) -> list[str]:
            from auditviewer.core.case import open_case
            from auditviewer.core.case.review import take_in

            with open_case(path, user, now_utc, is_read_only=True) as other:
                return take_in(case, other)

        self._act(work, lambda conflicts: self.taken_in.emit(path.name, conflicts))

    def recheck(self) -> None:
        """Run every finding again; `rechecked` says what came of it."""
        case, uses_cache = self.case, self._session.uses_cache
        if case is None:
            return

        def work(progress: Progress) -> list[Checked]:
            from auditviewer.core.case.recheck import recheck_findings

            return recheck_findings(case, progress, uses_cache)

        def then(checked: list[Checked]) -> None:
            self.checked = {one.name: one for one in checked}
            self.record("recheck", results=[[one.name, one.outcome] for one in checked])
            self.rechecked.emit(checked)

        self._working.start(work, then)

    # -- inside ------------------------------------------------------------------------------------------

    def _act(self, work: Callable[[Case, Progress], Any], then: Callable[[Any], object] | None = None) -> None:
        case = self.case
        if case is None:
            return
        if self._filtered.isActive():
            self._record_filter()
        self._acts.add(lambda progress: work(case, progress), then)

    def _on_result(self) -> None:
        """Keep the filter once the user stays with it; an act on the disk at each click would be too many."""
        if self.can_write and not self._session.is_empty and not self._session.table.is_preview:
            self._filtered.start()

    def _record_filter(self) -> None:
        self._filtered.stop()
        result = self._session.result
        if not self.can_write or (asked := question_of(result.query)) == self._kept_query:
            return
        self._kept_query = asked

        def work(case: Case, _progress: Progress) -> object:
            told = {"query": query_for_journal(result.query), "query_in_words": result.query.describe()}
            return case.do("filter", events=len(result), **told)

        self._act(work)

    def _leave(self) -> None:
        """Finish what is to be written, and let go of the case."""
        self._filtered.stop()
        self._acts.finish()
        if self.case is not None:
            self.case.close()
        self.case, self.checked, self._kept_query = None, {}, question_of(EVERYTHING)

    def _announce(self) -> None:
        self.changed.emit()
        self._show_marks()

    def _show_marks(self) -> None:
        self._marks.show(None if self.case is None else self.case.state)

    def _on_made(self, case: Case) -> None:
        self.case = case
        self._announce()
        self._record_sources()

    def _on_opened(self, case: Case) -> None:
        self.case = case
        self._announce()
        if case.state.sources:
            from auditviewer.core.case.sources import find_sources

            self._working.start(lambda progress: find_sources(case, progress), self._on_located)

    def _on_located(self, found: list[FoundSource]) -> None:
        paths = [one.path for one in found if one.path is not None]
        self.located.emit(found)
        if missing := [one.problem for one in found if one.path is None]:
            self.failed.emit(AuditViewerError(" ".join(missing), "Put the files back as they were."))
        elif paths and set(self._session.paths) != set(paths):
            self._session.open_exports(paths)

    def _record_sources(self) -> None:
        """Keep which sources are open, when they are not those that the case has."""
        case, table = self.case, self._session.table
        if case is None or not self.can_write or self._session.is_empty or table.is_preview:
            return
        if _names(table) != {(f["sha256"], f["member"]) for f in case.state.sources}:
            from auditviewer.core.case.sources import source_facts

            self._act(lambda case, progress: case.do("open", sources=source_facts(table.sources, True, progress)))


def question_of(query: Query) -> tuple[object, ...]:
    """Return what a query asks: events that a case says something of now, and others of which it says it later, too."""
    asked = [(p.column, p.values, p.is_excluded) if isinstance(p, Marked) else p for p in query.predicates]
    return (*asked, query.order)


def _names(table: EventTable) -> set[tuple[str, str | None]]:
    return {(source.sha256, source.member) for source in table.sources}
