"""Builders that fill in what a test does not care about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from auditviewer.core.cells import NO_INSTANT, TICKS_PER_SECOND
from auditviewer.core.schema import COLUMN_NAMES
from auditviewer.core.table import EventTable, Part, Source

FIRST_TICKS = 639_031_680_000_000_000
"""2026-01-05T00:00:00Z."""

_PLAIN = {"Id", "Timestamp", "CustomValues", "OriginalState", "UpdatedState", "EventDescription"}


def event(number: int = 0, **cells: str | None) -> dict[str, str | None]:
    """Return the cells of one event, all 17 columns filled."""
    base: dict[str, str | None] = {
        "Id": f"00000000-0000-4000-8000-{number:012d}",
        "TenantId": "11111111-0000-4000-8000-000000000001",
        "Timestamp": f"2026-01-05T00:{number // 60 % 60:02d}:{number % 60:02d}.0000000Z",
        "WorkflowId": f"22222222-0000-4000-8000-{number:012d}",
        "WorkflowType": "user:creation",
        "EventType": "user:created",
        "EventDescription": "User created",
        "Initiator": "ada@example.com",
        "InitiatorType": "tenant-user",
        "InitiatorId": "007",
        "Target": "bob@example.com",
        "TargetType": "user",
        "TargetId": "0042",
        "OperationStatus": "success",
        "CustomValues": "{}",
        "OriginalState": "",
        "UpdatedState": "",
    }
    return base | cells


def table_of(
    rows: Sequence[Mapping[str, str | None]], instants: Sequence[int] | None = None, **fields: object
) -> EventTable:
    """Return a table of one CSV source; cells not given are filled, event i stands at second i unless given."""
    cells = [event(i, **row) for i, row in enumerate(rows)]
    names = list(dict.fromkeys([*COLUMN_NAMES, *(name for row in rows for name in row)]))
    n = len(cells)
    columns: dict[str, pa.Array] = {}
    for name in names:
        texts = [row.get(name) for row in cells]
        columns[f"c:{name}"] = pa.array(texts, pa.large_string()) if name in _PLAIN else _dictionary(texts)
    ticks = list(instants) if instants is not None else [FIRST_TICKS + i * TICKS_PER_SECOND for i in range(n)]
    columns["p:record"] = pa.array(np.arange(1, n + 1))
    columns["p:line"] = pa.array(np.arange(2, n + 2))
    columns["p:offset"] = pa.array(np.arange(n, dtype=np.int64) * 100)
    columns["p:length"] = pa.array(np.full(n, 100))
    columns["p:source"] = pa.array(np.zeros(n, dtype=np.uint16))
    columns["p:instant"] = pa.array(np.array(ticks, dtype=np.int64))
    source = Source("/exports/a.csv", None, "csv", "utf-8", None, 1000, "0" * 64, n, n, 0, 0, tuple(names))
    data = pa.table(columns)
    return EventTable(parts=(Part(data, (0,)),), sources=(source,), **fields)  # type: ignore[arg-type]


def _dictionary(texts: list[str | None]) -> pa.DictionaryArray:
    values = list(dict.fromkeys([None, *texts]))
    indices = pa.array([values.index(text) for text in texts], pa.uint16())
    return pa.DictionaryArray.from_arrays(indices, pa.array(values, pa.large_string()))


__all__ = ["FIRST_TICKS", "NO_INSTANT", "event", "table_of"]
