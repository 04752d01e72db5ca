"""The command line of a review: cases, samples, reports, packages; exit statuses and what they leave behind."""

from __future__ import annotations

import json

import pytest

from auditviewer.cli.main import main
from auditviewer.paths import resource_path

SAMPLE = str(resource_path("sample"))


@pytest.fixture
def run(capsys):
    def go(*arguments):
        status = main([str(a) for a in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return go


@pytest.fixture
def case(tmp_path, run):
    path = tmp_path / "c.avcase"
    assert run("case", "new", path, SAMPLE, "--title", "T", "--period-from", "2026-01-01")[0] == 0
    return path


def test_tags_and_notes_filter_what_is_exported(tmp_path, case, run):
    assert run("case", "tag", case, "odd", "--status", "failure")[0] == 0
    assert run("case", "note", case, "why", "--status", "warning")[0] == 0
    for option, status in ((["--tag", "odd"], "failure"), (["--has-note"], "warning")):
        out = tmp_path / f"{status}.jsonl"
        assert run("export", SAMPLE, "--case", case, *option, "-o", out)[0] == 0
        statuses = {json.loads(line)["OperationStatus"] for line in out.read_text().splitlines()}
        assert statuses == {status}
    status, _, err = run("export", SAMPLE, "--tag", "odd", "-o", tmp_path / "x.csv")
    assert status == 2 and "--case" in err
    assert run("export", case, "--tag", "none", "-o", tmp_path / "x.csv")[0] == 2


def test_a_review_is_recorded_rechecked_and_replayed(tmp_path, case, run):
    assert run("case", "finding", case, "Failures", "--status", "failure")[0] == 0
    assert run("case", "decide", case, "Failures", "dismissed")[0] == 2
    assert run("case", "decide", case, "Failures", "dismissed", "--reason", "known")[0] == 0
    assert run("sample", case, "--seed", "1", "--size", "5", "--name", "S")[0] == 0
    assert run("case", "result", case, "S", "1", "pass")[0] == 0
    assert run("case", "result", case, "S", "9", "pass")[0] == 2
    assert run("export", case, "--status", "failure", "-o", tmp_path / "f.csv")[0] == 0
    status, out, _ = run("recheck", case, "--json")
    assert (status, [one["outcome"] for one in json.loads(out)]) == (0, ["holds"])
    status, out, _ = run("replay", case, "--json")
    assert (status, {one["outcome"] for one in json.loads(out)}) == (0, {"holds"})
    status, out, _ = run("case", "show", case, "--json")
    told = json.loads(out)
    assert (status, told["findings"][0]["decision"], told["samples"][0]["tested"]) == (0, "dismissed", 1)
    kinds = [act["kind"] for act in json.loads(run("case", "journal", case, "--json")[1])]
    assert kinds == ["create", "open", "period", "finding", "decide", "sample", "result", "export", "recheck", "replay"]


def test_a_sign_off_is_somebody_elses(case, run):
    policy = ["--category", "Policy Management"]
    assert run("case", "review", case, "cleared", *policy, "--reviewer", "ada")[0] == 0
    assert run("case", "reviewed", case, *policy)[1].strip() == "250 of 250 reviewed (100 %)"
    assert run("case", "sign-off", case, *policy, "--reviewer", "ada")[0] == 2
    assert run("case", "sign-off", case, *policy, "--reviewer", "bob")[0] == 0
    assert "locked" in run("case", "review", case, "exception", *policy)[2]


def test_a_sample_is_the_same_whatever_the_order_of_the_files(run):
    from pathlib import Path

    files = sorted(Path(SAMPLE).glob("*.csv"))
    once = run("sample", *files, "--seed", "7", "--size", "9", "--json")[1]
    again = run("sample", *files[::-1], "--seed", "7", "--size", "9", "--json")[1]
    assert json.loads(once)["items"] == json.loads(again)["items"]
    assert run("sample", SAMPLE, "--seed", "7")[0] == 2
    sized = json.loads(run("sample", SAMPLE, "--seed", "7", "--confidence", "95", "--tolerable", "5", "--json")[1])
    assert len(sized["items"]) == 59


def test_a_package_is_written_verified_and_found_out(tmp_path, case, run):
    key, words = tmp_path / "key.pem", tmp_path / "words"
    words.write_text("open sesame\n")
    status, out, _ = run("key", "new", "--file", key, "--passphrase-file", words)
    assert status == 0 and "Fingerprint" in out
    out = tmp_path / "bag"
    signing = ["--sign", key, "--passphrase-file", words]
    assert run("package", case, "--status", "failure", "-o", out, *signing)[0] == 0
    assert {p.name for p in (out / "data").iterdir()} == {
        "events.csv", "events.jsonl", "report.html", "case.avcase", "journal.jsonl", "sources",
    }  # fmt: skip
    status, said, _ = run("verify", out, "--key", tmp_path / "key.pub.pem", "--json")
    assert (status, json.loads(said)["facts"]["query_run_again"]) == (0, True)
    report = out / "data" / "report.html"
    report.write_bytes(report.read_bytes() + b" ")
    status, said, _ = run("verify", out, "--json")
    assert (status, json.loads(said)["problems"][0]["where"]) == (1, "data/report.html")
    assert run("verify", tmp_path / "nothing")[0] == 1
    assert run("package", SAMPLE, "-o", out)[0] == 3
    assert run("package", SAMPLE, "-o", tmp_path / "x", "--sign", key)[0] == 2


def test_single_records_are_disclosed_with_fields_withheld(tmp_path, run):
    out = tmp_path / "bag"
    wanted = ["--status", "failure", "--category", "Reporting"]
    hidden = ["--withhold", "Target", "--pseudonym", "Initiator"]
    status, _, said = run("package", SAMPLE, *wanted, "--disclose", *hidden, "-o", out)
    assert status == 0 and "InitiatorId stays" in said and "TargetId stays" in said
    assert run("verify", out)[0] == 0
    lines = [json.loads(line) for line in (out / "data" / "records.jsonl").read_text().splitlines()]
    assert lines and all("digest" in f for line in lines for f in line["fields"] if f["column"] == "Target")
    assert run("package", SAMPLE, "--disclose", "--withhold", "Nothing", "-o", tmp_path / "x")[0] == 2
    assert run("package", SAMPLE, "--disclose", "--search", "in no event", "-o", tmp_path / "x")[0] == 2
    assert not (tmp_path / "x").exists()


def test_a_report_is_written_as_html_and_pdf(tmp_path, case, run, qapp):
    for name, start in (("r.html", b"<!DOCTYPE html>"), ("r.pdf", b"%PDF-1.")):
        assert run("report", case, "--status", "warning", "-o", tmp_path / name)[0] == 0
        assert (tmp_path / name).read_bytes().startswith(start)
    assert run("report", SAMPLE, "-o", tmp_path / "r.doc")[0] == 2


def test_another_case_is_taken_in(tmp_path, case, run):
    import shutil

    other = tmp_path / "o.avcase"
    shutil.copy(case, other)
    run("case", "review", case, "cleared", "--status", "warning", "--reviewer", "ada")
    run("case", "review", other, "exception", "--status", "warning", "--reviewer", "bob")
    status, out, _ = run("case", "import", case, other)
    assert status == 1 and out.count("Conflict:") == 51


@pytest.mark.parametrize("arguments", [["case"], ["case", "nothing"], ["case", "show", "none.avcase"], ["replay", "x"]])
def test_wrong_usage_is_one_sentence(run, arguments):
    status, _, err = run(*arguments)
    assert status in (2, 3) and len(err.strip().splitlines()) == 1
