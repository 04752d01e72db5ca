"""The compiled reading of JSON records gives what the careful reader and the way with arrays give, on any bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditviewer.core import native
from auditviewer.core.native.json_records import Gaps, ObjectColumns, index_objects
from auditviewer.core.reading.json_arrays import ArrayBlock
from auditviewer.core.reading.json_compiled import CompiledBlock, Plan
from auditviewer.core.reading.json_index import DEPTH_MAX, index_records
from auditviewer.core.reading.json_layout import Layout
from auditviewer.core.reading.json_record import BadRecord, parse_record
from auditviewer.core.table import CellKind

from .reading.test_json_readers_agree import VALUES, contents

EXAMPLES = settings(deadline=None, max_examples=300)
needs_library = pytest.mark.skipif(not native.is_there(), reason="built without a C compiler")

PIECES = (
    b"{", b"}", b"[", b"]", b'"', b'"', b"\\", b"\\\\", b'\\"', b",", b":", b"\n", b" ", b"\x01", b"\x1f", b"\x00",
    b"abcdefgh", b"x" * 61, b"\xc3\xa9", b"\xff",
)  # fmt: skip
TOKENS = (
    "{", "}", "[", "]", '"', ",", ":", " ", "\n", "\t", "\r", "\\", "\\u", "d83d", "\\ude00", "\\ud83d", "00e9", "\\n",
    "\\/", "\\x", "-", "0", "1", "12", ".", "e", "E+", "true", "false", "null", "nul", "NaN", "Infinity", '"a"', '"a":',
    "\u2028", "é", "😀", "\x7f", "\x1f", "\x0b", "{}", "[]", "[[", "]]", "long text without any mark in it " * 2,
)  # fmt: skip


def bytes_of(data: bytes) -> np.ndarray:
    return np.frombuffer(data, dtype=np.uint8)


# -- index --------------------------------------------------------------------------------------------------------


@needs_library
@given(st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join))
@example(b"{" + b"[" * 198 + b"]" * 198 + b"}{" + b"[" * 199 + b"]" * 199 + b"}{" + b"[" * 200 + b"]" * 200 + b"}")
@example(b"x" * 63 + b'{"\\"}\n"}\n{}')
@example(b'{"' + b"x" * 60 + b'\\"}"}{"a":"\n"}')
@EXAMPLES
def test_the_index_is_that_of_the_arrays(data):
    found, expected = index_objects(bytes_of(data), DEPTH_MAX), index_records(bytes_of(data))
    starts, ends = expected.tokens[expected.opens], expected.tokens[expected.closes] + 1
    assert found.starts.tolist() == starts.tolist()
    assert found.ends.tolist() == ends.tolist()
    assert found.lines.tolist() == [data[:start].count(b"\n") for start in starts.tolist()]


@needs_library
def test_more_records_than_are_expected_of_so_many_bytes_are_in_the_index():
    found = index_objects(bytes_of(b"{}" * 5_000), DEPTH_MAX)
    assert found.starts.tolist() == list(range(0, 10_000, 2))
    assert found.ends.tolist() == list(range(2, 10_002, 2))


# -- values -------------------------------------------------------------------------------------------------------


ONE_MEMBER = Layout(("a",), (b'{"a":', b"}"))


def read_one(text: str) -> list[tuple[str, int, str | None]] | None:
    """Return the members of a record, None where it is refused."""
    data = bytes_of(text.encode())
    index = index_objects(data, DEPTH_MAX)
    if index.ends.tolist()[:1] != [len(data)]:
        return None
    plan = Plan().with_layout(ONE_MEMBER)
    columns = ObjectColumns(1)
    columns.add(len(plan.columns), 0)
    columns.read(data, index, 1, plan.gaps)
    if not columns.n_rows:
        return None
    members = []
    for name, i in plan.columns.items():
        (offsets, texts), kinds = columns.column(i)
        assert offsets.tolist() == [0, len(texts)]
        kind = int(kinds[0])
        members.append((name, kind, None if kind == CellKind.NULL else texts.tobytes().decode()))
    return members


def parse_one(text: str) -> list[tuple[str, int, str | None]] | None:
    """Return the members of a record as the careful reader has them, None where it is refused or has other ones."""
    try:
        members = [tuple(member) for member in parse_record(text)]
    except BadRecord:
        return None
    return members if [name for name, _, _ in members] == ["a"] else None


@needs_library
@given(st.lists(st.sampled_from(TOKENS), min_size=1, max_size=12).map("".join), st.integers(0, 70))
@EXAMPLES
def test_a_value_is_what_the_careful_reader_takes_it_for(value, n_before):
    for text in (value, f'"{value}"', f"[{value}]", f'{{"k":{value}}}', f'"{"x" * n_before}{value}"'):
        record = f'{{"a":{text}}}'
        if text == text.strip(" \t\r\n"):  # what stands around a value is the layout's
            assert read_one(record) == parse_one(record)


@needs_library
@pytest.mark.parametrize("value", [
    *VALUES, "-", "-0", "00", "-01", "1.", ".5", "1.5", "1e", "1e+", "1E-05", "1e5.", "+1", "0x1", "1_0", "٣", "truE",
    "nullx", "[1 2]", "[,]", "[1,,2]", '{"a":1,}', '{"a":1 "b":2}', '{"a"}', '{"a":}', "{1:2}", "{,}", "[}",
    "[1", '{"a":[}]', "[-]", "[-Infinity]", "[NaN]", "[01]", "[1.]", '["\\u12g4"]', '["\\u123"]', '"\\u12"', '"\\"',
    '"\\ud83d\\u0041"', '"\\ud83d\\ud83d\\ude00"', '"\\ude00\\ud83d"', '"\\uD83D\\uDE00"', '"\\ud83dx"', '"\\ud83d\\n"',
    '"\\u0000\\u007f\\u0080\\u07ff\\u0800\\uffff"', '["\\ud800"]', "[" * 198 + "]" * 198, "[" * 400 + "]" * 400,
    '{"a":' * 150 + "1" + "}" * 150, f'"{"long " * 9_000}"', '"' + "\\n\\u00e9" * 3_000 + '"', '"a\x00b"', '["a\nb"]',
    '[ \t\r\n1\t,\r\n{ "a" :\n[ ] , "b":{ } } ]', "[\x0b1]", "[\u00a01]",
])  # fmt: skip
def test_a_value_on_the_edge_is_what_the_careful_reader_takes_it_for(value):
    record = f'{{"a":{value}}}'
    expected = parse_one(record) if not value.startswith("[" * 201) and value[:1] not in " \t\r\n" else None
    assert read_one(record) == expected


@needs_library
def test_a_record_must_be_of_a_known_layout():
    assert read_one('{"a":1}') and not read_one('{"a" :1}') and not read_one('{"b":1}') and not read_one('{"a":1 }')
    assert not read_one('{"a":1,"b":2}') and not read_one("{}")


@needs_library
def test_what_is_read_of_a_record_that_is_refused_is_forgotten():
    records = b'{"a":"x","b":1}{"a":"yy","b":01}{"a":"z","b":2}'
    data, plan = bytes_of(records), Plan().with_layout(Layout(("a", "b"), (b'{"a":', b',"b":', b"}")))
    columns = ObjectColumns(3)
    columns.add(2, 0)
    columns.read(data, index_objects(data, DEPTH_MAX), 3, plan.gaps)
    assert columns.n_rows == 1
    (offsets, texts), kinds = columns.column(0)
    assert (offsets.tolist(), texts.tobytes(), kinds.tolist()) == ([0, 1], b"x", [CellKind.STRING])


@needs_library
def test_a_column_without_any_layout_reads_nothing():
    data = bytes_of(b"{}")
    columns = ObjectColumns(1)
    assert not len(columns.read(data, index_objects(data, DEPTH_MAX), 1, Plan().gaps)) and not columns.n_rows
    assert isinstance(Plan().gaps, Gaps)


# -- blocks -------------------------------------------------------------------------------------------------------


def said_of(block, n):
    cells = block.read(n)
    texts = {name: array.to_pylist() for name, array in cells.texts.items()}
    kinds = {name: kind.tolist() for name in texts if (kind := cells.kinds.get(name, np.zeros(cells.n))).any()}
    return cells.n, texts, kinds, cells.firsts


@needs_library
@given(contents())
@settings(deadline=None, max_examples=200)
def test_a_block_is_what_the_arrays_make_of_it(data):
    start = max(data.find(b"{"), 0)
    block = bytes_of(data[start:])
    compiled, arrays = CompiledBlock(block, Plan()), ArrayBlock(block, {})
    n = len(arrays.starts)
    assert compiled.starts.tolist() == arrays.starts.tolist()
    assert compiled.lines.tolist() == arrays.lines.tolist()
    sound = n
    for i, (first, last) in enumerate(zip(arrays.starts.tolist(), arrays.ends.tolist(), strict=True)):
        if block[first] != 0x7B or not native.is_utf8(block[:last]):
            sound = i
            break
    n = said_of(arrays, sound)[0] if sound else 0  # white space before a number is new to them each time
    if n:
        assert CompiledBlock(block, Plan()).read(sound).n >= n
        assert said_of(compiled, n) == said_of(arrays, n)


@needs_library
def test_columns_grow_with_what_is_in_them(monkeypatch):
    monkeypatch.setattr("auditviewer.core.reading.json_compiled._ROOM_BYTES", 0)
    values = [f"{i:0{i % 500}d}" for i in range(3_000)]
    data = "".join(f'{{"a":"{value}","b":[{i}]}}' for i, value in enumerate(values)).encode()
    cells = CompiledBlock(bytes_of(data), Plan()).read(len(values))
    assert cells.texts["a"].to_pylist() == values
    assert cells.texts["b"].to_pylist() == [f"[{i}]" for i in range(3_000)]


@needs_library
def test_a_block_of_many_columns_is_read_in_pieces_of_so_many_cells(monkeypatch):
    monkeypatch.setattr("auditviewer.core.reading.json_compiled._MAX_CELLS", 40)
    wide = "{" + ",".join(f'"c{i}":{i}' for i in range(20)) + "}"
    for records in (['{"a":1}'] * 10 + [wide] * 5, [wide] * 5 + ['{"a":1}'] * 10, [wide] * 3):
        block = bytes_of("".join(records).encode())
        plan, n, texts = Plan(), 0, []
        while n < len(records):
            compiled = CompiledBlock(block[sum(map(len, records[:n])) :], plan)
            cells = compiled.read(len(records) - n)
            assert cells.n > 0 and cells.n * len(cells.texts) <= 40
            texts += (cells.texts["a"] if "a" in cells.texts else cells.texts["c7"]).to_pylist()[: cells.n]
            plan, n = compiled.plan, n + cells.n
        assert n == len(records)
