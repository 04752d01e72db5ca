"""Timestamps: text to instant (ticks of 100 ns since 0001-01-01 UTC) and back. Strict; never a wrong instant.

Understood (ISO 8601, RFC 3339 and what exports make of them): ``YYYY-MM-DD`` alone or followed by ``T``, ``t`` or
a space and ``HH:MM:SS``, a fraction after ``.`` or ``,``, and ``Z``, ``±hh:mm``, ``±hhmm``, ``±hh`` or nothing,
which is taken as UTC and counted. A fraction finer than 100 ns is cut, never rounded up. Ten digits are seconds
and thirteen are milliseconds since 1970. Years 0001 to 9999.

Everything else has no instant: month 13, 30 February, hour 24, a leap second (23:59:60 has no place of its own on
this scale, and either neighbour would be wrong), ``01/02/2026``, ``now``, digits of other scripts, odd spaces.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from auditviewer.core.cells import NO_INSTANT, TICKS_PER_DAY, TICKS_PER_SECOND, UNIX_EPOCH_TICKS
from auditviewer.core.errors import WrongUsageError

LAST_TICKS = dt.date.max.toordinal() * TICKS_PER_DAY - 1
"""9999-12-31T23:59:59.9999999Z."""

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_BLOCK = 8192
"""Timestamps parsed at a time: their characters and numbers stay in the processor's cache."""
_EPOCH = re.compile(r"([0-9]{10})(?:\.([0-9]+))?|([0-9]{13})")
_DAYS_BEFORE_MONTH = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], dtype=np.int32)
_DAYS_IN_MONTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int32)


@dataclass(frozen=True)
class InstantText:
    """A timestamp that was understood: its ticks, and how it was written."""

    ticks: int
    has_zone: bool
    is_date: bool = False
    is_epoch: bool = False


@dataclass(frozen=True, eq=False)
class ParsedInstants:
    """The instants of a column: (n,) ticks, `NO_INSTANT` where there is none, and what was met among them."""

    ticks: npt.NDArray[np.int64]
    without_zone: int = 0
    epochs: int = 0
    unreadable: int = 0
    missing: int = 0


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


def parse_bound(text: str, is_end: bool) -> int:
    """Return a bound of a half-open range from what a person typed.

    A bare date is its UTC midnight; as an end it includes that day. An instant as an end includes itself.

    Raises
    ------
    WrongUsageError
        The text is no time.
    """
    found = read_instant(text.strip())
    if found is None:
        raise WrongUsageError(
            f"“{text}” is not a time.", "Write a date, 2026-01-31, or a time, 2026-01-31T10:00:00Z (UTC)."
        )
    if not is_end:
        return found.ticks
    return found.ticks + (TICKS_PER_DAY if found.is_date else 1)


def parse_instants(texts: Any) -> ParsedInstants:
    """Return the instants of a column of timestamps.

    Parameters
    ----------
    texts
        (n,) Arrow large_string array; nulls are missing cells.
    """
    n = len(texts)
    ticks = np.full(n, NO_INSTANT, dtype=np.int64)
    if not n:
        return ParsedInstants(ticks)
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + n + 1]
    data = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)
    lengths = np.diff(offsets)
    without_zone = 0
    for length in np.flatnonzero(np.bincount(np.minimum(lengths, 41), minlength=42)):
        if 19 <= length <= 40:
            rows = np.flatnonzero(lengths == length) if (lengths != length).any() else np.arange(n)
            for start in range(0, len(rows), _BLOCK):
                block = rows[start : start + _BLOCK]
                without_zone += _parse_of_length(ticks, block, _matrix(data, offsets, block, int(length)))
    left = np.flatnonzero(ticks == NO_INSTANT)
    missing = texts.null_count + int(np.count_nonzero(lengths[left] == 0)) - _empty_nulls(texts, lengths)
    careful = _parse_left(texts, ticks, left[lengths[left] > 0])
    return ParsedInstants(ticks, without_zone + careful[0], careful[1], careful[2], missing)


def format_instant(ticks: int, zone: dt.tzinfo = dt.UTC, digits: int = 0) -> str:
    """Return ``YYYY-MM-DD HH:MM:SS[.fff]`` in a zone followed by its name or offset; "no time" for `NO_INSTANT`."""
    if ticks == NO_INSTANT:
        return "no time"
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    moment = dt.datetime(1, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    try:
        local = moment.astimezone(zone)
    except (OverflowError, ValueError):  # the first and last hours of the calendar have no other zone
        local = moment
    text = local.replace(tzinfo=None).isoformat(" ")
    if digits:
        text += "." + f"{fraction:07d}"[:digits]
    return f"{text} {_zone_name(local)}"


def format_iso(ticks: int) -> str:
    """Return RFC 3339 text in UTC, with as many digits of the fraction as it needs, `NO_INSTANT` excluded."""
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    moment = dt.datetime(1, 1, 1) + dt.timedelta(seconds=seconds)
    digits = f".{fraction:07d}".rstrip("0") if fraction else ""
    return f"{moment.isoformat()}{digits}Z"


def _zone_name(moment: dt.datetime) -> str:
    name = moment.tzname() or "UTC"
    if name == "UTC":
        return name
    offset = moment.strftime("%z")
    in_utc = f"UTC{offset[:3]}:{offset[3:5]}"
    return in_utc if name[:1] in "+-" or name.startswith("UTC") else f"{name} ({in_utc})"


def _fraction_ticks(fraction: str | None) -> int:
    return int(fraction[:7].ljust(7, "0")) if fraction else 0


def _offset_minutes(zone: str | None) -> int | None:
    if not zone or zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        return None
    return (hours * 60 + minutes) * (-1 if zone[0] == "-" else 1)


def _matrix(data: npt.NDArray[np.uint8], offsets: Any, rows: Any, length: int) -> npt.NDArray[np.uint8]:
    """Return (length, m): the characters of the rows, one line a character place."""
    starts = offsets[rows]
    if int(starts[-1]) - int(starts[0]) == (len(rows) - 1) * length:
        block = data[int(starts[0]) : int(starts[0]) + len(rows) * length].reshape(len(rows), length)
        return np.ascontiguousarray(block.T)
    return np.ascontiguousarray(data[starts[:, None] + np.arange(length)].T)


def _parse_of_length(ticks: Any, rows: Any, chars: npt.NDArray[np.uint8]) -> int:
    """Fill in the ticks of timestamps of one length, layout by layout; return how many had no zone."""
    length = len(chars)
    left = np.ones(chars.shape[1], dtype=np.bool_)
    without_zone = 0
    for size, is_layout in _zone_layouts(chars):
        body = length - size
        if body != 19 and not body >= 21:
            continue
        mine = left & is_layout
        if not mine.any():
            continue
        is_whole = bool(mine.all())
        part = chars if is_whole else chars[:, mine]
        found, is_valid = _parse_layout(part, body)
        chosen = rows if is_whole else rows[mine]
        ticks[chosen[is_valid]] = found[is_valid]
        left &= ~mine
        if size == 0:
            without_zone += int(np.count_nonzero(is_valid))
    return without_zone


def _zone_layouts(chars: npt.NDArray[np.uint8]) -> list[tuple[int, Any]]:
    """Return (size of the zone's text, which timestamps end in one of that size), none at all last."""
    length = len(chars)

    def is_sign(place: int) -> Any:
        if not 19 <= place < length:
            return np.zeros(chars.shape[1], dtype=np.bool_)
        return (chars[place] == ord("+")) | (chars[place] == ord("-"))

    is_z = (chars[-1] | 0x20) == ord("z")
    return [
        (1, is_z),
        (6, is_sign(length - 6) & (chars[length - 3] == ord(":"))),
        (5, is_sign(length - 5)),
        (3, is_sign(length - 3)),
        (0, np.ones(chars.shape[1], dtype=np.bool_)),
    ]


def _parse_layout(chars: npt.NDArray[np.uint8], body: int) -> tuple[Any, Any]:
    """Return the ticks, and which of them are valid, of timestamps whose zone starts at ``body``."""

    def number(start: int, stop: int) -> Any:
        value = digits[start].astype(np.int32)
        for place in range(start + 1, stop):
            value *= 10
            value += digits[place]
        return value

    digits = chars - np.uint8(48)
    places = [*range(0, 4), 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, *range(20, body)]
    is_valid = digits[places].max(axis=0) <= 9
    for place, allowed in ((4, b"-"), (7, b"-"), (10, b"Tt "), (13, b":"), (16, b":"), (19, b".,")):
        if place >= body:
            break
        is_valid &= np.logical_or.reduce([chars[place] == char for char in allowed])
    year, month, day = number(0, 4), number(5, 7), number(8, 10)
    hour, minute, second = number(11, 13), number(14, 16), number(17, 19)
    fraction = number(20, min(body, 27)) * 10 ** (27 - min(body, 27)) if body > 19 else 0
    shift = _offset_seconds(chars, digits, body, number, is_valid)
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    is_valid &= (year >= 1) & (month >= 1) & (month <= 12) & (hour <= 23) & (minute <= 59) & (second <= 59)
    month = np.where(is_valid, month, 1)
    is_valid &= (day >= 1) & (day <= _DAYS_IN_MONTH[month] + (is_leap & (month == 2)))
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400
    days += _DAYS_BEFORE_MONTH[month] + (is_leap & (month > 2)) + day - 1
    in_day = hour * 3600 + minute * 60 + second - shift
    ticks = (days.astype(np.int64) * 86_400 + in_day) * TICKS_PER_SECOND + fraction
    is_valid &= (ticks >= 0) & (ticks <= LAST_TICKS)
    return ticks, is_valid


def _offset_seconds(chars: Any, digits: Any, body: int, number: Any, is_valid: Any) -> Any:
    size = len(chars) - body
    if size <= 1:
        return 0
    hours = number(body + 1, body + 3)
    minutes = number(body + size - 2, body + size) if size > 3 else np.zeros_like(hours)
    places = [body + 1, body + 2, body + size - 2, body + size - 1]
    is_valid &= (digits[places].max(axis=0) <= 9) & (hours <= 23) & (minutes <= 59)
    return (hours * 60 + minutes) * np.where(chars[body] == ord("-"), np.int32(-60), np.int32(60))


def _parse_left(texts: Any, ticks: Any, left: Any) -> tuple[int, int, int]:
    """Parse what no fixed layout took, each distinct text once; return counts without zone, epoch, unreadable."""
    if not len(left):
        return 0, 0, 0
    import pyarrow as pa

    encoded = texts.take(pa.array(left)).dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    found = [None if text is None else read_instant(text) for text in encoded.dictionary.to_pylist()]
    counts = np.bincount(codes[codes >= 0], minlength=len(found))
    of_text = np.array([NO_INSTANT if f is None else f.ticks for f in found] + [NO_INSTANT], dtype=np.int64)
    ticks[left] = of_text[codes]
    without = sum(int(c) for f, c in zip(found, counts, strict=True) if f is not None and not f.has_zone)
    epochs = sum(int(c) for f, c in zip(found, counts, strict=True) if f is not None and f.is_epoch)
    unreadable = sum(int(c) for f, c in zip(found, counts, strict=True) if f is None)
    return without, epochs, unreadable


def _empty_nulls(texts: Any, lengths: Any) -> int:
    """Return how many nulls have no characters, which is all of them as Arrow writes them."""
    if not texts.null_count:
        return 0
    return int(np.count_nonzero((lengths == 0) & np.asarray(texts.is_null())))
