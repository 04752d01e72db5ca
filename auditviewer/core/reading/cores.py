"""How many threads read at once."""

from __future__ import annotations

import os

MAX_THREADS = 8


def n_cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1
