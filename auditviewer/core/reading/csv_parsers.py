"""The two parsers of the fast CSV reader: the compiled one where it was built, pyarrow's where it was not.

Both take whole records and an index that says where each ends, and give the same table. Neither is believed alone.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

import auditviewer.core.arrow_alone  # noqa: F401 - before the first array is made
from auditviewer.core import native
from auditviewer.core.native.texts import as_array, as_dictionary_array
from auditviewer.core.reading.coded_column import CODED_TYPE
from auditviewer.core.reading.csv_layout import CsvLayout
from auditviewer.core.reading.store import CODED

MAX_PLAIN_COLUMNS = 32
ROOM_BYTES = 160 << 20
"""The compiled parser keeps room for a whole block for each column of plain text: so many, and so much, at most."""
LARGEST_BLOCK_BYTES = 2**31 - 2
"""pyarrow's parser takes no more at once, counting one byte more than there is."""

# Columns whose values repeat so much that pyarrow's parser encodes them faster itself than it is done afterwards.
_FEW_VALUES = (
    "TenantId", "WorkflowType", "EventType", "Initiator", "InitiatorType", "InitiatorId", "Target", "TargetType",
    "OperationStatus",
)  # fmt: skip


class NotBelieved(Exception):
    """The fast reader's answer does not count; the reason is its text."""


class Parser(Protocol):
    """Reads whole records of one layout, several times over, in one thread."""

    most_bytes: int | None
    """So many bytes, at most a part of the log, are parsed at once; None for blocks that stay in the cache."""

    def parse(self, block: memoryview, ends: npt.NDArray[np.int64], start: int) -> pa.Table:
        """Return the texts of the records in a block, coded or not, each column in one chunk.

        They may be good until the next call only. Record i ends at ``ends[i] - start`` in the block.

        Raises
        ------
        NotBelieved
            The records are not where the index says, or the bytes are no UTF-8.
        """


def parser_for(layout: CsvLayout) -> Parser:
    """Return the fastest parser there is for a layout."""
    n_plain = sum(name not in CODED for name in layout.columns)
    if native.is_there() and n_plain <= MAX_PLAIN_COLUMNS:
        return CompiledParser(layout)
    return ArrowParser(layout)


class CompiledParser:
    """The parser of `auditviewer.core.native`; encodes the columns that are kept as codes."""

    def __init__(self, layout: CsvLayout) -> None:
        self._columns = layout.columns
        self._room_bytes = ROOM_BYTES // max(sum(name not in CODED for name in layout.columns), 1)
        self.most_bytes: int | None = self._room_bytes
        self._reader = native.FieldReader([name in CODED for name in layout.columns], ord(layout.delimiter))
        self._of_long = ArrowParser(layout)

    def parse(self, block: memoryview, ends: npt.NDArray[np.int64], start: int) -> pa.Table:
        """Return the texts of the records in a block; see `Parser`."""
        if len(block) > 2 * self._room_bytes:  # too much to keep room for it in each column
            return self._of_long.parse(block, ends, start)
        read = self._reader.read(np.frombuffer(block, dtype=np.uint8), ends, start)
        if isinstance(read, str):
            raise NotBelieved(read)
        arrays = [
            as_array(texts) if codes is None else as_dictionary_array(codes, texts)
            for texts, codes in zip(*read, strict=True)
        ]
        return pa.table(arrays, names=list(self._columns))


class ArrowParser:
    """pyarrow's parser, every column a string, its own guesses switched off."""

    most_bytes: int | None = None

    def __init__(self, layout: CsvLayout) -> None:
        types = {name: CODED_TYPE if name in _FEW_VALUES else pa.large_string() for name in layout.columns}
        self._read_options = pa.csv.ReadOptions(column_names=list(layout.columns), use_threads=False)
        self._options: dict[str, Any] = {
            "parse_options": pa.csv.ParseOptions(
                delimiter=layout.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=lambda _: "error",
            ),
            "convert_options": pa.csv.ConvertOptions(column_types=types, strings_can_be_null=False, check_utf8=True),
            "read_options": self._read_options,
        }

    def parse(self, block: memoryview, ends: npt.NDArray[np.int64], start: int) -> pa.Table:
        """Return the texts of the records in a block; see `Parser`.

        The block is all that pyarrow gets: it need not look for the end of the last record that is whole, which takes
        it a tenth of its time, and its count must be right block by block.
        """
        if len(block) > LARGEST_BLOCK_BYTES:
            raise NotBelieved("a record longer than pyarrow's parser takes")
        self._read_options.block_size = len(block) + 1
        try:
            table = pa.csv.read_csv(pa.BufferReader(pa.py_buffer(block)), **self._options)
        except pa.ArrowInvalid as error:
            raise NotBelieved(str(error)) from None
        if table.num_rows != len(ends):
            raise NotBelieved(f"{table.num_rows} records parsed where the bytes hold {len(ends)}")
        return table
