"""The next blocks of a large JSON content, read on other cores while what was made of one is written.

Where a block starts is a guess: it counts only when the reader, record by record, comes to that very place. What is
read of it is what the reader would have read there itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from auditviewer.core.reading.cores import MAX_THREADS, n_cores

_SEARCH_BYTES = 1 << 20
Read = TypeVar("Read")


@dataclass(frozen=True, eq=False)
class _Task(Generic[Read]):
    start: int
    stop: int
    is_array: bool
    read: Future[Read]


class ReadAhead(Generic[Read]):
    """Reads blocks one after the other, as many at a time as there are cores.

    Parameters
    ----------
    data
        The bytes of a content.
    """

    def __init__(self, data: Any) -> None:
        self._data = data
        self._tasks: deque[_Task[Read]] = deque()
        self._n_threads = min(n_cores(), MAX_THREADS)
        self._threads: ThreadPoolExecutor | None = None

    def close(self) -> None:
        """Give up what is not taken; nothing is read any more when this returns."""
        self.clear()
        if self._threads is not None:
            self._threads.shutdown()

    def clear(self) -> None:
        """Forget the blocks that are not taken."""
        while self._tasks:
            self._tasks.popleft().read.cancel()

    def take(self, pos: int, is_array: bool) -> tuple[int, Read] | None:
        """Return where the block at a place ends and what was read of it, None where no block starts there."""
        while self._tasks and self._tasks[0].start < pos:
            self._tasks.popleft().read.cancel()
        if not self._tasks or self._tasks[0].start > pos:
            return None
        if self._tasks[0].is_array != is_array:
            self.clear()
            return None
        task = self._tasks.popleft()
        return task.stop, task.read.result()

    def next_start(self) -> int:
        """Return where the next block starts, or where the content ends."""
        return self._tasks[0].start if self._tasks else len(self._data)

    def go_on(
        self, read: Callable[[int, int, bool], Read], start: int, between: bytes, opening: bytes, size: int,
        is_array: bool,
    ) -> None:  # fmt: skip
        """Start to read more blocks; the next one starts where said, where none is being read.

        Parameters
        ----------
        read
            Reads the block from one place up to another, of an array or not; called by several threads at once.
            It is not kept: what it belongs to would not be let go with its last user, nor the mapped file.
        between
            What stands between two records.
        opening
            What a record starts with.
        size
            About so many bytes are a block; there is none where fewer are left.
        """
        end = len(self._data)
        if self._n_threads < 2 or (not self._tasks and end - start <= size):
            return
        start = self._tasks[-1].stop if self._tasks else start
        mark = b"}" + between + opening
        while len(self._tasks) < self._n_threads and start < end:
            # The last ones are smaller, so that no core is idle for long.
            near = start + min(size, max(size // 4, (end - start) // (2 * self._n_threads)))
            stop = end
            if near < end:
                at = self._data.find(mark, near, near + _SEARCH_BYTES)
                if at < 0:
                    break
                stop = at + len(mark) - len(opening)
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._n_threads)
            self._tasks.append(_Task(start, stop, is_array, self._threads.submit(read, start, stop, is_array)))
            start = stop
