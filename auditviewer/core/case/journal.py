"""The journal of a case: acts chained by their digests, what shows that they were altered, and what they add up to."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from auditviewer import __version__
from auditviewer.core.case.acts import Act, State, state_after
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.evidence.verify import canonical, parse_canonical

NO_DIGEST = "0" * 64


class Snapshot:
    """A case as it was after some act: what a report and a package take, whatever is done in the case meanwhile."""

    def __init__(self, journal: list[Act], path: Path | None = None) -> None:
        self.journal = journal
        self.path = path
        """Where the case is kept; None where that is not known."""
        self.problems = chain_problems(journal)
        """What shows that the journal was altered, in sentences; such a case can only be read."""
        self.state: State = self._state()

    def _state(self) -> State:
        """Return what the acts add up to; nothing where the journal was altered: that can only be read line by line."""
        if self.problems:
            return State()
        try:
            return state_after(self.journal)
        except WrongUsageError as error:  # only an altered journal holds an act that could not have been done
            self.problems.append(str(error))
            return State()

    @property
    def head(self) -> str:
        """The digest of the last act, which stands for all of them; to be kept outside."""
        return self.journal[-1].digest if self.journal else NO_DIGEST

    def as_of(self, number: int) -> Snapshot:
        """Return the case as it was after so many acts."""
        return Snapshot(self.journal[:number], self.path)

    def number_of(self, digest: str) -> int | None:
        """Return the number of the act with a digest, as one kept outside; None when the journal has none."""
        return next((act.number for act in self.journal if act.digest == digest), None)


def chain_problems(acts: list[Act]) -> list[str]:
    """Return what shows that acts were altered, removed or put in, in sentences.

    Acts that were removed from the end leave no gap: what shows these is a head that was kept outside.
    """
    problems, previous = [], NO_DIGEST
    if not acts or acts[0].kind != "create":
        problems.append("Act 1 of the journal, which made the case, is missing.")
    for at, act in enumerate(acts, start=1):
        if act.number != at:
            problems.append(f"Act {at} of the journal is missing; act {act.number} stands in its place.")
            break
        if act.previous != previous:
            problems.append(f"Act {at} of the journal does not follow on the one before.")
        if _digest(act) != act.digest:
            problems.append(f"Act {at} of the journal was altered.")
        previous = act.digest
    return problems


def act_as_json(act: Act) -> dict[str, Any]:
    """Return an act as JSON values, all that its digest is over and the digest."""
    return {**_content(act), "digest": act.digest}


def journal_lines(acts: list[Act]) -> bytes:
    """Return acts as JSON Lines, each the canonical JSON of an act (RFC 8785): as a package holds them."""
    return b"".join(canonical(act_as_json(act)) + b"\n" for act in acts)


def chained(number: int, time: str, user: str, kind: str, data: dict[str, Any], previous: str) -> Act:
    """Return an act with its digest, its data a copy of plain JSON values.

    Raises
    ------
    WrongUsageError
        A text or a number in it cannot be kept.
    """
    try:
        data = parse_canonical(canonical({**data, "": user}))
    except ValueError:
        raise WrongUsageError(
            "A text or a number cannot be kept in a case.", "Is it valid Unicode, and not huge?"
        ) from None
    del data[""]
    act = Act(number, time, user, f"auditviewer {__version__}", kind, data, previous, "")
    return Act(number, time, user, act.program, kind, data, previous, _digest(act))


def _content(act: Act) -> dict[str, Any]:
    return {
        "number": act.number, "time": act.time, "user": act.user, "program": act.program, "kind": act.kind,
        "data": act.data, "previous": act.previous,
    }  # fmt: skip


def _digest(act: Act) -> str:
    return hashlib.sha256(canonical(_content(act))).hexdigest()
