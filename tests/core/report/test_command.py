"""The command line that a report gives for a filter: typed into a shell, it gives the same events."""

from __future__ import annotations

import csv
import json
import shlex

import pytest

from auditviewer.cli.main import main
from auditviewer.core.case import create_case
from auditviewer.core.case.review import noted_predicate, source_facts, tag_events, tagged_predicate
from auditviewer.core.query import OneOf, Query, TextSearch, TimeRange, ValueAt, run_query
from auditviewer.core.reading import read_exports
from auditviewer.core.report.ground import Ground, ReportChoices
from tests.builders import event

NASTY = ["-x", "--has-note", "", "a'b\"c $HOME `id` \\", "line\nbreak", "tab\t\u202e", "ünï", "%s {0}", "=", "*"]


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "it's an export.csv"
    rows = [event(i, Target=NASTY[i % len(NASTY)], OperationStatus="failure" if i % 2 else "") for i in range(20)]
    for i, row in enumerate(rows):
        row["UpdatedState"] = json.dumps({"a=b": i % 3, "n": NASTY[i % len(NASTY)]})
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return read_exports([path], uses_cache=False)


def ids_of(command, tmp_path):
    arguments = shlex.split(command)
    assert arguments[:2] == ["auditviewer", "export"]
    out = tmp_path / "out.jsonl"
    assert main([*arguments[1:-1], str(out), "--no-cache"]) == 0
    return [json.loads(line)["Id"] for line in out.read_text(encoding="utf-8").splitlines()]


QUERIES = [
    *(Query((OneOf("Target", frozenset({text})),)) for text in NASTY),
    Query((OneOf("Target", frozenset({"-x", "ünï"}), True), OneOf("OperationStatus", frozenset({"failure"})))),
    Query((OneOf("OperationStatus", frozenset({None, ""})), TextSearch("HOME"))),
    Query((TextSearch("^a.b", "Target", True, True), TextSearch("it", None))),
    Query((TimeRange(639_031_680_000_000_000, None, True), OneOf("Category", frozenset({"x"}), True))),
    Query((ValueAt("UpdatedState", "/a=b", "1"), ValueAt("UpdatedState", "/n", json.dumps(NASTY[3])))),
    Query((ValueAt("UpdatedState", "/n", '"-x"', True),)),
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.describe()[:40])
def test_the_command_gives_the_same_events(tmp_path, log, query, capsys):
    result = run_query(log, query)
    command = Ground(result, ReportChoices(), None, None).command(query)
    (wanted,) = log.page(result.source_order, ["Id"])
    assert command.isprintable() and ids_of(command, tmp_path) == wanted


def test_marks_of_a_case_are_asked_of_the_case(tmp_path, log, capsys):
    with create_case(tmp_path / "c d.avcase", "c", "ada", lambda: "2026-01-31T10:00:00Z") as case:
        case.do("open", sources=source_facts(log.sources))
        tag_events(case, "-odd one", log, run_query(log, QUERIES[1]).source_order)
        case.do("note", text="x", targets=[["entity", "user", "0042"]])
        for predicates in (
            (tagged_predicate(log, case.state, ["-odd one"]),),
            (noted_predicate(log, case.state), OneOf("OperationStatus", frozenset({"failure"}))),
            (tagged_predicate(log, case.state, ["-odd one"]), noted_predicate(log, case.state)),
        ):
            result = run_query(log, Query(predicates))
            command = Ground(result, ReportChoices(), case, None).command(result.query)
            (wanted,) = log.page(result.source_order, ["Id"])
            assert "--case" in command and "--filter" not in command and wanted
            assert ids_of(command, tmp_path) == wanted


def test_two_filters_of_the_same_are_refused(tmp_path, log, capsys):
    saved = '[{"kind":"one_of","column":"OperationStatus","values":["x"],"excluded":false}]'
    arguments = ["export", log.sources[0].path, "--status", "failure", "--filter", saved, "-o", str(tmp_path / "o.csv")]
    assert main(arguments) == 2 and "speak of the same" in capsys.readouterr().err
