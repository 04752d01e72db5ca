"""Taking another reviewer's case into one's own: what is added, and what conflicts.

All of it is one act, which is whole or not there, and which can be undone. What is taken in keeps the name and the time
of who did it. Where both said something about the same, ours stays and the conflict is told.
"""

from __future__ import annotations

from typing import Any

from auditviewer.core.case.acts import Finding, SampleKept, State, as_data
from auditviewer.core.case.file import Case
from auditviewer.core.case.journal import Snapshot
from auditviewer.core.errors import WrongUsageError

Taken = list[dict[str, Any]]


def take_in(case: Case, other: Snapshot, name: str = "") -> list[str]:
    """Add another reviewer's work to a case; return what conflicts, in sentences.

    Raises
    ------
    WrongUsageError
        The other case was altered, or none of its sources is one of ours.
    """
    if other.problems:
        raise WrongUsageError("The other case was altered; nothing is taken from it.", other.problems[0])
    ours, theirs = case.state, other.state
    shared = {s["sha256"] for s in ours.sources} & {s["sha256"] for s in theirs.sources}
    if ours.sources and theirs.sources and not shared:
        raise WrongUsageError("The two cases have no source in common.", "Import a case of the same exports.")
    taken: Taken = []
    conflicts = _sources(ours, theirs)
    for part in (_tags, _notes, _reviews, _views, _findings, _samples):
        conflicts += part(ours, theirs, taken)
    name = name or getattr(getattr(other, "path", None), "name", "")
    case.do("import", case=name, head=other.head, conflicts=conflicts, taken=taken)
    return conflicts


def _act(kind: str, user: str, time: str, **data: Any) -> dict[str, Any]:
    return {"kind": kind, "user": user, "time": time, "data": data}


def _sources(ours: State, theirs: State) -> list[str]:
    mine, others = ({s["sha256"]: s["path"] for s in state.sources} for state in (ours, theirs))
    told = [f"The other case lacks the source {path}." for sha256, path in mine.items() if sha256 not in others]
    told += [f"The other case has a source {path} that this one lacks." for s, path in others.items() if s not in mine]
    names = sorted(n for n in {*ours.period, *theirs.period} if ours.period.get(n) and theirs.period.get(n))
    differing = [n for n in names if ours.period[n] != theirs.period[n]]
    told += [f"The details differ in {n}: “{ours.period[n]}”, and “{theirs.period[n]}” there." for n in differing]
    return told


def _tags(ours: State, theirs: State, taken: Taken) -> list[str]:
    conflicts = []
    for name, tag in theirs.tags.items():
        mine = ours.tags.get(name)
        if mine is None:
            taken.append(_act("define-tag", "", "", name=name, colour=tag.colour, key=""))
        elif mine.colour != tag.colour:
            conflicts.append(f"The tag “{name}” is {mine.colour} here and {tag.colour} there.")
        if added := sorted(theirs.tagged.get(name, set()) - ours.tagged.get(name, set())):
            taken.append(_act("tag", "", "", name=name, targets=as_data(added)))
    return conflicts


def _notes(ours: State, theirs: State, taken: Taken) -> list[str]:
    grouped: dict[tuple[str, str, str], list[Any]] = {}
    for target, kept in theirs.notes.items():
        mine = {(note.text, note.user, note.time) for note in ours.notes.get(target, ())}
        for note in kept:
            if (note.text, note.user, note.time) not in mine:
                grouped.setdefault((note.text, note.user, note.time), []).append(target)
    for (text, user, time), targets in grouped.items():
        taken.append(_act("note", user, time, text=text, targets=as_data(targets)))
    return []


def _reviews(ours: State, theirs: State, taken: Taken) -> list[str]:
    conflicts = []
    reviews: dict[tuple[str, str, str, str], list[Any]] = {}
    signed: dict[str, list[Any]] = {}
    for target, review in theirs.reviews.items():
        mine = ours.reviews.get(target)
        if mine is None:
            reviews.setdefault((review.state.value, review.reason, review.user, review.time), []).append(target)
        elif mine.state is not review.state:
            said = f"{mine.state.value} by {mine.user}, {review.state.value} by {review.user}"
            conflicts.append(f"The {target.describe()} is {said}.")
            continue
        if review.signed_off_by and (mine is None or (not mine.signed_off_by and mine.user != review.signed_off_by)):
            signed.setdefault(review.signed_off_by, []).append(target)
    for (state, reason, user, time), targets in reviews.items():
        taken.append(_act("review", user, time, state=state, reason=reason, targets=as_data(targets)))
    for user, targets in signed.items():
        taken.append(_act("sign-off", user, "", targets=as_data(targets)))
    return conflicts


def _views(ours: State, theirs: State, taken: Taken) -> list[str]:
    conflicts = []
    for name, view in theirs.views.items():
        mine = ours.views.get(name)
        if mine is None:
            taken.append(_act("view", "", "", **view))
        elif mine != view:
            conflicts.append(f"The view “{name}” differs; the one here stays.")
    return conflicts


def _findings(ours: State, theirs: State, taken: Taken) -> list[str]:
    conflicts = []
    for title, finding in theirs.findings.items():
        mine = ours.findings.get(title)
        if mine is None:
            found = _act("finding", finding.user, finding.time, title=title, query=finding.query, events=finding.events)
            taken.append(found)
            if finding.decision != "open":
                decided = {"title": title, "decision": finding.decision, "reason": finding.reason}
                taken.append(_act("decide", finding.user, finding.time, **decided))
        else:
            conflicts += _differing_findings(mine, finding)
    return conflicts


def _differing_findings(mine: Finding, finding: Finding) -> list[str]:
    told = []
    if mine.query != finding.query or sorted(mine.events) != sorted(finding.events):
        told.append(
            f"The finding “{mine.title}” has other events ({len(mine.events):,}, {len(finding.events):,} there)."
        )
    if (mine.decision, mine.reason) != (finding.decision, finding.reason):
        said = f"{mine.decision} here and {finding.decision} there ({finding.reason or 'no reason'})"
        told.append(f"The finding “{mine.title}” is {said}.")
    return told


def _samples(ours: State, theirs: State, taken: Taken) -> list[str]:
    conflicts = []
    for name, sample in theirs.samples.items():
        mine = ours.samples.get(name)
        if mine is None:
            taken.append(_act("sample", "", "", **sample.drawn))
        elif mine.drawn["items"] != sample.drawn["items"]:
            conflicts.append(f"The sample “{name}” has other items; the one here stays.")
            continue
        conflicts += _results(mine, sample, taken)
    return conflicts


def _results(mine: SampleKept | None, sample: SampleKept, taken: Taken) -> list[str]:
    conflicts = []
    for item, result in sorted(sample.results.items()):
        own = None if mine is None else mine.results.get(item)
        if own is None:
            data = {name: value for name, value in result.items() if name not in ("user", "time")}
            taken.append(_act("result", result["user"], result["time"], **data))
        elif own["result"] != result["result"]:
            said = f"{own['result']} by {own['user']}, {result['result']} by {result['user']}"
            conflicts.append(f"Item {item} of the sample “{sample.name}” is {said}.")
    return conflicts
