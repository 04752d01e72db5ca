"""Parquet: every cell as text, what the file is said in its metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from auditviewer.core.progress import Progress
from auditviewer.core.table import CellKind, EventTable, Positions
from auditviewer.core.writing.csv_writer import decoded
from auditviewer.core.writing.report import Notes, WriteChoices
from auditviewer.core.writing.texts import one_array

_EVENTS_IN_GROUP = 32_768
"""The same events give the same bytes only while this stays as it is."""


def write_parquet(
    out: BinaryIO,
    table: EventTable,
    positions: Positions,
    columns: Sequence[str],
    choices: WriteChoices,
    notes: Notes,
    progress: Progress,
) -> None:
    """Write the events as a Parquet file of string columns; null and absent cells are nulls."""
    import pyarrow.parquet as pq

    # The name of a file may hold bytes that are no text.
    digests = {f"source {s.name}".encode("utf-8", "backslashreplace"): s.sha256 for s in table.sources}
    schema = pa.schema([pa.field(name, pa.large_string()) for name in columns], metadata=digests)
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for start in range(0, len(positions), _EVENTS_IN_GROUP):
            progress.report("writing", start, len(positions), "events")
            some = positions[start : start + _EVENTS_IN_GROUP]
            writer.write_batch(pa.record_batch([_cells(table, some, name, notes) for name in columns], schema=schema))
    progress.report("writing", len(positions), len(positions), "events")


def _cells(table: EventTable, positions: Positions, column: str, notes: Notes) -> Any:
    kinds = table.take_kinds(positions, column)
    if kinds is not None:
        count = int(np.count_nonzero((kinds == CellKind.JSON) | (kinds == CellKind.ESCAPED)))
        notes.add("JSON values are written as their text", count)
    return decoded(table, positions, column, one_array(table.take(positions, column)))
