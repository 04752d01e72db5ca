"""The sources of a case: what it keeps of them, where they are now, and what changed in one that is not what it was."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from auditviewer.core.case.file import Case
from auditviewer.core.errors import AuditViewerError, UnreadableExportError
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.reading import read_exports
from auditviewer.core.reading.files import find_files
from auditviewer.core.source_file import digest_file
from auditviewer.core.table import EventTable, Source

_BLOCKS, _SMALLEST_BLOCK = 1024, 4096
_BLOCK_DIGITS = 16
"""Of a block's SHA-256 that are kept: these tell where a file differs; that it does, its whole SHA-256 tells."""


def source_facts(
    sources: Iterable[Source], has_blocks: bool = False, progress: Progress = SILENT
) -> list[dict[str, Any]]:
    """Return what a case keeps of its sources: path, size, digest and account of each.

    Parameters
    ----------
    has_blocks
        Read the files once more, and keep digests of their parts, by which a changed file shows where it changed.
    """
    facts: list[dict[str, Any]] = [
        {
            "path": os.fsencode(os.path.abspath(s.path)).decode("utf-8", "backslashreplace"), "member": s.member,
            "bytes": s.size_bytes, "sha256": s.sha256, "records": s.records, "loaded": s.loaded,
            "duplicates": s.duplicates, "rejected": s.rejected,
        }
        for s in sources
    ]  # fmt: skip
    if has_blocks:
        of_path: dict[str, dict[str, Any] | None] = {}
        for one, source in zip(facts, sources, strict=True):
            if one["path"] not in of_path:
                of_path[one["path"]] = _blocks_of(Path(source.path), block_size(source.size_bytes), progress)
                if of_path[one["path"]] is not None:
                    one["blocks"] = of_path[one["path"]]
    return facts


def block_size(size_bytes: int) -> int:
    """Return into blocks of how many bytes a file is divided."""
    return max(_SMALLEST_BLOCK, -(-size_bytes // _BLOCKS))


def _blocks_of(path: Path, size: int, progress: Progress) -> dict[str, Any] | None:
    digests = []
    try:
        with path.open("rb") as file:
            while block := file.read(size):
                digests.append(hashlib.sha256(block).hexdigest()[:_BLOCK_DIGITS])
                progress.check()
    except OSError:
        return None  # it can be opened again later, or not; that is told then
    return {"bytes": size, "digests": digests}


@dataclass(frozen=True)
class FoundSource:
    """Where a source of a case is now: ``path`` is None when it is not found, or is another file than it was."""

    kept: dict[str, Any]
    path: Path | None
    problem: str = ""
    is_changed: bool = False
    """Whether a file is there that is not the one that it was."""


def find_sources(case: Case, progress: Progress = SILENT) -> list[FoundSource]:
    """Return where each source file of a case is: at its path or, when it moved, beside the case or the others.

    A file counts as the source only with the SHA-256 that it had.
    """
    return _find_all(case.state.sources, case.path, progress)


def _find_all(sources: list[dict[str, Any]], case_path: Path, progress: Progress) -> list[FoundSource]:
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    for source in sources:
        kept.setdefault((source["path"], source["sha256"]), source)
    folders = {case_path.absolute().parent, *(Path(path).parent for path, _ in kept)}
    return [_find(facts, folders, progress) for facts in kept.values()]


def _find(kept: dict[str, Any], folders: set[Path], progress: Progress) -> FoundSource:
    path = Path(kept["path"])
    if path.is_file() and path.stat().st_size == kept["bytes"] and digest_file(path, progress) == kept["sha256"]:
        return FoundSource(kept, path)
    for folder in sorted(folders):
        if not folder.is_dir():
            continue
        for other in find_files([folder]).paths:
            if (
                other != path
                and other.stat().st_size == kept["bytes"]
                and digest_file(other, progress) == kept["sha256"]
            ):
                return FoundSource(kept, other, f"The source {path} moved to {other}.")
    if path.is_file():
        return FoundSource(kept, None, f"The source {path} changed: {what_changed(kept, path, progress)}.", True)
    return FoundSource(kept, None, f"The source {path} is gone.")


def what_changed(kept: dict[str, Any], path: Path, progress: Progress = SILENT) -> str:
    """Return in words how a file differs from the source that it was: bytes, records, and where."""
    size = path.stat().st_size
    told = [f"it has {size:,} bytes and had {kept['bytes']:,}"]
    table: EventTable | None = None
    try:
        table = read_exports([path], progress, uses_cache=False)
        records = [s.records for s in table.sources if s.member == kept["member"]]
        told.append(f"{sum(records):,} records and had {kept['records']:,}")
    except AuditViewerError as error:
        told.append(f"it cannot be read as an export any more ({str(error).split(chr(10))[0]})")
    if (where := _where_changed(kept, path, progress)) is not None:
        told.append(_describe_change(*where, size, table))
    return "; ".join(told)


def _where_changed(kept: dict[str, Any], path: Path, progress: Progress) -> tuple[int, int] | None:
    """Return the first byte and the one after the last of the blocks that differ; None where no blocks were kept."""
    blocks = kept.get("blocks")
    now = None if blocks is None else _blocks_of(path, blocks["bytes"], progress)
    if blocks is None or now is None:
        return None
    width, old, new = blocks["bytes"], blocks["digests"], now["digests"]
    most = max(len(old), len(new))
    differing = [i for i in range(most) if i >= len(old) or i >= len(new) or old[i] != new[i]]
    return (differing[0] * width, (differing[-1] + 1) * width) if differing else None


def _describe_change(first: int, end: int, size: int, table: EventTable | None) -> str:
    end = min(end, size)
    if first >= size:
        return f"what was behind byte {size:,} is cut off, the rest is the same"
    same = f"the same up to byte {first:,}" if end == size else f"the same but for bytes {first:,} to {end:,}"
    records = [] if table is None else _records_between(table, first, end)
    if not records:
        return same
    to = "on" if end == size else f"to {records[-1]:,}"
    return f"{same}, which is from record {records[0]:,} {to}"


def _records_between(table: EventTable, first: int, end: int) -> list[int]:
    if len(table.sources) != 1 or table.sources[0].offset_unit != "bytes of the file":
        return []
    found = []
    for part in table.parts:
        offsets, lengths = (part.arrays[f"p:{name}"].to_numpy() for name in ("offset", "length"))
        is_touched = (offsets < end) & (offsets + lengths > first)
        found.append(part.arrays["p:record"].to_numpy()[is_touched])
    records = np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)
    return [int(records[0]), int(records[-1])] if len(records) else []


def read_sources(
    case: Case, progress: Progress = SILENT, uses_cache: bool = True, sources: list[dict[str, Any]] | None = None
) -> EventTable:
    """Return the log of a case, in the order of its sources.

    Parameters
    ----------
    sources
        What the case kept of its sources at another time; as it is now when omitted.

    Raises
    ------
    UnreadableExportError
        A source is gone or changed; with which and how.
    """
    found = _find_all(case.state.sources if sources is None else sources, case.path, progress)
    if missing := [one.problem for one in found if one.path is None]:
        raise UnreadableExportError(" ".join(missing), "Put the files back as they were.")
    if not found:
        raise UnreadableExportError(f"The case {case.path.name} has no sources yet.", "Add some.")
    paths = [one.path for one in found if one.path is not None]
    return read_exports(paths, progress, uses_cache=uses_cache, trusts_state=False)
