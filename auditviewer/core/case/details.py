"""What a review was asked to cover: system, page, category, population, the requested period, and who extracted it."""

from __future__ import annotations

from typing import Any

from auditviewer.core.case.acts import Act
from auditviewer.core.case.file import Case
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.instants import parse_bound


def keep_details(case: Case, details: dict[str, Any]) -> Act:
    """Keep what a review was asked to cover; the act that did.

    Raises
    ------
    WrongUsageError
        ``from`` or ``to`` is no time, or the period ends before it begins: a report would count events by it.
    """
    start, stop = (details.get(name) or "" for name in ("from", "to"))
    first = parse_bound(start, is_end=False) if start else None
    end = parse_bound(stop, is_end=True) if stop else None
    if first is not None and end is not None and end <= first:
        raise WrongUsageError(f"The period ends ({stop}) before it begins ({start}).", "Exchange the two.")
    return case.do("period", **details)
