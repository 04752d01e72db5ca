"""The command line: what it prints, how it ends, and that what it exports is what came in."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from auditviewer.cli.main import main
from auditviewer.core.schema import COLUMN_NAMES
from auditviewer.paths import resource_path
from tests.builders import event

SAMPLE = str(resource_path("sample"))


def export_file(path, rows, header=COLUMN_NAMES):
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows([row.get(name, "") for name in header] for row in rows)
    return path


@pytest.fixture
def small(tmp_path):
    rows = [
        event(0, OperationStatus="success", CustomValues='{"note":"Needle"}'),
        event(1, OperationStatus="failure", WorkflowType="scope:create", Initiator="bob@example.com"),
        event(2, OperationStatus="failure", Timestamp="2026-01-06T00:00:00Z", InitiatorType="system"),
    ]
    return export_file(tmp_path / "a.csv", rows)


def run(capsys, *arguments):
    status = main([str(a) for a in arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_summary_prints_exactly_one_json_object_with_a_reconciled_account(capsys, small):
    status, out, err = run(capsys, "summary", small, "--json")
    summary = json.loads(out)
    assert (status, err) == (0, "")
    assert list(summary) == [
        "events", "first", "last", "sources", "rejected", "notices", "by_category", "by_status", "by_initiator_type",
    ]  # fmt: skip
    (source,) = summary["sources"]
    assert list(source) == [
        "path", "member", "format", "encoding", "compression", "bytes", "sha256", "records", "loaded", "duplicates",
        "rejected",
    ]  # fmt: skip
    assert source["sha256"] == hashlib.sha256(small.read_bytes()).hexdigest()
    assert source["bytes"] == small.stat().st_size
    assert (summary["events"], source["records"], source["loaded"]) == (3, 3, 3)
    assert (summary["first"], summary["last"]) == ("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z")
    assert summary["by_status"] == {"failure": 2, "success": 1}
    assert summary["by_category"] == {"User Management": 2, "Group Management": 1}
    assert summary["by_initiator_type"] == {"tenant-user": 2, "system": 1}


def test_rejected_records_end_with_1_and_name_their_place(capsys, small):
    with small.open("a", newline="") as out:
        out.write("too,few\r\n")
    status, out, _ = run(capsys, "summary", small, "--json")
    summary = json.loads(out)
    (reject,) = summary["rejected"]
    assert status == 1
    assert list(reject) == ["path", "member", "record", "line", "offset", "code", "message"]
    assert (reject["record"], reject["line"], reject["code"]) == (4, 5, "field_count")
    assert small.read_bytes()[reject["offset"] :] == b"too,few\r\n"
    status, out, _ = run(capsys, "summary", small)
    assert status == 1
    assert "4 records = 3 loaded + 0 duplicates + 1 rejected" in out
    assert "record 4, line 5" in out


def test_a_source_that_cannot_be_read_ends_with_3_and_the_rest_is_told(capsys, small, tmp_path):
    empty = tmp_path / "empty.csv"
    empty.touch()
    status, out, err = run(capsys, "summary", small, empty, "--json")
    assert status == 3
    assert json.loads(out)["events"] == 3
    assert "empty" in err
    status, out, err = run(capsys, "summary", tmp_path / "none.csv")
    assert (status, out) == (3, "")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [["summary"], ["summary", "--what", "x"], ["export", "a.csv"], ["diff", "a.csv"], ["--what"],
     ["export", "a.csv", "-o", "x.csv", "--from", "soon"], ["export", "a.csv", "-o", "x.csv", "--category", "none"],
     ["export", "a.csv", "-o", "x.csv", "--from", "2026-02-01", "--to", "2026-01-01"],
     ["export", "a.csv", "-o", "x.csv", "--format", "ods"], ["cache", "eat"]],
)  # fmt: skip
def test_wrong_usage_ends_with_2_and_one_sentence(capsys, arguments):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("auditviewer: ")


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ([], [0, 1, 2]),
        (["--status", "failure"], [1, 2]),
        (["--status", "failure", "--status", "success"], [0, 1, 2]),
        (["--status", "failure", "--initiator", "bob@example.com"], [1]),
        (["--category", "group management"], [1]),
        (["--category", "group-management"], [1]),
        (["--initiator-type", "system"], [2]),
        (["--workflow-type", "scope:create"], [1]),
        (["--from", "2026-01-06"], [2]),
        (["--to", "2026-01-05"], [0, 1]),
        (["--from", "2026-01-05T00:00:01Z", "--to", "2026-01-05T00:00:01Z"], [1]),
        (["--search", "NEEDLE"], [0]),
        (["--workflow-id", "22222222-0000-4000-8000-000000000002"], [2]),
        (["--status", "none"], []),
    ],
)
def test_export_keeps_what_the_filters_keep(capsys, small, tmp_path, options, ids):
    target = tmp_path / "out.csv"
    status, out, _ = run(capsys, "export", small, "-o", target, *options)
    rows = list(csv.DictReader(io.StringIO(target.read_text(), newline="")))
    assert (status, out) == (0, "")
    assert [int(row["Id"][-3:]) for row in rows] == ids


def test_exporting_all_of_a_csv_gives_its_records_back(capsys, small, tmp_path):
    target = tmp_path / "out.csv"
    assert run(capsys, "export", small, "-o", target)[0] == 0
    assert target.read_bytes() == small.read_bytes()


def test_an_export_never_goes_over_its_source(capsys, small):
    before = small.read_bytes()
    status, _, err = run(capsys, "export", small, "-o", small)
    assert status == 3
    assert "never changed" in err
    assert small.read_bytes() == before


def test_workflows_print_one_entry_each(capsys):
    status, out, _ = run(capsys, "workflows", SAMPLE, "--category", "Restore Operations", "--json")
    entries = json.loads(out)
    assert status == 0
    assert len(entries) > 20
    assert set(entries[0]) == {"id", "type", "first", "last", "duration_s", "steps", "outcome"}
    assert "unfinished" in {entry["outcome"] for entry in entries}
    assert len({entry["id"] for entry in entries}) == len(entries)
    _, text, _ = run(capsys, "workflows", SAMPLE, "--category", "Restore Operations")
    assert len(text.splitlines()) == len(entries)


def test_diff_tells_the_changes_of_one_event_and_as_a_patch(capsys, tmp_path):
    import jsonpatch

    before, after = {"a": 1, "list": [{"id": "x", "v": 1}]}, {"a": 2, "list": [{"id": "x", "v": 1}, {"id": "y"}]}
    row = event(7, OriginalState=json.dumps(before), UpdatedState=json.dumps(after))
    path = export_file(tmp_path / "a.csv", [row])
    status, out, _ = run(capsys, "diff", path, "--id", row["Id"])
    assert status == 0
    assert "/a" in out
    assert "1 -> 2" in out
    patch = run(capsys, "diff", path, "--id", row["Id"], "--patch")[1]
    assert jsonpatch.apply_patch(before, json.loads(patch)) == after
    changes = json.loads(run(capsys, "diff", path, "--id", row["Id"], "--json")[1])
    assert {change["path"] for change in changes} == {"/a", "/list/1"}
    status, _, err = run(capsys, "diff", path, "--id", "no such")
    assert status == 2
    assert "no such" in err


def test_text_from_an_export_reaches_a_terminal_without_its_escapes(capsys, tmp_path):
    path = export_file(tmp_path / "a.csv", [event(0, OperationStatus="\x1b[31mred\x07\u202e")])
    _, out, _ = run(capsys, "summary", path)
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "\u202e" not in out


def test_the_program_runs_as_a_process_without_a_trace_of_progress(small):
    command = [sys.executable, "-m", "auditviewer", "summary", str(small), "--json", "--no-cache"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["events"] == 3


def test_a_closed_pipe_ends_quietly():
    command = f"{sys.executable} -m auditviewer workflows {SAMPLE} | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


def test_version_and_help(capsys):
    assert run(capsys, "--version")[1].startswith("auditviewer ")
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "exit status" in capsys.readouterr().out


def test_the_cache_can_be_shown_and_cleared(capsys, small):
    run(capsys, "summary", small)
    assert run(capsys, "cache")[1].startswith("1 exports")
    assert run(capsys, "cache", "clear")[0] == 0
    assert run(capsys, "cache")[1].startswith("0 exports")
    run(capsys, "summary", small, "--no-cache")
    assert run(capsys, "cache")[1].startswith("0 exports")


def test_a_value_at_a_path_filters(capsys, small, tmp_path):
    status, _, _ = run(capsys, "export", small, "-o", tmp_path / "out.jsonl", "--value", "CustomValues/note=Needle")
    assert status == 0
    (line,) = (tmp_path / "out.jsonl").read_text().splitlines()
    assert json.loads(line)["CustomValues"] == {"note": "Needle"}
    assert run(capsys, "export", small, "-o", tmp_path / "o.csv", "--value", "note=Needle")[0] == 2


def test_what_is_no_file_ends_at_once_with_a_sentence_and_no_time_of_a_source_changes(tmp_path, small):
    os.mkfifo(tmp_path / "pipe")
    small = Path(small)
    os.utime(small, ns=(10**18, 10**18 + 1))
    for path, status in ((tmp_path / "pipe", 3), (small, 0)):
        done = subprocess.run(
            [sys.executable, "-m", "auditviewer", "summary", str(path), "--json"],
            capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == status
    assert small.stat().st_atime_ns == 10**18


def texts_in(value):
    """Return all texts in a JSON value, keys included."""
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (key, *texts_in(item))]
    return [text for item in value for text in texts_in(item)] if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    "arguments", [["summary", "--json"], ["diff", "--json", "--id", "1"], ["diff", "--patch", "--id", "1"]]
)
def test_json_reaches_a_terminal_without_escapes_and_means_the_same(capsys, tmp_path, arguments):
    odd = "\x1b[31m\u202e\x9b\u200b\x7f"
    before, after = [json.dumps({"a": value}, ensure_ascii=False) for value in (1, odd)]
    row = event(1, Id="1", OperationStatus=odd, OriginalState=before, UpdatedState=after)
    path = export_file(tmp_path / "a.csv", [row])
    _, out, _ = run(capsys, arguments[0], path, *arguments[1:])
    assert not set(odd[:1] + odd[5:]) & set(out)
    assert odd in texts_in(json.loads(out))


def test_a_source_whose_container_is_damaged_never_ends_with_0(capsys, small, tmp_path):
    whole = gzip.compress(Path(small).read_bytes())
    for name, data in (("checksum.gz", whole[:-8] + bytes(4) + whole[-4:]), ("followed.gz", whole + b"more")):
        (tmp_path / name).write_bytes(data)
        status, out, _ = run(capsys, "summary", tmp_path / name, "--json")
        told = json.loads(out)
        assert (status, told["events"]) == (1, 3)
        assert "damaged_container" in {notice["code"] for notice in told["notices"]}


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are text there")
def test_a_name_that_is_not_utf8_is_still_json(small, tmp_path):
    name = os.fsencode(tmp_path) + b"/\xff\xfe.csv"
    Path(os.fsdecode(name)).write_bytes(Path(small).read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "auditviewer", "summary", os.fsdecode(name), "--json"], capture_output=True, check=False
    )
    assert done.returncode == 0
    assert os.fsencode(json.loads(done.stdout)["sources"][0]["path"]) == name


def test_events_without_a_readable_time_stay_under_a_time_filter_and_that_is_said(capsys, tmp_path):
    rows = [event(i, Timestamp=t) for i, t in enumerate(("2026-01-05T00:00:00Z", "2016-12-31T23:59:60Z", "2020-01-01"))]
    path = export_file(tmp_path / "a.csv", rows)
    out = tmp_path / "o.jsonl"
    for options, ids in (([], [0, 1]), (["--only-known-times"], [0])):
        status, _, err = run(capsys, "export", path, "-o", out, "--from", "2025-01-01", *options)
        assert status == 0
        assert ("1 events cannot be read; they stay" in err) == (not options)
        assert [json.loads(line)["Id"] for line in out.read_text().splitlines()] == [rows[i]["Id"] for i in ids]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows ends programs in another way")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_told_to_end_the_program_leaves_no_copy_of_what_it_reads(small, tmp_path, name):
    folder = tmp_path / "temporary"
    folder.mkdir()
    program = f"""
import os, signal, sys
from auditviewer.cli.main import main
from auditviewer.core.reading.spawn import ReadingProcess

def send(self, request, *_):
    assert os.listdir({str(folder)!r})  # what is read is written in there
    os.kill(os.getpid(), signal.{name})

ReadingProcess.send = send
sys.exit(main())
"""
    command = [sys.executable, "-c", program, "summary", str(small), "--no-cache"]
    done = subprocess.run(command, env=os.environ | {"TMPDIR": str(folder)}, check=False, timeout=60)
    assert done.returncode == 128 + getattr(signal, name)
    assert not list(folder.iterdir())
