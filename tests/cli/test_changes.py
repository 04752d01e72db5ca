"""``auditviewer changes``: every change of the kept events, printed safe, written to the letter."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from auditviewer.cli.commands import window
from auditviewer.core.change_list import list_changes
from auditviewer.core.reading import read_exports
from auditviewer.core.state_diff import changes, diff_states
from auditviewer.core.writing.change_rows import COLUMNS, change_rows, row_as_json, write_change_rows
from tests.builders import event, table_of
from tests.cli.test_commands import SAMPLE, export_file, run


@pytest.fixture
def small(tmp_path):
    rows = [
        event(
            0, OriginalState='{"n":1e2,"l":[{"id":1},{"id":2}]}', UpdatedState='{"n":100,\r\t"l":[{"id":2},{"id":1}]}',
        ),
        event(1, OriginalState='{"s":"\x9b31m\u202e"}', UpdatedState='{"s":"=x"}', Target="red\x1b[31m"),
        event(2, OriginalState='{"broken', UpdatedState="{}", Initiator="bob@example.com"),
        event(3),
    ]  # fmt: skip
    return export_file(tmp_path / "a.csv", rows)


def test_every_change_of_the_sample_is_a_row_of_the_written_file(capsys, tmp_path):
    out = tmp_path / "changes.csv"
    status, printed, said = run(capsys, "changes", SAMPLE, "-o", out)
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"), newline="")))
    table = read_exports([SAMPLE])
    states = zip(*table.page(np.arange(len(table)), ["OriginalState", "UpdatedState"]), strict=True)
    expected = [change.path for a, b in states for change in changes(diff_states(a, b))]
    assert (status, printed) == (0, "")
    assert sorted(row["Pointer"] for row in rows) == sorted(expected)
    assert f"{len(expected):,} changes" in said
    assert list(rows[0]) == list(COLUMNS)


def test_filters_keep_the_changes_of_their_events(capsys, small):
    _, out, said = run(capsys, "changes", small, "--initiator", "ada@example.com", "--json")
    assert [change["path"] for change in json.loads(out)] == ["/n", "/l/0", "/s"]
    assert "3 changes" in said


def test_json_holds_values_as_they_stand_and_where_moved_items_were(capsys, small):
    _, out, _ = run(capsys, "changes", small, "--json")
    number, moved, text, problem = json.loads(out, parse_float=str, parse_int=str)
    assert (number["before"], number["after"], number["workflow"]) == ("1e2", "100", event(0)["WorkflowId"])
    assert (moved["change"], moved["path"], moved["from"]) == ("moved", "/l/0", "/l/1")
    assert (text["before"], text["target"]) == ("\x9b31m\u202e", "red\x1b[31m")
    assert (problem["change"], problem["note"].startswith("The original state is not JSON")) == ("not compared", True)


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_what_a_terminal_would_obey_is_printed_safe(capsys, small, form):
    _, out, said = run(capsys, "changes", small, *form)
    assert not set(out) & set("\x1b\x9b\u202e")
    assert "=x" in out
    assert "the states of 1 events could not be compared" in said


def test_written_values_are_to_the_letter_unless_they_are_made_safe_for_spreadsheets(capsys, small, tmp_path):
    out = tmp_path / "changes.csv"
    run(capsys, "changes", small, "-o", out)
    rows = list(csv.DictReader(io.StringIO(out.read_bytes().decode(), newline="")))
    assert [row["Before"] for row in rows] == ["1e2", '{"id":2}', '"\x9b31m\u202e"', ""]
    assert (rows[1]["From"], rows[3]["Change"], rows[3]["Before"]) == ("/l/1", "not compared", "")
    stream, table = (
        io.BytesIO(),
        table_of([{"Initiator": "=1", "OriginalState": '{"a":-1}', "UpdatedState": '{"a":1}'}]),
    )
    assert write_change_rows(stream, change_rows(table, list_changes(table, np.arange(1))), is_formula_safe=True) == 1
    assert b",'=1," in stream.getvalue() and b",'-1,1," in stream.getvalue()


def test_an_opened_export_is_never_written_over(capsys, small):
    before = small.read_bytes()
    status, _, said = run(capsys, "changes", small, "-o", small)
    assert (status, small.read_bytes()) == (3, before)
    assert "sources are never changed" in said


def test_a_row_of_lone_surrogates_can_be_written_and_printed(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(r'[{"Id":"1","Target":"\ud800","OriginalState":"{\"a\":\"\ud800\"}","UpdatedState":"{\"a\":1}"}]')
    table = read_exports([path], uses_cache=False)
    (row,) = change_rows(table, list_changes(table, np.arange(1)))
    assert json.loads(row_as_json(row))["before"] == "\ud800"
    stream = io.BytesIO()
    write_change_rows(stream, [row])
    assert "\ufffd" in stream.getvalue().decode()


def test_help_names_the_command():
    assert "auditviewer changes FILE" in window.COMMANDS_HELP
