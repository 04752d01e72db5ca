"""What goes into an evidence package beside events and sources: the report, and of a case its file and its journal."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from auditviewer import __version__
from auditviewer.core.case.acts import Act
from auditviewer.core.case.file import case_bytes, open_case
from auditviewer.core.case.journal import Snapshot, journal_lines
from auditviewer.core.errors import AuditViewerError
from auditviewer.core.evidence.package import names_in_package
from auditviewer.core.evidence.verify import JOURNAL, Files, Verification
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import QueryResult
from auditviewer.core.report.build import build_report
from auditviewer.core.report.ground import ReportChoices

_CASE, _REPORT = "data/case.avcase", "data/report.html"
_OF_PACKAGES = frozenset({"package", "verify"})


def build_attachments(
    result: QueryResult, case: Snapshot | None, progress: Progress = SILENT, has_sources: bool = True
) -> dict[str, bytes]:
    """Return the files by their names; none of them states when it was made, so that the same gives the same bytes.

    The case goes in as it was when something was last done in the review: that packages were made of it since, or
    checked, says nothing about what is in this one.
    """
    case = None if case is None else before_packages(case)
    names = names_in_package(result.table.sources)
    told = names if has_sources else {path: name.partition("-")[2] for path, name in names.items()}
    found = {"report.html": _report_of(result, case, told, progress)}
    if case is not None:
        found["case.avcase"] = case_bytes(case.journal)
        found["journal.jsonl"] = journal_lines(case.journal)
    return found


def _report_of(result: QueryResult, case: Snapshot | None, names: dict[str, str], progress: Progress) -> bytes:
    title = case.state.title if case is not None else "Audit log review"
    return build_report(result, ReportChoices(title, names=names), case, progress).encode()


def before_packages(case: Snapshot) -> Snapshot:
    """Return the case without the acts at its end that are about packages alone."""
    n = len(case.journal)
    while n and case.journal[n - 1].kind in _OF_PACKAGES:
        n -= 1
    return case.as_of(n)


def compare_attachments(
    files: Files, statement: dict[str, Any], result: QueryResult | None, found: Verification, progress: Progress
) -> None:
    """Compare a package's report and case with its events and its journal; note what differs.

    A report of another version of the program is not made again, and that is noted.
    """
    case = _case_of(files, found) if JOURNAL in files.sizes else None
    if _REPORT not in files.sizes or result is None or not found.holds:
        return
    if statement["program"] != f"auditviewer {__version__}":
        found.notes.append(f"The report was made by {statement['program']}; it was not made again.")
        return
    # The sources were read from copies of those in the package; the report tells them by their names in it.
    read_as = {s.path: str(e["path"]) for s, e in zip(result.table.sources, statement["sources"], strict=True)}
    if files.read(_REPORT) != _report_of(result, case, read_as, progress):
        found.wrong(_REPORT, "is not the report of these events and this case")
    found.facts["report_made_again"] = True


def _case_of(files: Files, found: Verification) -> Snapshot | None:
    """Return the case that the journal tells, once the case's own file was compared with it."""
    from auditviewer.core.evidence.verify import parse_canonical

    fields = ("number", "time", "user", "program", "kind", "data", "previous", "digest")
    lines = [parse_canonical(line) for line in files.read(JOURNAL).splitlines()]
    case = Snapshot([Act(*(line[name] for name in fields)) for line in lines])
    for problem in case.problems:
        found.wrong(JOURNAL, f"does not hold: {problem}")
    if _CASE not in files.sizes:
        found.wrong(_CASE, "is missing")
        return case
    with tempfile.TemporaryDirectory(prefix="auditviewer-verify-") as folder:
        copy = Path(folder, "case.avcase")
        copy.write_bytes(files.read(_CASE))
        try:
            with open_case(copy, "", lambda: "", is_read_only=True) as opened:
                if opened.journal != case.journal:
                    found.wrong(_CASE, "does not hold the acts of the journal")
        except AuditViewerError as error:
            found.wrong(_CASE, f"cannot be opened: {error}")
    return case
