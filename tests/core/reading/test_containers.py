"""Containers: what is whole is read, the rest is said, and nothing expands without end or is left behind."""

from __future__ import annotations

import bz2
import contextlib
import errno
import gzip
import hashlib
import io
import lzma
import os
import random
import socket
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from auditviewer.core.errors import NotAnExportError, UnreadableExportError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.reading import expanding, read_source
from auditviewer.core.reading.files import find_files
from auditviewer.core.reading.store import open_store
from auditviewer.core.source_bytes import read_record
from auditviewer.core.source_file import file_state
from auditviewer.core.table import EventTable, Source
from tests.core.reading.exports import HEADER, event, expect, id_of, line_of

EXPORT = expect([event(i, f"té{i}") for i in range(20)])
CSV = (HEADER + "\n").encode() + EXPORT.data


def read(path: Path, progress: Progress = SILENT) -> dict:
    """Read a file as a reading process does, and check that no spool is left."""
    folder = path.parent / f"read-{len(list(path.parent.iterdir()))}"
    folder.mkdir()
    try:
        account = read_source.read_source(path, folder, progress)
    finally:
        assert not (folder / "spool").exists()
    account["folder"] = folder
    assert {entry.name for entry in folder.iterdir()} == {facts["folder"] for facts in account["contents"]}
    for facts in account["contents"]:
        assert facts["records"] == facts["events"] + facts["rejected"]
    return account


def table_of(account: dict, path: Path, number: int = 0) -> EventTable:
    facts = account["contents"][number]
    source = Source(
        str(path), facts["member"], "csv", facts["encoding"], facts["compression"], account["size_bytes"],
        account["sha256"], facts["records"], facts["events"], 0, facts["rejected"],
    )  # fmt: skip
    return EventTable(tuple(open_store(account["folder"] / facts["folder"], facts["store"])), (source,))


def zipped(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


WHOLE = {
    "gzip": (gzip.compress(CSV, mtime=0), "gzip"),
    "bz2": (bz2.compress(CSV), "bz2"),
    "xz": (lzma.compress(CSV), "xz"),
    "gzip_members": (gzip.compress(CSV[:700], mtime=0) + gzip.compress(CSV[700:], mtime=0), "gzip"),
    "bz2_streams": (bz2.compress(CSV[:700]) + bz2.compress(CSV[700:]), "bz2"),
    "xz_streams": (lzma.compress(CSV[:700]) + lzma.compress(CSV[700:]), "xz"),
    "gzip_zero_padded": (gzip.compress(CSV, mtime=0) + bytes(512), "gzip"),
    "gzip_twice": (gzip.compress(gzip.compress(CSV), mtime=0), "gzip+gzip"),
    "bz2_in_gzip": (gzip.compress(bz2.compress(CSV), mtime=0), "gzip+bz2"),
    "zip_stored": (zipped([("a.csv", CSV)], zipfile.ZIP_STORED), "zip"),
    "zip_deflated": (zipped([("a.csv", CSV)]), "zip"),
    "zip_bz2": (zipped([("a.csv", CSV)], zipfile.ZIP_BZIP2), "zip"),
    "zip_lzma": (zipped([("a.csv", CSV)], zipfile.ZIP_LZMA), "zip"),
    "gzip_in_zip": (zipped([("a.csv.gz", gzip.compress(CSV, mtime=0))]), "zip+gzip"),
    "zip_path_tricks": (zipped([("../../x", CSV)]), "zip"),
    "zip_absolute_path": (zipped([("/etc/passwd", CSV)]), "zip"),
    "zip_with_a_prefix_of_folders": (zipped([("a/", b""), ("a/b/c.txt", CSV)]), "zip"),
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("file_name", ["export.csv", "export.zip", "noise.png", "x"])
def test_a_container_is_told_by_its_bytes_and_read_whole(name, file_name, tmp_path):
    data, compression = WHOLE[name]
    path = tmp_path / file_name
    path.write_bytes(data)
    before = path.stat()
    account = read(path)
    (facts,) = account["contents"]
    assert (facts["compression"], facts["records"], facts["rejected"]) == (compression, 20, 0)
    assert account["sha256"] == hashlib.sha256(data).hexdigest()
    assert "damaged_container" not in {n["code"] for n in facts["notices"]}
    assert facts["offset_unit"] == "bytes of the expanded content"
    table = table_of(account, path)
    for i in (0, 7, 19):
        assert read_record(table.place(i)).decode() == line_of(i, f"té{i}")
    after = path.stat()
    assert path.read_bytes() == data
    assert (after.st_mtime_ns, after.st_size, after.st_mode) == (before.st_mtime_ns, before.st_size, before.st_mode)
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == [file_name]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress], ids=["gzip", "xz"])
def test_of_a_truncated_file_all_whole_records_are_loaded(pack, tmp_path):
    noise = random.Random(7)
    lines = [line_of(i, "".join(noise.choices("abcdefghij", k=200))).encode() for i in range(5000)]
    data = pack((HEADER + "\n").encode() + b"".join(lines))
    path = tmp_path / "export.gz"
    path.write_bytes(data[: len(data) * 3 // 5])
    account = read(path)
    (facts,) = account["contents"]
    assert "damaged_container" in {n["code"] for n in facts["notices"]}
    assert 0.5 * 5000 < facts["events"] < 0.7 * 5000
    assert facts["rejected"] in (0, 1)
    assert [r["code"] for r in facts["rejects"]] == ["truncated"] * facts["rejected"]
    table = table_of(account, path)
    ids = table.page(range(len(table)), ["Id"])[0]
    assert ids == [id_of(i) for i in range(len(table))]
    last = len(table) - 1
    assert read_record(table.place(last)) == lines[last]


def test_a_gzip_cut_a_byte_before_its_end_loses_no_record(tmp_path):
    path = tmp_path / "export.gz"
    path.write_bytes(gzip.compress(CSV, mtime=0)[:-1])
    (facts,) = read(path)["contents"]
    assert (facts["events"], facts["rejected"]) == (20, 0)
    assert "damaged_container" in {n["code"] for n in facts["notices"]}


def damaged_checksum(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


@pytest.mark.parametrize(
    "data",
    [
        damaged_checksum(gzip.compress(CSV.rstrip(b"\n"), mtime=0), -8),
        gzip.compress(CSV.rstrip(b"\n"), mtime=0) + b"trailing garbage",
        damaged_checksum(
            zipped([("a.csv", CSV.rstrip(b"\n"))]), zipped([("a.csv", CSV.rstrip(b"\n"))]).index(b"PK\1\2") + 16
        ),
    ],
    ids=["gzip_checksum", "gzip_garbage", "zip_checksum"],
)
def test_a_wrong_checksum_is_said_and_nothing_is_lost(data, tmp_path):
    path = tmp_path / "export"
    path.write_bytes(data)
    (facts,) = read(path)["contents"]
    assert (facts["events"], facts["rejected"]) == (20, 0)
    assert "damaged_container" in {n["code"] for n in facts["notices"]}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_are_sources_of_their_own_and_a_bad_one_does_not_cost_the_others(tmp_path):
    data = zipped(
        [
            ("a.csv", CSV), ("empty.csv", b""), ("README.md", b"# hello\n"), ("__MACOSX/._a.csv", b"x"),
            ("inner.zip", zipped([("a.csv", CSV)])), ("b.jsonl", b'{"Id": "1", "Timestamp": "x", "Target": "t"}\n'),
            ("web.html", b"<html>"), ("logo.png", b"\x89PNG....."), ("a.csv", CSV),
        ]
    )  # fmt: skip
    path = tmp_path / "exports.zip"
    path.write_bytes(data)
    account = read(path)
    assert [(f["member"], f["events"]) for f in account["contents"]] == [("a.csv", 20), ("b.jsonl", 1)]
    codes = [code for _, _, code in account["errors"]]
    assert codes.count("not_an_export") == 2
    said = " ".join(sentence for sentence, _, _ in account["errors"])
    for words in (
        "empty.csv cannot be expanded: it holds nothing",
        "inner.zip is an archive within",
        "web page",
        "a picture",
        "twice",
    ):
        assert words in said


def test_a_member_that_is_larger_than_its_entry_says_is_read_whole(tmp_path):
    data = bytearray(zipped([("a.csv", CSV)]))
    claim = struct.pack("<I", len(CSV) // 2)
    checksum = struct.pack("<I", zlib.crc32(CSV[: len(CSV) // 2]))
    entry = data.index(b"PK\1\2")
    data[entry + 16 : entry + 20], data[entry + 24 : entry + 28] = checksum, claim
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    (facts,) = read(path)["contents"]
    assert facts["events"] == 20
    assert "its entry says" in next(n["message"] for n in facts["notices"] if n["code"] == "damaged_container")


def test_an_archive_glued_before_another_is_not_passed_over_in_silence(tmp_path):
    path = tmp_path / "a.zip"
    first = zipped([("first.csv", CSV)])
    path.write_bytes(first + zipped([("second.csv", CSV)]))
    account = read(path)
    assert [f["member"] for f in account["contents"]] == ["second.csv"]
    ((sentence, hint, code),) = account["errors"]
    assert (f"{len(first):,} bytes before" in sentence, "glued" in hint, code) == (True, True, "unreadable_source")


def test_what_a_member_is_instead_of_an_export_is_said_under_its_own_name(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped([("a.csv", CSV), ("logo", b"\x89PNG.....")]))
    ((sentence, _, _),) = read(path)["errors"]
    assert sentence == f"{path} » logo is a picture, not an audit export."


def tarred(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("a.csv")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def encrypted() -> bytes:
    data = bytearray(zipped([("a.csv", CSV)]))
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + place] |= 1
    return bytes(data)


def overlapping() -> bytes:
    """Return an archive with two entries over the same bytes."""
    data = zipped([("a.csv", CSV), ("b.csv", CSV)])
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 4)
    return data[: second + 42] + struct.pack("<I", 5) + data[second + 46 :]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (encrypted(), "encrypted"),
        (overlapping(), "overlap"),
        (zipped([]), "without any file"),
        (zipped([("a", b"")]), "holds nothing"),
        (zipped([("a", b"")], zipfile.ZIP_STORED), "empty"),
        (zipped([("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]), "Office document"),
        (zipped([("a.zip", zipped([("a.csv", CSV)]))]), "archive within an archive"),
        (zipped([("a.gz", gzip.compress(gzip.compress(CSV), mtime=0))]), "archive within an archive"),
        (gzip.compress(zipped([("a.csv", CSV)]), mtime=0), "archive within an archive"),
        (gzip.compress(gzip.compress(gzip.compress(CSV)), mtime=0), "archive within an archive"),
        (gzip.compress(b"", mtime=0), "holds nothing"),
        (gzip.compress(CSV, mtime=0)[:12], "breaks off"),
        (b"\x1f\x8b" + bytes(50), "damaged"),
        (b"\xfd7zXZ\x00" + bytes(50), "damaged"),
        (b"BZh91AY&SY" + bytes(50), "damaged"),
        (b"PK\x03\x04" + bytes(50), "damaged zip"),
        (zipped([("a.csv", CSV)])[:-30], "damaged zip"),
        (b"\x28\xb5\x2f\xfd" + bytes(50), "Zstandard"),
        (b"%PDF-1.7", "PDF"),
        (tarred(CSV), "tar archive"),
        (gzip.compress(tarred(CSV), mtime=0), "tar archive"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "picture"),
        (b"SQLite format 3\0" + bytes(50), "database"),
        (b"PAR1" + bytes(50), "Parquet"),
    ],
)
def test_what_cannot_be_had_gets_one_clear_sentence(data, words, tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes(data)
    with pytest.raises(UnreadableExportError) as caught:
        read(path)
    assert words in caught.value.sentence
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in caught.value.sentence


def test_a_title_that_starts_like_a_program_or_an_archive_is_text(tmp_path):
    for title in ("MZ Holding, audit log", "BZh is our sign", "Rarely used", "GIF"):
        path = tmp_path / "a.csv"
        path.write_text(f"{title}\n{HEADER}\n{line_of(1)}")
        assert read(path)["contents"][0]["events"] == 1


@pytest.mark.parametrize("kind", ["gzip", "bz2", "xz", "zip", "gzip_in_gzip", "gzip_in_zip", "many_members"])
def test_a_bomb_is_refused_before_it_fills_the_disk(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(expanding, "FREE_BYTES", 1 << 20)
    zeros = bytes(8 << 20)
    data = {
        "gzip": lambda: gzip.compress(zeros, mtime=0),
        "bz2": lambda: bz2.compress(zeros),
        "xz": lambda: lzma.compress(zeros),
        "zip": lambda: zipped([("a", zeros)]),
        "gzip_in_gzip": lambda: gzip.compress(gzip.compress(zeros), mtime=0),
        "gzip_in_zip": lambda: zipped([("a", gzip.compress(zeros, mtime=0))]),
        "many_members": lambda: zipped([(f"{i}", bytes(600_000)) for i in range(6)]),
    }[kind]()
    path = tmp_path / "bomb"
    path.write_bytes(data)
    largest = 0

    def watch(step) -> None:
        nonlocal largest
        spools = [f for spool in tmp_path.glob("read-*/spool") for f in spool.iterdir()]
        largest = max(largest, sum(f.stat().st_size for f in spools))

    folder = tmp_path / "read-0"
    folder.mkdir()
    errors: list[str] = []
    with pytest.raises(UnreadableExportError) as caught:
        read_source.read_source(path, folder, Progress(watch))
    errors.append(str(caught.value))
    assert largest < 8 << 20
    if kind != "many_members":
        assert "bomb" in errors[0]
    assert not (folder / "spool").exists()


def test_no_room_to_expand_is_said(tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def read1(self, size=-1):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(expanding.gzip, "open", lambda *a: Full(b"x"))
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(CSV, mtime=0))
    with pytest.raises(UnreadableExportError, match="no room"):
        read(path)


def test_random_damage_to_any_container_never_crashes_the_reader(tmp_path):
    dice = random.Random(1)
    for name, (data, _) in WHOLE.items():
        for turn in range(12):
            broken = bytearray(data)
            for _ in range(dice.randint(1, 6)):
                broken[dice.randrange(len(broken))] = dice.randrange(256)
            path = tmp_path / f"{name}-{turn}"
            path.write_bytes(bytes(broken[: dice.randint(len(broken) // 2, len(broken))]))
            with contextlib.suppress(UnreadableExportError):  # any other error is a fault
                assert read(path)["contents"]


def test_pipes_devices_sockets_folders_and_loops_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(tmp_path)  # the path of a socket may not be long
        server.bind("socket")
        for name, words in (
            ("pipe", "a pipe"), ("socket", "socket"), (".", "a folder"), ("loop", "leads back to itself"),
            ("missing", "no file"), ("nowhere", "no file"), ("/dev/zero", "a device"), ("x" * 5000, "too long"),
        ):  # fmt: skip
            with pytest.raises(UnreadableExportError) as caught:
                file_state(tmp_path / name)
            assert words in caught.value.sentence


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    path.chmod(0)
    with pytest.raises(UnreadableExportError, match="may not be read"):
        file_state(path)


@pytest.mark.parametrize("change", ["grows", "shrinks", "vanishes", "replaced"])
def test_a_file_that_changes_while_it_is_read_is_not_taken(change, tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    reads = read_source.read_content

    def read_and_change(*args):
        made = reads(*args)
        if change == "grows":
            with path.open("ab") as file:
                file.write(line_of(99).encode())
        elif change == "shrinks":
            os.truncate(path, 100)
        else:
            path.unlink()
            if change == "replaced":
                path.write_bytes(CSV)
        return made

    monkeypatch.setattr(read_source, "read_content", read_and_change)
    with pytest.raises(UnreadableExportError, match=r"changed while it was read|no file"):
        read_source.read_source(path, _folder(tmp_path), SILENT)


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "read"
    folder.mkdir()
    return folder


def test_folders_give_their_files_once_in_order(tmp_path):
    exports = tmp_path / "exports"
    (exports / "b").mkdir(parents=True)
    (exports / ".hidden").mkdir()
    for name in ("z.csv", "a.csv", "b/c.csv", ".hidden/x.csv", ".DS_Store"):
        (exports / name).write_bytes(CSV)
    (exports / "loop").symlink_to(exports)
    (exports / "again.csv").symlink_to(exports / "a.csv")
    os.mkfifo(exports / "pipe")
    named = find_files([exports / "z.csv", exports, exports / "a.csv", tmp_path / "missing"])
    assert [p.name for p in named.paths] == ["z.csv", "a.csv", "c.csv", "missing"]
    assert {p.name for p in named.in_folders} == {"a.csv", "c.csv"}
    assert named.problems == ()
    (tmp_path / "none").mkdir()
    assert "holds no files" in str(find_files([tmp_path / "none"]).problems[0])


def test_json_that_is_something_else_is_no_failed_export(tmp_path):
    path = tmp_path / "package.json"
    path.write_text('{"name": "x", "version": "1"}')
    with pytest.raises(NotAnExportError, match="JSON"):
        read(path)
