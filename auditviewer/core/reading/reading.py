"""Reading: what a reader makes of one source's content, before sources are merged into one log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from auditviewer.core.table import Notice, Reject


@dataclass(frozen=True)
class Content:
    """The bytes of one source, decompressed, in a regular file that can be mapped.

    ``path`` is the source itself, or a spooled temporary file; ``name`` and ``member`` say which source it is
    in messages. ``is_truncated`` holds when the container broke off and only what was whole is in ``path``.
    """

    path: Path
    size_bytes: int
    name: str
    member: str | None = None
    is_truncated: bool = False


@dataclass(frozen=True, eq=False)
class Reading:
    """What a reader made of a content: records = events in ``tables`` + ``rejects``.

    ``tables`` are in the part layout (see `auditviewer.core.table`), in record order, ``p:source`` all 0.
    """

    tables: tuple[pa.Table, ...]
    format: str
    encoding: str
    records: int
    columns: tuple[str, ...]
    rejects: tuple[Reject, ...] = ()
    notices: tuple[Notice, ...] = ()
    offset_unit: str = "bytes of the file"
