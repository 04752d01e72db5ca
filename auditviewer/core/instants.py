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
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from auditviewer.core import native
from auditviewer.core.cells import NO_INSTANT, TICKS_PER_DAY, TICKS_PER_SECOND
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.instant_text import LAST_TICKS, InstantText, parse_instant, read_instant
from auditviewer.core.native.texts import texts_of

__all__ = [
    "LAST_TICKS",
    "InstantText",
    "ParsedInstants",
    "format_instant",
    "format_iso",
    "parse_bound",
    "parse_instant",
    "parse_instants",
    "read_instant",
]

_BLOCK = 8192
"""Timestamps parsed at a time: their characters and numbers stay in the processor's cache."""


@cache
def _calendar() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Return, at year * 13 + month, the days before that month less one, and the days in it; no day in month 0."""
    years = np.arange(10_000, dtype=np.int32)[:, None]
    is_leap = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
    days_in = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int32) + np.zeros_like(years)
    days_in[:, 2] += is_leap[:, 0]
    past = np.maximum(years - 1, 0)
    before = past * 365 + past // 4 - past // 100 + past // 400 + np.cumsum(days_in, axis=1) - days_in - 1
    days_in[0] = 0
    return before.astype(np.int32).ravel(), days_in.astype(np.uint8).ravel()


@cache
def _pairs() -> npt.NDArray[np.uint8]:
    """Return the number that two characters say, at their bytes as a little-endian number; 255 for none."""
    numbers = np.full(1 << 16, 255, dtype=np.uint8)
    digits = np.arange(10)
    numbers[(48 + digits[:, None]) | ((48 + digits) << 8)] = digits[:, None] * 10 + digits
    return numbers


@dataclass(frozen=True, eq=False)
class ParsedInstants:
    """The instants of a column: (n,) ticks, `NO_INSTANT` where there is none, and what was met among them."""

    ticks: npt.NDArray[np.int64]
    without_zone: int = 0
    epochs: int = 0
    unreadable: int = 0
    missing: int = 0


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
    offsets, data = texts_of(texts)
    if native.is_there() and not native.parse_instants((offsets, data), ticks):
        return ParsedInstants(ticks)
    lengths = np.diff(offsets)
    without_zone = 0
    for length in np.flatnonzero(np.bincount(np.minimum(lengths, 41), minlength=42)):
        if 19 <= length <= 40:
            rows = np.flatnonzero((lengths == length) & (ticks == NO_INSTANT))
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


def _matrix(data: npt.NDArray[np.uint8], offsets: Any, rows: Any, length: int) -> npt.NDArray[np.uint8]:
    """Return (m, length): the characters of the rows; where they stand, if they follow each other."""
    starts = offsets[rows]
    if int(starts[-1]) - int(starts[0]) == (len(rows) - 1) * length:
        return data[int(starts[0]) : int(starts[0]) + len(rows) * length].reshape(len(rows), length)
    gathered: npt.NDArray[np.uint8] = data[starts[:, None] + np.arange(length)]
    return gathered


def _parse_of_length(ticks: Any, rows: Any, chars: npt.NDArray[np.uint8]) -> int:
    """Fill in the ticks of timestamps of one length, layout by layout; return how many had no zone."""
    length = chars.shape[1]
    left = np.ones(len(chars), dtype=np.bool_)
    without_zone = 0
    for size, is_layout in _zone_layouts(chars):
        body = length - size
        if body != 19 and not body >= 21:
            continue
        mine = left & is_layout
        if not mine.any():
            continue
        is_whole = bool(mine.all())
        found, is_valid = _parse_layout(chars if is_whole else chars[mine], body)
        chosen = rows if is_whole else rows[mine]
        if is_valid.all():
            ticks[chosen] = found
        else:
            ticks[chosen[is_valid]] = found[is_valid]
        left &= ~mine
        if size == 0:
            without_zone += int(np.count_nonzero(is_valid))
        if is_whole:
            break
    return without_zone


def _zone_layouts(chars: npt.NDArray[np.uint8]) -> Iterator[tuple[int, Any]]:
    """Yield (size of the zone's text, which timestamps end in one of that size), none at all last."""
    length = chars.shape[1]

    def is_sign(place: int) -> Any:
        if not 19 <= place < length:
            return np.zeros(len(chars), dtype=np.bool_)
        return (chars[:, place] == ord("+")) | (chars[:, place] == ord("-"))

    yield 1, (chars[:, -1] | 0x20) == ord("z")
    yield 6, is_sign(length - 6) & (chars[:, -3] == ord(":"))
    yield 5, is_sign(length - 5)
    yield 3, is_sign(length - 3)
    yield 0, np.ones(len(chars), dtype=np.bool_)


def _pair(chars: npt.NDArray[np.uint8], place: int) -> Any:
    """Return (m,) uint8: the number in the two digits at a place, 255 where they are no digits."""
    both: Any = np.ndarray((len(chars),), dtype="<u2", buffer=chars, offset=place, strides=(chars.shape[1],))
    return _pairs()[both]


def _parse_layout(chars: npt.NDArray[np.uint8], body: int) -> tuple[Any, Any]:
    """Return the ticks, and which of them are valid, of timestamps whose zone starts at ``body``."""
    is_valid = np.ones(len(chars), dtype=np.bool_)
    for place, allowed in ((4, b"-"), (7, b"-"), (10, b"Tt "), (13, b":"), (16, b":"), (19, b".,")):
        if place >= body:
            break
        column = chars[:, place]
        is_usual = column == allowed[0]
        if not is_usual.all():
            is_valid &= np.logical_or.reduce([column == char for char in allowed])
    century, year_in, month, day = (_pair(chars, place) for place in (0, 2, 5, 8))
    hour, minute, second = (_pair(chars, place) for place in (11, 14, 17))
    is_valid &= (century <= 99) & (year_in <= 99) & (month <= 12) & (hour <= 23) & (minute <= 59) & (second <= 59)
    if not is_valid.all():
        century, year_in, month = (np.where(is_valid, number, 0) for number in (century, year_in, month))
    at = (century.astype(np.int32) * 100 + year_in) * 13 + month
    days_before, days_in = _calendar()
    days = days_before[at]
    is_valid &= (day >= 1) & (day <= days_in[at])
    in_day = hour.astype(np.int32) * 3600 + minute.astype(np.int32) * 60 + second
    if len(chars[0]) - body > 1:
        in_day -= _offset_seconds(chars, body, is_valid)
    ticks = ((days + day).astype(np.int64) * 86_400 + in_day) * TICKS_PER_SECOND
    if body > 19:
        ticks += _fraction(chars, body, is_valid)
    is_valid &= (ticks >= 0) & (ticks <= LAST_TICKS)
    return ticks, is_valid


def _fraction(chars: npt.NDArray[np.uint8], body: int, is_valid: Any) -> Any:
    """Return the ticks of the fractions that stand up to ``body``; what is finer than a tick is only looked at."""
    value = np.zeros(len(chars), dtype=np.int32)
    stop = min(body, 27)
    for place in range(20, stop - 1, 2):
        pair = _pair(chars, place)
        is_valid &= pair <= 99
        value = value * 100 + pair
    for place in [stop - 1] * (stop % 2) + [*range(27, body)]:
        digit = chars[:, place] - np.uint8(48)
        is_valid &= digit <= 9
        if place < 27:
            value = value * 10 + digit
    return value * np.int32(10 ** (27 - stop))


def _offset_seconds(chars: Any, body: int, is_valid: Any) -> Any:
    size = chars.shape[1] - body
    hours = _pair(chars, body + 1)
    minutes = _pair(chars, body + size - 2) if size > 3 else np.zeros_like(hours)
    is_valid &= (hours <= 23) & (minutes <= 59)
    sign = np.where(chars[:, body] == ord("-"), np.int32(-60), np.int32(60))
    return (hours.astype(np.int32) * 60 + minutes) * sign


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
