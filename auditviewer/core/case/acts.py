"""What reviewers did, one act after the other, and what it adds up to: tags, notes, states, samples, findings.

Each kind of act is a row in `ACTS`: what its data must have, and what it does to the state. The state is never stored;
it follows from the acts, less those that were undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from auditviewer.core.case.said import Note, Notes, Review, Reviews, ReviewState
from auditviewer.core.case.target_set import TargetSet
from auditviewer.core.case.targets import Target
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query.places import Places

Data = dict[str, Any]


@dataclass(frozen=True)
class Act:
    """One line of the journal. ``digest`` is over all the rest, ``previous`` the digest of the act before."""

    number: int
    time: str
    user: str
    program: str
    kind: str
    data: Data
    previous: str
    digest: str


@dataclass(frozen=True)
class Tag:
    """A tag: its colour as ``#rrggbb`` and the key that sets it."""

    name: str
    colour: str = "#3b82f6"
    key: str = ""


class DigestedEvents(Sequence[list[str]]):
    """Place and digest of events: source SHA-256, member, record number, digest; made when they are asked for."""

    def __init__(self, places: Places, digests: str) -> None:
        if len(digests) != 64 * len(places):
            raise ValueError("as many digests as events are needed")
        self._places, self._digests = places, digests

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[list[str]]:
        for at, (sha256, member, record) in enumerate(self._places):
            yield [sha256, member or "", str(record), self._digests[64 * at : 64 * at + 64]]

    def __getitem__(self, at: Any) -> Any:
        return list(self)[at]

    def as_data(self) -> Data:
        """Return the events as the data of an act."""
        return {"records": self._places.as_json(), "digests": self._digests}


def events_of_finding(data: Data) -> Sequence[list[str]]:
    """Return place and digest of each event that the data of a finding hold."""
    if "records" in data:
        return DigestedEvents(Places.from_json(data["records"]), data["digests"])
    return [[str(part) for part in event] for event in data["events"]]


def events_as_data(events: Sequence[list[str]]) -> Data:
    """Return what `events_of_finding` was made of."""
    return events.as_data() if isinstance(events, DigestedEvents) else {"events": [list(event) for event in events]}


@dataclass
class Finding:
    """What a reviewer recorded: a filter, the events that it kept then, and what was decided about it."""

    title: str
    query: Data
    events: Sequence[list[str]]
    """Place and digest of each event: source SHA-256, member, record number, digest."""
    user: str
    time: str
    decision: str = "open"
    reason: str = ""
    decided_by: str = ""
    note: str = ""


@dataclass
class SampleKept:
    """A sample as it was drawn, with the result of each item tested so far."""

    name: str
    drawn: Data
    results: dict[int, Data] = field(default_factory=dict)


@dataclass
class State:
    """What a case says now."""

    title: str = ""
    sources: list[Data] = field(default_factory=list)
    period: Data = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    tagged: dict[str, TargetSet] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)
    reviews: Reviews = field(default_factory=Reviews)
    views: dict[str, Data] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    samples: dict[str, SampleKept] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    """What differed when another reviewer's case was taken in, in sentences."""

    def tags_of(self, target: Target) -> list[str]:
        """Return the tags of something, in the order of the tags."""
        return [name for name in self.tags if target in self.tagged.get(name, ())]

    def state_of(self, target: Target) -> ReviewState:
        """Return how something was reviewed."""
        review = self.reviews.get(target)
        return ReviewState.UNREVIEWED if review is None else review.state


def as_data(targets: Iterable[Target]) -> list[list[str]]:
    """Return a few targets as JSON values; `TargetSet.as_data` does for many."""
    return [[target.kind, *target.names] for target in targets]


# -- what each kind of act does ------------------------------------------------------------------------------


def _create(state: State, act: Act) -> None:
    state.title = act.data["title"]


def _open(state: State, act: Act) -> None:
    state.sources = act.data["sources"]


def _period(state: State, act: Act) -> None:
    state.period = act.data


def _define_tag(state: State, act: Act) -> None:
    tag = Tag(act.data["name"], act.data.get("colour", Tag.colour), act.data.get("key", ""))
    state.tags = {**state.tags, tag.name: tag}
    state.tagged = {tag.name: TargetSet(), **state.tagged}


def _tag(state: State, act: Act) -> None:
    name, targets = act.data["name"], TargetSet.from_data(act.data)
    state.tags = state.tags if name in state.tags else {**state.tags, name: Tag(name)}
    own = state.tagged.get(name, TargetSet())
    state.tagged = {**state.tagged, name: own - targets if act.data.get("removed") else own | targets}


def _note(state: State, act: Act) -> None:
    state.notes.add(TargetSet.from_data(act.data), Note(act.number, act.data["text"], act.user, act.time))


def _review(state: State, act: Act) -> None:
    reviewed, targets = ReviewState(act.data["state"]), TargetSet.from_data(act.data)
    _refuse_locked(state, targets)
    if reviewed is ReviewState.UNREVIEWED:
        state.reviews.drop(targets)
    else:
        state.reviews.put(targets, Review(reviewed, act.user, act.time, act.data.get("reason", "")))


def _sign_off(state: State, act: Act) -> None:
    targets = TargetSet.from_data(act.data)
    had = state.reviews.of(targets)
    if len(targets) > sum(len(own) for _, own in had):
        first = next(target for target in targets if target not in state.reviews)
        raise WrongUsageError(f"The {first.describe()} is not reviewed yet.", "Sign off what was reviewed.")
    for review, own in had:
        if review.user.strip().casefold() == act.user.strip().casefold():
            first = next(iter(own))
            raise WrongUsageError(f"{act.user} reviewed the {first.describe()}.", "Somebody else must sign it off.")
    _refuse_locked(state, targets)
    for review, own in had:
        state.reviews.put(own, replace(review, signed_off_by=act.user))


def _refuse_locked(state: State, targets: TargetSet) -> None:
    for review, own in state.reviews.of(targets):
        if review.signed_off_by is not None:
            what = next(iter(own)).describe()
            raise WrongUsageError(f"The {what} was signed off by {review.signed_off_by}; it is locked.")


def _view(state: State, act: Act) -> None:
    if act.data.get("removed"):
        state.views.pop(act.data["name"], None)
    else:
        state.views[act.data["name"]] = act.data


def _finding(state: State, act: Act) -> None:
    data = act.data
    if data["title"] in state.findings:
        raise WrongUsageError(f"There is a finding “{data['title']}” already.", "Choose another title.")
    state.findings[data["title"]] = Finding(
        data["title"], data["query"], events_of_finding(data), act.user, act.time, note=str(data.get("note", ""))
    )


def _decide(state: State, act: Act) -> None:
    finding = state.findings.get(act.data["title"])
    if finding is None:
        raise WrongUsageError(f"There is no finding “{act.data['title']}”.")
    _refuse_locked(state, TargetSet.of([Target("finding", (finding.title,))]))
    decision, reason = act.data["decision"], act.data.get("reason", "")
    if decision not in ("open", "accepted", "dismissed"):
        raise WrongUsageError(f"“{decision}” is no decision.", "Decide open, accepted or dismissed.")
    if decision == "dismissed" and not reason.strip():
        raise WrongUsageError("A finding is dismissed with a reason.", "Say why.")
    state.findings[finding.title] = replace(finding, decision=decision, reason=reason, decided_by=act.user)


def _sample(state: State, act: Act) -> None:
    if act.data["name"] in state.samples:
        raise WrongUsageError(f"There is a sample “{act.data['name']}” already.", "Choose another name.")
    state.samples[act.data["name"]] = SampleKept(act.data["name"], act.data)


def _result(state: State, act: Act) -> None:
    sample = state.samples.get(act.data["name"])
    if sample is None or not 1 <= act.data["item"] <= len(sample.drawn["items"]):
        raise WrongUsageError(f"There is no item {act.data['item']} in a sample “{act.data['name']}”.")
    if act.data["result"] not in ("pass", "exception", "not applicable"):
        raise WrongUsageError(f"“{act.data['result']}” is no result.", "Say pass, exception or not applicable.")
    sample.results[act.data["item"]] = {**act.data, "user": act.user, "time": act.time}


def _taken_in(state: State, act: Act) -> None:
    state.conflicts += act.data["conflicts"]
    for taken in act.data.get("taken", ()):
        # What another reviewer did keeps the name and the time; what has none was there without.
        user, time = taken["user"] or act.user, taken["time"] or act.time
        apply(state, replace(act, kind=taken["kind"], data=taken["data"], user=user, time=time))


def _nothing(state: State, act: Act) -> None:
    """Change nothing: the act is kept for the record."""


ACTS: dict[str, tuple[tuple[str, ...], Callable[[State, Act], None], bool]] = {
    "create": (("title",), _create, False),
    "open": (("sources",), _open, False),
    "period": ((), _period, True),
    "define-tag": (("name",), _define_tag, True),
    "tag": (("name", "targets"), _tag, True),
    "note": (("text", "targets"), _note, True),
    "review": (("state", "targets"), _review, True),
    "sign-off": (("targets",), _sign_off, False),
    "view": (("name",), _view, True),
    "finding": (("title", "query"), _finding, True),
    "decide": (("title", "decision"), _decide, True),
    "sample": (("name", "items"), _sample, True),
    "result": (("name", "item", "result"), _result, True),
    "filter": (("query", "events"), _nothing, False),
    "export": (("file", "sha256"), _nothing, False),
    "package": (("file", "seal"), _nothing, False),
    "report": (("file", "sha256"), _nothing, False),
    "verify": (("file", "holds"), _nothing, False),
    "sheet": (("file", "sha256"), _nothing, False),
    "draw": (("method", "seed", "items"), _nothing, False),
    "recheck": (("results",), _nothing, False),
    "replay": (("results",), _nothing, False),
    "import": (("case", "conflicts"), _taken_in, True),
    "undo": (("number",), _nothing, False),
    "redo": (("number",), _nothing, False),
}
"""Kind of act: what its data must have, what it does, and whether it can be undone."""


def undone_numbers(acts: Iterable[Act]) -> set[Any]:
    """Return the numbers of the acts that were undone and not done again."""
    undone: set[Any] = set()
    for act in acts:
        if act.kind == "undo":
            undone.add(act.data.get("number"))
        elif act.kind == "redo":
            undone.discard(act.data.get("number"))
    return undone


def redoable_numbers(acts: Iterable[Act]) -> list[Any]:
    """Return the numbers of the acts that can be done again, the next one last: nothing new was done meanwhile."""
    found: list[Any] = []
    for act in acts:
        if act.kind == "undo":
            found.append(act.data.get("number"))
        elif act.kind == "redo" and found:
            found.pop()
        elif act.kind == "sign-off" or (act.kind in ACTS and ACTS[act.kind][2]):
            found = []
    return found


def state_after(acts: Iterable[Act]) -> State:
    """Return what acts add up to, less those that were undone."""
    acts = list(acts)
    undone = undone_numbers(acts)
    state = State()
    for act in acts:
        if act.number not in undone:
            apply(state, act)
    return state


def apply(state: State, act: Act) -> None:
    """Change the state as an act says.

    Raises
    ------
    WrongUsageError
        The act cannot follow on what was done before, or its data lack something.
    """
    if act.kind not in ACTS:
        raise WrongUsageError(
            f"The case holds an act “{act.kind}” that this version does not know.", "Use a newer one."
        )
    needed, change, _ = ACTS[act.kind]
    if lacking := [name for name in needed if name not in act.data]:
        raise WrongUsageError(f"The act “{act.kind}” lacks {', '.join(lacking)}.")
    try:
        change(state, act)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WrongUsageError(
            f"The act {act.number} of the case (“{act.kind}”) cannot be understood: {error}."
        ) from None
