"""The report: its sections in their order, and the page made of them, on which values are text and never markup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from auditviewer import __version__
from auditviewer.core.case.journal import Snapshot
from auditviewer.core.display import fit_to_show
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import QueryResult
from auditviewer.core.report import about_case, about_events, about_log
from auditviewer.core.report.ground import Ground, ReportChoices
from auditviewer.paths import resource_path

_VALUE = 600
_LINE, _NOTE = 2000, 20_000


@dataclass(frozen=True)
class Section:
    """A section that can be chosen: its key, its heading, and what makes its part of the page."""

    key: str
    title: str
    build: Callable[[Ground], dict[str, Any]]


SECTIONS: tuple[Section, ...] = (
    Section("workpaper", "Completeness and accuracy", about_log.workpaper),
    Section("sources", "Sources", about_log.sources),
    Section("scope", "Scope and coverage", about_log.scope),
    Section("review", "Review and findings", about_case.review),
    Section("events", "Events", about_events.events),
    Section("workflows", "Workflows", about_events.workflows),
    Section("samples", "Samples", about_case.samples),
    Section("journal", "Journal", about_case.journal),
    Section("limits", "What this does not establish", about_log.limits),
)


def build_report(
    result: QueryResult,
    choices: ReportChoices = ReportChoices(),  # noqa: B008 - frozen
    case: Snapshot | None = None,
    progress: Progress = SILENT,
) -> str:
    """Return the report as one HTML page that loads nothing."""
    import jinja2

    ground = Ground(result, choices, case, progress)
    wanted = [section for section in SECTIONS if not choices.sections or section.key in choices.sections]
    parts = []
    for section in wanted:
        progress.check()
        parts.append({"key": section.key, "title": section.title, **section.build(ground)})
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["fit"] = lambda text, limit=_VALUE: fit_to_show(str(text), limit)
    environment.filters["lines"] = lambda text: [fit_to_show(line, _LINE) for line in str(text)[:_NOTE].split("\n")]
    template = environment.from_string(resource_path("report/report.html").read_text(encoding="utf-8"))
    page = template.render(
        title=choices.title, made=choices.made, program=f"auditviewer {__version__}", parts=parts,
        n_shown=len(result), n_all=len(result.table), query=result.query.describe(),
    )  # fmt: skip
    return page.encode("utf-8", "replace").decode()
