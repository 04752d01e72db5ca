"""Seeded exports of any size for the benchmarks: ``python tests/benchmarks/generate.py --events N -o FILE``.

The same arguments give the same bytes (with the same numpy). An event costs some microseconds, because its texts
are put together from pools that are made once. Per 1,000,000 events: 500,000 workflows of 1 to 6 steps that
interleave, 2,000 initiators, about 0.9 GB of CSV.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MAKER = Path(__file__).resolve().parents[2] / "resources" / "sample_maker"
sys.path.insert(0, str(MAKER))

from states import GROUPS, PEOPLE, STATES, Dice, State, changed_state  # noqa: E402
from tenant import COLUMNS, mail_name  # noqa: E402

FORMATS = ("csv", "jsonl", "json")
CHUNK = 20_000
N_INITIATORS = 2_000
N_STATES = 400
MAX_STATE = 2_048
DAYS = 90
STEP_CHANCES = (0.50, 0.22, 0.14, 0.08, 0.04, 0.02)
OUTCOME_CHANCES = (0.90, 0.06, 0.025, 0.015)
SUCCESS, FAILURE, WARNING, UNFINISHED = range(4)
STATUSES = ("success", "failure", "warning", "inProgress")
HAS_ORIGINAL, HAS_UPDATED = 1, 2
HAS = {"none": 0, "original": HAS_ORIGINAL, "updated": HAS_UPDATED, "both": HAS_ORIGINAL | HAS_UPDATED}
DETAILS = (
    *[""] * 97,
    "\nSecond line: retried once",
    " (“quoted”, with a comma)",
    ' by "delegation"\nReason: übernommen',
)
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Safari/605.1.15",
    "agent/4.7.12",
)


@dataclass(frozen=True)
class Form:
    """How texts stand in the file: as CSV fields or as members of JSON objects."""

    is_json: bool

    def inner(self, text: str) -> str:
        """Return a text as it stands between the quotes of a field or a JSON string."""
        return json.dumps(text, ensure_ascii=False)[1:-1] if self.is_json else text.replace('"', '""')

    def cells(self, **cells: str) -> str:
        """Return some cells that stand together in each row."""
        if self.is_json:
            return ",".join(f'"{name}":"{self.inner(text)}"' for name, text in cells.items())
        needs = (any(c in text for c in ',"\n') for text in cells.values())
        return ",".join(f'"{self.inner(t)}"' if quoted else t for t, quoted in zip(cells.values(), needs, strict=True))

    def members(self, state: State, pretty: bool = False) -> str:
        """Return the members of an object, without its opening brace, as they stand in the file."""
        text = json.dumps(state, ensure_ascii=False, indent=1 if pretty else None)[1:]
        return text if self.is_json else text.replace('"', '""')


@dataclass(frozen=True, eq=False)
class Plan:
    """What happens, as arrays of one number per event, in the order of the file."""

    number: np.ndarray
    workflow: np.ndarray
    kind: np.ndarray
    variant: np.ndarray
    status: np.ndarray
    states: np.ndarray
    ticks: np.ndarray
    initiator: np.ndarray
    entity: np.ndarray


def plan_events(kinds: Sequence[dict[str, Any]], n: int, n_entities: int, seed: int, shuffled: bool) -> Plan:
    """Return n events, in the order of time or shuffled."""
    rng = np.random.default_rng(seed)
    n_workflows = max(1, n // 2)
    n_steps = _steps(rng, n_workflows, n)
    workflow = np.repeat(np.arange(n_workflows), n_steps)
    step = np.arange(n) - np.repeat(np.cumsum(n_steps) - n_steps, n_steps)
    weights = np.array([kind["weight"] for kind in kinds], float)
    kind = rng.choice(len(kinds), n_workflows, p=weights / weights.sum())[workflow]
    outcome = rng.choice(4, n_workflows, p=OUTCOME_CHANCES)[workflow]
    is_last = step == n_steps[workflow] - 1
    variant = _variants(kinds, kind, step, is_last, outcome)
    has = np.array([HAS[k["state"]] for k in kinds])[kind]
    has = np.where(outcome == FAILURE, has & HAS_ORIGINAL, has)
    states = np.where(is_last & (outcome != UNFINISHED), has, 0)
    status = np.where(is_last, outcome, UNFINISHED)
    initiator = np.minimum(rng.zipf(1.3, n_workflows) - 1, N_INITIATORS - 1)
    scattered = rng.integers(0, N_INITIATORS, n_workflows)
    initiator = np.where(rng.random(n_workflows) < 0.5, initiator, scattered)[workflow]
    entity = rng.integers(0, n_entities, n_workflows)[workflow]
    ticks = _ticks(rng, n_workflows, workflow, step, n_steps)
    order = rng.permutation(n) if shuffled else np.argsort(ticks, kind="stable")
    arrays = (np.arange(n), workflow, kind, variant, status, states, ticks, initiator, entity)
    return Plan(*(array[order] for array in arrays))


def _steps(rng: np.random.Generator, n_workflows: int, n: int) -> np.ndarray:
    """Return the number of steps of each workflow, from 1 to 6, n in all."""
    n_steps = rng.choice(np.arange(1, 7), n_workflows, p=STEP_CHANCES)
    while (surplus := int(n_steps.sum()) - n) != 0:
        movable = np.flatnonzero(n_steps > 1 if surplus > 0 else n_steps < 6)
        chosen = rng.permutation(movable)[: abs(surplus)]
        n_steps[chosen] -= 1 if surplus > 0 else -1
    return n_steps


def _variants(
    kinds: Sequence[dict[str, Any]], kind: np.ndarray, step: np.ndarray, is_last: np.ndarray, outcome: np.ndarray
) -> np.ndarray:
    """Return which of its kind's event types each event has; the one after the steps is the failure."""
    length = np.array([len(k["steps"]) for k in kinds])[kind]
    variant = np.minimum(step, np.maximum(length - 2, 0))
    variant = np.where(is_last & ((outcome == SUCCESS) | (outcome == WARNING)), length - 1, variant)
    return np.where(is_last & (outcome == FAILURE), length, variant)


def _ticks(
    rng: np.random.Generator, n_workflows: int, workflow: np.ndarray, step: np.ndarray, n_steps: np.ndarray
) -> np.ndarray:
    """Return the time of each event, in 100 ns since the first day: mostly by day, steps some seconds apart."""
    day = rng.integers(0, DAYS, n_workflows)
    hour = rng.normal(13, 4, n_workflows) % 24
    start = ((day * 24 + hour) * 36e9).astype(np.int64)
    gap = (np.exp(rng.normal(0.5, 1.5, len(step))) * 1e7).astype(np.int64)
    gap[rng.random(len(step)) < 0.02] = 0
    gap[step == 0] = 0
    total = np.cumsum(gap)
    first = np.cumsum(n_steps) - n_steps
    return start[workflow] + total - np.repeat(total[first], n_steps)


def uuids(numbers: np.ndarray, salt: int) -> list[str]:
    """Return one UUID for each number, the same for the same number and salt."""
    mixed = _mixed(numbers.astype(np.uint64) + np.uint64(salt * 0x1_0000_0001))
    raw = np.stack([mixed, _mixed(mixed + np.uint64(salt))], axis=1).astype(">u8").view(np.uint8)
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    nibbles = np.stack([raw >> 4, raw & 15], axis=2).reshape(len(numbers), 32)
    text = np.full((len(numbers), 36), ord("-"), np.uint8)
    text[:, [i for i in range(36) if i not in (8, 13, 18, 23)]] = digits[nibbles]
    text[:, 14], text[:, 19] = ord("4"), ord("a")
    joined = text.tobytes().decode("ascii")
    return [joined[i : i + 36] for i in range(0, len(joined), 36)]


def _mixed(numbers: np.ndarray) -> np.ndarray:
    """Return numbers stirred by SplitMix64's finalizer."""
    with np.errstate(over="ignore"):
        mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


class Pools:
    """The texts that events are put together from, made once."""

    def __init__(self, form: Form, kinds: Sequence[dict[str, Any]], n_entities: int, n_states: int, seed: int) -> None:
        dice = Dice(seed)
        self.form = form
        self.tenants = [form.cells(TenantId=text) for text in uuids(np.arange(3), 11)]
        self.initiators = _initiators(form)
        self.types: list[list[str]] = []
        self.words: list[list[str]] = []
        for kind in kinds:
            variants = [*kind["steps"], kind["failed"]]
            self.types.append([form.cells(WorkflowType=kind["workflow"], EventType=v[0]) for v in variants])
            self.words.append([form.inner(v[1]) for v in variants])
        self.details = [form.inner(text) for text in DETAILS]
        self.statuses = [form.cells(OperationStatus=text) for text in STATUSES]
        self.customs = [form.members(_custom(dice), not form.is_json and i % 100 == 0) for i in range(3 * n_states)]
        target_types = dict.fromkeys(kind["target"] for kind in kinds)
        self.entities = {name: _entities(form, name, n_entities, salt) for salt, name in enumerate(target_types, 20)}
        self.states = {name: _state_pairs(form, dice, name, n_states) for name in target_types}


def _initiators(form: Form) -> list[str]:
    ids = uuids(np.arange(N_INITIATORS), 12)
    odd = {1: ("K1", "external-system"), 5: ("retention-service", "system"), 9: ("anonymous", "anonymous")}
    made = []
    for i, identity in enumerate(ids):
        name, kind = f"{mail_name(PEOPLE[i % len(PEOPLE)])}{i:04d}@example.com", "tenant-user"
        if i % 50 == 7:
            name, kind = f"svc-backup-{i:04d}", "system-user"
        elif i % 25 == 3:
            name, kind = f"VSA\\{PEOPLE[i % len(PEOPLE)]} {i}", "vsa-user"
        name, kind = odd.get(i, (name, kind))
        made.append(form.cells(Initiator=name, InitiatorType=kind, InitiatorId=identity))
    return made


def _entities(form: Form, target_type: str, n: int, salt: int) -> tuple[list[str], list[str], list[str]]:
    """Return the cells of each target of one type, its id, and its name as it stands within a text."""
    ids = uuids(np.arange(n), salt)
    if target_type == "deploymentToken":
        ids = [f"{i:08d}" for i in range(n)]
    is_person = target_type.lower().endswith(("user", "userscope"))
    names = []
    for i in range(n):
        if is_person:
            names.append(f"{mail_name(PEOPLE[i % len(PEOPLE)])}.{i:05d}@example.com")
        elif target_type == "epbAsset":
            names.append(f"{('WS', 'SRV', 'NB')[i % 3]}-{i:05d}")
        else:
            names.append(f"{GROUPS[i % len(GROUPS)]}{', ' if i % 40 == 0 else ' '}{i:05d}")
    cells = [
        form.cells(Target=name, TargetType=target_type, TargetId=identity)
        for name, identity in zip(names, ids, strict=True)
    ]
    return cells, ids, [form.inner(name) for name in names]


def _state_pairs(form: Form, dice: Dice, target_type: str, n: int) -> list[tuple[str, str]]:
    """Return states before and after, the second one different from the first in a few places."""
    pairs: list[tuple[str, str]] = []
    while len(pairs) < n:
        before = STATES[target_type](dice)
        if len(before) > 3 and dice.happens(0.55):
            before |= {"history": [_history(dice) for _ in range(dice.below(12))]}
        after = changed_state(dice, target_type, before, 1 + dice.below(4))
        if max(len(json.dumps(state, ensure_ascii=False).encode()) for state in (before, after)) < MAX_STATE - 64:
            pairs.append((form.members(before), form.members(after)))
    return pairs


def _history(dice: Dice) -> State:
    return {"id": dice.hexadecimal(12), "by": dice.one_of(PEOPLE), "note": dice.one_of(("", "checked", "geprüft"))}


def _custom(dice: Dice) -> State:
    custom: State = {"sourceIp": dice.address(), "authenticationMethod": dice.one_of(("password", "sso", "k1"))}
    if dice.happens(0.6):
        custom |= {"userAgent": dice.one_of(AGENTS), "input": {"reason": dice.one_of(("", "NA", "ticket 00042"))}}
    if dice.happens(0.3):
        custom |= {"ids": [dice.hexadecimal(16) for _ in range(dice.below(12))], "durationMs": dice.below(5000) / 10}
    return custom


def rows_of(plan: Plan, pools: Pools, kinds: Sequence[dict[str, Any]], start: int, stop: int) -> Iterator[str]:
    """Return the records from start to stop as they stand in the file, without line ends."""
    form, at = pools.form, slice(start, stop)
    q, edge = ('"', "") if form.is_json else ('""', '"')
    number = plan.number[at]
    targets = [kind["target"] for kind in kinds]
    die = (_mixed(number.astype(np.uint64)) % np.uint64(12_000_000)).astype(np.int64).tolist()
    sessions = uuids(plan.workflow[at], 4)
    lists = zip(
        uuids(number, 1), _timestamps(plan.ticks[at]), uuids(plan.workflow[at], 2), sessions, die, number.tolist(),
        plan.kind[at].tolist(), plan.variant[at].tolist(), plan.status[at].tolist(), plan.states[at].tolist(),
        plan.initiator[at].tolist(), plan.entity[at].tolist(), strict=True,
    )  # fmt: skip
    empty = "null" if form.is_json else ""
    for identity, when, workflow, session, drawn, n, kind, variant, status, states, who, entity in lists:
        target = targets[kind]
        cells, ids, names = pools.entities[target]
        pairs = pools.states[target]
        before, after = pairs[drawn % len(pairs)]
        head = f"{edge}{{{q}id{q}:{q}{ids[entity]}{q},{q}version{q}:"
        original = f"{head}{n},{before}{edge}" if states & HAS_ORIGINAL else empty
        updated = f"{head}{n + 1},{after}{edge}" if states & HAS_UPDATED else empty
        custom = empty
        if drawn % 10 < 7:
            rest = pools.customs[drawn // 10 % len(pools.customs)]
            custom = f"{edge}{{{q}sessionId{q}:{q}{session}{q},{q}request{q}:{n},{rest}{edge}"
        words = f"{pools.words[kind][variant]}: {names[entity]}{pools.details[drawn % 100]}"
        tenant, types, status_cell = pools.tenants[who % 3], pools.types[kind][variant], pools.statuses[status]
        if form.is_json:
            yield (
                f'{{"Id":"{identity}",{tenant},"Timestamp":"{when}","WorkflowId":"{workflow}",{types},'
                f'"EventDescription":"{words}",{pools.initiators[who]},{cells[entity]},{status_cell},'
                f'"CustomValues":{custom},"OriginalState":{original},"UpdatedState":{updated}}}'
            )
        else:
            yield (
                f'{identity},{tenant},{when},{workflow},{types},"{words}",{pools.initiators[who]},'
                f"{cells[entity]},{status_cell},{custom},{original},{updated}"
            )


def _timestamps(ticks: np.ndarray) -> list[str]:
    """Return ISO 8601 texts in UTC with seven fractional digits."""
    instants = np.datetime64("2026-01-01", "us") + (ticks // 10).astype("timedelta64[us]")
    texts: list[str] = np.datetime_as_string(instants, unit="us").tolist()
    return [f"{text}{digit}Z" for text, digit in zip(texts, (ticks % 10).tolist(), strict=True)]


def write_export(path: Path, events: int, seed: int = 1, format: str = "csv", shuffled: bool = False) -> None:
    """Write a generated export of that many events."""
    with open(MAKER / "vocabulary.toml", "rb") as file:
        kinds = tomllib.load(file)["kind"]
    n_entities = min(20_000, max(50, events // 20))
    plan = plan_events(kinds, events, n_entities, seed, shuffled)
    pools = Pools(Form(format != "csv"), kinds, n_entities, min(N_STATES, max(20, events // 25)), seed)
    separator = ",\n" if format == "json" else "\n"
    with open(path, "wb") as out:
        out.write({"csv": f"{','.join(COLUMNS)}\n".encode(), "jsonl": b"", "json": b"[\n"}[format])
        for start in range(0, events, CHUNK):
            stop = min(events, start + CHUNK)
            text = separator.join(rows_of(plan, pools, kinds, start, stop))
            out.write((text + (separator if stop < events or format != "json" else "\n]\n")).encode())


def main() -> None:
    """Write one export as the arguments say, and print its size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--format", choices=FORMATS, default="csv")
    parser.add_argument("--shuffled", action="store_true", help="in no order of time")
    given = parser.parse_args()
    if given.events < 1:
        parser.error("--events must be at least 1")
    start = time.perf_counter()
    write_export(given.output, given.events, given.seed, given.format, given.shuffled)
    size, seconds = given.output.stat().st_size, time.perf_counter() - start
    print(f"{given.output}: {given.events:,} events, {size:,} bytes, {seconds:.1f} s")


if __name__ == "__main__":
    main()
