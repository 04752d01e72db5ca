"""From a path to contents: regular files only, archives and compression told by their first bytes, all bounded.

Sources are opened read-only. Compressed bytes are expanded into temporary files of our own, never under a name
that an archive gives; a content that expands beyond all reason is refused before it fills the disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.progress import Progress
from auditviewer.core.reading.compression import compression_of
from auditviewer.core.reading.expanding import Allowance, Opened, expand
from auditviewer.core.reading.reading import Content
from auditviewer.core.reading.zip_members import open_zip
from auditviewer.core.source_file import file_state


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
        yield from open_zip(plain, spool, progress)
    else:
        yield expand(plain, kind, spool, progress, Allowance(state.size))
