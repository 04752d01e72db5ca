"""Events by where they stand in their sources: what a reviewer marked, and what a sample drew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.table import EventTable, Mask, Positions


class PlaceKey(NamedTuple):
    """Where a record stands, whatever the file is called: the source's SHA-256, the member in it, the record number."""

    sha256: str
    member: str | None
    record: int


@dataclass(frozen=True)
class AtPlaces:
    """Keeps the events that stand at the places; ``words`` say what these have in common."""

    words: str
    places: frozenset[PlaceKey]
    is_excluded: bool = False

    @property
    def subject(self) -> Hashable:
        return ("places", self.words)

    def mask(self, table: EventTable, progress: Progress = SILENT) -> Mask:
        found: Mask = np.zeros(len(table), dtype=np.bool_)
        found[positions_of(table, self.places)] = True
        return ~found if self.is_excluded else found

    def describe(self) -> str:
        return f"not {self.words}" if self.is_excluded else self.words


def place_key(table: EventTable, position: int) -> PlaceKey:
    """Return where the event at a position stands."""
    place = table.place(position)
    return PlaceKey(place.source.sha256, place.source.member, place.record)


def place_keys(table: EventTable, positions: Positions) -> list[PlaceKey]:
    """Return where the events at some positions stand."""
    sources, records = table.record_numbers(positions)
    named = [(source.sha256, source.member) for source in table.sources]
    return [PlaceKey(named[s][0], named[s][1], r) for s, r in zip(sources.tolist(), records.tolist(), strict=True)]


def positions_of(table: EventTable, places: Iterable[PlaceKey]) -> Positions:
    """Return the positions, ascending, of the events at the places; a place that no opened source has gives none.

    A record that was collapsed as a duplicate stands for the event that is shown in its place.
    """
    wanted: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for key in places:
        wanted[key.sha256, key.member].append(key.record)
    found = [
        table.positions_of_records(number, np.array(sorted(records), dtype=np.int64))
        for number, source in enumerate(table.sources)
        if (records := wanted.get((source.sha256, source.member)))
    ]
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
