"""The command line of a case: details, views, journal, sheets, looks and draws; what each leaves in the journal."""

from __future__ import annotations

import csv
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
    assert run("case", "new", path, SAMPLE, "--title", "T")[0] == 0
    return path


def acts(case, run):
    return json.loads(run("case", "journal", case, "--json")[1])


def test_the_details_are_kept_one_beside_the_other_and_stand_on_the_workpaper(tmp_path, case, run):
    assert run("case", "period", case, "--period-from", "2026-01-01", "--category", "User Access")[0] == 0
    assert run("case", "period", case, "--period-to", "2026-04-05", "--extracted-by", "Ann on 6 April")[0] == 0
    out = tmp_path / "r.html"
    zone = ["--zone", "America/New_York"]
    assert run("report", case, "--section", "workpaper", "--section", "scope", "-o", out, *zone)[0] == 0
    assert run("report", case, "--section", "journal", "-o", tmp_path / "j.html")[0] == 0
    assert "to 2026-04-05" in (tmp_path / "j.html").read_text()  # the journal tells what was stated
    page = out.read_text()
    for words in ("User Access", "Ann on 6 April", "2025-12-31 19:00:00 EST", "2026-04-05 19:59:59 EDT"):
        assert words in page, words
    assert "2026-04-01, 2026-04-02, 2026-04-03, 2026-04-04, 2026-04-05" in page  # days without any event
    assert run("report", case, "-o", out, "--zone", "Nowhere/At all")[0] == 2


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [("2026-05-01", "2026-03-31", "before it begins"), ("31.03.2026", "2026-04-05", "31.03.2026")],
)
def test_a_period_that_cannot_be_is_refused(case, run, first, last, words):
    status, _, said = run("case", "period", case, "--period-from", first, "--period-to", last)
    assert status == 2 and words in said
    assert not any(act["kind"] == "period" for act in acts(case, run))
    assert run("case", "period", case, "--period-from", "2026-03-31", "--period-to", "2026-03-31")[0] == 0  # one day


def test_an_undo_that_a_sign_off_stands_in_the_way_of_says_so(case, run):
    assert "nothing to undo" in run("case", "undo", case)[1]
    assert run("case", "review", case, "cleared", "--status", "failure", "--reviewer", "ann")[0] == 0
    assert run("case", "sign-off", case, "--status", "failure", "--reviewer", "bob")[0] == 0
    assert "signed off" in run("case", "undo", case)[1]


def test_a_view_keeps_filter_columns_and_sort_and_is_asked_for_by_name(tmp_path, case, run):
    view = ["--columns", "Id,Target", "--columns", "Category", "--sort=-Target"]
    assert run("case", "view", case, "Bad", "--status", "failure", *view)[0] == 0
    kept = acts(case, run)[-1]["data"]
    assert kept["columns"] == ["Id", "Target", "Category"]
    assert kept["query"]["order"] == {"column": "Target", "descending": True}
    assert run("case", "view", case, "Odd", "--columns", "Nothing")[0] == 2
    assert run("case", "finding", case, "F", "--status", "failure")[0] == 0
    outs = [tmp_path / f"{n}.csv" for n in range(3)]
    for out, filters in zip(outs, (["--status", "failure"], ["--view", "Bad"], ["--of-finding", "F"]), strict=True):
        assert run("export", case, *filters, "-o", out)[0] == 0
    assert outs[0].read_bytes() == outs[1].read_bytes() == outs[2].read_bytes()
    assert run("export", case, "--view", "None", "-o", outs[0])[0] == 2
    assert run("case", "view", case, "Bad", "--remove")[0] == 0
    assert run("export", case, "--view", "Bad", "-o", outs[0])[0] == 2


def test_the_journal_is_searched_written_and_compared_with_a_head(tmp_path, case, run):
    assert run("case", "note", case, "Why? Größe", "--status", "warning", "--reviewer", "ada")[0] == 0
    assert run("case", "tag", case, "odd", "--status", "failure")[0] == 0
    assert [act["kind"] for act in json.loads(run("case", "journal", case, "--json", "--find", "GRÖSSE")[1])] == [
        "note"
    ]
    (found,) = json.loads(run("case", "journal", case, "--json", "--find", "größe")[1])
    assert (found["user"], found["kind"]) == ("ada", "note")
    out = tmp_path / "j.csv"
    assert run("case", "journal", case, "-o", out)[0] == 0
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [row["kind"] for row in rows] == ["create", "open", "note", "tag"]
    assert run("case", "journal", case, "-o", tmp_path / "j.jsonl")[0] == 0
    assert [json.loads(line) for line in (tmp_path / "j.jsonl").read_bytes().splitlines()] == acts(case, run)
    for digest, status in ((rows[-1]["digest"], 0), (rows[1]["digest"].upper(), 0), ("0" * 64, 1)):
        assert run("case", "journal", case, "--head", digest)[0] == status
    assert "on 77" in run("case", "journal", case)[1]


def test_every_look_draw_check_and_run_is_in_the_journal(tmp_path, case, run):
    assert run("workflows", case, "--status", "failure")[0] == 0
    assert run("sample", case, "--seed", "1", "--size", "3", "--reviewer", "ada")[0] == 0
    assert run("package", case, "--status", "failure", "-o", tmp_path / "bag")[0] == 0
    assert run("verify", tmp_path / "bag", "--case", case)[0] == 0
    (tmp_path / "bag" / "bagit.txt").write_text("x")
    assert run("verify", tmp_path / "bag", "--case", case)[0] == 1
    assert run("replay", case)[0] == 0
    told = acts(case, run)[2:]
    assert [act["kind"] for act in told] == ["filter", "draw", "package", "verify", "verify", "replay"]
    assert told[0]["data"]["events"] == 77 and told[1]["user"] == "ada"
    assert told[3]["data"]["seal"] == told[2]["data"]["seal"]
    assert (told[3]["data"]["holds"], told[4]["data"]["holds"]) == (True, False)


def test_a_sheet_of_a_kept_sample_has_its_results(tmp_path, case, run):
    import openpyxl

    sizing = ["--confidence", "90", "--tolerable", "10", "--expected-rate", "1"]
    drawn = ["sample", case, "--seed", "s", "--name", "S", "--method", "stratified", "--by", "OperationStatus"]
    assert run(*drawn, *sizing)[0] == 0
    assert run("case", "result", case, "S", "2", "exception", "--note", "=1+1", "--reviewer", "ada")[0] == 0
    assert run("case", "sheet", case, "S", "-o", tmp_path / "s.xlsx")[0] == 0
    sheet = openpyxl.load_workbook(tmp_path / "s.xlsx").active
    rows = list(sheet.iter_rows(min_row=5, values_only=True))
    assert len(rows) == 38 and rows[1][8:11] == ("exception", "=1+1", "ada")
    assert run("case", "sheet", case, "none", "-o", tmp_path / "t.xlsx")[0] == 2
    assert run("report", case, "--section", "samples", "-o", tmp_path / "r.html")[0] == 0
    page = (tmp_path / "r.html").read_text()
    for words in ("90 % confidence, 10 % tolerable deviation, 1 %", "Stratum", "1 tested: 1 exception"):
        assert words in page, words


def test_entities_are_marked_and_other_sources_taken(tmp_path, case, run):
    one = ["--target", "nobody"]
    assert run("case", "tag", case, "odd", "--entities", *one)[0] == 2
    assert run("case", "review", case, "cleared", "--entities", "--event-type", "user:created")[0] == 0
    kinds = {target[0] for target in acts(case, run)[-1]["data"]["targets"]}
    assert kinds == {"entity"}
    source = next(resource_path("sample").glob("*user-access*.csv"))
    assert run("case", "open", case, source)[0] == 0
    assert len(json.loads(run("case", "show", case, "--json")[1])["sources"]) == 1
