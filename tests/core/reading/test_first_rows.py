"""The first rows by the standard library alone: the very texts of the readers, or nothing at all."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditviewer.core.instants import parse_instant
from auditviewer.core.reading import read_preview
from auditviewer.core.reading.first_rows import HEAD_BYTES, begin_first_rows, read_first_rows
from auditviewer.core.schema import CATEGORY, COLUMN_NAMES
from auditviewer.paths import resource_path

TIME = "2026-01-05T10:00:00.1234567Z"
HEADER = "Id,Timestamp,Target,CustomValues"
PLAIN = f'{HEADER}\na,{TIME},x,"{{""n"":\n1}}"\nb,2026-01-05 11:00:00+02:00,"y, ""z""",\n'


def written(tmp_path, data):
    path = tmp_path / "export.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def assert_same_as_the_log(path):
    """Hold first rows against what the readers make of the file's head: texts, instants, categories, order."""
    rows, table = read_first_rows(path), read_preview([path])
    assert rows is not None and table is not None
    n, shown = len(rows.rows), table.time_order
    assert n == len(table)
    for column in table.columns:
        assert rows.texts(column, 0, n) == table.page(shown, [column])[0]
    assert list(rows.ticks) == table.instants[shown].tolist()
    labels = [rows.catalogue.categories[index].label for index in rows.categories]
    assert labels == table.page(shown, [CATEGORY])[0]


@pytest.mark.parametrize("path", sorted(resource_path("sample").glob("*.csv")), ids=lambda path: path.name)
def test_the_first_rows_of_the_sample_are_those_of_the_log(path):
    assert_same_as_the_log(path)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        "\ufeff" + PLAIN,
        PLAIN.removesuffix("\n"),
        f"Timestamp,Id,TargetType\n{TIME},é東,user\n",
        f'"Id","Timestamp","Target"\n"a","{TIME}",""\n',
        f'Id,Timestamp,Target\na,{TIME},in"side\n',
        f"Id,Timestamp,Target\na,{TIME},\u2028\x0b\x1f odd\n",
        f"{HEADER}\n" + f"a,{TIME},x,y\n" * 500,
        f"{HEADER}\nlate,{TIME},x,y\nearly,2001-01-01,x,y\nlate too,{TIME},x,y\n",
        f"{HEADER}\n" + "".join(f"{i},2026-01-{i * 7 % 28 + 1:02d},{'x' * 999},y\n" for i in range(900)),
        f"{','.join(COLUMN_NAMES)}\n" + ",".join(TIME if c == "Timestamp" else c for c in COLUMN_NAMES) + "\n",
    ],
)
def test_plain_text_shows_to_the_letter(tmp_path, text):
    assert_same_as_the_log(written(tmp_path, text))


FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)


@settings(deadline=None)
@given(st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_whatever_stands_in_the_fields_it_is_what_the_readers_find(tmp_path_factory, fields, end):
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["Id", "Timestamp", "Target"])
    writer.writerows((one, TIME, other) for one, other in fields)
    path = written(tmp_path_factory.mktemp("rows"), out.getvalue())
    rows, table = read_first_rows(path), read_preview([path])
    assert rows is not None and table is not None
    n = len(rows.rows)
    assert n == len(table)
    assert [rows.texts(c, 0, n) for c in ("Id", "Target")] == table.page(range(n), ["Id", "Target"])


ODD = {
    "semicolons": PLAIN.replace(",", ";"),
    "a line that names the delimiter": "sep=,\n" + PLAIN,
    "a title": "Audit log\n" + PLAIN,
    "a blank line": PLAIN.replace("\nb,", "\n\nb,"),
    "blank lines at the end": PLAIN + "\n\n",
    "a ragged record": PLAIN + f"c,{TIME},x\n",
    "a repeated header": PLAIN + HEADER + "\n",
    "text after a quote": PLAIN + f'c,{TIME},"x"y,\n',
    "a quote that is never closed": PLAIN + f'c,{TIME},"x,\n',
    "a lone carriage return": PLAIN.replace("\nb,", "\rb,"),
    "carriage returns alone": PLAIN.replace("\n", "\r"),
    "a carriage return at the end": PLAIN + f"c,{TIME},x,y\r",
    "a NUL": PLAIN.replace("x", "\0"),
    "Windows-1252": PLAIN.replace("x", "é").encode("cp1252"),
    "UTF-16": PLAIN.encode("utf-16"),
    "UTF-16 without a mark": PLAIN.encode("utf-16-le"),
    "an unknown column": PLAIN.replace("CustomValues", "Severity"),
    "a header in other letters": PLAIN.replace("Target", "target"),
    "a header in look-alike letters": PLAIN.replace("Target", "Тarget"),
    "a column that stands twice": PLAIN.replace("CustomValues", "Target"),
    "a time that is none": PLAIN.replace(TIME, "yesterday"),
    "a time that is missing": PLAIN.replace(TIME, ""),
    "no column of times": PLAIN.replace("Timestamp", "TenantId"),
    "no header": PLAIN.removeprefix(HEADER + "\n"),
    "a header alone": HEADER + "\n",
    "nothing": "",
    "JSON": json.dumps([{"Id": "a", "Timestamp": TIME}]),
    "gzip": gzip.compress(PLAIN.encode()),
    "half a letter": PLAIN.encode() + b"c,\xc3",
}


@pytest.mark.parametrize("what", ODD)
def test_anything_odd_is_left_to_those_who_know_every_shape(tmp_path, what):
    assert read_first_rows(written(tmp_path, ODD[what])) is None


def test_of_a_large_file_only_whole_records_of_its_head_are_taken(tmp_path):
    lines = [f'{i},{TIME},"{"é" * 1500}",\n' for i in range(400)]
    for shift in range(4):
        path = written(tmp_path, f"{HEADER}\n{'p' * shift},{TIME},,\n" + "".join(lines))
        rows = read_first_rows(path)
        assert rows is not None
        n = len(rows.rows)
        assert 80 < n < 100
        assert rows.rows[-1] == (str(n - 2), TIME, "é" * 1500, "")


def test_records_before_a_field_that_the_head_cuts_in_two_are_taken_and_none_of_what_stands_in_it(tmp_path):
    inside = "".join(f"{i},{TIME},text,\n" for i in range(20_000))
    path = written(tmp_path, f'{HEADER}\n1,{TIME},a,\n2,{TIME},"{inside}",\n3,{TIME},b,\n')
    assert path.stat().st_size > HEAD_BYTES
    rows = read_first_rows(path)
    assert rows is not None
    assert [row[0] for row in rows.rows] == ["1"]


def test_what_is_no_file_has_no_rows_and_holds_nobody_up(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "loop", tmp_path / "none", tmp_path / ("x" * 300)):
        assert read_first_rows(path) is None
        assert begin_first_rows(path)(20) is None


def test_rows_that_take_too_long_are_done_without(tmp_path, monkeypatch):
    import threading

    import auditviewer.core.reading.first_rows as module

    goes_on = threading.Event()
    monkeypatch.setattr(module, "_head_of", lambda path: goes_on.wait(30) and None)
    look = begin_first_rows(tmp_path)
    assert look(0.01) is None
    goes_on.set()
    assert look(20) is None


def test_the_file_stays_as_it_was(tmp_path):
    path = written(tmp_path, PLAIN)
    before = path.stat()
    look = begin_first_rows(path)
    rows = look(20)
    assert rows is not None and rows.ticks[-1] == parse_instant(TIME)
    assert (path.stat().st_mtime_ns, path.stat().st_atime_ns) == (before.st_mtime_ns, before.st_atime_ns)
    assert path.read_text() == PLAIN


def test_neither_numpy_nor_pyarrow_is_needed(tmp_path):
    code = (
        "import sys, pathlib; from auditviewer.core.reading.first_rows import read_first_rows; "
        "assert len(read_first_rows(pathlib.Path(sys.argv[1])).rows) == 2; "
        "print([name for name in ('numpy', 'pyarrow', 'pandas', 'PySide6') if name in sys.modules])"
    )
    path = written(tmp_path, PLAIN)
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
