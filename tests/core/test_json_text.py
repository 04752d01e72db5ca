"""The guarded door: nothing is lost, everything else is refused with its place."""

from __future__ import annotations

import json
import pickle
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core import json_text
from auditviewer.core.json_format import format_json
from auditviewer.core.json_text import (
    DEPTH_LIMIT,
    JsonError,
    JsonNumber,
    JsonObject,
    first_duplicate_key,
    is_object_or_array,
    offset_deeper_than,
    parse_json,
    unwrap_json,
)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


def plain_of(value):
    """Return the value as the standard library would give it."""
    if isinstance(value, JsonNumber):
        return json.loads(value.text)
    if isinstance(value, JsonObject):
        return {key: plain_of(member) for key, member in value.members}
    return [plain_of(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("text", ["1.0", "1e5", "1E+5", "-0", "-0.00", "9" * 5000, "1e999999999", "0.1000"])
def test_a_number_keeps_its_text(text):
    value = parse_json(text)
    assert isinstance(value, JsonNumber)
    assert value.text == text
    assert format_json(value) == text


def test_one_and_true_and_text_and_one_point_nought_are_four_values():
    values = [parse_json(text) for text in ("1", "true", '"1"', "1.0")]
    assert all(a != b for i, a in enumerate(values) for b in values[i + 1 :])
    assert parse_json("[1]") != parse_json("[true]")
    assert parse_json("[1]") == parse_json(" [ 1 ] ")


def test_key_order_and_equal_keys_are_kept():
    value = parse_json('{"b": 1, "a": 2, "b": 3}')
    assert isinstance(value, JsonObject)
    assert [key for key, _ in value.members] == ["b", "a", "b"]
    assert first_duplicate_key(value) == "b"
    assert format_json(value) == '{"b": 1, "a": 2, "b": 3}'


def test_equal_keys_are_found_deep_inside_and_not_across_objects():
    assert first_duplicate_key(parse_json('[{"a": {"x": 1}}, {"a": [{"y": 1, "y": 1}]}]')) == "y"
    assert first_duplicate_key(parse_json('[{"a": {"a": 1}}, {"a": 2}]')) is None


def test_lone_surrogates_are_kept_and_written_as_escapes():
    value = parse_json(r'"\ud800x"')
    assert value == "\ud800x"
    assert format_json(value) == r'"\ud800x"'


@given(PLAIN)
def test_what_the_standard_library_writes_is_read_the_same(value):
    text = json.dumps(value)
    assert plain_of(parse_json(text)) == value
    assert plain_of(parse_json(format_json(parse_json(text), indent=2))) == value


@given(PLAIN)
def test_the_check_and_the_parser_agree(value):
    text = json.dumps(value, ensure_ascii=False)
    assert is_object_or_array(text) == isinstance(value, (list, dict))


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ("  \n ", 2, 2),
        ("[1,]", 1, 4),
        ('{"a":1,}', 1, 8),
        ("[1 2]", 1, 4),
        ("{a:1}", 1, 2),
        ('{"a" 1}', 1, 6),
        ('["\\x"]', 1, 3),
        ('"abc', 1, 1),
        ("[1]\n x", 2, 2),
        ("\ufeff[]", 1, 1),
        ("01", 1, 2),
        ("1.", 1, 2),
        ("+1", 1, 1),
        ("\u0661", 1, 1),
        ('["a\nb"]', 1, 4),
        ("[NaN]", 1, 2),
        ('["NaN", "\\"Infinity",\n -Infinity]', 2, 2),
        ("'a'", 1, 1),
        ("[1] // note", 1, 5),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(text, line, column):
    with pytest.raises(JsonError) as caught:
        parse_json(text)
    failure = caught.value
    assert (failure.line, failure.column) == (line, column)
    lines = text.split("\n")
    assert failure.offset == sum(len(before) + 1 for before in lines[: line - 1]) + column - 1
    assert f"line {line}, column {column}" in failure.sentence
    assert not is_object_or_array(text)


def test_an_error_survives_the_way_between_threads_and_processes():
    with pytest.raises(JsonError) as caught:
        parse_json("[1,")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.sentence, again.offset) == (caught.value.sentence, caught.value.offset)


@pytest.mark.parametrize("opener", ["[", '{"a":', '[{"a":['])
@pytest.mark.parametrize("is_closed", [True, False])
def test_a_hundred_thousand_levels_are_refused_not_fatal(opener, is_closed):
    closer = "".join({"[": "]", "{": "}"}.get(c, "") for c in reversed(opener))
    text = opener * 100_000 + (closer * 100_000 if is_closed else "")
    with pytest.raises(JsonError, match="nested more than 500") as caught:
        parse_json(text)
    assert text[caught.value.offset] in "[{"
    assert not is_object_or_array(text)


def test_the_deepest_that_is_allowed_is_read_and_written():
    text = "[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT
    assert format_json(parse_json(text)) == text
    assert is_object_or_array(text)
    with pytest.raises(JsonError):
        parse_json(f"[{text}]")


def test_brackets_inside_strings_are_not_depth():
    text = json.dumps(["[" * 2000, '\\"' + "{" * 2000])
    assert len(parse_json(text)) == 2
    assert is_object_or_array(text)


@pytest.mark.parametrize(
    "text", ["{}", "[]", ' {"a": 1} \n', '{"a":1,"a":2}', "[" + "9" * 5000 + "]", r'["\ud83d\ude00"]']
)
def test_an_object_or_array_may_stand_as_it_is(text):
    assert is_object_or_array(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1",
        "null",
        '"{}"',
        "{} {}",
        "[1]x",
        "{'a':1}",
        "[NaN]",
        "[Infinity]",
        r'["\ud800"]',
        r'{"\uDC00": 1}',
        '["\ud800"]',
        "\u00a0[]",
        "[1]\u00a0",
        "[1]\0",
    ],
)
def test_what_others_could_not_read_may_not_stand_as_it_is(text):
    assert not is_object_or_array(text)


def test_an_escaped_backslash_before_ud_is_no_surrogate():
    assert is_object_or_array(r'["\\ud800"]')


def test_text_inside_text_is_unwrapped_and_counted():
    inner = '{"a": 1.0}'
    once, twice = json.dumps(inner), json.dumps(json.dumps(inner))
    assert [unwrap_json(text)[1] for text in (inner, once, twice)] == [0, 1, 2]
    assert format_json(unwrap_json(twice)[0]) == inner


@pytest.mark.parametrize("text", ['"hello"', '"{not json"', '"5"', '"null"', '""'])
def test_plain_text_stays_text(text):
    assert unwrap_json(text) == (json.loads(text), 0)


def test_megabytes_take_seconds_not_minutes():
    text = json.dumps([{"id": i, "name": f"n{i}", "values": [1, 2.5, True]} for i in range(60_000)])
    assert len(text) > 3_000_000
    started = time.perf_counter()
    assert len(parse_json(text)) == 60_000
    assert is_object_or_array(text)
    assert time.perf_counter() - started < 20


@given(st.recursive(st.text(st.sampled_from('[]{}"\\x')), lambda inner: st.lists(inner, max_size=3)), st.integers(0, 4))
def test_a_large_text_is_as_deep_as_a_small_one(value, limit):
    text = json.dumps(value)
    wanted = offset_deeper_than(text, limit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_LARGE", 0)
        assert offset_deeper_than(text, limit) == wanted
