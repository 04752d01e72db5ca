"""Sets of what is marked, against plain sets and dicts: many events are one short act, and nothing is lost in it."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core.case import Review, ReviewState, Target, TargetSet, create_case, open_case
from auditviewer.core.case.acts import State
from auditviewer.core.case.marks import (
    count_marks,
    mark_events,
    marked,
    query_for_journal,
    query_from_journal,
)
from auditviewer.core.case.said import Reviews
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.mark_columns import MARK_COLUMNS
from auditviewer.core.query import OneOf, Query, run_query
from auditviewer.core.query.places import PlaceKey, Places, ranges_of, records_of
from auditviewer.core.query.saved import query_as_json, query_from_json
from tests.builders import table_of

RECORDS = st.sets(st.integers(0, 400))


def places(records, source="a"):
    return Places.of(PlaceKey(source, None, record) for record in records)


@given(RECORDS)
def test_ranges_say_the_records(records):
    numbers = np.array(sorted(records), dtype=np.int64)
    assert records_of(ranges_of(numbers)).tolist() == numbers.tolist()


@pytest.mark.parametrize("text", ["3-1", "1-3 2", "2 1", "1 1", "-5", "x", "1-99999999999", "0x3", "1-2-3"])
def test_ranges_that_are_none_are_refused(text):
    with pytest.raises((ValueError, OverflowError)):
        records_of(text)


@given(RECORDS, RECORDS, RECORDS)
def test_places_are_joined_and_taken_away_as_sets_are(one, other, third):
    mine, theirs = places(one) | places(third, "b"), places(other)
    assert set(mine | theirs) == set(mine) | set(theirs)
    assert set(mine - theirs) == set(mine) - set(theirs)
    assert len(mine) == len(one) + len(third) and all(key in mine for key in mine)
    assert (mine == theirs) == (set(mine) == set(theirs)) and Places.from_json(mine.as_json()) == mine


@given(st.lists(st.tuples(RECORDS, st.sampled_from(list(ReviewState)))))
def test_reviews_are_what_a_dict_would_say(acts):
    reviews, plain = Reviews(), {}
    for number, (records, state) in enumerate(acts):
        targets = TargetSet(places(records), [Target("workflow", ("w",))] if 7 in records else ())
        review = Review(state, str(number), "")
        if state is ReviewState.UNREVIEWED:
            reviews.drop(targets)
            plain = {target: kept for target, kept in plain.items() if target not in set(targets)}
        else:
            reviews.put(targets, review)
            plain |= dict.fromkeys(targets, review)
    assert dict(reviews.items()) == plain and len(reviews) == len(plain)
    told = [(review, target) for review, own in reviews.by_review() for target in own]
    assert sorted(told, key=str) == sorted(((review, target) for target, review in plain.items()), key=str)


@pytest.fixture
def table():
    rng = random.Random(4)
    return table_of([{"Id": str(i), "WorkflowId": f"w{rng.randrange(20)}", "Target": "t"} for i in range(600)])


def test_marks_are_those_of_each_event_looked_at_alone(table):
    state, chosen = State(), random.Random(5)
    some = [np.array(sorted(chosen.sample(range(600), 200)), dtype=np.int64) for _ in range(4)]
    state.reviews.put(TargetSet(others=[Target("workflow", ("w3",))]), Review(ReviewState.FOLLOW_UP, "a", ""))
    state.reviews.put(TargetSet.at(table, some[0]), Review(ReviewState.CLEARED, "a", ""))
    state.reviews.put(TargetSet.at(table, some[1]), Review(ReviewState.EXCEPTION, "a", "", "", "b"))
    state.tags, state.tagged = {"x": None, "y": None}, {"x": TargetSet.at(table, some[2]), "y": TargetSet()}
    marks = mark_events(table, state)
    workflows = table.page(np.arange(600), ["WorkflowId"])[0]
    for position in range(600):
        expected = 2 if position in some[1] else 1 if position in some[0] else 3 if workflows[position] == "w3" else 0
        assert marks.states[position] == expected and marks.locked[position] == (expected == 2)
        assert marks.tags_at(position) == (["x"] if position in some[2] else [])
    state.tagged = {**state.tagged, "y": TargetSet.at(table, some[3])}
    again = mark_events(table, state, marks)
    assert again.tagged["x"] is marks.tagged["x"] and again.states is marks.states
    assert np.flatnonzero(again.tagged["y"]).tolist() == some[3].tolist()


def test_counts_of_marks_are_what_choosing_them_would_show(table):
    state = State()
    state.reviews.put(TargetSet.at(table, np.arange(0, 600, 3)), Review(ReviewState.CLEARED, "a", ""))
    state.tags, state.tagged = {"x": None}, {"x": TargetSet.at(table, np.arange(100))}
    marks = mark_events(table, state)
    query = Query((OneOf("WorkflowId", frozenset({"w1", "w2", "w5"})), marked(marks, "#tags", frozenset({"x"}))))
    result = run_query(table, query)
    for column, counts in count_marks(marks, result).items():
        for code, value in enumerate(counts.codes.values):
            kept = [p for p in query.predicates if getattr(p, "column", "") != column]
            shown = run_query(table, Query((*kept, marked(marks, column, frozenset({value})))))
            assert counts.counts[code] == len(shown), (column, value)


@pytest.mark.parametrize("column", MARK_COLUMNS)
def test_a_filter_by_marks_is_kept_whole_or_by_what_it_asks(table, column):
    state = State()
    state.tags, state.tagged = {"x": None}, {"x": TargetSet.at(table, np.arange(50))}
    for values in (frozenset({None}), frozenset({{"#tags": "x", "#state": "cleared", "#notes": "any"}[column]})):
        query = Query((marked(mark_events(table, state), column, values),))
        assert query_from_json(query_as_json(query)) == query
        assert "records" not in str(query_for_journal(query))
        assert query_from_journal(query_for_journal(query), table, state) == query


def test_half_a_million_events_are_one_act_of_some_bytes(tmp_path):
    records = np.arange(1, 500_001, dtype=np.int64)
    targets = TargetSet(Places({("a" * 64, ""): records}))
    with create_case(tmp_path / "c.avcase", "C", "ada", lambda: "2026-01-01T00:00:00Z") as case:
        case.do("tag", name="odd", **targets.as_data())
        case.do("review", state="cleared", **targets.as_data())
        case.do("review", state="exception", **TargetSet(Places({("a" * 64, ""): records[:5]})).as_data())
        assert case.path.stat().st_size < 20_000
    with open_case(tmp_path / "c.avcase", "bob", lambda: "2026-01-02T00:00:00Z") as case:
        assert len(case.state.tagged["odd"]) == len(case.state.reviews) == 500_000
        case.do("sign-off", **targets.as_data())
        with pytest.raises(WrongUsageError, match="signed off by bob"):
            case.do("review", state="cleared", **targets.as_data())
        assert case.state.reviews[Target("event", ("a" * 64, "", "3"))].state is ReviewState.EXCEPTION


def test_an_act_whose_count_is_not_that_of_its_records_is_refused():
    data = {"targets": [], "records": [["a", "", "1-30"]], "count": 31}
    with pytest.raises(ValueError, match="as many"):
        TargetSet.from_data(data)
