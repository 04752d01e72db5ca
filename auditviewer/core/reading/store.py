"""The files that a reading process writes and the program maps: texts in batches, codes and places in one each.

A folder holds ``text-SSSS-NNNN.arrow`` (Arrow IPC, one record batch a part: the plain ``c:`` and the ``k:`` columns)
and ``column-NN.arrow`` (one column over all parts, or every one where events are few: the dictionary-encoded ``c:``
columns and the ``p:`` columns; see `auditviewer.core.table` for the roles). What was read can be far larger than
memory: texts are written as they come, only codes and places are held until the end, and each of their columns is
made and written on a core of its own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.ipc

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.instants import ParsedInstants, parse_instants
from auditviewer.core.reading.coded_column import CodedColumn, unified
from auditviewer.core.reading.ids import hash_texts, repeated
from auditviewer.core.table import Part

CODED = (
    "TenantId", "WorkflowId", "WorkflowType", "EventType", "EventDescription", "Initiator", "InitiatorType",
    "InitiatorId", "Target", "TargetType", "TargetId", "OperationStatus",
)  # fmt: skip
"""Columns kept as codes: few values repeat, or rows are grouped by them."""

NUMBERS = ("record", "line", "offset", "length", "instant")
"""What is kept of each event beside its texts and the number of its Id."""


_FEW_EVENTS = 20_000


@dataclass(frozen=True)
class Bases:
    """What is added to the numbers of a writer's events, where they count from 0: those of its first event."""

    record: int = 0
    line: int = 0


class StoreWriter:
    """Writes the parts of one source, or of one range of it, into a folder.

    `add` takes the columns of some records; `finish` writes what had to wait and closes. Where several write into one
    folder, each into a series of its own, each is closed and `write_store` writes for all. Numbers of `instants` add
    up over the parts.
    """

    def __init__(self, folder: Path, series: int = 0) -> None:
        self._folder = folder
        self._series = series
        self._file: Any = None
        self._schema: pa.Schema | None = None
        self._n_files = 0
        self.sizes: list[int] = []
        self.coded: dict[str, CodedColumn] = {}
        self.numbers: dict[str, list[npt.NDArray[Any]]] = {
            name: [] for name in ("record", "line", "offset", "length", "instant", "id")
        }
        self.without_zone = self.epochs = self.unreadable = self.missing_times = 0

    @property
    def n_events(self) -> int:
        """How many events were added."""
        return sum(self.sizes)

    def add(
        self,
        texts: Mapping[str, Any],
        kinds: Mapping[str, npt.NDArray[np.uint8]],
        places: Mapping[str, npt.NDArray[np.int64]],
    ) -> None:
        """Add one part.

        Parameters
        ----------
        texts
            Column name to large_string or dictionary array, null where a cell is missing; equal lengths. Of a column
            in `CODED` it may be a chunked array.
        kinds
            Column name to `CellKind` codes, only for columns where not every cell is a STRING.
        places
            ``record``, ``line``, ``offset`` and ``length`` of each event.
        """
        size = len(places["record"])
        if not size:
            return
        timestamps, ids = texts.get("Timestamp"), texts.get("Id")
        if timestamps is None:
            parsed = ParsedInstants(np.full(size, NO_INSTANT, dtype=np.int64))
        else:
            parsed = parse_instants(timestamps)
            self._count(parsed)
        plain = {f"c:{name}": array for name, array in texts.items() if name not in CODED}
        plain |= {f"k:{name}": pa.array(codes) for name, codes in kinds.items()}
        self._write_text(plain, size)
        for name in (name for name in texts if name in CODED and name not in self.coded):
            self.coded[name] = CodedColumn(self.sizes)
        for name, column in self.coded.items():
            column.add(texts.get(name), size)
        hashes = np.zeros(size, np.uint64) if ids is None else hash_texts(ids)
        for name, numbers in (*places.items(), ("instant", parsed.ticks), ("id", hashes)):
            self.numbers[name].append(numbers)
        self.sizes.append(size)

    def close(self) -> None:
        """Write the texts that are left, and encode what waits; nothing can be added any more."""
        if self._file is not None:
            self._file.close()
            self._file = None
        for column in self.coded.values():
            column.close()

    def finish(self) -> dict[str, Any]:
        """Write the codes and places; return the facts that `open_store` needs."""
        self.close()
        return write_store(self._folder, [self], [Bases()])

    def _count(self, parsed: ParsedInstants) -> None:
        self.without_zone += parsed.without_zone
        self.epochs += parsed.epochs
        self.unreadable += parsed.unreadable
        self.missing_times += parsed.missing

    def _write_text(self, columns: dict[str, pa.Array], size: int) -> None:
        if not columns:
            columns = {"x:none": pa.nulls(size)}
        batch = pa.record_batch(columns)
        if self._file is None or batch.schema != self._schema:
            if self._file is not None:
                self._file.close()
            self._schema = batch.schema
            path = self._folder / f"text-{self._series:04d}-{self._n_files:04d}.arrow"
            self._file = pa.ipc.new_file(path, batch.schema)
            self._n_files += 1
        self._file.write_batch(batch)


def write_store(folder: Path, writers: Sequence[StoreWriter], bases: Sequence[Bases]) -> dict[str, Any]:
    """Write the codes and places of closed writers, one series after the other; return the facts of the store.

    The columns are made on all cores: texts are compared, and bytes written, outside Python's lock. What a column was
    made of is let go at once, so that memory holds few of them twice. Those of few events go into one file: most of
    the time would go into making threads and files.
    """
    sizes = [size for writer in writers for size in writer.sizes]
    coded = list(dict.fromkeys(name for writer in writers for name in writer.coded))
    absent = {name: writers[0].coded[name].absent for name in coded if writers[0].coded[name].absent}
    has_repeats = False
    pa.default_memory_pool().release_unused()  # what the parser kept for its next block

    def made(name: str) -> tuple[str, pa.Array]:
        nonlocal has_repeats
        if name in coded:
            return f"c:{name}", unified([piece for writer in writers for piece in writer.coded.pop(name).pieces])
        if name == "source":
            return "p:source", pa.array(np.zeros(sum(sizes), dtype=np.uint16))
        numbers = _joined_numbers(name, writers, bases)
        if name == "id":
            has_repeats = bool(len(repeated(np.sort(numbers))))
        return f"p:{name}", pa.array(numbers)

    def write(number: int, names: Sequence[str]) -> None:
        _write_columns(folder / f"column-{number:02d}.arrow", dict(map(made, names)))

    # The longest dictionaries first, so that none is waited for at the end.
    names = [*sorted(coded, key=lambda name: -_n_values(name, writers)), "id", *NUMBERS, "source"]
    if sum(sizes) < _FEW_EVENTS:
        write(0, names)
    else:
        with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
            list(threads.map(write, range(len(names)), ([name] for name in names)))
    return {"sizes": sizes, "absent": absent, "repeats": has_repeats}


def _n_values(name: str, writers: Sequence[StoreWriter]) -> int:
    return sum(len(piece.dictionary) for writer in writers for piece in writer.coded[name].pieces)


def _joined_numbers(name: str, writers: Sequence[StoreWriter], bases: Sequence[Bases]) -> npt.NDArray[Any]:
    pieces = [piece for writer in writers for piece in writer.numbers.pop(name)]
    joined = np.concatenate(pieces) if pieces else np.empty(0, np.uint64 if name == "id" else np.int64)
    if name in ("record", "line"):
        start = 0
        for writer, base in zip(writers, bases, strict=True):
            joined[start : start + writer.n_events] += getattr(base, name)
            start += writer.n_events
    return joined


def _write_columns(path: Path, columns: dict[str, pa.Array]) -> None:
    """Write columns as an Arrow IPC file of one record batch."""
    batch = pa.record_batch(columns)
    with pa.ipc.new_file(path, batch.schema) as file:
        file.write_batch(batch)


def open_store(folder: Path, facts: Mapping[str, Any]) -> list[Part]:
    """Map what a `StoreWriter` wrote; no text is read until it is asked for.

    Raises
    ------
    OSError, pyarrow.ArrowInvalid, ValueError
        The folder does not hold what its facts say.
    """
    sizes: list[int] = facts["sizes"]
    columns_of_all = _columns_of_all(folder)
    parts: list[Part] = []
    start = 0
    for batch in _text_batches(folder):
        size = sizes[len(parts)]
        if batch.num_rows != size:
            raise ValueError(f"{folder} holds a part of {batch.num_rows} events where {size} were written")
        columns = {name: batch[name] for name in batch.schema.names if not name.startswith("x:")}
        for name, column in columns_of_all.items():
            if len(parts) not in facts["absent"].get(name[2:], ()):
                columns[name] = column.slice(start, size)
        parts.append(Part(pa.table(columns), (0,)))
        start += size
    lengths = {len(column) for column in columns_of_all.values()}
    if lengths != {start} or len(parts) != len(sizes):
        raise ValueError(f"{folder} holds {start} events where {lengths} were written")
    return parts


def empty_part(columns: Sequence[str]) -> Part:
    """Return the part of a source that has a header and no events: its columns are still to be told."""
    texts = {f"c:{name}": pa.array([], pa.large_string()) for name in columns}
    numbers = {f"p:{name}": pa.array([], pa.int64()) for name in ("record", "line", "offset", "length", "instant")}
    rest = {"p:source": pa.array([], pa.uint16()), "p:id": pa.array([], pa.uint64())}
    return Part(pa.table(texts | numbers | rest), (0,))


def _text_batches(folder: Path) -> list[pa.RecordBatch]:
    batches = []
    for path in sorted(folder.glob("text-*.arrow")):
        reader = pa.ipc.open_file(pa.memory_map(str(path)))
        batches += [reader.get_batch(i) for i in range(reader.num_record_batches)]
    return batches


def _columns_of_all(folder: Path) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {}
    for path in sorted(folder.glob("column-*.arrow")):
        batch = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
        columns |= zip(batch.schema.names, batch.columns, strict=True)
    return columns
