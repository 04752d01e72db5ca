"""One timestamp: text to instant, and to the text of a cell. What is understood is told in `instants`, whose rules
these are; here without numpy, for the first rows that a person sees.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from auditviewer.core.cells import TICKS_PER_DAY, TICKS_PER_SECOND, UNIX_EPOCH_TICKS

LAST_TICKS = dt.date.max.toordinal() * TICKS_PER_DAY - 1
"""9999-12-31T23:59:59.9999999Z."""

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_EPOCH = re.compile(r"([0-9]{10})(?:\.([0-9]+))?|([0-9]{13})")


@dataclass(frozen=True)
class InstantText:
    """A timestamp that was understood: its ticks, and how it was written."""

    ticks: int
    has_zone: bool
    is_date: bool = False
    is_epoch: bool = False


def read_instant(text: str) -> InstantText | None:
    """Return what a timestamp says, None when it cannot be understood."""
    if match := _EPOCH.fullmatch(text):
        seconds, fraction, millis = match.groups()
        since = int(millis) * 10_000 if millis else int(seconds) * TICKS_PER_SECOND + _fraction_ticks(fraction)
        return InstantText(UNIX_EPOCH_TICKS + since, True, is_epoch=True)
    match = _ISO.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        days = dt.date(int(year), int(month), int(day)).toordinal() - 1
    except ValueError:
        return None
    h, m, s = int(hour or 0), int(minute or 0), int(second or 0)
    shift = _offset_minutes(zone)
    if h > 23 or m > 59 or s > 59 or shift is None:
        return None
    ticks = days * TICKS_PER_DAY + (h * 3600 + m * 60 + s - shift * 60) * TICKS_PER_SECOND + _fraction_ticks(fraction)
    if not 0 <= ticks <= LAST_TICKS:
        return None
    return InstantText(ticks, zone is not None, is_date=hour is None)


def parse_instant(text: str) -> int | None:
    """Return the ticks of a timestamp, None when it cannot be understood."""
    found = read_instant(text)
    return None if found is None else found.ticks


def _fraction_ticks(fraction: str | None) -> int:
    return int(fraction[:7].ljust(7, "0")) if fraction else 0


def _offset_minutes(zone: str | None) -> int | None:
    if not zone or zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        return None
    return (hours * 60 + minutes) * (-1 if zone[0] == "-" else 1)
