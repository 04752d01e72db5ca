"""The lines of a CSV file on their way to the csv module: each has its place, and some can be read again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from auditviewer.core.source_file import open_source

MAX_RECORD_BYTES = 64 << 20
"""A record longer than this is taken for an unclosed quote."""
_LINES_KEPT = 4096
"""Lines of one record kept in memory in case they must be read again; of a longer one the file is read again."""
_CHUNK = 1 << 20
_BLANK = frozenset(("\n", "\r\n", "\r"))


def physical_lines(path: Path, start: int = 0) -> Iterator[bytes]:
    """Yield the lines of a file from an offset on, ended by LF, CRLF or CR, terminators kept."""
    for block in line_blocks(path, start):
        yield from block


def line_blocks(path: Path, start: int = 0) -> Iterator[list[bytes]]:
    """Yield the lines of a file as `physical_lines` does, some megabyte of them at a time."""
    with open_source(path) as file:
        file.seek(start)
        rest = b""
        while chunk := file.read(_CHUNK):
            chunk += _rest_of_ends(chunk, file)
            pieces = (rest + chunk).splitlines(keepends=True) if len(rest) < _CHUNK else _long_line(rest, chunk, file)
            rest = b"" if pieces[-1][-1] in b"\r\n" else pieces.pop()
            if pieces:
                yield pieces
        if rest:
            yield [rest]


def _rest_of_ends(chunk: bytes, file: IO[bytes]) -> bytes:
    """Return what follows a chunk that ends in a carriage return, which may be half of a CRLF."""
    rest = b""
    while (rest or chunk).endswith(b"\r") and (more := file.read(1)):
        rest += more
    return rest


def _long_line(rest: bytes, chunk: bytes, file: IO[bytes]) -> list[bytes]:
    """Go on with a line longer than a chunk without joining it anew at every chunk."""
    buffer = bytearray(rest)
    while b"\n" not in chunk and b"\r" not in chunk:
        buffer += chunk
        chunk = file.read(_CHUNK)
        if not chunk:
            return [bytes(buffer)]
        chunk += _rest_of_ends(chunk, file)
    return bytes(buffer + chunk).splitlines(keepends=True)


class LinePlace(NamedTuple):
    """Where a line starts: in the content that is read, by number, and in the source."""

    at: int
    number: int
    offset: int


START = LinePlace(0, 1, 0)


@dataclass(slots=True)
class Line:
    """One physical line."""

    text: str
    length: int
    """Bytes in the source."""
    size: int
    """Bytes in the file that is read."""
    place: LinePlace
    is_damaged: bool


class TooLong(Exception):
    """A record that takes more than `MAX_RECORD_BYTES`."""


class LineFeed:
    """Hands lines to the csv module and remembers what a record took, so that all but its first can be read again.

    Parameters
    ----------
    lines_from
        Gives the lines from a place on.
    start
        Where records begin.
    mark_bytes
        Bytes of a byte-order mark in the source.
    """

    def __init__(self, lines_from: Callable[[LinePlace], Iterator[Line]], start: LinePlace, mark_bytes: int) -> None:
        self._lines_from = lines_from
        self._lines = lines_from(start)
        self._mark_bytes = mark_bytes
        self._again: deque[Line] = deque()
        self.marks = 0
        self.blank_lines = 0
        self.start_record()

    def __iter__(self) -> LineFeed:
        return self

    def __next__(self) -> str:
        if self.taken_bytes > MAX_RECORD_BYTES:
            raise TooLong
        line = self._again.popleft() if self._again else next(self._lines)
        if not self.n_taken and line.text.startswith("\ufeff"):
            line = self._without_mark(line)
        if self.n_taken < _LINES_KEPT:
            self._kept.append(line)
        self.n_taken += 1
        self.taken_bytes += line.length
        self.is_damaged |= line.is_damaged
        self.is_ended = line.text.endswith(("\n", "\r"))
        return line.text

    @property
    def first(self) -> LinePlace:
        """Where the record starts."""
        return self._kept[0].place

    @property
    def next_place(self) -> LinePlace | None:
        """Where the next record starts; None at the end."""
        return self._again[0].place if self.has_more else None

    @property
    def has_more(self) -> bool:
        """Whether a line is left that is not blank; blank ones before it are counted and passed over."""
        while True:
            line = self._again.popleft() if self._again else next(self._lines, None)
            if line is None:
                return False
            if line.text not in _BLANK:
                self._again.appendleft(line)
                return True
            self.blank_lines += 1

    def start_record(self) -> None:
        """Forget what was taken."""
        self._kept: list[Line] = []
        self.n_taken = self.taken_bytes = 0
        self.is_damaged = False
        self.is_ended = True

    def give_back_all_but_first(self) -> None:
        """Let the next record start at the second line of this one."""
        if self.n_taken == len(self._kept):
            self._again.extendleft(reversed(self._kept[1:]))
        else:
            self._again.clear()
            self._lines = self._lines_from(self._kept[1].place)

    def _without_mark(self, line: Line) -> Line:
        """Return a line that starts a record without its byte-order mark, which belongs to a file, not to a value."""
        place, n = line.place, self._mark_bytes
        self.marks += place.number > 1
        moved = LinePlace(place.at, place.number, place.offset + n)
        return Line(line.text[1:], line.length - n, line.size, moved, line.is_damaged)
