"""Damaged and hostile JSON: every record is loaded or rejected with its place, and reading goes on."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from auditviewer.core.progress import SILENT
from auditviewer.core.reading import json_careful, rejects
from auditviewer.core.reading.csv_parsers import NotBelieved
from auditviewer.core.reading.detect import Encoding
from auditviewer.core.reading.json_source import read_json_fast
from auditviewer.core.reading.reading import Content

from .json_exports import cells_of, read_bytes, record

A, B, C = record("a"), record("b"), record("c")

DAMAGED = {
    # text: (loaded targets, [(record, line, offset, code)])
    f"[{A},{B[:40]}": (["a"], [(2, 1, len(A) + 2, "truncated")]),
    f"[{A},": (["a"], [(2, 1, len(A) + 1, "truncated")]),
    f"{A}\n{B[:40]}": (["a"], [(2, 2, len(A) + 1, "truncated")]),
    f"{A}\n{B[:-1]}\n{C}\n": (["a", "c"], [(2, 2, len(A) + 1, "malformed_json")]),
    f'{A}\n{B.replace("b", "b" + chr(34), 1)}\n{C}\n': (["a", "c"], [(2, 2, len(A) + 1, "malformed_json")]),
    f"{A}\ngarbage\n{C}\n": (["a", "c"], [(2, 2, len(A) + 1, "stray_text")]),
    f"{A}\n5\nnull\n{C}\n": (
        ["a", "c"], [(2, 2, len(A) + 1, "not_an_object"), (3, 3, len(A) + 3, "not_an_object")],
    ),
    f"{A}\n{C}\n{B}}}\n{A}\n": (["a", "c", "b", "a"], [(4, 3, 2 * len(A) + len(B) + 2, "stray_text")]),
    f"[{A},\n{B[:-1]},\n{C}]": (["a", "c"], [(2, 2, len(A) + 3, "malformed_json")]),
    f'[{A},\n{{"Id":"b,"x":1}},\n{C}]': (["a", "c"], [(2, 2, len(A) + 3, "malformed_json")]),
    f"[{A},,{B}]": (["a", "b"], [(2, 1, len(A) + 2, "missing_record")]),
    f"[{A},[{B}],{C}]": (["a", "c"], [(2, 1, len(A) + 2, "not_an_object")]),
    f"[{A},nul,{C}]": (["a", "c"], [(2, 1, len(A) + 2, "stray_text")]),
    f"[{A}] garbage": (["a"], [(2, 1, len(A) + 3, "stray_text")]),
    f'[{A},{{"Id":1,"id":2}},{C}]': (["a", "c"], [(2, 1, len(A) + 2, "duplicate_member")]),
    f'[{A},{{"x":1,"\\u0078":2}},{C}]': (["a", "c"], [(2, 1, len(A) + 2, "duplicate_member")]),
    f'[{A},{{"\\ud800":1}},{C}]': (["a", "c"], [(2, 1, len(A) + 2, "unusable_name")]),
    f"{A}{B[:-1]}{C}": (["a", "c"], [(2, 1, len(A), "malformed_json")]),
    f"{A}\n\n{B[:50]}\n\n\n{C}": (["a", "c"], [(2, 3, len(A) + 2, "malformed_json")]),
    f'{{"items":[{A},{B[:40]}': (["a"], [(2, 1, len(A) + 11, "truncated")]),
}  # fmt: skip
BAD_VALUES = (
    "NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "1e", "0x1", "--1", "True", "nul", "'a'", "", "undefined",
    '"\\x"', '"\\u12"', '"\t"', '"\x00"', '"\x1f"', "[1,]", "[1 2]", '{"a":1,}', '{"a"}', "{a:1}", '{"a" 1}', "[NaN]",
    '["\\x"]', "[01]", '{"a":\x0b1}', "1\xa0", "[1}", '{"a":[1}]', '"a" "b"', "1 2", "{} {}", "tru", "[,]", '{"":}',
)  # fmt: skip


@pytest.mark.parametrize("is_fast", [False, True])
@pytest.mark.parametrize(("text", "expected"), DAMAGED.items())
def test_reading_goes_on_after_a_damaged_record(tmp_path, text, expected, is_fast):
    read, table = read_bytes(tmp_path, text.encode(), is_fast=is_fast)
    loaded, rejects = expected
    assert cells_of(table, "Target") == loaded
    assert [(r.record, r.line, r.offset, r.code) for r in read.rejects] == rejects
    assert read.records == read.events + read.rejected == len(loaded) + len(rejects)
    assert all(r.message.endswith(".") for r in read.rejects)


@pytest.mark.parametrize("is_fast", [False, True])
@pytest.mark.parametrize("form", ["array", "lines"])
@pytest.mark.parametrize("value", BAD_VALUES)
def test_what_is_not_json_is_never_loaded(tmp_path, value, form, is_fast):
    bad = f'{{"Id":"1","Timestamp":{value},"Target":"bad"}}'
    good = '{"Id":"1","Timestamp":"x","Target":"good"}'
    records = [good, good, bad, good]
    text = f"[{','.join(records)}]" if form == "array" else "\n".join(records)
    read, table = read_bytes(tmp_path, text.encode(), is_fast=is_fast)
    assert cells_of(table, "Target") == ["good"] * 3
    assert (read.records, read.rejected, read.rejects[0].code) == (4, 1, "malformed_json")


@pytest.mark.parametrize("is_fast", [False, True])
def test_a_record_with_bytes_that_are_not_utf8_is_rejected_alone(tmp_path, is_fast):
    data = f"{A}\n{B}\n{C}\n{record('é€😀')}\n".encode().replace(b'"b"', b'"\xff\xc3"')
    read, table = read_bytes(tmp_path, data, is_fast=is_fast)
    assert cells_of(table, "Target") == ["a", "c", "é€😀"]
    assert [(r.record, r.line, r.offset, r.code) for r in read.rejects] == [(2, 2, len(A) + 1, "invalid_encoding")]


def test_a_guess_of_utf8_that_fails_later_is_given_up(tmp_path):
    path = tmp_path / "x"
    path.write_bytes((f"{A}\n" * 20_000).encode() + A.encode().replace(b'"a"', b'"\xe9"'))
    (tmp_path / "store").mkdir()
    content = Content(path, path.stat().st_size, "x")
    with pytest.raises(NotBelieved):
        read_json_fast(content, Encoding("utf-8"), tmp_path / "store", SILENT)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_half_a_surrogate_pair_in_a_wide_encoding_rejects_its_record_alone(tmp_path, encoding):
    text = f"[{A},{record('X')},{record('é😀')}]"
    data = text.encode(encoding).replace("X".encode(encoding), "\ud800".encode(encoding, "surrogatepass"))
    read, table = read_bytes(tmp_path, data)
    assert cells_of(table, "Target") == ["a", "é😀"]
    assert [(r.record, r.code) for r in read.rejects] == [(2, "invalid_encoding")]
    place = table.place(1)
    assert data[place.offset : place.offset + place.length].decode(encoding) == record("é😀")


def test_a_wide_content_cut_in_the_middle_of_a_character_keeps_what_is_whole(tmp_path):
    read, table = read_bytes(tmp_path, f"{A}\n{B}\n{C}".encode("utf-16")[:-5])
    assert cells_of(table, "Target") == ["a", "b"]
    assert [r.code for r in read.rejects] in (["truncated"], ["invalid_encoding"])


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"[{A},{B}", {"unclosed_array"}),
        (f"[{A},{B},]", {"trailing_comma"}),
        (f"[{A} {B}]", {"missing_comma"}),
        (f"{A},\n{B},\n", {"stray_commas"}),
        (f'{{"items":[{A},{B}]', {"unclosed_wrapper"}),
        (f'{{"items":[{A},{B}', {"unclosed_array", "unclosed_wrapper"}),
    ],
)
def test_what_is_odd_around_whole_records_is_said(tmp_path, text, codes):
    read, table = read_bytes(tmp_path, text.encode())
    assert cells_of(table, "Target") == ["a", "b"]
    assert codes <= {n.code for n in read.notices}
    assert read.rejected == 0


DEEP = 100_000
HOSTILE = {
    "deep array in a member": (f'{A[:-1]},"x":{"[" * DEEP}{"]" * DEEP}}}', 1, 0),
    "deep object in a member": (A[:-1] + ',"x":' + '{"a":' * DEEP + "1" + "}" * (DEEP + 1), 1, 0),
    "deep and never closed": (f'{A}\n{A[:-1]},"x":{"[" * DEEP}', 1, 1),
    "deep and wrongly closed": (f'[{A},{A[:-1]},"x":{"[" * DEEP}{"}" * DEEP}}},{C}]', 2, 1),
    "deep arrays instead of records": (f"[{A},{'[' * DEEP}{']' * DEEP}]", 1, 1),
    "a million keys in a state": (A[:-1] + ',"x":{' + ",".join(f'"{i}":1' for i in range(1_000_000)) + "}}", 1, 0),
    "a hundred thousand members": (A + "\n{" + ",".join(f'"{i}":1' for i in range(100_000)) + "}\n" + C, 2, 1),
    "a number of a million digits": (f'[{A},{{"Id":{"9" * 1_000_000}}}]', 2, 0),
    "a string of ten megabytes": (f'{A}\n{{"Target":"{"x" * 10_000_000}"}}\n{C}', 3, 0),
    "a string of escapes": (f'{A}\n{{"Target":"{chr(92) * 2_000_000}"}}\n{C}', 3, 0),
    "a quote that never closes": (f'[{A},{{"Id":"' + "x" * 5_000_000, 1, 1),
    "many objects never closed": ("[" + A + "," + '{"Id":' * 50_000, 1, 1),
    "many records never closed": ("[" + A + "," + A[:-1] * 2_000, None, None),
    "white space without end": (A + "\n" * 3_000_000 + " " * 3_000_000, 1, 0),
    "commas without end": (f"[{A}" + "," * 100_000 + "]", 1, 99_999),
    "zeros without end": (A + "\n" + "\x00" * 1_000_000, 1, 1),
    "different members in every record": ("\n".join(f'{A[:-1]},"x{i}":1}}' for i in range(4_200)), None, None),
}


@pytest.mark.parametrize("is_fast", [False, True])
@pytest.mark.parametrize(("text", "loaded", "rejected"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_json_is_read_in_bounded_time(tmp_path, text, loaded, rejected, is_fast):
    start = time.monotonic()
    read, table = read_bytes(tmp_path, text.encode(), is_fast=is_fast)
    assert time.monotonic() - start < 60
    assert read.records == len(table) + read.rejected
    if loaded is not None:
        assert (len(table), read.rejected) == (loaded, rejected)


def test_a_record_that_broke_off_with_its_container_is_truncated(tmp_path):
    read, table = read_bytes(tmp_path, f"{A}\n{B}\n{C[:30]}".encode(), is_truncated=True)
    assert cells_of(table, "Target") == ["a", "b"]
    assert [r.code for r in read.rejects] == ["truncated"]


@pytest.mark.parametrize("is_fast", [False, True])
def test_reading_goes_on_past_many_damaged_records_in_a_large_file(tmp_path, is_fast):
    lines = [record(str(i)) if i % 97 else record(str(i))[: i % 60 + 5] for i in range(5_000)]
    read, table = read_bytes(tmp_path, "\n".join(lines).encode(), is_fast=is_fast, block_bytes=1 << 14)
    whole = [str(i) for i in range(5_000) if i % 97]
    assert cells_of(table, "Target") == whole
    assert [r.line - 1 for r in read.rejects] == [i for i in range(5_000) if not i % 97]


def test_rejects_past_those_that_are_kept_take_no_memory_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(json_careful, "MAX_REJECTS_KEPT", 100)
    monkeypatch.setattr(rejects, "MAX_REJECTS_KEPT", 100)

    def peak_of(n: int) -> int:
        tracemalloc.start()
        read, table = read_bytes(tmp_path, (A + "\n" + "x\n" * n).encode())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (read.records, len(table), read.rejected, len(read.rejects)) == (n + 1, 1, n, 100)
        assert [notice.count for notice in read.notices if notice.code == "rejects_not_listed"] == [n - 100]
        return peak

    peak_of(200)
    assert peak_of(6_000) - peak_of(2_000) < 1 << 20
