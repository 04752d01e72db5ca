"""Queries over a table: what is kept, in which order, and how many each choice would show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core.instants import parse_instant
from auditviewer.core.query import OneOf, Order, Query, TextSearch, TimeRange, run_query
from auditviewer.core.query.facets import FACET_COLUMNS, count_facets
from tests.builders import FIRST_TICKS, NO_INSTANT, table_of

SECOND = 10_000_000
ROWS = [
    {
        "OperationStatus": ["success", "failure", "warning", None, ""][i % 5],
        "Initiator": f"user{i % 7}@example.com",
        "TargetType": ["user", "scope", "device"][i % 3],
    }
    for i in range(70)
]


@pytest.fixture(scope="module")
def table():
    """Seventy events; every tenth has no instant."""
    instants = [NO_INSTANT if i % 10 == 9 else FIRST_TICKS + (i * 37 % 70) // 2 * SECOND for i in range(70)]
    return table_of(ROWS, instants)


def kept(table, *predicates, order=None):
    query = Query(tuple(predicates)) if order is None else replace(Query(tuple(predicates)), order=order)
    result = run_query(table, query)
    return (result.source_order if order is None else result.positions).tolist()


def test_values_of_one_column_are_alternatives_and_columns_combine(table):
    statuses, kind = frozenset(["success", "failure"]), frozenset(["user"])
    expected = [i for i, r in enumerate(ROWS) if r["OperationStatus"] in statuses and r["TargetType"] in kind]
    assert kept(table, OneOf("OperationStatus", statuses), OneOf("TargetType", kind)) == expected


def test_missing_and_empty_are_two_values(table):
    assert kept(table, OneOf("OperationStatus", frozenset([None]))) == list(range(3, 70, 5))
    assert kept(table, OneOf("OperationStatus", frozenset([""]))) == list(range(4, 70, 5))


def test_excluding_keeps_all_others(table):
    expected = [i for i in range(70) if i % 5 != 0]
    assert kept(table, OneOf("OperationStatus", frozenset(["success"]), is_excluded=True)) == expected


def test_a_value_that_no_event_has_keeps_nothing(table):
    assert kept(table, OneOf("OperationStatus", frozenset(["nowhere"]))) == []
    assert len(kept(table, OneOf("OperationStatus", frozenset(["nowhere"]), is_excluded=True))) == 70


def test_a_time_range_is_half_open_and_keeps_unknown_times_only_on_request(table):
    start, end = FIRST_TICKS + 5 * SECOND, FIRST_TICKS + 20 * SECOND
    known = [i for i in range(70) if i % 10 != 9 and 5 <= i * 37 % 70 // 2 < 20]
    assert kept(table, TimeRange(start, end)) == known
    with_unknown = kept(table, TimeRange(start, end, keeps_unknown=True))
    assert with_unknown == sorted([*known, *range(9, 70, 10)])


def test_search_is_one_filter_among_others(table):
    found = kept(table, TextSearch("USER3@"), OneOf("TargetType", frozenset(["scope"])))
    assert found == [i for i in range(70) if i % 7 == 3 and i % 3 == 1]


@pytest.mark.parametrize("is_descending", [False, True])
def test_time_order_keeps_ties_in_source_order_and_unknown_times_last(table, is_descending):
    ticks = table.instants.tolist()
    sign = -1 if is_descending else 1
    expected = sorted(range(70), key=lambda i: (ticks[i] == NO_INSTANT, sign * ticks[i]))
    assert kept(table, order=Order("Timestamp", is_descending)) == expected


@pytest.mark.parametrize("is_descending", [False, True])
def test_text_order_keeps_ties_in_source_order_and_missing_cells_last(table, is_descending):
    texts = sorted({r["OperationStatus"] for r in ROWS} - {None}, reverse=is_descending)
    place = {None: len(texts)} | {text: i for i, text in enumerate(texts)}
    expected = sorted(range(70), key=lambda i: place[ROWS[i]["OperationStatus"]])
    assert kept(table, order=Order("OperationStatus", is_descending)) == expected


@given(
    st.frozensets(st.sampled_from(["success", "failure", "warning", None, ""]), max_size=3),
    st.frozensets(st.sampled_from([f"user{i}@example.com" for i in range(7)]), max_size=3),
    st.booleans(),
)
def test_every_count_is_what_choosing_the_value_would_show(statuses, initiators, is_excluded):
    table = table_of(ROWS)
    chosen = [OneOf("TargetType", frozenset(["user", "scope"]))]
    if statuses:
        chosen.append(OneOf("OperationStatus", statuses))
    if initiators:
        chosen.append(OneOf("Initiator", initiators, is_excluded))
    for column, facet in count_facets(run_query(table, Query(tuple(chosen))), FACET_COLUMNS).items():
        others = tuple(p for p in chosen if p.column != column)
        for code in np.flatnonzero(facet.codes.totals).tolist():
            value = OneOf(column, frozenset([facet.codes.value_of(code)]))
            assert facet.counts[code] == len(run_query(table, Query((*others, value))))


def test_under_a_time_filter_what_has_no_readable_time_stays_last_and_is_told():
    times = ("2026-01-05T00:00:00Z", None, "2020-01-01T00:00:00Z", None, "2026-01-02T00:00:00Z")
    table = table_of([{}] * 5, [NO_INSTANT if time is None else parse_instant(time) for time in times])
    start = parse_instant("2026-01-01T00:00:00Z")
    for is_descending, wanted in ((False, [4, 0, 1, 3]), (True, [0, 4, 1, 3])):
        query = Query((TimeRange(start, None, keeps_unknown=True),), Order("Timestamp", is_descending))
        assert run_query(table, query).positions.tolist() == wanted
    assert query.describe().endswith("or not readable")


@pytest.mark.parametrize("initiators", [[2, 3], [0, 1, 2, 3]])
@pytest.mark.parametrize("is_descending", [False, True])
def test_what_is_kept_stands_in_order_of_time_be_it_few_or_many(table, initiators, is_descending):
    chosen = [OneOf("Initiator", frozenset(f"user{i}@example.com" for i in initiators))]
    if len(initiators) == 2:
        chosen += [OneOf("TargetType", frozenset(["user"])), OneOf("OperationStatus", frozenset(["", "success", None]))]
    everything = kept(table, order=Order("Timestamp", is_descending))
    shown = set(kept(table, *chosen))
    assert (len(shown) * 8 < 70) == (len(initiators) == 2)
    assert any(table.instants[position] == NO_INSTANT for position in shown)
    assert kept(table, *chosen, order=Order("Timestamp", is_descending)) == [p for p in everything if p in shown]


@pytest.mark.parametrize("n_kept", [3, 60])
def test_counts_are_of_what_is_kept_be_it_few_or_nearly_all(table, n_kept):
    early = TimeRange(None, int(np.sort(table.instants[table.instants != NO_INSTANT])[n_kept]))
    result = run_query(table, Query((early,)))
    assert abs(len(result) - n_kept) <= 1  # two events share an instant
    for column, facet in count_facets(result, FACET_COLUMNS).items():
        expected = np.bincount(table.codes(column).codes[result.positions], minlength=len(facet.codes))
        assert facet.counts.tolist() == expected.tolist()
