"""Sections of a report about the review that a case keeps: marks and findings, samples, and the journal."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from auditviewer.core.case import Target
from auditviewer.core.case.acts import Finding, SampleKept
from auditviewer.core.case.review import describe_reviewed, sample_positions
from auditviewer.core.case.telling import describe_act
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query.saved import query_from_json
from auditviewer.core.report.about_events import describe_review, marks
from auditviewer.core.report.ground import Ground

FINDING_EVENTS_TOLD = 40
_REVIEWS_TOLD = 300
_SAMPLE_COLUMNS = ("Timestamp", "EventType", "Initiator", "Target")


def review(ground: Ground) -> dict[str, Any]:
    """Return what the reviewers marked and found, and what they decided about it."""
    if ground.case is None:
        return {"is_there": False}
    state = ground.case.state
    of_review = state.reviews.by_review()
    return {
        "is_there": True,
        "share": describe_reviewed(ground.result, state),
        "reviews": [
            (describe_review(kept), _on(list(islice(targets, 2)), len(targets)))
            for kept, targets in of_review[:_REVIEWS_TOLD]
        ],
        "n_reviews_left": max(len(of_review) - _REVIEWS_TOLD, 0),
        "tags": [(name, tag.colour, f"{len(state.tagged[name]):,}") for name, tag in state.tags.items()],
        "notes": [
            (_on(list(islice(targets, 2)), len(targets)), note.text, note.user, note.time)
            for note, targets in state.notes.by_note()
        ],
        "findings": [_finding(ground, finding) for finding in state.findings.values()],
        "views": [(name, _words(view)) for name, view in state.views.items()],
        "conflicts": state.conflicts,
    }  # fmt: skip


def _on(targets: list[Target], n: int) -> str:
    return targets[0].describe() if n == 1 else f"{n:,} items"


def _words(data: dict[str, Any]) -> str:
    try:
        return query_from_json(data["query"]).describe()
    except (WrongUsageError, KeyError):
        return "(cannot be understood)"


def _finding(ground: Ground, finding: Finding) -> dict[str, Any]:
    try:
        query = query_from_json(finding.query)
        words, command = query.describe(), ground.command(query)
    except WrongUsageError:
        words, command = "(cannot be understood)", None
    names = {source.sha256: Path(ground.name(source.path)).name for source in ground.table.sources}
    return {
        "title": finding.title, "n_events": f"{len(finding.events):,}", "user": finding.user, "time": finding.time,
        "decision": finding.decision, "reason": finding.reason, "decided_by": finding.decided_by,
        "note": finding.note, "filter": words, "command": command,
        "events": [
            (names.get(sha256, sha256[:12]) + (f" » {member}" if member else ""), f"{int(record):,}", digest)
            for sha256, member, record, digest in islice(finding.events, FINDING_EVENTS_TOLD)
        ],
        "n_left": max(len(finding.events) - FINDING_EVENTS_TOLD, 0),
        **marks(ground, [Target("finding", (finding.title,))]),
    }  # fmt: skip


def samples(ground: Ground) -> dict[str, Any]:
    """Return the sheet of each sample: how it was drawn, and what testing each item gave."""
    if ground.case is None:
        return {"samples": []}
    return {"samples": [_sample(ground, sample) for sample in ground.case.state.samples.values()]}


def _sample(ground: Ground, sample: SampleKept) -> dict[str, Any]:
    rows = []
    for number, (item, position) in enumerate(
        zip(sample.drawn["items"], sample_positions(ground.table, sample), strict=True), start=1
    ):
        told = [] if position is None else ground.table.page([position], _SAMPLE_COLUMNS)
        about = " · ".join(text[0] for text in told if text[0]) or "(not among the opened events)"
        result = sample.results.get(number, {})
        rows.append((number, item[3], about, *(str(result.get(n, "")) for n in ("result", "note", "user", "time"))))
    outcomes = [result["result"] for result in sample.results.values()]
    drawn = sample.drawn
    return {
        **drawn, "rows": rows, "n_tested": len(outcomes), "size_from": str(drawn.get("size_from") or ""),
        "outcomes": ", ".join(f"{outcomes.count(one)} {one}" for one in dict.fromkeys(outcomes)),
        "strata": [(value, f"{n:,}", f"{k:,}") for value, (n, k) in (drawn.get("strata") or {}).items()],
        "by": drawn.get("by") or "",
    }  # fmt: skip


def journal(ground: Ground) -> dict[str, Any]:
    """Return every act, and the head by which it shows when acts are removed from the end."""
    if ground.case is None:
        return {"acts": [], "head": None, "problems": [], "packages": []}
    acts = [
        (act.number, act.time, act.user, act.program, act.kind, describe_act(act), act.digest[:12])
        for act in ground.case.journal
    ]
    packages = [
        (act.data["file"], act.time, act.data["seal"], str(act.data.get("signed_by") or "(not signed)"))
        for act in ground.case.journal
        if act.kind == "package"
    ]
    return {"acts": acts, "head": ground.case.head, "problems": ground.case.problems, "packages": packages}
