"""A digest that is worked out while a file is written is that of the file, however it was written."""

from __future__ import annotations

import errno
import hashlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditviewer.core.errors import NotWrittenError
from auditviewer.core.writing import digesting
from auditviewer.core.writing.files import write_file

SIZES = st.lists(st.sampled_from([0, 1, 7, 4_000, (1 << 20) - 1, 1 << 20, 3 << 20]), max_size=6)


@settings(max_examples=40, deadline=None)
@given(SIZES, st.sampled_from([bytes, bytearray, memoryview]))
def test_writes_of_any_size_and_kind_give_the_digest_of_the_file(tmp_path_factory, sizes, kind):
    path = tmp_path_factory.mktemp("out") / "a.bin"
    pieces = [bytes([i + 1]) * size for i, size in enumerate(sizes)]
    found = write_file(path, lambda out: [out.write(kind(piece)) for piece in pieces])
    assert path.read_bytes() == b"".join(pieces)
    assert found == (sum(sizes), hashlib.sha256(b"".join(pieces)).hexdigest())


def test_a_buffer_that_is_used_again_does_not_spoil_the_digest(tmp_path):
    buffer = bytearray(2 << 20)

    def write(out):
        for i in range(8):
            buffer[:] = bytes([i]) * len(buffer)
            out.write(buffer)

    path = tmp_path / "a.bin"
    assert write_file(path, write)[1] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_writer_that_goes_back_gets_the_digest_of_what_is_there_in_the_end(tmp_path):
    def write(out):
        out.write(b"head....body")
        out.seek(4)
        out.write(b"tail")

    path = tmp_path / "a.bin"
    assert write_file(path, write) == (12, hashlib.sha256(b"headtailbody").hexdigest())
    assert path.read_bytes() == b"headtailbody"


def test_what_was_cut_off_is_not_in_the_digest(tmp_path):
    def write(out):
        out.write(b"12345")
        out.truncate(2)

    assert write_file(tmp_path / "a.bin", write) == (2, hashlib.sha256(b"12").hexdigest())


def test_an_error_of_the_disk_met_on_the_way_is_not_lost(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def fail(handle):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(digesting, "_SYNC_EVERY", 1)
    monkeypatch.setattr(digesting, "_sync", fail)
    with pytest.raises(NotWrittenError):
        write_file(path, lambda out: out.write(b"new"))
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="the system takes no such advice")
@pytest.mark.parametrize("is_straight", [True, False])
def test_what_is_on_the_disk_leaves_the_memory_unless_it_is_read_again(tmp_path, monkeypatch, is_straight):
    let_go, advise = [], os.posix_fadvise
    monkeypatch.setattr(os, "posix_fadvise", lambda *told: (let_go.append(told[1:]), advise(*told)))
    monkeypatch.setattr(digesting, "_SYNC_EVERY", 1 << 20)

    def write(out):
        if not is_straight:
            out.write(b"x")
            out.seek(0)
        for i in range(4):
            out.write(bytes([i]) * (1 << 20))

    path = tmp_path / "a.bin"
    assert write_file(path, write) == (4 << 20, hashlib.sha256(path.read_bytes()).hexdigest())
    assert set(let_go) == ({(0, 0, os.POSIX_FADV_DONTNEED)} if is_straight else set())
