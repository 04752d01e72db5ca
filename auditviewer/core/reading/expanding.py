"""Expanding compressed bytes into temporary files of our own: bounded, and what is whole is kept where it breaks off.

A content that expands beyond all reason is refused before it fills the disk.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import os
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.progress import Progress
from auditviewer.core.reading.compression import compression_of
from auditviewer.core.reading.reading import Content
from auditviewer.core.source_file import open_source

MAX_RATIO = 200
"""A content larger than `FREE_BYTES` may be at most this many times its compressed size."""
FREE_BYTES = 256 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Opened:
    """A content, and what it took to get at it."""

    content: Content
    compression: str | None
    is_in_file: bool
    """Whether offsets in the content are offsets in the file itself."""
    damage: str | None = None
    """What is wrong with the container, when only what was whole could be had."""


class Allowance:
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
                f"{label_of(content)} expands to more than {self._limit >> 20} MiB from {self._packed_size} bytes.",
                "It looks like a decompression bomb; unpack it by hand if you trust it.",
            )


@dataclass(frozen=True)
class Damage:
    """What is wrong with a compressed stream, and whether bytes are missing at its end."""

    words: str
    is_broken_off: bool


def expand(
    content: Content, kind: str, spool: Path, progress: Progress, allowance: Allowance, depth: int = 0
) -> Opened:
    target = spool / f"content-{os.getpid()}-{depth}-{len(list(spool.iterdir()))}"
    try:
        opener: Any = {"gzip": gzip.open, "bz2": bz2.open, "xz": lzma.open}[kind]
        with open_source(content.path) as packed, opener(packed, "rb") as stream:
            damage = copy_bounded(stream, target, content, progress, allowance)
        inner = expanded(content, target, damage)
        again = compression_of(target, label_of(content))
        if again is None:
            return Opened(inner, kind, False, damage.words if damage else None)
        if again == "zip" or depth:
            raise UnreadableExportError(f"{label_of(content)} holds an archive within an archive.", "Unpack it first.")
        opened = expand(inner, again, spool, progress, allowance, depth + 1)
    except UnreadableExportError:
        target.unlink(missing_ok=True)
        raise
    except MemoryError:
        target.unlink(missing_ok=True)
        raise UnreadableExportError(
            f"{label_of(content)} takes more memory to expand than reading may have.", "Unpack it by hand."
        ) from None
    target.unlink()
    words = opened.damage or (damage.words if damage else None)
    return replace(opened, compression=f"{kind}+{opened.compression}", damage=words)


def expanded(content: Content, target: Path, damage: Damage | None) -> Content:
    """Return the content that was expanded into a file of our own.

    Raises
    ------
    UnreadableExportError
        There is nothing in it.
    """
    size = target.stat().st_size
    if not size:
        why = damage.words if damage else "it holds nothing"
        raise UnreadableExportError(f"{label_of(content)} cannot be expanded: {why}.")
    return replace(content, path=target, size_bytes=size, is_truncated=damage is not None and damage.is_broken_off)


def copy_bounded(
    stream: IO[bytes], target: Path, content: Content, progress: Progress, allowance: Allowance
) -> Damage | None:
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
                f"There is no room to expand {label_of(content)}.", "Make room in the temporary folder."
            ) from None
        return _damage_of(error)
    except (EOFError, zlib.error, zipfile.BadZipFile, lzma.LZMAError, ValueError) as error:
        return _damage_of(error)
    return None


def _damage_of(error: Exception) -> Damage:
    if isinstance(error, EOFError):
        return Damage("it breaks off before its end", True)
    if isinstance(error, gzip.BadGzipFile) and "Not a gzipped file" in str(error):
        return Damage("something else follows its end", False)
    # A checksum stands at the end, when all was expanded; any other complaint is about a place in the middle.
    is_checksum = isinstance(error, gzip.BadGzipFile)
    return Damage(f"its compressed bytes are damaged ({error})", not is_checksum)


def label_of(content: Content) -> str:
    return content.name if content.member is None else f"{content.name} » {content.member}"
