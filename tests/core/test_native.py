"""The compiled functions give what plain Python gives, on any bytes, and are built where there is a compiler."""

from __future__ import annotations

import csv
import io
import itertools
import os
import random
import shutil
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditviewer.core import native
from auditviewer.core.instants import read_instant
from auditviewer.core.native.texts import as_array, as_dictionary_array, texts_of
from auditviewer.core.reading.ids import hash_texts

EXAMPLES = settings(deadline=None, max_examples=200)
needs_library = pytest.mark.skipif(not native.is_there(), reason="built without a C compiler")


def bytes_of(data: bytes) -> np.ndarray:
    return np.frombuffer(data, dtype=np.uint8)


def texts(values: list[str]) -> native.Texts:
    encoded = [value.encode() for value in values]
    return np.cumsum([0, *map(len, encoded)], dtype=np.int64), bytes_of(b"".join(encoded))


def test_it_is_built_where_a_compiler_is_found():
    if os.environ.get(native.SWITCH) == "0" or not any(map(shutil.which, ("cc", "gcc", "clang"))):
        pytest.skip("no compiler, or switched off")
    assert native.is_there()


def test_it_can_be_switched_off():
    ask = "from auditviewer.core import native; print(native.is_there())"
    env = {**os.environ, native.SWITCH: "0"}
    asked = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True, env=env)
    assert asked.stdout.strip() == "False"


def test_a_library_of_other_sources_is_not_used(monkeypatch):
    monkeypatch.setattr(native, "VERSION", native.VERSION + 1)
    assert native._library.__wrapped__() is None


# -- UTF-8 --------------------------------------------------------------------------------------------------------


def is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@needs_library
def test_every_beginning_of_a_character_is_judged_as_python_judges_it():
    seconds = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
    for lead, second in itertools.product(range(0x80, 0x100), seconds):
        for rest in (b"", b"\x80", b"\x80\xbf", b"a", b"\x80\x80\x80"):
            for before in (b"", b"x" * 15, b"x" * 16, b"x" * 31):
                for data in (before + bytes([lead]), before + bytes([lead, second]) + rest):
                    assert native.is_utf8(bytes_of(data)) == is_utf8(data), data


@needs_library
@given(st.one_of(st.binary(max_size=80), st.text(max_size=60).map(lambda t: t.encode("utf-8", "surrogatepass"))))
@EXAMPLES
def test_bytes_are_utf8_where_python_says_so(data):
    assert native.is_utf8(bytes_of(data)) == is_utf8(data)


# -- dictionaries -------------------------------------------------------------------------------------------------


@needs_library
@given(st.lists(st.one_of(st.text(max_size=3), st.text("ab", min_size=6, max_size=40)), max_size=300))
@EXAMPLES
def test_equal_texts_have_one_code_and_new_ones_the_next(values):
    dictionary = native.Dictionary()
    known: dict[str, int] = {}
    half = len(values) // 2
    for some in (values[:half], values[half:]):
        codes = dictionary.encode(texts(some))
        assert codes.tolist() == [known.setdefault(value, len(known)) for value in some]
    assert as_array(dictionary.texts()).to_pylist() == list(known)


@needs_library
@pytest.mark.parametrize("n_expected", [0, 10, 100_000])
def test_a_dictionary_grows_and_is_given_back(n_expected):
    values = [f"{i * 7919 % 50_000:x}" * (i % 5) for i in range(60_000)]
    dictionary = native.Dictionary(n_expected)
    codes = dictionary.encode(texts(values))
    array = as_dictionary_array(codes, dictionary.texts())
    array.validate(full=True)
    assert array.to_pylist() == values
    assert len(dictionary) == len(set(values)) > 30_000
    assert texts_of(array.dictionary)[0].tolist() == dictionary.texts()[0].tolist()


@needs_library
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
def test_codes_become_those_of_another_dictionary(dtype):
    codes = np.array([2, -1, 0, 1, 2, -1], dtype=np.int32)
    out = np.full(8, 77, dtype=dtype)
    native.map_codes(codes, np.array([9, 0, 254], dtype=np.int32), out[1:7])
    assert out.tolist() == [77, 255, 0, 10, 1, 255, 0, 77]


@needs_library
def test_a_first_value_may_stand_for_missing():
    dictionary = native.Dictionary()
    dictionary.encode(texts([f"v{i}" for i in range(20)]))
    array = as_array(dictionary.texts(n_before=1), is_first_null=True)
    array.validate(full=True)
    assert array.to_pylist() == [None, *(f"v{i}" for i in range(20))]
    assert as_array(native.Dictionary().texts(n_before=1), is_first_null=True).to_pylist() == [None]


# -- fields -------------------------------------------------------------------------------------------------------


def read(data: bytes, ends: list[int], n_columns: int, delimiter: str = ",", batch_bytes: int = 1 << 18):
    """Return the columns as lists, the first coded and the others plain, or what is wrong."""
    reader = native.FieldReader([i == 0 for i in range(n_columns)], ord(delimiter))
    reader.BATCH_BYTES = batch_bytes
    found = reader.read(bytes_of(data), np.array(ends, dtype=np.int64), 0)
    if isinstance(found, str):
        return found
    arrays = [as_array(t) if codes is None else as_dictionary_array(codes, t) for t, codes in zip(*found, strict=True)]
    for array in arrays:
        array.validate(full=True)
    return [array.to_pylist() for array in arrays]


def written(rows: list[list[str]], delimiter: str, end: str, quoting: int) -> tuple[bytes, list[int]]:
    """Return rows as Python's csv module writes them, and where each ends."""
    ends, out = [], io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    for row in rows:
        writer.writerow(row)
        ends.append(len(out.getvalue().encode()))
    return out.getvalue().encode(), ends


cells = st.one_of(
    st.text(st.sampled_from('a,;"\n\té😀'), max_size=6),
    st.builds(lambda n, part: part * n, st.integers(0, 90), st.sampled_from(['"', "x", 'ab"', "é", ",", '"\n'])),
)


@needs_library
@given(
    st.lists(st.lists(cells, min_size=3, max_size=3), max_size=12),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.booleans(),
    st.sampled_from([1, 100, 1 << 18]),
)
@EXAMPLES
def test_fields_come_out_as_they_were_written(rows, delimiter, end, quoting, ends_in_a_line, batch_bytes):
    data, ends = written(rows, delimiter, end, quoting)
    if rows and not ends_in_a_line:
        data = data[: -len(end)]
        ends[-1] = len(data)
    expected = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    assert read(data, ends, 3, delimiter, batch_bytes) == expected


@needs_library
@pytest.mark.parametrize("length", [*range(60, 70), *range(124, 132), 191, 192, 193, 5000])
def test_a_quote_is_seen_at_every_place_of_a_long_field(length):
    for at in range(max(length - 70, 0), length):
        value = "x" * at + '"' + "y" * (length - at - 1)
        rows = [["a", value], ["b", value]]
        data, ends = written(rows, ",", "\n", csv.QUOTE_ALL)
        assert read(data, ends, 2) == [["a", "b"], [value, value]]


@needs_library
@pytest.mark.parametrize(
    ("data", "ends"),
    [
        (b"a,b\nc\n", [4, 6]),  # a field too few
        (b"a,b,c\n", [6]),  # one too many
        (b'a,"b\nc,d\n', [5, 9]),  # a quote that is not closed in its record
        (b'a,"b"x\n', [7]),  # text after a closing quote
        (b'a,b"c\n', [6]),  # a quote in a field
        (b"a,b\rc,d\n", [8]),  # a lone carriage return
        (b"a,b\nc,d\n", [8]),  # two records where the index has one
        (b"a,b\nc,d\n", [3, 8]),  # an end in the middle of a line's end
        (b"a,b\r", [4]),
        (b'a,"' + b"x" * 5000 + b'"\n', [2000, 5005]),
        (b'a,"' + b'""' * 4000 + b'"\n', [99, 8005]),
        (b"a," + b"x" * 5000 + b"\n", [2000, 5003]),
        (b"a,\xff\n", [4]),
        (b"a,\xed\xa0\x80\n", [6]),
    ],
)
def test_records_that_are_not_where_the_index_says_are_refused(data, ends):
    assert isinstance(read(data, ends, 2, batch_bytes=8), str)


PIECES = [b"a", b",", b'"', b'""', b"\n", b"\r\n", b"\xc3\xa9", b"x" * 70]


@needs_library
def test_random_bytes_and_ends_are_read_or_refused_and_nothing_else():
    rng = random.Random(7)
    accepted = 0
    for _ in range(4000):
        data = b"".join(
            rng.choices([b"a", b",", b'"', b'""', b"\n", b"\r\n", b"\xc3\xa9", b"x" * 70], k=rng.randrange(60))
        )
        ends = sorted({rng.randrange(1, len(data) + 1) for _ in range(rng.randrange(4))} | {len(data)}) if data else []
        if rng.random() < 0.5:
            ends = [i + 1 for i, byte in enumerate(data) if byte == 10]
            data = data[: ends[-1]] if ends else b""
        found = read(data, ends, 2, batch_bytes=rng.choice([1, 50, 1 << 18]))
        if isinstance(found, str):
            continue
        accepted += bool(ends)
        rows = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
        assert [list(column) for column in zip(*rows, strict=True)] == (found if ends else [])
    assert accepted > 20


@needs_library
def test_memory_is_used_again_and_grows_with_what_is_read():
    reader = native.FieldReader([True, False], ord(","))
    for size in (1, 5000, 10, 1_000_000, 3):
        data = b"k,%s\n" % (b"v" * size)
        found = reader.read(bytes_of(data), np.array([len(data)], dtype=np.int64), 0)
        assert not isinstance(found, str)
        assert as_array(found[0][1]).to_pylist() == ["v" * size]
        assert as_array(found[0][0]).to_pylist() == ["k"]


# -- order --------------------------------------------------------------------------------------------------------


@needs_library
@given(
    st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 5) | st.sampled_from([2**63, 2**33, 2**11]), max_size=60),
    st.integers(0, 63),
)
@EXAMPLES
def test_numbers_are_sorted_by_their_upper_bits_and_else_as_they_stand(values, low_bit):
    numbers = np.array(values, dtype=np.uint64)
    native.sort_numbers(numbers, low_bit)
    assert numbers.tolist() == sorted(values, key=lambda value: value >> low_bit)


# -- numbers ------------------------------------------------------------------------------------------------------


@needs_library
@given(st.lists(st.text(st.sampled_from("ab0-é\0"), max_size=40), max_size=40))
@EXAMPLES
def test_texts_have_the_numbers_that_arrays_give_them(values):
    array = pa.array(values, pa.large_string())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "is_there", lambda: False)
        expected = hash_texts(array)
    assert native.hash_texts(texts(values)).tolist() == expected.tolist()
    assert hash_texts(array.slice(1)).tolist() == expected[1:].tolist()


@needs_library
@given(
    st.lists(
        st.from_regex(r"[0-9]{3}[0-9a][-.][0-3][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9x]{0,10})?[Zz]?")
    )
)
@EXAMPLES
def test_timestamps_have_the_ticks_that_are_read_from_them_one_by_one(values):
    ticks = np.full(len(values), -7, dtype=np.int64)
    n_others = native.parse_instants(texts(values), ticks)
    assert n_others == int((ticks == -7).sum())
    for value, found in zip(values, ticks.tolist(), strict=True):
        if found != -7:
            assert read_instant(value).ticks == found


# -- records to CSV -----------------------------------------------------------------------------------------------


def fields_of(values: list[str]) -> list[str]:
    return ['"' + v.replace('"', '""') + '"' if set(v) & set('",\r\n') else v for v in values]


@needs_library
@given(st.lists(st.tuples(cells, st.sampled_from(["", "a", 'b"', "c,d", "\r", "é" * 40])), max_size=30), st.booleans())
@EXAMPLES
def test_records_are_written_as_rfc_4180_has_them(rows, is_first_of_two):
    columns = [native.WrittenColumn.of_texts(texts([row[0] for row in rows]))]
    expected = [fields_of([row[0]]) for row in rows]
    if is_first_of_two:
        dictionary = native.Dictionary()
        codes = dictionary.encode(texts([row[1] for row in rows]))
        fields = texts(fields_of(as_array(dictionary.texts()).to_pylist()))
        columns.append(native.WrittenColumn.of_fields(fields, np.diff(fields[0]), codes))
        expected = [fields_of(list(row)) for row in rows]
    lines = [",".join(line) or '""' for line in expected]
    assert native.write_records(columns, len(rows)).tobytes().decode() == "".join(line + "\r\n" for line in lines)


@needs_library
@pytest.mark.parametrize("length", [*range(12, 20), *range(60, 70), *range(124, 132), 1000])
def test_a_quote_is_doubled_at_every_place_of_a_text(length):
    values = ["x" * at + '"' + "y" * (length - at - 1) for at in range(length)] + ['"' * length, "z" * length]
    written = native.write_records([native.WrittenColumn.of_texts(texts(values))], len(values)).tobytes().decode()
    assert written == "".join(field + "\r\n" for field in fields_of(values))


# -- texts in cells -----------------------------------------------------------------------------------------------


@needs_library
@given(st.lists(st.binary(max_size=90) | st.text("ab", max_size=90).map(str.encode), max_size=30), st.data())
@EXAMPLES
def test_a_text_is_found_in_the_cells_that_hold_it(values, data):
    whole = b"".join(values)
    size = data.draw(st.integers(1, 40))
    start = data.draw(st.integers(0, max(len(whole) - size, 0)))
    text = data.draw(st.just(whole[start : start + size]) | st.binary(min_size=size, max_size=size)) or b"a"
    bits = np.array(data.draw(st.lists(st.sampled_from([0, 32]), min_size=len(text), max_size=len(text))), np.uint8)
    wanted = bytes_of(text) | bits
    rarest = data.draw(st.tuples(*[st.integers(0, len(text) - 1)] * 2))
    offsets = np.cumsum([7, *map(len, values)], dtype=np.int64)  # of a column that is a slice of a longer one
    found = native.SoughtText(wanted, bits, rarest).find(offsets, bytes_of(whole)).tolist()
    at = (bytes_of(v) for v in values)
    expected = [
        any(np.array_equal(cell[i : i + len(text)] | bits, wanted) for i in range(len(cell) - len(text) + 1))
        for cell in at
    ]
    assert found == expected
