"""Files to EventTable: containers, detection, the fast and the careful readers, merging, the cache."""

from auditviewer.core.reading.open_log import read_exports, verify_sources
from auditviewer.core.reading.preview import read_preview

__all__ = ["read_exports", "read_preview", "verify_sources"]
