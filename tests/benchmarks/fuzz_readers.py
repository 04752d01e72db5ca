"""Hold the fast and the careful readers against each other on damaged exports, for as long as is wished.

``python tests/benchmarks/fuzz_readers.py --minutes 10 [--seed N]``, from the project's folder. Each round takes a
few pieces of real-looking exports, damages some bytes, and reads the result by both readers of its format. What
they disagree on, or what does not add up, is written to ``--out`` and ends with exit status 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.progress import SILENT
from auditviewer.core.reading import csv_fast, csv_ranges
from auditviewer.core.reading.csv_fast import NotBelieved
from auditviewer.core.reading.csv_layout import find_layout
from auditviewer.core.reading.csv_source import read_carefully, read_csv_fast
from auditviewer.core.reading.detect import Encoding
from auditviewer.core.reading.read_source import head_lines
from auditviewer.core.reading.reading import Content
from auditviewer.core.reading.store import open_store
from auditviewer.core.table import EventTable, Source
from tests.core.reading.json_exports import account_of, read_bytes

CELLS = (
    "", "a", "NA", "null", "0042", " x ", "é", "😀", "line\nline", "line\r\nline", 'say "so"', "a,b", "\t",
    "\x00", "\x1f",
    "=1+1", "\u2028", "\ufeff", "x" * 300, '{"a":[1,{"b":"}"}]}', "2026-01-05T10:00:00.1234567Z", "\\", '\\"',
    "\\u00e9",
)  # fmt: skip
JSON_VALUES = (
    "null", "true", "0", "-1.5e+3", "[]", "{}", '{"a": 1.0, "a": [null, "]"]}', "[[1],\n[2]]", '"\\ud800"', '"\\u00e9"',
    '"\\\\"', '"\\""', "9" * 400, '"a\\/b\\n"', "NaN", "01", "[1,]", '{"a"}', '"\t"',
)  # fmt: skip
DAMAGE = (
    b"",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\n",
    b"\r",
    b"\x00",
    b"\xff",
    b"\xc3",
    b" ",
    b"1",
    b";",
)
COLUMNS = ("Id", "Timestamp", "EventType", "Target", "CustomValues", "Extra")


def csv_export(rng: random.Random) -> bytes:
    """Return a CSV export of some rows, before damage."""
    end = rng.choice(["\n", "\r\n", "\n", "\r"])
    rows = [",".join(COLUMNS)]
    for number in range(rng.randint(1, 30)):
        cells = [str(number), *(rng.choice(CELLS) for _ in COLUMNS[1:])]
        rows.append(",".join(_quoted(cell, rng) for cell in cells))
    return (end.join(rows) + rng.choice([end, ""])).encode()


def _quoted(cell: str, rng: random.Random) -> str:
    if any(ch in cell for ch in '",\r\n') or rng.random() < 0.3:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def json_export(rng: random.Random) -> bytes:
    """Return a JSON export of some records in one of its shapes, before damage."""
    spellings = [
        (rng.sample(COLUMNS, rng.randint(3, 6)), rng.choice(["", " ", "\n  "])) for _ in range(rng.randint(1, 3))
    ]
    records = []
    for _ in range(rng.randint(1, 30)):
        keys, space = rng.choice(spellings)
        records.append("{" + ",".join(f'{space}"{key}":{space}{_value(rng)}' for key in keys) + space + "}")
    between = rng.choice(["\n", "\r\n", "", ",", ",\n", "\n\x1e"])
    text = between.join(records)
    if "," in between:
        text = rng.choice(["[%s]", '{"n":1,"items":[%s],"m":{}}', '{"data":{"value":[\n%s\n]}}']) % text.replace(
            "%", ""
        )
    return text.encode()


def _value(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return rng.choice(JSON_VALUES if rng.random() < 0.03 else JSON_VALUES[:14])
    return '"' + rng.choice(CELLS).translate({c: f"\\u{c:04x}" for c in (*range(32), 34, 92)}) + '"'


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with a few of them replaced, removed, doubled or cut off."""
    found = bytearray(data)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 5])):
        at = rng.randrange(len(found) + 1)
        match rng.randrange(8):
            case 0:
                del found[at:]
            case 1:
                start = rng.randrange(len(found) + 1)
                found[at:at] = found[start : start + rng.randrange(80)]
            case _:
                found[at : at + rng.randrange(3)] = rng.choice(DAMAGE)
    return bytes(found)


def check_json(folder: Path, data: bytes, rng: random.Random) -> str | None:
    """Return what is wrong with how a JSON content is read, None for nothing."""

    def read(**ways: Any) -> Any:
        try:
            return account_of(*read_bytes(folder, data, **ways))
        except UnreadableExportError as error:
            return str(error)

    careful = read()
    if isinstance(careful, dict) and careful["records"] != len(careful["events"]) + len(careful["rejects"]):
        return "records do not add up"
    return (
        None if read(is_fast=True, block_bytes=rng.choice([64, 500, 4000, 1 << 20])) == careful else "readers disagree"
    )


def check_csv(folder: Path, data: bytes, _: random.Random | None = None) -> str | None:
    """Return what is wrong with how a CSV content is read, None for nothing."""
    path = folder / "export.csv"
    path.write_bytes(data)
    content = Content(path, len(data), "export.csv")
    layout = find_layout(head_lines(data.decode("utf-8", "replace"), False), "export.csv")
    if layout is None:
        return None
    is_utf8 = data.decode("utf-8", "ignore").encode() == data
    places = [folder / "fast", folder / "careful"]
    for place in places:
        place.mkdir()
    careful = read_carefully(content, Encoding("utf-8", has_invalid=not is_utf8), layout, places[1], SILENT)
    if careful.records != careful.events + careful.rejected:
        return "records do not add up"
    events = _events(careful, places[1])
    # As one block, and in ranges and blocks of a few records: small pieces that join as large ones do.
    for sizes in ((8 << 20, 32 << 20, 2 << 20, 16 << 20), (200, 400, 150, 300)):
        for name in places[0].iterdir():
            name.unlink()
        csv_ranges.SPLIT_FROM_BYTES, csv_ranges.RANGE_BYTES, csv_fast.BLOCK_BYTES, csv_fast.PART_BYTES = sizes
        try:
            fast = read_csv_fast(content, layout, places[0], SILENT)
        except NotBelieved:
            continue
        if careful.rejected:
            return "the fast reader is believed where the careful one rejects"
        if _events(fast, places[0]) != events:
            return "readers disagree"
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
        make, check = rng.choice([(csv_export, check_csv), (json_export, check_json)])
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
