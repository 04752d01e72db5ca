"""The SHA-256 of a file, computed beside the reading; started before the libraries of the reader are even loaded."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.source_file import FileState, open_source

_CHUNK = 1 << 20


class RunningDigest:
    """The SHA-256 of a file (FIPS 180-4), computed by a thread of its own from now on."""

    def __init__(self, path: Path) -> None:
        self._value = ""
        self._error: Exception | None = None
        self.state: FileState | None = None
        """The state of the file when the first byte was read, None where it could not be opened."""
        self._opened = threading.Event()
        self._thread = threading.Thread(target=self._compute, args=(path,), daemon=True)
        self._thread.start()

    def started_at(self) -> FileState | None:
        """Return `state` once it is known: what the reader sees must be the same file."""
        self._opened.wait()
        return self.state

    def result(self) -> str:
        """Return the digest in hexadecimal once it is there.

        Raises
        ------
        OSError, UnreadableExportError
            The file could not be read.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._value

    def _compute(self, path: Path) -> None:
        try:
            self._value = self._digest(path)
        except (OSError, UnreadableExportError) as error:
            self._error = error
        finally:
            self._opened.set()

    def _digest(self, path: Path) -> str:
        digest = hashlib.sha256()
        with open_source(path) as file:
            self.state = FileState.of(os.fstat(file.fileno()))
            self._opened.set()
            room = memoryview(bytearray(_CHUNK))
            while n := file.readinto(room):  # type: ignore[attr-defined]
                digest.update(room[:n])
        return digest.hexdigest()
