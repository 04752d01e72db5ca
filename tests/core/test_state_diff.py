"""What became of a state: nothing hidden, nothing made up, and quick on large ones."""

from __future__ import annotations

import json
import random
import time

import jsonpatch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditviewer.core.errors import Cancelled
from auditviewer.core.json_patch import NoPatchError, json_patch
from auditviewer.core.progress import Progress
from auditviewer.core.state_diff import Kind, changes, diff_states, format_changes

KEYS = st.sampled_from(["a", "b", "", "/", "~", "~1", "a/b", "m~n", "0", "-", "id", "Id", "name", "ключ"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.sampled_from([0, 1, -1, 1.0, 1.5, 1e5])
    | st.sampled_from(["", "1", "true", "x", "\ud800"])
)
ENTITIES = st.lists(
    st.fixed_dictionaries({"id": st.integers(0, 8)}, optional={"v": SCALARS, "w": st.lists(SCALARS, max_size=3)}),
    max_size=8,
)
STATES = st.recursive(
    SCALARS | ENTITIES,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)
KEYED = st.lists(st.tuples(st.integers(0, 8), SCALARS), unique_by=lambda item: item[0], max_size=8).map(
    lambda items: {"items": [{"id": number, "v": value} for number, value in items]}
)
PAIRS = (
    st.tuples(KEYED, KEYED) | st.tuples(STATES, STATES) | STATES.flatmap(lambda s: st.tuples(st.just(s), edits_of(s)))
)


@st.composite
def edits_of(draw, state):
    """Return the state with a few random edits, so that most of it stays the same."""
    edited = json.loads(json.dumps(state))
    rng = random.Random(draw(st.integers(0, 2**32)))
    for _ in range(draw(st.integers(0, 4))):
        edited = _edit(edited, rng, draw(SCALARS))
    return edited


def _edit(value, rng, scalar):
    if isinstance(value, list) and value and rng.random() < 0.8:
        i = rng.randrange(len(value))
        what = rng.randrange(4)
        if what == 0:
            value.insert(i, scalar)
        elif what == 1:
            del value[i]
        elif what == 2:
            rng.shuffle(value)
        else:
            value[i] = _edit(value[i], rng, scalar)
        return value
    if isinstance(value, dict) and value and rng.random() < 0.8:
        key = rng.choice(list(value))
        if rng.random() < 0.3:
            del value[key]
        else:
            value[key] = _edit(value[key], rng, scalar)
        return value
    return scalar


def strict(value):
    """Return the value so that equality means equal type and, for a number, equal text."""
    if isinstance(value, dict):
        return {"object": {key: strict(member) for key, member in value.items()}}
    if isinstance(value, list):
        return [strict(item) for item in value]
    return (type(value).__name__, value)


class Number(str):
    """A number's text, told from a string by its type."""


def read_strictly(text):
    return json.loads(text, parse_int=Number, parse_float=Number)


def patched(original, patch):
    document = read_strictly(original)
    for operation in read_strictly(patch):
        document = jsonpatch.apply_patch(document, [operation])
    return document


def kinds(original, updated):
    """Return {path: kind} of the changes."""
    return {change.path: change.kind.value for change in changes(diff_states(original, updated))}


def all_nodes(diff):
    pending = [diff.root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(diff.children(node))


# -- properties ------------------------------------------------------------------------------------------


@settings(max_examples=250, deadline=None)
@given(PAIRS)
def test_the_patch_turns_the_original_into_the_updated_state(pair):
    before, after = (json.dumps(state) for state in pair)
    diff = diff_states(before, after)
    if diff.root is None:
        assert pair == (None, None)
        return
    assert strict(patched(before, json_patch(diff))) == strict(read_strictly(after))


@settings(max_examples=120, deadline=None)
@given(PAIRS)
def test_no_change_is_told_exactly_when_the_states_are_the_same(pair):
    before, after = (json.dumps(state) for state in pair)
    told = changes(diff_states(before, after))
    assert (not told) == (strict(read_strictly(before)) == strict(read_strictly(after)))


@settings(max_examples=120, deadline=None)
@given(PAIRS)
def test_pointers_lead_to_the_values_they_stand_by(pair):
    before, after = (json.dumps(state) for state in pair)
    diff = diff_states(before, after)
    if diff.root is None:
        return
    for node in all_nodes(diff):
        for document, pointer, value in (
            (before, node.original_pointer, node.original),
            (after, node.updated_pointer, node.updated),
        ):
            if pointer is not None:
                found = jsonpatch.JsonPointer(pointer).resolve(read_strictly(document))
                assert strict(found) == strict(read_strictly(_text_of(value)))


@settings(max_examples=120, deadline=None)
@given(PAIRS)
def test_the_counts_agree_with_the_list(pair):
    diff = diff_states(*(json.dumps(state) for state in pair))
    told = [change.kind for change in changes(diff)]
    assert diff.counts.added == told.count(Kind.ADDED)
    assert diff.counts.removed == told.count(Kind.REMOVED)
    assert diff.counts.replaced == told.count(Kind.REPLACED)
    assert diff.counts.moved == told.count(Kind.MOVED)


@settings(max_examples=80, deadline=None)
@given(PAIRS)
def test_a_single_change_is_a_patch_of_its_own(pair):
    before, after = (json.dumps(state) for state in pair)
    diff = diff_states(before, after)
    if diff.root is None:
        return
    for node in all_nodes(diff):
        patched(before, json_patch(diff, node))  # applies without an error


def _text_of(value):
    from auditviewer.core.json_format import format_json

    return format_json(value)


# -- types and numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [("1", "true"), ("0", "false"), ("1", '"1"'), ("1", "1.0"), ("null", "0"), ("[]", "{}")],
)
def test_values_of_different_type_or_spelling_are_a_change(before, after):
    assert kinds(f'{{"v": {before}}}', f'{{"v": {after}}}') == {"/v": "changed"}


def test_a_number_written_differently_is_shown_and_said_so():
    (change,) = changes(diff_states('{"v": 1.0}', '{"v": 1}'))
    assert change.note == "same number, written differently"
    assert change.describe() == "/v changed: 1.0 -> 1 (same number, written differently)"


def test_a_huge_number_is_compared_to_the_last_digit():
    digits = "9" * 5000
    assert kinds(f"[{digits}8]", f"[{digits}9]") == {"/0": "changed"}
    assert kinds(f"[{digits}]", f"[{digits}]") == {}


def test_another_order_of_keys_is_no_change_and_is_said():
    diff = diff_states('{"a":1,"b":2}', '{"b":2, "a":1}')
    assert diff.counts.total == 0 and diff.counts.unchanged == 2
    assert any("order of keys" in note for note in diff.notes)


def test_the_parts_of_a_state_are_counted():
    diff = diff_states('{"a":1,"b":{"c":[1,2],"d":{}},"e":5}', '{"a":2,"b":{"c":[1,2],"d":{}},"f":6,"g":{"h":1,"i":2}}')
    assert diff.counts.describe() == "1 changed, 2 added, 1 removed, 3 unchanged"


# -- arrays ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["id", "Id", "ID", "name", "Name", "key", "uuid"])
def test_objects_are_matched_by_their_identifying_key(key):
    before = json.dumps([{key: f"k{i}", "v": i} for i in range(5)])
    after = json.dumps([{key: "new", "v": 9}] + [{key: f"k{i}", "v": i + (i == 3)} for i in range(5) if i != 1])
    diff = diff_states(before, after)
    assert kinds(before, after) == {"/0": "added", "/1": "removed", "/3/v": "changed"}
    assert diff.root.matching.describe() == f"matched by key {key}"


@pytest.mark.parametrize(
    "items",
    [
        [{"id": 1, "v": 1}, {"id": 1, "v": 2}],  # not unique
        [{"id": 1, "v": 1}, {"v": 2}],  # not in all
        [{"id": None, "v": 1}, {"id": 2, "v": 2}],  # null identifies nothing
        [{"id": True, "v": 1}, {"id": False, "v": 2}],
        [{"x": 1}, {"x": 2}],
    ],
)
def test_objects_without_an_identifying_key_are_matched_by_position(items):
    changed = json.loads(json.dumps(items))
    changed[1]["new"] = 1
    diff = diff_states(json.dumps(items), json.dumps(changed))
    assert [change.path for change in changes(diff)] == ["/1/new"]
    assert diff.root.matching.describe() == "matched by position"


def test_one_and_the_text_one_are_different_keys():
    told = changes(diff_states('[{"id": 1}]', '[{"id": "1"}]'))
    assert sorted((change.path, change.kind.value) for change in told) == [("/0", "added"), ("/0", "removed")]


def test_an_insertion_into_a_list_of_values_marks_only_itself():
    before = json.dumps([f"group-{i}" for i in range(200)])
    after = json.dumps(["first"] + [f"group-{i}" for i in range(200) if i != 100])
    diff = diff_states(before, after)
    assert kinds(before, after) == {"/0": "added", "/100": "removed"}
    assert diff.root.matching.describe() == "matched by longest common run"


def test_an_insertion_between_objects_without_a_key_marks_only_itself():
    items = [{"day": d, "on": True} for d in "abcdef"]
    assert kinds(json.dumps(items), json.dumps([{"day": "z"}, *items])) == {"/0": "added"}


def test_items_that_changed_places_are_moved_not_hidden():
    items = [{"id": i} for i in range(4)]
    before, after = json.dumps(items), json.dumps([items[1], items[2], items[3], items[0]])
    diff = diff_states(before, after)
    (change,) = changes(diff)
    assert (change.kind, change.original_path, change.path) == (Kind.MOVED, "/0", "/3")
    assert diff.counts.describe() == "0 changed, 0 added, 0 removed, 1 moved, 4 unchanged"


def test_an_item_that_moved_and_changed_is_told_as_both():
    before = '[{"id":1,"v":1},{"id":2,"v":1},{"id":3,"v":1}]'
    after = '[{"id":3,"v":1},{"id":1,"v":1},{"id":2,"v":1}]'.replace('"id":3,"v":1', '"id":3,"v":7')
    assert kinds(before, after) == {"/0": "moved", "/0/v": "changed"}


# -- missing and unreadable states -----------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [None, "", "  ", "null"])
def test_a_creation_and_a_deletion_are_told_member_by_member(nothing):
    state = '{"a": 1, "b": [2, 3]}'
    assert kinds(nothing, state) == {"/a": "added", "/b": "added"}
    assert kinds(state, nothing) == {"/a": "removed", "/b": "removed"}
    created = diff_states(nothing, state)
    assert "no original state" in created.notes[0]
    assert strict(patched("null", json_patch(created))) == strict(read_strictly(state))
    assert patched(state, json_patch(diff_states(state, nothing))) is None


@pytest.mark.parametrize(("before", "after"), [(None, None), ("", "null"), (None, " ")])
def test_without_any_state_there_is_nothing_to_compare(before, after):
    diff = diff_states(before, after)
    assert diff.root is None and changes(diff) == []
    assert diff.notes == ("The event has no states to compare.",)
    with pytest.raises(NoPatchError):
        json_patch(diff)


def test_a_state_that_is_not_json_is_reported_with_its_place():
    diff = diff_states('{"a": 1}', '{"a": 1,\n "b": NaN}')
    assert diff.root is None and diff.has_error
    assert (diff.updated.error.line, diff.updated.error.column) == (2, 7)
    assert "line 2, column 7" in diff.notes[0]
    assert changes(diff) == []


def test_text_inside_text_is_compared_inside_and_said():
    diff = diff_states('{"a": 1}', json.dumps('{"a": 2}'))
    assert [change.path for change in changes(diff)] == ["/a"]
    assert diff.notes == ("The updated state is JSON inside a JSON string; what is inside is compared.",)


# -- keys ------------------------------------------------------------------------------------------------


def test_equal_keys_are_compared_one_by_one_and_make_no_patch():
    diff = diff_states('{"a": 1, "a": 2}', '{"a": 1, "a": 3}')
    assert [(node.key, node.occurrence, node.kind.value) for node in diff.children(diff.root)] == [
        ("a", 1, "unchanged"),
        ("a", 2, "changed"),
    ]
    with pytest.raises(NoPatchError, match='The key "a" comes more than once'):
        json_patch(diff)


def test_pointers_escape_slash_and_tilde():
    assert list(kinds('{"a/b": {"m~n": {"": 1}}}', '{"a/b": {"m~n": {"": 2}}}')) == ["/a~1b/m~0n/"]


def test_numbers_keep_their_text_in_patch_and_list():
    diff = diff_states('{"a": 1}', '{"a": 1.50e3, "b": [1.0]}')
    assert "1.50e3" in json_patch(diff) and "[1.0]" in json_patch(diff)
    assert json.loads(format_changes(diff), parse_float=str)[0] == {
        "path": "/a",
        "change": "changed",
        "before": 1,
        "after": "1.50e3",
    }


def test_the_patch_of_one_path_holds_that_path_alone():
    diff = diff_states('{"a": 1, "b": {"c": 1}}', '{"a": 2, "b": {"c": 2, "d": 3}}')
    by_key = {node.key: node for node in diff.children(diff.root)}
    assert [op["path"] for op in json.loads(json_patch(diff, by_key["b"]))] == ["/b/c", "/b/d"]
    (c, d) = diff.children(by_key["b"])
    assert json.loads(json_patch(diff, d)) == [{"op": "add", "path": "/b/d", "value": 3}]
    assert json.loads(json_patch(diff, c)) == [{"op": "replace", "path": "/b/c", "value": 2}]


# -- size ------------------------------------------------------------------------------------------------


def best_of_three(before, after):
    times = []
    for _ in range(3):
        started = time.perf_counter()
        diff = diff_states(before, after)
        times.append(time.perf_counter() - started)
    return diff, min(times)


def test_fifteen_hundred_objects_take_a_moment():
    items = [{"id": i, "name": f"n{i}", "tags": ["a", "b"], "on": True, "x": {"y": i * 0.5}} for i in range(1500)]
    after = [{**item, "on": item["id"] % 3 == 0} for item in reversed(items)]
    diff, seconds = best_of_three(json.dumps(items), json.dumps(after))
    assert diff.counts.replaced == 1000 and diff.counts.moved == 1499
    assert seconds < 1.5


@pytest.mark.parametrize(
    "make",
    [
        lambda n: ([0] * n, [1, *([0] * n)]),
        lambda n: ([i % 2 for i in range(n)], [(i * 7 // 3) % 2 for i in range(n)]),
        lambda n: (list(range(n)), list(range(n))[::-1]),
        lambda n: ([{"x": i} for i in range(n)], [{"x": -i} for i in range(n)]),
        lambda n: ({str(i): i for i in range(n)}, {str(i): i + 1 for i in range(n)}),
        lambda n: ([[i % 2, i % 3] for i in range(n)], [[i % 3, i % 2] for i in range(n)]),
    ],
)
def test_large_states_take_near_linear_time(make):
    before, after = (json.dumps(state) for state in make(15_000))
    started = time.perf_counter()
    diff = diff_states(before, after)
    assert time.perf_counter() - started < 5
    assert diff.counts.total > 0


def test_a_closer_look_that_would_take_too_long_is_left_and_said():
    diff = diff_states(
        json.dumps([i % 2 for i in range(20_000)]), json.dumps([1 - (i // 3) % 2 for i in range(20_000)])
    )
    assert diff.root.matching.describe() == "matched by position (too many equal items to look closer)"


def test_the_deepest_states_are_compared():
    deep = "[" * 499 + "{}" + "]" * 499
    other = "[" * 499 + '{"a": 1}' + "]" * 499
    assert kinds(deep, other) == {"/0" * 499 + "/a": "added"}
    assert json_patch(diff_states(deep, other))
    assert "nested more than 500" in diff_states("[" * 100_000, "[]").notes[0]


def test_comparing_can_be_cancelled():
    with pytest.raises(Cancelled):
        diff_states("[1]", "[2]", Progress(is_cancelled=lambda: True))
