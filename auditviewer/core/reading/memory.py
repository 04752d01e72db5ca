"""How much memory reading may take, and how much it does."""

from __future__ import annotations

MEMORY_OVER_FILE = 1 << 30
"""Bytes that a reading process may hold beyond the size of its file."""


def memory_limit(size_bytes: int) -> int:
    """Return how many bytes of its own, not of mapped files, a process may hold that reads a file of that size."""
    return MEMORY_OVER_FILE + size_bytes


def own_memory(process_id: int) -> int:
    """Return the bytes that a process holds of its own; 0 where the system does not say."""
    try:
        with open(f"/proc/{process_id}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) << 10
    except (OSError, ValueError, IndexError):
        pass
    return 0
