"""Running the findings of a review again: do they still hold?"""

from __future__ import annotations

from dataclasses import dataclass

from auditviewer.core.case.acts import Finding
from auditviewer.core.case.file import Case
from auditviewer.core.case.review import find_sources, read_sources
from auditviewer.core.case.targets import event_digests, event_targets
from auditviewer.core.errors import AuditViewerError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import run_query
from auditviewer.core.query.saved import query_from_json
from auditviewer.core.table import EventTable

HOLDS, ROWS_CHANGED, SOURCE_CHANGED, CANNOT_RUN = "holds", "rows changed", "source changed", "cannot run"


@dataclass(frozen=True)
class Checked:
    """What came of running something again: its name, one of the outcomes, and a sentence."""

    name: str
    outcome: str
    sentence: str = ""


def recheck_findings(case: Case, progress: Progress = SILENT, uses_cache: bool = True) -> list[Checked]:
    """Run every finding again over the case's sources."""
    findings = list(case.state.findings.values())
    missing = [found for found in find_sources(case, progress) if found.path is None]
    if missing:
        outcome = SOURCE_CHANGED if any(found.is_changed for found in missing) else CANNOT_RUN
        problems = " ".join(found.problem for found in missing)
        return [Checked(finding.title, outcome, problems) for finding in findings]
    try:
        table = read_sources(case, progress, uses_cache)
    except AuditViewerError as error:
        return [Checked(finding.title, CANNOT_RUN, str(error)) for finding in findings]
    return [recheck_finding(finding, table, progress) for finding in findings]


def recheck_finding(finding: Finding, table: EventTable, progress: Progress = SILENT) -> Checked:
    """Run a finding again over a log: does its filter keep the same events, each the same to the letter?"""
    try:
        result = run_query(table, query_from_json(finding.query), progress)
        targets = event_targets(table, result.source_order)
    except AuditViewerError as error:
        return Checked(finding.title, CANNOT_RUN, str(error))
    digests = event_digests(table, result.source_order, progress)
    now = {(*t.names, digest) for t, digest in zip(targets, digests, strict=True)}
    then = {tuple(event) for event in finding.events}
    if now == then:
        return Checked(finding.title, HOLDS, f"{len(now):,} events")
    return Checked(finding.title, ROWS_CHANGED, f"{len(now - then):,} events are new, {len(then - now):,} are gone")
