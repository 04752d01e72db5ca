"""What a reviewer can mark: an event, a workflow, an entity, a finding; and the events that such a mark is about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query.places import PlaceKey, place_keys, positions_of
from auditviewer.core.table import CellKind, EventTable, Positions

MOST_AT_ONCE = 1_000_000
_PAGE = 2_000


class Target(NamedTuple):
    """Something that is marked: its kind ("event", "workflow", "entity", "finding") and what names it.

    An event is named by its source's SHA-256, the member in it, and its record number; a workflow by its WorkflowId; an
    entity by TargetType and TargetId; a finding by its title.
    """

    kind: str
    names: tuple[str, ...]

    def describe(self) -> str:
        """Return the target in words."""
        if self.kind == "event":
            return f"event at record {self.names[2]} of source {self.names[0][:8]}"
        return f"{self.kind} {' '.join(self.names)}"

    @property
    def place(self) -> PlaceKey:
        """Where the event stands; only for events."""
        sha256, member, record = self.names
        return PlaceKey(sha256, member or None, int(record))


def event_targets(table: EventTable, positions: Positions) -> list[Target]:
    """Return the events at the positions as targets.

    Raises
    ------
    WrongUsageError
        There are more than `MOST_AT_ONCE`.
    """
    if len(positions) > MOST_AT_ONCE:
        raise WrongUsageError(
            f"{len(positions):,} events are too many to mark one by one.",
            f"Mark at most {MOST_AT_ONCE:,}; filter first.",
        )
    keys = place_keys(table, positions)
    return [Target("event", (key.sha256, key.member or "", str(key.record))) for key in keys]


def workflow_target(workflow_id: str) -> Target:
    """Return a workflow as a target."""
    return Target("workflow", (workflow_id,))


def entity_target(target_type: str, target_id: str) -> Target:
    """Return an entity as a target."""
    return Target("entity", (target_type, target_id))


def positions_of_targets(table: EventTable, targets: Iterable[Target]) -> Positions:
    """Return the positions, ascending, of the events that the targets are or hold."""
    targets = list(targets)
    pieces = [positions_of(table, (t.place for t in targets if t.kind == "event"))]
    for target in targets:
        if target.kind == "workflow":
            pieces.append(table.positions_with("WorkflowId", target.names[0]))
        elif target.kind == "entity":
            own = table.positions_with("TargetId", target.names[1])
            pieces.append(np.intersect1d(own, table.positions_with("TargetType", target.names[0])))
    return np.unique(np.concatenate(pieces))


def event_digest(table: EventTable, position: int) -> str:
    """Return the SHA-256 of an event's cells, whatever file it stands in: columns by name, those that it has."""
    return event_digests(table, np.array([position], dtype=np.int64))[0]


def event_digests(table: EventTable, positions: Positions, progress: Progress = SILENT) -> list[str]:
    """Return the digest of each event at the positions."""
    columns, found = sorted(table.present_columns), list[str]()
    for start in range(0, len(positions), _PAGE):
        progress.report("digesting events", start, len(positions), "events")
        page = positions[start : start + _PAGE]
        kinds = [_kinds(table, page, column) for column in columns]
        for texts, own in zip(zip(*table.page(page, columns), strict=True), zip(*kinds, strict=True), strict=True):
            held = [[n, k, text] for n, k, text in zip(columns, own, texts, strict=True) if text is not None]
            found.append(hashlib.sha256(json.dumps(held).encode()).hexdigest())
    return found


def _kinds(table: EventTable, positions: Positions, column: str) -> list[int]:
    kinds = table.take_kinds(positions, column)
    return [int(CellKind.STRING)] * len(positions) if kinds is None else [int(kind) for kind in kinds.tolist()]
