"""Doing again what a case's journal says was done, and comparing the results to the byte.

Each act is done again on the case as it was before it: filters, samples and findings by the events that they give,
exports, reports and packages by the SHA-256 of what they write. Nothing is written.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from auditviewer import __version__
from auditviewer.core.case.acts import Act, Finding, events_of_finding
from auditviewer.core.case.file import Case
from auditviewer.core.case.journal import Snapshot
from auditviewer.core.case.marks import query_from_journal
from auditviewer.core.case.recheck import CANNOT_RUN, HOLDS, ROWS_CHANGED, Checked, recheck_finding
from auditviewer.core.case.review_columns import with_review_columns
from auditviewer.core.case.sources import read_sources
from auditviewer.core.case.targets import event_targets
from auditviewer.core.errors import AuditViewerError
from auditviewer.core.evidence.package import PackageChoices, statement_digest
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import Query, QueryResult, run_query
from auditviewer.core.query.saved import query_from_json
from auditviewer.core.report.attachments import build_attachments
from auditviewer.core.report.build import build_report
from auditviewer.core.report.ground import choices_from_json
from auditviewer.core.sampling import Method, draw_sample
from auditviewer.core.table import EventTable
from auditviewer.core.writing import FORMATS, WriteChoices, digest_events
from auditviewer.core.writing.formats import FormatSpec, columns_to_write
from auditviewer.core.writing.report import Notes

_CHUNK = 1 << 20


@dataclass(frozen=True, eq=False)
class _Ground:
    act: Act
    table: EventTable
    case: Case
    progress: Progress

    @property
    def before(self) -> Snapshot:
        """The case as it was before the act."""
        return self.case.as_of(self.act.number - 1)

    @property
    def data(self) -> dict[str, Any]:
        return self.act.data

    def result(self) -> QueryResult:
        return run_query(self.table, self._query(), self.progress)

    def _query(self) -> Query:
        values = self.data["query"]
        if any(predicate.get("kind") == "marked" for predicate in values["predicates"]):
            return query_from_journal(values, self.table, self.before.state)
        return query_from_json(values)


def replay(case: Case, progress: Progress = SILENT, uses_cache: bool = True) -> list[Checked]:
    """Do again what the journal says was filtered, sampled, recorded, exported, reported and packaged, and compare.

    Raises
    ------
    UnreadableExportError
        A source is gone or changed.
    """
    table: EventTable | None = None
    sources = read = case.state.sources[:0]
    checked = []
    for act in case.journal:
        if act.kind == "open":
            sources = act.data["sources"]
        if act.kind not in _REPLAYED:
            continue
        if table is None or [s["sha256"] for s in read] != [s["sha256"] for s in sources]:
            table, read = read_sources(case, progress, uses_cache, sources), sources
        checked.append(_again(_Ground(act, table, case, progress)))
    return checked


def _name(act: Act) -> str:
    told = act.data.get("title") or act.data.get("name") or act.data.get("file") or ""
    return f"{act.number} {act.kind} {told}".strip()


def _again(ground: _Ground) -> Checked:
    name = _name(ground.act)
    try:
        outcome, sentence = _REPLAYED[ground.act.kind](ground)
    except AuditViewerError as error:
        return Checked(name, CANNOT_RUN, str(error))
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        return Checked(name, CANNOT_RUN, f"The act cannot be understood ({error}).")
    if outcome == ROWS_CHANGED and ground.act.program != f"auditviewer {__version__}":
        sentence += f"; it was made by {ground.act.program}"
    return Checked(name, outcome, sentence)


_Outcome = tuple[str, str]


def _filter(ground: _Ground) -> _Outcome:
    n, then = len(ground.result()), ground.data["events"]
    return (HOLDS, "") if n == then else (ROWS_CHANGED, f"keeps {n:,} events, and kept {then:,}")


def _sample(ground: _Ground) -> _Outcome:
    data, method = ground.data, Method(ground.data["method"])
    if method is Method.TARGETED:
        return HOLDS, "nothing is drawn"
    sample = draw_sample(ground.result(), data["size"], data["seed"], method, data["by"], ground.progress)
    drawn = [list(target.names) for target in event_targets(ground.table, sample.positions)]
    is_same = drawn == [item[:3] for item in data["items"]]
    return (HOLDS, "") if is_same else (ROWS_CHANGED, "draws other items")


def _finding(ground: _Ground) -> _Outcome:
    data = ground.data
    finding = Finding(data["title"], data["query"], events_of_finding(data), "", "")
    checked = recheck_finding(finding, ground.table, ground.progress)
    return checked.outcome, checked.sentence


def _export(ground: _Ground) -> _Outcome:
    data = ground.data
    spec = next(spec for spec in FORMATS if spec.key == data["format"])
    result = ground.result()
    table = with_review_columns(ground.table, ground.before.state) if data.get("has_review") else ground.table
    positions = result.source_order if data.get("in_source_order", True) else result.positions
    sha256 = _digest_of(spec, table, positions, WriteChoices(bool(data.get("formula_safe"))), ground.progress)
    return _compared(sha256, data["sha256"], "file")


def _digest_of(spec: FormatSpec, table: EventTable, positions: Any, choices: WriteChoices, progress: Progress) -> str:
    if spec.key != "xlsx":
        return digest_events(spec, table, positions, choices, progress)
    with tempfile.TemporaryFile() as out:  # a workbook is an archive, which its writer goes back in
        spec.write(out, table, positions, columns_to_write(table), choices, Notes(), progress)
        out.seek(0)
        return hashlib.file_digest(out, "sha256").hexdigest()


def _report(ground: _Ground) -> _Outcome:
    data = ground.data
    if "html_sha256" not in data:
        return CANNOT_RUN, "The journal does not hold how it was made."
    choices, result = choices_from_json(data["choices"]), ground.result()

    def made(before: Snapshot) -> str:
        case = before if data.get("has_case", True) else None
        return hashlib.sha256(build_report(result, choices, case, ground.progress).encode()).hexdigest()

    outcome, sentence = _compared(_first_like(ground, made, data["html_sha256"]), data["html_sha256"], "page")
    is_pdf = data["html_sha256"] != data["sha256"]
    return outcome, "the page that it was printed from" if outcome == HOLDS and is_pdf else sentence


def _first_like(ground: _Ground, made: Callable[[Snapshot], str], wanted: str) -> str:
    """Return what is made of the case before the act or, where that is not what is wanted, before the looks before it.

    The window keeps which events were looked at when the next thing is done, which may be after a report was made.
    """
    number = ground.act.number - 1
    first = digest = made(ground.before)
    while digest != wanted and number > 1 and ground.case.journal[number - 1].kind == "filter":
        number -= 1
        digest = made(ground.case.as_of(number))
    return digest if digest == wanted else first


def _package(ground: _Ground) -> _Outcome:
    data = ground.data
    if "statement" not in data:
        return CANNOT_RUN, "The journal does not hold how it was made."
    result = ground.result()
    if data["disclosed"]:
        n = len(result)
        is_same = n == data["events"]
        said = "by its events; the salts of what it discloses follow from a secret"
        return (HOLDS, said) if is_same else (ROWS_CHANGED, f"keeps {n:,} events, and kept {data['events']:,}")
    has_sources = bool(data["has_sources"])

    def made(before: Snapshot) -> str:
        attachments = build_attachments(result, before, ground.progress, has_sources)
        return statement_digest(result, PackageChoices(has_sources, None, attachments), ground.progress)

    return _compared(_first_like(ground, made, data["statement"]), data["statement"], "statement")


def _compared(now: str, then: str, what: str) -> _Outcome:
    return (HOLDS, "") if now == then else (ROWS_CHANGED, f"gives a {what} with SHA-256 {now}")


_REPLAYED: dict[str, Callable[[_Ground], _Outcome]] = {
    "filter": _filter,
    "sample": _sample,
    "draw": _sample,
    "finding": _finding,
    "export": _export,
    "report": _report,
    "package": _package,
}
"""Kind of act to what does it again; each returns an outcome and a sentence."""
