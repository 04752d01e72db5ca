"""Where the events of a table stand in their sources, and which event stands at a record."""

from __future__ import annotations

import numpy as np

from auditviewer.core.account import Place, Source
from auditviewer.core.table.layout import Layout
from auditviewer.core.table.part import Collapsed, Positions


def place_of_row(layout: Layout, sources: tuple[Source, ...], row: int) -> Place:
    """Return where the record of a row number stands."""
    part, at = layout.locate_row(row)
    record, line, offset, length, source = (
        part.arrays[f"p:{name}"][at].as_py() for name in ("record", "line", "offset", "length", "source")
    )
    return Place(sources[part.sources[source]], record, line, offset, length)


def record_numbers(layout: Layout, positions: Positions) -> tuple[Positions, Positions]:
    """Return (index of the source, record number in it) of the events at the positions, two arrays (n,)."""
    sources, records = np.empty(len(positions), np.int64), np.empty(len(positions), np.int64)
    for part, rows, places in layout.locate_all(np.asarray(positions, dtype=np.int64)):
        own = np.asarray(part.sources, dtype=np.int64)
        sources[places] = own[part.arrays["p:source"].take(rows).to_numpy()]
        records[places] = part.arrays["p:record"].take(rows).to_numpy()
    return sources, records


def positions_of_records(layout: Layout, collapsed: Collapsed, source: int, records: Positions) -> Positions:
    """Return the positions, ascending, of records of a source; of a collapsed one, the event shown in its place."""
    pieces = []
    for part, start in zip(layout.parts, layout.starts.tolist(), strict=False):
        if source in part.sources:
            is_own = part.arrays["p:source"].to_numpy() == part.sources.index(source)
            pieces.append(start + np.flatnonzero(is_own & np.isin(part.arrays["p:record"].to_numpy(), records)))
    rows = np.concatenate(pieces) if pieces else np.empty(0, np.int64)
    if layout.rows is None:
        return np.sort(rows)
    shown = np.flatnonzero(np.isin(layout.rows, rows))
    return np.union1d(shown, collapsed.positions[np.isin(collapsed.rows, rows)])
