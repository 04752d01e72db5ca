"""Texts as fields of CSV: quotes around a value that needs them, and those in it doubled; whole columns at a time.

A value needs quotes when a comma, a quote or a line end stands in it. In columns of JSON, the most of an export, every
value does: their quotes are doubled by pyarrow's own CSV writer, which puts quotes around whatever is not null, takes a
third of the time of replacing them, and lets other threads run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from auditviewer.core.query.masks import true_positions
from auditviewer.core.table import Mask
from auditviewer.core.writing.texts import BYTES, TEXT, hold_any, letters_of, offsets_of

_QUOTE, _COMMA, _LINE_END, _NOTHING = (pa.scalar(text, BYTES) for text in (b'"', b",", b"\r\n", b""))
_MARKS = b'",\r\n'
_BETWEEN = 0x1F
"""The unit separator, which JSON may not hold as it is, so that it tells where a field ends."""
_SAMPLE = 4096
_FEW = 8
"""Texts without a quote are few when they are no more than one in this many."""
_LARGEST = 1 << 28
"""Bytes of a column that are handed to pyarrow's writer at once: four with all quotes doubled fit in its 32 bits."""


def as_fields(texts: pa.Array) -> pa.Array:
    """Return texts, none of them null, as fields, large_binary."""
    needs = hold_any(texts, _MARKS)
    fields = texts.view(BYTES)
    if not needs.any():
        return fields
    mask = pa.array(needs)
    doubled = pc.replace_substring(texts.filter(mask), '"', '""').view(BYTES)
    return pc.replace_with_mask(fields, mask, pc.binary_join_element_wise(_QUOTE, doubled, _QUOTE, _NOTHING))


def joined(fields: Sequence[pa.Array]) -> pa.Array:
    """Return the fields with commas between, large_binary."""
    return pc.binary_join_element_wise(*fields, _COMMA) if len(fields) > 1 else fields[0]


def lines_of(fields: Sequence[pa.Array]) -> pa.Array:
    """Return lines of the fields with commas between and a line end, large_binary."""
    return joined([*fields[:-1], pc.binary_join_element_wise(fields[-1], _LINE_END, _NOTHING)])


def has_quotes(texts: pa.Array) -> Mask | None:
    """Return which texts hold a quote when all do but empty ones and a few, else None."""
    letters = letters_of(texts)
    if len(letters) > _LARGEST or (len(letters) and _MARKS[0] not in letters[:_SAMPLE]):
        return None
    found: Mask = pc.match_substring(texts, '"').to_numpy(zero_copy_only=False)
    n_others = int(np.count_nonzero(_has_text(texts) & ~found))
    return found if n_others * _FEW <= int(np.count_nonzero(found)) else None


def lines_in_quotes(columns: Sequence[pa.Array], quoted: Sequence[Mask]) -> pa.Array | None:
    """Return what `lines_of` does of texts of which few hold no quote; None where that way cannot be gone.

    Parameters
    ----------
    columns
        At least one, no text null.
    quoted
        What `has_quotes` returned of each.
    """
    lines = _written([_null_unless(own, texts) for texts, own in zip(columns, quoted, strict=True)])
    is_other = np.zeros(len(columns[0]), dtype=np.bool_)
    for texts, own in zip(columns, quoted, strict=True):
        is_other |= _has_text(texts) & ~own
    if lines is None or not is_other.any():
        return lines
    mask = pa.array(is_other)
    return pc.replace_with_mask(lines, mask, lines_of([as_fields(texts.filter(mask)) for texts in columns]))


def _written(columns: Sequence[pa.Array]) -> pa.Array | None:
    """Return the lines that pyarrow writes, null an empty field; None if the texts hold what tells fields apart."""
    n, k = len(columns[0]), len(columns)
    # A last column of nulls is written as nothing: what stands before it and its line feed become the line end.
    batch = pa.RecordBatch.from_arrays([*columns, pa.nulls(n)], [str(i) for i in range(k + 1)])
    out = pa.BufferOutputStream()
    csv.write_csv(batch, out, csv.WriteOptions(include_header=False, batch_size=n, delimiter=chr(_BETWEEN)))
    written = out.getvalue()
    letters: Any = np.frombuffer(written, dtype=np.uint8)
    places = true_positions(letters == _BETWEEN)
    if len(places) != n * k:
        return None
    letters[places] = ord(",")
    letters[places[k - 1 :: k]] = ord("\r")
    offsets = np.zeros(n + 1, dtype=np.int64)
    offsets[1:] = places[k - 1 :: k] + 2
    return pa.Array.from_buffers(BYTES, n, [None, pa.py_buffer(offsets), written])


def _null_unless(is_kept: Mask, texts: pa.Array) -> pa.Array:
    buffers = [pa.py_buffer(np.packbits(is_kept, bitorder="little")), pa.py_buffer(offsets_of(texts))]
    return pa.Array.from_buffers(TEXT, len(texts), [*buffers, texts.buffers()[2]])


def _has_text(texts: pa.Array) -> Mask:
    found: Mask = np.diff(offsets_of(texts)) > 0
    return found
