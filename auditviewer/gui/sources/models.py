"""The account of the log as item models: sources with their totals, rejects, notices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from auditviewer.core.account import Notice, Reject, Source
from auditviewer.gui.widgets.list_model import Field


def describe_check(source: Source) -> str:
    """Return whether a source's records are all accounted for, in words."""
    accounted = source.loaded + source.duplicates + source.rejected
    if accounted == source.records:
        return "✓ adds up"
    return f"✗ {abs(source.records - accounted):,} {'missing' if accounted < source.records else 'too many'}"


def total_of(sources: Sequence[Source]) -> Source:
    """Return the sums over the sources, as a source without a file."""
    sums = {
        name: sum(getattr(source, name) for source in sources)
        for name in ("size_bytes", "records", "loaded", "duplicates", "rejected")
    }
    return Source(f"Total of {len(sources):,}", None, "", "", None, sha256="", **sums)


def file_name(path: str, member: str | None) -> str:
    """Return a source's own name without its folder."""
    name = PurePath(path).name or path
    return name if member is None else f"{name} » {member}"


SOURCE_FIELDS: tuple[Field[Source], ...] = (
    Field("Source", lambda s: file_name(s.path, s.member), 230),
    Field("Format", lambda s: s.format, 60),
    Field("Encoding", lambda s: s.encoding, 76),
    Field("Compression", lambda s: s.compression or "", 92),
    Field("Bytes", lambda s: f"{s.size_bytes:,}", 100, True),
    Field("Records", lambda s: f"{s.records:,}", 84, True),
    Field("= loaded", lambda s: f"{s.loaded:,}", 84, True),
    Field("+ duplicates", lambda s: f"{s.duplicates:,}", 92, True),
    Field("+ rejected", lambda s: f"{s.rejected:,}", 84, True),
    Field("Check", describe_check, 100),
    Field("SHA-256", lambda s: s.sha256, 470, is_monospace=True),
    Field("Path", lambda s: s.name if s.sha256 else "", 360),
)

REJECT_FIELDS: tuple[Field[Reject], ...] = (
    Field("Source", lambda r: file_name(r.path, r.member), 230),
    Field("Record", lambda r: f"{r.record:,}", 80, True),
    Field("Line", lambda r: f"{r.line:,}", 80, True),
    Field("Offset", lambda r: f"{r.offset:,}", 96, True),
    Field("Reason", lambda r: r.code, 150),
    Field("What is wrong", lambda r: r.message, 620),
)

NOTICE_FIELDS: tuple[Field[Notice], ...] = (
    Field("Count", lambda n: f"{n.count:,}", 80, True),
    Field("What was noticed", lambda n: n.message, 640),
    Field("Code", lambda n: n.code, 150),
    Field("Source", lambda n: n.path or "", 360),
)
