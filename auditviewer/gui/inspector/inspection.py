"""What the inspector shows of one event, made off the GUI thread from the table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.instants import format_instant
from auditviewer.core.json_text import JsonError
from auditviewer.core.progress import Progress
from auditviewer.core.state_diff import StateDiff, diff_states, view_state
from auditviewer.core.table import CellKind, EventFlag, EventTable, Place


@dataclass(frozen=True, eq=False)
class Inspection:
    """One event, ready to be shown."""

    position: int
    texts: dict[str, str | None]
    """The cell of every column, to the letter."""
    kinds: dict[str, CellKind]
    instant: int
    flags: EventFlag
    places: tuple[Place, ...]
    diff: StateDiff
    custom: StateDiff

    def error_in(self, column: str) -> JsonError | None:
        """Return why and where the cell's text is not JSON, None when it is or need not be."""
        sides = {
            "OriginalState": self.diff.original,
            "UpdatedState": self.diff.updated,
            "CustomValues": self.custom.original,
        }
        return sides[column].error if column in sides else None


def inspect_event(table: EventTable, position: int, progress: Progress) -> Inspection:
    """Return what there is to show of the event at a position; its states are compared."""
    texts = {column: table.text(position, column) for column in table.columns}
    progress.check()
    original, updated, custom = texts["OriginalState"], texts["UpdatedState"], texts["CustomValues"]
    return Inspection(
        position,
        texts,
        {column: table.kind(position, column) for column in table.columns},
        int(table.instants[position]),
        table.event_flags(position),
        table.places(position),
        diff_states(original, updated, progress),
        view_state(custom),
    )


def describe_facts(inspection: Inspection, zone: dt.tzinfo) -> list[tuple[str, str]]:
    """Return the event's key facts as (label, text); texts are as in the source, not yet fit to be shown."""

    def text(column: str) -> str:
        return inspection.texts.get(column) or "—"

    def named(name: str, kind: str, identifier: str) -> str:
        details = [part for part in (inspection.texts.get(kind), inspection.texts.get(identifier)) if part]
        return text(name) + (f" ({', '.join(details)})" if details else "")

    facts = [
        ("Event", f"{text('EventType')} · {text('OperationStatus')}"),
        ("Description", text("EventDescription")),
        ("When", _when(inspection, zone)),
        ("Initiator", named("Initiator", "InitiatorType", "InitiatorId")),
        ("Target", named("Target", "TargetType", "TargetId")),
        ("Workflow", f"{text('WorkflowType')} · {text('WorkflowId')}"),
        ("Id", text("Id")),
    ]
    remark = describe_flags(inspection.flags, len(inspection.places))
    return [*facts, ("Note", remark)] if remark else facts


def describe_flags(flags: EventFlag, n_places: int) -> str:
    """Return what is unusual about the event, "" when nothing is."""
    remarks = []
    if flags & EventFlag.REPEATED:
        remarks.append("the same record stands more than once in its source")
    if flags & EventFlag.CONFLICTING:
        remarks.append("another event has the same Id and different content")
    if n_places > 1:
        remarks.append(f"stood in {n_places:,} places, shown once")
    sentence = "; ".join(remarks)
    return sentence[:1].upper() + sentence[1:]


def describe_cell(text: str | None, kind: CellKind) -> str:
    """Return what to say of a cell that shows no text, "" when there is some."""
    if kind is CellKind.ABSENT:
        return "The record has no such column."
    if kind is CellKind.NULL:
        return "The cell is JSON null."
    if text is None:
        return "The cell is missing."
    return "" if text else "The cell is empty text."


def _when(inspection: Inspection, zone: dt.tzinfo) -> str:
    stood = inspection.texts.get("Timestamp") or "—"
    if inspection.instant == NO_INSTANT:
        return f"{stood} (cannot be understood as a time)"
    return f"{stood} ({format_instant(inspection.instant, zone)})"
