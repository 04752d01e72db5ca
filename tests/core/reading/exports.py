"""Exports made of marked pieces, so that what a reader must say of them is known without reading them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditviewer.core.progress import SILENT
from auditviewer.core.reading.csv_source import ContentRead
from auditviewer.core.reading.read_source import read_content
from auditviewer.core.reading.reading import Content
from auditviewer.core.reading.store import open_store
from auditviewer.core.table import EventTable, Source

HEADER = "Id,Timestamp,Target,CustomValues"
COLUMNS = tuple(HEADER.split(","))
TIME = "2026-01-05T00:00:00.0000000Z"


@dataclass(frozen=True)
class Event:
    """A record that must be loaded, with its values."""

    text: str | bytes
    values: tuple[str, ...]


@dataclass(frozen=True)
class Bad:
    """A record that must be rejected, with its code."""

    text: str | bytes
    code: str


@dataclass(frozen=True)
class Other:
    """What is no record: a header, a title, a blank line, a byte-order mark."""

    text: str | bytes


Piece = Event | Bad | Other


@dataclass(frozen=True)
class Expected:
    """What must be said of a file."""

    data: bytes
    events: list[tuple[tuple[str, ...], tuple[int, int, int, int]]]
    rejects: list[tuple[int, int, int, str]]
    records: int


def expect(pieces: Sequence[Piece], encoding: str = "utf-8", bom: bytes = b"") -> Expected:
    """Return the bytes that the pieces make and the account that a reader must give of them.

    Records and lines count from 1; a place is (record, line, offset, length).
    """
    data, line, record = bom, 1, 0
    events, rejects = [], []
    for i, piece in enumerate(pieces):
        raw = piece.text if isinstance(piece.text, bytes) else piece.text.encode(encoding, "surrogatepass")
        if not isinstance(piece, Other):
            record += 1
        if isinstance(piece, Event):
            events.append((piece.values, (record, line, len(data), len(raw))))
        elif isinstance(piece, Bad):
            rejects.append((record, line, len(data), piece.code))
        data += raw
        text = piece.text.decode("latin-1") if isinstance(piece.text, bytes) else piece.text
        following = pieces[i + 1].text[:1] if i + 1 < len(pieces) else ""
        assert not (text.endswith("\r") and following in ("\n", b"\n")), "a CRLF is cut in two"
        line += len(re.findall(r"\r\n|\n|\r", text))
    return Expected(data, events, rejects, record)


@dataclass
class Read:
    """What a reader made of a content, with its events as rows of texts and their places."""

    made: ContentRead
    encoding: str
    table: EventTable
    notices: list[Any] = field(default_factory=list)

    @property
    def columns(self) -> tuple[str, ...]:
        return self.made.columns

    @property
    def rows(self) -> list[tuple[str | None, ...]]:
        cells = self.table.page(range(len(self.table)), self.columns)
        return list(zip(*cells, strict=True))

    @property
    def places(self) -> list[tuple[int, int, int, int]]:
        found = [self.table.place(i) for i in range(len(self.table))]
        return [(p.record, p.line, p.offset, p.length) for p in found]

    @property
    def rejects(self) -> list[tuple[int, int, int, str]]:
        return [(r.record, r.line, r.offset, r.code) for r in self.made.rejects]

    @property
    def codes(self) -> set[str]:
        """The codes of all notices."""
        return {n.code for n in self.notices}


def read_bytes(folder: Path, data: bytes, name: str = "export.csv", is_truncated: bool = False) -> Read:
    """Read bytes as the content of a file, in this process."""
    path = folder / name
    path.write_bytes(data)
    store = folder / f"store-{name}-{len(list(folder.iterdir()))}"
    store.mkdir()
    content = Content(path, len(data), str(path), is_truncated=is_truncated)
    made, encoding = read_content(content, store, SILENT)
    return as_read(made, encoding.shown, path, store, list(encoding.notices))


def as_read(made: ContentRead, encoding: str, path: Path, store: Path, notices: Sequence[Any] = ()) -> Read:
    """Return what a reader made, with its store opened."""
    source = Source(
        str(path), None, made.format, encoding, None, path.stat().st_size, "", made.records, made.events, 0,
        made.rejected, made.columns,
    )  # fmt: skip
    table = EventTable(tuple(open_store(store, made.store)), (source,))
    return Read(made, encoding, table, [*notices, *made.notices])


def id_of(number: int) -> str:
    """Return the Id of an event."""
    return f"00000000-0000-4000-8000-{number:012d}"


def line_of(number: int, target: str = "t", custom: str = "", end: str = "\n") -> str:
    """Return the line of an event with `COLUMNS`; the values stand as they are given, quotes and all."""
    return f"{id_of(number)},{TIME},{target},{custom}{end}"


def event(number: int, target: str = "t", custom: str = "", end: str = "\n", quoted: bool = False) -> Event:
    """Return an event with `COLUMNS`, its values quoted where they need it or everywhere."""
    values = (id_of(number), TIME, target, custom)
    fields = [_quoted(v) if quoted or any(c in v for c in ',"\r\n') else v for v in values]
    return Event(",".join(fields) + end, values)


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
