"""Writing: what is read back equals what came in, to the letter; sources are never written over."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditviewer.core.errors import Cancelled, NotWrittenError, WrongUsageError
from auditviewer.core.progress import Progress
from auditviewer.core.reading import read_exports
from auditviewer.core.schema import COLUMN_NAMES, JSON_COLUMNS
from auditviewer.core.table import CellKind
from auditviewer.core.writing import FORMATS, WriteChoices, format_for, write_events
from auditviewer.core.writing.csv_writer import rows_as_csv
from auditviewer.core.writing.json_writer import rows_as_json
from auditviewer.paths import resource_path
from tests.builders import event, table_of

pytestmark = pytest.mark.usefixtures("way")
AWKWARD = [
    "", "NA", "null", "007", "0.10", "  spaced  ", "a,b", 'say "hi"', "two\nlines", "two\r\nlines", "lone\rreturn",
    "tab\there", "ünïcødé 東京", "\u202edehcra", "nul\x00", "\x1b[31m", "=1+1", "-5", "@x", "+", "'quoted", "\ufeffx",
    "<b>x</b>", "C:\\path", "{", "[1,2", "{}", '{"a" : 1.0, "a":2}', '"text"', "1e5",
]  # fmt: skip


def positions_of(table):
    return np.arange(len(table), dtype=np.int64)


def written(tmp_path, table, key, positions=None, choices=None):
    path = tmp_path / f"out.{key}"
    chosen = positions_of(table) if positions is None else positions
    report = write_events(path, format_for(key, path), table, chosen, choices or WriteChoices())
    return path, report


def awkward_table():
    return table_of([{"EventDescription": text, "Extra": text, "Initiator": text} for text in AWKWARD])


def cells_of(table):
    columns = [c for c in table.columns if c in table.present_columns]
    return {c: table.page(positions_of(table), [c])[0] for c in columns}


def test_csv_keeps_every_value_to_the_letter(tmp_path):
    table = awkward_table()
    path, report = written(tmp_path, table, "csv")
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline=""), strict=True))
    assert rows[0] == [*COLUMN_NAMES, "Extra"]
    assert [row[-1] for row in rows[1:]] == AWKWARD
    assert [row[6] for row in rows[1:]] == AWKWARD
    assert [row[7] for row in rows[1:]] == AWKWARD
    assert report.events == len(AWKWARD)
    assert report.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert report.size_bytes == path.stat().st_size


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=8))
def test_csv_and_json_hold_any_text(tmp_path, texts):
    table = table_of([{"EventDescription": text, "Target": text} for text in texts])
    path, _ = written(tmp_path, table, "csv")
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline=""), strict=True))[1:]
    assert [row[6] for row in rows] == texts
    assert [row[10] for row in rows] == texts
    for key in ("json", "jsonl"):
        path, _ = written(tmp_path, table, key)
        data = path.read_text(encoding="utf-8")
        records = json.loads(data) if key == "json" else [json.loads(line) for line in data.split("\n")[:-1]]
        assert [r["EventDescription"] for r in records] == texts


def test_an_object_as_text_becomes_an_object_in_json_and_anything_else_a_string(tmp_path):
    texts = ['{"a" : 1.0, "a":2}', "[1, 2]", "{broken", "", "null", "12", '"x"', '{"a":\n1}', "{} x", '{"a":NaN}']
    table = table_of([{"UpdatedState": text} for text in texts])
    path, _ = written(tmp_path, table, "json")
    data = path.read_text()
    assert '"UpdatedState":{"a" : 1.0, "a":2}' in data
    kinds = [type(r["UpdatedState"]) for r in json.loads(data)]
    assert kinds == [dict, list, str, str, str, str, str, dict, str, str]
    path, report = written(tmp_path, table, "jsonl")
    lines = path.read_text().splitlines()
    assert len(lines) == len(texts)
    assert json.loads(lines[7])["UpdatedState"] == {"a": 1}
    assert any("one line" in note for note in report.notes)


@pytest.mark.parametrize("key", ["csv", "json", "jsonl"])
def test_the_sample_written_and_read_back_equals_the_sample(tmp_path, key):
    sample = read_exports([resource_path("sample")], uses_cache=False)
    path, _ = written(tmp_path, sample, key)
    again = read_exports([path], uses_cache=False)
    assert len(again) == len(sample) > 1000
    assert cells_of(again) == cells_of(sample)
    assert np.array_equal(again.instants, sample.instants)


def test_json_kinds_survive_a_round_trip(tmp_path):
    records = [
        {"Id": "1", "EventType": None, "CustomValues": {"b": 1, "a": [1.50]}, "OriginalState": "text", "Target": ""},
        {"Id": "2", "CustomValues": '{"a":1}', "OriginalState": None, "UpdatedState": [], "EventType": 5},
        {"Id": "3", "CustomValues": True, "EventType": "x", "Target": "\ud800 lone"},
    ]
    source = tmp_path / "in.json"
    source.write_text(json.dumps(records, indent=1))
    table = read_exports([source], uses_cache=False)
    for key in ("json", "jsonl"):
        path, _ = written(tmp_path, table, key)
        again = read_exports([path], uses_cache=False)
        for position in range(len(records)):
            for column in table.present_columns:
                assert again.kind(position, column) == table.kind(position, column), (column, position)
                assert again.text(position, column) == table.text(position, column) or key == "jsonl"
    assert table.kind(2, "Target") is CellKind.ESCAPED
    assert json.loads(rows_as_json(table, positions_of(table), list(table.columns))) == records


def test_parquet_holds_every_cell_as_text(tmp_path):
    table = awkward_table()
    path, _ = written(tmp_path, table, "parquet")
    read = pq.read_table(path)
    assert read.column("Extra").to_pylist() == AWKWARD
    assert read.column_names == [*COLUMN_NAMES, "Extra"]


def test_xlsx_runs_nothing_and_says_what_it_cannot_hold(tmp_path):
    table = table_of([{"EventDescription": text} for text in [*AWKWARD, "x" * 40_000, "_x000D_"]])
    path, report = written(tmp_path, table, "xlsx")
    book = openpyxl.load_workbook(path)
    cells = [row[6] for row in book["Events"].iter_rows(min_row=2)]
    assert all(cell.data_type != "f" for cell in cells)
    by_text = dict(zip([*AWKWARD, "long", "_x000D_"], [c.value for c in cells], strict=True))
    assert by_text["=1+1"] == "=1+1"
    assert by_text["007"] == "007"
    assert len(by_text["long"]) == 32_767
    assert any("cut" in note for note in report.notes)
    assert any("control characters" in note for note in report.notes)
    assert "About this export" in book.sheetnames


def test_formula_safe_csv_puts_an_apostrophe_before_what_would_run(tmp_path):
    table = table_of([{"EventDescription": text, "Initiator": text} for text in AWKWARD])
    path, report = written(tmp_path, table, "csv", choices=WriteChoices(is_formula_safe=True))
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline=""), strict=True))[1:]
    for text, row in zip(AWKWARD, rows, strict=True):
        expected = "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
        assert (row[6], row[7]) == (expected, expected)
    assert any("apostrophe" in note for note in report.notes)


def test_only_the_positions_asked_for_are_written_in_their_order(tmp_path):
    table = table_of([{"Target": str(i)} for i in range(5)])
    path, _ = written(tmp_path, table, "csv", np.array([3, 1]))
    assert [row["Target"] for row in csv.DictReader(io.StringIO(path.read_text(), newline=""))] == ["3", "1"]


@pytest.mark.parametrize("spec", FORMATS, ids=lambda s: s.key)
def test_nothing_is_written_over_a_source(tmp_path, spec):
    source = tmp_path / "a.csv"
    with source.open("w", newline="") as out:
        writer = csv.DictWriter(out, COLUMN_NAMES)
        writer.writeheader()
        writer.writerow(event(1))
    before = source.read_bytes()
    table = read_exports([source], uses_cache=False)
    (tmp_path / "link.csv").symlink_to(source)
    os.link(source, tmp_path / "hard.csv")
    for name in ("a.csv", "link.csv", "hard.csv", "./a.csv"):
        with pytest.raises(NotWrittenError, match="never changed"):
            write_events(tmp_path / name, spec, table, positions_of(table))
    assert source.read_bytes() == before


def test_a_failure_or_a_cancel_leaves_the_old_file_and_no_half_one(tmp_path):
    table = table_of([{} for _ in range(10)])
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(Cancelled):
        write_events(path, FORMATS[0], table, positions_of(table), progress=Progress(is_cancelled=lambda: True))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(NotWrittenError, match="no folder"):
        write_events(tmp_path / "none" / "out.csv", FORMATS[0], table, positions_of(table))
    with pytest.raises(NotWrittenError, match="is a folder"):
        write_events(tmp_path, FORMATS[0], table, positions_of(table))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_one_clear_sentence(tmp_path):
    link = tmp_path / "full"
    link.symlink_to("/dev/full")
    with pytest.raises(NotWrittenError, match="not a regular file"):
        write_events(link, FORMATS[0], table_of([{}]), np.array([0]))


def test_the_info_file_says_from_what_and_with_which_choices(tmp_path):
    table = table_of([{}, {}])
    path = tmp_path / "out.csv"
    choices = WriteChoices(is_formula_safe=True, has_info=True)
    report = write_events(path, FORMATS[0], table, np.array([1]), choices, query_in_words="Status is failure")
    info = json.loads(report.info_path.read_text())
    assert info["formula_safe"] is True
    assert (info["events"], info["events_opened"], info["filter"]) == (1, 2, "Status is failure")
    assert info["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert info["sources"][0]["sha256"] == "0" * 64


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(WrongUsageError, match="parquet"):
        format_for("ods", Path("x"))
    with pytest.raises(WrongUsageError, match="--format"):
        format_for(None, Path("x.ods"))
    assert format_for(None, Path("x.JSONL")).key == "jsonl"


def test_rows_for_the_clipboard_are_to_the_letter():
    table = awkward_table()
    rows = list(csv.reader(io.StringIO(rows_as_csv(table, positions_of(table), ["Extra"]), newline=""), strict=True))
    assert [row[0] if row else "" for row in rows[1:]] == AWKWARD
    records = json.loads(rows_as_json(table, positions_of(table), ["Extra", *JSON_COLUMNS]))
    assert [r["Extra"] for r in records] == AWKWARD


def test_one_column_with_empty_values_is_read_back_with_as_many_records(tmp_path):
    table = read_exports([_written(tmp_path / "a.csv", 'Id\na\n""\nb\n')])
    write_events(tmp_path / "b.csv", format_for("csv", tmp_path / "b.csv"), table, np.arange(3))
    assert (tmp_path / "b.csv").read_bytes() == b'Id\r\na\r\n""\r\nb\r\n'


def test_the_header_of_an_export_without_events_is_written(tmp_path):
    table = read_exports([_written(tmp_path / "a.csv", "Id,Timestamp,Target,Own\n")])
    write_events(tmp_path / "b.csv", format_for("csv", tmp_path / "b.csv"), table, np.arange(0))
    assert (tmp_path / "b.csv").read_bytes() == b"Id,Timestamp,Target,Own\r\n"


def test_a_source_whose_name_is_no_text_can_be_written_to_every_format(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.csv"))
    table = read_exports([_written(path, "Id,Timestamp,Target\n1,2026-01-05T00:00:00Z,x\n")])
    for spec in FORMATS:
        write_events(tmp_path / f"b.{spec.key}", spec, table, np.arange(1), WriteChoices(has_info=True))


def _written(path, text):
    path.write_text(text)
    return path
