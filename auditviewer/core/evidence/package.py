"""Writing an evidence package: a bag (RFC 8493) with a statement of what is in it, and a seal.

The same selection gives the same bytes; only ``seal.json`` states the time. What the files mean is in `verify`, which
goes into every package and checks it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from auditviewer import __version__
from auditviewer.core.errors import NotWrittenError, WrongUsageError
from auditviewer.core.evidence import verify
from auditviewer.core.evidence.bag import Digests, Folder
from auditviewer.core.evidence.disclosure import Disclosure
from auditviewer.core.evidence.keys import SigningKey
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import QueryResult
from auditviewer.core.query.options import options_of_query
from auditviewer.core.query.saved import query_as_json
from auditviewer.core.table import Source
from auditviewer.core.writing.csv_writer import write_csv
from auditviewer.core.writing.files import sync_folder, why_not, write_file
from auditviewer.core.writing.formats import columns_to_write
from auditviewer.core.writing.json_writer import write_jsonl
from auditviewer.core.writing.report import Notes, WriteChoices

_CHUNK = 1 << 20
_LONGEST_NAME = 200
"""Bytes; what lies beside the package has a longer one."""
_UNFIT = re.compile(r"[^A-Za-z0-9._ -]+")


@dataclass(frozen=True)
class PackageChoices:
    """What a user can choose about a package."""

    has_sources: bool = True
    """Put the source files in as they came."""
    key: SigningKey | None = None
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    """Further files of the payload by their names: a report, a case, its journal."""
    disclosure: Disclosure | None = None
    """Show records with proofs in place of a re-export and of the sources."""


@dataclass(frozen=True)
class PackageReport:
    """A package that was written."""

    path: Path
    seal: str
    seal_path: Path
    events: int
    files: int
    size_bytes: int
    fingerprint: str | None
    statement: str = ""
    """The SHA-256 of the statement, which the same selection gives again."""
    notes: tuple[str, ...] = ()
    journal: Mapping[str, Any] | None = None
    """Number of acts and head of the case's journal in it."""

    def describe(self) -> str:
        """Return the report in one line."""
        signed = "not signed" if self.fingerprint is None else f"signed by {self.fingerprint}"
        return f"{self.events:,} events, {self.files:,} files, {self.size_bytes:,} bytes, {signed}; seal {self.seal}"


def write_package(
    out: Path, result: QueryResult, now: str, choices: PackageChoices = PackageChoices(), progress: Progress = SILENT
) -> PackageReport:
    """Write the events of a result, in source order, and what shows where they come from.

    Parameters
    ----------
    out
        The package: a zip when the name ends in ``.zip``, otherwise a folder. Nothing may be there yet.
    now
        The time to state, RFC 3339 in UTC.

    Raises
    ------
    NotWrittenError
        It cannot be written, or something is there already; nothing is left behind.
    UnreadableExportError
        A source is gone or is not the file any more that was read.
    Cancelled
        The user asked to stop; nothing is left behind.
    """
    target = Path(os.path.realpath(out))
    if os.path.lexists(target):
        raise NotWrittenError(f"There is something at {target} already; it is not replaced.", "Choose another name.")
    if len(os.fsencode(target.name)) > _LONGEST_NAME:
        raise NotWrittenError(f"The name {target.name[:40]}... is too long.", "Choose a shorter name.")
    if not target.parent.is_dir():
        raise NotWrittenError(f"There is no folder {target.parent}.", "Make it, or choose another place.")
    staging: Path | None = None
    try:
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent))
        bag = staging / (target.stem if target.suffix == ".zip" else target.name)
        bag.mkdir()
        report = _fill(bag, target, result, now, choices, progress)
        if target.suffix == ".zip":
            _write_zip(bag, target, progress)
        else:
            os.replace(bag, target)
            sync_folder(target.parent)
    except OSError as error:
        raise NotWrittenError(*why_not(target, error)) from None
    except UnicodeEncodeError:
        raise WrongUsageError("The filter or a name holds what is not valid Unicode.", "Choose another.") from None
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
    write_file(report.seal_path, lambda file: file.write(_seal_text(report, now).encode()))
    return report


def _fill(
    bag: Path, target: Path, result: QueryResult, now: str, choices: PackageChoices, progress: Progress
) -> PackageReport:
    notes = Notes()
    folder = Folder(bag)
    statement, stated = _write_all(folder, result, choices, notes, progress)
    digests = {entry["path"]: entry["sha256"] for entry in statement["files"]} | {verify.STATEMENT: _sha256(stated)}
    tag_manifest = verify.manifest_text(
        (name, digests[name]) for name in (*verify.tag_names(statement), verify.STATEMENT)
    )
    folder.write(verify.TAG_MANIFEST, lambda file: file.write(tag_manifest))
    seal = _seal(stated, now, choices.key)
    folder.write(verify.SEAL, lambda file: file.write(seal))
    for inner in {bag, *(path for path in bag.rglob("*") if path.is_dir())}:
        sync_folder(inner)
    listed = statement["files"]
    open_ends = [] if choices.disclosure is None else choices.disclosure.what_stays()
    return PackageReport(
        path=target, seal=_sha256(seal), seal_path=target.with_name(target.name + ".seal.txt"),
        events=statement["counts"]["events"], files=len(listed) + len(verify.UNLISTED),
        size_bytes=sum(entry["bytes"] for entry in listed), statement=_sha256(stated),
        fingerprint=None if choices.key is None else choices.key.fingerprint, notes=(*notes.lines(), *open_ends),
        journal=statement["journal"],
    )  # fmt: skip


def statement_digest(result: QueryResult, choices: PackageChoices, progress: Progress = SILENT) -> str:
    """Return the SHA-256 of the statement of the package that would be written: all of it but seal and place.

    Sources count as what they were when they were read; nothing is written.
    """
    return _sha256(_write_all(Digests(), result, choices, Notes(), progress)[1])


def _write_all(
    bag: Folder | Digests, result: QueryResult, choices: PackageChoices, notes: Notes, progress: Progress
) -> tuple[dict[str, Any], bytes]:
    """Write all that a statement lists, and the statement; return it and its bytes."""
    listed: list[dict[str, Any]] = []
    sources = _source_entries(result, choices)
    if choices.disclosure is None:
        if choices.has_sources:
            for entry, path in {
                e["path"]: (e, s.path) for e, s in zip(sources, result.table.sources, strict=True)
            }.values():
                listed.append(bag.copy(entry, Path(path), progress))
        listed += _write_events(bag, result, notes, progress)
    for name, data in sorted(choices.attachments.items()):
        listed.append(bag.write(f"data/{name}", lambda file, data=data: file.write(data)))
    statement = _statement(result, sources, choices)
    if (disclosure := choices.disclosure) is not None:
        written = bag.write("data/records.jsonl", lambda file: disclosure.write(file, result, statement, progress))
        listed.append(written)
    statement["files"] = listed
    program = _program()
    tags = {**verify.tag_files(statement), "verify.py": program}
    for name, text in tags.items():
        listed.append(bag.write(name, lambda file, text=text: file.write(text)))
    listed.sort(key=lambda entry: entry["path"])
    stated = verify.canonical(statement)
    bag.write(verify.STATEMENT, lambda file: file.write(stated))
    return statement, stated


def names_in_package(sources: Sequence[Source]) -> dict[str, str]:
    """Return the name in a package of each source's path; those of one archive share a file."""
    names: dict[str, str] = {}
    for s in sources:
        if s.path not in names:
            name = _UNFIT.sub("_", Path(s.path).name).strip(" ._")[-120:] or "export"
            names[s.path] = f"data/sources/{len(names) + 1:03d}-{name}"
    return names


def _source_entries(result: QueryResult, choices: PackageChoices) -> list[dict[str, Any]]:
    """Return the account of each source."""
    of_path = names_in_package(result.table.sources)
    is_bare = choices.disclosure is not None
    entries: list[dict[str, Any]] = []
    for number, s in enumerate(result.table.sources, start=1):
        entries.append(
            {
                "number": number, "name": None if is_bare else _printable(Path(s.path).name),
                "member": None if s.member is None or is_bare else _printable(s.member),
                "bytes": s.size_bytes, "sha256": s.sha256, "records": s.records, "loaded": s.loaded,
                "duplicates": s.duplicates, "rejected": s.rejected, "format": s.format, "encoding": s.encoding,
                "path": of_path[s.path] if choices.has_sources and not is_bare else None,
            }
        )  # fmt: skip
    return entries


def _statement(result: QueryResult, sources: list[dict[str, Any]], choices: PackageChoices) -> dict[str, Any]:
    query = result.query
    is_bare = choices.disclosure is not None
    return {
        "type": verify.KIND,
        "program": f"auditviewer {__version__}",
        "sources": sources,
        "query": {
            # A filter names values; where fields are withheld it could name one of these.
            "words": "(withheld)" if is_bare else query.describe(),
            "options": None if is_bare else options_of_query(query),
            "saved": None if is_bare else query_as_json(query),
        },
        "counts": {
            "events": len(result), "events_opened": len(result.table),
            "records": sum(s.records for s in result.table.sources),
            "rejected": sum(s.rejected for s in result.table.sources),
        },
        "disclosure": None,
        "journal": _journal_facts(choices.attachments.get("journal.jsonl")),
    }  # fmt: skip


def _journal_facts(lines: bytes | None) -> dict[str, Any] | None:
    """Return the number of acts and the head of a case's journal that goes into a package."""
    if not lines:
        return None
    last = verify.parse_canonical(lines.splitlines()[-1])
    return {"acts": last["number"], "head": last["digest"]}


def _write_events(bag: Folder | Digests, result: QueryResult, notes: Notes, progress: Progress) -> list[dict[str, Any]]:
    table, positions = result.table, result.source_order
    columns, plain = columns_to_write(table), WriteChoices()
    return [
        bag.write(name, lambda file, w=writer: w(file, table, positions, columns, plain, notes, progress))
        for name, writer in (("data/events.csv", write_csv), ("data/events.jsonl", write_jsonl))
    ]


def _seal(stated: bytes, now: str, key: SigningKey | None) -> bytes:
    sealed: dict[str, Any] = {
        "made": now, "program": f"auditviewer {__version__}", "statement_sha256": _sha256(stated),
    }  # fmt: skip
    if key is not None:
        signature = key.sign(verify.canonical(sealed)).hex()
        sealed["signature"] = {"algorithm": "Ed25519", "public_key": key.public.hex(), "value": signature}
    return verify.canonical({**sealed, "digest": _sha256(verify.canonical(sealed))})


def _seal_text(report: PackageReport, now: str) -> str:
    key = report.fingerprint or "(not signed)"
    return (
        f"Evidence package: {_printable(report.path.name)}\nMade: {now}\n"
        f"Seal (SHA-256 of its seal.json): {report.seal}\n"
        f"Signed by the key with the fingerprint: {key}\n"
        + (
            f"Journal of the case: {report.journal['acts']} acts, head {report.journal['head']}\n"
            if report.journal
            else ""
        )
        + "\n"
        "Keep this apart from the package. To check the package, with Python alone:\n"
        f"    python3 -I verify.py PACKAGE --seal {report.seal}\n"
        f"The SHA-256 of the verify.py that was put into it: {_sha256(_program())}\n"
        "Compare that first, or take your own: whoever alters a package can alter the program in it.\n"
    )


def _write_zip(bag: Path, target: Path, progress: Progress) -> None:
    """Write the bag as an archive of stored files whose bytes follow from theirs alone."""
    paths = {f"{bag.name}/{path.relative_to(bag).as_posix()}": path for path in bag.rglob("*") if path.is_file()}
    entries = []
    for name in sorted(paths):
        crc = 0
        with paths[name].open("rb") as file:
            while chunk := file.read(_CHUNK):
                crc = zlib.crc32(chunk, crc)
                progress.check()
        entries.append((name, paths[name].stat().st_size, crc))

    def write(out: BinaryIO) -> None:
        for header, name, _ in verify.zip_headers(entries):
            out.write(header)
            if name:
                with paths[name].open("rb") as file:
                    shutil.copyfileobj(file, out, _CHUNK)
                progress.check()

    write_file(target, write)


def _program() -> bytes:
    """Return the program that checks a package; a bundle ships it beside the compiled one."""
    return Path(verify.__file__).with_suffix(".py").read_bytes()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _printable(name: str) -> str:
    """Return a file's name as text that UTF-8 holds."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def check_name(path: Path) -> None:
    """Raise `WrongUsageError` for a name that cannot be a package's."""
    with contextlib.suppress(UnicodeEncodeError):
        path.name.encode()
        if path.suffix or not path.name.startswith(".zip"):
            return
    raise WrongUsageError("That is no name for a package.", "Choose another name.")
