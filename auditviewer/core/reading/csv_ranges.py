"""A large CSV content read range by range on all cores: cut where records seem to start, joined where they do.

Where to cut is a guess, from what a line starts with; the index of the bytes before each cut must confirm it. All
ranges are read by threads of one process: the work is done outside Python's lock, the dictionaries of the ranges are
joined without being written first, and a further process would cost a quarter of a second to start.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditviewer.core import native
from auditviewer.core.collector import paused_collector
from auditviewer.core.progress import Progress
from auditviewer.core.reading.cores import MAX_THREADS, n_cores
from auditviewer.core.reading.csv_fast import index_range, read_range
from auditviewer.core.reading.csv_index import find_cut
from auditviewer.core.reading.csv_layout import CsvLayout
from auditviewer.core.reading.csv_parsers import NotBelieved, Parser, parser_for
from auditviewer.core.reading.store import Bases, StoreWriter, write_store
from auditviewer.core.source_file import open_source

SPLIT_FROM_BYTES = 8 << 20
"""A content of this size is cut; no range is much smaller."""
RANGE_BYTES = 32 << 20
"""About so many bytes are read as one range of a large content."""
_RANGES_A_CORE = 4
"""So many at least, so that no core is idle for long when the others read their last."""


@dataclass(frozen=True)
class RangesRead:
    """What was made of all ranges: the facts of the store, the records, and what was met among timestamps."""

    store: dict[str, Any]
    records: int
    times: dict[str, int]


def read_ranges(
    path: Path, start: int, first_line: int, layout: CsvLayout, folder: Path, progress: Progress
) -> RangesRead:
    """Read the records from a byte of a file on, of which that is the line, into the folder's store.

    Raises
    ------
    NotBelieved
        The careful reader must have a look.
    """
    with open_source(path) as file:
        if os.fstat(file.fileno()).st_size <= start:
            raise NotBelieved("no records")
        # Not closed by hand: the parser may still look ahead in it when it is given up, and would crash.
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    ranges = cut_ranges(mapped, start)
    work = _Work(memoryview(mapped), layout, folder, progress)
    # Arrays make no cycles; looking for some among them took a twentieth of the time. What a failure holds is let go.
    with (
        contextlib.closing(work),
        paused_collector(is_needed=True, spares_made=False),
        ThreadPoolExecutor(min(n_cores(), MAX_THREADS, len(ranges))) as threads,
    ):
        read = list(threads.map(work.read, range(len(ranges)), ranges))
        bases, records, line = [], 0, first_line
        for writer, line_feeds in read:
            bases.append(Bases(records + 1, line))
            records, line = records + writer.n_events, line + line_feeds
        writers = [writer for writer, _ in read]
        store = write_store(folder, writers, bases)
        return RangesRead(store, records, _times(writers))


def cut_ranges(data: Any, start: int) -> list[tuple[int, int]]:
    """Return ranges of bytes that cover everything from the start on, each beginning where a record seems to."""
    size = len(data) - start
    n = max(min(size // SPLIT_FROM_BYTES, _RANGES_A_CORE * n_cores()), size // RANGE_BYTES)
    cuts = [start]
    for i in range(1, n):
        cut = find_cut(data, max(start + size * i // n, cuts[-1]))
        if cut is not None and cuts[-1] < cut < len(data):
            cuts.append(cut)
    return list(zip(cuts, [*cuts[1:], len(data)], strict=True))


class _Work:
    """Reads ranges, several at a time; once one is not believed, the others are given up."""

    def __init__(self, data: memoryview, layout: CsvLayout, folder: Path, progress: Progress) -> None:
        self._data, self._layout, self._folder, self._progress = data, layout, folder, progress
        self._lock = threading.Lock()
        self._of_thread = threading.local()
        # Done with arrays, the index is many short steps that take turns at Python's lock: one after the other they
        # are a tenth faster.
        self._indexing: Any = contextlib.nullcontext() if native.is_there() else threading.Lock()
        self._done_bytes = 0
        self.failure: BaseException | None = None
        """Why the reading was given up, whichever range is asked first."""

    def close(self) -> None:
        """Let the failure go: what it came from holds us in turn, and with us the file."""
        self.failure = None

    def read(self, number: int, bounds: tuple[int, int]) -> tuple[StoreWriter, int]:
        """Return the writer of a range, which holds its events, and how many line feeds are in it."""
        writer = StoreWriter(self._folder, number)
        data = self._data[slice(*bounds)]
        try:
            with self._indexing:
                index = index_range(data, self._layout)
            read_range(data, index, bounds[0], self._layout, self._parser(), writer, self._tell)
            writer.close()
        except BaseException as failure:
            self.failure = self.failure or failure
            raise self.failure from None
        return writer, index.line_feeds

    def _parser(self) -> Parser:
        """Return the parser of this thread: its memory is used for one range after the other."""
        if not hasattr(self._of_thread, "parser"):
            self._of_thread.parser = parser_for(self._layout)
        parser: Parser = self._of_thread.parser
        return parser

    def _tell(self, n_bytes: int) -> None:
        if self.failure is not None:
            raise self.failure
        with self._lock:
            self._done_bytes += n_bytes
            self._progress.report("reading", self._done_bytes, len(self._data))


def _times(writers: Sequence[StoreWriter]) -> dict[str, int]:
    return {
        "without_zone": sum(w.without_zone for w in writers),
        "epochs": sum(w.epochs for w in writers),
        "unreadable": sum(w.unreadable for w in writers),
        "missing": sum(w.missing_times for w in writers),
    }
