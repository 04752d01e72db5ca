"""What the journal of a case keeps of a report or a package, so that it can be made again."""

from __future__ import annotations

from typing import Any

from auditviewer.core.evidence.package import PackageChoices, PackageReport
from auditviewer.core.query import QueryResult
from auditviewer.core.query.saved import query_as_json
from auditviewer.core.report.ground import ReportChoices, choices_as_json


def report_act(
    name: str, sha256: str, html_sha256: str, result: QueryResult, choices: ReportChoices, has_case: bool = True
) -> dict[str, Any]:
    """Return the data of the act "report"; for a PDF, the page that it was printed from has a digest of its own."""
    return {
        "file": name, "sha256": sha256, "html_sha256": html_sha256, "choices": choices_as_json(choices),
        "has_case": has_case, **_selection(result),
    }  # fmt: skip


def package_act(report: PackageReport, result: QueryResult, choices: PackageChoices) -> dict[str, Any]:
    """Return the data of the act "package"."""
    disclosure = choices.disclosure
    return {
        "file": report.path.name, "seal": report.seal, "statement": report.statement, "events": report.events,
        "has_sources": choices.has_sources, "disclosed": disclosure is not None, "signed_by": report.fingerprint,
        "withheld": [] if disclosure is None else sorted(disclosure.withheld | disclosure.pseudonyms),
        **_selection(result),
    }  # fmt: skip


def _selection(result: QueryResult) -> dict[str, Any]:
    return {"query": query_as_json(result.query), "query_in_words": result.query.describe()}
