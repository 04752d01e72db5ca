"""Runs of CSV records that the csv module parses without a complaint: many lines at a time, each with its place.

What is odd (a damaged quote, a byte-order mark, a record of very many lines) ends a run; record by record,
`csv_careful` then goes past it by its `LineFeed`. Both see the same lines and use the same strict parser.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path

from auditviewer.core.reading.csv_lines import LinePlace, line_blocks

LONGEST_CARRY_BYTES = 4 << 20
"""A record of more bytes, on several lines, is left to the line feed: it would be parsed again with every block."""
_MARK = codecs.BOM_UTF8


@dataclass(eq=False)
class Run:
    """Records that follow each other.

    ``rows`` are their fields, ``places`` (first line, offset, length) of each in the source; a row without fields is
    a blank line. ``damaged`` holds the indexes of the records in which some bytes are not of the encoding.
    """

    rows: list[list[str]]
    places: list[tuple[int, int, int]]
    damaged: frozenset[int]


class Runs:
    """Reads runs from a file, from one place up to the first record that must be looked at by itself.

    Parameters
    ----------
    source_length
        Gives the bytes that a text takes in the source, where these are not the file's own.
    keeps_last
        Whether the last line is left out when it has no end.
    """

    def __init__(
        self, path: Path, delimiter: str, encoding: str, source_length: Callable[[str], int] | None, keeps_last: bool
    ) -> None:
        self._path, self._delimiter, self._encoding = path, delimiter, encoding
        self._source_length = source_length
        self._keeps_last = keeps_last
        self.stopped_at: LinePlace | None = None
        """Where the records start that were not given; None when all were."""

    def read(self, start: LinePlace) -> Iterator[Run]:
        """Yield runs from a place at which a record starts."""
        place = self.stopped_at = start
        carried: list[bytes] = []
        for block in line_blocks(self._path, start.at):
            lines = carried + block
            n_sound = self._up_to_odd(lines)
            texts, damaged = self._decoded(lines[:n_sound])
            rows, ends, is_whole = self._parsed(texts)
            n_taken = ends[-1] if ends else 0
            if rows:
                yield self._run(rows, ends, lines, texts, damaged, place)
                place = self.stopped_at = self._moved(place, lines[:n_taken], texts[:n_taken])
            carried = lines[n_taken:]
            if not is_whole or n_sound < len(lines) or sum(map(len, carried)) > LONGEST_CARRY_BYTES:
                return
        if not carried:
            self.stopped_at = None

    def _up_to_odd(self, lines: list[bytes]) -> int:
        """Return how many lines, from the first on, start without a byte-order mark and are whole."""
        n = len(lines)
        if self._keeps_last and not lines[-1].endswith((b"\n", b"\r")):
            n -= 1
        return next((i for i in range(n) if lines[i].startswith(_MARK)), n)

    def _decoded(self, lines: list[bytes]) -> tuple[list[str], list[int]]:
        """Return the lines as texts, and which of them hold bytes that are not of the encoding."""
        encoding = self._encoding
        try:
            return [line.decode(encoding) for line in lines], []
        except UnicodeDecodeError:
            pass
        errors = "surrogateescape" if self._source_length is None else "surrogatepass"
        texts, damaged = [], []
        for i, line in enumerate(lines):
            try:
                texts.append(line.decode(encoding))
            except UnicodeDecodeError:
                texts.append(line.decode(encoding, errors))
                damaged.append(i)
        return texts, damaged

    def _parsed(self, texts: list[str]) -> tuple[list[list[str]], list[int], bool]:
        """Return rows, how many lines end with each, and whether nothing but the end stopped the parser."""
        rows: list[list[str]] = []
        ends: list[int] = []
        reader = csv.reader(texts, delimiter=self._delimiter, strict=True)
        try:
            for row in reader:
                rows.append(row)
                ends.append(reader.line_num)
        except csv.Error as error:
            return rows, ends, "end of data" in str(error)
        return rows, ends, True

    def _run(
        self, rows: list[list[str]], ends: list[int], lines: list[bytes], texts: list[str], damaged: list[int],
        place: LinePlace,
    ) -> Run:  # fmt: skip
        offsets = list(accumulate(self._lengths(lines[: ends[-1]], texts), initial=place.offset))
        starts = [0, *ends[:-1]]
        number = place.number
        places = [(number + a, offsets[a], offsets[b] - offsets[a]) for a, b in zip(starts, ends, strict=True)]
        if not damaged:
            return Run(rows, places, frozenset())
        of_line = list(chain.from_iterable([i] * (b - a) for i, (a, b) in enumerate(zip(starts, ends, strict=True))))
        return Run(rows, places, frozenset(of_line[line] for line in damaged if line < len(of_line)))

    def _lengths(self, lines: list[bytes], texts: list[str]) -> Iterator[int]:
        if self._source_length is None:
            return map(len, lines)
        return map(self._source_length, texts[: len(lines)])

    def _moved(self, place: LinePlace, lines: list[bytes], texts: list[str]) -> LinePlace:
        """Return the place behind some lines."""
        length = sum(self._lengths(lines, texts))
        return LinePlace(place.at + sum(map(len, lines)), place.number + len(lines), place.offset + length)
