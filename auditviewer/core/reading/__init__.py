"""Files to EventTable: containers, detection, the fast and the careful readers, merging, the cache."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.table import EventTable


def read_exports(paths: Sequence[Path], progress: Progress = SILENT, *, uses_cache: bool = True) -> EventTable:
    """Return the exports, files or folders of them, as one log.

    Each source is read in a process of its own, which is killed when the work is cancelled. Records are
    loaded, collapsed as exact duplicates of another source's, or rejected with their place; for every source
    records = loaded + duplicates + rejected. Progress is in bytes over all sources.

    Raises
    ------
    UnreadableExportError
        None of the sources could be read at all; when only some could not, the table holds a notice
        ``unreadable_source`` for each and the rest is there.
    Cancelled
        The user asked to stop.
    """
    raise NotImplementedError


def read_preview(paths: Sequence[Path]) -> EventTable | None:
    """Return the first records of the first export, quickly, while the whole is being read; None if it can't be told."""
    raise NotImplementedError
