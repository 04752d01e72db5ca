"""What goes into an evidence package beside events and sources: the report, and of a case its file and its journal."""

from __future__ import annotations

import json

from auditviewer.core.case import Case
from auditviewer.core.case.file import act_as_json
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import QueryResult
from auditviewer.core.report.build import ReportChoices, build_report


def build_attachments(result: QueryResult, case: Case | None, progress: Progress = SILENT) -> dict[str, bytes]:
    """Return the files by their names; none of them states when it was made, so that the same gives the same bytes."""
    title = case.state.title if case is not None else "Audit log review"
    found = {"report.html": build_report(result, ReportChoices(title), case, progress).encode()}
    if case is not None:
        found["case.avcase"] = case.path.read_bytes()
        lines = (json.dumps(act_as_json(act), ensure_ascii=False) for act in case.journal)
        found["journal.jsonl"] = "".join(f"{line}\n" for line in lines).encode()
    return found
