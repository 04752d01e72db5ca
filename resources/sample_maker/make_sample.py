"""Makes the sample export in ``resources/sample``: three months of a fictional tenant, one file a category.

``python resources/sample_maker/make_sample.py [FOLDER]`` writes the same bytes every time: it has a seed and no clock.
"""

from __future__ import annotations

import csv
import io
import sys
import tomllib
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from states import FOLDERS, GROUPS, PEOPLE, RESTORE_TYPES, Dice, State, changed_state
from stories import log_stories
from tenant import (
    COLUMNS,
    DEPLOYER,
    FIRST_DAY,
    K1,
    NOBODY,
    SCHEDULER,
    SYSTEM,
    TICKS_PER_SECOND,
    VSA,
    VSA_X,
    Entity,
    Identity,
    Tenant,
    mail_name,
    ticks_at,
)  # fmt: skip

HERE = Path(__file__).resolve().parent
DAYS = 90
SEED = 20260101


def found_tenant() -> Tenant:
    """Return the tenant on its first day, with nothing logged."""
    kinds = tomllib.loads((HERE / "vocabulary.toml").read_text(encoding="utf-8"))["kind"]
    tenant = Tenant(Dice(SEED), {kind["event"]: kind for kind in kinds})
    tenant.id = tenant.dice.uuid()
    for name in PEOPLE:
        person = tenant.make("user", f"{mail_name(name)}@harbour.example.com")
        person.state |= {"displayName": name, "homeIp": tenant.dice.address()}
        tenant.people.append(person)
    first = {"epbAsset": 40, "ebpPolicy": 8, "scope": 10, "epbReport": 9, "deploymentToken": 6, "epbRestore": 5}
    for target_type, n in first.items():
        for _ in range(n):
            tenant.make(target_type)
    tenant.make("organization", "Harbour Logistics, Überseehafen")
    return tenant


def log_workflow(tenant: Tenant, event: str, at: int) -> None:
    """Log one ordinary workflow of an event: mostly a success, now and then a failure or a warning."""
    dice, kind = tenant.dice, tenant.kinds[event]
    drawn = dice.below(100)
    outcome = "failure" if drawn < 4 else "warning" if drawn < 7 else "success"
    person = dice.one_of(tenant.people)
    by = _initiator(tenant, event, person)
    if kind["category"] == "User Access":
        _log_access(tenant, event, at, by, person, outcome)
        return
    target = _target(tenant, event, person)
    states: dict[str, State] = {}
    if kind["state"] in ("both", "original"):
        states["original"] = target.state
    if kind["state"] in ("both", "updated"):
        states["updated"] = (
            changed_state(dice, target.type, target.state, 1 + dice.below(3)) if states else target.state
        )
    custom = _custom(tenant, event, person)
    reasons = ("service not reachable", "NA", "permission denied", "der Vorgang wurde abgebrochen")
    reason = "" if outcome == "success" else dice.one_of(reasons)
    tenant.log(event, at, by, target, outcome, custom=custom, reason=reason, **states)
    if outcome != "failure" and kind["state"] == "both":
        target.state = states["updated"]
    if outcome != "failure" and "Deletion" in event and target in tenant.entities.get(kind["target"], ()):
        tenant.entities[kind["target"]].remove(target)


def _initiator(tenant: Tenant, event: str, person: Entity) -> Identity:
    dice = tenant.dice
    if event.startswith("K1") and event != "K1 Login":
        return K1
    if event.startswith("VSA"):
        return VSA if event == "VSA 9 Login" else VSA_X
    if event in ("Asset Upsert", "Token Pairing"):
        return DEPLOYER if dice.happens(0.8) else tenant.identity(person)
    if event in ("Asset Deletion", "Automatic Logout") and dice.happens(0.5):
        return SYSTEM
    if event.startswith("Report") and dice.happens(0.6):
        return SCHEDULER
    if event in ("Password Reset", "User Activation") and dice.happens(0.5):
        return NOBODY
    return tenant.identity(dice.one_of(tenant.people[:6]))


def _target(tenant: Tenant, event: str, person: Entity) -> Entity:
    """Return what the workflow is about: something new, something that is there, or a person in another role."""
    dice, target_type = tenant.dice, tenant.kinds[event]["target"]
    if target_type in ("userScope", "k1Scope", "cooperbotK1AccessGroups"):
        known = [e for e in tenant.entities.get(target_type, []) if e.id == person.id]
        if known:
            return known[0]
        made = tenant.make(target_type, person.name)
        made.id = person.id
        return made
    if event == "Group Update" and dice.happens(0.2):
        return tenant.entities["organization"][0]
    if event in ("User Update", "Password Reset"):
        return person
    is_new = "Creation" in event or "Deletion" in event or (event == "Restore Upsert") or event.startswith("K1 User")
    there = tenant.entities.get(target_type, [])
    return tenant.make(target_type) if is_new or not there else dice.one_of(there)


def _custom(tenant: Tenant, event: str, person: Entity) -> State:
    dice = tenant.dice
    custom: State = {"requestId": dice.hexadecimal(12), "sourceIp": person.state["homeIp"]}
    if tenant.kinds[event]["target"] == "epbRestore":
        path = f"D:\\{dice.one_of(FOLDERS)}\\{dice.below(10**5):05d}.xlsx"
        custom |= {"endpoint": dice.one_of(tenant.entities["epbAsset"]).name, "path": path}
        custom |= {"restoreType": dice.one_of(RESTORE_TYPES), "versions": [1 + dice.below(9), 10 + dice.below(9)]}
    elif event.startswith("K1"):
        custom |= {"groups": dice.some_of(GROUPS, 3), "raw": '{"source":"K1","attempt":1}'}
    elif dice.happens(0.3):
        custom |= {"comment": dice.one_of(("", "NA", "per ticket 000417", "line one\nline two", "geprüft ✓"))}
    return custom


def _log_access(tenant: Tenant, event: str, at: int, by: Identity, person: Entity, outcome: str) -> None:
    dice = tenant.dice
    if "Logout" in event:
        by = by if by is SYSTEM else tenant.identity(person)
        tenant.log(event, at, by, person, "success", custom="" if dice.happens(0.5) else {"sessionId": dice.uuid()})
        return
    method = {"Email/Password Login": "password", "K1 Login": "k1"}.get(event, "vsa")
    custom = {"sourceIp": person.state["homeIp"], "authenticationMethod": method, "sessionId": dice.uuid()}
    if method == "vsa":
        custom["mapped"] = outcome != "failure"
    who = by if method == "vsa" else tenant.identity(person)
    reason = "wrong password" if outcome == "failure" else "password expires in 3 days" if outcome == "warning" else ""
    tenant.log(event, at, who, person, outcome, custom=custom, reason=reason)


def log_ordinary_days(tenant: Tenant) -> None:
    """Log what happens every day: mostly by day and on working days."""
    dice = tenant.dice
    drawn = [event for event, kind in tenant.kinds.items() for _ in range(kind["weight"]) if "Sync" not in event]
    for day in range(DAYS):
        weekday = (FIRST_DAY + timedelta(days=day)).weekday()
        for _ in range((17 if weekday < 5 else 5) + dice.below(6)):
            second = int((8 + dice.between(0, 4) + dice.between(0, 6)) * 3600) if weekday < 5 else dice.below(86_400)
            at = (day * 86_400 + second) * TICKS_PER_SECOND + dice.below(TICKS_PER_SECOND)
            log_workflow(tenant, dice.one_of(drawn), at)
    for event in tenant.kinds:
        for _ in range(3 if "Sync" not in event else 0):
            log_workflow(tenant, event, (dice.below(DAYS * 86_400 - 3600)) * TICKS_PER_SECOND + dice.below(10**7))


def write_sample(folder: Path) -> list[Path]:
    """Write the sample export into a folder; return its files."""
    tenant = found_tenant()
    log_stories(tenant, lambda *when: ticks_at(tenant.dice, *when))
    log_ordinary_days(tenant)
    tenant.events.sort(key=lambda event: event[0])
    written = []
    for category in dict.fromkeys(kind["category"] for kind in tenant.kinds.values()):
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(cells for _, of, cells in tenant.events if of == category)
        slug = category.lower().replace(" & ", "-").replace(" ", "-")
        written.append(folder / f"audit-log-{slug}-2026-01-01-2026-03-31.csv")
        written[-1].write_bytes(text.getvalue().encode())
    return written


if __name__ == "__main__":
    for path in write_sample(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "sample"):
        print(path.name)
