"""Blocks that are read ahead count where the reader comes to them, and only there."""

from __future__ import annotations

import weakref

import pytest

from auditviewer.core import native
from auditviewer.core.collector import paused_collector
from auditviewer.core.reading import json_ahead
from auditviewer.core.reading.json_ahead import ReadAhead
from auditviewer.core.reading.json_fast import FastJson

from .json_exports import account_of, read_bytes, record

pytestmark = pytest.mark.skipif(not native.is_there(), reason="built without a C compiler")

GOOD = [record(f"{i:03d}") for i in range(300)]
ODD = {
    "sound": (),
    "a damaged record": (60, 61, 150),
    "another layout": (7, 100, 101),
    "records in a record": (30, 200),
}


@pytest.fixture
def taken(monkeypatch):
    """Three threads, and the blocks that were read by them and believed."""
    monkeypatch.setattr(json_ahead, "n_cores", lambda: 3)
    found = []
    original = ReadAhead.take

    def take(self, pos, is_array):
        block = original(self, pos, is_array)
        found.extend([] if block is None else [pos])
        return block

    monkeypatch.setattr(ReadAhead, "take", take)
    return found


def odd(kind: str, text: str) -> str:
    if kind == "a damaged record":
        return text.replace('"Target":', '"Target"')
    if kind == "another layout":
        return text.replace('"Target"', '"More":null,"Target"')
    return text[:-1] + ',"More":[' + ",\n".join(GOOD[:30]) + "]}"


@pytest.mark.parametrize("between", ["\n", ",\n", ","])
@pytest.mark.parametrize("kind", ODD)
def test_what_is_read_ahead_is_what_is_read_in_turn(tmp_path, taken, kind, between):
    records = [odd(kind, text) if i in ODD[kind] else text for i, text in enumerate(GOOD)]
    data = between.join(records)
    data = f"[{data}]" if "," in between else data
    careful = account_of(*read_bytes(tmp_path, data.encode()))
    assert not taken
    fast = account_of(*read_bytes(tmp_path, data.encode(), is_fast=True, block_bytes=2_000))
    assert fast == careful
    assert len(taken) >= (15 if kind == "sound" else 5)


def test_records_read_ahead_bring_no_more_columns_than_a_log_can_have(tmp_path, taken, monkeypatch):
    monkeypatch.setattr("auditviewer.core.reading.json_columns.MAX_COLUMNS", 8)
    records = [text.replace('"Target"', f'"m{i % 90 // 15}":1,"Target"') for i, text in enumerate(GOOD)]
    data = "\n".join(records).encode()
    careful = account_of(*read_bytes(tmp_path, data))
    assert {reject.code for reject in careful["rejects"]} == {"too_many_columns"}
    assert account_of(*read_bytes(tmp_path, data, is_fast=True, block_bytes=2_000)) == careful


def test_a_content_is_let_go_when_it_is_read(tmp_path, taken, monkeypatch):
    mapped = []
    original = FastJson.__init__

    def init(self, data, columns):
        mapped.append(weakref.ref(self))
        original(self, data, columns)

    monkeypatch.setattr(FastJson, "__init__", init)
    with paused_collector(is_needed=True, spares_made=False):
        read_bytes(tmp_path, "\n".join(GOOD).encode(), is_fast=True, block_bytes=2_000)
        assert taken and mapped[0]() is None


def test_a_block_is_given_up_where_the_reader_passes_it():
    data = b"{1}\n" * 40
    read = []
    ahead = ReadAhead(data)

    def read_block(start, stop, is_array):
        read.append(start)
        return start, stop, is_array

    ahead._n_threads = 2
    ahead.go_on(read_block, 4, b"\n", b"{1", 40, False)
    stop, (start, end, is_array) = ahead.take(4, False)
    assert (start, end, is_array) == (4, stop, False) and data[stop - 1 : stop + 2] == b"\n{1"
    assert ahead.next_start() == stop
    assert ahead.take(stop - 1, False) is None  # it is still to come
    assert ahead.take(stop + 1, False) is None and ahead.next_start() == len(data)
    ahead.go_on(read_block, 4, b"\n", b"{1", 40, False)
    assert ahead.take(4, True) is None and ahead.next_start() == len(data)
    ahead.close()


def test_what_goes_wrong_in_a_thread_is_told_the_reader():
    def fail(start, stop, is_array):
        raise MemoryError

    ahead = ReadAhead(b"{1}\n" * 40)
    ahead._n_threads = 2
    ahead.go_on(fail, 0, b"\n", b"{1", 40, False)
    with pytest.raises(MemoryError):
        ahead.take(0, False)
    ahead.close()
