"""Compiled functions for the loops that see every byte of an export; all of them can be done without, only slower.

``*.c`` is standard C without Python, built by ``hatch_build.py`` where a compiler is found when the package is
installed, and called here by way of ctypes, outside Python's lock. Where it was not built, `is_there` says so, and
the callers take their way through numpy and pyarrow: they give the same answers, and the tests hold them together.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

VERSION = 7
"""What `native.h` says too: a library that was built of other sources is not used."""
SWITCH = "AUDITVIEWER_NATIVE"
"""Set to 0 in the environment, the compiled functions are not used."""
ROOM_PAST = 256
"""Bytes that a column needs room for beyond its texts, as in `native.h`."""
_ODDITIES = ("quote_in_field", "text_after_quote", "lone_return", "nul", "unclosed_quote")
"""The names of the bits that `index_records` sets, lowest first."""
_FEW_BYTES_A_RECORD = 256
_NO_MEMORY, _NOT_UTF8 = -1, -2

Texts = tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]
"""Texts as Arrow keeps them: (n + 1,) offsets into bytes."""


class _Column(ctypes.Structure):
    _fields_ = (
        ("bytes", ctypes.c_void_p),
        ("offsets", ctypes.c_void_p),
        ("codes", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("n_bytes", ctypes.c_int64),
    )


class _TextColumn(ctypes.Structure):
    _fields_ = (
        ("bytes", ctypes.c_void_p),
        ("offsets", ctypes.c_void_p),
        ("codes", ctypes.c_void_p),
        ("is_field", ctypes.c_int64),
    )


def file_name() -> str:
    """Return what the library is called beside this file."""
    return {"win32": "_native.dll", "darwin": "_native.dylib"}.get(sys.platform, "_native.so")


@cache
def _library() -> ctypes.CDLL | None:
    if os.environ.get(SWITCH) == "0":
        return None
    try:
        library = ctypes.CDLL(str(Path(__file__).with_name(file_name())))
        if library.native_version() != VERSION:
            return None
    except (OSError, AttributeError):
        return None
    pointer, number, small = ctypes.c_void_p, ctypes.c_int64, ctypes.c_int
    signatures: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "index_records": (number, (pointer, number, ctypes.c_uint8, pointer, pointer, number, pointer)),
        "is_utf8": (small, (pointer, number)),
        "read_fields": (number, (pointer, pointer, number, number, ctypes.c_uint8, pointer, ctypes.c_int32, number)),
        "index_objects": (number, (pointer, number, number, pointer, pointer, pointer, number)),
        "read_objects": (
            number,
            (pointer, number, pointer, pointer, number, number, *(3 * (pointer,)), ctypes.c_int32, pointer, pointer),
        ),
        "find_text": (number, (pointer, pointer, number, pointer, pointer, number, number, number, pointer)),
        "hash_texts": (None, (pointer, pointer, number, pointer)),
        "parse_instants": (number, (pointer, pointer, number, pointer)),
        "write_records": (number, (pointer, ctypes.c_int32, number, pointer)),
        "new_dictionary": (pointer, (ctypes.c_uint64, number)),
        "free_dictionary": (None, (pointer,)),
        "count_values": (number, (pointer,)),
        "count_bytes": (number, (pointer,)),
        "copy_values": (None, (pointer, pointer, pointer)),
        "sort_numbers": (small, (pointer, number, number)),
        "map_codes": (None, (pointer, number, pointer, number, pointer)),
        "encode_texts": (small, (pointer, pointer, pointer, number, pointer)),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def is_there() -> bool:
    """Return whether the functions below can be called."""
    return _library() is not None


def built() -> ctypes.CDLL:
    """Return the library, which must be there."""
    library = _library()
    assert library is not None, "ask is_there() first"
    return library


def index_records(
    data: npt.NDArray[np.uint8], delimiter: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int, int, tuple[str, ...]]:
    """Return the fields of `CsvIndex` (`core.reading.csv_index`) for (n,) bytes that start at a record.

    A last record without a line feed is not in it.
    """
    facts = np.zeros(3, dtype=np.int64)
    n = room = len(data) // _FEW_BYTES_A_RECORD + 1
    while True:
        ends, lines = np.empty(room, np.int64), np.empty(room, np.int64)
        n = built().index_records(
            data.ctypes.data, len(data), delimiter, ends.ctypes.data, lines.ctypes.data, room, facts.ctypes.data
        )
        if n <= room:
            break
        room = n
    odd = int(facts[2])
    names = tuple(sorted(name for bit, name in enumerate(_ODDITIES) if odd >> bit & 1))
    return ends[:n], lines[:n], int(facts[0]), int(facts[1]), names


def is_utf8(data: npt.NDArray[np.uint8]) -> bool:
    """Return whether bytes are well-formed UTF-8."""
    return bool(built().is_utf8(data.ctypes.data, len(data)))


def hash_texts(texts: Texts) -> npt.NDArray[np.uint64]:
    """Return a number for each text, (n,): see `auditviewer.core.reading.ids`."""
    offsets, data = texts
    numbers = np.empty(len(offsets) - 1, dtype=np.uint64)
    built().hash_texts(data.ctypes.data, offsets.ctypes.data, len(numbers), numbers.ctypes.data)
    return numbers


def parse_instants(texts: Texts, ticks: npt.NDArray[np.int64]) -> int:
    """Fill in the ticks, (n,), of the timestamps that are ``YYYY-MM-DDThh:mm:ss[.f]Z``; return how many are not."""
    offsets, data = texts
    return int(built().parse_instants(data.ctypes.data, offsets.ctypes.data, len(ticks), ticks.ctypes.data))


def sort_numbers(numbers: npt.NDArray[np.uint64], low_bit: int) -> None:
    """Sort (n,) numbers in place by their bits from ``low_bit`` on; those equal in these stay as they stand.

    Raises
    ------
    MemoryError
    """
    if not built().sort_numbers(numbers.ctypes.data, len(numbers), low_bit):
        raise MemoryError


class Dictionary:
    """Texts and their codes: equal texts have the same, the first new one the next, from 0 on.

    It need not grow for ``n_expected`` of them.
    """

    def __init__(self, n_expected: int = 0) -> None:
        # Seeded, so that a file cannot be written whose texts all fall on one slot.
        self.handle = built().new_dictionary(int.from_bytes(os.urandom(8)), n_expected)
        if not self.handle:
            raise MemoryError

    def __del__(self) -> None:
        library = _library()
        if library is not None and getattr(self, "handle", None):
            library.free_dictionary(self.handle)

    def __len__(self) -> int:
        """How many texts there are."""
        return int(built().count_values(self.handle))

    def encode(self, texts: Texts) -> npt.NDArray[np.int32]:
        """Return the codes of texts, (n,).

        Raises
        ------
        MemoryError
            There is no room for new ones; the dictionary is good for nothing any more.
        """
        offsets, data = texts
        codes = np.empty(max(len(offsets) - 1, 0), dtype=np.int32)
        if len(codes) and not built().encode_texts(
            self.handle, data.ctypes.data, offsets.ctypes.data, len(codes), codes.ctypes.data
        ):
            raise MemoryError
        return codes

    def texts(self, n_before: int = 0) -> Texts:
        """Return all texts, in the order of their codes, after so many empty ones."""
        library = built()
        offsets = np.zeros(n_before + len(self) + 1, dtype=np.int64)
        data = np.empty(library.count_bytes(self.handle), dtype=np.uint8)
        library.copy_values(self.handle, offsets[n_before:].ctypes.data, data.ctypes.data)
        return offsets, data


def map_codes(codes: npt.NDArray[np.int32], new_codes: npt.NDArray[np.int32], out: npt.NDArray[Any]) -> None:
    """Fill in (n,) integers: ``new_codes[code] + 1`` of each code, 0 of one below 0, which stands for missing.

    Codes must be below the number of new ones, and those fit into ``out``, which has 1, 2 or 4 bytes an item.
    """
    assert len(codes) == len(out) and codes.flags.c_contiguous and out.flags.c_contiguous
    built().map_codes(codes.ctypes.data, len(codes), new_codes.ctypes.data, out.itemsize, out.ctypes.data)


class FieldReader:
    """Reads the fields of CSV records into columns, some of which are coded; uses its memory again for every call."""

    BATCH_BYTES = 1 << 18
    """About so many bytes are read before the coded columns among them are encoded, while they are in the cache."""

    def __init__(self, is_coded: Sequence[bool], delimiter: int) -> None:
        self._is_coded = tuple(is_coded)
        self._delimiter = delimiter
        self._texts = [np.empty(0, dtype=np.uint8) for _ in is_coded]
        self._offsets = [np.empty(0, dtype=np.int64) for _ in is_coded]

    def read(
        self, data: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64], start: int
    ) -> tuple[list[Texts], list[npt.NDArray[np.int32] | None]] | str:
        """Return the texts of each column of whole records, or what is wrong with them.

        Beside them the codes of each coded column, whose texts are the different ones; the texts of a plain one are
        good until the next call. Records must be UTF-8, have a field a column and end where the index says.

        Parameters
        ----------
        data
            (n,) bytes, as long as the last record's end less ``start`` says.
        ends
            (m,) where the records end, less ``start`` in the data.

        Raises
        ------
        MemoryError
        """
        n = len(ends)
        lengths = np.diff(ends, prepend=start)
        longest = max(self.BATCH_BYTES, int(lengths.max(initial=0)))
        codes = [np.empty(n if is_coded else 0, dtype=np.int32) for is_coded in self._is_coded]
        dictionaries = [Dictionary() if is_coded else None for is_coded in self._is_coded]
        columns = (_Column * len(codes))()
        for i, is_coded in enumerate(self._is_coded):
            room = (longest if is_coded else len(data)) + ROOM_PAST
            self._texts[i] = _at_least(self._texts[i], room)
            self._offsets[i] = _at_least(self._offsets[i], n + 1)
            dictionary = dictionaries[i]
            columns[i] = _Column(
                self._texts[i].ctypes.data,
                self._offsets[i].ctypes.data,
                codes[i].ctypes.data,
                None if dictionary is None else dictionary.handle,
                0,
            )
        ends = np.ascontiguousarray(ends, dtype=np.int64)
        read = built().read_fields(
            data.ctypes.data, ends.ctypes.data, start, n, self._delimiter, columns, len(columns), self.BATCH_BYTES
        )
        if read == _NO_MEMORY:
            raise MemoryError
        if read == _NOT_UTF8:
            return "bytes that are no UTF-8"
        if read < n:
            return f"record {read + 1} of {n} does not end where the bytes say"
        texts = [
            (self._offsets[i][: n + 1], self._texts[i][: columns[i].n_bytes])
            if dictionary is None
            else dictionary.texts()
            for i, dictionary in enumerate(dictionaries)
        ]
        return texts, [codes[i] if is_coded else None for i, is_coded in enumerate(self._is_coded)]


@dataclass(frozen=True, eq=False)
class WrittenColumn:
    """A column to be written: text i for record i, or that of code i where there are codes, (n,) int32."""

    texts: Texts
    most_bytes: int
    """How many bytes its fields take at most."""
    codes: npt.NDArray[np.int32] | None = None
    is_field: bool = False
    """Whether the texts are fields already: in quotes, where they must be."""

    @classmethod
    def of_texts(cls, texts: Texts) -> WrittenColumn:
        """Return a column of texts that are put in quotes where they must be."""
        offsets = texts[0]
        return cls(texts, 2 * (int(offsets[-1] - offsets[0]) + len(offsets) - 1))

    @classmethod
    def of_fields(cls, fields: Texts, lengths: npt.NDArray[np.int64], codes: npt.NDArray[np.int32]) -> WrittenColumn:
        """Return a column of fields, whose lengths are known, by their codes."""
        return cls(fields, int(lengths[codes].sum()), codes, is_field=True)


def write_records(columns: Sequence[WrittenColumn], n_records: int) -> npt.NDArray[np.uint8]:
    """Return records as CSV (RFC 4180), UTF-8, each with CRLF."""
    room = sum(column.most_bytes for column in columns) + (len(columns) + 3) * n_records + ROOM_PAST
    out = np.empty(room, dtype=np.uint8)
    told = (_TextColumn * len(columns))()
    for i, column in enumerate(columns):
        offsets, data = column.texts
        codes = None if column.codes is None else column.codes.ctypes.data
        told[i] = _TextColumn(data.ctypes.data, offsets.ctypes.data, codes, column.is_field)
    return out[: built().write_records(told, len(columns), n_records, out.ctypes.data)]


@dataclass(frozen=True, eq=False)
class SoughtText:
    """Bytes to find in cells, at least one: a byte is one of them when it is that with its ``bits`` set, (n,) uint8."""

    wanted: npt.NDArray[np.uint8]
    bits: npt.NDArray[np.uint8]
    rarest: tuple[int, int]
    """Places in the text whose bytes are looked for first."""

    def find(self, offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        """Return (n,) booleans, true for the cells that hold the text; ``data`` are the bytes of the cells alone."""
        found: npt.NDArray[np.bool_] = np.zeros(len(offsets) - 1, dtype=np.bool_)
        text = (self.wanted.ctypes.data, self.bits.ctypes.data, len(self.wanted), *self.rarest)
        built().find_text(data.ctypes.data, offsets.ctypes.data, len(found), *text, found.ctypes.data)
        return found


def _at_least(array: npt.NDArray[Any], n: int) -> npt.NDArray[Any]:
    """Return the array, or a new one where it has no room for n items."""
    return array if len(array) >= n else np.empty(n, dtype=array.dtype)
