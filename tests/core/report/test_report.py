"""Reports: what they say agrees with the log, and values from it are text, never markup."""

from __future__ import annotations

import html.parser
import re

import numpy as np
import pytest

from auditviewer.core.case import create_case
from auditviewer.core.case.review import record_finding, record_sample, source_facts, tag_events
from auditviewer.core.query import OneOf, Query, run_query
from auditviewer.core.report import SECTIONS, ReportChoices, build_report
from auditviewer.core.sampling import draw_sample
from tests.builders import table_of

EVIL = "<script>alert(1)</script>\"'&{{7*7}}"


class Page(html.parser.HTMLParser):
    """Collects the tags, the addresses and the text of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.addresses, self.words = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href", "action")]

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture
def table():
    rows = [{"OperationStatus": "failure" if i % 2 else "success"} for i in range(6)]
    rows[1] |= {"Target": EVIL, "OriginalState": '{"days": 30, "x": "<b>"}', "UpdatedState": '{"days": 60, "x": "<b>"}'}
    return table_of(rows)


@pytest.fixture
def result(table):
    return run_query(table, Query((OneOf("OperationStatus", frozenset({"failure"})),)))


@pytest.fixture
def case(tmp_path, table, result):
    with create_case(tmp_path / "c.avcase", EVIL, "ada", lambda: "2026-01-31T10:00:00Z") as made:
        made.do("open", sources=source_facts(table.sources))
        tag_events(made, EVIL, table, np.array([1]))
        made.do("note", text=EVIL, targets=[["workflow", EVIL]])
        record_finding(made, "Failed", result)
        record_sample(made, "S1", draw_sample(result, 2, "seed"), result)
        made.do("result", name="S1", item=1, result="exception", note=EVIL)
        yield made


def test_a_page_loads_nothing_and_holds_no_markup_from_the_log(result, case):
    page = Page(build_report(result, ReportChoices(EVIL), case))
    assert "script" not in page.tags and "b" not in page.tags
    assert all(address.startswith(("data:image/svg+xml;base64,", "#")) for address in page.addresses)
    assert page.text.count("<script>alert(1)</script>") >= 5  # title, target, tag, note, result: all there, as text
    assert "{{7*7}}" in page.text and "49" not in page.text.split("{{7*7}}")[0][-20:]


def test_it_tells_the_account_the_filter_the_changes_and_the_review(result, case):
    text = Page(build_report(result, ReportChoices("Review", made="2026-01-31T10:00:00Z"), case)).text
    for words in (
        "3 of 6 events", "Status is failure", "--status failure", "≠ /days 30 60", "Failed", "seed “seed”",
        "exception", case.head, "Hidden by: Status is failure 3", "What this does not establish", "0" * 64,
    ):  # fmt: skip
        assert words in text, words


def test_the_same_review_gives_the_same_page(result, case):
    assert build_report(result, ReportChoices("R"), case) == build_report(result, ReportChoices("R"), case)


def test_sections_are_chosen(result):
    text = build_report(result, ReportChoices("R", ("sources", "limits")))
    assert re.findall(r'<h2 id="(\w+)"', text) == ["sources", "limits"]
    everything = build_report(result)
    assert re.findall(r'<h2 id="(\w+)"', everything) == [section.key for section in SECTIONS]


def test_an_empty_selection_makes_a_page_too(table):
    nothing = run_query(table, Query((OneOf("OperationStatus", frozenset({"none"})),)))
    assert "0 of 6 events" in build_report(nothing)


def test_the_days_of_the_period_are_told_in_the_reviewers_zone(result):
    from zoneinfo import ZoneInfo

    facts = {"from": "2026-01-01", "to": "2026-01-31"}
    text = build_report(result, ReportChoices("R", zone=ZoneInfo("America/New_York"), facts=facts))
    assert "2025-12-31 19:00:00 EST" in text and "2026-01-31 18:59:59 EST" in text


def test_what_is_said_of_a_workflow_an_entity_or_a_finding_stands_with_it(result, case):
    from auditviewer.core.case.acts import as_data
    from auditviewer.core.case.targets import Target, entity_target, workflow_target

    (ids,) = result.table.page(result.positions, ["WorkflowId"])
    for number, target in enumerate(
        (workflow_target(ids[0]), entity_target("user", "0042"), Target("finding", ("Failed",)))
    ):
        case.do("note", text=f"said {number}", targets=as_data([target]))
        case.do("review", state="follow-up", reason=f"because {number}", targets=as_data([target]))
    for section, words, others in (
        ("workflows", ("said 0", "because 0"), ("said 1", "said 2")),
        ("events", ("said 1 (on the entity)",), ("said 0", "said 2")),
    ):
        text = Page(build_report(result, ReportChoices("R", (section,)), case)).text
        assert all(word in text for word in words) and not any(word in text for word in others), section
    text = Page(build_report(result, ReportChoices("R", ("review",)), case)).text
    assert "because 2" in text and "--status failure" in text and case.state.findings["Failed"].events[0][3] in text


def test_coverage_is_told_by_category_and_for_the_period_that_was_asked_for(result):
    facts = {"from": "2026-01-03", "to": "2026-01-06", "category": "User Access"}
    text = Page(build_report(result, ReportChoices("R", ("scope", "workpaper"), facts=facts))).text
    assert "2026-01-03, 2026-01-04, 2026-01-06" in text and "3 of 4" in text  # every event is of the fifth
    assert re.search(r"User Management 3 2026-01-05 2026-01-05 1", text)
    assert "Category User Access" in text


def test_the_seal_of_each_package_stands_in_the_next_report(result, case):
    case.do("package", file="bag", seal="5ea1" * 16, signed_by="1a2b 3c4d")
    text = Page(build_report(result, ReportChoices("R", ("journal",)), case)).text
    assert "5ea1" * 16 in text and "1a2b 3c4d" in text and case.head in text
