"""The changes of many events: the same as the inspector's diff tells, event by event, letter by letter."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditviewer.core.change_list import (
    FastComparer,
    NotComparedError,
    SourceChange,
    UnsureError,
    careful_changes,
    list_changes,
)
from auditviewer.core.errors import Cancelled
from auditviewer.core.json_format import format_json
from auditviewer.core.json_text import parse_json
from auditviewer.core.progress import Progress
from auditviewer.core.reading import read_exports
from auditviewer.core.state_diff import MISSING, Kind, changes, diff_states
from auditviewer.paths import resource_path
from tests.builders import table_of

SPACE = st.sampled_from(["", "", "", " ", "\n", "\t \r\n"])
KEYS = st.sampled_from(['"a"', '"b"', '"id"', '"\\u0069d"', '"ID"', '"name"', '""', '"a/b"', '"~"', '"%b"', '"ключ"'])
SCALARS = st.sampled_from(
    ["1", "1.0", "1e2", "100", "-0", "0", "true", "false", "null", '""', '"1"', '"A"', '"\\u0041"', '"\\n"',
     '"\\u000a"', '"\\/"', '"é"', '"\\u00e9"', '"\\ud83d\\ude00"', '"😀"', '"%s"', '"{"', '"[1,"',
     "1234567890123456789", '"\\ud800"', '"\x7f"', "{}", "[]"]
)  # fmt: skip
BROKEN = st.sampled_from(
    ["", " ", "null", '"text"', '"{\\"a\\":1}"', '"[1]"', "{", '{"a":1,}', '{"a":01}', "[1]", "{a:1}", '{"a":1}{}',
     "{}", " {} ", '{"a":NaN}', "[" * 600 + "]" * 600, '{"a":' + "[" * 600 + "]" * 600 + "}", '{"a":"\x01"}',
     "\ufeff{}", '{"a":1},{"a":2}', "\xa0"]
)  # fmt: skip


@st.composite
def objects(draw, inner):
    members = draw(st.lists(st.tuples(KEYS, inner), max_size=5))
    before, after = draw(SPACE), draw(SPACE)
    return "{" + ",".join(f"{before}{key}{after}:{before}{value}{after}" for key, value in members) + "}"


@st.composite
def arrays(draw, inner):
    space = draw(SPACE)
    return "[" + f"{space},{space}".join(draw(st.lists(inner, max_size=5))) + space + "]"


ENTITIES = st.lists(
    st.tuples(st.sampled_from(["1", "2", '"1"', '"x"', '"\\u0078"', '""', "null"]), SCALARS).map(
        lambda pair: f'{{"id":{pair[0]}, "v":{pair[1]}}}'
    ),
    max_size=5,
).map(lambda items: "[" + ",".join(items) + "]")
VALUES = st.recursive(SCALARS | ENTITIES, lambda inner: objects(inner) | arrays(inner), max_leaves=12)
STATES = objects(VALUES) | objects(VALUES) | VALUES | BROKEN


@st.composite
def pairs(draw):
    """Return two states that share most of their text, as those of an update do, or nothing."""
    if draw(st.booleans()):
        return draw(STATES), draw(STATES)
    members = draw(st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=6))
    other = [(key, draw(VALUES) if draw(st.integers(0, 3)) == 0 else value) for key, value in members]
    if draw(st.integers(0, 3)) == 0:
        other = draw(st.permutations(other))[: draw(st.integers(0, 6))]
    return tuple("{" + ", ".join(f"{k}: {v}" for k, v in side) + "}" for side in (members, other))


def told(original, updated):
    """Return what the diff tells of two states, or the sentence that says why it tells nothing."""
    diff = diff_states(original, updated)
    if diff.has_error:
        return " ".join(diff.notes)
    return [(c.path, c.kind, as_text(c.before), as_text(c.after), c.original_path) for c in changes(diff)]


def as_text(value):
    return None if value is MISSING else format_json(value)


def canonical(found):
    """Return source changes with their texts as the diff would print the values."""
    return [
        (c.pointer, c.kind, *(None if t is None else format_json(parse_json(t)) for t in (c.before, c.after)),
         c.original_pointer)
        for c in found
    ]  # fmt: skip


def listed(table):
    """Return for each event of a table its changes or its problem."""
    found = {entry.position: entry for entry in list_changes(table, np.arange(len(table)))}
    return [[] if i not in found else found[i].problem or canonical(found[i].changes) for i in range(len(table))]


def table_of_states(states):
    return table_of([{"OriginalState": a, "UpdatedState": b, "TargetType": "t"} for a, b in states])


@settings(max_examples=250, deadline=None)
@given(st.lists(pairs(), min_size=1, max_size=6))
@example([('{"a":1,"a":2}', '{"a":1,"a":3}')])
@example([('{"a":1 ,"b":2}', '{"a":1,"a":9,"b":2}'), ('{"a":1 ,"b":2}', '{"a":3 ,"b":2}')])
@example([('{"a":"x", "b": 1}', '{"a":"\\u0078", "b": 1}')] * 3)
def test_many_events_at_once_have_the_changes_that_the_diff_tells_of_each(states):
    states = [tuple(None if text == "" else text for text in pair) for pair in states]
    assert listed(table_of_states(states * 2)) == [told(a, b) for a, b in states * 2]


@settings(max_examples=200, deadline=None)
@given(pairs())
def test_source_texts_stand_in_the_states_letter_by_letter(pair):
    for found in list_changes(table_of_states([pair]), np.array([0])):
        for change in found.changes:
            for text, state in ((change.before, pair[0]), (change.after, pair[1])):
                assert text is None or text in state or state.startswith('"')
        if not found.problem:
            assert found.changes == careful_changes(*pair)


def test_the_sample_export_has_the_changes_that_the_diff_tells():
    table = read_exports([resource_path("sample")], uses_cache=False)
    states = zip(*table.page(np.arange(len(table)), ["OriginalState", "UpdatedState"]), strict=True)
    expected = [told(a, b) for a, b in states]
    assert listed(table) == expected
    assert sum(map(bool, expected)) > 300


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('{"n": 1e2}', '{"n": 100}', [SourceChange("/n", Kind.REPLACED, "1e2", "100", "/n")]),
        ('{"n":1}', '{"n":true}', [SourceChange("/n", Kind.REPLACED, "1", "true", "/n")]),
        ('{"a":null}', "{}", [SourceChange("/a", Kind.REMOVED, "null", None, "/a")]),
        ('{"s":"A"}', '{"s" : "\\u0041"}', []),
        ('{"a":1,"b":2}', '{ "b":2, "a":1 }', []),
        ('{"a/~": {"x": [ 1 ]}}', '{"a/~": {"x": [ 2 ]}}',
         [SourceChange("/a~1~0/x/0", Kind.REPLACED, "1", "2", "/a~1~0/x/0")]),
        ('{"l":[{"id":1,"v":0},{"id":2}]}', '{"l":[{"id":2},{"id":1,"v":9}]}',
         [SourceChange("/l/0", Kind.MOVED, '{"id":2}', '{"id":2}', "/l/1"),
          SourceChange("/l/1/v", Kind.REPLACED, "0", "9", "/l/0/v")]),
    ],
)  # fmt: skip
def test_changes_say_what_stood_in_the_source(before, after, expected):
    assert sorted(FastComparer().changes(before.encode(), after.encode())) == sorted(expected)
    assert sorted(careful_changes(before, after)) == sorted(expected)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a":1,"a":2}', '{"a":2}'),  # the parser would keep the last and call them the same
        ('{"a":1 ,"b":2}', '{"a":1,"a":9,"b":2}'),
        ('{"a":01}', '{"a":01}'),
        ("[1]", "[2]"),
        ('"{}"', "{}"),
        ('{"a":' + "[" * 501 + "]" * 501 + "}", "{}"),
        ('{"a":[' + "1," * 4000 + "1]}", '{"a":[' + "1," * 4000 + "2]}"),  # the diff shortens its work here
    ],
)
def test_the_fast_way_says_nothing_where_it_cannot_be_sure(before, after):
    comparer = FastComparer()
    comparer.changes(b'{"a":1 ,"b":2}', b'{"a":3 ,"b":2}')
    comparer.changes(b'{"a":1 ,"b":2}', b'{"a":3 ,"b":2}')
    with pytest.raises(UnsureError):
        comparer.changes(before.encode(), after.encode())
    assert listed(table_of_states([(before, after)])) == [told(before, after)]


def test_large_states_of_many_members_need_no_care_when_little_of_them_differs():
    state = {f"k{i}": "x" * 40 for i in range(200)}
    before, after = (json.dumps(state | {"k7": value}) for value in ("old", "new"))
    assert len(before) * len(after) > 4_000_000
    (change,) = FastComparer().changes(before.encode(), after.encode())
    assert change == ("/k7", Kind.REPLACED, '"old"', '"new"', "/k7")


def test_a_state_that_is_not_json_is_a_problem_and_not_silence():
    (found,) = list_changes(table_of_states([('{"a":1', '{"a":1}'), ("", "")]), np.arange(2))
    assert (found.position, found.changes) == (0, ())
    assert found.problem.startswith("The original state is not JSON")
    with pytest.raises(NotComparedError):
        careful_changes('{"a":1', '{"a":1}')


def test_positions_are_listed_in_their_order_and_cancelling_stops():
    table = table_of_states([(f'{{"a":{i}}}', f'{{"a":{i + 1}}}') for i in range(5)])
    assert [found.position for found in list_changes(table, np.array([3, 1, 4]))] == [3, 1, 4]
    with pytest.raises(Cancelled):
        list(list_changes(table, np.arange(5), Progress(is_cancelled=lambda: True)))


def test_cancelling_is_heard_between_events_that_need_care():
    table, asked = table_of_states([("[1]", "[2]")] * 3), []
    progress = Progress(is_cancelled=lambda: asked.append(None) or len(asked) > 3)
    with pytest.raises(Cancelled):
        list(list_changes(table, np.arange(3), progress))


def test_states_with_lone_surrogates_from_json_are_told_as_they_are(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(r'[{"Id":"1","OriginalState":"{\"a\":\"\ud800\"}","UpdatedState":"{\"a\":\"x\"}"}]')
    table = read_exports([path], uses_cache=False)
    (found,) = list_changes(table, np.arange(1))
    assert found.changes == (SourceChange("/a", Kind.REPLACED, '"\ud800"', '"x"', "/a"),)


def test_an_export_without_states_has_no_changes(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[{"Id":"1","Target":"x"},{"Id":"2","UpdatedState":null},{"Id":"3","UpdatedState":{"a":[ 1 ]}}]')
    table = read_exports([path], uses_cache=False)
    (found,) = list_changes(table, np.arange(3))
    assert found == (2, (SourceChange("/a", Kind.ADDED, None, "[ 1 ]", None),), "")
    path.write_text('[{"Id":"1"}]')
    assert list(list_changes(read_exports([path], uses_cache=False), np.arange(1))) == []
