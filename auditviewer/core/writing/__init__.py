"""Events to files: one table of formats, one door through which every file is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditviewer.core.writing.formats import FORMATS, FormatSpec, digest_events, format_for, write_events
    from auditviewer.core.writing.report import WriteChoices, WriteReport

__all__ = ["FORMATS", "FormatSpec", "WriteChoices", "WriteReport", "digest_events", "format_for", "write_events"]


def __getattr__(name: str) -> Any:
    """Import a format's writer when it is first asked for: whoever writes some bytes to a file needs none."""
    if name not in __all__:
        raise AttributeError(name)
    import importlib

    home = "report" if name.startswith("Write") else "formats"
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)
