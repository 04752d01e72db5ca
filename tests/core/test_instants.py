"""Timestamps: every spelling gets its true instant or none, one by one and by the million alike."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core.cells import NO_INSTANT, TICKS_PER_DAY, TICKS_PER_SECOND
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.instants import (
    LAST_TICKS,
    format_instant,
    format_iso,
    parse_bound,
    parse_instant,
    parse_instants,
)

pytestmark = pytest.mark.usefixtures("way")


def ticks_of(year, month=1, day=1, hour=0, minute=0, second=0, fraction=0):
    days = dt.date(year, month, day).toordinal() - 1
    return days * TICKS_PER_DAY + (hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND + fraction


NOON = ticks_of(2026, 1, 5, 12)
UNDERSTOOD = {
    "2026-01-05T12:00:00Z": NOON,
    "2026-01-05t12:00:00z": NOON,
    "2026-01-05 12:00:00Z": NOON,
    "2026-01-05T12:00:00": NOON,
    "2026-01-05 12:00:00": NOON,
    "2026-01-05T14:00:00+02:00": NOON,
    "2026-01-05T14:00:00+0200": NOON,
    "2026-01-05T14:00:00+02": NOON,
    "2026-01-05T06:30:00-05:30": NOON,
    "2026-01-05T06:30:00-0530": NOON,
    "2026-01-06T11:59:00+23:59": NOON,
    "2026-01-05T12:00:00-00:00": NOON,
    "2026-01-05T12:00:00.5Z": NOON + 5_000_000,
    "2026-01-05T12:00:00,5Z": NOON + 5_000_000,
    "2026-01-05T12:00:00.0000001Z": NOON + 1,
    "2026-01-05T12:00:00.1234567Z": NOON + 1_234_567,
    "2026-01-05T12:00:00.1234567": NOON + 1_234_567,
    "2026-01-05T12:00:00.1234567+00:00": NOON + 1_234_567,
    "2026-01-05T12:00:00.123456789Z": NOON + 1_234_567,
    "2026-01-05T12:00:00.999999999Z": NOON + 9_999_999,
    "2026-01-05T12:00:00.1234567891234567891234Z": NOON + 1_234_567,
    "2026-01-05": ticks_of(2026, 1, 5),
    "2024-02-29T00:00:00Z": ticks_of(2024, 2, 29),
    "2000-02-29T00:00:00Z": ticks_of(2000, 2, 29),
    "0001-01-01T00:00:00Z": 0,
    "0001-01-01T00:00:00.0000001Z": 1,
    "9999-12-31T23:59:59.9999999Z": LAST_TICKS,
    "1969-12-31T23:59:59Z": ticks_of(1969, 12, 31, 23, 59, 59),
    "2026-12-31T23:59:59Z": ticks_of(2026, 12, 31, 23, 59, 59),
    "1767614400": NOON,
    "1767614400.25": NOON + 2_500_000,
    "1767614400000": NOON,
    "1767614400123": NOON + 1_230_000,
}
REFUSED = [
    "", " ", "now", "today", "NaT", "null", "NA", "0", "1", "2026", "202601", "20260105", "2026-01", "2026-1-5",
    "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
    "2026-01-05T24:00:00Z", "2026-01-05T25:00:00Z", "2026-01-05T12:60:00Z", "2026-01-05T23:59:60Z",
    "2026-01-05T12:00:61Z", "2016-12-31T23:59:60.5Z", "01/02/2026", "01.02.2026 12:00:00", "5 Jan 2026",
    "Mon, 05 Jan 2026 12:00:00 GMT", "2026-01-05T12:00Z", "2026-01-05T12", "2026-01-05T", "2026-01-05T12:00:00.Z",
    "2026-01-05T12:00:00 Z", " 2026-01-05T12:00:00Z", "2026-01-05T12:00:00Z ", "2026-01-05T12:00:00Z\n",
    "2026-01-05T12:00:00+24:00", "2026-01-05T12:00:00+02:60", "2026-01-05T12:00:00+2", "2026-01-05T12:00:00+2:00",
    "2026-01-05T12:00:00 +02:00", "2026-01-05T12:00:00EST", "2026-01-05T12:00:00 PM", "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "10000-01-01T00:00:00Z", "+2026-01-05T12:00:00Z",
    "-2026-01-05T12:00:00Z", "２０２６-01-05T12:00:00Z", "2026‐01‐05T12:00:00Z", "2026-01-05T12:00:0OZ",
    "2026-01-05T1２:00:00Z", "2026/01/05T12:00:00Z", "2026-01-05_12:00:00Z", "2026-01-05T12-00-00Z",
    "2026-01-05T12:00:00.12a4567Z", "2026-01-05T12:00:00..234567Z", "2026-W02-1T12:00:00Z", "2026-005T12:00:00Z",
    "176761440", "17676144000", "-1767614400", "1767614400000000", "1e9", "46027.5", "2026-01-05T12:00:00ZZ",
    "2026-01-05T12:00:00\x00", "20260105T120000Z",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), UNDERSTOOD.items())
def test_a_timestamp_has_its_true_instant(text, expected):
    assert parse_instant(text) == expected


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_understood_has_no_instant(text):
    assert parse_instant(text) is None


def test_a_column_is_parsed_as_each_of_its_timestamps_is():
    texts = [*UNDERSTOOD, *REFUSED, None] * 3
    parsed = parse_instants(pa.array(texts, pa.large_string()))
    alone = [None if text is None else parse_instant(text) for text in texts]
    assert parsed.ticks.tolist() == [NO_INSTANT if a is None else a for a in alone]
    assert parsed.missing == 3 * 2
    assert parsed.unreadable == 3 * (len(REFUSED) - 1)
    assert parsed.epochs == 3 * 4
    assert parsed.without_zone == 3 * 4


def test_a_slice_and_an_empty_column_are_parsed():
    array = pa.array(["x", None, "2026-01-05T12:00:00Z", "2026-01-05"], pa.large_string())
    assert parse_instants(array.slice(2)).ticks.tolist() == [NOON, ticks_of(2026, 1, 5)]
    assert len(parse_instants(array.slice(4)).ticks) == 0
    assert parse_instants(pa.nulls(2, pa.large_string())).ticks.tolist() == [NO_INSTANT] * 2


DIGITS_AND_MARKS = st.text("0123456789-+:.,TZz ", min_size=0, max_size=34)
NEARLY = st.builds(
    lambda text, at, char: text[:at] + char + text[at + 1 :],
    st.sampled_from(list(UNDERSTOOD)), st.integers(0, 33), st.sampled_from("0123456789-+:.,TZz é\x00"),
)  # fmt: skip


@given(st.lists(st.one_of(st.none(), DIGITS_AND_MARKS, NEARLY, st.sampled_from(list(UNDERSTOOD))), max_size=40))
def test_the_fast_and_the_careful_parser_agree(texts):
    parsed = parse_instants(pa.array(texts, pa.large_string()))
    alone = [None if text is None else parse_instant(text) for text in texts]
    assert parsed.ticks.tolist() == [NO_INSTANT if a is None else a for a in alone]


@given(st.integers(0, LAST_TICKS))
def test_an_instant_written_is_read_back_to_the_tick(ticks):
    assert parse_instant(format_iso(ticks)) == ticks


@given(st.datetimes(timezones=st.timezones()))
def test_instants_agree_with_the_standard_library(moment):
    utc = moment.astimezone(dt.UTC) if 1 < moment.year < 9999 else moment.replace(tzinfo=dt.UTC)
    assert (
        parse_instant(utc.isoformat())
        == (utc.replace(tzinfo=None) - dt.datetime(1, 1, 1)) // dt.timedelta(microseconds=1) * 10
    )


def test_a_shown_time_always_says_its_zone():
    assert format_instant(NOON) == "2026-01-05 12:00:00 UTC"
    assert format_instant(NOON + 1, digits=7) == "2026-01-05 12:00:00.0000001 UTC"
    assert format_instant(NOON, zoneinfo.ZoneInfo("Europe/Berlin")) == "2026-01-05 13:00:00 CET (UTC+01:00)"
    assert format_instant(NOON, dt.timezone(dt.timedelta(hours=5, minutes=30))) == "2026-01-05 17:30:00 UTC+05:30"
    assert format_instant(0, zoneinfo.ZoneInfo("America/New_York")) == "0001-01-01 00:00:00 UTC"
    assert format_instant(NO_INSTANT) == "no time"


def test_a_bare_date_as_an_end_includes_its_day_and_an_instant_itself():
    assert parse_bound("2026-01-05", is_end=False) == ticks_of(2026, 1, 5)
    assert parse_bound("2026-01-05", is_end=True) == ticks_of(2026, 1, 6)
    assert parse_bound("2026-01-05T12:00:00Z", is_end=True) == NOON + 1
    with pytest.raises(WrongUsageError, match="yesterday"):
        parse_bound("yesterday", is_end=False)
