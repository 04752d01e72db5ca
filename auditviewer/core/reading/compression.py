"""How a file is compressed, by its first bytes; and what its first bytes say that no export is in."""

from __future__ import annotations

from pathlib import Path

from auditviewer.core.errors import NotAnExportError
from auditviewer.core.source_file import open_source

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


def compression_of(path: Path, label: str | None = None) -> str | None:
    """Return how a file is compressed, by its first bytes.

    Parameters
    ----------
    label
        What the file is called in messages; its path when omitted.

    Raises
    ------
    UnreadableExportError
        The first bytes are those of something that no export is in.
    """
    with open_source(path) as file:
        head = file.read(512)
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise NotAnExportError(f"{label or path} is {what}, not an audit export.")
    if head[257:262] == b"ustar":
        raise NotAnExportError(f"{label or path} is a tar archive.", "Unpack it, and open what is in it.")
    found = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if found == "bz2" and head[4:10] not in (b"1AY&SY", b"\x17rE8P\x90"):
        return None
    return found
