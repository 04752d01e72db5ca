"""Opening: reading processes that may crash, hang or be cancelled cost one file and leave nothing behind."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from auditviewer.core.errors import Cancelled, UnreadableExportError
from auditviewer.core.progress import Progress, Step
from auditviewer.core.reading import memory, open_log, read_exports, spawn
from auditviewer.core.reading.cache import Cache
from auditviewer.core.reading.memory import own_memory
from auditviewer.core.reading.spawn import ReadingProcess
from auditviewer.core.table import EventTable
from tests.core.reading.exports import HEADER, id_of, line_of

CHILD = """
import os, sys, signal, time
from auditviewer.core.reading import child
run = child._run
def trip(request, progress):
    if "bad" in request["path"]:
        {trip}
    return run(request, progress)
child._run = trip
child.main()
"""


def export(path: Path, *numbers: int, target: str = "t") -> Path:
    path.write_text(HEADER + "\n" + "".join(line_of(n, target) for n in numbers))
    return path


def ids(table: EventTable) -> list[str | None]:
    return table.page(range(len(table)), ["Id"])[0]


def codes(table: EventTable) -> list[str]:
    return [n.code for n in table.notices if n.code != "missing_columns"]


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Give the reading its own temporary folder, to see what is left in it."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def started(monkeypatch):
    """Return the processes that were started to read."""
    found: list[subprocess.Popen] = []
    really = subprocess.Popen

    def start(*args, **named):
        found.append(really(*args, **named))
        return found[-1]

    monkeypatch.setattr(spawn.subprocess, "Popen", start)
    return found


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(("end", "is_told"), [("\r\n", False), ("\r", False), ("", True)])
def test_a_file_whose_last_line_has_no_end_may_be_cut_off_and_that_is_said(tmp_path, encoding, end, is_told):
    text = f"{HEADER}\n" + line_of(0, end=end)
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(encoding))
    table = read_exports([path], uses_cache=False)
    assert len(table) == 1
    assert ("no_line_end" in [notice.code for notice in table.notices]) is is_told


@pytest.mark.parametrize("kind", ["plain", "gzip"])
def test_cancelling_ends_all_processes_and_leaves_nothing_behind(kind, tmp_path, temporary, started, monkeypatch):
    path = tmp_path / "large.csv"
    piece = "".join(line_of(i, "x" * 900) for i in range(1000))
    opener = gzip.open if kind == "gzip" else open
    with opener(path, "wt") as file:
        file.write(HEADER + "\n")
        for _ in range(80 if kind == "gzip" else 300):
            file.write(piece)
    was_told = 0.0

    def is_cancelled() -> bool:
        nonlocal was_told
        if not was_told and last and last[-1].done > 0:
            was_told = time.monotonic()
        return bool(was_told)

    last: list[Step] = []
    with pytest.raises(Cancelled):
        read_exports([path], Progress(last.append, is_cancelled))
    took = time.monotonic() - was_told
    assert took < 1.0  # 200 ms by measure; the machine may be busy
    (child,) = started
    assert child.returncode is not None
    assert not Cache().root.exists() or [f.name for f in Cache().root.iterdir()] == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("trip", "words"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "code -11"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "needs more memory than reading may take, or its reader was killed"),
        ("os.kill(os.getpid(), signal.SIGBUS)", "became shorter while it was read"),
        ("raise ZeroDivisionError('in the reader')", "ZeroDivisionError: in the reader"),
        ("os._exit(0)", "failed (code 0"),
        ("bytearray(40 << 30)", "needs more memory than reading may take"),
        ("raise OSError(28, 'No space left on device')", "no room"),
        ("sys.exit(3)", "failed (code 1"),
    ],
)
def test_a_reader_that_crashes_costs_one_file(trip, words, tmp_path, temporary, monkeypatch):
    monkeypatch.setattr(spawn, "child_command", lambda: [sys.executable, "-c", CHILD.format(trip=trip)])
    paths = [export(tmp_path / f"{name}.csv", i) for i, name in enumerate(["a", "bad", "c"])]
    table = read_exports(paths, uses_cache=False)
    assert ids(table) == [id_of(0), id_of(2)]
    (notice,) = [n for n in table.notices if n.code == "unreadable_source"]
    assert words in notice.message and str(paths[1]) in notice.message and "\n" not in notice.message
    assert list(temporary.iterdir()) == []


def test_a_reader_that_hangs_is_given_up_at_its_deadline(tmp_path, monkeypatch):
    monkeypatch.setattr(spawn, "child_command", lambda: [sys.executable, "-c", CHILD.format(trip="time.sleep(60)")])
    monkeypatch.setattr(open_log, "deadline_for", lambda size: 3.0 if size < 2000 else 0.5)
    paths = [export(tmp_path / "a.csv", 0), export(tmp_path / "bad.csv", 1, target="x" * 4000)]
    table = read_exports(paths, uses_cache=False)
    assert ids(table) == [id_of(0)]
    assert "took longer" in next(n.message for n in table.notices if n.code == "unreadable_source")


def test_a_reader_that_cannot_start_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(spawn, "child_command", lambda: [sys.executable, "-c", "import sys; sys.exit('no such thing')"])
    with pytest.raises(UnreadableExportError, match="no such thing"):
        read_exports([export(tmp_path / "a.csv", 1)], uses_cache=False)


def test_a_real_memory_limit_holds(tmp_path):
    code = (
        "from auditviewer.core.reading import child\n"
        f"child._limit_memory({{'path': {str(export(tmp_path / 'a.csv', 1))!r}}})\n"
        "try:\n    bytearray(child.MEMORY_OVER_FILE + child._LIBRARY_BYTES)\nexcept MemoryError:\n    print('held')"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "held"


@pytest.mark.skipif(sys.platform != "linux", reason="only there a process can be asked")
def test_a_reader_that_takes_too_much_memory_is_ended_and_that_is_said(tmp_path, temporary, monkeypatch):
    assert own_memory(os.getpid()) > 1 << 20
    monkeypatch.setattr(memory, "MEMORY_OVER_FILE", 1 << 20)  # less than the libraries take
    with pytest.raises(UnreadableExportError, match="more than 1,024 MiB of memory beyond its size") as caught:
        read_exports([export(tmp_path / "a.csv", *range(3_000))])
    assert "split it" in caught.value.hint
    assert not list(temporary.iterdir())


def test_a_reading_process_ends_with_the_program_that_started_it(tmp_path):
    code = (
        "import sys, os\nfrom auditviewer.core.reading.spawn import ReadingProcess\n"
        "p = ReadingProcess()\nprint(p._child.pid, flush=True)\nsys.stdin.read()"
    )
    program = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None and program.stdin is not None
    pid = int(program.stdout.readline())
    assert is_running(pid)
    program.send_signal(signal.SIGKILL)
    program.wait()
    until = time.monotonic() + 20
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.002)
    program.stdin.close()
    program.stdout.close()
    assert not is_running(pid)


def test_one_process_serves_many_files_and_is_gone_afterwards(tmp_path, started):
    paths = [export(tmp_path / f"{i}.csv", i) for i in range(5)]
    seen: list[Step] = []
    table = read_exports(paths, Progress(seen.append), uses_cache=False)
    assert len(table) == 5 and len(started) == 1
    assert started[0].wait(20) is not None
    total = sum(p.stat().st_size for p in paths)
    assert [s.done for s in seen] == sorted(s.done for s in seen)
    assert seen[-1].done == total and {s.total for s in seen} == {total}


def test_killing_a_process_twice_is_harmless():
    process = ReadingProcess()
    process.kill()
    process.kill()
    assert not process.is_alive


def test_a_folder_gives_its_exports_and_a_remark_for_each_other_file(tmp_path, reads):
    folder = tmp_path / "exports"
    (folder / "sub").mkdir(parents=True)
    export(folder / "a.csv", 1)
    export(folder / "sub" / "b.CSV", 2)
    (folder / "README.md").write_text("# What this is\n")
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "package.json").write_text('{"name": "x"}')
    (folder / "noise.bin").write_bytes(bytes(range(32)) * 50)
    table = read_exports([folder])
    assert ids(table) == [id_of(1), id_of(2)]
    assert codes(table) == ["not_an_export"] * 4
    assert {Path(n.path or "").name for n in table.notices if n.code == "not_an_export"} == {
        "README.md", "logo.png", "package.json", "noise.bin"
    }  # fmt: skip


def test_a_damaged_export_in_a_folder_is_a_failure_not_a_remark(tmp_path, reads):
    export(tmp_path / "a.csv", 1)
    (tmp_path / "b.csv").write_bytes(b"")
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(b"x", mtime=0)[:11])
    assert codes(read_exports([tmp_path])) == ["unreadable_source"] * 2


def test_a_folder_without_exports_gets_one_sentence(tmp_path, reads):
    (tmp_path / "none").mkdir()
    with pytest.raises(UnreadableExportError, match="holds no files"):
        read_exports([tmp_path / "none"])
    (tmp_path / "none" / "README").write_text("hello")
    with pytest.raises(UnreadableExportError, match=r"holds no audit export; 1 files were looked at\."):
        read_exports([tmp_path / "none"])


def test_what_cannot_be_read_does_not_cost_the_others(tmp_path, reads):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "nothing").mkdir()
    (tmp_path / "text.txt").write_text("hello")
    names = ["pipe", "loop", "empty.csv", "nothing", "text.txt", "missing.csv", "x" * 5000, "/dev/null"]
    table = read_exports([*(tmp_path / name for name in names), export(tmp_path / "a.csv", 1)])
    assert ids(table) == [id_of(1)]
    assert codes(table) == ["unreadable_source"] * len(names)
    with pytest.raises(UnreadableExportError):
        read_exports([tmp_path / "pipe"])
    with pytest.raises(UnreadableExportError):
        read_exports([])


def test_the_same_file_by_path_by_link_and_in_a_folder_is_one_source(tmp_path, reads):
    path = export(tmp_path / "a.csv", 1)
    (tmp_path / "link.csv").symlink_to(path)
    os.link(path, tmp_path / "hard.csv")
    table = read_exports(
        [path, tmp_path / "link.csv", tmp_path / "hard.csv", tmp_path, tmp_path / ".." / tmp_path.name]
    )
    assert len(table.sources) == 1 and len(table) == 1 and codes(table) == []


def test_a_copy_is_a_source_of_its_own_whose_events_are_duplicates(tmp_path, reads):
    path = export(tmp_path / "a.csv", 1, 2)
    shutil.copy(path, tmp_path / "b.csv")
    table = read_exports([path, tmp_path / "b.csv"])
    assert [(s.records, s.loaded, s.duplicates) for s in table.sources] == [(2, 2, 0), (2, 0, 2)]
    assert {"same_content", "duplicates"} <= set(codes(table))


def test_reading_leaves_a_source_as_it_was(tmp_path, reads):
    path = export(tmp_path / "a.csv", *range(100))
    path.chmod(0o444)
    before, data = path.stat(), path.read_bytes()
    read_exports([path])
    after = path.stat()
    assert path.read_bytes() == data
    assert (after.st_mtime_ns, after.st_ctime_ns, after.st_mode, after.st_ino) == (
        before.st_mtime_ns, before.st_ctime_ns, before.st_mode, before.st_ino
    )  # fmt: skip
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_a_file_that_shrinks_while_a_process_reads_it_costs_that_file(tmp_path, temporary):
    good, path = export(tmp_path / "a.csv", 1), tmp_path / "b.csv"
    piece = "".join(line_of(i, "x" * 900) for i in range(1000))
    with path.open("w") as file:
        file.write(HEADER + "\n" + piece * 60)
    cut = threading.Event()

    def shorten(step: Step) -> None:
        if step.done > good.stat().st_size and not cut.is_set():
            cut.set()
            os.truncate(path, 5000)

    table = read_exports([good, path], Progress(shorten), uses_cache=False)
    assert cut.is_set() and ids(table) == [id_of(1)]
    (notice,) = [n for n in table.notices if n.code == "unreadable_source"]
    assert "shorter" in notice.message or "changed" in notice.message
    assert list(temporary.iterdir()) == []
