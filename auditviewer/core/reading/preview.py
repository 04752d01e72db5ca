"""The first records of a file, at once, while the whole is being read in a process of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from auditviewer.core.errors import AuditViewerError
from auditviewer.core.progress import SILENT
from auditviewer.core.reading.compression import compression_of
from auditviewer.core.reading.csv_source import ContentRead
from auditviewer.core.reading.files import find_files, remove_folder
from auditviewer.core.reading.read_source import read_content
from auditviewer.core.reading.reading import Content
from auditviewer.core.reading.store import open_store
from auditviewer.core.source_file import file_state, open_source
from auditviewer.core.table import EventTable, Part, Source

PREVIEW_BYTES = 256 << 10
"""A multiple of 4: no letter of UTF-16 or UTF-32 is cut in two."""
_MAX_TRIED = 5


def read_preview(paths: Sequence[Path]) -> EventTable | None:
    """Return the first records of the first export; None when they cannot be told at once.

    At most `PREVIEW_BYTES` of a file are read. A record that they cut in two is not shown.
    """
    for path in _first_files(paths)[:_MAX_TRIED]:
        folder = Path(tempfile.mkdtemp(prefix="auditviewer-"))
        try:
            if (table := _preview(path, folder)) is not None:
                return table
        except (AuditViewerError, OSError, ValueError):
            continue  # whoever reads the whole says what is wrong
        finally:
            remove_folder(folder)
    return None


def _first_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files to try: the first that was named, or those of the folder that was named first."""
    for path in paths:
        if os.path.isfile(path):
            return [path]
        if os.path.isdir(path):
            return list(find_files([path]).paths)
    return []


def _preview(path: Path, folder: Path) -> EventTable | None:
    state = file_state(path)
    if compression_of(path) is not None or not state.size:
        return None
    with open_source(path) as source:
        data = source.read(PREVIEW_BYTES)
    is_cut = state.size > len(data)
    head = folder / "head"
    head.write_bytes(_whole_letters(data) if is_cut else data)
    store = folder / "store"
    store.mkdir()
    content = Content(head, head.stat().st_size, str(path), is_truncated=is_cut)
    read, encoding = read_content(content, store, SILENT)
    parts = _before_the_cut(open_store(store, read.store), read) if is_cut else open_store(store, read.store)
    n = sum(part.data.num_rows for part in parts)
    if not n:
        return None
    source_shown = Source(
        str(path), None, read.format, encoding.shown, None, state.size, "", n, n, 0, 0, read.columns
    )  # fmt: skip
    return EventTable(tuple(parts), (source_shown,), is_preview=True)


def _whole_letters(data: bytes) -> bytes:
    """Return the bytes without the start of a UTF-8 letter at their end."""
    for n in range(1, min(4, len(data)) + 1):
        lead = data[-n]
        if lead >= 0xC0:
            wanted = 2 + (lead >= 0xE0) + (lead >= 0xF0)
            return data[:-n] if n < wanted else data
        if lead < 0x80:
            break
    return data


def _before_the_cut(parts: Sequence[Part], read: ContentRead) -> list[Part]:
    """Return the parts up to a record whose quote the cut left open: what follows it may be text inside it."""
    open_records = [reject.record for reject in read.rejects if reject.code == "unclosed_quote"]
    if not open_records:
        return list(parts)
    sound = []
    for part in parts:
        n = int(np.searchsorted(part.arrays["p:record"].to_numpy(), min(open_records)))
        sound.append(replace(part, data=part.data.slice(0, n)))
    return sound
