"""What a report says, section by section: values from the log are text in it, never markup (autoescape)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from auditviewer import __version__
from auditviewer.core.case import Case, State
from auditviewer.core.case.review import describe_reviewed
from auditviewer.core.case.targets import event_targets
from auditviewer.core.cells import NO_INSTANT, TICKS_PER_DAY, TICKS_PER_SECOND
from auditviewer.core.display import fit_to_show
from auditviewer.core.instants import format_instant, format_iso
from auditviewer.core.json_format import format_json
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import QueryResult
from auditviewer.core.query.options import options_of_query
from auditviewer.core.report import charts
from auditviewer.core.schema import CATEGORY
from auditviewer.core.state_diff import MISSING, changes, diff_states
from auditviewer.core.wording import describe_event
from auditviewer.core.workflows import summarise_workflows, workflow_story
from auditviewer.paths import resource_path

EVENTS_TOLD = 300
WORKFLOWS_TOLD = 60
CHANGES_TOLD = 200
_VALUE = 600
_DAYS_DRAWN = 400


@dataclass(frozen=True)
class Section:
    """A section that can be chosen: its key, its heading, and what makes its part of the page."""

    key: str
    title: str
    build: Callable[[_Ground], dict[str, Any]]


@dataclass(frozen=True)
class ReportChoices:
    """What a user can choose about a report."""

    title: str = "Audit log review"
    sections: tuple[str, ...] = ()
    """Keys of `SECTIONS`; all of them when empty."""
    made: str | None = None
    """The time to state, RFC 3339; None states none, as in a package, whose seal does."""
    zone: dt.tzinfo = dt.UTC
    """The reviewer's zone, for the local days that the period covers."""
    facts: dict[str, str] = field(default_factory=dict)
    """What was typed in for the workpaper: system, page, extracted_by, from, to, category."""


@dataclass(frozen=True, eq=False)
class _Ground:
    result: QueryResult
    choices: ReportChoices
    case: Case | None
    progress: Progress


def build_report(
    result: QueryResult,
    choices: ReportChoices = ReportChoices(),
    case: Case | None = None,
    progress: Progress = SILENT,
) -> str:
    """Return the report as one HTML page that loads nothing."""
    import jinja2

    ground = _Ground(result, choices, case, progress)
    wanted = [section for section in SECTIONS if not choices.sections or section.key in choices.sections]
    parts = []
    for section in wanted:
        progress.check()
        parts.append({"key": section.key, "title": section.title, **section.build(ground)})
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["fit"] = lambda text, limit=_VALUE: fit_to_show(str(text), limit)
    template = environment.from_string(resource_path("report/report.html").read_text(encoding="utf-8"))
    page = template.render(
        title=choices.title, made=choices.made, program=f"auditviewer {__version__}", parts=parts,
        n_shown=len(result), n_all=len(result.table), query=result.query.describe(),
    )  # fmt: skip
    return page.encode("utf-8", "replace").decode()


# -- sections ------------------------------------------------------------------------------------------------


def _workpaper(ground: _Ground) -> dict[str, Any]:
    """Completeness and accuracy of information produced by the entity, on one page."""
    table, choices = ground.result.table, ground.choices
    period = {**(ground.case.state.period if ground.case else {}), **choices.facts}
    rows = [
        ("System", period.get("system") or "(not stated)"),
        (
            "Page and steps",
            period.get("page") or "Settings > Audit Log: a category, From Date, To Date, Download CSV File",
        ),
        ("Population", period.get("population") or "(not stated)"),
        ("Requested from (UTC)", _with_local(period.get("from"), choices.zone, False)),
        ("Requested to (UTC)", _with_local(period.get("to"), choices.zone, True)),
        ("Extracted by, and when", period.get("extracted_by") or "(not stated)"),
    ]
    reconciled = []
    for source in table.sources:
        reconciled.append({
            "name": Path(source.path).name + (f" » {source.member}" if source.member else ""), "sha256": source.sha256,
            "bytes": f"{source.size_bytes:,}", "records": f"{source.records:,}", "loaded": f"{source.loaded:,}",
            "duplicates": f"{source.duplicates:,}", "rejected": f"{source.rejected:,}",
            "holds": source.records == source.loaded + source.duplicates + source.rejected,
        })  # fmt: skip
    hidden = _hidden_by(ground.result)
    return {"rows": rows, "sources": reconciled, "hidden": hidden}


def _with_local(text: str | None, zone: dt.tzinfo, is_end: bool) -> str:
    from auditviewer.core.errors import WrongUsageError
    from auditviewer.core.instants import parse_bound

    if not text:
        return "(not stated)"
    try:
        ticks = parse_bound(text, is_end)
    except WrongUsageError:
        return text
    ticks -= 1 if is_end else 0
    return f"{text}: {format_instant(ticks)}, which is {format_instant(ticks, zone)}"


def _hidden_by(result: QueryResult) -> list[tuple[str, str]]:
    """Return the events loaded, and how many each part of the filter hides of those that the parts before it left."""
    left = np.ones(len(result.table), dtype=np.bool_)
    rows = [("Loaded", f"{len(left):,}")]
    for predicate in result.query.predicates:
        after = left & predicate.mask(result.table)
        rows.append((f"Hidden by: {predicate.describe()}", f"{int(left.sum() - after.sum()):,}"))
        left = after
    rows.append(("Shown", f"{int(left.sum()):,}"))
    return rows


def _sources(ground: _Ground) -> dict[str, Any]:
    table = ground.result.table
    return {
        "sources": [
            {"path": s.name, "sha256": s.sha256, "bytes": f"{s.size_bytes:,}", "format": f"{s.format}, {s.encoding}"}
            for s in table.sources
        ],
        "notices": [(f"{n.count:,}", n.message, n.path or "") for n in table.notices],
        "rejects": [
            (r.path, f"{r.record:,}", f"{r.line:,}", f"{r.offset:,}", r.message) for r in table.rejects[:EVENTS_TOLD]
        ],
        "n_rejects": len(table.rejects),
    }  # fmt: skip


def _scope(ground: _Ground) -> dict[str, Any]:
    result = ground.result
    known = result.table.instants[result.positions]
    known = known[known != NO_INSTANT]
    command = options_of_query(result.query)
    files = " ".join(_quoted(path) for path in dict.fromkeys(s.path for s in result.table.sources))
    days = _per_day(known)
    return {
        "first": format_iso(int(known.min())) if len(known) else "no readable time",
        "last": format_iso(int(known.max())) if len(known) else "no readable time",
        "query": result.query.describe(),
        "command": None if command is None else f"auditviewer export {files} {command} -o events.csv",
        "empty_days": sum(1 for _, n in days if not n),
        "by_day": charts.columns(days),
        "by_category": charts.bars(_counts(result, CATEGORY)),
        "by_status": charts.bars(_counts(result, "OperationStatus")),
        "by_initiator": charts.bars(_counts(result, "Initiator")[:12]),
        "n_undated": len(result) - len(known),
    }


def _quoted(path: str) -> str:
    import shlex

    return shlex.quote(path)


def _per_day(instants: Any) -> list[tuple[str, int]]:
    if not len(instants):
        return []
    days = instants // TICKS_PER_DAY
    first, width = int(days.min()), 1
    while (int(days.max()) - first) // width >= _DAYS_DRAWN:
        width += 1
    counts = np.bincount((days - first) // width)
    return [(format_iso((first + i * width) * TICKS_PER_DAY)[:10], int(n)) for i, n in enumerate(counts)]


def _counts(result: QueryResult, column: str) -> list[tuple[str, int]]:
    codes = result.table.codes(column)
    counts = np.bincount(codes.codes[result.positions], minlength=len(codes))
    order = np.argsort(-counts, kind="stable")
    return [(codes.value_of(c) or "(missing)", int(counts[c])) for c in order.tolist()[:40] if counts[c]]


def _events(ground: _Ground) -> dict[str, Any]:
    result = ground.result
    some = result.source_order[:EVENTS_TOLD]
    names = ("Id", "Timestamp", "EventType", "Initiator", "Target", "OperationStatus", "EventDescription")
    page = result.table.page(some, [*names, "OriginalState", "UpdatedState"])
    told = []
    state = ground.case.state if ground.case else None
    targets = event_targets(result.table, some) if state else [None] * len(some)
    for position, target, cells in zip(some.tolist(), targets, zip(*page, strict=True), strict=True):
        ground.progress.check()
        place = result.table.place(position)
        marks, notes, reviewed = [], [], ""
        if state is not None and target is not None:
            marks, notes = state.tags_of(target), [(n.text, n.user, n.time) for n in state.notes.get(target, ())]
            review = state.reviews.get(target)
            reviewed = "" if review is None else f"{review.state.value} by {review.user}, {review.time} {review.reason}"
        told.append({
            "words": describe_event(result.table, position),
            "cells": [(name, text) for name, text in zip(names, cells[:-2], strict=True) if text],
            "place": f"{Path(place.source.path).name}, record {place.record:,}, line {place.line:,}",
            "changes": _changes(cells[-2], cells[-1]), "tags": marks, "notes": notes, "reviewed": reviewed,
        })  # fmt: skip
    return {"events": told, "n_left": len(result) - len(some)}


def _changes(original: str | None, updated: str | None) -> list[tuple[str, ...]]:
    if not (original or updated) or len(original or "") + len(updated or "") > 200_000:
        return []
    found = changes(diff_states(original, updated))[:CHANGES_TOLD]
    return [
        (
            c.path or "(whole state)",
            c.kind.value,
            *("" if v is MISSING else format_json(v) for v in (c.before, c.after)),
        )
        for c in found
    ]


def _workflows(ground: _Ground) -> dict[str, Any]:
    summary = summarise_workflows(ground.result)
    told = []
    for i in range(min(len(summary), WORKFLOWS_TOLD)):
        ground.progress.check()
        workflow = workflow_story(ground.result.table, int(summary.first_positions[i]), 60)
        if workflow is None:
            continue
        told.append({
            "type": workflow.type or "(no type)", "id": workflow.id, "outcome": workflow.outcome.value,
            "steps": f"{workflow.n_steps:,}", "picture": charts.story(workflow),
            "duration": "" if workflow.duration is None else f"{workflow.duration / TICKS_PER_SECOND:,.3f} s",
            "rows": [
                (format_instant(s.instant, digits=3), s.event_type, s.status.name.lower()) for s in workflow.steps
            ],
            "notes": workflow.notes,
        })  # fmt: skip
    outcomes = [(outcome.value, f"{n:,}") for outcome, n in summary.counts().items() if n]
    return {"workflows": told, "n_left": max(len(summary) - WORKFLOWS_TOLD, 0), "outcomes": outcomes}


def _review(ground: _Ground) -> dict[str, Any]:
    if ground.case is None:
        return {"is_there": False}
    state = ground.case.state
    return {
        "is_there": True,
        "share": describe_reviewed(ground.result, state),
        "tags": [(name, tag.colour, f"{len(state.tagged[name]):,}") for name, tag in state.tags.items()],
        "notes": _notes(state),
        "findings": [
            {"title": f.title, "events": f"{len(f.events):,}", "user": f.user, "time": f.time, "decision": f.decision,
             "reason": f.reason} for f in state.findings.values()
        ],
        "conflicts": state.conflicts,
    }  # fmt: skip


def _notes(state: State) -> list[tuple[str, str, str, str]]:
    """Return each note once, with what it is on."""
    on: dict[tuple[int, str, str, str], list[str]] = {}
    for target, notes in state.notes.items():
        for note in notes:
            on.setdefault((note.number, note.text, note.user, note.time), []).append(target.describe())
    return [
        (where[0] if len(where) == 1 else f"{len(where):,} items", text, user, time)
        for (_, text, user, time), where in on.items()
    ]


def _samples(ground: _Ground) -> dict[str, Any]:
    if ground.case is None:
        return {"samples": []}
    told = []
    for sample in ground.case.state.samples.values():
        rows = []
        for number, item in enumerate(sample.drawn["items"], start=1):
            result = sample.results.get(number, {})
            rows.append((number, item[3], *(str(result.get(n, "")) for n in ("result", "note", "user", "time"))))
        told.append({**sample.drawn, "rows": rows, "n_tested": len(sample.results)})
    return {"samples": told}


def _journal(ground: _Ground) -> dict[str, Any]:
    if ground.case is None:
        return {"acts": [], "head": None, "problems": []}
    acts = [
        (act.number, act.time, act.user, act.program, act.kind,
         str(act.data.get("name") or act.data.get("title") or act.data.get("file") or act.data.get("text") or ""),
         act.digest[:12])
        for act in ground.case.journal
    ]  # fmt: skip
    return {"acts": acts, "head": ground.case.head, "problems": ground.case.problems}


def _limits(_: _Ground) -> dict[str, Any]:
    return {
        "sentences": (
            "That the system recorded everything that happened. An export shows what was logged, not what was not.",
            "That the exports hold all that the system logged. The counts say that every record of these files is "
            "accounted for; whether the files are all there are follows from how they were extracted.",
            "That the files were unaltered before they came to the reviewer. Their SHA-256 shows it from then on.",
            "That the system's clock was right, or that an initiator is the person whose name it bears.",
            "Who made this report. A signature shows whose key was used; compare its fingerprint with its owner.",
        )
    }


SECTIONS: tuple[Section, ...] = (
    Section("workpaper", "Completeness and accuracy", _workpaper),
    Section("sources", "Sources", _sources),
    Section("scope", "Scope and coverage", _scope),
    Section("review", "Review and findings", _review),
    Section("events", "Events", _events),
    Section("workflows", "Workflows", _workflows),
    Section("samples", "Samples", _samples),
    Section("journal", "Journal", _journal),
    Section("limits", "What this does not establish", _limits),
)
