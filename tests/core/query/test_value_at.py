"""A value at a path in a JSON column, held against a plain walk over what Python's own json reads."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core.catalogue import load_catalogue
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query import Query, ValueAt, run_query
from auditviewer.core.query.options import options_of_query, query_of_options
from auditviewer.core.query.search import rarest_first
from auditviewer.core.query.value_at import value_at
from tests.builders import table_of

pytestmark = pytest.mark.usefixtures("way")


def kept(cells, pointer, value):
    table = table_of([{"UpdatedState": cell} for cell in cells])
    return run_query(table, Query((value_at("UpdatedState", pointer, value),))).positions.tolist()


@pytest.mark.parametrize(
    ("pointer", "value", "expected"),
    [
        ("/name", '"nightly"', [0, 1, 2, 9]),
        ("/days", "30", [0, 3]),
        ("/days", "30.0", [4]),
        ("/days", '"30"', [5]),
        ("/deep/1/a~1b", "true", [6]),
        ("/deep/01/a~1b", "true", []),
        ("/nothing", "null", [7]),
        ("", '"alone"', [8]),
        ("/name/0", '"n"', []),
    ],
)
def test_only_that_value_at_that_place(pointer, value, expected):
    cells = [
        '{"name": "nightly", "days": 30}',
        '{"name" : "n\\u0069ghtly"}',
        '{"name": "weekly", "name": "nightly"}',
        '{"x": {"days": 30}, "days":30}',
        '{"days": 30.0, "other": 30}',
        '{"days": "30"}',
        '{"deep": [0, {"a/b": true}]}',
        '{"nothing": null}',
        '"alone"',
        json.dumps('{"name": "nightly"}'),
        '{"name": "nightly"',
        "",
        None,
        '{"other": "nightly", "name": ["nightly"]}',
    ]
    assert kept(cells, pointer, value) == expected


names = st.sampled_from(["a", "key", "a/b", "t~", "é", 'q"q', "0", "1"])
scalars = st.one_of(
    st.booleans(), st.none(), st.integers(-50, 50), st.sampled_from(["", "text", "é\n", '"', "30", "😀"])
)
trees = st.recursive(scalars, lambda below: st.lists(below, max_size=3) | st.dictionaries(names, below, max_size=3))


def places(value, pointer=""):
    if isinstance(value, dict):
        for key, member in value.items():
            yield from places(member, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, f"{pointer}/{index}")
    else:
        yield pointer, value


@given(st.lists(st.dictionaries(names, trees, max_size=4), min_size=1, max_size=8), st.data())
def test_it_agrees_with_a_plain_walk_however_the_json_is_spelled(values, data):
    spellings = [
        json.dumps(v, ensure_ascii=data.draw(st.booleans()), indent=data.draw(st.sampled_from([None, 1])))
        for v in values
    ]
    pointer, wanted = data.draw(st.sampled_from([p for v in values for p in places(v)] or [("/a", 1)]))
    expected = [
        i for i, v in enumerate(values)
        if any(p == pointer and type(x) is type(wanted) and x == wanted for p, x in places(v))
    ]  # fmt: skip
    assert kept(spellings, pointer, json.dumps(wanted, ensure_ascii=data.draw(st.booleans()))) == expected


def test_options_say_it_and_take_it():
    given_options = ["UpdatedState/retention/days=30", "CustomValues/reason=not JSON", 'OriginalState/n="30"']
    query = query_of_options({}, load_catalogue(), places=given_options)
    assert query.predicates == (
        ValueAt("UpdatedState", "/retention/days", "30"),
        ValueAt("CustomValues", "/reason", '"not JSON"'),
        ValueAt("OriginalState", "/n", '"30"'),
    )
    assert options_of_query(Query((ValueAt("UpdatedState", "/days", "30"),))) == "--value UpdatedState/days=30"
    assert options_of_query(Query((ValueAt("UpdatedState", "/a=b", "30"),))).startswith("--filter")


@pytest.mark.parametrize("place", ["UpdatedState/days", "Target/a=1", "UpdatedState=1=", "x"])
def test_a_place_that_says_nothing_is_wrong_usage(place):
    if place == "UpdatedState=1=":
        assert query_of_options({}, load_catalogue(), places=[place]).predicates[0].pointer == ""
    else:
        with pytest.raises(WrongUsageError):
            query_of_options({}, load_catalogue(), places=[place])


@pytest.mark.parametrize(("pointer", "value"), [("days", "30"), ("/days", "{}"), ("/days", "[1"), ("/days", "NaN")])
def test_what_cannot_be_looked_for_is_refused(pointer, value):
    with pytest.raises(WrongUsageError):
        value_at("UpdatedState", pointer, value)


def test_the_rarer_of_key_and_value_is_sifted_for_first():
    cells = ['{"enabled": true, "name": "x"}'] * 50 + ['{"rarely": true, "name": "nightly"}']
    table = table_of([{"UpdatedState": cell, "Target": cell} for cell in cells])
    for column in ("UpdatedState", "Target"):
        assert rarest_first(table, column, ["true", "rarely"]) == ["rarely", "true"]
        assert rarest_first(table, column, ["nightly", "name"]) == ["nightly", "name"]
    assert rarest_first(table_of([]), "UpdatedState", ["a", "b"]) == ["a", "b"]


def test_a_text_that_begins_another_value_or_stands_inside_json_inside_json_is_told_apart():
    inner = json.dumps({"host": "WS-1"})
    cells = ['{"host": "WS-1"}', '{"host": "WS-12"}', '{"host": "a WS-1"}', json.dumps(inner), '{"host" :\n"WS-1" }']
    assert kept(cells, "/host", '"WS-1"') == [0, 3, 4]
