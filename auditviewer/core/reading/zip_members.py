"""The members of a zip archive as contents: each by itself, never under the name that the archive gives."""

from __future__ import annotations

import contextlib
import copy
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from auditviewer.core.errors import NotAnExportError, UnreadableExportError
from auditviewer.core.progress import Progress
from auditviewer.core.reading.compression import compression_of
from auditviewer.core.reading.expanding import Allowance, Damage, Opened, copy_bounded, expand, expanded, label_of
from auditviewer.core.reading.reading import Content
from auditviewer.core.source_file import open_source

MAX_MEMBERS = 10_000
_CHUNK = 1 << 20
_ZIP_ERRORS = (
    zipfile.BadZipFile, OSError, EOFError, ValueError, LookupError, OverflowError, RuntimeError, struct.error,
    zlib.error, lzma.LZMAError,
)  # fmt: skip
"""What the zipfile module raises on damaged archives; NotImplementedError is a RuntimeError."""


def open_zip(content: Content, spool: Path, progress: Progress) -> Iterator[Opened | UnreadableExportError]:
    """Yield the members of an archive; one that cannot be read as its error, and the others follow.

    Raises
    ------
    UnreadableExportError
        Nothing of the archive can be had.
    """
    with contextlib.ExitStack() as opened:
        file = opened.enter_context(open_source(content.path))
        try:
            archive = opened.enter_context(zipfile.ZipFile(file))
        except (*_ZIP_ERRORS, MemoryError) as error:
            why = error if str(error) else "its list of members takes too much memory"
            raise UnreadableExportError(f"{content.name} is a damaged zip archive: {why}.") from None
        members = [info for info in archive.infolist() if not info.is_dir() and not _is_clutter(info.filename)]
        if not members:
            raise NotAnExportError(f"{content.name} is a zip archive without any file in it.")
        if any(info.filename == "[Content_Types].xml" for info in members):
            raise NotAnExportError(f"{content.name} is an Office document.", "Save it as CSV and open that.")
        if len(members) > MAX_MEMBERS:
            raise UnreadableExportError(f"{content.name} holds {len(members)} files, more than {MAX_MEMBERS}.")
        _check_overlap(members, content.name)
        if before := min(info.header_offset for info in archive.infolist()):
            yield UnreadableExportError(
                f"{content.name} holds {before:,} bytes before the archive that was read; they were not read.",
                "Perhaps several archives were glued together; ask for each as a file of its own.",
            )
        allowance = Allowance(content.size_bytes)
        names: set[str] = set()
        for info in members:
            member = replace(content, member=info.filename)
            try:
                if info.filename in names:
                    raise UnreadableExportError(
                        f"{label_of(member)} stands in the archive twice; the later one was not read.",
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
    allowance: Allowance,
) -> Opened:
    if info.flag_bits & 1:
        raise UnreadableExportError(f"{label_of(member)} is encrypted.", "Unpack the archive with its password first.")
    if not info.file_size and not info.compress_size:
        raise UnreadableExportError(f"{label_of(member)} is empty (0 bytes).")
    target = spool / f"member-{os.getpid()}-{info.header_offset}"
    try:
        with archive.open(_unchecked(info)) as stream:
            damage = copy_bounded(stream, target, member, progress, allowance)
        damage = damage or _checksum_damage(info, target)
        inner = expanded(member, target, damage)
        kind = compression_of(target, label_of(member))
        if kind == "zip":
            raise UnreadableExportError(f"{label_of(member)} is an archive within an archive.", "Unpack it first.")
        if kind is None:
            return Opened(inner, "zip", False, damage.words if damage else None)
        opened = expand(inner, kind, spool, progress, allowance, depth=1)
    except UnreadableExportError:
        target.unlink(missing_ok=True)
        raise
    except (*_ZIP_ERRORS, MemoryError) as error:
        target.unlink(missing_ok=True)
        why = str(error) or "it takes more memory than reading may have"
        raise UnreadableExportError(f"{label_of(member)} cannot be unpacked: {why}.") from None
    target.unlink()
    words = opened.damage or (damage.words if damage else None)
    return replace(opened, compression=f"zip+{opened.compression}", damage=words)


def _unchecked(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Return a member's entry without checksum and size: zipfile would keep back what does not fit these."""
    entry = copy.copy(info)
    del entry.CRC
    entry.file_size = 1 << 62
    return entry


def _checksum_damage(info: zipfile.ZipInfo, target: Path) -> Damage | None:
    found = size = 0
    with target.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found = zlib.crc32(chunk, found)
            size += len(chunk)
    if size < info.file_size:
        return Damage("it breaks off before its end", True)
    if size > info.file_size:
        return Damage(f"its entry says {info.file_size:,} bytes and it holds {size:,}", False)
    return None if found == info.CRC else Damage("its compressed bytes are damaged (wrong checksum)", False)


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
