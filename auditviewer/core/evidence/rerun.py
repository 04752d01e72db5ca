"""Making a package's events again from the sources in it, and comparing them to the byte."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from auditviewer.core.errors import AuditViewerError
from auditviewer.core.evidence.verify import Files, Verification
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import QueryResult, run_query
from auditviewer.core.query.options import options_of_query
from auditviewer.core.query.saved import query_from_json
from auditviewer.core.reading import read_exports
from auditviewer.core.table import EventTable
from auditviewer.core.writing import FORMATS, digest_events

_CHUNK = 1 << 20


Compare = Callable[[Files, dict[str, Any], QueryResult | None, Verification, Progress], None]


def rerun_package(path: Path, found: Verification, progress: Progress = SILENT, compare: Compare | None = None) -> None:
    """Read the sources of a verified package, run its query and write its events again; note what differs.

    Parameters
    ----------
    compare
        What compares the files of a review with the events, `core.report.attachments.compare_attachments`; gets no
        events where the query cannot be run again.

    Sources that were left out, and packages that disclose single records, cannot be run again: that becomes a note.
    """
    statement = found.statement
    if not _has_form(statement):
        found.wrong("statement.json", "cannot be understood")
        return
    if statement.get("disclosure") is not None or statement["query"]["saved"] is None:
        found.notes.append("The package discloses single records: its query cannot be run again from it.")
        return
    if any(source["path"] is None for source in statement["sources"]):
        found.notes.append("The sources are not in the package: the query was not run again.")
        if compare is not None:
            compare(Files(str(path)), statement, None, found, progress)
        return
    with tempfile.TemporaryDirectory(prefix="auditviewer-verify-") as folder:
        try:
            files = Files(str(path))
            result = _rerun(files, path, statement, Path(folder), found, progress)
            if compare is not None:
                compare(files, statement, result, found, progress)
        except (AuditViewerError, OSError) as error:
            found.wrong("data/sources", f"cannot be read again: {error}")
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            found.wrong("statement.json", f"cannot be understood ({type(error).__name__}: {error})")


def _has_form(statement: dict[str, Any]) -> bool:
    query, sources = statement.get("query"), statement.get("sources")
    return (
        isinstance(query, dict) and "saved" in query and isinstance(sources, list)
        and all(isinstance(source, dict) and "path" in source for source in sources)
    )  # fmt: skip


def _rerun(
    files: Files, package: Path, statement: dict[str, Any], folder: Path, found: Verification, progress: Progress
) -> QueryResult:
    names = dict.fromkeys(source["path"] for source in statement["sources"])
    sources = [_source_file(files, package, name, folder, progress) for name in names]
    table = read_exports(sources, progress, uses_cache=False)
    _compare_account(table, statement, found)
    query = query_from_json(statement["query"]["saved"])
    for name, said in (("words", query.describe()), ("options", options_of_query(query))):
        if statement["query"][name] != said:
            found.wrong("statement.json", f"tells its query in {name} otherwise than it is")
    result = run_query(table, query, progress)
    if len(result) != statement["counts"]["events"]:
        counted = statement["counts"]["events"]
        found.wrong("the query", f"keeps {len(result):,} events, and the statement counts {counted:,}")
    listed = {entry["path"]: entry["sha256"] for entry in statement["files"]}
    for spec in FORMATS:
        name = f"data/events.{spec.key}"
        if name in listed and digest_events(spec, table, result.source_order, progress=progress) != listed[name]:
            found.wrong(name, "is not what the query gives from the sources")
    found.facts["query_run_again"] = True
    return result


def _source_file(files: Files, package: Path, name: str, folder: Path, progress: Progress) -> Path:
    """Return a source of the package as a file: where it lies in a folder, unpacked where the package is an archive."""
    if package.is_dir() and name in files.sizes:  # which the check of the package has found to be a regular file
        return package.joinpath(*name.split("/"))
    copy = folder / name.rsplit("/", 1)[1]
    with files.open(name) as source, copy.open("wb") as out:
        while chunk := source.read(_CHUNK):
            out.write(chunk)
            progress.check()
    return copy


def _compare_account(table: EventTable, statement: dict[str, Any], found: Verification) -> None:
    for stated, source in zip(statement["sources"], table.sources, strict=True):
        read = {
            "records": source.records, "loaded": source.loaded, "duplicates": source.duplicates,
            "rejected": source.rejected, "bytes": source.size_bytes, "format": source.format,
            "encoding": source.encoding, "sha256": source.sha256,
        }  # fmt: skip
        for name, count in read.items():
            if stated[name] != count:
                found.wrong(f"source {stated['number']}", f"has {count} {name}, and the statement says {stated[name]}")
