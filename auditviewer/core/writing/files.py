"""The one door through which files are written: beside, flushed, moved into place; never over a source."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, cast

from auditviewer.core.errors import NotWrittenError
from auditviewer.core.writing.digesting import DigestingFile


def write_file(path: Path, write: Callable[[BinaryIO], object], sources: Iterable[str] = ()) -> tuple[int, str]:
    """Write a file whole or not at all; return its size in bytes and its SHA-256.

    Parameters
    ----------
    write
        Gets a file opened for writing bytes in the folder of ``path``.
    sources
        Paths that must never be written to.

    Raises
    ------
    NotWrittenError
        It cannot be written; whatever stood at the path before is intact.
    """
    target = _checked_target(path, sources)
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent)
        temporary = Path(name)
        with os.fdopen(handle, "w+b") as file:
            size, digest = write_digested(file, write)
        _take_mode(temporary, target)
        os.replace(temporary, target)
        temporary = None
        sync_folder(target.parent)
    except OSError as error:
        raise NotWrittenError(*why_not(target, error)) from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
    return size, digest


def _checked_target(path: Path, sources: Iterable[str]) -> Path:
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise NotWrittenError(f"There is no folder {target.parent}.", "Make it, or choose another place.")
    if target.is_dir():
        raise NotWrittenError(f"{target} is a folder.", "Give the name of a file.")
    if target.exists() and not target.is_file():
        raise NotWrittenError(f"{target} is not a regular file.", "Give the name of a file.")
    for source in sources:
        if os.path.realpath(source) == str(target) or _is_same_file(source, target):
            raise NotWrittenError(
                f"{path} is one of the opened exports; sources are never changed.", "Choose another name."
            )
    return target


def _is_same_file(source: str, target: Path) -> bool:
    try:
        return os.path.samefile(source, target)
    except OSError:
        return False


def _take_mode(temporary: Path, target: Path) -> None:
    """Give the file the permissions of the one that it replaces, or those of any new file."""
    try:
        mode = target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    with contextlib.suppress(OSError):
        temporary.chmod(mode)


def write_digested(file: BinaryIO, write: Callable[[BinaryIO], object]) -> tuple[int, str]:
    """Write to an empty file that is open for reading and writing; return its size and SHA-256 once it is on the disk.

    Raises
    ------
    OSError
        It could not be written.
    """
    with DigestingFile(file) as out:
        write(cast(BinaryIO, out))
        return out.finish()


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk, where the system lets us."""
    with contextlib.suppress(OSError):  # not every system lets a folder be opened
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def why_not(target: Path, error: OSError) -> tuple[str, str]:
    """Return sentence and hint for why something could not be written."""
    reasons = {
        errno.ENOSPC: (f"There is no room for {target}.", "Make room or choose another disk; nothing was changed."),
        errno.EDQUOT: (f"Your quota leaves no room for {target}.", "Make room; nothing was changed."),
        errno.EACCES: (f"{target} may not be written.", "Choose a folder that you may write to."),
        errno.EROFS: (f"{target} is on a read-only disk.", "Choose another place."),
        errno.ENAMETOOLONG: (f"The name {target.name[:40]}... is too long.", "Choose a shorter name."),
    }
    fallback = (f"{target} could not be written: {error.strerror or error}.", "Nothing was changed.")
    return reasons.get(error.errno or 0, fallback)
