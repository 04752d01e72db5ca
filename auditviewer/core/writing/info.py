"""The record of a written file that lies beside it: from what, by which filter, how many, with which choices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from auditviewer import __version__
from auditviewer.core.table import EventTable
from auditviewer.core.writing.files import write_file
from auditviewer.core.writing.report import WriteReport


def info_path_of(path: Path) -> Path:
    """Return where the record of a written file lies."""
    return path.with_name(path.name + ".info.json")


def write_info(report: WriteReport, table: EventTable, query_in_words: str) -> Path:
    """Write the record of a written file beside it; return its path.

    Raises
    ------
    NotWrittenError
        It cannot be written.
    """
    path = info_path_of(report.path)
    text = json.dumps(build_info(report, table, query_in_words), indent=2, ensure_ascii=False) + "\n"
    data = text.encode("utf-8", "surrogateescape")
    write_file(path, lambda out: out.write(data), [s.path for s in table.sources])
    return path


def build_info(report: WriteReport, table: EventTable, query_in_words: str) -> dict[str, Any]:
    """Return the record as JSON values."""
    return {
        "program": f"auditviewer {__version__}",
        "file": report.path.name, "format": report.format, "bytes": report.size_bytes, "sha256": report.sha256,
        "events": report.events, "events_opened": len(table), "filter": query_in_words,
        "formula_safe": report.choices.is_formula_safe or report.format == "xlsx",
        "notes": list(report.notes),
        "sources": [
            {
                "path": s.path, "member": s.member, "bytes": s.size_bytes, "sha256": s.sha256, "records": s.records,
                "loaded": s.loaded, "duplicates": s.duplicates, "rejected": s.rejected,
            }
            for s in table.sources
        ],
    }  # fmt: skip
