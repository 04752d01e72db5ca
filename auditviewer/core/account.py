"""The account of what was read: sources with their counts, rejects, notices, and places of records."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """An opened export with its digest and its account: records = loaded + duplicates + rejected."""

    path: str
    member: str | None
    format: str
    encoding: str
    compression: str | None
    size_bytes: int
    sha256: str
    records: int
    loaded: int
    duplicates: int
    rejected: int
    columns: tuple[str, ...] = ()
    offset_unit: str = "bytes of the file"
    """What a record's offset counts in: the file's own bytes, or those of its decompressed content."""

    @property
    def name(self) -> str:
        """The path and, for an archive, the member in it."""
        return self.path if self.member is None else f"{self.path} » {self.member}"


@dataclass(frozen=True)
class Reject:
    """A record that could not be read: where it stands, a reason code and a plain sentence."""

    path: str
    member: str | None
    record: int
    line: int
    offset: int
    code: str
    message: str


@dataclass(frozen=True)
class Notice:
    """Something about the log that the user should know; never an error."""

    code: str
    message: str
    count: int
    path: str | None = None


@dataclass(frozen=True)
class Place:
    """Where an event stands: its source and the record's number, line, byte offset and byte length in it."""

    source: Source
    record: int
    line: int
    offset: int
    length: int
