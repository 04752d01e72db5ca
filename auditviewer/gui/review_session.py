"""The open case: what is done in it, and what it says of the events that are open. Part of the session."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from auditviewer.core.case import (
    Case,
    ReviewState,
    Target,
    create_case,
    entity_target,
    event_targets,
    open_case,
    workflow_target,
)
from auditviewer.core.case.acts import as_data
from auditviewer.core.case.recheck import Checked, recheck_findings
from auditviewer.core.case.review import (
    count_reviewed,
    describe_reviewed,
    find_sources,
    noted_predicate,
    record_finding,
    record_sample,
    reviewed_predicate,
    source_facts,
    tag_targets,
    tagged_predicate,
    take_in,
)
from auditviewer.core.case.targets import MOST_AT_ONCE, positions_of_targets
from auditviewer.core.errors import AuditViewerError
from auditviewer.core.query import EVERYTHING, QueryResult
from auditviewer.core.query.saved import query_as_json
from auditviewer.core.sampling import Method, Sample, draw_sample, sample_size
from auditviewer.core.table import EventTable
from auditviewer.core.writing.files import write_file
from auditviewer.gui.jobs import JobRunner

if TYPE_CHECKING:
    from auditviewer.gui.session import Session


SETTLED_MS = 1500
"""A filter that stays for so long is kept in the journal; every act keeps it first."""


def now_utc() -> str:
    """Return the time, RFC 3339 in UTC, to the second."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def reviewer_name() -> str:
    """Return who is logged in."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


class ReviewSession(QObject):
    """The case that is open, if one is; every act is on the disk when a method returns."""

    changed = Signal()
    """Another case is open, or something was done in it."""
    marks_changed = Signal()
    """`marks`, what the case says of the events that are open, changed."""
    failed = Signal(object)
    """The `AuditViewerError` that kept something from being done."""
    said = Signal(str)
    """A few words about what was done."""
    rechecked = Signal(object)
    """A list of `Checked`, one a finding."""

    def __init__(self, session: Session, executor: Executor | None = None) -> None:
        super().__init__(session)
        self._session = session
        self.case: Case | None = None
        self.marks: dict[int, str] | None = None
        self._kept_query = EVERYTHING
        self._marking = JobRunner(self, executor)
        self._locating = JobRunner(self, executor)
        self._sampling = JobRunner(self, executor)
        self._locating.failed.connect(self.failed)
        self._sampling.failed.connect(self.failed)
        self._filtered = QTimer(self)
        self._filtered.setSingleShot(True)
        self._filtered.setInterval(SETTLED_MS)
        self._filtered.timeout.connect(self._record_filter)
        session.result_changed.connect(self._on_result)
        session.reading_finished.connect(self._on_log_read)
        session.table_changed.connect(self._show_marks)

    @property
    def can_write(self) -> bool:
        """Whether something can be done in a case now."""
        return self.case is not None and not self.case.is_read_only

    # -- cases -------------------------------------------------------------------------------------------

    def new_case(self, path: Path, title: str) -> None:
        """Make a case over the open log."""
        self._do(lambda: self._take(create_case(path, title, reviewer_name(), now_utc)))
        if self.can_write and self.case is not None and self.case.path == path:
            self._record_sources()

    def open_case(self, path: Path) -> None:
        """Open a case, and its sources where they are found."""
        self._do(lambda: self._take(open_case(path, reviewer_name(), now_utc)))
        case = self.case
        if case is None or case.path != path or not case.state.sources:
            return
        self._locating.start(lambda progress: find_sources(case, progress), self._on_located)

    def close_case(self) -> None:
        """Close the case; what was done in it is kept."""
        if self.case is not None:
            self.case.close()
            self.case = None
            self._announce()

    def take_in(self, path: Path) -> None:
        """Add what another reviewer did in a case of the same sources."""
        case = self.case
        if case is None:
            return

        def work() -> None:
            with open_case(path, reviewer_name(), now_utc, is_read_only=True) as other:
                conflicts = take_in(case, other)
            self.said.emit(f"Took in {path.name}; {len(conflicts)} conflicts")

        self._do(work)

    # -- acts --------------------------------------------------------------------------------------------

    def targets(self, on: str = "events") -> list[Target]:
        """Return what an act is about: the selected events (or the current one), their workflows or entities."""
        session = self._session
        positions = session.selected
        if not len(positions) and session.current is not None:
            import numpy as np

            positions = np.array([session.current], dtype=np.int64)
        if on == "events":
            return event_targets(session.table, positions)
        workflows, types, ids = session.table.page(positions, ["WorkflowId", "TargetType", "TargetId"])
        if on == "workflows":
            return [workflow_target(text) for text in dict.fromkeys(workflows) if text]
        named = dict.fromkeys(zip(types, ids, strict=True))
        return [entity_target(kind or "", name) for kind, name in named if name]

    def tag(self, name: str, is_removed: bool = False, on: str = "events") -> None:
        """Put a tag on the selected events, their workflows or entities, or take it off."""
        self._act(lambda case: tag_targets(case, name, self.targets(on), is_removed))

    def toggle_tag(self, name: str) -> None:
        """Put a tag on the selected events or, when all have it, take it off."""
        if self.case is not None:
            own = self.case.state.tagged.get(name, set())
            self.tag(name, all(target in own for target in self.targets()))

    def define_tag(self, name: str, colour: str, key: str) -> None:
        """Make a tag, or give it another colour and key."""
        self._act(lambda case: case.do("define-tag", name=name, colour=colour, key=key))

    def note(self, text: str, on: str = "events") -> None:
        """Note something on the selected events, their workflows or entities."""
        self._act(lambda case: case.do("note", text=text, targets=as_data(self.targets(on))))

    def set_state(self, state: ReviewState, reason: str = "", on: str = "events") -> None:
        """Say how the selected events, their workflows or entities were reviewed."""
        self._act(lambda case: case.do("review", state=state.value, reason=reason, targets=as_data(self.targets(on))))

    def set_details(self, details: dict[str, str]) -> None:
        """Keep what was asked for: system, page, population, from, to, extracted_by."""
        self._act(lambda case: case.do("period", **details))

    def save_copy(self, path: Path) -> None:
        """Write the case as it is now to another file."""
        case = self.case
        if case is not None:
            data = case.path.read_bytes()
            self._do(lambda: write_file(path, lambda out: out.write(data), [str(case.path)]), is_act=False)

    def recheck(self) -> None:
        """Run every finding again, off the window's thread; `rechecked` says what came of it."""
        case, uses_cache = self.case, self._session.uses_cache
        if case is None:
            return

        def then(checked: list[Checked]) -> None:
            self.record("recheck", results=[[one.name, one.outcome] for one in checked])
            self.rechecked.emit(checked)

        self._sampling.start(lambda progress: recheck_findings(case, progress, uses_cache), then)

    def sign_off(self) -> None:
        """Sign off what somebody else reviewed."""
        self._act(lambda case: case.do("sign-off", targets=as_data(self.targets())))

    def undo(self) -> None:
        """Undo the last act that can be."""
        self._act(lambda case: case.undo())

    def record_finding(self, title: str) -> None:
        """Keep the shown events and their filter as a finding."""
        self._act(lambda case: record_finding(case, title, self._session.result))

    def decide(self, title: str, decision: str, reason: str) -> None:
        """Decide about a finding."""
        self._act(lambda case: case.do("decide", title=title, decision=decision, reason=reason))

    def save_view(self, name: str) -> None:
        """Keep the filter and order under a name."""
        query = query_as_json(self._session.query)
        self._act(lambda case: case.do("view", name=name, query=query, columns=[]))

    def note_result(self, sample: str, item: int, result: str, note: str) -> None:
        """Note what testing an item of a sample gave."""
        self._act(lambda case: case.do("result", name=sample, item=item, result=result, note=note))

    def draw_sample(
        self, name: str, seed: str, method: Method, size: int | None, shares: tuple[float, float], by: str | None
    ) -> None:
        """Draw from the shown events and keep the sample; without a size, for (confidence, tolerable deviation)."""
        result, chosen = self._session.result, self._session.selected

        def work(progress: Any) -> Any:
            if method is Method.TARGETED:
                return Sample(chosen, len(result), method, seed, {})
            n = size if size is not None else sample_size(*shares, population=len(result))
            return draw_sample(result, n, seed, method, by, progress)

        def then(sample: Any) -> None:
            self._act(lambda case: record_sample(case, name, sample, result, by))
            self.said.emit(f"Drew {sample.describe()}")

        self._sampling.start(work, then)

    def record(self, kind: str, **data: Any) -> None:
        """Keep that something was done with the log, where a case is open."""
        if self.can_write:
            self._act(lambda case: case.do(kind, **data))

    # -- filters -----------------------------------------------------------------------------------------

    def show_tagged(self, name: str) -> None:
        """Show only the events with a tag."""
        self._filter(lambda table, case: tagged_predicate(table, case.state, [name]))

    def show_noted(self) -> None:
        """Show only the events with a note."""
        self._filter(lambda table, case: noted_predicate(table, case.state))

    def show_reviewed(self, state: ReviewState) -> None:
        """Show only the events in a state of review."""
        self._filter(lambda table, case: reviewed_predicate(table, case.state, state))

    def count_reviewed(self, result: QueryResult) -> int:
        """Return how many of the shown events are reviewed."""
        return 0 if self.case is None else count_reviewed(result, self.case.state)

    def describe_share(self, result: QueryResult) -> str:
        """Return the share of the shown events that is reviewed."""
        return "" if self.case is None else describe_reviewed(result, self.case.state)

    # -- inside ------------------------------------------------------------------------------------------

    def _filter(self, make: Callable[[EventTable, Case], Any]) -> None:
        case, session = self.case, self._session
        if case is not None:
            self._do(lambda: session.apply_query(session.query.with_predicate(make(session.table, case))), is_act=False)

    def _act(self, work: Callable[[Case], object]) -> None:
        case = self.case
        if case is not None:
            if self._filtered.isActive():
                self._record_filter()
            self._do(lambda: work(case))

    def _on_result(self) -> None:
        """Keep the filter once the user stays with it; an act on the disk at each click would be felt."""
        is_settling = self.can_write and not self._session.is_empty and not self._session.table.is_preview
        if is_settling and self._session.query != self._kept_query:
            self._filtered.start()

    def _record_filter(self) -> None:
        self._filtered.stop()
        result, case = self._session.result, self.case
        if case is None or not self.can_write or result.query == self._kept_query:
            return
        self._kept_query = result.query
        told = {"query": query_as_json(result.query), "query_in_words": result.query.describe()}
        self._do(lambda: case.do("filter", events=len(result), **told))

    def _do(self, work: Callable[[], object], is_act: bool = True) -> None:
        try:
            work()
        except AuditViewerError as error:
            self.failed.emit(error)
            return
        if is_act:
            self._announce()

    def _announce(self) -> None:
        self.changed.emit()
        self._show_marks()

    def _take(self, case: Case) -> None:
        if self.case is not None:
            self.case.close()
        self.case, self._kept_query = case, EVERYTHING

    def _on_located(self, found: list[Any]) -> None:
        paths = [one.path for one in found if one.path is not None]
        if problems := " ".join(one.problem for one in found if one.problem):
            self.said.emit(problems)
        if missing := [one.problem for one in found if one.path is None]:
            self.failed.emit(AuditViewerError(" ".join(missing), "Put the files back as they were."))
        elif paths and set(self._session.paths) != set(paths):
            self._session.open_exports(paths)

    def _on_log_read(self) -> None:
        if self.can_write:
            self._record_sources()

    def _record_sources(self) -> None:
        """Keep which sources are open, when they are not those that the case has."""
        case, table = self.case, self._session.table
        if case is None or self._session.is_empty or table.is_preview:
            return
        facts = source_facts(table.sources)
        if {(f["sha256"], f["member"]) for f in facts} != {(f["sha256"], f["member"]) for f in case.state.sources}:
            self._act(lambda case: case.do("open", sources=facts))

    def _show_marks(self) -> None:
        """Find out what the case says of each open event, off the window's thread."""
        if self.case is None:
            self._marking.cancel()
            if self.marks is not None:
                self.marks = None
                self.marks_changed.emit()
            return
        state, table = self.case.state, self._session.table
        words: dict[Target, list[str]] = {}
        for target, review in state.reviews.items():
            words.setdefault(target, []).append(review.state.value + (" 🔒" if review.signed_off_by else ""))
        for name in state.tags:
            for target in state.tagged.get(name, ()):
                words.setdefault(target, []).append(f"#{name}")
        for target, notes in state.notes.items():
            words.setdefault(target, []).append(f"✎ {notes[-1].text}")
        kept = {target: " ".join(some) for target, some in words.items()}
        self._marking.start(lambda _progress: marks_of(table, kept), self._on_marked)

    def _on_marked(self, marks: dict[int, str]) -> None:
        self.marks = marks
        self.marks_changed.emit()


def marks_of(table: EventTable, words: dict[Target, str]) -> dict[int, str]:
    """Return by position what is said of events, themselves or by their workflow or entity."""
    marks: dict[int, str] = {}
    events = [target for target in words if target.kind == "event"]
    positions = positions_of_targets(table, events)
    for position, target in zip(positions.tolist(), event_targets_of(table, positions), strict=True):
        marks[position] = words.get(target, "")
    for target, said in words.items():
        if target.kind in ("workflow", "entity"):
            for position in positions_of_targets(table, [target]).tolist():
                marks[position] = f"{marks.get(position, '')} {said}".strip()
    return marks


def event_targets_of(table: EventTable, positions: Any) -> list[Target]:
    """Return the events at the positions as targets, page by page, however many they are."""
    pages = range(0, len(positions), MOST_AT_ONCE)
    return [t for start in pages for t in event_targets(table, positions[start : start + MOST_AT_ONCE])]
