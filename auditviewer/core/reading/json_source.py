"""Reading one JSON content: which shape it has, where its records stand, and which reader reads them."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.progress import Progress
from auditviewer.core.reading.csv_parsers import NotBelieved
from auditviewer.core.reading.csv_source import FAST_FROM_BYTES, ContentRead
from auditviewer.core.reading.detect import Encoding
from auditviewer.core.reading.json_careful import CarefulJson
from auditviewer.core.reading.json_columns import JsonColumns
from auditviewer.core.reading.json_fast import BLOCK_BYTES, FastJson
from auditviewer.core.reading.json_shape import (
    WRAPPER_LEVELS,
    has_event_array,
    holds_events,
    is_audit_log,
    is_empty_export,
    is_event,
    is_lines,
)
from auditviewer.core.reading.json_tokens import end_of_value, find_member, skip_space
from auditviewer.core.reading.json_wide import transcoded
from auditviewer.core.reading.reading import Content
from auditviewer.core.reading.store import StoreWriter
from auditviewer.core.schema import COLUMN_NAMES
from auditviewer.core.source_file import open_source
from auditviewer.core.table import Notice

_FIRST_STEP = 1 << 12
"""Bytes that the careful reader reads before the fast one is asked."""
_START = re.compile(r'[\ufeff\x1e \t\r\n]*(?:\{[ \t\r\n]*(?:["}]|\Z)|\[[ \t\r\n]*(?:[{\["\]0-9tfn-]|\Z))')
_KNOWN_NAME = re.compile(rb'"(?i:' + "|".join(COLUMN_NAMES).encode() + rb')"[ \t\r\n]*+:')


def looks_like_json(head: str) -> bool:
    """Return whether a content that starts so is to be read as JSON: by its first characters, or by whole lines."""
    if _START.match(head):
        return True
    lines = [line.strip().encode("utf-8", "replace") for line in head.split("\n", 50)[:50]]
    objects = [line for line in lines if line[:1] == b"{" and line[-1:] == b"}" and _KNOWN_NAME.search(line)]
    return len(objects) >= 2 and is_lines(b"\n".join(objects), True)


def read_json_fast(content: Content, encoding: Encoding, folder: Path, progress: Progress) -> ContentRead:
    """Read a JSON content whose encoding is only guessed to be UTF-8.

    Raises
    ------
    NotBelieved
        It is not UTF-8 throughout.
    UnreadableExportError
        It is JSON, but no audit export.
    """
    with _mapped(content) as data:
        return _JsonReader(content, data, folder, progress, is_guess=True).read(encoding.bom_bytes)


def read_json_carefully(
    content: Content, encoding: Encoding, folder: Path, progress: Progress, fast_from_bytes: int = FAST_FROM_BYTES
) -> ContentRead:
    """Read a JSON content; a range of records that the fast reader vouches for need not be read again.

    Raises
    ------
    UnreadableExportError
        It is JSON, but no audit export.
    """
    if encoding.name == "utf-8":
        with _mapped(content) as data:
            reader = _JsonReader(content, data, folder, progress, fast_from_bytes=fast_from_bytes)
            return reader.read(encoding.bom_bytes)
    utf8, to_source = transcoded(content, encoding, folder, progress)
    try:
        with _mapped(utf8) as data:
            return _JsonReader(utf8, data, folder, progress, to_source, fast_from_bytes).read(0)
    finally:
        utf8.path.unlink()


@contextmanager
def _mapped(content: Content) -> Iterator[Any]:
    if not content.size_bytes:
        yield b""
        return
    with open_source(content.path) as file:
        yield mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # unmapped when the last view of it is gone


class _JsonReader:
    """Walks over one content and has the records read that it finds."""

    def __init__(
        self,
        content: Content,
        data: Any,
        folder: Path,
        progress: Progress,
        to_source: Any = None,
        fast_from_bytes: int = FAST_FROM_BYTES,
        is_guess: bool = False,
    ) -> None:
        self._content, self._data, self._progress = content, data, progress
        self._store = StoreWriter(folder)
        self._columns = JsonColumns(self._store, to_source)
        self._careful = CarefulJson(content, data, self._columns, progress, to_source)
        self._fast = FastJson(data, self._columns) if len(data) >= fast_from_bytes else None
        self._fast_bytes = self._fast_records = 0
        self._is_guess = is_guess
        self._others: dict[str, None] = {}
        self._wrapped: dict[str, None] = {}

    def read(self, start: int) -> ContentRead:
        """Read the whole content from the place where its text starts."""
        data = self._data
        head = bytes(data[start : start + (1 << 20)])
        if head.lstrip(b" \t\r\n")[:1] == b"\x1e":
            self._careful.mark = b"\x1e"
        elif is_lines(head, start + len(head) == len(data)):
            self._careful.mark = b"\n"
        is_jsonl = self._careful.mark is not None
        if is_jsonl:
            self._read_values(start)
        else:
            self._read_any(start)
        if self._is_guess and self._careful.has_invalid:
            raise NotBelieved("bytes that are not UTF-8")
        self._columns.finish()
        self._refuse_foreign(head)
        facts = self._store.finish()
        self._progress.report("reading", len(data), len(data))
        careful, store = self._careful, self._store
        times = {
            "without_zone": store.without_zone, "epochs": store.epochs,
            "unreadable": store.unreadable, "missing": store.missing_times,
        }  # fmt: skip
        return ContentRead(
            facts, careful.records, self._columns.n_events, careful.rejects, careful.n_rejects, self._notices(), times,
            tuple(self._columns.names), "jsonl" if is_jsonl else "json",
            reader="fast" if 2 * self._fast_records > careful.records else "careful",
        )  # fmt: skip

    def _read_any(self, pos: int) -> None:
        data = self._data
        pos = skip_space(data, pos)
        while pos < len(data):
            first = data[pos : pos + 1]
            if first == b"[":
                pos = self._read_array(pos + 1)
            elif first == b"{" and not is_event(data, pos):
                pos = self._read_wrapper(pos)
            else:
                pos = self._read_values(pos)
            pos = skip_space(data, pos)

    def _read_wrapper(self, pos: int, levels: int = WRAPPER_LEVELS) -> int:
        """Read the arrays of events in an object around them; return where to go on."""
        data, end = self._data, pos + 1
        while (member := find_member(data, end)) is not None:
            key, start = member
            if data[start] == 0x5B and holds_events(data, start):
                self._wrapped.setdefault(key)
                end = self._read_array(start + 1)
            elif data[start] == 0x7B and levels > 1 and has_event_array(data, start, levels - 1):
                end = self._read_wrapper(start, levels - 1)
            else:
                self._others.setdefault(key)
                found = end_of_value(data, start, len(data))
                if found is None:
                    self._careful.count("unclosed_wrapper")
                    return len(data)
                end = found
            end = skip_space(data, end)
            if data[end : end + 1] != b",":
                break
            end += 1
        end = skip_space(data, end)
        if data[end : end + 1] == b"}":
            return end + 1
        self._careful.count("unclosed_wrapper")
        return end

    def _read_array(self, pos: int) -> int:
        """Read the items of an array from behind its bracket; return where to go on."""
        is_closed, step = False, _FIRST_STEP
        while not is_closed and pos < len(self._data):
            pos, is_closed = self._careful.read_items(pos, pos + step)
            while not is_closed and (end := self._try_fast(pos, is_array=True)) is not None:
                pos, is_closed = self._careful.after_item(end)
            step = self._next_step(step)
        return pos

    def _read_values(self, pos: int) -> int:
        """Read records one after the other to the end of the content."""
        step = _FIRST_STEP
        while pos < len(self._data):
            pos = self._careful.read_values(pos, pos + step)
            while (end := self._try_fast(pos, is_array=False)) is not None:
                pos = skip_space(self._data, end)
            step = self._next_step(step)
        return pos

    def _try_fast(self, pos: int, is_array: bool) -> int | None:
        """Read a range of records fast; return where the last one ends, None when the careful reader is needed."""
        data = self._data
        if self._fast is None or data[pos : pos + 1] != b"{":
            return None
        careful = self._careful
        n, end, line = self._fast.read(pos, careful.records + 1, careful.line_of(pos), is_array)
        careful.know_line(end, line)
        self._fast_bytes += end - pos
        careful.records += n
        self._fast_records += n
        self._progress.report("reading", end, len(data))
        return end if n else None

    def _next_step(self, step: int) -> int:
        """Return how many bytes the careful reader reads next: ever more while the fast one does little."""
        did_much = self._fast_bytes > 16 * step
        self._fast_bytes = 0
        return _FIRST_STEP if did_much else min(4 * step, BLOCK_BYTES)

    def _refuse_foreign(self, head: bytes) -> None:
        """Refuse JSON that is no audit export: none of its records has a column of the log."""
        names = tuple(self._columns.names)
        if self._columns.n_events:
            is_export = is_audit_log(names)
        elif self._careful.records:
            is_export = _KNOWN_NAME.search(head) is not None
        else:
            is_export = is_empty_export(head)
        if not is_export:
            content = self._content
            label = content.name if content.member is None else f"{content.name} » {content.member}"
            raise UnreadableExportError(
                f"{label} is JSON, but not an audit export: its records have none of the columns (Id, Timestamp, ...)."
            )

    def _notices(self) -> list[Notice]:
        name, names = self._content.name, self._columns.names
        notices = self._careful.notices()
        if self._wrapped:
            words = f"The records stand in {_listed(self._wrapped)}."
            if self._others:
                words += f" Other members around them are not events: {_listed(self._others)}."
            notices.append(Notice("wrapped", words, max(1, len(self._others)), name))
        if not self._columns.n_events:
            return notices
        missing = [column for column in COLUMN_NAMES if column not in names]
        unknown = [column for column in names if column not in COLUMN_NAMES]
        if missing:
            words = f"The export lacks the columns {', '.join(missing)}."
            notices.append(Notice("missing_columns", words, len(missing), name))
        if unknown:
            words = f"Columns the reference lacks are kept: {_listed(unknown)}."
            notices.append(Notice("unknown_columns", words, len(unknown), name))
        return notices


def _listed(names: Iterable[str]) -> str:
    shown = [name.encode("utf-8", "replace").decode() for name in names]
    return ", ".join(f"“{name[:60]}”" for name in shown[:10]) + (" ..." if len(shown) > 10 else "")
