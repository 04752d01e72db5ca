"""The report as PDF: judged by poppler where it is there, by its own structure everywhere."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from auditviewer.core.errors import NotWrittenError
from auditviewer.core.query import run_query
from auditviewer.core.report import ReportChoices, build_report
from auditviewer.gui.printing import write_pdf
from tests.builders import table_of


@pytest.fixture
def page():
    rows = [{"Target": f"target-{i}", "EventDescription": "x" * 300} for i in range(40)]
    return build_report(run_query(table_of(rows)), ReportChoices("A title"))


def test_a_report_is_printed_on_many_pages(qapp, tmp_path, page):
    path = tmp_path / "report.pdf"
    size, _ = write_pdf(path, page, "A title")
    data = path.read_bytes()
    assert data.startswith(b"%PDF-1.") and size == len(data)
    assert len(re.findall(rb"/Type\s*/Page\b", data)) >= 8
    if shutil.which("pdftotext"):
        said = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True).stdout
        assert "target-39" in said and re.search(r"Page 3 of \d+", said) and "Completeness and accuracy" in said


def test_what_cannot_be_written_is_said(qapp, tmp_path, page):
    with pytest.raises(NotWrittenError):
        write_pdf(tmp_path / "no" / "report.pdf", page, "x")


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler judges it")
def test_the_contents_name_the_page_of_each_section_and_no_heading_ends_a_page(qapp, tmp_path, page):
    path = tmp_path / "report.pdf"
    write_pdf(path, page, "A title")
    said = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True).stdout
    pages = said.split("\f")
    contents = re.findall(r"^ *(\d\. [A-Z].*?)  +(\d+)$", pages[0], flags=re.MULTILINE)
    assert len(contents) == 9
    for title, number in contents:
        assert title in pages[int(number) - 1], title
        assert title not in pages[int(number) - 2] or number == "2"
    for text in pages[1:-1]:
        body = [line for line in text.splitlines() if line.strip() and "Page " not in line]
        assert not re.match(r" *created|.* created user ", body[-1]), body[-1]  # the words above an event
