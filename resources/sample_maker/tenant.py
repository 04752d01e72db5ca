"""The fictional tenant of the sample export: who acts, what there is, and the log of it."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from states import GROUPS, STATES, Dice, State

COLUMNS = (
    "Id", "TenantId", "Timestamp", "WorkflowId", "WorkflowType", "EventType", "EventDescription", "Initiator",
    "InitiatorType", "InitiatorId", "Target", "TargetType", "TargetId", "OperationStatus", "CustomValues",
    "OriginalState", "UpdatedState",
)  # fmt: skip
FIRST_DAY = datetime(2026, 1, 1)
TICKS_PER_SECOND = 10_000_000


@dataclass(frozen=True)
class Identity:
    """Who does something."""

    name: str
    kind: str
    id: str


K1 = Identity("K1", "external-system", "k1-integration")
SYSTEM = Identity("retention-service", "system", "000012")
SCHEDULER = Identity("report-scheduler", "system", "000013")
MAINTENANCE = Identity("svc-maintenance", "system-user", "0000417")
DEPLOYER = Identity("svc-deploy", "system-user", "0000418")
VSA = Identity("VSA\\jgross", "vsa-user", "00091")
VSA_X = Identity("VSAX\\hana", "vsa-user", "00092")
NOBODY = Identity("anonymous", "anonymous", "NA")


@dataclass
class Entity:
    """Something that events are about, with the state that it is in."""

    id: str
    name: str
    state: State
    type: str


@dataclass
class Tenant:
    """The fictional tenant: what it has, and what was logged of it."""

    dice: Dice
    kinds: dict[str, dict[str, Any]]
    id: str = ""
    people: list[Entity] = field(default_factory=list)
    entities: dict[str, list[Entity]] = field(default_factory=dict)
    events: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)

    def identity(self, person: Entity) -> Identity:
        """Return a person as an initiator."""
        return Identity(person.name, "tenant-user", person.id)

    def person(self, name: str) -> Entity:
        """Return the person whose address starts so."""
        return next(person for person in self.people if person.name.startswith(name))

    def make(self, target_type: str, name: str | None = None) -> Entity:
        """Return a new entity of a target type, with a state."""
        dice = self.dice
        state = STATES[target_type](dice)
        number = sum(map(len, self.entities.values()))
        identity = f"{number:08d}" if target_type == "deploymentToken" else dice.uuid()
        named = name or _name(dice, target_type, state, number)
        entity = Entity(identity, named, {"id": identity, "name": named, **state}, target_type)
        self.entities.setdefault(target_type, []).append(entity)
        return entity

    def log(
        self, event: str, at: int, by: Identity, target: Entity, outcome: str = "success", *,
        custom: State | str = "", original: State | None = None, updated: State | None = None,
        reason: str = "", gap_s: float = 1.5, without: str = "none",
    ) -> int:  # fmt: skip
        """Log all steps of one workflow from a time on; return the time of its last event."""
        kind, dice = self.kinds[event], self.dice
        steps = [(name, words, "inProgress") for name, words in kind["steps"] if without not in name]
        if outcome == "unfinished":
            steps = steps[: max(1, len(steps) - 1)]
        elif outcome == "failure":
            steps = [*steps[: max(0, len(steps) - 1)], (*kind["failed"], "failure")]
        else:
            steps[-1] = (*steps[-1][:2], outcome)
        workflow, when = dice.uuid(), at
        for number, (name, words, status) in enumerate(steps):
            is_last = number == len(steps) - 1
            description = f"{words}: {target.name}" + (f"\nReason: {reason}" if is_last and reason else "")
            cells = (
                dice.uuid(), self.id, _timestamp(when), workflow, kind["workflow"], name, description, by.name, by.kind,
                by.id, target.name, target.type, target.id, status,
                _json(custom) if number == 0 or is_last else "",
                _json(original) if is_last else "", _json(updated) if is_last and outcome != "failure" else "",
            )  # fmt: skip
            self.events.append((when, kind["category"], dict(zip(COLUMNS, cells, strict=True))))
            if not is_last and not dice.happens(0.03):
                when += int(dice.between(0.2, 2.0) * gap_s * TICKS_PER_SECOND) + dice.below(9973)
        return when


def _name(dice: Dice, target_type: str, state: State, number: int) -> str:
    names: dict[str, Callable[[], str]] = {
        "epbAsset": lambda: str(state["hostname"]),
        "ebpPolicy": lambda: f"{dice.one_of(GROUPS)} – {dice.one_of(('nightly', 'hourly', 'weekly'))}",
        "ebpPolicyThreshold": lambda: f"{state['metric']} at {state['failAt']}",
        "deploymentToken": lambda: str(state["label"]),
        "epbRestore": lambda: f"Restore {number:05d}",
        "epbReport": lambda: f'"{dice.one_of(GROUPS)}", monthly' if number % 3 else f"Storage {number:03d}",
    }
    if target_type in names:
        return names[target_type]()
    if target_type in ("user", "cooperbotK1User"):
        return f"{dice.one_of(('guest', 'temp', 'contractor'))}{number:04d}@harbour.example.com"
    return str(state.get("name", f"{dice.one_of(GROUPS)} {number:03d}"))


def _timestamp(ticks: int) -> str:
    """Return an ISO 8601 text in UTC with seven fractional digits."""
    when = FIRST_DAY + timedelta(seconds=ticks // TICKS_PER_SECOND)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{ticks % TICKS_PER_SECOND:07d}Z"


def _json(value: State | str | None) -> str:
    if not value or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def ticks_at(dice: Dice, month: int, day: int, clock: str) -> int:
    """Return the ticks of a time of 2026, with a fraction of a second of its own."""
    hour, minute = map(int, clock.split(":"))
    seconds = int((datetime(2026, month, day, hour, minute) - FIRST_DAY).total_seconds())
    return (seconds + dice.below(50)) * TICKS_PER_SECOND + dice.below(TICKS_PER_SECOND)


_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "ı": "i"})


def mail_name(name: str) -> str:
    """Return the part of a person's address before the @: what ASCII can hold of the name."""
    plain = unicodedata.normalize("NFKD", name.translate(_PLAIN)).encode("ascii", "ignore").decode()
    return ".".join(plain.lower().split())
