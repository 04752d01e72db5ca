"""The digest that runs beside the reading: of the same bytes, or the reading does not count."""

from __future__ import annotations

import hashlib
import os

import pytest

from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.progress import SILENT
from auditviewer.core.reading.digest import RunningDigest
from auditviewer.core.reading.read_source import read_source
from tests.core.reading.exports import HEADER, line_of


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1])
def test_it_is_the_sha256_of_all_bytes(size, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * size)
    digest = RunningDigest(path)
    assert digest.result() == hashlib.sha256(b"x" * size).hexdigest()
    assert digest.started_at().size == size


def test_a_pipe_keeps_nobody_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    digest = RunningDigest(tmp_path / "pipe")
    assert digest.started_at() is None
    with pytest.raises(UnreadableExportError):
        digest.result()


@pytest.mark.skipif(os.name == "nt", reason="a time of change can be set back there")
@pytest.mark.parametrize("is_longer", [True, False])
def test_a_file_that_changes_after_its_digest_was_begun_is_not_believed(is_longer, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "\n" + line_of(1))
    digest = RunningDigest(path)
    assert digest.result()
    state = path.stat()
    path.write_text(HEADER + "\n" + (line_of(1) + line_of(2) if is_longer else line_of(2)))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    (tmp_path / "store").mkdir()
    with pytest.raises(UnreadableExportError, match="changed while it was read"):
        read_source(path, tmp_path / "store", SILENT, digest)
