"""Python's garbage collector kept out of the way while a large value is built."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_n_paused = 0


@contextmanager
def paused_collector(*, is_needed: bool, spares_made: bool = True) -> Iterator[None]:
    """Pause the collector while millions of objects without cycles are made, and spare them afterwards.

    Each of its full runs goes through every object and stops all threads: 0.8 s for a state of 10 MB, again
    and again while it grows. What was made is left to reference counting alone, unless ``spares_made`` is false.
    """
    global _n_paused
    if not is_needed:
        yield
        return
    with _lock:
        _n_paused += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _n_paused -= 1
            if not _n_paused:
                if spares_made:
                    gc.freeze()
                gc.enable()
