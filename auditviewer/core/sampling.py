"""Samples as auditors draw them (ISA 530), by an algorithm that any program can follow from what is written here.

The order of a population
    Every event has a key: its Id or, without one, ``SHA256-OF-SOURCE/MEMBER/RECORD``. The population is put in order of
    the SHA-256 of ``SEED`` + ``/`` + key (UTF-8), ties by the key, then by source SHA-256, member and record; of an
    event that stands in several sources and is shown once, the first of these places in that order counts. It depends
    on nothing else: neither on the order of the files nor on that of the events, and an event that joins the population
    moves no other.
Methods
    *random*: the first n of that order. A population that grew keeps its earlier picks, in their order.
    *systematic*: the events in order of time (ties as above), every k-th of them, k = N / n; it starts at the place
    that the first 8 bytes of SHA-256(SEED) as a big-endian number, divided by 2^64, name within the first k.
    *stratified*: each stratum (a value of a column) gets its share of n, rounded by the largest remainder and at least
    one, and within it the random method.
    *targeted*: events that are named; nothing is drawn.
Size
    For attribute sampling: the smallest n for which, if the rate of deviations were the tolerable one, no more than the
    expected number would be found with a probability of at most 1 - confidence (binomial distribution, as in the tables
    of the AICPA's guide on audit sampling). The expected number is given, or follows from an expected rate: that rate
    of n, rounded up.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import QueryResult
from auditviewer.core.query.places import place_keys
from auditviewer.core.table import EventTable, Positions

_PAGE = 10_000
_LARGEST = 1 << 22
_Place = tuple[str, str, int]


class Method(Enum):
    """How a sample is drawn."""

    RANDOM = "random"
    SYSTEMATIC = "systematic"
    STRATIFIED = "stratified"
    TARGETED = "targeted"


@dataclass(frozen=True, eq=False)
class Sample:
    """A sample: the positions in the order in which they were drawn, and from how many."""

    positions: Positions
    population: int
    method: Method
    seed: str
    strata: dict[str, tuple[int, int]]
    """Value of the column to (size of the stratum, how many of it were drawn); empty unless stratified."""

    def describe(self) -> str:
        """Return the sample in words."""
        return f"{len(self.positions):,} of {self.population:,} events, {self.method.value}, seed “{self.seed}”"


def draw_sample(
    result: QueryResult,
    size: int,
    seed: str,
    method: Method = Method.RANDOM,
    by: str | None = None,
    progress: Progress = SILENT,
) -> Sample:
    """Draw from the shown events.

    Parameters
    ----------
    by
        The column whose values are the strata; for the stratified method only.

    Raises
    ------
    WrongUsageError
        The size is not from 1 to the population's, or the column is missing.
    """
    population = len(result)
    if not 1 <= size <= population:
        raise WrongUsageError(
            f"A sample of {size:,} cannot be drawn from {population:,} events.", "Choose another size."
        )
    positions = result.source_order
    strata: dict[str, tuple[int, int]] = {}
    if method is Method.RANDOM:
        drawn = first_of_population(result.table, positions, seed, size, progress)
    elif method is Method.SYSTEMATIC:
        drawn = _systematic(result.table, positions, size, seed)
    elif method is Method.STRATIFIED:
        if by is None or (by not in result.table.columns and by != "Category"):
            raise WrongUsageError("A stratified sample needs a column whose values are the strata.", "Name one.")
        drawn, strata = _stratified(result.table, positions, size, seed, by, progress)
    else:
        drawn = positions[:size]
    return Sample(drawn, population, method, seed, strata)


def ordered_population(table: EventTable, positions: Positions, seed: str, progress: Progress = SILENT) -> Positions:
    """Return the positions in the order that the seed gives."""
    prefix = f"{seed}/".encode("utf-8", "surrogatepass")
    digests: list[tuple[bytes, str, _Place]] = []
    for start in range(0, len(positions), _PAGE):
        progress.report("ordering the population", start, len(positions), "events")
        page = positions[start : start + _PAGE]
        for key, place in zip(keys_of(table, page), _places_of(table, page), strict=True):
            digests.append((hashlib.sha256(prefix + key.encode("utf-8", "surrogatepass")).digest(), key, place))
    order = sorted(range(len(digests)), key=digests.__getitem__)
    return positions[np.array(order, dtype=np.int64)] if order else positions


def first_of_population(
    table: EventTable, positions: Positions, seed: str, n: int, progress: Progress = SILENT
) -> Positions:
    """Return the first n positions in the order that the seed gives, without putting all of them in order."""
    if not 0 < n < len(positions):
        return ordered_population(table, positions, seed, progress)[:n]
    prefix = f"{seed}/".encode("utf-8", "surrogatepass")
    heads = np.empty(len(positions), np.uint64)
    for start in range(0, len(positions), _PAGE):
        progress.report("ordering the population", start, len(positions), "events")
        keys = keys_of(table, positions[start : start + _PAGE])
        digests = b"".join(hashlib.sha256(prefix + k.encode("utf-8", "surrogatepass")).digest()[:8] for k in keys)
        heads[start : start + len(keys)] = np.frombuffer(digests, ">u8")
    last = np.partition(heads, n - 1)[n - 1]
    return ordered_population(table, positions[heads <= last], seed, progress)[:n]


def _places_of(table: EventTable, positions: Positions) -> list[_Place]:
    """Return what tells events of the same key apart: source SHA-256, member, record number; the first of several."""
    places = [(key.sha256, key.member or "", key.record) for key in place_keys(table, positions)]
    for at in np.flatnonzero(np.isin(positions, table.collapsed.positions)).tolist():
        others = table.places(int(positions[at]))
        places[at] = min((place.source.sha256, place.source.member or "", place.record) for place in others)
    return places


def keys_of(table: EventTable, positions: Positions) -> list[str]:
    """Return what names each event: its Id or, without one, where it stands."""
    (ids,) = table.page(positions, ["Id"])
    unnamed = np.array([at for at, text in enumerate(ids) if not text], dtype=np.int64)
    keys = [text or "" for text in ids]
    for at, place in zip(unnamed.tolist(), _places_of(table, positions[unnamed]), strict=True):
        keys[at] = "/".join(map(str, place))
    return keys


def sample_size(
    confidence: float, tolerable: float, expected: int = 0, population: int | None = None, expected_rate: float = 0.0
) -> int:
    """Return the size of a sample for attribute sampling.

    Parameters
    ----------
    confidence, tolerable
        Shares, as 0.95 and 0.05.
    expected
        How many deviations the sample may show.
    expected_rate
        Or which share of it may: of n items that share, rounded up.

    Raises
    ------
    WrongUsageError
        A share is not between 0 and 1, or no sample of some million would do.
    """
    if not (0 < confidence < 1 and 0 < tolerable < 1) or not 0 <= expected <= 10_000 or not 0 <= expected_rate < 1:
        raise WrongUsageError("Confidence and tolerable deviation are shares between 0 and 100 %.", "As 95 and 5.")
    size = _size_for(confidence, tolerable, expected)
    # More deviations need more items, and more items let more be expected: up from none until both agree.
    while expected_rate and math.ceil(expected_rate * size - 1e-9) > expected:
        expected += 1
        if expected_rate >= tolerable or expected > 1000:
            raise WrongUsageError("So many deviations are expected that no sample would do.", "Expect fewer.")
        size = _size_for(confidence, tolerable, expected)
    return size if population is None else min(size, population)


def _size_for(confidence: float, tolerable: float, expected: int) -> int:
    risk, low, high = 1 - confidence + 1e-12, expected, expected + 1
    while _chance_of_at_most(expected, high, tolerable) > risk:
        low, high = high, high * 2
        if high > _LARGEST:
            raise WrongUsageError("No sample of some million events would do.", "Choose a larger tolerable deviation.")
    while high - low > 1:  # the chance falls as the sample grows
        middle = (low + high) // 2
        low, high = (middle, high) if _chance_of_at_most(expected, middle, tolerable) > risk else (low, middle)
    return high


def _chance_of_at_most(k: int, n: int, p: float) -> float:
    logs = (
        math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) + (n - i) * math.log1p(-p)
        for i in range(k + 1)
    )
    return sum(map(math.exp, logs))


def _systematic(table: EventTable, positions: Positions, size: int, seed: str) -> Positions:
    instants = table.instants[positions].tolist()
    told = list(zip(instants, keys_of(table, positions), _places_of(table, positions), strict=True))
    order = sorted(range(len(positions)), key=told.__getitem__)
    share = int.from_bytes(hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    # Whole numbers: the i-th pick is floor((share / 2^64 + i) * N / n), without rounding on the way.
    picks = [(share + (i << 64)) * len(positions) // (size << 64) for i in range(size)]
    return positions[np.array([order[pick] for pick in picks], dtype=np.int64)]


def _stratified(
    table: EventTable, positions: Positions, size: int, seed: str, by: str, progress: Progress
) -> tuple[Positions, dict[str, tuple[int, int]]]:
    codes = table.codes(by)
    own = codes.codes[positions]
    present = np.unique(own).tolist()
    names = {code: codes.value_of(code) for code in present}
    present.sort(key=lambda code: (names[code] is None, names[code] or ""))
    if size < len(present):
        raise WrongUsageError(
            f"{by} has {len(present):,} values here; a sample of {size:,} cannot hold one of each.", "Draw more."
        )
    sizes = [int(np.count_nonzero(own == code)) for code in present]
    pieces, strata = [], {}
    for code, n_own, n_drawn in zip(present, sizes, shares(sizes, size), strict=True):
        pieces.append(first_of_population(table, positions[own == code], seed, n_drawn, progress))
        strata["(missing)" if names[code] is None else str(names[code])] = (n_own, n_drawn)
    return np.concatenate(pieces), strata


def shares(sizes: Sequence[int], n: int) -> list[int]:
    """Return how many of each stratum to draw: in proportion, at least one, largest remainders first."""
    total = sum(sizes)
    drawn = [max(1, size * n // total) for size in sizes]
    order = sorted(range(len(sizes)), key=lambda i: (-(sizes[i] * n % total), i))
    at = 0
    while sum(drawn) < n:
        index = order[at % len(order)]
        drawn[index] += drawn[index] < sizes[index]
        at += 1
    while sum(drawn) > n:
        index = max((i for i in range(len(sizes)) if drawn[i] > 1), key=lambda i: drawn[i])
        drawn[index] -= 1
    return drawn
