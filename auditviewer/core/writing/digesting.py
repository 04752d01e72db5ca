"""A file whose digest is worked out, and whose bytes are brought to the disk, while it is written."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, BinaryIO, cast

_GATHERED = 1 << 20
"""Bytes of small writes that are hashed together."""
_SYNC_EVERY = 64 << 20
_WAITING = 4


class DigestingFile(io.RawIOBase):
    """A file open for writing that hashes what it is given, in a thread of its own.

    What is written one after the other need not be read again for its SHA-256; where the writer goes back, as for an
    archive, it is. Every now and then what is there is sent on its way to the disk, so that the last fsync waits for
    little.

    Parameters
    ----------
    file
        Opened for reading and writing, empty. It stays the caller's to close.
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._sha256 = hashlib.sha256()
        self._gathered = bytearray()
        self._n_hashed = self._n_since_sync = 0
        self._is_straight = True
        self._hasher, self._syncer = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._hashing: deque[Future[None]] = deque()
        self._syncing: Future[None] | None = None

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:
        return cast(io.BufferedRandom, self._file).readinto(buffer)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        before = self._file.tell()
        after = self._file.seek(offset, whence)
        self._is_straight = self._is_straight and before == after
        return after

    def truncate(self, size: int | None = None) -> int:
        self._is_straight = False
        return self._file.truncate(size)

    def write(self, data: Any) -> int:
        """Write all of the data; bytes and Arrow's memory are kept until they are hashed, anything else is copied."""
        n_bytes = memoryview(data).nbytes
        self._file.write(data)
        if self._is_straight:
            self._hash(data, n_bytes)
        self._n_since_sync += n_bytes
        if self._n_since_sync >= _SYNC_EVERY and (self._syncing is None or self._syncing.done()):
            self._await_sync()
            self._file.flush()
            self._syncing = self._syncer.submit(self._bring_to_disk)
            self._n_since_sync = 0
        return n_bytes

    def finish(self) -> tuple[int, str]:
        """Bring everything to the disk; return the size in bytes and the SHA-256 of what is there.

        Raises
        ------
        OSError
            It could not be written, now or before.
        """
        self._file.flush()
        self._await_sync()
        os.fsync(self._file.fileno())
        self._submit(bytes(self._gathered))
        while self._hashing:
            self._hashing.popleft().result()
        size = os.fstat(self._file.fileno()).st_size
        if self._is_straight and self._n_hashed == size:
            return size, self._sha256.hexdigest()
        self._file.seek(0)
        return size, hashlib.file_digest(cast(Any, self._file), "sha256").hexdigest()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop the threads; the file itself stays open."""
        self._hasher.shutdown(cancel_futures=True)
        self._syncer.shutdown(cancel_futures=True)

    def _hash(self, data: Any, n_bytes: int) -> None:
        if n_bytes < _GATHERED:
            self._gathered += data
            if len(self._gathered) < _GATHERED:
                return
            data, self._gathered = bytes(self._gathered), bytearray()
        elif self._gathered:
            self._submit(bytes(self._gathered))
            self._gathered = bytearray()
        self._submit(data if _never_changes(data) else bytes(data))

    def _submit(self, data: Any) -> None:
        self._n_hashed += len(data)
        self._hashing.append(self._hasher.submit(self._sha256.update, data))
        if len(self._hashing) > _WAITING:
            self._hashing.popleft().result()

    def _bring_to_disk(self) -> None:
        _sync(self._file.fileno())
        if self._is_straight:  # else it is read again for its digest
            _let_go(self._file.fileno())

    def _await_sync(self) -> None:
        """Raise what a sync met: the system tells of an error once, and the last fsync would not hear of it."""
        if self._syncing is not None:
            self._syncing.result()
            self._syncing = None


def _never_changes(data: Any) -> bool:
    """Return whether data is bytes or a buffer of Arrow's: by name, since who writes some bytes imports no pyarrow."""
    return isinstance(data, bytes) or type(data).__module__ == "pyarrow.lib"


def _sync(handle: int) -> None:
    sync = getattr(os, "fdatasync", os.fsync)
    sync(handle)


def _let_go(handle: int) -> None:
    """Let the system use the memory of what is on the disk for what comes.

    An export as large as the log would else push the log itself out of the memory that its window reads it from.
    """
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
