"""Hold the readers against each other on damaged exports, for as long as is wished.

``python tests/benchmarks/fuzz_readers.py --minutes 10 [--seed N]``, from the project's folder. Each round takes a
few pieces of real-looking exports, damages some bytes, and reads the result in several ways: by the fast reader, by
the careful one, by the careful one record by record, in another encoding. What these disagree on, what does not add
up, and a place at which its record does not stand is written to ``--out`` and ends with exit status 1. `fuzz_exports`
makes the exports.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from auditviewer.core import native
from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.progress import SILENT
from auditviewer.core.reading import csv_careful, csv_fast, csv_ranges
from auditviewer.core.reading.csv_layout import CsvLayout, find_layout
from auditviewer.core.reading.csv_parsers import NotBelieved
from auditviewer.core.reading.csv_source import read_carefully, read_csv_fast
from auditviewer.core.reading.detect import Encoding
from auditviewer.core.reading.read_source import head_lines, read_content
from auditviewer.core.reading.reading import Content
from auditviewer.core.reading.store import open_store
from auditviewer.core.table import CellKind, EventTable, Source
from tests.benchmarks.fuzz_exports import csv_export, damaged, json_export
from tests.core.reading.json_exports import account_of, read_bytes

_HAS_NATIVE = native.is_there()
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def check_json(folder: Path, data: bytes, rng: random.Random) -> str | None:
    """Return what is wrong with how a JSON content is read, None for nothing."""

    def read(data: bytes, **ways: Any) -> Any:
        try:
            return account_of(*read_bytes(folder, data, **ways))
        except UnreadableExportError as error:
            return str(error)

    careful, text = read(data), _text_of(data)
    if isinstance(careful, dict):
        if careful["records"] != len(careful["events"]) + len(careful["rejects"]):
            return "records do not add up"
        places = (_wrong_json_place(data, *event) for event in careful["events"] if text is not None)
        if wrong := next(filter(None, places), None):
            return wrong
    for is_compiled in (True, False) if _HAS_NATIVE else (False,):
        native.is_there = lambda is_compiled=is_compiled: is_compiled  # type: ignore[misc]
        if read(data, is_fast=True, block_bytes=rng.choice([64, 500, 4000, 1 << 20])) != careful:
            return "readers disagree"
    if text is None or text.startswith("\ufeff") or "\0" in text or len(text) < 50 or not text.isascii():
        return None  # without a byte-order mark an encoding is told by the zeros of its letters
    wide = read(text.encode(rng.choice(_WIDE)))
    if isinstance(careful, str) or isinstance(wide, str):
        return None if isinstance(careful, str) == isinstance(wide, str) else "encodings disagree"
    return None if _cells(wide) == _cells(careful) else "encodings disagree"


def _cells(account: dict[str, Any]) -> Any:
    events = [event[:3] for event in account["events"]]
    return events, [(r.record, r.line, r.code) for r in account["rejects"]], account["columns"]


def _wrong_json_place(
    data: bytes, cells: dict[str, Any], record: int, line: int, offset: int, length: int
) -> str | None:
    """Return what is wrong with the place of an event: at it stands its record, as the standard library reads it."""
    if data[:offset].count(b"\n") + 1 != line:
        return f"record {record} is not on line {line}"
    try:
        members = json.loads(data[offset : offset + length], object_pairs_hook=list, parse_int=str, parse_float=str)
    except ValueError:
        return f"record {record} is not at {offset}"
    except RecursionError:
        return None
    texts = [text for kind, text in cells.values() if kind in (CellKind.STRING, CellKind.ESCAPED)]
    found = [value for _, value in members if isinstance(value, str)]
    return None if all(text in found for text in texts) else f"record {record} has other values"


def check_csv(folder: Path, data: bytes, rng: random.Random | None = None) -> str | None:
    """Return what is wrong with how a CSV content is read, None for nothing."""
    rng = rng or random.Random(len(data))
    layout = find_layout(head_lines(data.decode("utf-8", "replace"), False), "export.csv")
    if layout is None:
        return None
    text = _text_of(data)
    careful, events = _read_csv(folder, data, layout, Encoding("utf-8", has_invalid=text is None))
    if careful.records != careful.events + careful.rejected:
        return "records do not add up"
    if wrong := _wrong_csv_places(data, layout, careful, events):
        return wrong
    one_by_one, again = _read_csv(folder, data, layout, Encoding("utf-8", has_invalid=text is None), has_runs=False)
    if (again, _said(one_by_one)) != (events, _said(careful)):
        return "runs and single records disagree"
    if text is not None and "\ud800" not in text:
        encoding = rng.choice(_WIDE)
        wide, found = _read_csv(folder, text.encode(encoding), layout, Encoding(encoding))
        if [(cells, place[:2]) for cells, place in found] != [(cells, place[:2]) for cells, place in events]:
            return "encodings disagree"
        if [r.code for r in wide.rejects] != [r.code for r in careful.rejects]:
            return "encodings disagree on rejects"
    # As one block, and in ranges and blocks of a few records: small pieces that join as large ones do.
    for sizes in ((8 << 20, 32 << 20, 2 << 20, 16 << 20), (200, 400, 150, 300)):
        csv_ranges.SPLIT_FROM_BYTES, csv_ranges.RANGE_BYTES, csv_fast.BLOCK_BYTES, csv_fast.PART_BYTES = sizes
        for is_compiled in (True, False) if _HAS_NATIVE else (False,):
            native.is_there = lambda is_compiled=is_compiled: is_compiled  # type: ignore[misc]
            if wrong := _wrong_fast(folder, data, layout, careful, events):
                return wrong
    return None


def _wrong_fast(folder: Path, data: bytes, layout: CsvLayout, careful: Any, events: list[Any]) -> str | None:
    place = Path(tempfile.mkdtemp(dir=folder))
    path = place / "export.csv"
    path.write_bytes(data)
    try:
        fast = read_csv_fast(Content(path, len(data), "export.csv"), layout, place, SILENT)
    except NotBelieved:
        return None
    if careful.rejected:
        return "the fast reader is believed where the careful one rejects"
    return None if _events(fast, place) == events else "readers disagree"


class _NoRuns(csv_careful.Runs):
    """Leaves every record to be looked at by itself."""

    def read(self, start: Any) -> Any:
        self.stopped_at = start
        return iter(())


def _read_csv(
    folder: Path, data: bytes, layout: CsvLayout, encoding: Encoding, has_runs: bool = True
) -> tuple[Any, list[Any]]:
    place = Path(tempfile.mkdtemp(dir=folder))
    path = place / "export.csv"
    path.write_bytes(data)
    kept = csv_careful.Runs
    csv_careful.Runs = kept if has_runs else _NoRuns  # type: ignore[misc]
    try:
        read = read_carefully(Content(path, len(data), "export.csv"), encoding, layout, place, SILENT)
    finally:
        csv_careful.Runs = kept  # type: ignore[misc]
    return read, _events(read, place)


def _said(read: Any) -> Any:
    return read.records, read.rejects, read.rejected, read.columns, read.notices, read.times


def _wrong_csv_places(data: bytes, layout: CsvLayout, read: Any, events: list[Any]) -> str | None:
    """Return what is wrong with the places: each is a line's start, and what stands there is the record."""
    starts = [0, *(match.end() for match in re.finditer(rb"\r\n|\n|\r", data))]
    line_at = {offset: line for line, offset in enumerate(starts, 1)}
    line_at |= {offset + 3: line for line, offset in enumerate(starts, 1) if data.startswith(b"\xef\xbb\xbf", offset)}
    for reject in read.rejects:
        if line_at.get(reject.offset) != reject.line:
            return f"reject {reject.record} does not start line {reject.line}"
    for cells, (record, line, offset, length) in events:
        if line_at.get(offset) != line:
            return f"record {record} does not start line {line}"
        lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", data[offset : offset + length].decode())
        (row,) = csv.reader([line for line in lines if line], delimiter=layout.delimiter, strict=True)
        if sorted(cell for cell in cells if cell is not None) != sorted(row):
            return f"record {record} is not what stands at {offset}"
    return None


def check_any(folder: Path, data: bytes, _: random.Random | None = None) -> str | None:
    """Return what is wrong with how bytes of whatever kind are read, None for nothing."""
    place = Path(tempfile.mkdtemp(dir=folder))
    path = place / "export"
    path.write_bytes(data)
    try:
        read, _encoding = read_content(Content(path, len(data), "export"), place, SILENT)
    except UnreadableExportError:
        return None
    return None if read.records == read.events + read.rejected else "records do not add up"


def _text_of(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _events(read: Any, place: Path) -> list[Any]:
    source = Source("x", None, "csv", "utf-8", None, 1, "0" * 64, read.records, read.events, 0, 0)
    table = EventTable(parts=tuple(open_store(place, read.store)), sources=(source,))
    return [
        (
            [table.text(i, name) for name in read.columns],
            [getattr(table.place(i), name) for name in ("record", "line", "offset", "length")],
        )
        for i in range(len(table))
    ]  # fmt: skip


def main() -> int:
    """Run rounds until the time is up or something is wrong."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=1)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--out", type=Path, default=Path("fuzz-finding.bin"))
    given = options.parse_args()
    rng = random.Random(given.seed)
    stop, rounds = time.monotonic() + 60 * given.minutes, 0
    while time.monotonic() < stop:
        make, check = rng.choice(
            [(csv_export, check_csv), (json_export, check_json), (csv_export, check_any), (json_export, check_any)]
        )
        data = damaged(make(rng), rng)
        with tempfile.TemporaryDirectory() as folder:
            try:
                wrong = check(Path(folder), data, rng)
            except Exception as error:
                wrong = f"{type(error).__name__}: {error}"
        rounds += 1
        if wrong is not None:
            given.out.write_bytes(data)
            print(f"Round {rounds} ({make.__name__}): {wrong}. The export is in {given.out}.")
            return 1
    print(f"{rounds} rounds in {given.minutes:g} minutes, nothing wrong.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
