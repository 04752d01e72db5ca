"""The cache: used when sound, thrown away when not, whole or not there, bounded, shared, and optional."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from auditviewer.core.errors import DamagedCacheError, UnreadableExportError
from auditviewer.core.reading import cache, open_log, read_exports, verify_sources
from auditviewer.core.reading.cache import META, SETTLED, Cache
from auditviewer.core.source_file import file_state
from auditviewer.core.table import EventTable
from tests.core.reading.exports import HEADER, id_of, line_of


def export(path: Path, *numbers: int, target: str = "t") -> Path:
    path.write_text(HEADER + "\n" + "".join(line_of(n, target) for n in numbers))
    return path


def ids(table: EventTable) -> list[str | None]:
    return table.page(range(len(table)), ["Id"])[0]


def entries() -> list[Path]:
    return sorted(e for e in Cache().root.glob("*-v*") if not e.name.startswith("writing-"))


def test_an_export_that_was_read_is_opened_from_the_cache(tmp_path, reads):
    path = export(tmp_path / "a.csv", 1, 2, 3)
    first, second = read_exports([path]), read_exports([path])
    assert reads.reads == 1
    assert ids(first) == ids(second) == [id_of(1), id_of(2), id_of(3)]
    assert first.sources == second.sources and first.notices == second.notices
    assert [first.place(i) for i in range(3)] == [second.place(i) for i in range(3)]
    assert verify_sources(second) == []


def test_the_same_bytes_under_another_name_come_from_the_cache_under_that_name(tmp_path, reads):
    read_exports([export(tmp_path / "a.csv", 1)])
    table = read_exports([export(tmp_path / "b.csv", 1)], trusts_state=False)
    assert reads.reads == 1
    assert [s.path for s in table.sources] == [str(tmp_path / "b.csv")]


def test_a_changed_file_is_read_anew(tmp_path, reads):
    path = export(tmp_path / "a.csv", 1)
    read_exports([path])
    assert ids(read_exports([export(path, 1, 2)])) == [id_of(1), id_of(2)]
    assert reads.reads == 2


def test_a_file_changed_behind_its_size_and_time_is_found(tmp_path, reads):
    path = export(tmp_path / "a.csv", 1)
    table = read_exports([path])
    state = path.stat()
    with path.open("r+") as file:
        file.write(HEADER + "\n" + line_of(7))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert file_state(path).size == state.st_size
    assert verify_sources(table) == list(table.sources)
    assert ids(read_exports([path], trusts_state=False)) == [id_of(7)]
    path.unlink()
    assert verify_sources(table) == list(table.sources)


def alter(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))


@pytest.mark.parametrize("name", [META, "content-0000/column-00.arrow", "content-0000/text-0000-0000.arrow"])
@pytest.mark.parametrize("change", ["altered", "shortened", "emptied", "removed"])
def test_an_entry_that_is_not_as_it_was_written_is_thrown_away(name, change, tmp_path, reads):
    path = export(tmp_path / "a.csv", 1, 2)
    read_exports([path])
    file = entries()[0] / name
    if change == "altered":
        alter(file)
    elif change == "removed":
        file.unlink()
    else:
        os.truncate(file, 0 if change == "emptied" else file.stat().st_size - 5)
    assert ids(read_exports([path])) == [id_of(1), id_of(2)]
    assert reads.reads == 2
    read_exports([path])
    assert reads.reads == 2
    assert len(entries()) == 1


def test_an_entry_that_was_not_on_the_disk_when_the_machine_went_down_is_not_believed(tmp_path, reads, monkeypatch):
    path = export(tmp_path / "a.csv", 1)
    monkeypatch.setattr(cache, "_settle", lambda folder: None)
    read_exports([path])
    monkeypatch.setattr(cache, "boot_id", lambda: "the next start")
    read_exports([path])
    assert reads.reads == 2


def test_an_entry_that_rots_behind_its_size_and_time_is_found_said_and_thrown_away(tmp_path, reads):
    path = export(tmp_path / "a.csv", 1, 2)
    table = read_exports([path])
    wait_until(lambda: (entries()[0] / SETTLED).exists())
    assert verify_sources(table) == []
    del table
    file = entries()[0] / "content-0000/text-0000-0000.arrow"
    state = file.stat()
    file.write_bytes(file.read_bytes().replace(id_of(1).encode(), id_of(8).encode()))
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    table = read_exports([path])
    assert (reads.reads, ids(table)) == (1, [id_of(8), id_of(2)])  # its size and time are as they were
    with pytest.raises(DamagedCacheError, match=r"a\.csv"):
        verify_sources(table)
    assert entries() == []
    assert ids(read_exports([path])) == [id_of(1), id_of(2)]
    assert reads.reads == 2


def test_an_entry_whose_note_of_being_on_the_disk_is_cut_off_is_not_believed(tmp_path, reads, monkeypatch):
    path = export(tmp_path / "a.csv", 1)
    read_exports([path])
    wait_until(lambda: (entries()[0] / SETTLED).exists())
    (entries()[0] / SETTLED).write_text('{"content')
    monkeypatch.setattr(cache, "boot_id", lambda: "the next start")
    read_exports([path])
    assert reads.reads == 2


def test_the_least_recently_used_entries_go_first(tmp_path, reads, monkeypatch):
    paths = [export(tmp_path / f"{i}.csv", i) for i in range(4)]
    for path in paths[:3]:
        read_exports([path])
    wait_until(lambda: all((entry / SETTLED).exists() for entry in entries()))
    for i, entry in enumerate(entries()):
        os.utime(entry / META, (i, i))
    oldest, _, newest = entries()
    limit = Cache().size_bytes() + 100
    monkeypatch.setattr(open_log, "Cache", lambda: Cache(limit_bytes=limit))
    read_exports([paths[3]])
    assert not oldest.exists() and newest.exists()
    assert Cache().size_bytes() <= limit


def test_many_exports_are_bounded_without_looking_at_all_entries_after_each(tmp_path, reads, monkeypatch):
    looked_at = []
    size_of = cache._folder_size
    monkeypatch.setattr(cache, "_folder_size", lambda folder: looked_at.append(folder) or size_of(folder))
    paths = [export(tmp_path / f"{i}.csv", i) for i in range(12)]
    read_exports(paths)
    assert len(looked_at) <= 2 * len(paths)
    wait_until(lambda: all((entry / SETTLED).exists() for entry in entries()))
    limit = Cache().size_bytes() // 2
    Cache().clear()
    monkeypatch.setattr(open_log, "Cache", lambda: Cache(limit_bytes=limit))
    read_exports(paths)
    assert 1 < len(entries()) < len(paths)


def test_the_last_entry_stays_even_when_it_is_larger_than_the_limit(tmp_path, reads, monkeypatch):
    monkeypatch.setattr(open_log, "Cache", lambda: Cache(limit_bytes=1))
    assert len(read_exports([export(tmp_path / "a.csv", 1)])) == 1
    assert len(entries()) == 1


def test_clearing_leaves_nothing(tmp_path, reads):
    path = export(tmp_path / "a.csv", 1)
    table = read_exports([path])
    cache = Cache()
    assert (cache.count(), cache.clear() > 0, cache.count(), cache.size_bytes()) == (1, True, 0, 0)
    assert not cache.root.exists()
    assert ids(table) == [id_of(1)]  # what is open stays open
    assert cache.clear() == 0


def test_what_another_program_writes_is_left_to_it_and_what_a_dead_one_left_goes(tmp_path, reads):
    cache = Cache()
    alive = cache.working_folder()
    dead_process = subprocess.Popen([sys.executable, "-c", ""])
    dead_process.wait()
    dead = alive.with_name(alive.name.replace(f"-{os.getpid()}-", f"-{dead_process.pid}-"))
    dead.mkdir()
    elsewhere = cache.root / f"writing-00000000-{dead_process.pid}-x"
    elsewhere.mkdir()
    os.utime(elsewhere, (time.time() - 3600,) * 2)
    read_exports([export(tmp_path / "a.csv", 1)])
    assert alive.exists() and elsewhere.exists() and not dead.exists()
    os.utime(elsewhere, (1, 1))
    cache.trim()
    assert not elsewhere.exists()
    cache.clear()
    assert alive.exists() and cache.count() == 0


def test_a_folder_being_written_is_never_taken_for_an_entry(monkeypatch):
    cache = Cache(limit_bytes=0)
    for name in ("vabc", "v2abc"):
        monkeypatch.setattr(tempfile, "_get_candidate_names", lambda name=name: iter([name]))
        cache.working_folder()
    cache.trim()
    assert (cache.count(), len(list(cache.root.iterdir()))) == (0, 2)


def test_without_the_cache_nothing_is_left_anywhere(tmp_path, reads, monkeypatch):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    path = export(tmp_path / "a.csv", 1)
    table = read_exports([path], uses_cache=False)
    assert ids(table) == [id_of(1)]
    assert not Cache().root.parent.exists() or not list(Cache().root.parent.rglob("*"))
    assert list(temporary.iterdir()) == []
    with pytest.raises(UnreadableExportError):
        read_exports([tmp_path / "missing.csv"], uses_cache=False)
    (tmp_path / "bad.csv").write_text("hello")
    with pytest.raises(UnreadableExportError):
        read_exports([tmp_path / "bad.csv"], uses_cache=False)
    assert list(temporary.iterdir()) == []


def test_an_export_that_cannot_be_read_leaves_nothing_in_the_cache(tmp_path, reads):
    (tmp_path / "bad.csv").write_text("hello")
    with pytest.raises(UnreadableExportError):
        read_exports([tmp_path / "bad.csv"])
    assert not Cache().root.exists() or list(Cache().root.iterdir()) == []


def test_a_cache_folder_that_cannot_be_used_is_said_and_the_export_opens(tmp_path, reads, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("x")
    monkeypatch.setenv("AUDITVIEWER_CACHE_DIR", str(blocked))
    table = read_exports([export(tmp_path / "a.csv", 1), export(tmp_path / "b.csv", 2)])
    assert len(table) == 2
    assert [n.count for n in table.notices if n.code == "no_cache"] == [1]


def test_a_cache_that_is_full_when_the_entry_is_put_in_place_costs_only_the_entry(tmp_path, reads, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Cache, "keep", full)
    assert ids(read_exports([export(tmp_path / "a.csv", 1)])) == [id_of(1)]
    assert list(Cache().root.iterdir()) == []


OPEN = """
import sys
from pathlib import Path
from auditviewer.core.reading import read_exports
print(len(read_exports([Path(sys.argv[1])])), flush=True)
"""


def start(path: Path) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", OPEN, str(path)], stdout=subprocess.PIPE, text=True)


def test_an_entry_that_another_reading_cut_elsewhere_comes_with_its_own_account(tmp_path, monkeypatch):
    numbers = range(1, 4000)
    first = export(tmp_path / "a.csv", *numbers, target="x" * 400)
    monkeypatch.setattr(open_log, "_from_cache", lambda *_: None)  # nobody knows yet that the bytes are the same
    read_exports([first])
    (entry,) = entries()
    meta = json.loads((entry / META).read_text())
    sizes = meta["account"]["contents"][0]["store"]["sizes"]
    real = open_log._Reader._read_in_process

    def cut_elsewhere(self, *args):
        account = real(self, *args)
        account["contents"][0]["store"]["sizes"] = [1] * len(sizes)
        return account

    monkeypatch.setattr(open_log._Reader, "_read_in_process", cut_elsewhere)
    assert ids(read_exports([first])) == [id_of(n) for n in numbers]


def test_two_programs_at_once_share_one_whole_entry(tmp_path, reads):
    path = export(tmp_path / "a.csv", *range(3000), target="x" * 500)
    programs = [start(path), start(path)]
    assert [p.communicate(timeout=60)[0].strip() for p in programs] == ["3000", "3000"]
    assert len(entries()) == 1
    assert len(read_exports([path])) == 3000 and reads.reads == 0


@pytest.mark.parametrize("moment", ["writing-*", "writing-*/content-*/text*", "[0-9a-f]*-v*"])
def test_a_program_killed_at_any_moment_leaves_a_whole_entry_or_none(moment, tmp_path):
    path = export(tmp_path / "a.csv", *range(6000), target="x" * 500)
    program = start(path)
    wait_until(lambda: list(Cache().root.glob(moment)) or program.poll() is not None)
    os.kill(program.pid, signal.SIGKILL)
    program.communicate()
    assert [e.name.partition("-")[0] for e in entries() if Cache().entry(e.name.partition("-")[0]) is None] == []
    assert len(read_exports([path])) == 6000
    wait_until(left_none)  # the reading process ends by itself when its program is gone
    assert len(entries()) == 1


def left_none() -> bool:
    """Return whether nothing half written is left once it was cleaned up."""
    Cache().trim()
    return not list(Cache().root.glob("writing-*"))


def wait_until(is_so) -> None:
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.002)
