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
