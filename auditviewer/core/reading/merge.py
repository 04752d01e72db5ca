"""Several readings as one log: exact duplicates across sources collapse, repeats and conflicts are flagged.

Two records are the same when their Ids and all their cells are, column by column, to the letter; in a JSON column
an object of a JSON source and the same text of a CSV source count as the same cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from auditviewer.core.reading.contents import number_contents
from auditviewer.core.reading.ids import repeated
from auditviewer.core.table import (
    NOTHING_COLLAPSED,
    Collapsed,
    EventFlag,
    EventTable,
    Notice,
    Part,
    Positions,
    Reject,
    Source,
)


@dataclass(frozen=True, eq=False)
class SourceRead:
    """One source as it was read: its account before duplicates are known, its parts, rejects and notices."""

    source: Source
    parts: tuple[Part, ...]
    rejects: tuple[Reject, ...] = ()
    notices: tuple[Notice, ...] = ()
    has_repeated_ids: bool = True
    """Whether two of its events may have the same Id."""


def merge(readings: Sequence[SourceRead], notices: Sequence[Notice] = ()) -> EventTable:
    """Return the readings as one log, in the order given; for each source records = loaded + duplicates + rejected."""
    parts = tuple(Part(part.data, (i,)) for i, reading in enumerate(readings) for part in reading.parts)
    sources = tuple(reading.source for reading in readings)
    whole = EventTable(parts, sources)
    groups = _same_ids(whole, readings)
    kept, flags, collapsed, duplicates = _resolve(whole, groups, len(sources))
    counted = tuple(
        replace(source, loaded=source.loaded - int(n), duplicates=int(n))
        for source, n in zip(sources, duplicates, strict=True)
    )
    for source in counted:
        if source.records != source.loaded + source.duplicates + source.rejected:
            raise AssertionError(f"the account of {source.name} does not add up: {source}")
    found = [*notices, *(n for reading in readings for n in reading.notices), *_notices(flags, counted)]
    if whole.catalogue.problem is not None:
        words = f"{whole.catalogue.problem} The log is classified without it."
        found.append(Notice("broken_catalogue", words, 1))
    return EventTable(
        parts, counted, tuple(r for reading in readings for r in reading.rejects), tuple(found), kept, flags, collapsed
    )


def _same_ids(table: EventTable, readings: Sequence[SourceRead]) -> Positions:
    """Return the row numbers of all events whose Id another event has too; rows without an Id are never the same."""
    if len(readings) == 1 and not readings[0].has_repeated_ids:
        return np.empty(0, np.int64)
    hashes = _id_hashes(table)
    if len(hashes) < 2:
        return np.empty(0, np.int64)
    if not len(repeated(np.sort(hashes))):
        return np.empty(0, np.int64)
    order = np.argsort(hashes)
    ordered = hashes[order]
    is_again = (ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)
    is_one = np.zeros(len(order), dtype=np.bool_)
    is_one[1:] |= is_again
    is_one[:-1] |= is_again
    return np.sort(order[is_one])


def _id_hashes(table: EventTable) -> npt.NDArray[np.uint64]:
    """Return a 64-bit number for each Id, 0 for a missing or empty one; equal Ids have equal numbers."""
    pieces = [part.arrays["p:id"].to_numpy() for part in table.parts if part.data.num_rows]
    return np.concatenate(pieces) if pieces else np.empty(0, np.uint64)


def _resolve(
    table: EventTable, rows: Positions, n_sources: int
) -> tuple[Positions | None, npt.NDArray[np.uint8] | None, Collapsed, npt.NDArray[np.int64]]:
    """Return the rows kept (None: all), the flags of each event, what was collapsed, and duplicates a source."""
    none = np.zeros(n_sources, dtype=np.int64)
    if not len(rows):
        return None, None, NOTHING_COLLAPSED, none
    ids, contents = number_contents(table, rows, _id_hashes(table)[rows])
    source = table.source_codes[rows].astype(np.int64)
    copies = _number_copies(contents * n_sources + source)
    # Copy i of a content shows where the first source has an i-th copy: whatever order the sources are opened in,
    # as many are shown as the source with the most of them holds. Rows are in source order.
    pairs = contents * (int(copies.max()) + 1) + copies
    _, first, pair = np.unique(pairs, return_index=True, return_inverse=True)
    shown_by = first[pair]
    is_duplicate = shown_by != np.arange(len(rows))
    flags_of_row = np.zeros(len(rows), dtype=np.uint8)
    is_repeated = np.zeros(int(contents.max()) + 1, dtype=np.bool_)
    is_repeated[contents[copies > 0]] = True
    flags_of_row[is_repeated[contents]] |= np.uint8(EventFlag.REPEATED)
    n_contents = np.zeros(int(ids.max()) + 1, dtype=np.int64)
    np.add.at(n_contents, ids[np.unique(contents, return_index=True)[1]], 1)
    flags_of_row[n_contents[ids] > 1] |= np.uint8(EventFlag.CONFLICTING)
    flags_of_row[shown_by[is_duplicate]] |= np.uint8(EventFlag.DUPLICATED)
    all_flags = np.zeros(len(table), dtype=np.uint8)
    all_flags[rows] = flags_of_row
    if not is_duplicate.any():
        return None, all_flags, NOTHING_COLLAPSED, none
    duplicates = np.bincount(source[is_duplicate], minlength=n_sources).astype(np.int64)
    kept, collapsed = _collapse(len(table), rows[is_duplicate], rows[shown_by[is_duplicate]])
    return kept, all_flags[kept], collapsed, duplicates


def _number_copies(groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return, for each member of a group, how many of its group stand before it."""
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    sizes = np.diff(starts, append=len(groups))
    copies = np.empty(len(groups), dtype=np.int64)
    copies[order] = np.arange(len(groups)) - np.repeat(starts, sizes)
    return copies


def _collapse(n_rows: int, gone: Positions, shown: Positions) -> tuple[Positions, Collapsed]:
    """Return the rows that are kept, and row ``gone[i]`` as collapsed into the event of row ``shown[i]``."""
    keep = np.ones(n_rows, dtype=np.bool_)
    keep[gone] = False
    positions = (np.cumsum(keep, dtype=np.int64) - 1)[shown]
    order = np.argsort(positions, kind="stable")
    return np.flatnonzero(keep), Collapsed(positions[order], gone[order])


def _notices(flags: npt.NDArray[np.uint8] | None, sources: Sequence[Source]) -> list[Notice]:
    notices = []
    n = sum(source.duplicates for source in sources)
    if n:
        notices.append(
            Notice("duplicates", "Records that stand in more than one source are shown once and counted.", n)
        )
    if flags is not None:
        for flag, code, words in (
            (EventFlag.REPEATED, "repeated_records", "Records stand more than once within one source; all are shown."),
            (EventFlag.CONFLICTING, "conflicting_ids", "Events share an Id and differ in content; all are shown."),
        ):
            count = int(np.count_nonzero(flags & np.uint8(flag)))
            if count:
                notices.append(Notice(code, words, count))
    by_digest: dict[tuple[str, str | None], list[str]] = {}
    for source in sources:
        by_digest.setdefault((source.sha256, source.member), []).append(source.path)
    for paths in by_digest.values():
        if len(paths) > 1:
            notices.append(
                Notice("same_content", f"Files with the same bytes: {', '.join(paths)}.", len(paths), paths[0])
            )
    return notices
