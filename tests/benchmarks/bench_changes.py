"""Benchmark of the change list of every update event, beside parsing both states with orjson and comparing them."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from auditviewer.core.change_list import list_changes
from auditviewer.core.query import run_query
from auditviewer.core.reading import read_exports
from auditviewer.core.table import EventTable
from tests.benchmarks.measure import Outcome, in_turn


def measure_changes(path: Path, rounds: int = 5) -> list[Outcome]:
    """Return what the changes of all update events took; the peer only says of each event whether it changed.

    Two peers: one has the states as Python strings beforehand, the other takes them out of the same Arrow columns, as
    ours must.
    """
    import orjson

    table = read_exports([path])
    everything = run_query(table).positions
    positions = everything[_has_both(table, everything)]
    pairs = list(zip(*table.page(positions, ["OriginalState", "UpdatedState"]), strict=True))

    def taken_out() -> int:
        columns = (table.take(positions, column).to_pylist() for column in ("OriginalState", "UpdatedState"))
        return sum(orjson.loads(a) != orjson.loads(b) for a, b in zip(*columns, strict=True))

    def count(_: str, found: Any) -> int:
        return found if isinstance(found, int) else sum(1 for event in found if event.changes)

    medians, agree = in_turn(
        {
            "ours": lambda: list(list_changes(table, positions)),
            "orjson": lambda: sum(orjson.loads(a) != orjson.loads(b) for a, b in pairs),
            "orjson, texts from Arrow": taken_out,
        },
        count,
        rounds,
    )
    work = f"changes of all {len(positions):,} update events"
    outcome = Outcome(work, medians, "<= 1.0x orjson", 1.0, ("orjson",), "s", agree)
    streamed, _ = in_turn({"ours": lambda: deque(list_changes(table, positions), maxlen=0)}, rounds=rounds)
    outcome.notes.append(f"as a stream that keeps nothing: {streamed['ours']:.2f} s")
    return [outcome]


def _has_both(table: EventTable, positions: Any) -> Any:
    """Return which events have a text in both states."""
    lengths = [
        pc.fill_null(pc.binary_length(table.take(positions, column)), 0).to_numpy()
        for column in ("OriginalState", "UpdatedState")
    ]
    return np.minimum(*lengths) > 0
