"""Reading in the test's own process, where the process is not the subject."""

from __future__ import annotations

import pytest

from auditviewer.core.reading import open_log
from auditviewer.core.reading.read_source import read_source


class Counted:
    """Reads a file in this process, and counts how often."""

    def __init__(self) -> None:
        self.reads = 0

    def __call__(self, reader, wanted, folder, progress):
        self.reads += 1
        return read_source(wanted.path, folder, progress)


@pytest.fixture
def reads(monkeypatch):
    """Read in this process, and count it."""
    counted = Counted()
    monkeypatch.setattr(open_log._Reader, "_read_in_process", lambda *args: counted(*args))
    return counted
