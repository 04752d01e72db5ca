"""Taking another reviewer's case into one's own: what is added, and what conflicts.

All of it is one act, which is whole or not there, and which can be undone. What is taken in keeps the name and the time
of who did it. Where both said something about the same, ours stays and the conflict is told.
"""

from __future__ import annotations

from typing import Any

from auditviewer.core.case.acts import Finding, SampleKept, State, events_as_data
from auditviewer.core.case.file import Case
from auditviewer.core.case.journal import Snapshot
from auditviewer.core.case.target_set import TargetSet, describe_targets
from auditviewer.core.errors import WrongUsageError

Taken = list[dict[str, Any]]
_TOLD_ONE_BY_ONE = 200


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
        if added := theirs.tagged.get(name, TargetSet()) - ours.tagged.get(name, TargetSet()):
            taken.append(_act("tag", "", "", name=name, **added.as_data()))
    return conflicts


def _notes(ours: State, theirs: State, taken: Taken) -> list[str]:
    mine: dict[tuple[str, str, str], TargetSet] = {}
    for note, on in ours.notes.by_note():
        key = (note.text, note.user, note.time)
        mine[key] = mine.get(key, TargetSet()) | on
    for note, on in theirs.notes.by_note():
        if missing := on - mine.get((note.text, note.user, note.time), TargetSet()):
            taken.append(_act("note", note.user, note.time, text=note.text, **missing.as_data()))
    return []


def _reviews(ours: State, theirs: State, taken: Taken) -> list[str]:
    conflicts, signed = list[str](), list[tuple[str, TargetSet]]()
    for review, own in theirs.reviews.by_review():
        new, signer, to_sign = own, review.signed_off_by, TargetSet()
        for mine, common in ours.reviews.of(own):
            new = new - common
            if mine.state is not review.state:
                said = f"{mine.state.value} by {mine.user}, {review.state.value} by {review.user}"
                conflicts += _sentences(common, said)
            elif signer and not mine.signed_off_by and mine.user != signer:
                to_sign = to_sign | common
        if new:
            told = {"state": review.state.value, "reason": review.reason}
            taken.append(_act("review", review.user, review.time, **told, **new.as_data()))
        if signer and (new or to_sign):
            signed.append((signer, new | to_sign))
    taken += [_act("sign-off", user, "", **targets.as_data()) for user, targets in signed]
    return conflicts


def _sentences(targets: TargetSet, said: str) -> list[str]:
    """Return a sentence for each target or, where they are very many, one for all."""
    if len(targets) > _TOLD_ONE_BY_ONE:
        return [f"{describe_targets(targets)} are {said}."]
    return [f"The {target.describe()} is {said}." for target in targets]


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
            found = _act(
                "finding",
                finding.user,
                finding.time,
                title=title,
                query=finding.query,
                **events_as_data(finding.events),
            )
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
