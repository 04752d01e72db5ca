"""How many rejected records are kept with their place; all of them are counted."""

from __future__ import annotations

from auditviewer.core.table import Notice

MAX_REJECTS_KEPT = 100_000
"""Of each content; a file of many more is damaged as a whole, and nobody reads the list."""


def kept_notice(n_rejects: int, name: str) -> Notice | None:
    """Return what says that not all rejects are listed; None when they are."""
    if n_rejects <= MAX_REJECTS_KEPT:
        return None
    words = f"Rejected records are counted but not listed: only the first {MAX_REJECTS_KEPT:,} are, with their places."
    return Notice("rejects_not_listed", words, n_rejects - MAX_REJECTS_KEPT, name)
