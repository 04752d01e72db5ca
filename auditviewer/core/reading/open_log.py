"""Opening exports as one log: each from the cache or by a reading process of its own, then merged."""

from __future__ import annotations

import atexit
import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from auditviewer.core.errors import DamagedCacheError, UnreadableExportError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.reading.cache import Cache
from auditviewer.core.reading.compression import compression_of
from auditviewer.core.reading.files import Files, find_files, remove_folder
from auditviewer.core.reading.merge import SourceRead, merge
from auditviewer.core.reading.spawn import ReadingProcess, deadline_for
from auditviewer.core.reading.store import empty_part, open_store
from auditviewer.core.source_file import FileState, digest_file, file_state
from auditviewer.core.table import EventTable, Notice, Reject, Source


@dataclass
class _Wanted:
    path: Path
    state: FileState


def read_exports(
    paths: Sequence[Path], progress: Progress = SILENT, *, uses_cache: bool = True, trusts_state: bool = True
) -> EventTable:
    """Return the exports, files or folders of them, as one log.

    Each source is read in a process of its own, which is killed when the work is cancelled. Records are loaded,
    collapsed as exact duplicates of another source's, or rejected with their place; for every source
    records = loaded + duplicates + rejected. Progress is in bytes over all sources.

    Parameters
    ----------
    uses_cache
        Whether what was read may be kept in, and taken from, the cache folder.
    trusts_state
        Whether a file with the path, size and time of change of a cached one is taken to have its digest; the
        caller then verifies by `verify_sources`. Otherwise every digest is computed first.

    Raises
    ------
    UnreadableExportError
        None of the sources could be read at all; when only some could not, the table holds a notice
        ``unreadable_source`` for each and the rest is there.
    Cancelled
        The user asked to stop.
    """
    files = find_files(paths)
    errors: list[UnreadableExportError] = list(files.problems)
    notices = [Notice("unreadable_source", str(error), 1) for error in errors]
    wanted: list[_Wanted] = []
    for path in files.paths:
        try:
            wanted.append(_Wanted(path, file_state(path)))
            if path in files.in_folders:
                compression_of(path)  # a picture among exports is told by its first bytes, not by a process
        except (UnreadableExportError, OSError) as error:
            wanted[:] = [w for w in wanted if w.path is not path]
            _note(error, path, files, errors, notices)
    total = sum(w.state.size for w in wanted)
    done = 0
    readings: list[SourceRead] = []
    with contextlib.closing(_Reader(uses_cache, trusts_state, notices)) as reader:
        for one in wanted:
            try:
                readings += reader.read(one, _Share(progress, done, total))
            except UnreadableExportError as error:
                _note(error, one.path, files, errors, notices)
            done += one.state.size
            progress.report("reading", done, total)
    if not readings:
        if files.in_folders and len(paths) == 1:
            raise UnreadableExportError(
                f"The folder {paths[0]} holds no audit export; {len(files.paths)} files were looked at.",
                "Choose the folder with the exports.",
            )
        raise errors[0] if errors else UnreadableExportError("No export was named.")
    return merge(readings, notices)


def _note(
    error: Exception, path: Path, files: Files, errors: list[UnreadableExportError], notices: list[Notice]
) -> None:
    """Remember why a file could not be read: a failure when it was named, a remark when it lay in a folder."""
    if not isinstance(error, UnreadableExportError):
        error = UnreadableExportError(f"{path} cannot be read: {error}.")
    errors.append(error)
    from auditviewer.core.reading.read_source import error_code  # with all readers, which a kept log does not need

    code = error_code(error) if path in files.in_folders else "unreadable_source"
    notices.append(Notice(code, str(error), 1, str(path)))


def verify_sources(table: EventTable, progress: Progress = SILENT) -> list[Source]:
    """Return the sources whose file no longer has the digest that it had when it was read.

    Raises
    ------
    DamagedCacheError
        No file changed, but what the cache keeps of one is not what was written; it was thrown away.
    """
    changed = []
    digests: dict[str, str | None] = {}
    for source in table.sources:
        if source.path not in digests:
            try:
                digests[source.path] = digest_file(Path(source.path), progress)
            except (OSError, UnreadableExportError):
                digests[source.path] = None
        if digests[source.path] != source.sha256:
            changed.append(source)
    damaged = _forget_damaged(table, progress)
    if damaged and not changed:
        raise DamagedCacheError(f"The copy of {', '.join(damaged)} in the cache was damaged, and is thrown away.")
    return changed


def _forget_damaged(table: EventTable, progress: Progress) -> list[str]:
    """Throw away what the cache keeps of the table's sources and is damaged; return their paths."""
    cache = Cache()
    paths = {source.sha256: source.path for source in table.sources}
    damaged = [sha256 for sha256 in paths if cache.is_damaged(sha256, progress)]
    for sha256 in damaged:
        cache.forget(sha256)
    return [paths[sha256] for sha256 in damaged]


class _Share(Progress):
    """Reports one file's share of the whole, and stops when the whole is stopped."""

    def __init__(self, whole: Progress, base: int, total: int) -> None:
        super().__init__()
        self._whole, self._base, self._total = whole, base, total

    def report(self, what: str, done: int, total: int, unit: str = "bytes") -> None:
        self._whole.report(what, self._base + done, self._total, unit)

    def check(self) -> None:
        self._whole.check()


class _Reader:
    """Reads one file after the other, from the cache or in a process of its own that serves them all."""

    def __init__(self, uses_cache: bool, trusts_state: bool, notices: list[Notice]) -> None:
        self._cache = Cache() if uses_cache else None
        self._trusts_state = trusts_state
        self._notices = notices
        self._child: ReadingProcess | None = None

    def close(self) -> None:
        """End the reading process."""
        if self._child is not None:
            self._child.dismiss()

    def read(self, wanted: _Wanted, progress: Progress) -> list[SourceRead]:
        """Return the sources in a file."""
        cache = self._cache
        if cache is not None and (found := _from_cache(cache, wanted, progress, self._trusts_state)) is not None:
            return found
        folder, is_temporary = _working_folder(cache, self._notices)
        try:
            account = self._read_in_process(wanted, folder, progress)
            if cache is not None and not is_temporary:
                try:
                    folder, account = cache.keep(folder, account, wanted.path, wanted.state)
                except OSError:
                    is_temporary = True  # good for this time
            return _as_readings(account, wanted.path, folder)
        except BaseException:
            remove_folder(folder)
            raise
        finally:
            if is_temporary:
                _remove_later(folder)

    def _read_in_process(self, wanted: _Wanted, folder: Path, progress: Progress) -> dict[str, Any]:
        if self._child is None or not self._child.is_alive:
            self._child = ReadingProcess()
        child, size = self._child, wanted.state.size
        request = {"path": str(wanted.path.absolute()), "folder": str(folder)}
        child.send(request, str(wanted.path), deadline_for(size))
        account: dict[str, Any] = child.wait(lambda: progress.report("reading", min(child.done, size), size))
        return account


def _working_folder(cache: Cache | None, notices: list[Notice]) -> tuple[Path, bool]:
    if cache is not None:
        try:
            return cache.working_folder(), False
        except OSError as error:
            if not any(n.code == "no_cache" for n in notices):
                notices.append(Notice("no_cache", f"The cache folder cannot be used: {error.strerror}.", 1))
    return Path(tempfile.mkdtemp(prefix="auditviewer-")), True


def _from_cache(cache: Cache, wanted: _Wanted, progress: Progress, trusts_state: bool) -> list[SourceRead] | None:
    sha256 = cache.known_digest(wanted.path, wanted.state)
    if sha256 is None or not trusts_state:
        if cache.is_empty():
            return None
        if sha256 is None and not trusts_state:
            sha256 = digest_file(wanted.path, progress)
        elif sha256 is not None and digest_file(wanted.path, progress) != sha256:
            return None
    if sha256 is None or (entry := cache.entry(sha256)) is None:
        return None
    try:
        readings = _as_readings(entry[1], wanted.path, entry[0])
    except (OSError, ValueError, KeyError, pa.ArrowInvalid):
        cache.forget(sha256)
        return None
    cache.remember(wanted.path, wanted.state, sha256)
    return readings


def _as_readings(account: dict[str, Any], path: Path, folder: Path) -> list[SourceRead]:
    """Return the sources of an account, under the path that the file has now."""
    readings = []
    for facts in account["contents"]:
        source = Source(
            path=str(path), member=facts["member"], format=facts["format"], encoding=facts["encoding"],
            compression=facts["compression"], size_bytes=account["size_bytes"], sha256=account["sha256"],
            records=facts["records"], loaded=facts["events"], duplicates=0, rejected=facts["rejected"],
            columns=tuple(facts["columns"]), offset_unit=facts["offset_unit"],
        )  # fmt: skip
        parts = open_store(folder / facts["folder"], facts["store"]) or [empty_part(facts["columns"])]
        notices = [Notice(**{**n, "path": str(path)}) for n in facts["notices"]]
        notices += _time_notices(facts["times"], str(path))
        if facts["rejected"]:
            notices.append(
                Notice("rejected", "Records could not be read; see each one's place.", facts["rejected"], str(path))
            )
        rejects = tuple(Reject(**{**r, "path": str(path)}) for r in facts["rejects"])
        readings.append(SourceRead(source, tuple(parts), rejects, tuple(notices), facts["store"]["repeats"]))
    for sentence, hint, code in account["errors"]:
        if readings:
            first = readings[0]
            notice = Notice(code, f"{sentence} {hint}".strip(), 1, str(path))
            readings[0] = replace(first, notices=(*first.notices, notice))
    return readings


def _time_notices(times: dict[str, int], path: str) -> list[Notice]:
    words = {
        "without_zone": ("no_time_zone", "Timestamps name no time zone; they were taken as UTC."),
        "epochs": (
            "epoch_timestamps",
            "Timestamps are numbers; they were taken as seconds or milliseconds since 1970.",
        ),
        "unreadable": (
            "unreadable_timestamps",
            "Timestamps cannot be understood; they are kept as text, sort last, and have no place on a time axis.",
        ),
        "missing": ("missing_timestamps", "Events have no timestamp; they sort last."),
    }
    return [Notice(code, text, times[name], path) for name, (code, text) in words.items() if times.get(name)]


_to_remove: list[Path] = []


def _remove_later(folder: Path) -> None:
    """Remove a folder whose files are mapped: at once where a system lets us, otherwise at exit."""
    remove_folder(folder)
    if folder.exists():
        if not _to_remove:
            atexit.register(_remove_left)
        _to_remove.append(folder)


def _remove_left() -> None:
    for folder in _to_remove:
        remove_folder(folder)
