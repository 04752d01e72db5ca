"""Files to EventTable: containers, detection, the fast and the careful readers, merging, the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditviewer.core.reading.open_log import read_exports, verify_sources
    from auditviewer.core.reading.preview import read_preview

__all__ = ["read_exports", "read_preview", "verify_sources"]

_HOMES = {"read_exports": "open_log", "verify_sources": "open_log", "read_preview": "preview"}


def __getattr__(name: str) -> Any:
    """Import a function when it is first asked for: a reading process starts without those that it never calls."""
    if name not in _HOMES:
        raise AttributeError(name)
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
