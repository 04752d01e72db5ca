"""Predicates: what an event must be to be shown. Each makes a mask from codes, instants or Arrow buffers."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query.masks import within
from auditviewer.core.query.search import search_mask
from auditviewer.core.schema import label_of
from auditviewer.core.table import EventTable, Mask


@runtime_checkable
class Predicate(Protocol):
    """A frozen, hashable value that says of each event whether it is kept."""

    @property
    def subject(self) -> Hashable:
        """What the predicate is about; a query holds one predicate a subject."""

    def mask(self, table: EventTable, progress: Progress = SILENT) -> Mask:
        """Return (n,) booleans, true for the events kept."""

    def describe(self) -> str:
        """Return the predicate in words."""


@dataclass(frozen=True)
class OneOf:
    """Keeps the events whose cell is one of the values, compared exactly; None stands for a missing cell."""

    column: str
    values: frozenset[str | None]
    is_excluded: bool = False

    @property
    def subject(self) -> Hashable:
        return (self.column, self.is_excluded)

    def mask(self, table: EventTable, progress: Progress = SILENT) -> Mask:
        codes = table.codes(self.column)
        wanted = [code for code in map(codes.code_of, self.values) if code is not None]
        if len(wanted) == 1:
            found: Mask = codes.codes == codes.codes.dtype.type(wanted[0])
        else:
            keep = np.zeros(len(codes), dtype=np.bool_)
            keep[wanted] = True
            found = keep[codes.codes]
        return ~found if self.is_excluded else found

    def describe(self) -> str:
        words = sorted("(missing)" if v is None else "(empty)" if v == "" else v for v in self.values)
        return f"{label_of(self.column)} {'is not' if self.is_excluded else 'is'} {' or '.join(words)}"


@dataclass(frozen=True)
class TimeRange:
    """Keeps the events with an instant in [start, end), ticks of 100 ns since year 1 UTC; None leaves a side open.

    An event whose timestamp could not be understood is kept only when ``keeps_unknown``.
    """

    start: int | None
    end: int | None
    keeps_unknown: bool = False

    @property
    def subject(self) -> Hashable:
        return "time"

    def mask(self, table: EventTable, progress: Progress = SILENT) -> Mask:
        ticks = table.instants
        kept = within(ticks, self.start, self.end, table.is_time_sorted)
        if table.has_missing_instants:
            unknown = ticks == NO_INSTANT
            kept = kept | unknown if self.keeps_unknown else kept & ~unknown
        return kept

    def describe(self) -> str:
        from auditviewer.core.instants import format_instant

        sides = []
        if self.start is not None:
            sides.append(f"from {format_instant(self.start)}")
        if self.end is not None:
            sides.append(f"before {format_instant(self.end)}")
        return f"time {' '.join(sides)}{' or not readable' if self.keeps_unknown else ''}"


@dataclass(frozen=True)
class TextSearch:
    """Keeps the events that hold a text in a column, or in any when ``column`` is None.

    Ignores case unless ``is_case_sensitive``; ``is_regex`` takes the text as an RE2 regular expression.
    """

    text: str
    column: str | None = None
    is_regex: bool = False
    is_case_sensitive: bool = False
    is_excluded: bool = False

    @property
    def subject(self) -> Hashable:
        return ("search", self.column, self.text)

    def mask(self, table: EventTable, progress: Progress = SILENT) -> Mask:
        columns = table.columns if self.column is None else (self.column,)
        found = search_mask(table, self.text, columns, self.is_regex, self.is_case_sensitive, progress)
        return ~found if self.is_excluded else found

    def describe(self) -> str:
        where = "any column" if self.column is None else label_of(self.column)
        verb = (
            ("does not match" if self.is_excluded else "matches")
            if self.is_regex
            else ("does not contain" if self.is_excluded else "contains")
        )
        return f"{where} {verb} “{self.text}”"
