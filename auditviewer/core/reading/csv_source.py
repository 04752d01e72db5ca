"""Reading one CSV content: the fast reader where it can be believed, the careful one otherwise."""

from __future__ import annotations

import codecs
import mmap
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from auditviewer.core.progress import Progress
from auditviewer.core.reading.csv_careful import CarefulCsv
from auditviewer.core.reading.csv_layout import CsvLayout
from auditviewer.core.reading.csv_parsers import NotBelieved
from auditviewer.core.reading.csv_ranges import read_ranges
from auditviewer.core.reading.detect import Encoding
from auditviewer.core.reading.reading import Content
from auditviewer.core.reading.store import StoreWriter
from auditviewer.core.source_file import open_source
from auditviewer.core.table import Notice, Reject

FAST_FROM_BYTES = 1 << 20
"""A smaller content is read by the careful reader alone: it is quick enough, and there is only one answer."""


@dataclass
class ContentRead:
    """What was made of one content, beside its store."""

    store: dict[str, Any]
    records: int
    events: int
    rejects: list[Reject] = field(default_factory=list)
    rejected: int = 0
    notices: list[Notice] = field(default_factory=list)
    times: dict[str, int] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    format: str = "csv"
    offset_unit: str = "bytes of the file"
    reader: str = "careful"


def read_carefully(
    content: Content, encoding: Encoding, layout: CsvLayout, folder: Path, progress: Progress
) -> ContentRead:
    """Read a CSV content record by record; problems get their record, line and byte offset in the source."""
    store = StoreWriter(folder)
    wide = encoding.name not in ("utf-8", "cp1252", "latin-1")
    source_length = (lambda text: len(text.encode(encoding.name, "surrogatepass"))) if wide else None
    if wide:
        content = transcoded(content, encoding, folder)
    reader = CarefulCsv(
        content,
        layout,
        store,
        progress,
        encoding="utf-8" if wide else encoding.name,
        source_length=source_length,
        start_offset=encoding.bom_bytes if wide else 0,
    )
    reader.read()
    facts = store.finish()
    if wide:
        content.path.unlink()
    return ContentRead(
        facts, reader.records, store.n_events, reader.rejects, reader.n_rejects,
        [*layout.notices, *reader.notices()], _times(store), reader.columns,
    )  # fmt: skip


def transcoded(content: Content, encoding: Encoding, folder: Path) -> Content:
    """Return a UTF-16 or UTF-32 content as UTF-8 in a file of our own, without its byte-order mark.

    What is no character becomes an unpaired surrogate, so that the record around it is rejected later.
    """
    target = folder / "transcoded"
    decoder = codecs.getincrementaldecoder(encoding.name)(_MARKED)
    with open_source(content.path) as source, target.open("wb") as out:
        source.seek(encoding.bom_bytes)
        while chunk := source.read(1 << 20):
            out.write(decoder.decode(chunk).encode("utf-8", "surrogatepass"))
        out.write(decoder.decode(b"", final=True).encode("utf-8", "surrogatepass"))
    return replace(content, path=target, size_bytes=target.stat().st_size)


def _mark_invalid(error: UnicodeError) -> tuple[str, int]:
    """Put an unpaired surrogate, as long in the source, in place of what cannot be decoded."""
    assert isinstance(error, UnicodeDecodeError)
    return "\udfff", error.end


_MARKED = "auditviewer.marked"
codecs.register_error(_MARKED, _mark_invalid)


def read_csv_fast(content: Content, layout: CsvLayout, folder: Path, progress: Progress) -> ContentRead:
    """Read a UTF-8 CSV content by the fast reader, on all cores when it is large.

    Raises
    ------
    NotBelieved
        The careful reader must have a look.
    """
    start, first_line = _first_record(content, layout)
    read = read_ranges(content.path, start, first_line, layout, folder, progress)
    notices = list(layout.notices)
    return ContentRead(
        read.store, read.records, read.records, [], 0, notices, read.times, layout.columns, reader="fast"
    )


def _first_record(content: Content, layout: CsvLayout) -> tuple[int, int]:
    """Return the byte and the line at which records begin."""
    with open_source(content.path) as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        start = 0
        for _ in range(layout.skipped_lines + (layout.header is not None)):
            at = mapped.find(b"\n", start)
            if at < 0:
                raise NotBelieved("no line feed after the header")
            start = at + 1
        if b"\r" in mapped[:start].replace(b"\r\n", b""):
            raise NotBelieved("a lone carriage return before the records")
        if layout.header is None and mapped[:3] == codecs.BOM_UTF8:
            start = max(start, 3)
        return start, layout.skipped_lines + (layout.header is not None) + 1


def _times(store: StoreWriter) -> dict[str, int]:
    return {
        "without_zone": store.without_zone,
        "epochs": store.epochs,
        "unreadable": store.unreadable,
        "missing": store.missing_times,
    }
