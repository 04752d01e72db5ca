"""The fast and the careful reader give one answer, and the byte index sees what a plain state machine sees."""

from __future__ import annotations

import csv
import gc
import io
import mmap
import os
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from auditviewer.core.progress import SILENT
from auditviewer.core.reading import csv_fast, csv_index, csv_parsers, csv_ranges, csv_source, read_source
from auditviewer.core.reading.csv_index import index_csv
from auditviewer.core.reading.csv_layout import find_layout
from auditviewer.core.reading.csv_parsers import NotBelieved
from auditviewer.core.reading.csv_source import read_carefully, read_csv_fast
from auditviewer.core.reading.detect import Encoding
from auditviewer.core.reading.reading import Content
from auditviewer.core.schema import COLUMN_NAMES
from tests.core.reading.exports import HEADER, TIME, Read, as_read, id_of, line_of

pytestmark = pytest.mark.usefixtures("way")
EXAMPLES = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


cells = st.one_of(
    st.text(st.sampled_from('ab ,;"\n\r\t|\ufeff\0é😀\x85\u2028'), max_size=8),
    st.sampled_from(["", "NA", "null", "007", "Id", "Target", "timestamp", id_of(7), f"\n{id_of(8)},"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)
ends = st.sampled_from(["\n", "\r\n"])


@st.composite
def written_exports(draw) -> tuple[str, list[list[str]], list[str]]:
    """Draw an export as Python's csv module writes it, its rows, and its columns."""
    header = draw(st.sampled_from(HEADERS))
    numbers = range(draw(st.integers(0, 6)))
    others = [draw(st.lists(cells, min_size=len(header), max_size=len(header))) for _ in numbers]
    rows = [[id_of(i), *row[1:]] if draw(st.booleans()) else row for i, row in enumerate(others)]
    text = io.StringIO()
    end = draw(ends)
    # With a bare line feed the csv module leaves a lone carriage return unquoted, and its own reader cuts the row.
    is_safe = end == "\r\n" or not any("\r" in cell for row in rows for cell in row)
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL] if is_safe else [csv.QUOTE_ALL]))
    writer = csv.writer(text, quoting=quoting, lineterminator=end, delimiter=draw(st.sampled_from(",;\t|")))
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue(), rows, header


HEADERS = [HEADER.split(","), list(COLUMN_NAMES), ["Target", "Id", "X", "EventType"], ["Id", "TARGET"]]
lines = st.one_of(
    st.builds(
        line_of, st.integers(0, 9), cells, st.sampled_from(["", '"{}"', '"a\nb"', '"']), st.sampled_from(["\n", "\r\n"])
    ),
    st.sampled_from(["\n", "a,b\n", HEADER + "\n", "Timestamp,Id,Target,CustomValues\n", '"a",b,c,"d\n', "a,b,c,d\n"]),
    st.text(st.sampled_from('a,"\n\r'), max_size=12),
)
damaged = st.builds(lambda start, body: start + "".join(body), st.sampled_from([HEADER + "\n"]), st.lists(lines))


def read_both(text: str) -> tuple[Read, Read | str]:
    """Return what the careful and the fast reader made of a text; for the fast one, or why it is not believed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "export.csv"
        path.write_bytes(text.encode())
        content = Content(path, path.stat().st_size, str(path))
        layout = find_layout(read_source.head_lines(text, False), "export.csv")
        assert layout is not None
        for kind in ("careful", "fast"):
            (folder / kind).mkdir()
        careful = as_read(
            read_carefully(content, Encoding("utf-8"), layout, folder / "careful", SILENT), "", path, folder / "careful"
        )
        try:
            fast: Read | str = as_read(
                read_csv_fast(content, layout, folder / "fast", SILENT), "", path, folder / "fast"
            )
        except NotBelieved as reason:
            fast = str(reason)
        return careful, fast


def assert_same(careful: Read, fast: Read) -> None:
    assert fast.rows == careful.rows
    assert fast.places == careful.places
    assert fast.columns == careful.columns
    assert fast.made.records == careful.made.records
    assert careful.rejects == []
    assert fast.made.times == careful.made.times
    assert fast.table.instants.tolist() == careful.table.instants.tolist()


@pytest.fixture
def many_ranges(monkeypatch):
    """Cut every file wherever a record seems to start; return into how many ranges each was cut."""
    counts = []
    monkeypatch.setattr(csv_ranges, "SPLIT_FROM_BYTES", 40)
    monkeypatch.setattr(csv_ranges, "RANGE_BYTES", 40)
    monkeypatch.setattr(csv_fast, "BLOCK_BYTES", 100)
    monkeypatch.setattr(csv_fast, "PART_BYTES", 200)
    cut = csv_ranges.cut_ranges

    def count(data, start):
        ranges = cut(data, start)
        counts.append(len(ranges))
        return ranges

    monkeypatch.setattr(csv_ranges, "cut_ranges", count)
    return counts


@given(written_exports())
@settings(EXAMPLES, max_examples=80)
@example((f'Id,Target\n{id_of(1)},"a\r\nb"\n', [[id_of(1), "a\r\nb"]], ["Id", "Target"]))
def test_what_pythons_csv_writes_is_read_back_to_the_letter(written):
    text, rows, _ = written
    careful, fast = read_both(text)
    is_header = [[f.strip(" \t\r\n\ufeff\x85\u2028\0").lower() for f in row] for row in rows]
    if not any("id" in row or "target" in row or "timestamp" in row for row in is_header) and not any(
        row[0].startswith("\ufeff") for row in rows
    ):
        assert [list(row) for row in careful.rows] == rows
        assert careful.rejects == []
    assert careful.made.records == len(rows) == len(careful.rows) + len(careful.rejects)
    if isinstance(fast, Read):
        assert_same(careful, fast)


@given(damaged)
@settings(EXAMPLES, max_examples=120)
def test_where_the_fast_reader_is_believed_both_give_the_same(text):
    careful, fast = read_both(text)
    assert careful.made.records == careful.made.events + careful.made.rejected
    data = text.encode()
    for record, line, offset, _ in careful.rejects:
        assert record >= 1 and 0 <= offset < len(data)
        before = data[:offset].removesuffix("\ufeff".encode())  # a mark before the record is not its own
        assert len(before.splitlines()) == line - 1
    for i, (_, _, offset, length) in enumerate(careful.places):
        own = list(csv.reader(io.StringIO(data[offset : offset + length].decode(), newline="")))
        assert len(own) == 1
        assert tuple(own[0]) == careful.rows[i] or "other_header" in careful.codes
    if isinstance(fast, Read):
        assert_same(careful, fast)


@given(written_exports())
@settings(EXAMPLES, max_examples=60)
def test_a_file_cut_in_ranges_is_read_as_one(many_ranges, written):
    careful, fast = read_both(written[0])
    if isinstance(fast, Read):
        assert_same(careful, fast)


@settings(EXAMPLES, max_examples=40)
@given(st.lists(cells.filter(lambda c: "\r" not in c and "\0" not in c and "\ufeff" not in c), min_size=4, max_size=9))
def test_each_range_knows_its_records_lines_and_offsets(many_ranges, targets):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER.split(","))
    writer.writerows([id_of(i), TIME, target, "x" * 40] for i, target in enumerate(targets))
    many_ranges.clear()
    careful, fast = read_both(text.getvalue())
    if isinstance(fast, Read):
        assert many_ranges[-1] > 1
        assert_same(careful, fast)
    else:
        assert any(id_of(8) in t for t in targets), fast  # only a text like a record's start may mislead a cut


def test_blocks_and_parts_of_a_range_join_without_a_seam(monkeypatch):
    monkeypatch.setattr(csv_fast, "BLOCK_BYTES", 300)
    monkeypatch.setattr(csv_fast, "PART_BYTES", 2000)
    text = HEADER + "\n" + "".join(line_of(i, '"a\nb"', '"é,""' + "x" * (i % 700) + '"') for i in range(100))
    careful, fast = read_both(text)
    assert isinstance(fast, Read)
    assert len(fast.made.store["sizes"]) > 5
    assert_same(careful, fast)


def test_a_record_too_long_for_the_compiled_parser_is_read_by_the_other_one(monkeypatch):
    """The careful reader takes a record of more than 64 MiB on several lines for an unclosed quote."""
    monkeypatch.setattr(csv_parsers, "ROOM_BYTES", 3000)
    monkeypatch.setattr(csv_fast, "BLOCK_BYTES", 1000)
    long = ['"' + "x,\n" * 3000 + '"', '"' + '"",\n' * 3000 + '"']
    text = HEADER + "\n" + "".join(line_of(i, *(long if i % 3 == 1 else ("a", "b"))) for i in range(9))
    careful, fast = read_both(text)
    assert_same(careful, fast)


def test_a_record_too_long_for_both_parsers_is_left_to_the_careful_reader():
    layout = find_layout([HEADER], "export.csv")
    assert layout is not None
    with mmap.mmap(-1, 1 << 31) as untouched:  # takes no memory until it is read
        parser = csv_parsers.parser_for(layout)
        with memoryview(untouched) as block, pytest.raises(NotBelieved, match="longer than"):
            parser.parse(block, np.array([len(block)]), 0)


def test_ranges_cover_every_byte_once_and_begin_with_records():
    lines = [line_of(i, '"a\nb"', "x" * (i % 50)) for i in range(3000)]
    data = (HEADER + "\n" + "".join(lines)).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_ranges, "SPLIT_FROM_BYTES", 1000)
        patch.setattr(csv_ranges, "RANGE_BYTES", 20_000)
        ranges = csv_ranges.cut_ranges(data, len(HEADER) + 1)
    assert len(ranges) > 10
    assert [start for start, _ in ranges] == [len(HEADER) + 1, *(stop for _, stop in ranges[:-1])]
    assert ranges[-1][1] == len(data)
    assert all(data[start:].startswith(b"00000000-0000-4000-8000-") for start, _ in ranges)


@pytest.mark.parametrize("blanks", [" " * 30, "\u3000" * 9, "\u00a0" * 40])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_header_is_seen_again_with_however_many_blanks_around_its_names(blanks, side):
    names = list(COLUMN_NAMES)
    padded = ",".join(blanks + name if side == "before" else name + blanks for name in names)
    others = ",".join(name if i < 8 else name + blanks for i, name in enumerate(reversed(names)))
    for again in (padded, others):
        _, fast = read_both(f"{','.join(names)}\n{again}\n")
        assert isinstance(fast, str)
        assert "header may stand" in fast


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("\u0391\u03a3", "\u0391\u03a3"),
        ("\u0391\u03a3", "\u03b1\u03c2"),
        ("\u0130d", "\u0130D"),
        ("k" * 9, "\u212a" * 9),
    ],
)
def test_a_header_is_seen_again_in_letters_that_python_folds_in_its_own_way(first, again):
    others = "Id,Timestamp,Target,a,b,c,d,e"
    careful, fast = read_both(f"{first},{others}\n{again},{others}\n")
    assert [code for *_, code in careful.rejects] == ["repeated_header"]
    assert fast == "the header may stand again"


def test_a_range_that_is_odd_makes_the_careful_reader_look_at_all(many_ranges):
    lines = [line_of(i) for i in range(200)]
    lines[150] = line_of(150, "a,b")
    careful, fast = read_both(HEADER + "\n" + "".join(lines))
    assert many_ranges[-1] > 10
    assert isinstance(fast, str)
    assert len(careful.rejects) == 1


def test_the_fast_reader_is_believed_on_ordinary_exports():
    text = ",".join(COLUMN_NAMES) + "\n" + "".join(f'{id_of(i)}{",é" * 15},"a,""b""\n"\n' for i in range(50))
    careful, fast = read_both(text)
    assert isinstance(fast, Read)
    assert_same(careful, fast)


def walk(data: bytes, delimiter: int) -> tuple[list[int], list[int], int, int, set[str]]:
    """Index bytes one at a time: record ends, lines up to them, delimiters and line feeds outside, oddities."""
    inside = False
    found_ends, found_lines, n_delimiters, n_feeds, odd = [], [], 0, 0, set()
    may_open, was_closing, was_return = True, False, False
    for i, byte in enumerate(data):
        if was_return and byte != 10:
            odd.add("lone_return")
        opens = byte == 34 and not inside
        if was_closing and not (byte in (10, 13, delimiter) or opens):
            odd.add("text_after_quote")
        if opens and not may_open:
            odd.add("quote_in_field")
        closes = byte == 34 and inside
        inside = not inside if byte == 34 else inside
        n_feeds += byte == 10
        if byte == 10 and not inside:
            found_ends.append(i + 1)
            found_lines.append(n_feeds)
        n_delimiters += byte == delimiter and not inside
        odd |= {"nul"} if byte == 0 else set()
        may_open, was_closing, was_return = byte in (10, delimiter) or closes, closes, byte == 13
    odd |= {"unclosed_quote"} if inside else set()
    odd |= {"lone_return"} if was_return else set()
    if data and (not found_ends or found_ends[-1] != len(data)):
        found_ends.append(len(data))
        found_lines.append(n_feeds + 1)
    return found_ends, found_lines, n_delimiters, n_feeds, odd


@pytest.mark.parametrize("block", [8, 64, 72, 1 << 19])
@given(st.lists(st.sampled_from([b'"', b",", b"\n", b"\r", b"\r\n", b"a", b"\0", b";", b"x" * 9]), max_size=200))
@settings(EXAMPLES, max_examples=80)
def test_the_index_sees_what_a_state_machine_sees(block, pieces):
    data = b"".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_index, "BLOCK", block)
        for delimiter in ",;":
            index = index_csv(data, delimiter)
            found = index.ends.tolist(), index.lines.tolist(), index.delimiters, index.line_feeds, set(index.oddities)
            assert found == walk(data, ord(delimiter))


def test_small_files_have_one_reader_and_large_ones_the_fast_one(tmp_path):
    assert csv_source.FAST_FROM_BYTES == read_source.FAST_FROM_BYTES == 1 << 20
    text = HEADER + "\n" + "".join(line_of(i, "x" * 1000) for i in range(1200))
    path = tmp_path / "a.csv"
    for keep, reader in ((len(text), "fast"), (5000, "careful")):
        path.write_text(text[:keep])
        store = tmp_path / reader
        store.mkdir()
        made, _ = read_source.read_content(Content(path, path.stat().st_size, "a.csv"), store, SILENT)
        assert made.reader == reader


def test_what_stops_one_range_is_what_is_said_whichever_range_is_asked_first(many_ranges, monkeypatch, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "\n" + "".join(line_of(i) for i in range(100)))
    has_failed = threading.Event()

    def read(data, index, start, layout, parser, writer, tell):
        if start > 3000:
            has_failed.set()
            raise OSError(28, "No space left on device")
        assert has_failed.wait(10)
        tell(len(data))

    monkeypatch.setattr(csv_ranges, "read_range", read)
    monkeypatch.setattr(csv_ranges, "n_cores", lambda: 200)
    monkeypatch.setattr(csv_ranges, "MAX_THREADS", 200)
    layout = find_layout([HEADER], "a.csv")
    with pytest.raises(OSError, match="No space"):
        csv_ranges.read_ranges(path, len(HEADER) + 1, 2, layout, tmp_path, SILENT)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no list of open files")
def test_a_file_that_is_not_believed_is_let_go(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "\n" + "".join(line_of(i, "x" * 1000) for i in range(1200)) + "a,b\n")
    content = Content(path, path.stat().st_size, "a.csv")
    layout = find_layout([HEADER], "a.csv")
    gc.collect()
    gc.disable()
    try:
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            with pytest.raises(NotBelieved):
                read_csv_fast(content, layout, tmp_path, SILENT)
        assert len(os.listdir("/proc/self/fd")) == before
    finally:
        gc.enable()
