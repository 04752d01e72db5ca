"""Timestamps: text to instant (ticks of 100 ns since 0001-01-01 UTC) and back. Strict; never a wrong instant."""

from __future__ import annotations

import datetime as dt

from auditviewer.core.cells import NO_INSTANT, TICKS_PER_DAY, TICKS_PER_SECOND


def format_instant(ticks: int, zone: dt.tzinfo = dt.UTC, digits: int = 0) -> str:
    """Return ``YYYY-MM-DD HH:MM:SS[.fff]`` in a zone followed by its name or offset; "no time" for `NO_INSTANT`."""
    if ticks == NO_INSTANT:
        return "no time"
    days, rest = divmod(ticks, TICKS_PER_DAY)
    seconds, fraction = divmod(rest, TICKS_PER_SECOND)
    moment = dt.datetime(1, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=days, seconds=seconds)
    try:
        local = moment.astimezone(zone)
    except OverflowError:
        local = moment
    text = f"{local:%Y-%m-%d %H:%M:%S}".rjust(19, "0")
    if digits:
        text += "." + f"{fraction:07d}"[:digits]
    return f"{text} {local.tzname() or 'UTC'}"
