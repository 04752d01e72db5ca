"""The first records of a file, at once, while the whole is being read in a process of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from auditviewer.core.errors import AuditViewerError
from auditviewer.core.progress import SILENT
from auditviewer.core.reading.containers import compression_of, file_state, remove_folder
from auditviewer.core.reading.csv_careful import physical_lines
from auditviewer.core.reading.read_source import read_content
from auditviewer.core.reading.reading import Content
from auditviewer.core.reading.store import open_store
from auditviewer.core.table import EventTable, Source

PREVIEW_BYTES = 256 << 10
PREVIEW_RECORDS = 200


def read_preview(paths: Sequence[Path]) -> EventTable | None:
    """Return the first records of the first export; None when they cannot be told at once."""
    first = next((path for path in paths if path.is_file()), None)
    if first is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="auditviewer-"))
    try:
        return _preview(first, folder)
    except (AuditViewerError, OSError, ValueError):
        return None
    finally:
        remove_folder(folder)


def _preview(path: Path, folder: Path) -> EventTable | None:
    state = file_state(path)
    if compression_of(path) is not None or not state.size:
        return None
    head = folder / "head"
    with path.open("rb") as source:
        head.write_bytes(source.read(PREVIEW_BYTES))
    is_cut = state.size > PREVIEW_BYTES
    if is_cut:
        whole = b"".join(_whole_lines(head))
        head.write_bytes(whole)
    content = replace(Content(head, head.stat().st_size, str(path)), is_truncated=is_cut)
    store = folder / "store"
    store.mkdir()
    read, encoding = read_content(content, store, SILENT)
    if not read.events:
        return None
    parts = open_store(store, read.store)
    source = Source(
        str(path), None, read.format, encoding.shown, None, state.size, "", read.events, read.events, 0, 0, read.columns
    )
    parts[:] = parts[:1]
    return EventTable(tuple(parts), (source,), is_preview=True)


def _whole_lines(head: Path) -> list[bytes]:
    lines = list(physical_lines(head))
    return lines if lines and lines[-1].endswith((b"\n", b"\r")) else lines[:-1]
