"""The careful CSV reader: strict, streaming, counts bytes, gives every problem its record, line and offset.

Format: RFC 4180, read leniently where nothing can be misread (any of LF, CRLF and CR ends a line, a quote inside
an unquoted field is a character) and strictly elsewhere.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from auditviewer.core.progress import Progress
from auditviewer.core.reading.csv_layout import CsvLayout, columns_of, fold_header, is_header_row
from auditviewer.core.reading.csv_lines import (
    MAX_RECORD_BYTES,
    START,
    Line,
    LineFeed,
    LinePlace,
    TooLong,
    physical_lines,
)
from auditviewer.core.reading.reading import Content
from auditviewer.core.reading.store import StoreWriter
from auditviewer.core.table import Notice, Reject

MAX_REJECTS_KEPT = 100_000
MAX_OTHER_HEADERS = 500
"""A file glued together from more than this is not followed further; the records after that are rejected."""
_ROWS_A_PART = 65_536
_BYTES_A_PART = 64 << 20
_CHUNK = 1 << 20

SourceLength = Callable[[str], int]


@dataclass
class CarefulCsv:
    """Reads one CSV content record by record into a store.

    Parameters
    ----------
    content, layout
        What to read, and what it looks like.
    encoding
        The encoding of ``content.path``, an ASCII superset (other ones are transcoded first).
    source_length
        Gives the bytes that a text takes in the source, where these are not the content's own.
    """

    content: Content
    layout: CsvLayout
    store: StoreWriter
    progress: Progress
    encoding: str = "utf-8"
    source_length: SourceLength | None = None
    start_offset: int = 0
    rejects: list[Reject] = field(default_factory=list)
    n_rejects: int = 0
    records: int = 0
    blank_lines: int = 0
    marks: int = 0
    other_headers: int = 0
    resumed: int = 0
    _again_budget: int = 0
    _columns: tuple[str, ...] = ()
    _all_columns: dict[str, None] = field(default_factory=dict)
    _header_key: tuple[str, ...] | None = None
    _time_at: int | None = None
    _rows: list[list[str]] = field(default_factory=list)
    _places: list[tuple[int, int, int, int]] = field(default_factory=list)

    def read(self) -> None:
        """Read all records; what was loaded is in the store, the rest in ``rejects``."""
        self._again_budget = 4 * self.content.size_bytes + MAX_RECORD_BYTES
        start = START._replace(offset=self.start_offset)
        feed = LineFeed(self._lines, start, 3 if self.source_length is None else self.source_length("\ufeff"))
        self._follow(self.layout.columns, self.layout.header_key)
        size = 0
        while feed.has_more:
            feed.start_record()
            row = self._next_row(feed)
            if row is None:
                continue
            if not row:  # nothing but a byte-order mark
                self.blank_lines += feed.n_taken
                continue
            self.records += 1
            if not self._is_whole(row, feed):
                continue
            self._rows.append(row)
            self._places.append((self.records, feed.first.number, feed.first.offset, feed.taken_bytes))
            size += feed.taken_bytes
            if len(self._rows) >= _ROWS_A_PART or size >= _BYTES_A_PART:
                self._flush()
                size = 0
        self._flush()
        self.marks = feed.marks
        self.blank_lines += feed.blank_lines

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of all headers."""
        return tuple(self._all_columns)

    def _follow(self, columns: tuple[str, ...], header_key: tuple[str, ...] | None) -> None:
        """Read what follows under these columns."""
        self._columns, self._header_key = columns, header_key
        self._all_columns |= dict.fromkeys(columns)
        self._time_at = columns.index("Timestamp") if "Timestamp" in columns else None

    def _lines(self, start: LinePlace) -> Iterator[Line]:
        at, offset = start.at, start.offset
        first = self.layout.skipped_lines + (self.layout.header is not None)
        for number, raw in enumerate(physical_lines(self.content.path, at), start=start.number):
            is_damaged = False
            try:
                text = raw.decode(self.encoding)
            except UnicodeDecodeError:
                errors = "surrogateescape" if self.source_length is None else "surrogatepass"
                text, is_damaged = raw.decode(self.encoding, errors), True
            length = len(raw) if self.source_length is None else self.source_length(text)
            if number & 0x3FFF == 0 or len(raw) > _CHUNK:
                self.progress.report("reading", at, self.content.size_bytes)
            if number > first:
                yield Line(text, length, LinePlace(at, number, offset), is_damaged)
            at += len(raw)
            offset += length
        self.progress.report("reading", at, self.content.size_bytes)

    def _next_row(self, feed: LineFeed) -> list[str] | None:
        reader = csv.reader(feed, delimiter=self.layout.delimiter, strict=True)
        try:
            return next(reader)
        except csv.Error as error:
            self._reject_damaged(feed, str(error))
        except (TooLong, StopIteration):
            self._reject_damaged(feed, "unexpected end of data")
        return None

    def _reject_damaged(self, feed: LineFeed, error: str) -> None:
        """Reject the first line of a damaged record and look at the lines after it anew: they may be whole."""
        is_unclosed = "end of data" in error
        code = "unclosed_quote" if is_unclosed else "text_after_quote" if "expected after" in error else "bad_line_end"
        words = {
            "unclosed_quote": "A quote that opens in this record is never closed.",
            "text_after_quote": "Text follows a closing quote where the delimiter or the end of the line should stand.",
            "bad_line_end": "A line ends inside an unquoted field.",
        }[code]
        self.records += 1
        if feed.n_taken > 1 and feed.taken_bytes <= self._again_budget:
            self._again_budget -= feed.taken_bytes
            feed.give_back_all_but_first()
            self.resumed += 1
            self._reject(feed, code, f"{words} Reading went on at the next line.")
        else:
            self._reject(feed, code, words)

    def _is_whole(self, row: list[str], feed: LineFeed) -> bool:
        if feed.is_damaged:
            self._reject(feed, "invalid_encoding", f"The record holds bytes that are not {self.encoding.upper()}.")
            return False
        if self.content.is_truncated and not feed.is_ended:
            self._reject(feed, "truncated", "The file breaks off inside this record.")
            return False
        if self._is_header(row, feed):
            return False
        if self.other_headers > MAX_OTHER_HEADERS:
            self._reject(feed, "too_many_headers", "The header of this record is one of too many different ones.")
            return False
        expected = len(self._columns)
        if len(row) != expected:
            self._reject(feed, "field_count", f"The record has {len(row)} fields where the header has {expected}.")
            return False
        return True

    def _is_header(self, row: list[str], feed: LineFeed) -> bool:
        """Reject a header in the middle; when it is another one, what follows is read by it."""
        at = self._time_at
        if at is not None and at < len(row) and row[at][:1].isdigit():
            return False  # quick, for nearly all: a header has a name there, not a time
        folded = fold_header(row)
        if folded == self._header_key:
            self._reject(feed, "repeated_header", "The header stands here again; the line is not an event.")
            return True
        if not is_header_row(folded):
            return False
        words = "Another header stands here; the line is not an event, and what follows is read by it."
        self._reject(feed, "repeated_header", words)
        self.other_headers += 1
        if self.other_headers <= MAX_OTHER_HEADERS:
            self._flush()
        self._follow(columns_of(row, self.content.name)[0], folded)
        return True

    def _reject(self, feed: LineFeed, code: str, message: str) -> None:
        self.n_rejects += 1
        if len(self.rejects) < MAX_REJECTS_KEPT:
            first = feed.first
            self.rejects.append(
                Reject(self.content.name, self.content.member, self.records, first.number, first.offset, code, message)
            )

    def _flush(self) -> None:
        if not self._rows:
            return
        columns = list(zip(*self._rows, strict=True))
        texts = {name: pa.array(values, pa.large_string()) for name, values in zip(self._columns, columns, strict=True)}
        numbers = np.array(self._places, dtype=np.int64)
        self.store.add(
            texts, {}, {n: numbers[:, i].copy() for i, n in enumerate(("record", "line", "offset", "length"))}
        )
        self._rows, self._places = [], []

    def notices(self) -> list[Notice]:
        """Return what the user should know about how the content was read."""
        name = self.content.name
        found = []
        if self.blank_lines:
            found.append(Notice("blank_lines", "Blank lines are not records.", self.blank_lines, name))
        if self.resumed:
            found.append(
                Notice(
                    "resumed",
                    "After a damaged record, reading went on at the next line; look at the events around it.",
                    self.resumed,
                    name,
                )
            )
        if self.marks:
            words = "A byte-order mark stands before records in the middle, as when files were glued together."
            found.append(Notice("byte_order_mark", f"{words} It is no part of a value.", self.marks, name))
        if self.other_headers:
            words = "Another header stands in the middle; the records after it were read by it."
            found.append(Notice("other_header", words, self.other_headers, name))
        return found
