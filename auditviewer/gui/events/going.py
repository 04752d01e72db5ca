"""Going to a time: what a typed time means, and which row comes first at or after it."""

from __future__ import annotations

import datetime as dt

import numpy as np

from auditviewer.core.cells import TICKS_PER_SECOND
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.instants import read_instant
from auditviewer.core.query import QueryResult


def parse_time(text: str, zone: dt.tzinfo) -> int:
    """Return the ticks of a typed time; without a zone of its own it is a time in ``zone``.

    A time that a clock shows twice is the earlier one.

    Raises
    ------
    WrongUsageError
        The text is no time.
    """
    found = read_instant(text.strip())
    if found is None:
        raise WrongUsageError(
            f"“{text.strip()}” is not a time.", "Write 2026-01-31, 2026-01-31 10:00:00 or 2026-01-31T10:00:00Z."
        )
    if found.has_zone or zone is dt.UTC:
        return found.ticks
    wall = dt.datetime(1, 1, 1) + dt.timedelta(seconds=found.ticks // TICKS_PER_SECOND)
    offset = wall.replace(tzinfo=zone).utcoffset() or dt.timedelta(0)
    return found.ticks - round(offset.total_seconds()) * TICKS_PER_SECOND


def row_at_or_after(result: QueryResult, ticks: int) -> int | None:
    """Return the first row with the earliest instant at or after ``ticks``; None when every event is before."""
    instants = result.table.instants[result.positions]
    later = np.where(instants >= ticks, instants, np.iinfo(np.int64).max)
    if not len(later):
        return None
    row = int(np.argmin(later))
    return row if instants[row] >= ticks else None
