"""The first rows of a plain CSV export, by the standard library alone: shown before numpy and pyarrow are imported.

Only a head with nothing odd about it is taken: UTF-8, commas, a header of the product's own names, whole records with
a time that is understood in each. For everything else there is `preview`, which knows every shape, a moment later.
What is taken here has the very texts that the readers will find.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from auditviewer.core.catalogue import Catalogue, load_catalogue
from auditviewer.core.errors import AuditViewerError
from auditviewer.core.instant_text import parse_instant
from auditviewer.core.schema import COLUMN_NAMES
from auditviewer.core.source_file import open_source

HEAD_BYTES = 256 << 10
_FEWEST_NAMES = 3
"""A header has at least so many names; with fewer, a line of text may look like one."""


@dataclass(frozen=True)
class FirstRows:
    """The first records of an export, in the order of time as a log shows them."""

    path: Path
    columns: tuple[str, ...]
    """The columns of its header, in its order."""
    rows: tuple[tuple[str, ...], ...]
    """Their fields, to the letter."""
    ticks: tuple[int, ...]
    """The instant of each."""
    categories: tuple[int, ...]
    """The index of each one's category in the catalogue."""
    catalogue: Catalogue

    def texts(self, column: str, start: int, end: int) -> list[str | None]:
        """Return a column's fields of the rows [start, end); None where the export lacks the column."""
        if column not in self.columns:
            return [None] * len(self.rows[start:end])
        at = self.columns.index(column)
        return [row[at] for row in self.rows[start:end]]


def read_first_rows(path: Path) -> FirstRows | None:
    """Return the first records of a file; None when it is no file, no plain CSV, or anything about it is odd."""
    try:
        head = _head_of(path)
        found = None if head is None else _split(*head)
        if found is None:
            return None
        columns, rows = found
        time_at = columns.index("Timestamp")
        dated = [(parse_instant(row[time_at]), row) for row in rows]
        known = sorted(((tick, row) for tick, row in dated if tick is not None), key=lambda one: one[0])
        if len(known) < len(dated):
            return None
        rows = tuple(row for _, row in known)
        catalogue = load_catalogue()
    except (AuditViewerError, OSError, ValueError):
        return None  # whoever reads the whole says what is wrong
    ticks = tuple(tick for tick, _ in known)
    return FirstRows(path, columns, rows, ticks, _categories(catalogue, columns, rows), catalogue)


def begin_first_rows(path: Path) -> Callable[[float], FirstRows | None]:
    """Begin to read the first records of a file; return what waits for them, so many seconds at most.

    A disk or a network that hangs holds up a thread of its own, which nobody waits for in the end.
    """
    found: list[FirstRows | None] = []
    is_done = threading.Event()

    def read() -> None:
        try:
            found.append(read_first_rows(path))
        finally:
            is_done.set()

    threading.Thread(target=read, daemon=True, name="first rows").start()
    return lambda seconds: found[0] if is_done.wait(seconds) and found else None


def _head_of(path: Path) -> tuple[str, bool] | None:
    """Return the decoded start of a regular file, and whether more follows."""
    with open_source(path) as file:
        data = file.read(HEAD_BYTES)
        is_cut = os.fstat(file.fileno()).st_size > len(data)
    others = data.replace(b"\r\n", b"")
    if b"\0" in data or b"\r" in (others.removesuffix(b"\r") if is_cut else others):
        return None
    text = codecs.getincrementaldecoder("utf-8")().decode(data, not is_cut)
    return text.removeprefix("\ufeff"), is_cut


def _split(text: str, is_cut: bool) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]] | None:
    """Return the header and the whole records after it."""
    whole = text[: text.rfind("\n") + 1] if is_cut else text
    records = csv.reader(io.StringIO(whole, newline=""), strict=True)
    header = tuple(next(records, ()))
    is_plain = len(header) >= _FEWEST_NAMES and "Timestamp" in header and set(header) <= set(COLUMN_NAMES)
    if not is_plain or len(set(header)) < len(header):
        return None
    rows: list[tuple[str, ...]] = []
    try:
        for row in records:
            if len(row) != len(header):
                return None
            rows.append(tuple(row))
    except csv.Error as error:
        # Where the head was cut inside a quoted field, the records before it are whole. Anything else is odd.
        if not is_cut or "end of data" not in str(error):
            return None
    return (header, tuple(rows)) if rows else None


def _categories(catalogue: Catalogue, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> tuple[int, ...]:
    places = [columns.index(name) if name in columns else None for name in ("WorkflowType", "EventType", "TargetType")]
    known: dict[tuple[str | None, ...], int] = {}
    found = []
    for row in rows:
        types = tuple(None if at is None else row[at] for at in places)
        if types not in known:
            known[types] = catalogue.classify(*types).category_index
        found.append(known[types])
    return tuple(found)
