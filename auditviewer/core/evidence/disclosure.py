"""Selective disclosure: some records, and of these some fields, with proofs that they stood in their source.

Every record of a source is a leaf of a Merkle tree (hashing of RFC 6962), every field of a record a salted leaf of the
record's own tree; `verify` says how. Salts and pseudonyms follow from a secret, so that the same disclosure can be made
again by its holder, and nobody else can guess what is withheld from what is shown.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.evidence.verify import canonical, field_leaf, leaf_hash, node_hash, record_leaf
from auditviewer.core.evidence.withheld import HiddenTexts, withheld_words
from auditviewer.core.progress import SILENT, Progress
from auditviewer.core.query import QueryResult
from auditviewer.core.schema import COLUMN_NAMES, is_json
from auditviewer.core.table import CellKind, EventTable

_BATCH = 20_000
_SALT_BYTES = 16


_SAME = (("Initiator", "InitiatorId"), ("Target", "TargetId"))
"""Columns that name the same person or thing."""


@dataclass(frozen=True)
class Field:
    """One field of a record as it is hashed."""

    column: str
    kind: int
    text: str | None
    salt: bytes

    def digest(self) -> bytes:
        """Return the field's leaf."""
        return field_leaf(self.salt, self.column, self.kind, self.text)


class RecordTree:
    """The Merkle tree over all records of one source: layers of hashes from the leaves up."""

    def __init__(self, leaves: list[bytes]) -> None:
        self._layers = [leaves]
        while len(self._layers[-1]) > 1:
            below = self._layers[-1]
            above = [node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
            self._layers.append(above + below[len(below) & ~1 :])

    @property
    def root(self) -> bytes:
        """The hash that stands for all records."""
        return self._layers[-1][0] if self._layers[-1] else hashlib.sha256(b"").digest()

    def proof(self, index: int) -> list[bytes]:
        """Return the inclusion proof of a leaf (RFC 6962, section 2.1.1)."""
        proof = []
        for layer in self._layers[:-1]:
            if (sibling := index ^ 1) < len(layer):
                proof.append(layer[sibling])
            index >>= 1
        return proof


@dataclass(frozen=True)
class Disclosure:
    """What to withhold of the records that are shown.

    ``withheld`` are columns; so are ``pseudonyms``, for which a name is put, the same wherever the value is.
    """

    secret: bytes
    withheld: frozenset[str] = frozenset()
    pseudonyms: frozenset[str] = frozenset()

    def check(self, table: EventTable) -> None:
        """Raise `WrongUsageError` for a column that the log does not have."""
        for column in sorted(self.withheld | self.pseudonyms):
            if column not in table.columns:
                raise WrongUsageError(f"There is no column “{column}” to withhold.", "Use the names of the export.")

    def what_stays(self) -> list[str]:
        """Return what the recipient can still tell, since only one of two columns that name the same was hidden."""
        hidden = self.withheld | self.pseudonyms
        return [
            f"{shown} stays where it does not hold what was hidden, and tells whose {column} is the same."
            for pair in _SAME
            for column, shown in (pair, pair[::-1])
            if column in hidden and shown not in hidden
        ]

    def write(self, out: BinaryIO, result: QueryResult, statement: dict[str, Any], progress: Progress = SILENT) -> None:
        """Write the records of a result with their proofs, one a line; complete the statement with the trees' roots.

        A field that holds, somewhere in its text, what another field withholds is withheld too.
        """
        self.check(result.table)
        shown = _records_by_source(result)
        records = {source: _fields_of(result.table, source, self.secret, numbers) for source, numbers in shown.items()}
        hidden = self._withheld_texts(fields for of_source in records.values() for fields in of_source.values())
        trees, ranges, n = [], [], 0
        for source in sorted(shown):
            tree = _tree_of(result.table, source, self.secret, progress)
            number = source + 1
            own = result.table.sources[source]
            trees.append({"source": number, "sha256": own.sha256, "records": own.records, "root": tree.root.hex()})
            for record in sorted(records[source]):
                proof = [digest.hex() for digest in tree.proof(record - 1)]
                fields = [self._shown(field, hidden) for field in records[source][record]]
                out.write(canonical({"source": number, "record": record, "fields": fields, "proof": proof}) + b"\n")
                n += 1
            ranges += [{"source": number, "first": a, "last": b} for a, b in _runs(sorted(shown[source]))]
        statement["disclosure"] = {"trees": trees, "ranges": ranges, "records": n}

    def pseudonym(self, text: str) -> str:
        """Return the name that stands for a value, the same wherever it stands in what is made with this secret."""
        digest = hmac.new(self.secret, b"pseudonym\0" + text.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"P-{digest.hexdigest()[:16]}"

    def _is_withheld(self, field: Field) -> bool:
        return field.column in self.withheld or field.column in self.pseudonyms

    def _withheld_texts(self, records: Iterable[list[Field]]) -> HiddenTexts:
        """Return every text that must stand nowhere in what is shown."""
        found: set[str] = set()
        for fields in records:
            for field in fields:
                if self._is_withheld(field) and field.text:
                    is_state = is_json(field.column) or field.text.lstrip()[:1] in ("{", "[")
                    found.update(withheld_words(field.text, is_state))
        return HiddenTexts(found)

    def _shown(self, field: Field, hidden: HiddenTexts) -> dict[str, Any]:
        if self._is_withheld(field) or hidden.is_in(field.text):
            shown: dict[str, Any] = {"column": field.column, "digest": field.digest().hex()}
            if field.column in self.pseudonyms and field.text:
                shown["pseudonym"] = self.pseudonym(field.text)
            return shown
        return {"column": field.column, "kind": field.kind, "text": field.text, "salt": field.salt.hex()}


def _records_by_source(result: QueryResult) -> Mapping[int, set[int]]:
    """Return the record numbers of the shown events, by the index of their source."""
    index_of = {id(source): number for number, source in enumerate(result.table.sources)}
    shown: dict[int, set[int]] = {}
    for position in result.source_order.tolist():
        place = result.table.place(position)
        shown.setdefault(index_of[id(place.source)], set()).add(place.record)
    return shown


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of each run of numbers that follow each other, runs of one left out."""
    start = before = None
    for number in [*numbers, None]:
        if start is not None and before is not None and number != before + 1:
            if before > start:
                yield start, before
            start = number
        elif start is None:
            start = number
        before = number


def _salts(secret: bytes, sha256: str, member: str | None, record: int, n: int) -> list[bytes]:
    """Return a salt of 128 bits for each field of a record."""
    seed = secret + bytes.fromhex(sha256) + (member or "").encode() + struct.pack(">Q", record)
    stream = hashlib.shake_256(seed).digest(_SALT_BYTES * n)
    return [stream[i : i + _SALT_BYTES] for i in range(0, len(stream), _SALT_BYTES)]


_Batch = tuple[list[int], list[str], list[list[str | None]], list[Any]]


def _batches(table: EventTable, source: int) -> Iterator[_Batch]:
    """Yield record numbers, columns, texts by column and kinds by column of every record that was read of a source."""
    for part in table.parts:
        if source not in part.sources:
            continue
        is_own = part.arrays["p:source"].to_numpy() == part.sources.index(source)
        rows = np.flatnonzero(is_own)
        names = [name[2:] for name in part.data.column_names if name.startswith("c:")]
        columns = [c for c in COLUMN_NAMES if c in names] + [c for c in names if c not in COLUMN_NAMES]
        for start in range(0, len(rows), _BATCH):
            some = rows[start : start + _BATCH]
            numbers = part.arrays["p:record"].to_numpy()[some].tolist()
            texts, kinds = [], []
            for column in columns:
                texts.append(table.stored_texts(part, column, some))
                stored = part.arrays.get(f"k:{column}")
                kinds.append(None if stored is None else stored.to_numpy()[some].tolist())
            yield numbers, columns, texts, kinds


def _fields_of(table: EventTable, source: int, secret: bytes, wanted: set[int]) -> dict[int, list[Field]]:
    own = table.sources[source]
    found: dict[int, list[Field]] = {}
    for numbers, columns, texts, kinds in _batches(table, source):
        for at, record in enumerate(numbers):
            if record not in wanted:
                continue
            salts = _salts(secret, own.sha256, own.member, record, len(columns))
            found[record] = [
                Field(c, CellKind.STRING if kinds[i] is None else kinds[i][at], texts[i][at], salts[i])
                for i, c in enumerate(columns)
            ]
    return found


def _tree_of(table: EventTable, source: int, secret: bytes, progress: Progress) -> RecordTree:
    """Return the tree over every record of a source; a rejected record has a leaf that says so."""
    own = table.sources[source]
    leaves = [b""] * own.records
    for numbers, columns, texts, kinds in _batches(table, source):
        progress.report("hashing records", numbers[-1], own.records, "records")
        for at, record in enumerate(numbers):
            salts = _salts(secret, own.sha256, own.member, record, len(columns))
            leaves[record - 1] = record_leaf(
                record,
                [
                    field_leaf(salts[i], c, 0 if kinds[i] is None else kinds[i][at], texts[i][at])
                    for i, c in enumerate(columns)
                ],
            )
    for index, leaf in enumerate(leaves):
        if not leaf:
            leaves[index] = leaf_hash(b"rejected" + struct.pack(">Q", index + 1))
    return RecordTree(leaves)
