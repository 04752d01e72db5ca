"""What a reviewer does in a case: marks on the selected events, findings, samples, views. Part of the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from auditviewer.core.case import ReviewState, Target, TargetSet
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.progress import Progress
from auditviewer.core.query.saved import query_as_json
from auditviewer.core.table import Positions

if TYPE_CHECKING:
    from auditviewer.core.case import Case
    from auditviewer.core.sampling import Method, Sample
    from auditviewer.gui.session import Session

_SAID_FROM = 1_000
"""An act on so many targets says when it is done."""


class Reviewing(QObject):
    """The acts of a reviewer, each a method; `_act` has them done in their order."""

    said = Signal(str)
    """A few words about what was done."""

    _session: Session
    case: Case | None = None

    @property
    def can_write(self) -> bool:
        """Whether something can be done in a case now."""
        return self.case is not None and not self.case.is_read_only

    def _act(self, work: Callable[[Case, Progress], Any], then: Callable[[Any], object] | None = None) -> None:
        """Do something in the open case when all before it is done."""
        raise NotImplementedError

    # -- marks -------------------------------------------------------------------------------------------

    def selected(self) -> Positions:
        """Return the selected events, or the current one."""
        session = self._session
        if len(session.selected) or session.current is None:
            return session.selected
        return np.array([session.current], dtype=np.int64)

    def tag(self, name: str, is_removed: bool = False, on: str = "events") -> None:
        """Put a tag on the selected events, their workflows or entities, or take it off."""
        from auditviewer.core.case.review import tag_targets

        self._mark(on, lambda case, targets: tag_targets(case, name, targets, is_removed))

    def toggle_tag(self, name: str) -> None:
        """Put a tag on the selected events or, when all have it, take it off."""

        def work(case: Case, targets: TargetSet) -> None:
            from auditviewer.core.case.review import tag_targets

            own = case.state.tagged.get(name, TargetSet())
            tag_targets(case, name, targets, is_removed=not targets - own)

        self._mark("events", work)

    def define_tag(self, name: str, colour: str, key: str) -> None:
        """Make a tag, or give it another colour and key."""
        self._act(lambda case, _progress: case.do("define-tag", name=name, colour=colour, key=key))

    def note(self, text: str, on: str = "events") -> None:
        """Note something on the selected events, their workflows or entities."""
        self._mark(on, lambda case, targets: case.do("note", text=text, **targets.as_data()))

    def note_current(self, text: str, on: str = "events") -> None:
        """Note something on the current event alone, its workflow or its entity."""
        table, current = self._session.table, self._session.current
        if current is not None:
            targets = TargetSet.at(table, np.array([current], dtype=np.int64), on)
            self._act(lambda case, _progress: case.do("note", text=text, **targets.as_data()))

    def set_state(self, state: ReviewState, reason: str = "", on: str = "events") -> None:
        """Say how the selected events, their workflows or entities were reviewed."""
        self._mark(on, lambda case, targets: case.do("review", state=state.value, reason=reason, **targets.as_data()))

    def sign_off(self, on: str = "events") -> None:
        """Sign off what somebody else reviewed; it is locked from then on."""
        self._mark(on, lambda case, targets: case.do("sign-off", **targets.as_data()))

    def undo(self) -> None:
        """Undo the last annotation, and say which it was."""
        self._act(lambda case, _progress: case.undo(), lambda act: self._say_undone("Undone", act))

    def redo(self) -> None:
        """Do again what was undone last, and say what it was."""
        self._act(lambda case, _progress: case.redo(), lambda act: self._say_undone("Done again", act))

    # -- findings, samples, views ------------------------------------------------------------------------

    def record_finding(self, title: str, note: str = "") -> None:
        """Keep the shown events and their filter as a finding."""
        from auditviewer.core.case.review import finding_data

        result = self._session.result
        self._act(lambda case, progress: case.do("finding", **finding_data(title, result, note, progress)))

    def decide(self, title: str, decision: str, reason: str) -> None:
        """Decide about a finding."""
        self._act(lambda case, _progress: case.do("decide", title=title, decision=decision, reason=reason))

    def set_finding_state(self, title: str, state: ReviewState, reason: str = "") -> None:
        """Say how a finding was reviewed."""
        data = TargetSet.of([Target("finding", (title,))]).as_data()
        self._act(lambda case, _progress: case.do("review", state=state.value, reason=reason, **data))

    def sign_off_finding(self, title: str) -> None:
        """Sign off a finding that somebody else reviewed."""
        data = TargetSet.of([Target("finding", (title,))]).as_data()
        self._act(lambda case, _progress: case.do("sign-off", **data))

    def draw_sample(
        self, name: str, seed: str, method: Method, size: int | None, shares: tuple[float, float], by: str | None
    ) -> None:
        """Draw from the shown events and keep the sample; without a size, for (confidence, tolerable deviation)."""
        result, chosen = self._session.result, self._session.selected

        def work(case: Case, progress: Progress) -> Sample:
            from auditviewer.core.case.review import record_sample
            from auditviewer.core.sampling import Method, Sample, draw_sample, sample_size

            if method is Method.TARGETED:
                sample = Sample(chosen, len(result), method, seed, {})
            else:
                n = size if size is not None else sample_size(*shares, population=len(result))
                sample = draw_sample(result, n, seed, method, by, progress)
            record_sample(case, name, sample, result, by)
            return sample

        self._act(work, lambda sample: self.said.emit(f"Drew {sample.describe()}"))

    def note_result(self, sample: str, item: int, result: str, note: str) -> None:
        """Note what testing an item of a sample gave."""
        self._act(lambda case, _progress: case.do("result", name=sample, item=item, result=result, note=note))

    def save_view(self, name: str, columns: list[str]) -> None:
        """Keep the filter, the order and the shown columns under a name."""
        query = query_as_json(self._session.query)
        self._act(lambda case, _progress: case.do("view", name=name, query=query, columns=columns))

    def remove_view(self, name: str) -> None:
        """Keep a view no longer."""
        self._act(lambda case, _progress: case.do("view", name=name, removed=True))

    def set_details(self, details: dict[str, str]) -> None:
        """Keep what was asked for: system, page, category, population, from, to, extracted_by."""
        from auditviewer.core.case.details import keep_details

        self._act(lambda case, _progress: keep_details(case, details))

    def record(self, kind: str, **data: Any) -> None:
        """Keep that something was done with the log, where a case is open."""
        if self.can_write:
            self._act(lambda case, _progress: case.do(kind, **data))

    # -- inside --------------------------------------------------

    def _mark(self, on: str, work: Callable[[Case, TargetSet], object]) -> None:
        table, positions = self._session.table, self.selected()

        def mark(case: Case, _progress: Progress) -> TargetSet:
            targets = TargetSet.at(table, positions, on)
            if not targets:
                raise WrongUsageError(
                    f"The selected events have no {on}." if len(positions) else "Select events first."
                )
            work(case, targets)
            return targets

        self._act(mark, self._say_marked)

    def _say_marked(self, targets: TargetSet) -> None:
        if len(targets) >= _SAID_FROM:
            from auditviewer.core.case.target_set import describe_targets

            self.said.emit(f"Done: {describe_targets(targets)}")

    def _say_undone(self, words: str, act: Any) -> None:
        from auditviewer.core.case.telling import describe_act

        self.said.emit(f"{words}: {describe_act(act)}" if act is not None else "There is nothing to undo.")
