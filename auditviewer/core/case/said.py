"""What was said of targets: how they were reviewed, and the notes on them; quick for a million of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt

from auditviewer.core.case.target_set import TargetSet
from auditviewer.core.case.targets import Target
from auditviewer.core.query.places import Places
from auditviewer.core.query.record_index import Records, are_among

_NOTED_ONE_BY_ONE = 200
_ASKED_ONE_BY_ONE = 1000


class ReviewState(Enum):
    """What became of something that was to be reviewed."""

    UNREVIEWED = "unreviewed"
    CLEARED = "cleared"
    EXCEPTION = "exception"
    FOLLOW_UP = "follow-up"


@dataclass(frozen=True)
class Note:
    """A note on something."""

    number: int
    text: str
    user: str
    time: str


@dataclass(frozen=True)
class Review:
    """How something was reviewed, by whom, and whether somebody else signed it off."""

    state: ReviewState
    user: str
    time: str
    reason: str = ""
    signed_off_by: str | None = None


class Reviews(Mapping[Target, Review]):
    """The review of each target; of events as the index of one of few `Review` values."""

    def __init__(self) -> None:
        self.values_of: list[Review] = []
        self.events: dict[tuple[str, str], tuple[Records, npt.NDArray[np.int32]]] = {}
        """By source: the records, and the index of each one's review."""
        self.others: dict[Target, Review] = {}

    def __len__(self) -> int:
        return sum(len(records) for records, _ in self.events.values()) + len(self.others)

    def __iter__(self) -> Iterator[Target]:
        return iter(self.targets())

    def __contains__(self, target: object) -> bool:
        return isinstance(target, Target) and self._find(target) is not None

    def __getitem__(self, target: Target) -> Review:
        review = self._find(target)
        if review is None:
            raise KeyError(target)
        return review

    def targets(self) -> TargetSet:
        """Return all that is reviewed."""
        return TargetSet(Places({source: records for source, (records, _) in self.events.items()}), self.others)

    def by_review(self) -> list[tuple[Review, TargetSet]]:
        """Return each review with what it is of."""
        events: dict[int, dict[tuple[str, str], Records]] = {}
        for source, (records, which) in self.events.items():
            if not len(records):
                continue
            order = np.argsort(which, kind="stable")
            ordered = which[order]
            starts = np.flatnonzero(np.diff(ordered)) + 1
            for own, index in zip(np.split(records[order], starts), ordered[np.r_[0, starts]].tolist(), strict=True):
                events.setdefault(index, {})[source] = own
        others: dict[int, list[Target]] = {}
        numbers = {id(review): index for index, review in enumerate(self.values_of)}
        for target, review in self.others.items():
            others.setdefault(numbers[id(review)], []).append(target)
        return [
            (self.values_of[index], TargetSet(Places(events.get(index)), others.get(index, ())))
            for index in sorted(events.keys() | others.keys())
        ]

    def of(self, targets: TargetSet) -> list[tuple[Review, TargetSet]]:
        """Return the reviews that some of the targets have, each with those of the targets that have it."""
        if len(targets) <= _ASKED_ONE_BY_ONE:
            return [(review, TargetSet.of([t])) for t in targets if (review := self._find(t)) is not None]
        found = []
        for review, own in self.by_review():
            common = TargetSet(targets.events - (targets.events - own.events), targets.others & own.others)
            if common:
                found.append((review, common))
        return found

    def put(self, targets: TargetSet, review: Review) -> None:
        """Give targets a review, in place of the one that they had."""
        self.values_of = [*self.values_of, review]
        index, events = len(self.values_of) - 1, dict(self.events)
        for source, new in targets.events.by_source.items():
            events[source] = _put(*events[source], new, index) if source in events else (new, _filled(new, index))
        self.events = events
        self.others = {**self.others, **dict.fromkeys(targets.others, review)}

    def drop(self, targets: TargetSet) -> None:
        """Take the reviews of targets away."""
        events = dict(self.events)
        for source in events.keys() & targets.events.by_source.keys():
            records, which = events[source]
            is_kept = ~are_among(records, targets.events.by_source[source])
            events[source] = records[is_kept], which[is_kept]
        self.events = events
        self.others = {target: review for target, review in self.others.items() if target not in targets.others}

    def _find(self, target: Target) -> Review | None:
        if target.kind != "event":
            return self.others.get(target)
        key = target.place
        if (own := self.events.get((key.sha256, key.member or ""))) is None:
            return None
        records, which = own
        at = int(np.searchsorted(records, key.record))
        return self.values_of[int(which[at])] if at < len(records) and int(records[at]) == key.record else None


def _filled(records: Records, index: int) -> npt.NDArray[np.int32]:
    return np.full(len(records), index, dtype=np.int32)


def _put(
    records: Records, which: npt.NDArray[np.int32], new: Records, index: int
) -> tuple[Records, npt.NDArray[np.int32]]:
    at = np.searchsorted(records, new)
    is_there = (at < len(records)) & (records[np.minimum(at, len(records) - 1)] == new) if len(records) else at < 0
    which = which.copy()
    which[at[is_there]] = index
    at, new = at[~is_there], new[~is_there]
    return np.insert(records, at, new), np.insert(which, at, _filled(new, index))


@dataclass(eq=False)
class Notes(Mapping[Target, list[Note]]):
    """The notes of each target; one on many events is kept once."""

    single: dict[Target, list[Note]] = field(default_factory=dict)
    wide: list[tuple[Note, TargetSet]] = field(default_factory=list)
    n_added: int = 0

    def add(self, targets: TargetSet, note: Note) -> None:
        """Put a note on targets."""
        self.n_added += 1
        if len(targets) > _NOTED_ONE_BY_ONE:
            self.wide = [*self.wide, (note, targets)]
            return
        for target in targets:
            self.single[target] = [*self.single.get(target, ()), note]

    def targets(self) -> TargetSet:
        """Return all that has a note."""
        found = TargetSet.of(list(self.single))
        for _, targets in self.wide:
            found = found | targets
        return found

    def by_note(self) -> list[tuple[Note, TargetSet]]:
        """Return each note with what it is on, in the order of the notes."""
        on: dict[Note, list[Target]] = {}  # one act of an import holds many notes, so that its number alone will not do
        for target, notes in list(self.single.items()):
            for note in notes:
                on.setdefault(note, []).append(target)
        found = [(note, TargetSet.of(targets)) for note, targets in on.items()] + self.wide
        return sorted(found, key=lambda pair: pair[0].number)

    def __len__(self) -> int:
        return len(self.targets())

    def __iter__(self) -> Iterator[Target]:
        return iter(self.targets())

    def __contains__(self, target: object) -> bool:
        return target in self.single or any(target in targets for _, targets in self.wide)

    def __getitem__(self, target: Target) -> list[Note]:
        notes = self.single.get(target, []) + [note for note, targets in self.wide if target in targets]
        if not notes:
            raise KeyError(target)
        return sorted(notes, key=lambda note: note.number)
