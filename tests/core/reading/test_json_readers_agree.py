"""The fast and the careful JSON reader say the same of any content: events, places, rejects, notices."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditviewer.core.errors import UnreadableExportError

from .json_exports import account_of, cells_of, read_bytes, record

KEYS = ("Id", "id", "Timestamp", "EventType", "Target", "x", "X", "é", "", "a\\u0062", "\\ud800", 'q\\"k')
VALUES = (
    '"a"', '""', '"é😀"', '"\\n\\"\\\\"', '"\\\\"', '"\\\\\\""', '"\\ud83d\\ude00"', '"\\ud800"', '"{,}:[]"', "null",
    "true", "0", "-1.5e+3", "{}", "[]", '{"a":[1,{"b":"}"}],"a":null}', "[ 1 ,\n 2]", '"{\\"a\\":1}"', "\t7",
    "[[[[]]]]", "NaN", "01", '"\t"', '"\\x"', "[1,]", '{"a"}', "[1}", '"a" "b"', "", "tru", '"\x7f\u2028"',
)  # fmt: skip
GOOD = 20
SPACES = st.sampled_from(["", " ", "\n", "\r\n", "\n  ", "\t"])


@dataclass(frozen=True)
class Spelling:
    """How some records are written: their keys, and what stands around these."""

    keys: tuple[str, ...]
    before: str
    colon: str
    after: str


spellings = st.builds(
    Spelling,
    st.lists(st.sampled_from(KEYS[:10]), min_size=1, max_size=5, unique_by=str.lower).map(tuple),
    SPACES,
    st.sampled_from([":", ": ", " : "]),
    SPACES,
)
RARELY = st.integers(0, 39).map(lambda number: number == 7)


@st.composite
def records(draw, spelling):
    """Return a record that is spelled so, now and then almost so."""
    members = []
    for key in spelling.keys:
        key = draw(st.sampled_from(KEYS)) if draw(RARELY) else key
        value = draw(st.sampled_from(VALUES if draw(RARELY) else VALUES[:GOOD]))
        members.append(f'"{key}"{" : " if draw(RARELY) else spelling.colon}{value}')
    return "{" + spelling.before + ("," + spelling.before).join(members) + spelling.after + "}"


@st.composite
def contents(draw):
    """Return a content in which most records are of a few spellings, and now and then something is damaged."""
    kinds = draw(st.lists(spellings, min_size=1, max_size=2))
    items = draw(st.lists(st.sampled_from(kinds).flatmap(records), min_size=2, max_size=12))
    items = [record("first"), *items]
    space = draw(SPACES)
    form = draw(st.sampled_from(["lines", "array", "concatenated", "sequence", "items"]))
    if form == "lines":
        text = "".join(
            item.replace("\n", " ").replace("\r", " ") + draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\n\n"]))
            for item in items
        )
    elif form == "sequence":
        text = "".join(f"\x1e{item}\n" for item in items)
    elif form == "concatenated":
        text = space.join(items)
    else:
        text = f"[{space}" + f",{space}".join(items) + f"{space}]"
    if form == "items":
        text = f'{{"n":1,"items":{text},"m":2}}'
    data = bytearray(text.encode())
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        what = draw(
            st.sampled_from(
                [b"", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\x00", b"\xff", b"\xc3", b" ", b"1"]
            )
        )
        data[at : at + draw(st.integers(0, 2))] = what
    return bytes(data)


def answer(folder, data, **ways):
    try:
        return account_of(*read_bytes(folder, data, **ways))
    except UnreadableExportError as error:
        return str(error)


@settings(deadline=None, max_examples=100)
@given(contents(), st.sampled_from([40, 100, 300, 1000, 1 << 20]))
@example(b'{"Id":"a","Timestamp":"\\\\","Target":"b"}\n' * 6, 100)
def test_the_fast_and_the_careful_reader_agree(data, block_bytes):
    with tempfile.TemporaryDirectory() as folder:
        careful = answer(Path(folder), data)
        assert answer(Path(folder), data, is_fast=True, block_bytes=block_bytes) == careful


ALMOST = {
    # a record that is sound, and others that differ from it in one place
    '{"Id":"ab","x":"c" }': (
        '{"Id":"ab","x":"c"1}', '{"Id":"ab","x":"c"}}', '{"Id":"ab","x":"c" ]', '{"Id":"ab","x":"c"",}',
        '{"Id":"ab","x":"c"d }',
        '{"Id":"ab","x":"c""d" }', '{"Id":"ab","x":"c"{} }', '{"Id":"ab","y":"c" }', '{"Id":"ab";"x":"c" }',
        '{"Id":"ab","x""c" }', '{"Id":"ab","x":"c", }', '["Id":"ab","x":"c" }', '["Id","ab","x","c" ]',
        '{"id":"ab","x":"c" }',
        '{"Id":"ab"1"x":"c" }', '{"Id":"ab" ,"x":"c" }', '{"Id":"ab","Id":"c" }', '{"Id":"ab","x":"\\" }',
        '{"Id":"\\\\","x":"c" }',
        '{"Id":"\\\\\\","x":"c" }', '{"Id":"\\\"","x":"c" }', '{"Id":"ab","x":c }', '{"Id":"ab","x": "c"}',
        '{"Id":"ab","x":1 }',
        '{"Id":"ab","x":nul }', '{"Id":"ab","x":null }', '{"Id":{"a":1],"x":"c" }', '{"Id":[1},"x":"c" }',
        '{"Id":[1] ,"x":"c" }',
        '{"Id":"ab","x":[]"c" }', '{"Id":"ab","x":"c"[] }', '{"Id":"a\tb","x":"c" }', '{"Id":1 2,"x":"c" }',
        '{"Id":,"x":"c" }',
    ),
    '{"Id":1,"x":{}}': (
        '{"Id":1,"x":{}{}}',
        '{"Id":1,"x":{}1}',
        '{"Id":1,"x":1{}}',
        '{"Id":1:2,"x":{}}',
        '{"Id":1,"x":{},}',
        '{"Id":1,"x"}',
    ),
    '{\n "Id": 1,\n "x": 2\n}': (
        '{\n "Id": 1,\n "x": 2 }',
        '{\n "Id": 1,\n "x": 2\x0b}',
        '{\n "Id": 1,\n,"x": 2\n}',
        '{\n "Id":11,\n "x": 2\n}',
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "separators", [("", "\n", ""), ("[", ",", "]"), ("[", ";", "]"), ("", "", ""), ("", "\x1e", "")]
)
@pytest.mark.parametrize("good", ALMOST)
def test_the_readers_agree_on_what_is_almost_like_its_neighbours(tmp_path, good, separators):
    for bad in ALMOST[good]:
        before, between, after = separators
        data = (before + between.join([record("first")] + [good] * 4 + [bad] + [good] * 3) + after).encode()
        careful = answer(tmp_path, data)
        assert isinstance(careful, dict)
        assert answer(tmp_path, data, is_fast=True) == careful, bad


@pytest.mark.parametrize(
    "separators", [("", "\n", ""), ("[", ",", "]"), ("[", " , ", "]"), ("", "", ""), ("", "\x1e", "")]
)
@pytest.mark.parametrize("other", [" ", ";", ",,", "", "x", "\n", ",\n", "}", "]", '"', "null", "\x00", "\x1e"])
def test_the_readers_agree_on_what_stands_between_records(tmp_path, separators, other):
    before, between, after = separators
    text = before + between.join([record(name) for name in "abcd"])
    data = (text + other + between.join([record(name) for name in "efgh"]) + after).encode()
    assert answer(tmp_path, data, is_fast=True) == answer(tmp_path, data)


def test_a_block_smaller_than_what_stands_between_two_values_is_read(tmp_path):
    wide = record("a").replace('"Target":', '"Target":' + " " * 60)
    short = '{"a":1,"b":1,"c":1,"d":1,"e":1}'
    data = f"[{wide},{wide},{wide},{short}]".encode()
    assert answer(tmp_path, data, is_fast=True, block_bytes=len(wide) + 5) == answer(tmp_path, data)


@settings(deadline=None, max_examples=50)
@given(contents())
def test_every_record_is_loaded_or_rejected(data):
    with tempfile.TemporaryDirectory() as folder:
        found = answer(Path(folder), data)
        if isinstance(found, dict):
            assert found["records"] == len(found["events"]) + len(found["rejects"])
            numbers = [event[1] for event in found["events"]] + [reject.record for reject in found["rejects"]]
            assert sorted(numbers) == list(range(1, found["records"] + 1))
            for _, _, line, offset, length in found["events"]:
                assert data[offset : offset + 1] == b"{" and data[offset + length - 1 : offset + length] == b"}"
                assert line == 1 + data[:offset].count(b"\n")


def test_the_fast_reader_does_most_of_the_work(tmp_path, monkeypatch):
    from auditviewer.core.reading.json_careful import CarefulJson

    read_one = []
    original = CarefulJson._read_one
    monkeypatch.setattr(CarefulJson, "_read_one", lambda self, pos: read_one.append(pos) or original(self, pos))
    for text in (
        "\n".join(record(str(i)) for i in range(3_000)),
        "[" + ",\n".join(record(str(i)) for i in range(3_000)) + "]",
        "\n".join(
            record(str(i)).replace("Created", ("\\\\" * (i % 5)) + ('\\"' if i % 2 else "")) for i in range(3_000)
        ),
        "".join(record(str(i)) if i % 2 else record(str(i)).replace('"EventType"', '"x"') for i in range(3_000)),
    ):
        read_one.clear()
        read, table = read_bytes(tmp_path, text.encode(), is_fast=True, block_bytes=1 << 14)
        assert len(table) == 3_000
        assert read.reader == "fast"
        assert len(read_one) < 30
        assert cells_of(table, "Target") == [str(i) for i in range(3_000)]


@pytest.mark.parametrize("is_fast", [False, True])
def test_a_record_that_is_not_loaded_brings_no_column(tmp_path, is_fast):
    good = '{ "Target": "", "CustomValues":"", "Timestamp": "", "Id": "", "EventType": "" }'
    bad = '{ "Target": "", "CustomValues":\\", "Timestamp": {}, "Id": "", "EventType": "" }'
    data = f'e{{}}\n\x1e{good}{bad}{{"":"","p":""}}'.encode()  # found by a fuzzer
    read, table = read_bytes(tmp_path, data, is_fast=is_fast, block_bytes=4000)
    assert (read.columns, len(table)) == (("Target", "CustomValues", "Timestamp", "Id", "EventType"), 2)
