"""Whether what is to be opened was kept, so that it opens at once and nothing need show meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditviewer.core.errors import AuditViewerError
from auditviewer.core.reading.cache import Cache
from auditviewer.core.reading.files import find_files
from auditviewer.core.source_file import file_state


def is_kept(paths: Sequence[Path]) -> bool:
    """Return whether the cache has an entry for each file, as far as path, size and time of change tell."""
    cache = Cache()
    try:
        digests = [cache.known_digest(path, file_state(path)) for path in find_files(paths).paths]
    except (AuditViewerError, OSError):
        return False
    return bool(digests) and all(digest is not None and cache.entry(digest) is not None for digest in digests)
