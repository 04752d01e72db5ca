"""Events, workflows and changes in words: plain text on one line, made fit to be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditviewer.core.cells import TICKS_PER_SECOND
from auditviewer.core.display import fit_to_show
from auditviewer.core.json_format import format_json
from auditviewer.core.json_text import JsonObject, JsonValue
from auditviewer.core.state_diff import MISSING, Change, Kind, Missing, changes, diff_states
from auditviewer.core.step_status import STATUS_LABELS, StepStatus, status_of
from auditviewer.core.table import EventTable
from auditviewer.core.workflows import Outcome, WorkflowStory

_NAME_LIMIT = 80
_VALUE_LIMIT = 40
_CHANGES_TOLD = 3
_STATE_LIMIT = 200_000
"""States longer than this many characters are not compared just to put an event in words."""

VERBS: tuple[tuple[str, str, str], ...] = (
    ("creat", "create", "created"),
    ("deactivat", "deactivate", "deactivated"),
    ("activat", "activate", "activated"),
    ("delet", "delete", "deleted"),
    ("updat", "update", "updated"),
    ("upsert", "save", "saved"),
    ("assign", "assign", "assigned"),
    ("resend", "resend", "resent"),
    ("resent", "resend", "resent"),
    ("send", "send", "sent"),
    ("sent", "send", "sent"),
    ("sync", "sync", "synced"),
    ("pair", "pair", "paired"),
    ("schedul", "schedule", "scheduled"),
    ("bundl", "bundle", "bundled"),
    ("recover", "recover", "recovered"),
    ("restor", "restore", "restored"),
    ("bmr", "restore", "restored"),
    ("logout", "log out", "logged out"),
    ("login", "log in", "logged in"),
    ("reset", "reset", "reset"),
)
"""Start of a word in an event or workflow type, what to do, and what was done; the first that matches counts."""

_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_UNITS = ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))


def describe_event(table: EventTable, position: int) -> str:
    """Return one event in words: who did what to what, how it went, and the first changes."""
    names = ("Initiator", "InitiatorType", "WorkflowType", "EventType", "Target", "TargetType", "OperationStatus")
    cells = dict(zip(names, (column[0] for column in table.page([position], names)), strict=True))
    initiator_type = table.catalogue.initiator_type_label(cells["InitiatorType"] or "")
    who = cells["Initiator"] or initiator_type or "unknown initiator"
    status = status_of(cells["OperationStatus"], cells["EventType"])
    verb = _verb(cells["EventType"]) or _verb(cells["WorkflowType"])
    deed = _deed(verb, status) if verb else f"did {_name(cells['EventType'] or '(no event type)')}"
    manner = _manner(status, cells["OperationStatus"], is_told=verb is not None)
    sentence = f"{_name(who)} {deed}{_object(table, cells['TargetType'], cells['Target'], who)}{manner}"
    told = _describe_states(table.text(position, "OriginalState"), table.text(position, "UpdatedState"))
    return f"{sentence}: {told}" if told else sentence


def describe_workflow(story: WorkflowStory) -> str:
    """Return one workflow in words, as "3 steps in 2.4 s, failed, retried once, succeeded"."""
    span = "" if story.duration is None or story.n_steps == 1 else f" in {describe_duration(story.duration)}"
    parts = [count_of(story.n_steps, "step") + span]
    if story.n_retries:
        failures = story.n_retries
        parts.append("failed" if failures == 1 else f"failed {times(failures)}")
        parts.append("tried again" if story.outcome is not Outcome.SUCCEEDED else f"retried {times(failures)}")
    parts.append({Outcome.UNKNOWN: "outcome unknown", Outcome.WITH_WARNINGS: "ended with warnings"}.get(
        story.outcome, story.outcome.value
    ))  # fmt: skip
    return ", ".join(parts)


def describe_changes(told: Iterable[Change], limit: int = _CHANGES_TOLD) -> str:
    """Return the first changes in words, and how many more there are."""
    every = list(told)
    more = f", and {len(every) - limit:,} more" if len(every) > limit else ""
    return "; ".join(describe_change(change) for change in every[:limit]) + more


def describe_change(change: Change) -> str:
    """Return one change in words, as "retention 30 -> 3"; values as JSON, long ones cut."""
    path = _path_in_words(change.path)
    if change.kind is Kind.MOVED:
        return f"{path} moved"
    if change.before is MISSING:
        return f"{path} {_value(change.after)} added"
    if change.after is MISSING:
        return f"{path} {_value(change.before)} removed"
    return f"{path} {_value(change.before)} -> {_value(change.after)}"


def describe_duration(ticks: int) -> str:
    """Return a length of time in its two largest units, as "350 ms", "2.4 s", "1 h 02 min"; never rounded up."""
    if ticks < 0:
        return f"-{describe_duration(-ticks)}"
    if ticks < TICKS_PER_SECOND:
        return _describe_short(ticks)
    seconds = ticks // TICKS_PER_SECOND
    for size, unit, smaller, small_unit in _UNITS:
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size:,} {unit}" + (f" {rest:02d} {small_unit}" if rest else "")
    tenths = ticks // (TICKS_PER_SECOND // 10)
    return f"{tenths // 10} s" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10} s"


def describe_gap(ticks: int | None) -> str:
    """Return the time between two steps in words."""
    if ticks is None:
        return "unknown time"
    return "same instant" if ticks == 0 else describe_duration(ticks)


def describe_status(status: StepStatus) -> str:
    """Return what a step says, in words."""
    return STATUS_LABELS[status]


def count_of(number: int, what: str) -> str:
    """Return a number of things, as "1 step" or "1,200 steps"."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def times(number: int) -> str:
    """Return how often, as "once", "twice" or "3 times"."""
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def _describe_short(ticks: int) -> str:
    for size, unit in ((TICKS_PER_SECOND // 1000, "ms"), (TICKS_PER_SECOND // 1_000_000, "µs")):
        if ticks >= size:
            return f"{ticks // size} {unit}"
    return f"{ticks * 100} ns"


def _deed(verb: tuple[str, str], status: StepStatus) -> str:
    to_do, done = verb
    return {
        StepStatus.FAILURE: f"failed to {to_do}",
        StepStatus.IN_PROGRESS: f"began to {to_do}",
        StepStatus.SUCCESS: done,
        StepStatus.WARNING: done,
    }.get(status, f"asked to {to_do}")


def _verb(type_text: str | None) -> tuple[str, str] | None:
    final = (type_text or "")[-200:].rpartition(":")[2]
    words = [word.casefold() for word in _WORD.findall(final)]
    for stem, to_do, done in VERBS:
        if any(word.startswith(stem) for word in words):
            return to_do, done
    return None


def _object(table: EventTable, target_type: str | None, target: str | None, who: str) -> str:
    if not target or target == who:
        return ""
    label = table.catalogue.target_type_label(target_type or "")
    if label != target_type and label[1:2].islower():
        label = label[:1].lower() + label[1:]
    return f" {_name(label)} {_name(target)}" if label else f" {_name(target)}"


def _manner(status: StepStatus, cell: str | None, is_told: bool) -> str:
    """Return how it went, where the verb does not tell."""
    if status is StepStatus.UNRECOGNISED:
        return f" (status {_name(cell or '')})"
    if status is StepStatus.SILENT:
        return " (outcome not told)"
    if status is StepStatus.WARNING:
        return " with a warning"
    return "" if is_told else f" ({STATUS_LABELS[status]})"


def _describe_states(original: str | None, updated: str | None) -> str:
    if not original or not updated or len(original) + len(updated) > _STATE_LIMIT:
        return ""
    diff = diff_states(original, updated)
    if diff.has_error or diff.root is None or MISSING in (diff.original.value, diff.updated.value):
        return ""
    return describe_changes(changes(diff))


def _path_in_words(pointer: str) -> str:
    """Return a JSON Pointer as people write paths, as "schedule.days[2]"; odd keys are quoted."""
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
    words = ""
    for token in tokens:
        if token.isascii() and token.isdigit():
            words += f"[{token}]"
        elif _IDENTIFIER.fullmatch(token):
            words += f".{token}" if words else token
        else:
            words += f"“{token}”"
    return fit_to_show(words, _NAME_LIMIT) or "the whole state"


def _value(value: JsonValue | Missing) -> str:
    if value is MISSING:
        return "nothing"
    if isinstance(value, JsonObject):
        return "{…}" if value.members else "{}"
    if isinstance(value, list):
        return f"[{count_of(len(value), 'item')}]" if value else "[]"
    if isinstance(value, str):
        shown = fit_to_show(value, _VALUE_LIMIT)
        return shown if re.fullmatch(r"\S*[A-Za-z]\S*", shown) and shown not in _LITERALS else f"“{shown}”"
    return fit_to_show(format_json(value), _VALUE_LIMIT)


_LITERALS = {"true", "false", "null"}


def _name(text: str) -> str:
    return fit_to_show(text, _NAME_LIMIT)
