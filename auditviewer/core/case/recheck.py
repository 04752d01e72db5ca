"""Running a review again: do its findings still hold, and does its journal give the same results to the byte?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from auditviewer.core.case.acts import Act, Finding, events_of_finding
from auditviewer.core.case.file import Case
from auditviewer.core.case.review import find_sources, read_sources
from auditviewer.core.case.targets import event_digests, event_targets
from auditviewer.core.errors import AuditViewerError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import run_query
from auditviewer.core.query.saved import query_from_json
from auditviewer.core.sampling import Method, draw_sample
from auditviewer.core.table import EventTable
from auditviewer.core.writing import FORMATS, WriteChoices, digest_events

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
    problems = [found.problem for found in find_sources(case, progress) if found.path is None]
    if problems:
        return [Checked(finding.title, SOURCE_CHANGED, " ".join(problems)) for finding in findings]
    try:
        table = read_sources(case, progress, uses_cache)
    except AuditViewerError as error:
        return [Checked(finding.title, CANNOT_RUN, str(error)) for finding in findings]
    return [_recheck(finding, table, progress) for finding in findings]


def _recheck(finding: Finding, table: EventTable, progress: Progress) -> Checked:
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


def replay(case: Case, progress: Progress = SILENT, uses_cache: bool = True) -> list[Checked]:
    """Do again what the journal says was filtered, sampled, recorded and exported, and compare the results.

    Raises
    ------
    UnreadableExportError
        A source is gone or changed.
    """
    table = read_sources(case, progress, uses_cache)
    return [_again(act, _REPLAYED[act.kind], table, progress) for act in case.journal if act.kind in _REPLAYED]


def _again(
    act: Act, run: Callable[[dict[str, Any], EventTable, Progress], str], table: EventTable, progress: Progress
) -> Checked:
    name = (
        f"{act.number} {act.kind} {act.data.get('title') or act.data.get('name') or act.data.get('file') or ''}".strip()
    )
    try:
        problem = run(act.data, table, progress)
    except AuditViewerError as error:
        return Checked(name, CANNOT_RUN, str(error))
    except (KeyError, TypeError, ValueError) as error:
        return Checked(name, CANNOT_RUN, f"The act cannot be understood ({error}).")
    return Checked(name, ROWS_CHANGED if problem else HOLDS, problem)


def _filter_again(data: dict[str, Any], table: EventTable, progress: Progress) -> str:
    n = len(run_query(table, query_from_json(data["query"]), progress))
    return "" if n == data["events"] else f"keeps {n:,} events, and kept {data['events']:,}"


def _sample_again(data: dict[str, Any], table: EventTable, progress: Progress) -> str:
    method = Method(data["method"])
    result = run_query(table, query_from_json(data["query"]), progress)
    if method is Method.TARGETED:
        return ""
    sample = draw_sample(result, data["size"], data["seed"], method, data["by"], progress)
    drawn = [list(target.names) for target in event_targets(table, sample.positions)]
    return "" if drawn == [item[:3] for item in data["items"]] else "draws other items"


def _finding_again(data: dict[str, Any], table: EventTable, progress: Progress) -> str:
    checked = _recheck(Finding(data["title"], data["query"], events_of_finding(data), "", ""), table, progress)
    return "" if checked.outcome == HOLDS else checked.sentence


def _export_again(data: dict[str, Any], table: EventTable, progress: Progress) -> str:
    spec = next(spec for spec in FORMATS if spec.key == data["format"])
    # A workbook states its time, Parquet is for other tools, a review goes on: there the events count, not the bytes.
    if spec.key in ("xlsx", "parquet") or data.get("has_review"):
        return _filter_again(data, table, progress)
    result = run_query(table, query_from_json(data["query"]), progress)
    choices = WriteChoices(bool(data.get("formula_safe")))
    positions = result.source_order if data.get("in_source_order", True) else result.positions
    sha256 = digest_events(spec, table, positions, choices, progress)
    return "" if sha256 == data["sha256"] else f"gives a file with SHA-256 {sha256}"


_REPLAYED: dict[str, Callable[[dict[str, Any], EventTable, Progress], str]] = {
    "filter": _filter_again,
    "sample": _sample_again,
    "finding": _finding_again,
    "export": _export_again,
}
"""Kind of act to what does it again; each returns what differs, "" for nothing."""
