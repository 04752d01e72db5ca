"""Where the marks of a time axis stand and what they say, in any zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from auditviewer.core.cells import TICKS_PER_DAY, TICKS_PER_SECOND
from auditviewer.core.instants import LAST_TICKS, format_instant

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_S = TICKS_PER_SECOND
_CLOCK_STEPS = tuple(
    [unit * n for unit in (1, 10, 100, 1000, 10_000, 100_000, 1_000_000) for n in (1, 2, 5)]
    + [_S * n for n in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)]
)
_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12_000, 24_000, 60_000)


@dataclass(frozen=True)
class AxisMark:
    """One mark of an axis: its instant in ticks and its label; a major one begins a day, a month or a year."""

    instant: int
    label: str
    is_major: bool = False


def axis_marks(first: int, last: int, most: int, zone: dt.tzinfo = dt.UTC) -> list[AxisMark]:
    """Return at most about ``most`` marks within [first, last], at round times of the zone."""
    first, last = max(first, 0), min(last, LAST_TICKS)
    span, most = last - first, max(most, 1)
    if span < 0:
        return []
    for step in _CLOCK_STEPS:
        if span // step <= most:
            return _clock_marks(first, last, step, zone)
    for days in _DAY_STEPS:
        if span // (days * TICKS_PER_DAY) <= most:
            return _calendar_marks(first, last, _days(first, zone, days), zone, is_day=True)
    months = next((m for m in _MONTH_STEPS if span // (m * 30 * TICKS_PER_DAY) <= most), _MONTH_STEPS[-1])
    return _calendar_marks(first, last, _months(first, zone, months), zone, is_day=False)


def round_step(span: int, most: int) -> int:
    """Return the shortest round length of time that goes into a span at most ``most`` times."""
    days = (TICKS_PER_DAY * n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000))
    return next((step for step in (*_CLOCK_STEPS, *days) if span // step <= max(most, 1)), max(span, 1))


def local_time(ticks: int, zone: dt.tzinfo) -> dt.datetime:
    """Return an instant as the zone's own date and time, to the second; UTC at the ends of the calendar."""
    moment = dt.datetime(1, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=ticks // _S)
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError):
        return moment


def format_clock(ticks: int, zone: dt.tzinfo) -> str:
    """Return the time of day to the millisecond or, where there is more, to the last digit."""
    fraction = ticks % _S
    digits = f"{fraction:07d}"
    return f"{local_time(ticks, zone):%H:%M:%S}.{digits[:3] if fraction % 10_000 == 0 else digits}"


def describe_range(first: int, last: int, zone: dt.tzinfo) -> str:
    """Return a range of time in words, naming the zone once."""
    start, end = format_instant(first, zone), format_instant(last, zone)
    start_day, end_day = start[:10], end[:10]
    if start_day == end_day:
        return f"{start_day}  {start[11:19]} – {end[11:]}"
    return f"{start[:19]} – {end}"


def _clock_marks(first: int, last: int, step: int, zone: dt.tzinfo) -> list[AxisMark]:
    shift = _offset(first, zone)
    at = -(-(first + shift) // step) * step - shift
    marks = []
    while at <= last:
        marks.append(_clock_mark(at, step, zone))
        at += step
    return marks


def _clock_mark(at: int, step: int, zone: dt.tzinfo) -> AxisMark:
    moment = local_time(at, zone)
    if step >= 60 * _S and moment.hour == moment.minute == 0:
        return AxisMark(at, _day_label(moment), True)
    label = f"{moment:%H:%M}" if step >= 60 * _S else f"{moment:%H:%M:%S}"
    if step < _S:
        digits = next(d for d in range(1, 8) if step % 10 ** (7 - d) == 0)
        label += "." + f"{at % _S:07d}"[:digits]
    return AxisMark(at, label)


def _calendar_marks(
    first: int, last: int, midnights: Iterator[dt.date], zone: dt.tzinfo, is_day: bool
) -> list[AxisMark]:
    marks = []
    for date in midnights:
        at = _midnight(date, zone)
        if at > last:
            break
        if at >= first:
            begins_year = date.month == date.day == 1
            label = f"{date.year:04d}" if begins_year else _day_label(date) if is_day else _MONTHS[date.month - 1]
            marks.append(AxisMark(at, label, begins_year or (is_day and date.day == 1)))
    return marks


def _days(first: int, zone: dt.tzinfo, step: int) -> Iterator[dt.date]:
    number = local_time(first, zone).date().toordinal()
    number -= (number - 1) % step
    while number <= dt.date.max.toordinal():
        yield dt.date.fromordinal(max(number, 1))
        number += step


def _months(first: int, zone: dt.tzinfo, step: int) -> Iterator[dt.date]:
    date = local_time(first, zone).date()
    number = (date.year * 12 + date.month - 1) // step * step
    while number < 10_000 * 12:
        if number >= 12:
            yield dt.date(number // 12, number % 12 + 1, 1)
        number += step


def _midnight(date: dt.date, zone: dt.tzinfo) -> int:
    ticks = (date.toordinal() - 1) * TICKS_PER_DAY
    try:
        offset = dt.datetime(date.year, date.month, date.day, tzinfo=zone).utcoffset()
    except (OverflowError, ValueError):
        offset = None
    return ticks - _in_ticks(offset)


def _offset(ticks: int, zone: dt.tzinfo) -> int:
    return _in_ticks(local_time(ticks, zone).utcoffset())


def _in_ticks(offset: dt.timedelta | None) -> int:
    return 0 if offset is None else offset // dt.timedelta(seconds=1) * _S


def _day_label(date: dt.date) -> str:
    return f"{date.day} {_MONTHS[date.month - 1]}"
