"""From a path to contents: regular files only, archives and compression told by their first bytes, all bounded.

Sources are opened read-only. Compressed bytes are expanded into temporary files of our own, never under a name
that an archive gives; a content that expands beyond all reason is refused before it fills the disk.
"""

from __future__ import annotations

import bz2
import contextlib
import copy
import errno
import gzip
import hashlib
import lzma
import os
import shutil
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from auditviewer.core.errors import NotAnExportError, UnreadableExportError
from auditviewer.core.progress import Progress
from auditviewer.core.reading.reading import Content

MAX_RATIO = 200
"""A content larger than `FREE_BYTES` may be at most this many times its compressed size."""
FREE_BYTES = 256 << 20
MAX_MEMBERS = 10_000
_CHUNK = 1 << 20
_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bz2"),  # and a block's or the end's mark, see `compression_of`
    (b"\xfd7zXZ\x00", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)
_FOREIGN = (
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"), (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"), (b"Rar!", "a RAR archive"),
    (b"%PDF-", "a PDF document"), (b"\xd0\xcf\x11\xe0", "an old Office document"), (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"), (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"),
    (b"SQLite format 3\x00", "a database"), (b"PAR1", "a Parquet file"), (b"ARROW1\x00", "an Arrow file"),
)  # fmt: skip


@dataclass(frozen=True)
class FileState:
    """What shows that a file was changed while it was read."""

    size: int
    mtime_ns: int
    inode: int
    device: int


@dataclass(frozen=True)
class Opened:
    """A content, and what it took to get at it."""

    content: Content
    compression: str | None
    is_in_file: bool
    """Whether offsets in the content are offsets in the file itself."""
    damage: str | None = None
    """What is wrong with the container, when only what was whole could be had."""


def file_state(path: Path) -> FileState:
    """Return the state of a regular file.

    Raises
    ------
    UnreadableExportError
        There is no such regular file, or it may not be read.
    """
    try:
        # O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise UnreadableExportError(*_why_not(path, error)) from None
    try:
        found = os.fstat(handle)
    finally:
        os.close(handle)
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableExportError(f"{path} is {_kind_of(found.st_mode)}, not a file.", "Choose an export file.")
    return FileState(found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev)


def digest_file(path: Path, progress: Progress | None = None) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal (FIPS 180-4)."""
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        while chunk := file.read(4 << 20):
            digest.update(chunk)
            done += len(chunk)
            if progress is not None:
                progress.check()
    return digest.hexdigest()


def open_contents(path: Path, spool: Path, progress: Progress) -> Iterator[Opened | UnreadableExportError]:
    """Yield the contents of a file: itself, its expanded bytes, or each member of an archive.

    A member that cannot be read is yielded as its error, and the others follow.

    Raises
    ------
    UnreadableExportError
        Nothing of the file can be had.
    """
    state = file_state(path)
    if not state.size:
        raise UnreadableExportError(f"{path} is empty (0 bytes).", "Download the export again.")
    plain = Content(path, state.size, str(path))
    kind = compression_of(path)
    if kind is None:
        yield Opened(plain, None, True)
    elif kind == "zip":
        yield from _open_zip(plain, spool, progress)
    else:
        yield _expand(plain, kind, spool, progress, _Allowance(state.size))


def compression_of(path: Path) -> str | None:
    """Return how a file is compressed, by its first bytes.

    Raises
    ------
    UnreadableExportError
        The first bytes are those of something that no export is in.
    """
    with path.open("rb") as file:
        head = file.read(16)
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise NotAnExportError(f"{path} is {what}, not an audit export.")
    found = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if found == "bz2" and head[4:10] not in (b"1AY&SY", b"\x17rE8P\x90"):
        return None
    return found


class _Allowance:
    """The bytes that a file on disk may still expand to, all layers and members of it together."""

    def __init__(self, packed_size: int) -> None:
        self._packed_size = packed_size
        self._limit = max(FREE_BYTES, MAX_RATIO * packed_size)
        self._used = 0

    def take(self, n_bytes: int, content: Content) -> None:
        """Count expanded bytes; raises `UnreadableExportError` when they are more than there may be."""
        self._used += n_bytes
        if self._used > self._limit:
            raise UnreadableExportError(
                f"{_label(content)} expands to more than {self._limit >> 20} MiB from {self._packed_size} bytes.",
                "It looks like a decompression bomb; unpack it by hand if you trust it.",
            )


@dataclass(frozen=True)
class _Damage:
    """What is wrong with a compressed stream, and whether bytes are missing at its end."""

    words: str
    is_broken_off: bool


def _expand(
    content: Content, kind: str, spool: Path, progress: Progress, allowance: _Allowance, depth: int = 0
) -> Opened:
    target = spool / f"content-{os.getpid()}-{depth}-{len(list(spool.iterdir()))}"
    try:
        opener: Any = {"gzip": gzip.open, "bz2": bz2.open, "xz": lzma.open}[kind]
        with opener(content.path, "rb") as stream:
            damage = _copy_bounded(stream, target, content, progress, allowance)
        inner = _expanded(content, target, damage)
        again = compression_of(target)
        if again is None:
            return Opened(inner, kind, False, damage.words if damage else None)
        if again == "zip" or depth:
            raise UnreadableExportError(f"{_label(content)} holds an archive within an archive.", "Unpack it first.")
        opened = _expand(inner, again, spool, progress, allowance, depth + 1)
    except UnreadableExportError:
        target.unlink(missing_ok=True)
        raise
    target.unlink()
    words = opened.damage or (damage.words if damage else None)
    return replace(opened, compression=f"{kind}+{opened.compression}", damage=words)


def _expanded(content: Content, target: Path, damage: _Damage | None) -> Content:
    """Return the content that was expanded into a file of our own.

    Raises
    ------
    UnreadableExportError
        There is nothing in it.
    """
    size = target.stat().st_size
    if not size:
        why = damage.words if damage else "it holds nothing"
        raise UnreadableExportError(f"{_label(content)} cannot be expanded: {why}.")
    return replace(content, path=target, size_bytes=size, is_truncated=damage is not None and damage.is_broken_off)


def _copy_bounded(
    stream: IO[bytes], target: Path, content: Content, progress: Progress, allowance: _Allowance
) -> _Damage | None:
    """Copy a stream into a file; return what is wrong with it when it breaks off or fails its checksum.

    Raises
    ------
    UnreadableExportError
        It expands to more than it may, or there is no room.
    """
    size = 0
    try:
        with target.open("wb") as out:
            # read1, not read: a damaged place must not take along what was whole before it.
            while chunk := stream.read1(_CHUNK):  # type: ignore[attr-defined]
                size += len(chunk)
                allowance.take(len(chunk), content)
                out.write(chunk)
                progress.report("expanding", size, 0)
    except UnreadableExportError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UnreadableExportError(
                f"There is no room to expand {_label(content)}.", "Make room in the temporary folder."
            ) from None
        return _damage_of(error)
    except (EOFError, zlib.error, zipfile.BadZipFile, lzma.LZMAError, ValueError) as error:
        return _damage_of(error)
    return None


def _damage_of(error: Exception) -> _Damage:
    if isinstance(error, EOFError):
        return _Damage("it breaks off before its end", True)
    if isinstance(error, gzip.BadGzipFile) and "Not a gzipped file" in str(error):
        return _Damage("something else follows its end", False)
    # A checksum stands at the end, when all was expanded; any other complaint is about a place in the middle.
    is_checksum = isinstance(error, gzip.BadGzipFile)
    return _Damage(f"its compressed bytes are damaged ({error})", not is_checksum)


_ZIP_ERRORS = (
    zipfile.BadZipFile, OSError, EOFError, ValueError, LookupError, OverflowError, RuntimeError, struct.error,
    zlib.error, lzma.LZMAError,
)  # fmt: skip
"""What the zipfile module raises on damaged archives; NotImplementedError is a RuntimeError."""


def _open_zip(content: Content, spool: Path, progress: Progress) -> Iterator[Opened | UnreadableExportError]:
    try:
        archive = zipfile.ZipFile(content.path)
    except _ZIP_ERRORS as error:
        raise UnreadableExportError(f"{content.name} is a damaged zip archive: {error}.") from None
    with contextlib.closing(archive):
        members = [info for info in archive.infolist() if not info.is_dir() and not _is_clutter(info.filename)]
        if not members:
            raise NotAnExportError(f"{content.name} is a zip archive without any file in it.")
        if any(info.filename == "[Content_Types].xml" for info in members):
            raise NotAnExportError(f"{content.name} is an Office document.", "Save it as CSV and open that.")
        if len(members) > MAX_MEMBERS:
            raise UnreadableExportError(f"{content.name} holds {len(members)} files, more than {MAX_MEMBERS}.")
        _check_overlap(members, content.name)
        allowance = _Allowance(content.size_bytes)
        names: set[str] = set()
        for info in members:
            member = replace(content, member=info.filename)
            try:
                if info.filename in names:
                    raise UnreadableExportError(
                        f"{_label(member)} stands in the archive twice; the later one was not read.",
                        "Unpack the archive and open both files.",
                    )
                names.add(info.filename)
                yield _open_member(archive, info, member, spool, progress, allowance)
            except UnreadableExportError as error:
                yield error


def _open_member(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    member: Content,
    spool: Path,
    progress: Progress,
    allowance: _Allowance,
) -> Opened:
    if info.flag_bits & 1:
        raise UnreadableExportError(f"{_label(member)} is encrypted.", "Unpack the archive with its password first.")
    if not info.file_size and not info.compress_size:
        raise UnreadableExportError(f"{_label(member)} is empty (0 bytes).")
    target = spool / f"member-{os.getpid()}-{info.header_offset}"
    try:
        with archive.open(_unchecked(info)) as stream:
            damage = _copy_bounded(stream, target, member, progress, allowance)
        inner = _expanded(member, target, damage or _checksum_damage(info, target))
        kind = compression_of(target)
        if kind == "zip":
            raise UnreadableExportError(f"{_label(member)} is an archive within an archive.", "Unpack it first.")
        if kind is None:
            damage = damage or _checksum_damage(info, target)
            return Opened(inner, "zip", False, damage.words if damage else None)
        opened = _expand(inner, kind, spool, progress, allowance, depth=1)
    except UnreadableExportError:
        target.unlink(missing_ok=True)
        raise
    except _ZIP_ERRORS as error:
        target.unlink(missing_ok=True)
        raise UnreadableExportError(f"{_label(member)} cannot be unpacked: {error}.") from None
    target.unlink()
    words = opened.damage or (damage.words if damage else None)
    return replace(opened, compression=f"zip+{opened.compression}", damage=words)


def _unchecked(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Return a member's entry without its checksum: zipfile would keep back the last bytes when it is wrong."""
    entry = copy.copy(info)
    del entry.CRC
    return entry


def _checksum_damage(info: zipfile.ZipInfo, target: Path) -> _Damage | None:
    found = size = 0
    with target.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found = zlib.crc32(chunk, found)
            size += len(chunk)
    if size < info.file_size:
        return _Damage("it breaks off before its end", True)
    return None if found == info.CRC else _Damage("its compressed bytes are damaged (wrong checksum)", False)


def _check_overlap(members: list[zipfile.ZipInfo], name: str) -> None:
    """Refuse entries that share bytes, the sign of a zip bomb (Fifield, 2019)."""
    end = -1
    for info in sorted(members, key=lambda i: i.header_offset):
        if info.header_offset < end:
            raise UnreadableExportError(f"{name} has entries that overlap.", "It looks like a decompression bomb.")
        end = info.header_offset + info.compress_size


def _is_clutter(name: str) -> bool:
    """Return whether an archive's member is a system's own file, no export."""
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1] in (".DS_Store", "Thumbs.db")


def _label(content: Content) -> str:
    return content.name if content.member is None else f"{content.name} » {content.member}"


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


@dataclass(frozen=True)
class Files:
    """The files that some paths name, each once, and what could not be looked into."""

    paths: tuple[Path, ...]
    in_folders: frozenset[Path]
    """Those that were found in a folder, not named."""
    problems: tuple[UnreadableExportError, ...] = ()


def find_files(paths: Sequence[Path]) -> Files:
    """Return the files that the paths name: folders give the files in them, in order of name, each file once."""
    files: dict[tuple[int, int] | str, Path] = {}
    found_in: set[Path] = set()
    problems: list[UnreadableExportError] = []
    for path in paths:
        if os.path.isdir(path):  # not Path.is_dir, which raises where the way there is closed
            found = _files_of(path, problems)
        else:
            found = [path]
        for file in found:
            if files.setdefault(_identity(file), file) is file and file is not path:
                found_in.add(file)
    return Files(tuple(files.values()), frozenset(found_in), tuple(problems))


def _files_of(folder: Path, problems: list[UnreadableExportError]) -> list[Path]:
    found: list[Path] = []

    def note(error: OSError) -> None:
        problems.append(UnreadableExportError(f"The folder {error.filename} cannot be looked into: {error.strerror}."))

    n_before = len(problems)
    for root, folders, names in os.walk(folder, followlinks=False, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        candidates = [Path(root, name) for name in sorted(names) if not name.startswith(".")]
        found += [path for path in candidates if os.path.isfile(path)]
    if not found and len(problems) == n_before:
        problems.append(UnreadableExportError(f"The folder {folder} holds no files.", "Choose one with exports."))
    return found


def _identity(path: Path) -> tuple[int, int] | str:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return str(path)
    return (found.st_dev, found.st_ino) if found.st_ino else str(path.resolve())


def remove_folder(folder: Path) -> None:
    """Remove a folder of our own and all in it, whatever is left of it."""
    for _ in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.02)  # a process that was just ended may have put one more file there
