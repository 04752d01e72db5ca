"""The one door to the bytes of a source: a regular file, opened for reading only, its times left as they were."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.progress import Progress

# O_NONBLOCK: opening a pipe that nobody writes to would wait for ever. O_NOATIME: the time of the last reading is
# evidence of who read the file before us, so we do not touch it.
_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_ATIME = getattr(os, "O_NOATIME", 0)


@dataclass(frozen=True)
class FileState:
    """What shows that a file was changed while it was read."""

    size: int
    mtime_ns: int
    inode: int
    device: int
    status_change_ns: int
    """When the system noted a change last (``st_ctime``), which nobody can set back; on Windows, when it was made."""

    @classmethod
    def of(cls, found: os.stat_result) -> FileState:
        """Return the state that the system tells of a file."""
        return cls(found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev, found.st_ctime_ns)


def open_source(path: Path) -> IO[bytes]:
    """Return a regular file, opened for reading; where the system lets us, its time of access stays as it is.

    Raises
    ------
    UnreadableExportError
        There is no such regular file, or it may not be read.
    """
    handle = _opened(path)
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise UnreadableExportError(f"{path} is {_kind_of(mode)}, not a file.", "Choose an export file.")
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def file_state(path: Path) -> FileState:
    """Return the state of a regular file.

    Raises
    ------
    UnreadableExportError
        There is no such regular file, or it may not be read.
    """
    with open_source(path) as file:
        return FileState.of(os.fstat(file.fileno()))


def digest_file(path: Path, progress: Progress | None = None) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal (FIPS 180-4)."""
    import hashlib  # 2 ms that the first rows do not need

    digest = hashlib.sha256()
    with open_source(path) as file:
        while chunk := file.read(4 << 20):
            digest.update(chunk)
            if progress is not None:
                progress.check()
    return digest.hexdigest()


def _opened(path: Path) -> int:
    try:
        try:
            return os.open(path, _READING | _NO_ATIME)
        except PermissionError:  # only the owner may ask for that
            return os.open(path, _READING)
    except OSError as error:
        raise UnreadableExportError(*_why_not(path, error)) from None
    except ValueError:
        raise UnreadableExportError(f"{path} is not a name that a file can have.", "Check the name.") from None


def _kind_of(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
    )  # fmt: skip
    return next((words for is_kind, words in kinds if is_kind(mode)), "something else")


def _why_not(path: Path, error: OSError) -> tuple[str, str]:
    reasons = {
        errno.ENOENT: (f"There is no file {path}.", "Check the name."),
        errno.EACCES: (f"{path} may not be read.", "Ask for permission to read it."),
        errno.ELOOP: (f"{path} is a link that leads back to itself.", "Choose the file itself."),
        errno.ENXIO: (f"{path} is a pipe or socket, not a file.", "Choose an export file."),
        errno.ENAMETOOLONG: ("The path is too long for a file.", "Check the name."),
    }
    return reasons.get(error.errno or 0, (f"{path} cannot be opened: {error.strerror}.", "Check the file."))
