"""Builders of JSON exports, and a short way to read them."""

from __future__ import annotations

from auditviewer.core.progress import SILENT
from auditviewer.core.reading import json_fast, json_source
from auditviewer.core.reading.detect import find_encoding
from auditviewer.core.reading.reading import Content
from auditviewer.core.reading.store import open_store
from auditviewer.core.table import EventTable, Source

NEVER_FAST = 1 << 60


def record(target: str) -> str:
    """Return the JSON text of an event."""
    return (
        f'{{"Id":"0{target}","Timestamp":"2026-01-05T10:00:00.1234567Z","EventType":"user:created",'
        f'"EventDescription":"Created","Target":"{target}"}}'
    )


def read_bytes(folder, data: bytes, is_fast: bool = False, block_bytes: int | None = None, is_truncated: bool = False):
    """Return the account and the table of a content; ``is_fast`` lets the fast reader have it from its first byte."""
    number = len(list(folder.iterdir()))
    place = folder / f"read-{number}"
    place.mkdir()
    path = folder / f"export-{number}"
    path.write_bytes(data)
    content = Content(path, len(data), "export.json", is_truncated=is_truncated)
    encoding = find_encoding(content, SILENT)
    kept = json_source._FIRST_STEP, json_fast.BLOCK_BYTES
    try:
        if is_fast:
            json_source._FIRST_STEP = 1
        if block_bytes is not None:
            json_fast.BLOCK_BYTES = block_bytes
        read = json_source.read_json_carefully(content, encoding, place, SILENT, 0 if is_fast else NEVER_FAST)
    finally:
        json_source._FIRST_STEP, json_fast.BLOCK_BYTES = kept
    source = Source(
        str(path), None, read.format, encoding.shown, None, len(data), "0" * 64, read.records, read.events, 0,
        read.rejected, read.columns,
    )  # fmt: skip
    return read, EventTable(parts=tuple(open_store(place, read.store)), sources=(source,))


def cells_of(table: EventTable, column: str) -> list[str | None]:
    """Return the texts of a column."""
    return [table.text(position, column) for position in range(len(table))]


def account_of(read, table: EventTable) -> dict[str, object]:
    """Return all that a reader says about a content, to be compared with what another one says."""
    events = []
    for position in range(len(table)):
        place = table.place(position)
        cells = {
            name: (table.kind(position, name), table.text(position, name))
            for name in table.columns
            if table.kind(position, name) != 3
        }
        events.append((cells, place.record, place.line, place.offset, place.length))
    return {
        "events": events, "records": read.records, "rejects": read.rejects, "columns": read.columns,
        "notices": read.notices, "times": read.times, "format": read.format,
    }  # fmt: skip
