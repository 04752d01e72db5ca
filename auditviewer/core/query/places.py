"""Events by where they stand in their sources: what a reviewer marked, and what a sample drew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from auditviewer.core.mark_columns import MARKS, label_of_mark
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query.record_index import Records, are_among, ascending, index_of
from auditviewer.core.table import EventTable, Mask, Positions

_MOST_RECORDS = 50_000_000
_FEW = 64
"""A set that is so many times smaller than another is put into it place by place."""


class PlaceKey(NamedTuple):
    """Where a record stands, whatever the file is called: the source's SHA-256, the member in it, the record number."""

    sha256: str
    member: str | None
    record: int


class Places(Collection[PlaceKey]):
    """A set of places that never changes, 8 bytes each: record numbers by source."""

    def __init__(self, by_source: Mapping[tuple[str, str], Records] | None = None) -> None:
        self.by_source = {source: by_source[source] for source in sorted(by_source or {}) if len(by_source[source])}  # type: ignore[index]

    @classmethod
    def of(cls, keys: Iterable[PlaceKey]) -> Places:
        """Return the set of some places."""
        if isinstance(keys, Places):
            return keys
        wanted: dict[tuple[str, str], list[int]] = defaultdict(list)
        for key in keys:
            wanted[key.sha256, key.member or ""].append(key.record)
        return cls({source: ascending(np.array(records, dtype=np.int64)) for source, records in wanted.items()})

    @classmethod
    def at(cls, table: EventTable, positions: Positions) -> Places:
        """Return where the events at some positions stand."""
        sources, records = index_of(table).of_positions
        sources, records = sources[positions], records[positions]
        found: dict[tuple[str, str], Records] = {}
        for number in np.flatnonzero(np.bincount(sources, minlength=1)).tolist():
            source = table.sources[number]
            own, key = ascending(records[sources == number]), (source.sha256, source.member or "")
            found[key] = _joined(found[key], own) if key in found else own
        return cls(found)

    def __len__(self) -> int:
        return sum(map(len, self.by_source.values()))

    def __iter__(self) -> Iterator[PlaceKey]:
        for (sha256, member), records in self.by_source.items():
            for start in range(0, len(records), 1024):
                yield from (PlaceKey(sha256, member or None, r) for r in records[start : start + 1024].tolist())

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, PlaceKey):
            return False
        records = self.by_source.get((key.sha256, key.member or ""))
        if records is None:
            return False
        at = int(np.searchsorted(records, key.record))
        return at < len(records) and int(records[at]) == key.record

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Places) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)

    def __or__(self, other: Places) -> Places:
        joined = dict(self.by_source)
        for source, records in other.by_source.items():
            joined[source] = _joined(joined[source], records) if source in joined else records
        return Places(joined)

    def __sub__(self, other: Places) -> Places:
        left = dict(self.by_source)
        for source in left.keys() & other.by_source.keys():
            left[source] = _without(left[source], other.by_source[source])
        return Places(left)

    def positions(self, table: EventTable) -> Positions:
        """Return the positions, ascending, of the events at the places; one that no opened source has gives none.

        A record that was collapsed as a duplicate stands for the event that is shown in its place.
        """
        index = index_of(table)
        found = [
            index.positions_of(number, records)
            for number, source in enumerate(table.sources)
            if (records := self.by_source.get((source.sha256, source.member or ""))) is not None
        ]
        together = np.concatenate(found) if found else np.empty(0, np.int64)
        return ascending(together[together >= 0])

    def as_json(self) -> list[list[str]]:
        """Return the set as JSON values: source, member, and ranges of records as ``1-5 7``, both ends included."""
        return [[sha256, member, ranges_of(records)] for (sha256, member), records in self.by_source.items()]

    @classmethod
    def from_json(cls, values: Any) -> Places:
        """Return what `as_json` was made of; raises `ValueError` for anything else."""
        found = {(str(sha256), str(member)): records_of(ranges) for sha256, member, ranges in values}
        return cls(found)

    @cached_property
    def _content(self) -> tuple[tuple[tuple[str, str], bytes], ...]:
        return tuple((source, records.tobytes()) for source, records in self.by_source.items())


def ranges_of(records: Records) -> str:
    """Return record numbers as ranges, ``1-5 7``."""
    breaks = np.flatnonzero(np.diff(records) != 1)
    starts = records[np.concatenate([[0], breaks + 1])] if len(records) else records
    ends = records[np.concatenate([breaks, [len(records) - 1]])] if len(records) else records
    return " ".join(f"{a}-{b}" if a != b else str(a) for a, b in zip(starts.tolist(), ends.tolist(), strict=True))


def records_of(ranges: str) -> Records:
    """Return the record numbers of ranges; raises `ValueError` unless they ascend and are some million at most."""
    bounds = [(a, b or a) for a, _, b in (part.partition("-") for part in ranges.split())]
    starts, ends = (np.array([int(bound[side]) for bound in bounds], dtype=np.int64) for side in (0, 1))
    sizes = ends - starts + 1
    if len(starts) and (starts[0] < 0 or sizes.min() < 1 or np.any(starts[1:] <= ends[:-1])):
        raise ValueError("ranges of records do not ascend")
    n = int(sizes.sum())
    if n > _MOST_RECORDS:
        raise ValueError("ranges of too many records")
    first_of = np.repeat(starts - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes) if len(starts) else starts
    return np.arange(n, dtype=np.int64) + first_of


def _joined(one: Records, other: Records) -> Records:
    large, small = (one, other) if len(one) >= len(other) else (other, one)
    if len(small) * _FEW > len(large):
        return ascending(np.concatenate([large, small]))
    at = np.searchsorted(large, small)
    is_new = (at == len(large)) | (large[np.minimum(at, len(large) - 1)] != small)
    return np.insert(large, at[is_new], small[is_new])


def _without(one: Records, other: Records) -> Records:
    if len(other) * _FEW > len(one):
        return one[~are_among(one, other)]
    at = np.searchsorted(one, other)
    is_there = (at < len(one)) & (one[np.minimum(at, len(one) - 1)] == other)
    return np.delete(one, at[is_there])


@dataclass(frozen=True)
class AtPlaces:
    """Keeps the events that stand at the places; ``words`` say what these have in common."""

    words: str
    places: Collection[PlaceKey]
    is_excluded: bool = False
    options: tuple[str, ...] = field(default=(), compare=False)
    """The options of the command line that say the same of a case; none where there are none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", Places.of(self.places))

    @property
    def subject(self) -> Hashable:
        return ("places", self.words)

    def mask(self, table: EventTable, progress: Progress = SILENT) -> Mask:
        found: Mask = np.zeros(len(table), dtype=np.bool_)
        found[Places.of(self.places).positions(table)] = True
        return ~found if self.is_excluded else found

    def describe(self) -> str:
        return f"not {self.words}" if self.is_excluded else self.words


@dataclass(frozen=True)
class Marked:
    """Keeps the events of which a case says one of the values, as it said when the filter was made.

    ``column`` is one of the review's ("#state", "#tags", "#notes"), None among the values stands for none at all;
    ``places`` are the events of which it was said or, when ``is_complement``, all others than those.
    """

    column: str
    values: frozenset[str | None]
    places: Places
    is_complement: bool = False
    is_excluded: bool = False

    @property
    def subject(self) -> Hashable:
        return (self.column, self.is_excluded)

    def mask(self, table: EventTable, progress: Progress = SILENT) -> Mask:
        found: Mask = np.zeros(len(table), dtype=np.bool_)
        found[self.places.positions(table)] = True
        return ~found if self.is_excluded != self.is_complement else found

    @property
    def options(self) -> tuple[str, ...]:
        """The options of the command line that say the same of a case; none where there are none."""
        if self.is_excluded:
            return ()
        if self.column == "#tags" and None not in self.values:
            return tuple(word for value in sorted(map(str, self.values)) for word in ("--tag", value))
        if self.column == "#notes" and self.values == {"any"}:
            return ("--has-note",)
        if self.column == "#state" and len(self.values) == 1:
            return ("--reviewed", next(iter(self.values)) or "unreviewed")
        return ()

    def describe(self) -> str:
        words = " or ".join(sorted(label_of_mark(self.column, value) for value in self.values))
        if self.column == "#notes":
            return f"not {words}" if self.is_excluded else words
        named = "Tag" if self.column == "#tags" else MARKS[self.column]
        return f"{named} {'is not' if self.is_excluded else 'is'} {words}"


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
    """Return the positions, ascending, of the events at the places; see `Places.positions`."""
    return Places.of(places).positions(table)
