"""The careful JSON reader: record by record, strict, gives every problem its record, line and offset, and goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from auditviewer.core.progress import Progress
from auditviewer.core.reading.json_columns import JsonColumns
from auditviewer.core.reading.json_record import BadRecord, Member, parse_record
from auditviewer.core.reading.json_tokens import SPACE, Data, end_of_value, skip_space
from auditviewer.core.reading.reading import Content
from auditviewer.core.reading.rejects import MAX_REJECTS_KEPT, kept_notice
from auditviewer.core.schema import COLUMN_NAMES
from auditviewer.core.table import Notice, Reject

MAX_RECORD_BYTES = 64 << 20
"""A record longer than this is taken for one that does not end."""
_SEARCH_BYTES = 8 << 20
_NAMES = "|".join(COLUMN_NAMES).encode()
_RECORD_START = re.compile(rb'\{[ \t\r\n]*+"(?i:' + _NAMES + rb')"')
_KNOWN = frozenset(COLUMN_NAMES)

STRAY = "Here stands something that is no record."
TRUNCATED = "The file breaks off inside this record."


@dataclass
class CarefulJson:
    """Reads the records of a content, wherever a caller says that records stand.

    Parameters
    ----------
    data
        The content's bytes, UTF-8.
    mark
        What stands before every record (LF or the record separator), so that reading can go on after a damaged
        one; None where records may stand anywhere.
    """

    content: Content
    data: Data
    columns: JsonColumns
    progress: Progress
    to_source: Any = None
    mark: bytes | None = None
    records: int = 0
    n_rejects: int = 0
    rejects: list[Reject] = field(default_factory=list)
    has_invalid: bool = False
    """Whether some record held bytes that are not UTF-8."""
    counts: dict[str, int] = field(default_factory=dict)
    """How often something was met that the user should know of, by the code of its notice."""
    _counted: tuple[int, int] = (0, 1)
    _budget: int = -1

    def read_values(self, pos: int, limit: int) -> int:
        """Read records that stand one after the other from ``pos`` up to ``limit`` or a little further."""
        size = len(self.data)
        while (pos := skip_space(self.data, pos)) < min(limit, size):
            if self.data[pos] == 0x2C:
                self.count("stray_commas")
                pos += 1
            else:
                pos = self._read_one(pos)
        return pos

    def read_items(self, pos: int, limit: int) -> tuple[int, bool]:
        """Read the items of an array from where one is expected; return where the next is, and whether it is closed."""
        while (pos := skip_space(self.data, pos)) < min(limit, len(self.data)):
            char = self.data[pos]
            if char == 0x5D:  # ]
                return pos + 1, True
            if char == 0x2C:
                self.records += 1
                self.reject(pos, "missing_record", "A record is missing between two commas.")
                pos += 1
                continue
            pos, is_closed = self.after_item(self._read_one(pos))
            if is_closed:
                return pos, True
        return pos, False

    def after_item(self, pos: int) -> tuple[int, bool]:
        """Return where the next item of an array is expected, and whether the array is closed instead."""
        data = self.data
        pos = skip_space(data, pos)
        if pos >= len(data):
            self.count("unclosed_array")
            return pos, False
        if data[pos] == 0x5D:
            return pos + 1, True
        if data[pos] != 0x2C:
            self.count("missing_comma")
            return pos, False
        after = skip_space(data, pos + 1)
        if after >= len(data):
            self.records += 1
            self.reject(pos, "truncated", "The file breaks off where a record should follow.")
        elif data[after] == 0x5D:
            self.count("trailing_comma")
        return after, False

    def line_of(self, pos: int) -> int:
        """Return the line, from 1, on which a byte stands; cheapest when asked in ascending order."""
        start, line = self._counted if self._counted[0] <= pos else (0, 1)
        while start < pos:
            stop = min(pos, start + (4 << 20))
            line += self.data[start:stop].count(b"\n")
            start = stop
        self._counted = (pos, line)
        return line

    def know_line(self, pos: int, line: int) -> None:
        """Take note of the line on which a byte stands, where somebody else has counted."""
        self._counted = (pos, line)

    def reject(self, pos: int, code: str, message: str) -> None:
        """Take down why the current record is not an event."""
        self.n_rejects += 1
        if len(self.rejects) < MAX_REJECTS_KEPT:
            offset = pos if self.to_source is None else int(self.to_source(np.array([pos]))[0])
            self.rejects.append(
                Reject(self.content.name, self.content.member, self.records, self.line_of(pos), offset, code, message)
            )

    def _read_one(self, pos: int) -> int:
        """Load or reject the record at ``pos``; return where to go on."""
        data = self.data
        self.records += 1
        if self.records & 0xFFF == 0:
            self.progress.report("reading", pos, len(data))
        mark_at = len(data) if self.mark is None else data.find(self.mark, pos + 1)
        stop = mark_at if mark_at >= 0 else len(data)
        if self.mark is not None and data[pos] == 0x7B:  # most lines are a record and nothing else
            line_end = _end_of_text(data, pos, stop)
            if data[line_end - 1] == 0x7D and self._load(pos, line_end) is None:
                return line_end
        end = end_of_value(data, pos, stop)
        if end is None and stop < len(data):  # a record on several lines, perhaps
            further = end_of_value(data, pos, min(len(data), pos + self._allowance()))
            if further is not None and self._load(pos, further) is None:
                return further
        if end is None:
            return self._give_up(pos, stop)
        if end - pos > MAX_RECORD_BYTES:
            self.reject(pos, "too_long", f"The record is longer than {MAX_RECORD_BYTES >> 20} MiB.")
            return end
        bad = self._load(pos, end)
        if bad is None:
            return end
        if bad.code == "malformed_json" and data[pos] not in b'{["':
            self.reject(pos, "stray_text", STRAY)
        else:
            self.reject(pos, bad.code, bad.message)
        return self._resume(pos, end) if bad.code == "malformed_json" else end

    def _load(self, pos: int, end: int) -> BadRecord | None:
        """Load the record in a range of bytes; return why not."""
        try:
            members = self._parse(pos, end)
            self.columns.add_record(members, (self.records, self.line_of(pos), pos, end - pos))
        except BadRecord as bad:
            return bad
        return None

    def _parse(self, pos: int, end: int) -> list[Member]:
        if end - pos > MAX_RECORD_BYTES:
            raise BadRecord("too_long", f"The record is longer than {MAX_RECORD_BYTES >> 20} MiB.")
        try:
            text = str(memoryview(self.data)[pos:end], "utf-8")
        except UnicodeDecodeError as error:
            self.has_invalid = True
            message = f"The record holds bytes that are not UTF-8, from its byte {error.start + 1} on."
            raise BadRecord("invalid_encoding", message) from None
        return parse_record(text)

    def _give_up(self, pos: int, stop: int) -> int:
        """Reject a record that has no end, or text that is none; return where to go on."""
        data = self.data
        if data[pos] not in b'{["':
            self.reject(pos, "stray_text", STRAY)
            return self._resume(pos, None)
        next_pos = self._resume(pos, None)
        if next_pos >= len(data):
            self.reject(pos, "truncated", TRUNCATED)
        elif stop < len(data):
            self.reject(pos, "malformed_json", f"The record is not valid JSON. {self._reason(pos, stop)}")
        else:
            self.reject(pos, "malformed_json", "The record is not valid JSON. It is not closed before the next one.")
        return next_pos

    def _reason(self, pos: int, stop: int) -> str:
        try:
            self._parse(pos, stop)
        except BadRecord as bad:
            return bad.message.removeprefix("The record is not valid JSON. ")
        return "It does not end where it should."

    def _resume(self, pos: int, end: int | None) -> int:
        """Return where to go on after a malformed record: the next mark, or the next place with a whole record."""
        if self.mark is not None:
            at = self.data.find(self.mark, pos + 1)
            return at if at >= 0 else len(self.data)
        stop = len(self.data) if end is None else end
        for match in _RECORD_START.finditer(self.data, pos + 1, stop):
            if self._allowance() <= 0:
                break
            if self._is_record(match.start()):
                self.count("resumed")
                return match.start()
        return stop

    def _is_record(self, pos: int) -> bool:
        """Return whether a whole record of the log stands at a place, more than any object with a known name."""
        end = end_of_value(self.data, pos, min(len(self.data), pos + self._allowance()))
        self._budget -= (end or pos + self._allowance()) - pos
        if end is None:
            return False
        try:
            members = self._parse(pos, end)
        except BadRecord:
            return False
        n_known = sum(member.column in _KNOWN for member in members)
        return n_known >= 3 or n_known == len(members)

    def _allowance(self) -> int:
        """Return how many bytes may be looked at in search of a record's end; all searches have one budget."""
        if self._budget == -1:
            self._budget = 4 * len(self.data) + MAX_RECORD_BYTES
        return max(0, min(_SEARCH_BYTES, self._budget))

    def count(self, code: str) -> None:
        """Take down something that the user should know of; its words are this room's."""
        self.counts[code] = self.counts.get(code, 0) + 1

    def notices(self) -> list[Notice]:
        """Return what the user should know about how the content was read."""
        name = self.content.name
        found = [Notice(code, _WORDS[code], count, name) for code, count in self.counts.items()]
        return [*found, notice] if (notice := kept_notice(self.n_rejects, name)) else found


def _end_of_text(data: Data, start: int, stop: int) -> int:
    """Return ``stop``, moved back over white space at the end."""
    while stop > start + 1 and data[stop - 1] in SPACE:
        stop -= 1
    return stop


_WORDS = {
    "stray_commas": "Commas stand between records that need none.",
    "unclosed_array": "The array of records is never closed; the export may have been cut short.",
    "missing_comma": "A comma is missing between two records.",
    "trailing_comma": "A comma stands after the last record.",
    "unclosed_wrapper": "The object around the records is damaged or never closed; the export may have been cut short.",
    "resumed": "After a damaged record, reading went on at the next whole one; look at the events around it.",
}
