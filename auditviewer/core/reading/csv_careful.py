"""The careful CSV reader: strict, streaming, counts bytes, gives every problem its record, line and offset.

Format: RFC 4180, read leniently where nothing can be misread (any of LF, CRLF and CR ends a line, a quote inside
an unquoted field is a character) and strictly elsewhere. Records that the csv module parses without a complaint are
taken many at a time (`csv_runs`); what is odd is gone past record by record.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from auditviewer.core.collector import paused_collector
from auditviewer.core.progress import Progress
from auditviewer.core.reading.csv_columns import CsvColumns, Place
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
from auditviewer.core.reading.csv_runs import Run, Runs
from auditviewer.core.reading.reading import Content
from auditviewer.core.reading.rejects import MAX_REJECTS_KEPT, kept_notice
from auditviewer.core.reading.store import StoreWriter
from auditviewer.core.table import Notice, Reject

MAX_COLUMNS = 4096
"""Where files were glued together, their headers may not name more columns than this in all."""
_LONGEST_LOOK = 1 << 16
"""After that many records gone past one by one, a run is tried again."""
_LARGE = 4 << 20
"""From this size on, the garbage collector is paused while records are read."""
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
    _header_key: tuple[str, ...] | None = None
    _is_refused: bool = False
    _time_at: int | None = None

    def __post_init__(self) -> None:
        self._gathered = CsvColumns(self.store)

    def read(self) -> None:
        """Read all records; what was loaded is in the store, the rest in ``rejects``."""
        self._again_budget = 4 * self.content.size_bytes + MAX_RECORD_BYTES
        self._follow(self.layout.columns, self.layout.header_key)
        keeps_last = self.content.is_truncated
        runs = Runs(self.content.path, self.layout.delimiter, self.encoding, self.source_length, keeps_last)
        place: LinePlace | None = self._first_place()
        step = 1
        with paused_collector(is_needed=self.content.size_bytes > _LARGE):
            while place is not None:
                before = self.records
                for run in runs.read(place):
                    self._take(run)
                    if runs.stopped_at is not None:
                        self.progress.report("reading", runs.stopped_at.at, self.content.size_bytes)
                place = runs.stopped_at
                if place is not None:
                    step = 1 if self.records - before > 16 * step else min(4 * step, _LONGEST_LOOK)
                    place = self._look_at(place, step)
        self._gathered.flush()
        self.progress.report("reading", self.content.size_bytes, self.content.size_bytes)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of all headers."""
        return tuple(self._gathered.names)

    def _follow(self, columns: tuple[str, ...], header_key: tuple[str, ...] | None) -> None:
        """Read what follows under these columns."""
        self._columns, self._header_key = columns, header_key
        self._gathered.follow(columns)
        self._time_at = columns.index("Timestamp") if "Timestamp" in columns else None

    def _first_place(self) -> LinePlace:
        """Return where records begin: behind titles and header."""
        place = START._replace(offset=self.start_offset)
        n_lines = self.layout.skipped_lines + (self.layout.header is not None)
        for line, _ in zip(self._lines(place), range(n_lines), strict=False):
            start = line.place
            place = LinePlace(start.at + line.size, start.number + 1, start.offset + line.length)
        return place

    def _take(self, run: Run) -> None:
        """Load the records of a run, and judge those that may not be sound."""
        rows, columns, at = run.rows, self._columns, self._time_at
        expected = len(columns)
        if at is None or self._is_refused:
            odd: list[int] = list(range(len(rows)))
        else:  # quick, for nearly all: a header has a name there, not a time
            odd = [i for i, row in enumerate(rows) if len(row) != expected or not row[at][:1].isdigit()]
        if run.damaged:
            odd = sorted(run.damaged.union(odd))
        done = 0
        for i in odd:
            self._load(run, done, i)
            self._judge(run, i)
            done = i + 1
            if self._columns is not columns:
                break
        else:
            self._load(run, done, len(rows))
            return
        for i in range(done, len(rows)):  # under another header
            self._judge(run, i)

    def _load(self, run: Run, start: int, stop: int) -> None:
        """Load a range of sound records."""
        if start < stop:
            numbered = enumerate(run.places[start:stop], self.records + 1)
            self._gathered.add(run.rows[start:stop], [(number, *place) for number, place in numbered])
            self.records += stop - start

    def _judge(self, run: Run, i: int) -> None:
        """Load or reject one record of a run; a row without fields is a blank line."""
        row = run.rows[i]
        if not row:
            self.blank_lines += 1
            return
        self.records += 1
        place = (self.records, *run.places[i])
        if self._is_whole(row, place, i in run.damaged):
            self._gathered.add([row], [place])

    def _look_at(self, place: LinePlace, n_records: int) -> LinePlace | None:
        """Read some records one by one from a place; return where the next one starts, None at the end."""
        feed = LineFeed(self._lines, place, 3 if self.source_length is None else self.source_length("\ufeff"))
        for _ in range(n_records):
            if not feed.has_more:
                break
            feed.start_record()
            row = self._next_row(feed)
            if row is None:
                continue
            if not row:  # nothing but a byte-order mark
                self.blank_lines += feed.n_taken
                continue
            self.records += 1
            found = self._place_of(feed)
            if self.content.is_truncated and not feed.is_ended and not feed.is_damaged:
                self._reject(found, "truncated", "The file breaks off inside this record.")
            elif self._is_whole(row, found, feed.is_damaged):
                self._gathered.add([row], [found])
        following = feed.next_place
        self.marks += feed.marks
        self.blank_lines += feed.blank_lines
        return following

    def _place_of(self, feed: LineFeed) -> Place:
        return (self.records, feed.first.number, feed.first.offset, feed.taken_bytes)

    def _lines(self, start: LinePlace) -> Iterator[Line]:
        at, offset = start.at, start.offset
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
            yield Line(text, length, len(raw), LinePlace(at, number, offset), is_damaged)
            at += len(raw)
            offset += length

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
        place = self._place_of(feed)
        if feed.n_taken > 1 and feed.taken_bytes <= self._again_budget:
            self._again_budget -= feed.taken_bytes
            feed.give_back_all_but_first()
            self.resumed += 1
            self._reject(place, code, f"{words} Reading went on at the next line.")
        else:
            self._reject(place, code, words)

    def _is_whole(self, row: list[str], place: Place, is_damaged: bool) -> bool:
        if is_damaged:
            self._reject(place, "invalid_encoding", f"The record holds bytes that are not {self.encoding.upper()}.")
            return False
        if self._is_header(row, place):
            return False
        if self._is_refused:
            words = f"The headers in this file name more than {MAX_COLUMNS:,} columns; this one's records are not read."
            self._reject(place, "too_many_columns", words)
            return False
        expected = len(self._columns)
        if len(row) != expected:
            self._reject(place, "field_count", f"The record has {len(row)} fields where the header has {expected}.")
            return False
        return True

    def _is_header(self, row: list[str], place: Place) -> bool:
        """Reject a header in the middle; when it is another one, what follows is read by it."""
        at, key = self._time_at, self._header_key
        if at is not None and at < len(row) and row[at][:1].isdigit():
            return False
        if len(row) < 2 and (key is None or len(row) != len(key)):
            return False  # too short for a header
        folded = fold_header(row)
        if folded == key:
            self._reject(place, "repeated_header", "The header stands here again; the line is not an event.")
            return True
        if not is_header_row(folded):
            return False
        words = "Another header stands here; the line is not an event, and what follows is read by it."
        self._reject(place, "repeated_header", words)
        self.other_headers += 1
        columns = _columns_of(tuple(row))
        most = max(MAX_COLUMNS, len(self.layout.columns))
        self._is_refused = len(self._gathered.names.keys() | columns) > most
        if not self._is_refused:
            self._follow(columns, folded)
        else:
            self._columns, self._header_key, self._time_at = columns, folded, None
        return True

    def _reject(self, place: Place, code: str, message: str) -> None:
        self.n_rejects += 1
        if len(self.rejects) < MAX_REJECTS_KEPT:
            record, line, offset, _ = place
            self.rejects.append(Reject(self.content.name, self.content.member, record, line, offset, code, message))

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
        if notice := kept_notice(self.n_rejects, name):
            found.append(notice)
        return found


@lru_cache(maxsize=256)
def _columns_of(header: tuple[str, ...]) -> tuple[str, ...]:
    return columns_of(list(header), "")[0]
