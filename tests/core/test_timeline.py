"""Bins, densities and lanes."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core.cells import NO_INSTANT, TICKS_PER_DAY, TICKS_PER_SECOND
from auditviewer.core.instants import LAST_TICKS
from auditviewer.core.query import OneOf, Query, run_query
from auditviewer.core.step_status import StepStatus
from auditviewer.core.time_axis import axis_marks, describe_range, format_clock
from auditviewer.core.timeline import (
    MAX_BINS,
    LaneOrder,
    TimeBins,
    count_by_group,
    count_per_bin,
    fit_bins,
    lane_of,
    order_lanes,
    spread_ties,
    times_of,
)
from auditviewer.core.workflows import Outcome, summarise_workflows
from tests.builders import FIRST_TICKS, table_of

S = TICKS_PER_SECOND
TICKS = st.one_of(st.just(NO_INSTANT), st.integers(0, 100), st.integers(0, LAST_TICKS))


def ticks(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_bins_are_half_open_and_what_has_no_time_falls_in_none():
    counts = count_per_bin(ticks(9, 10, 14, 15, 19, 20, NO_INSTANT), 10, 5, 2)
    assert counts.tolist() == [2, 2]


@pytest.mark.parametrize("width", [0, -1])
def test_a_bin_must_have_a_width(width):
    with pytest.raises(ValueError):
        count_per_bin(ticks(1), 0, width, 1)


@given(
    st.lists(st.tuples(TICKS, st.integers(0, 5)), max_size=30),
    st.integers(0, 200),
    st.integers(1, 50),
    st.integers(0, 40),
)
def test_counts_are_those_of_plain_python(events, start, width, n_bins):
    expected = np.zeros((6, n_bins), dtype=np.int64)
    for tick, group in events:
        if tick != NO_INSTANT and 0 <= (i := (tick - start) // width) < n_bins:
            expected[group, i] += 1
    instants, groups = ticks(*(t for t, _ in events)), np.array([g for _, g in events], dtype=np.uint8)
    assert np.array_equal(count_by_group(instants, groups, 6, TimeBins(start, width, n_bins)), expected)
    assert np.array_equal(count_per_bin(instants, start, width, n_bins), expected.sum(axis=0))


@given(st.integers(0, LAST_TICKS), st.integers(0, LAST_TICKS), st.integers(1, 20_000))
def test_fitted_bins_cover_the_range_and_fit_the_width(a, b, width_px):
    first, last = min(a, b), max(a, b)
    bins = fit_bins(first, last, width_px)
    assert bins.start <= first and last < bins.end and bins.start % bins.width == 0
    assert bins.n_bins <= max(2, width_px // 4, 1) or bins.width == 36400 * TICKS_PER_DAY
    assert bins.n_bins <= MAX_BINS and bins.label


def test_three_months_over_a_window_are_bins_of_hours():
    assert fit_bins(FIRST_TICKS, FIRST_TICKS + 90 * TICKS_PER_DAY, 1000).label == "12 hours"
    assert fit_bins(FIRST_TICKS, FIRST_TICKS, 1000).n_bins == 1


def test_the_density_of_a_result_counts_what_is_shown_by_status():
    rows = [{"OperationStatus": s} for s in ("success", "failure", "odd", "", "success", "success")]
    instants = [FIRST_TICKS, FIRST_TICKS + S, FIRST_TICKS, FIRST_TICKS, NO_INSTANT, FIRST_TICKS + 3600 * S]
    table = table_of(rows, instants)
    shown = times_of(run_query(table))
    assert shown.span == (FIRST_TICKS, FIRST_TICKS + 3600 * S)
    density = shown.density(FIRST_TICKS, FIRST_TICKS + S, 1000)
    assert (density.n_without_time, density.n_outside) == (1, 1)
    assert density.counts.sum(axis=1).tolist() == [1, 1, 0, 0, 1, 1]
    assert density.totals.sum() == 4
    failed = times_of(run_query(table, Query((OneOf("OperationStatus", frozenset({"failure"})),))))
    assert failed.statuses.tolist() == [StepStatus.FAILURE]


def test_no_events_have_no_span():
    assert times_of(run_query(table_of([]))).span is None
    assert times_of(run_query(table_of([{}], [NO_INSTANT]))).span is None


def summary_of_four():
    rows = [("a", "success", 0), ("a", "success", 9), ("b", "failure", 5), ("c", "inProgress", 5), ("c", "success", 7)]
    rows += [("d", "failure", NO_INSTANT)]
    table = table_of([{"WorkflowId": w, "OperationStatus": s} for w, s, _ in rows], [t for *_, t in rows])
    return summarise_workflows(table)


@pytest.mark.parametrize(
    ("order", "keep", "ids"),
    [
        (LaneOrder.LATEST, None, "bcad"),
        (LaneOrder.LONGEST, None, "acbd"),
        (LaneOrder.LATEST, frozenset({Outcome.FAILED}), "bd"),
        (LaneOrder.LONGEST, frozenset({Outcome.SUCCEEDED, Outcome.FAILED}), "acbd"),
        (LaneOrder.LONGEST, frozenset(), ""),
    ],
)
def test_lanes_are_ordered_and_kept_by_outcome(order, keep, ids):
    summary = summary_of_four()
    assert "".join(summary.id(int(i)) for i in order_lanes(summary, order, keep)) == ids


def test_a_lane_holds_its_steps_in_order():
    lane = lane_of(summary_of_four(), 2)
    assert lane.instants.tolist() == [5, 7]
    assert lane.statuses.tolist() == [StepStatus.IN_PROGRESS, StepStatus.SUCCESS]


@given(st.lists(st.floats(0, 100), max_size=12), st.floats(0.1, 10))
def test_spread_places_keep_their_order_and_distance(places, gap):
    spread = spread_ties(np.array(sorted(places)), gap)
    assert np.all(np.diff(spread) >= gap - 1e-9)
    assert np.all(spread >= np.array(sorted(places)) - 1e-9)


def labels(span: int, zone=dt.UTC, most: int = 8) -> list[str]:
    return [mark.label for mark in axis_marks(FIRST_TICKS, FIRST_TICKS + span, most, zone)]


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (3 * S // 10, ["00:00:00.00", "00:00:00.05", "00:00:00.10"]),
        (40 * S, ["00:00:00", "00:00:05", "00:00:10"]),
        (40 * 3600 * S, ["5 Jan", "06:00", "12:00", "18:00", "6 Jan"]),
        (90 * TICKS_PER_DAY, ["5 Jan", "19 Jan", "2 Feb"]),
        (900 * TICKS_PER_DAY, ["Jul", "2027", "Jul"]),
    ],
)
def test_axis_marks_stand_at_round_times(span, expected):
    assert labels(span)[: len(expected)] == expected


def test_axis_marks_are_those_of_the_zone():
    new_york = ZoneInfo("America/New_York")
    assert labels(7 * 3600 * S, new_york)[0] == "19:00"
    days = axis_marks(FIRST_TICKS, FIRST_TICKS + 3 * TICKS_PER_DAY, 3, new_york)
    assert days[0].instant == FIRST_TICKS + 5 * 3600 * S and days[0].label == "5 Jan"
    assert describe_range(FIRST_TICKS, FIRST_TICKS + S, new_york).endswith("EST (UTC-05:00)")
    assert format_clock(FIRST_TICKS + 12_345_000, new_york) == "19:00:01.2345000"


@given(st.integers(0, LAST_TICKS), st.integers(0, LAST_TICKS), st.sampled_from(["UTC", "Asia/Tokyo", "America/Lima"]))
def test_axis_marks_stand_within_the_range_and_are_few(a, b, zone):
    first, last = min(a, b), max(a, b)
    marks = axis_marks(first, last, 8, ZoneInfo(zone))
    instants = [mark.instant for mark in marks]
    assert instants == sorted(set(instants)) and len(instants) <= 20
    assert all(first <= instant <= last for instant in instants)
