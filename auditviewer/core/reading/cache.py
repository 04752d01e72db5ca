"""The cache of read exports: one folder an export, keyed by its SHA-256 and the reader's version.

An entry is written beside and renamed into place, so that it is whole or not there; it is checked when it is
opened, and what does not verify is thrown away. Nobody waits for it to be on the disk: that is done behind the
scenes, and an entry that was not there yet when the machine went down is not believed by the next start. What rots on
the disk later keeps its size and time: the digests of the files, noted when they reached it, are compared in the
background once an entry is open. A small
index tells, by path, size and time of change, which digest a file had, so that an unchanged file opens at once; its
digest is then verified in the background.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import queue
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.reading.files import remove_folder
from auditviewer.core.reading.version import READER_VERSION
from auditviewer.core.source_file import FileState, digest_file
from auditviewer.paths import cache_dir

META = "meta.json"
SETTLED = "settled"
"""Stands in an entry once all of it is on the disk, and holds the digest of each of its files."""
DEFAULT_LIMIT_BYTES = 20 << 30
_WRITING = "writing-"
_STALE_SECONDS = 24 * 3600


class Cache:
    """The entries under one folder.

    Parameters
    ----------
    root
        Where entries live; the user's cache folder when omitted.
    limit_bytes
        The least recently used entries go when all together are larger than this.
    """

    def __init__(self, root: Path | None = None, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self.root = root or cache_dir() / "logs"
        self._limit_bytes = limit_bytes
        self._known_bytes: int | None = None
        """What all entries took when they were last looked at, and those kept since; None before the first look."""

    def working_folder(self) -> Path:
        """Return a new folder to write an entry in; raises `OSError` when none can be made."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Path(tempfile.mkdtemp(prefix=f"{_WRITING}{_machine()}-{os.getpid()}-", dir=self.root))

    def known_digest(self, path: Path, state: FileState) -> str | None:
        """Return the digest that the file had when it had this very state."""
        try:
            known = json.loads(self._index_path(path).read_text())
            return str(known["sha256"]) if known["state"] == _state_key(state) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def entry(self, sha256: str) -> tuple[Path, dict[str, Any]] | None:
        """Return the folder and account of an entry, verified; None when there is no sound one."""
        folder = self._entry_path(sha256)
        try:
            sealed = json.loads((folder / META).read_text())
            text = json.dumps(sealed["account"])
            if hashlib.sha256(text.encode()).hexdigest() != sealed["digest"]:
                raise ValueError("account altered")
            if sealed["boot"] != boot_id() and _settled_digests(folder) is None:
                raise ValueError("the machine went down before the entry was on its disk")
            for name, was in sealed["files"].items():
                if _seal_of(folder / name) != was:
                    raise ValueError(f"{name} altered")
        except FileNotFoundError:
            if folder.exists():
                remove_folder(folder)
            return None
        except (OSError, ValueError, KeyError, TypeError):
            remove_folder(folder)
            return None
        with contextlib.suppress(OSError):
            os.utime(folder / META)
        return folder, sealed["account"]

    def keep(self, working: Path, account: dict[str, Any], path: Path, state: FileState) -> tuple[Path, dict[str, Any]]:
        """Put a finished working folder in place as the entry of its digest; return the entry: folder and account.

        Where a sound entry stands already it is that one, with its own account: the parts of two readings of the same
        bytes need not be the same.

        Raises
        ------
        OSError
            It could not be written; the working folder is left for the caller to use or remove.
        """
        files = {str(f.relative_to(working)): _seal_of(f) for f in working.rglob("*") if f.is_file()}
        text = json.dumps(account)
        sealed = {
            "digest": hashlib.sha256(text.encode()).hexdigest(),
            "account": account,
            "files": files,
            "boot": boot_id(),
        }
        (working / META).write_text(json.dumps(sealed))
        target = self._entry_path(account["sha256"])
        try:
            working.rename(target)
        except OSError:
            if (there := self.entry(account["sha256"])) is not None:
                remove_folder(working)  # another program was first; its entry is as good
                account = there[1]
            else:
                working.rename(target)  # what stood there was no sound entry, and is gone now
        self._remember(path, state, account["sha256"])
        _SETTLER.settle(target)
        self._bound(_folder_size(target))
        return target, account

    def _bound(self, more_bytes: int) -> None:
        """Keep to the limit after an entry of that size: the others are looked at once, not again with each of many."""
        if self._known_bytes is not None:
            self._known_bytes += more_bytes
        if self._known_bytes is None or self._known_bytes > self._limit_bytes:
            self.trim()

    def is_damaged(self, sha256: str, progress: Progress = SILENT) -> bool:
        """Return whether some file of an entry no longer has the digest that it had when it reached the disk.

        An entry that is gone, or not yet on the disk, is not damaged.
        """
        folder = self._entry_path(sha256)
        for name, digest in (_settled_digests(folder) or {}).items():
            try:
                if digest_file(folder / name, progress) != digest:
                    return folder.exists()
            except (OSError, UnreadableExportError):
                return folder.exists()
        return False

    def forget(self, sha256: str) -> None:
        """Throw an entry away."""
        remove_folder(self._entry_path(sha256))

    def size_bytes(self) -> int:
        """Return how much room all entries take."""
        return sum(_folder_size(folder) for folder in self._entries())

    def count(self) -> int:
        """Return how many entries there are."""
        return len(self._entries())

    def is_empty(self) -> bool:
        """Return whether there is no entry, without looking at all where there are many."""
        try:
            with os.scandir(self.root) as found:
                return not any(_names_entry(one.name) for one in found)
        except OSError:
            return True

    def clear(self) -> int:
        """Remove every entry and every trace of one; return the bytes that were freed.

        What a program is writing at this moment is left to it.
        """
        freed = self.size_bytes()
        for entry in list(self.root.iterdir()) if self.root.is_dir() else []:
            if not entry.name.startswith(_WRITING) or _is_abandoned(entry):
                remove_folder(entry)
        with contextlib.suppress(OSError):
            self.root.rmdir()
        return freed

    def trim(self) -> None:
        """Remove the least recently used entries beyond the limit, and what a crash left behind."""
        for left in self.root.glob(f"{_WRITING}*"):
            with contextlib.suppress(OSError):
                if _is_abandoned(left) or time.time() - left.stat().st_mtime > _STALE_SECONDS:
                    remove_folder(left)
        entries = sorted(self._entries(), key=_last_used)
        total = sum(_folder_size(folder) for folder in entries)
        for folder in entries[:-1]:
            if total <= self._limit_bytes:
                break
            total -= _folder_size(folder)
            remove_folder(folder)
        self._known_bytes = total

    def _entries(self) -> list[Path]:
        folders = self.root.iterdir() if self.root.is_dir() else ()
        return [f for f in folders if _names_entry(f.name) and f.is_dir()]

    def _entry_path(self, sha256: str) -> Path:
        return self.root / f"{sha256}-v{READER_VERSION}"

    def _index_path(self, path: Path) -> Path:
        name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()
        return self.root / "index" / f"{name}.json"

    def _remember(self, path: Path, state: FileState, sha256: str) -> None:
        with contextlib.suppress(OSError):
            index = self._index_path(path)
            index.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=index.parent)
            with os.fdopen(handle, "w") as out:
                out.write(json.dumps({"state": _state_key(state), "sha256": sha256}))
            os.replace(name, index)

    def remember(self, path: Path, state: FileState, sha256: str) -> None:
        """Note which digest a file in this state has."""
        self._remember(path, state, sha256)


def _names_entry(name: str) -> bool:
    return "-v" in name and not name.startswith(_WRITING)


def _seal_of(file: Path) -> list[int]:
    """Return what a file must still be like for its entry to be believed."""
    found = file.stat()
    return [found.st_size, found.st_mtime_ns]


def _machine() -> str:
    """Return what tells this machine from others that may share the folder; process numbers are its own."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _is_abandoned(folder: Path) -> bool:
    """Return whether the program that was writing a folder is gone."""
    machine, _, rest = folder.name.removeprefix(_WRITING).partition("-")
    owner = rest.partition("-")[0]
    if os.name != "posix" or machine != _machine() or not owner.isdecimal():
        return False
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def boot_id() -> str:
    """Return what tells one start of the machine from the next."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return str(round((time.time() - time.monotonic()) / 600))


class _Settler:
    """Brings entries to the disk, one after the other, in a thread that ends with the program."""

    def __init__(self) -> None:
        self._folders: queue.SimpleQueue[Path] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._has_started = False

    def settle(self, folder: Path) -> None:
        """Settle an entry once those before it are."""
        self._folders.put(folder)
        with self._starting:
            if not self._has_started:
                self._has_started = True
                threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            folder = self._folders.get()
            _settle(folder)


_SETTLER = _Settler()


def _settle(folder: Path) -> None:
    """Wait until an entry is on the disk, and note it, with what its files hold."""
    with contextlib.suppress(OSError, UnreadableExportError):
        digests = {}
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.name != META:  # whose time of change says when the entry was used
                with file.open("rb") as opened:
                    os.fsync(opened.fileno())
                digests[str(file.relative_to(folder))] = digest_file(file)
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "w") as out:
            out.write(json.dumps(digests))
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, folder / SETTLED)


def _settled_digests(folder: Path) -> dict[str, str] | None:
    """Return the digests of an entry's files, None while it is not on the disk."""
    try:
        noted: dict[str, str] = json.loads((folder / SETTLED).read_text())
    except (OSError, ValueError):
        return None
    return noted


def _state_key(state: FileState) -> list[int]:
    return [state.size, state.mtime_ns, state.inode, state.device]


def _folder_size(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += file.stat().st_size
    return total


def _last_used(folder: Path) -> float:
    try:
        return (folder / META).stat().st_mtime
    except OSError:
        return 0.0
