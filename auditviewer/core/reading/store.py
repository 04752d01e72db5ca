"""The files that a reading process writes and the program maps: texts in batches, codes and places in one.

A folder holds ``text-N.arrow`` (Arrow IPC, one record batch a part: the plain ``c:`` and the ``k:`` columns) and
``codes.arrow`` (one record batch for all parts: the dictionary-encoded ``c:`` columns and the ``p:`` columns; see
`auditviewer.core.table` for the roles). What was read can be far larger than memory: texts are written as they
come, only codes and places are held until the end.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.ipc

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.codes import narrow
from auditviewer.core.instants import ParsedInstants, parse_instants
from auditviewer.core.reading.ids import hash_texts, repeated
from auditviewer.core.table import Part

CODED = (
    "TenantId", "WorkflowId", "WorkflowType", "EventType", "EventDescription", "Initiator", "InitiatorType",
    "InitiatorId", "Target", "TargetType", "TargetId", "OperationStatus",
)  # fmt: skip
"""Columns kept as codes: few values repeat, or rows are grouped by them."""

CODED_TYPE = pa.dictionary(pa.int32(), pa.large_string())
_WAITING_BYTES = 48 << 20
"""So many bytes of a column are encoded at once: often enough to bound memory, seldom enough to be quick."""


class StoreWriter:
    """Writes the parts of one source into a folder.

    `add` takes the columns of some records; `finish` writes what had to wait and closes. Numbers of `instants`
    add up over the parts.
    """

    def __init__(self, folder: Path, series: int = 0) -> None:
        self._folder = folder
        self._series = series
        self._file: Any = None
        self._schema: pa.Schema | None = None
        self._n_files = 0
        self._sizes: list[int] = []
        self._coded: dict[str, _CodedColumn] = {}
        self._numbers: dict[str, list[npt.NDArray[np.int64]]] = {
            name: [] for name in ("record", "line", "offset", "length", "instant")
        }
        self._ids: list[npt.NDArray[np.uint64]] = []
        self.without_zone = self.epochs = self.unreadable = self.missing_times = 0

    @property
    def n_events(self) -> int:
        """How many events were added."""
        return sum(self._sizes)

    def add(
        self,
        texts: Mapping[str, pa.Array],
        kinds: Mapping[str, npt.NDArray[np.uint8]],
        places: Mapping[str, npt.NDArray[np.int64]],
    ) -> None:
        """Add one part.

        Parameters
        ----------
        texts
            Column name to large_string or dictionary array, null where a cell is missing; equal lengths.
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
        for name in (name for name in texts if name in CODED and name not in self._coded):
            self._coded[name] = _CodedColumn(self._sizes)
        for name, column in self._coded.items():
            column.add(texts.get(name), size)
        for name, numbers in (*places.items(), ("instant", parsed.ticks)):
            self._numbers[name].append(numbers)
        self._ids.append(np.zeros(size, np.uint64) if ids is None else hash_texts(ids))
        self._sizes.append(size)

    def finish(self) -> dict[str, Any]:
        """Write the codes and places; return the facts that `open_store` needs."""
        if self._file is not None:
            self._file.close()
            self._file = None
        columns: dict[str, pa.Array] = {f"c:{name}": column.finish() for name, column in self._coded.items()}
        for name, pieces in self._numbers.items():
            columns[f"p:{name}"] = pa.array(np.concatenate(pieces) if pieces else np.empty(0, np.int64))
        columns["p:source"] = pa.array(np.zeros(self.n_events, dtype=np.uint16))
        ids = np.concatenate(self._ids) if self._ids else np.empty(0, np.uint64)
        columns["p:id"] = pa.array(ids)
        write_batch(codes_path(self._folder, self._series), columns)
        return {
            "sizes": self._sizes,
            "absent": {name: column.absent for name, column in self._coded.items() if column.absent},
            "repeats": bool(len(repeated(np.sort(ids)))),
        }

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
            self._file = pa.ipc.new_file(self._folder / f"text-{self._series}-{self._n_files:04d}.arrow", batch.schema)
            self._n_files += 1
        self._file.write_batch(batch)


class _CodedColumn:
    """The texts of one column on their way to codes: encoded many at a time, over one dictionary a time."""

    def __init__(self, sizes_before: Sequence[int]) -> None:
        self.absent = list(range(len(sizes_before)))
        """The parts that lack the column."""
        self._n_parts = len(sizes_before)
        self._encoded: list[pa.Array] = [pa.nulls(size, CODED_TYPE) for size in sizes_before]
        self._waiting: list[pa.Array] = []
        self._waiting_bytes = 0

    def add(self, texts: pa.Array | None, size: int) -> None:
        """Add the texts of a part; None where the part lacks the column."""
        if texts is None:
            self.absent.append(self._n_parts)
            texts = pa.nulls(size, pa.large_string())
        self._n_parts += 1
        if pa.types.is_dictionary(texts.type):
            self._encode_waiting()
            self._encoded.append(texts)
            return
        self._waiting.append(texts)
        self._waiting_bytes += texts.nbytes
        if self._waiting_bytes > _WAITING_BYTES:
            self._encode_waiting()

    def finish(self) -> pa.DictionaryArray:
        """Return the whole column."""
        self._encode_waiting()
        return unified(self._encoded)

    def _encode_waiting(self) -> None:
        if self._waiting:
            self._encoded += pa.chunked_array(self._waiting).dictionary_encode().cast(CODED_TYPE).chunks
            self._waiting, self._waiting_bytes = [], 0


def codes_path(folder: Path, series: int = 0) -> Path:
    """Return where the codes and places of one series of parts are written."""
    return folder / ("codes.arrow" if series == 0 else f"codes-{series}.arrow")


def join_series(
    folder: Path, first: dict[str, Any], second: dict[str, Any], bases: Mapping[str, int]
) -> dict[str, Any]:
    """Make one store of two series of parts that two processes wrote into one folder; return its facts.

    ``bases`` is what is added to the numbers (record, line, offset) of the second series.
    """
    a, b = _only_batch(codes_path(folder)), _only_batch(codes_path(folder, 1))
    columns = _join_columns(a, b, bases)
    has_repeats = bool(len(repeated(np.sort(columns["p:id"].to_numpy()))))
    joined = folder / "codes-joined.arrow"
    write_batch(joined, columns)
    del a, b
    codes_path(folder, 1).unlink()
    joined.replace(codes_path(folder))
    return {"sizes": [*first["sizes"], *second["sizes"]], "absent": {}, "repeats": has_repeats}


def _join_columns(a: pa.RecordBatch, b: pa.RecordBatch, bases: Mapping[str, int]) -> dict[str, pa.Array]:
    """Return the columns of two series, each as one; on all cores, as texts are compared outside Python's lock."""

    def join(name: str) -> pa.Array:
        if name.startswith("c:"):
            return unified([_without_null(a[name]), _without_null(b[name])])
        numbers = b[name].to_numpy()
        moved = numbers + numbers.dtype.type(bases.get(name[2:], 0))
        return pa.array(np.concatenate([a[name].to_numpy(), moved]))

    # The longest dictionaries first, so that none is waited for at the end.
    names = sorted(a.schema.names, key=lambda name: -len(a[name].dictionary) if name.startswith("c:") else 0)
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        joined = dict(zip(names, threads.map(join, names), strict=True))
    return {name: joined[name] for name in a.schema.names}


def _without_null(array: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return a column of codes with Arrow's own nulls in place of code 0."""
    codes = array.indices.to_numpy().astype(np.int32) - 1
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), array.dictionary.slice(1))


def write_batch(path: Path, columns: Mapping[str, pa.Array]) -> None:
    """Write columns as an Arrow IPC file of one record batch."""
    batch = pa.record_batch(columns)
    with pa.ipc.new_file(path, batch.schema) as file:
        file.write_batch(batch)


def unified(arrays: Sequence[pa.Array]) -> pa.DictionaryArray:
    """Return dictionary arrays as one, over one dictionary whose entry 0 is null and stands for "missing"."""
    whole = pa.chunked_array(_gathered(arrays), CODED_TYPE).unify_dictionaries()
    dictionary = whole.chunk(0).dictionary if whole.num_chunks else pa.array([], pa.large_string())
    codes = [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in whole.chunks]
    joined = np.concatenate(codes) if codes else np.empty(0, np.int32)
    values = pa.concat_arrays([pa.array([None], pa.large_string()), dictionary])
    return pa.DictionaryArray.from_arrays(pa.array(narrow(joined + 1, len(values))), values)


def _gathered(arrays: Sequence[pa.Array]) -> list[pa.Array]:
    """Return the arrays with those of one dictionary after another joined: each dictionary is then looked at once."""
    joined: list[pa.Array] = []
    last: tuple[int, int] | None = None
    indices: list[pa.Array] = []
    dictionary: pa.Array | None = None

    def close() -> None:
        if dictionary is not None:
            joined.append(pa.DictionaryArray.from_arrays(pa.concat_arrays(indices), dictionary))

    for array in arrays:
        data = array.dictionary.buffers()[2]
        place = (0 if data is None else data.address, len(array.dictionary))
        if place != last or data is None:
            close()
            last, indices, dictionary = place, [], array.dictionary
        indices.append(array.indices)
    close()
    return joined


def open_store(folder: Path, facts: Mapping[str, Any]) -> list[Part]:
    """Map what a `StoreWriter` wrote; no text is read until it is asked for.

    Raises
    ------
    OSError, pyarrow.ArrowInvalid, ValueError
        The folder does not hold what its facts say.
    """
    sizes: list[int] = facts["sizes"]
    codes = _only_batch(folder / "codes.arrow")
    parts: list[Part] = []
    start = 0
    for batch in _text_batches(folder):
        size = sizes[len(parts)]
        if batch.num_rows != size:
            raise ValueError(f"{folder} holds a part of {batch.num_rows} events where {size} were written")
        columns = {name: batch[name] for name in batch.schema.names if not name.startswith("x:")}
        for name in codes.schema.names:
            if len(parts) not in facts["absent"].get(name[2:], ()):
                columns[name] = codes[name].slice(start, size)
        parts.append(Part(pa.table(columns), (0,)))
        start += size
    if start != codes.num_rows or len(parts) != len(sizes):
        raise ValueError(f"{folder} holds {start} events where {codes.num_rows} were written")
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


def _only_batch(path: Path) -> pa.RecordBatch:
    return pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
