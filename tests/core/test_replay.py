"""Replay: each export, report and package that a journal tells of comes out the same to the byte, or it is said."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from auditviewer.core.case.acts import as_data
from auditviewer.core.case.review import record_finding, record_sample, sample_data, source_facts
from auditviewer.core.case.review_columns import with_review_columns
from auditviewer.core.case.targets import event_targets
from auditviewer.core.evidence.package import PackageChoices, write_package
from auditviewer.core.query import EVERYTHING, OneOf, Query, run_query
from auditviewer.core.query.saved import query_as_json
from auditviewer.core.reading import read_exports
from auditviewer.core.replay import replay
from auditviewer.core.report import ReportChoices, build_report
from auditviewer.core.report.acts import package_act, report_act
from auditviewer.core.report.attachments import build_attachments
from auditviewer.core.report.ground import zone_from_text
from auditviewer.core.sampling import draw_sample
from auditviewer.core.writing import FORMATS, write_events
from tests.builders import event
from tests.core.case.conftest import make_case, write_export

FAILURES = Query((OneOf("OperationStatus", frozenset({"failure"})),))
NOW = "2026-01-31T10:00:00Z"


@pytest.fixture
def case(tmp_path):
    rows = [event(i, OperationStatus="failure" if i % 3 else "success", Target="a;b") for i in range(30)]
    folder = tmp_path / "exports"
    folder.mkdir()
    with make_case(tmp_path, "c.avcase", [write_export(folder / "a.csv", rows)]) as made:
        yield made


@pytest.fixture
def log(case):
    return read_exports([Path(case.state.sources[0]["path"])], uses_cache=False)


def outcomes(case):
    return [one.outcome for one in replay(case, uses_cache=False)]


@pytest.mark.parametrize("spec", FORMATS, ids=lambda spec: spec.key)
@pytest.mark.parametrize("has_review", [False, True])
def test_an_export_in_every_format_is_the_same_to_the_byte(tmp_path, case, log, spec, has_review):
    result = run_query(log, FAILURES)
    case.do("review", state="cleared", targets=as_data(event_targets(log, result.source_order[:3])))
    table = with_review_columns(log, case.state) if has_review else log
    written = write_events(tmp_path / f"o{spec.suffix}", spec, table, result.source_order)
    told = {"format": spec.key, "query": query_as_json(FAILURES), "events": 20, "has_review": has_review}
    case.do("export", file="o", sha256=written.sha256, **told)
    case.do("review", state="exception", targets=as_data(event_targets(log, result.source_order[:9])))  # afterwards
    case.do("export", file="o", sha256="0" * 64, **told)
    assert outcomes(case) == ["holds", "rows changed"]


def test_a_report_is_made_again_from_the_case_as_it_was(case, log):
    result = run_query(log, FAILURES)
    record_finding(case, "F", result)
    choices = ReportChoices("T", made=NOW, zone=zone_from_text("Europe/Berlin"), facts={"from": "2026-01-01"})
    sha256 = hashlib.sha256(build_report(result, choices, case).encode()).hexdigest()
    case.do("report", **report_act("r.html", sha256, sha256, result, choices))
    case.do("note", text="afterwards", targets=[["workflow", "w"]])
    case.do("report", **report_act("r.html", sha256, sha256, result, choices))  # by now it holds a note more
    case.do("report", **report_act("r.pdf", "0" * 64, sha256, result, ReportChoices("other", made=NOW)))
    case.do("report", file="old", sha256=sha256)
    assert outcomes(case) == ["holds", "holds", "rows changed", "rows changed", "cannot run"]


@pytest.mark.parametrize("has_sources", [True, False])
@pytest.mark.parametrize("name", ["bag", "bag.zip"])
def test_a_package_is_made_again_without_writing_it(tmp_path, case, log, name, has_sources):
    result = run_query(log, FAILURES)
    choices = PackageChoices(has_sources, None, build_attachments(result, case, has_sources=has_sources))
    made = write_package(tmp_path / name, result, NOW, choices)
    case.do("package", **package_act(made, result, choices))
    case.do("note", text="afterwards", targets=[["workflow", "w"]])
    case.do("package", **{**package_act(made, result, choices), "file": "of another case"})
    before = sorted(p.name for p in tmp_path.iterdir())
    assert outcomes(case) == ["holds", "rows changed"]
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_a_look_that_the_window_kept_after_a_report_was_made_does_not_count(case, log):
    result = run_query(log, FAILURES)
    choices = ReportChoices("T", made=NOW)
    sha256 = hashlib.sha256(build_report(result, choices, case).encode()).hexdigest()
    case.do("filter", query=query_as_json(FAILURES), events=20)
    case.do("report", **report_act("r.html", sha256, sha256, result, choices))
    assert outcomes(case) == ["holds", "holds"]


def test_samples_looks_and_findings_are_done_again(case, log):
    result = run_query(log, FAILURES)
    drawn = draw_sample(result, 5, "seed")
    case.do("filter", query=query_as_json(FAILURES), events=20)
    case.do("filter", query=query_as_json(EVERYTHING), events=20)
    record_sample(case, "S", drawn, result)
    case.do("draw", **{**sample_data(drawn, result), "seed": "another"})
    assert outcomes(case) == ["holds", "rows changed", "holds", "rows changed"]


def test_what_was_done_over_other_sources_is_done_again_over_these(tmp_path, case, log):
    case.do("filter", query=query_as_json(EVERYTHING), events=30)
    more = write_export(tmp_path / "exports" / "b.csv", [event(i + 100) for i in range(5)])
    paths = [Path(case.state.sources[0]["path"]), more]
    case.do("open", sources=source_facts(read_exports(paths, uses_cache=False).sources))
    case.do("filter", query=query_as_json(EVERYTHING), events=35)
    assert outcomes(case) == ["holds", "holds"]
