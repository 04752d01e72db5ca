"""Sections of a report about events: the chosen ones with their changes side by side, and workflows in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from auditviewer.core.case import Review, State, Target, entity_target, event_targets, workflow_target
from auditviewer.core.cells import TICKS_PER_SECOND
from auditviewer.core.instants import format_instant
from auditviewer.core.json_format import format_json
from auditviewer.core.report import charts
from auditviewer.core.report.ground import Ground
from auditviewer.core.state_diff import MISSING, changes, diff_states
from auditviewer.core.wording import describe_event
from auditviewer.core.workflows import summarise_workflows, workflow_story

EVENTS_TOLD = 300
WORKFLOWS_TOLD = 60
CHANGES_TOLD = 200
_TOLD = ("Id", "Timestamp", "EventType", "Initiator", "Target", "OperationStatus", "EventDescription")


def events(ground: Ground) -> dict[str, Any]:
    """Return the shown events one by one, in the order of the sources, with what the case says of each."""
    table, some = ground.table, ground.result.source_order[:EVENTS_TOLD]
    page = table.page(some, [*_TOLD, "OriginalState", "UpdatedState", "TargetType", "TargetId"])
    targets = event_targets(table, some)
    told = []
    for position, target, cells in zip(some.tolist(), targets, zip(*page, strict=True), strict=True):
        ground.progress.check()
        place = table.place(position)
        kind, entity = cells[-2:]
        about = [target] + ([entity_target(kind or "", entity)] if entity else [])
        told.append({
            "words": describe_event(table, position),
            "cells": [(name, text) for name, text in zip(_TOLD, cells[: len(_TOLD)], strict=True) if text],
            "place": f"{Path(ground.name(place.source.path)).name}, record {place.record:,}, line {place.line:,}",
            "changes": _changes(cells[-4], cells[-3]), **marks(ground, about),
        })  # fmt: skip
    return {"events": told, "n_left": len(ground.result) - len(some)}


def marks(ground: Ground, targets: list[Target]) -> dict[str, Any]:
    """Return the tags, the notes and the review of something; what its entity has is said to be the entity's."""
    found: dict[str, Any] = {"tags": [], "notes": [], "reviewed": ""}
    if ground.case is None:
        return found
    state: State = ground.case.state
    for at, target in enumerate(targets):
        of = "" if not at else f" (on the {target.kind})"
        found["tags"] += [name + of for name in state.tags_of(target)]
        found["notes"] += [(note.text + of, note.user, note.time) for note in state.notes.get(target, ())]
    found["reviewed"] = describe_review(state.reviews.get(targets[0]))
    return found


def describe_review(review: Review | None) -> str:
    """Return in words how something was reviewed, "" when it was not."""
    if review is None:
        return ""
    signed = f"; signed off by {review.signed_off_by}, locked" if review.signed_off_by else ""
    return f"{review.state.value} by {review.user}, {review.time}{signed} {review.reason}".rstrip()


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


def workflows(ground: Ground) -> dict[str, Any]:
    """Return the workflows of the shown events with their steps in time, and what the case says of each."""
    summary = summarise_workflows(ground.result)
    told = []
    for i in range(min(len(summary), WORKFLOWS_TOLD)):
        ground.progress.check()
        workflow = workflow_story(ground.table, int(summary.first_positions[i]), 60)
        if workflow is None:
            continue
        told.append({
            "type": workflow.type or "(no type)", "id": workflow.id, "outcome": workflow.outcome.value,
            "steps": f"{workflow.n_steps:,}", "picture": charts.story(workflow),
            "duration": "" if workflow.duration is None else f"{workflow.duration / TICKS_PER_SECOND:,.3f} s",
            "rows": [
                (format_instant(s.instant, digits=3), s.event_type, s.status.name.lower()) for s in workflow.steps
            ],
            "remarks": workflow.notes, **marks(ground, [workflow_target(workflow.id)]),
        })  # fmt: skip
    outcomes = [(outcome.value, f"{n:,}") for outcome, n in summary.counts().items() if n]
    return {"workflows": told, "n_left": max(len(summary) - WORKFLOWS_TOLD, 0), "outcomes": outcomes}
