"""Sets of what is marked that never change, and what was said of each: events as record numbers, 8 bytes each.

A reviewer may tag half a million events by one key: as objects they would take seconds and hundreds of megabytes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import numpy as np

from auditviewer.core.case.targets import Target, entity_target, positions_of_targets, workflow_target
from auditviewer.core.query.places import PlaceKey, Places
from auditviewer.core.query.record_index import ascending
from auditviewer.core.table import EventTable, Positions


class TargetSet(Collection[Target]):
    """A set of targets: the events among them by their places, the others one by one."""

    def __init__(self, events: Places | None = None, others: Iterable[Target] = ()) -> None:
        self.events = Places() if events is None else events
        self.others = others if isinstance(others, frozenset) else frozenset(others)

    @classmethod
    def of(cls, targets: Iterable[Target]) -> TargetSet:
        """Return the set of some targets."""
        if isinstance(targets, TargetSet):
            return targets
        events, others = list[PlaceKey](), set[Target]()
        for target in targets:
            if target.kind == "event":
                events.append(target.place)
            else:
                others.add(target)
        return cls(Places.of(events), others)

    @classmethod
    def at(cls, table: EventTable, positions: Positions, on: str = "events") -> TargetSet:
        """Return the events at some positions or, with ``on``, their "workflows" or "entities"."""
        if on == "events":
            return cls(Places.at(table, positions))
        if on == "workflows":
            codes = table.codes("WorkflowId")
            present = np.flatnonzero(np.bincount(codes.codes[positions], minlength=1))
            texts = (codes.value_of(code) for code in present.tolist())
            return cls(others=(workflow_target(text) for text in texts if text))
        types, ids = table.page(positions, ["TargetType", "TargetId"])
        return cls(others=(entity_target(kind or "", name) for kind, name in zip(types, ids, strict=True) if name))

    def __len__(self) -> int:
        return len(self.events) + len(self.others)

    def __iter__(self) -> Iterator[Target]:
        for key in self.events:
            yield Target("event", (key.sha256, key.member or "", str(key.record)))
        yield from sorted(self.others)

    def __contains__(self, target: object) -> bool:
        if not isinstance(target, Target):
            return False
        return target.place in self.events if target.kind == "event" else target in self.others

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TargetSet) and (self.events, self.others) == (other.events, other.others)

    def __hash__(self) -> int:
        return hash((self.events, self.others))

    def __or__(self, other: TargetSet) -> TargetSet:
        return TargetSet(self.events | other.events, self.others | other.others)

    def __sub__(self, other: TargetSet) -> TargetSet:
        return TargetSet(self.events - other.events, self.others - other.others)

    def positions(self, table: EventTable) -> Positions:
        """Return the positions, ascending, of the events that the targets are or hold."""
        own = self.events.positions(table)
        return ascending(np.concatenate([own, positions_of_targets(table, self.others)])) if self.others else own

    def as_data(self) -> dict[str, Any]:
        """Return the set as the data of an act: ``targets`` one by one, many events as ``records`` and ``count``."""
        if len(self.events) <= _ONE_BY_ONE:
            return {"targets": [[target.kind, *target.names] for target in self]}
        return {
            "targets": [[target.kind, *target.names] for target in sorted(self.others)],
            "records": self.events.as_json(),
            "count": len(self.events),
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> TargetSet:
        """Return what an act is about; raises `ValueError` when its records are not as many as it says."""
        named = cls.of(Target(kind, tuple(names)) for kind, *names in data["targets"])
        if "records" not in data:
            return named
        events = Places.from_json(data["records"])
        if len(events) != data["count"]:
            raise ValueError("there are not as many records as the act says")
        return named | cls(events)


_ONE_BY_ONE = 20
"""So few events are named one by one in the journal, where a person reads them."""


def describe_targets(targets: TargetSet) -> str:
    """Return in words how many of what there are: "3 events", "the workflow w1"."""
    if len(targets) == 1:
        (only,) = targets
        return f"the {only.describe()}"
    counts = {"event": len(targets.events)}
    for target in targets.others:
        counts[target.kind] = counts.get(target.kind, 0) + 1
    plural = {"entity": "entities"}
    return (
        " and ".join(f"{n:,} {kind if n == 1 else plural.get(kind, kind + 's')}" for kind, n in counts.items() if n)
        or "nothing"
    )
