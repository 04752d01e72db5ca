"""A record's own bytes, read from its source when somebody asks; the source is opened for reading only."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from auditviewer.core.account import Place, Source
from auditviewer.core.errors import AuditViewerError, UnreadableExportError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.source_file import open_source

SHOWN_LIMIT = 1_000_000
"""At most this many bytes of a record are read to be shown."""

_CHUNK = 1 << 20


class SourceGoneError(AuditViewerError):
    """The source cannot be read again where it was."""

    hint = "Put the file back where it was, or open it again."


def read_record(place: Place, limit: int = SHOWN_LIMIT, progress: Progress = SILENT) -> bytes:
    """Return the bytes of a record as they stand in its source, at most ``limit`` of them.

    In a compressed source these are bytes of the content, which is read from its start up to the record.

    Raises
    ------
    SourceGoneError
        If the file is gone, is not a regular file any more, is shorter than it was, or cannot be decompressed.
    """
    wanted = min(place.length, limit)
    found = read_bytes(place.source, place.offset, wanted, progress)
    if len(found) < wanted:
        raise SourceGoneError(f"The source {place.source.name} ends before the record does.")
    return found


def read_bytes(source: Source, offset: int, limit: int, progress: Progress = SILENT) -> bytes:
    """Return the bytes of a source's content from an offset on, at most ``limit``, fewer where it ends before.

    Raises
    ------
    SourceGoneError
        As `read_record`.
    """
    try:
        with ExitStack() as opened:
            file = opened.enter_context(_open_regular(Path(source.path)))
            size = os.fstat(file.fileno()).st_size
            if source.compression is None and source.member is None and size != source.size_bytes:
                raise SourceGoneError(f"The file {source.path} has another size than when it was read.")
            stream = _decompressed(file, source.compression, source.member, opened)
            if stream is file:
                file.seek(offset)
            else:
                _skip(stream, offset, progress)
            return b"".join(_pieces(stream, limit))
    except SourceGoneError:
        raise
    except (
        OSError,
        EOFError,
        KeyError,
        RuntimeError,
        ValueError,
        lzma.LZMAError,
        zlib.error,
        zipfile.BadZipFile,
    ) as failure:
        raise SourceGoneError(f"The record cannot be read from {source.name}: {failure}.") from failure


def format_hex(data: bytes, first_offset: int = 0) -> str:
    """Return the bytes as lines of offset, sixteen bytes and their ASCII characters."""
    lines = []
    for start in range(0, len(data), 16):
        row = data[start : start + 16]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{first_offset + start:010d}  {row.hex(' '):<47}  {letters}")
    return "\n".join(lines)


def format_escaped(data: bytes) -> str:
    r"""Return the bytes as text: ASCII as it is, a backslash doubled, other bytes as ``\xNN``, lines kept."""
    escaped = data.replace(b"\\", b"\\\\").decode("latin-1")
    table = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 256)) if code != 10}
    return escaped.translate(table)


def _open_regular(path: Path) -> IO[bytes]:
    """Open a regular file for reading; what is a FIFO or a device by now is refused, not waited for."""
    try:
        return open_source(path)
    except UnreadableExportError as error:
        raise SourceGoneError(error.sentence) from None


def _decompressed(file: IO[bytes], compression: str | None, member: str | None, opened: ExitStack) -> IO[bytes]:
    """Return the content's stream; layers are named outermost first, as "zip+gzip"."""
    stream: Any = file
    for kind in compression.lower().split("+") if compression else ():
        if kind == "zip":
            archive = opened.enter_context(zipfile.ZipFile(stream))
            stream = opened.enter_context(archive.open(member or ""))
        elif kind == "gzip":
            stream = opened.enter_context(gzip.GzipFile(fileobj=stream, mode="rb"))
        elif kind == "bz2":
            stream = opened.enter_context(bz2.BZ2File(stream))
        elif kind == "xz":
            stream = opened.enter_context(lzma.open(stream))  # noqa: SIM115 - closed by the stack
        else:
            raise ValueError(f"{kind} is not known here")
    return stream  # type: ignore[no-any-return]


def _pieces(stream: IO[bytes], n_bytes: int) -> Iterator[bytes]:
    """Yield so many bytes as they come: where a stream breaks off, what came before that place is not lost."""
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    while n_bytes > 0 and (chunk := read(min(_CHUNK, n_bytes))):
        n_bytes -= len(chunk)
        yield chunk


def _skip(stream: IO[bytes], n_bytes: int, progress: Progress) -> None:
    """Read on past some bytes of a stream that cannot be entered in the middle."""
    skipped = 0
    for chunk in _pieces(stream, n_bytes):
        skipped += len(chunk)
        progress.report("Reading up to the record", skipped, n_bytes)
