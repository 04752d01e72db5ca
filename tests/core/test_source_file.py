"""The door to a source: nothing of the file is changed by going through it, and only files are behind it."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest

from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.reading import read_exports, read_preview
from auditviewer.core.source_bytes import read_record
from auditviewer.core.source_file import open_source
from tests.core.reading.exports import HEADER, line_of

CSV = f"{HEADER}\n" + "".join(line_of(i) for i in range(30))
LONG_AGO = 1_000_000_000 * 10**9
"""A time of access before the time of change: a system that keeps access times at all would renew it."""


def _times(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns


@pytest.mark.skipif(not hasattr(os, "O_NOATIME"), reason="the system cannot read without renewing the time of access")
@pytest.mark.parametrize("kind", ["csv", "large csv", "json", "utf-16", "latin-1", "zip"])
def test_reading_leaves_all_times_of_a_source_as_they_were(kind, tmp_path):
    path = tmp_path / "export"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.csv", CSV)
    else:
        path.write_bytes(
            {
                "csv": CSV.encode(), "large csv": CSV.encode() + line_of(99, "x" * 99).encode() * 12_000,
                "json": b'[{"Id": "1", "Timestamp": "x", "Target": "t"}]', "utf-16": CSV.encode("utf-16"),
                "latin-1": CSV.replace(",t,", ",\xe9,").encode("latin-1"),
            }[kind]
        )  # fmt: skip
    os.utime(path, ns=(LONG_AGO, LONG_AGO + 10**9))
    before = _times(path)
    table = read_exports([path])
    read_preview([path])
    read_record(table.place(0))
    assert _times(path) == before


def test_a_source_is_opened_for_reading_only(tmp_path):
    path = tmp_path / "export"
    path.write_text("x")
    with open_source(path) as file, pytest.raises(OSError, match=r"writable|write"):
        file.write(b"y")


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes among files")
def test_a_pipe_is_refused_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableExportError, match="is a pipe, not a file"):
        open_source(tmp_path / "pipe")


def test_a_name_that_no_file_can_have_gets_a_sentence():
    with pytest.raises(UnreadableExportError, match="not a name that a file can have"):
        open_source(Path("a\0b"))
