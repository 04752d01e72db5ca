"""CSV to the letter (RFC 4180): CRLF between records, quotes where a value needs them; whole columns at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditviewer.core.progress import Progress
from auditviewer.core.table import CellKind, EventTable, Positions
from auditviewer.core.writing.report import Notes, WriteChoices

EVENTS_AT_ONCE = 32_768
_FORMULA = r"^(?s:[\t\r]|\s*[=+\-@＝＋－＠])"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_TEXT, _BYTES = pa.large_string(), pa.large_binary()
_AROUND = 0xFF
"""Stands for the quotes around a value until those within are doubled: no byte of UTF-8."""


def write_csv(
    out: BinaryIO,
    table: EventTable,
    positions: Positions,
    columns: Sequence[str],
    choices: WriteChoices,
    notes: Notes,
    progress: Progress,
) -> None:
    """Write the events at the positions, in their order, as UTF-8 CSV with a header."""
    out.write((",".join(_quoted(name) for name in columns) + "\r\n").encode())
    pieces = [positions[start : start + EVENTS_AT_ONCE] for start in range(0, len(positions), EVENTS_AT_ONCE)]
    done = 0
    for some, text, own in in_order(lambda some: _lines(table, some, columns, choices), pieces):
        progress.report("writing", done, len(positions), "events")
        notes.counts.update(own.counts)
        out.write(text)
        done += len(some)
    progress.report("writing", len(positions), len(positions), "events")


def in_order(work: Callable[[Positions], tuple[Any, Notes]], pieces: list[Positions]) -> Iterator[Any]:
    """Yield (piece, text, notes) for each piece, in order, while another thread is at the next."""
    with ThreadPoolExecutor(max_workers=2) as threads:
        ahead = deque(threads.submit(work, piece) for piece in pieces[:2])
        try:
            for at, piece in enumerate(pieces):
                text, notes = ahead.popleft().result()
                if at + 2 < len(pieces):
                    ahead.append(threads.submit(work, pieces[at + 2]))
                yield piece, text, notes
        finally:
            for waiting in ahead:
                waiting.cancel()


def _lines(table: EventTable, positions: Positions, columns: Sequence[str], choices: WriteChoices) -> tuple[Any, Notes]:
    """Return the bytes of the records, each with its line end, and what could not be held."""
    notes = Notes()
    fields = [_fields(table, positions, column, choices, notes) for column in columns]
    if len(fields) == 1:  # an empty value on a line of its own would be a blank line, which is no record
        fields[0] = pc.if_else(pc.equal(pc.binary_length(fields[0]), 0), _bytes(bytes([_AROUND]) * 2), fields[0])
    fields[-1] = pc.binary_join_element_wise(fields[-1], _bytes(b"\r\n"), _bytes(b""))
    return _with_quotes(bytes_of(pc.binary_join_element_wise(*fields, _bytes(b",")))), notes


def _with_quotes(records: memoryview) -> Any:
    """Return the records with the quotes of values doubled, all at once, and those around values in their places."""
    offsets = np.array([0, len(records)], dtype=np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(records)]
    doubled = pc.replace_substring(pa.Array.from_buffers(_BYTES, 1, buffers), b'"', b'""')
    letters = np.frombuffer(bytes_of(doubled), dtype=np.uint8).copy()
    np.putmask(letters, letters == _AROUND, ord('"'))
    return letters.data


def rows_as_csv(table: EventTable, positions: Positions, columns: Sequence[str]) -> str:
    """Return the events as CSV text with a header, to the letter."""
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for start in range(0, len(positions), 4096):
        page = table.page(positions[start : start + 4096], columns)
        writer.writerows(zip(*([text or "" for text in column] for column in page), strict=True))
    return out.getvalue()


def _fields(table: EventTable, positions: Positions, column: str, choices: WriteChoices, notes: Notes) -> pa.Array:
    """Return the column's fields as large_binary, `_AROUND` where a quote goes around a value."""
    _note_lost_kinds(table.take_kinds(positions, column), notes)
    codes = stored_codes(table, column)
    if codes is not None:
        of_code = _as_fields(pc.fill_null(codes.dictionary, ""), choices, notes, codes.codes[positions])
        return of_code.take(pa.array(codes.codes[positions]))
    texts = pc.fill_null(one_array(table.take(positions, column)), "")
    return _as_fields(decoded(table, positions, column, texts), choices, notes, None)


def stored_codes(table: EventTable, column: str) -> Any:
    """Return the column's codes when it is stored so and small enough that its dictionary is worth handling whole."""
    arrays = [array for _, array in table.text_chunks(column) if array is not None]
    if not arrays or not all(pa.types.is_dictionary(array.type) for array in arrays):
        return None
    codes = table.codes(column)
    kinds = table.row_kinds(column)
    if len(codes) > EVENTS_AT_ONCE or (kinds is not None and (kinds == CellKind.ESCAPED).any()):
        return None
    return codes


def decoded(table: EventTable, positions: Positions, column: str, texts: pa.Array) -> pa.Array:
    """Return the texts with lone surrogates, which UTF-8 cannot hold, as U+FFFD."""
    kinds = table.take_kinds(positions, column)
    if kinds is None or not (kinds == CellKind.ESCAPED).any():
        return texts
    values = texts.to_pylist()
    for i in np.flatnonzero(kinds == CellKind.ESCAPED):
        text = table.text(int(positions[i]), column) or ""
        values[i] = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return pa.array(values, _TEXT)


def _as_fields(texts: pa.Array, choices: WriteChoices, notes: Notes, codes: Any) -> pa.Array:
    if choices.is_formula_safe:
        risky = pc.match_substring_regex(texts, _FORMULA)
        if codes is None:
            notes.add("values were made safe with an apostrophe", pc.sum(risky).as_py() or 0)
        else:
            per_code = risky.to_numpy(zero_copy_only=False)
            notes.add("values were made safe with an apostrophe", int(per_code[codes].sum()))
        texts = pc.if_else(risky, _joined("'", texts, ""), texts)
    if not _has_mark(texts):
        return texts.view(_BYTES)
    has_quote = pc.match_substring(texts, '"')
    needs = has_quote.to_numpy(zero_copy_only=False).copy()
    rest = np.flatnonzero(~needs)
    others = texts if len(rest) == len(texts) else texts.take(pa.array(rest))
    for mark in (",", "\n", "\r"):
        needs[rest] |= pc.match_substring(others, mark).to_numpy(zero_copy_only=False)
    around = pc.if_else(pa.array(needs), _bytes(bytes([_AROUND])), _bytes(b""))
    return pc.binary_join_element_wise(around, texts.view(_BYTES), around, _bytes(b""))


def _has_mark(texts: pa.Array) -> bool:
    """Return whether any of the texts must stand in quotes: most columns need no closer look."""
    letters = np.frombuffer(bytes_of(texts), dtype=np.uint8)
    return any(bool((letters == ord(mark)).any()) for mark in '",\n\r')


def _bytes(value: bytes) -> pa.Scalar:
    return pa.scalar(value, _BYTES)


def _joined(before: str, texts: pa.Array, after: str) -> pa.Array:
    parts = [pa.scalar(before, _TEXT), texts, pa.scalar(after, _TEXT)]
    return pc.binary_join_element_wise(*parts, pa.scalar("", _TEXT))


def _note_lost_kinds(kinds: Any, notes: Notes) -> None:
    if kinds is None:
        return
    notes.add("null or absent cells of a JSON source are written as empty fields",
              int(np.count_nonzero((kinds == CellKind.NULL) | (kinds == CellKind.ABSENT))))  # fmt: skip
    notes.add("texts with lone surrogates are written with U+FFFD", int(np.count_nonzero(kinds == CellKind.ESCAPED)))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in '",\r\n') else text


def starts_formula(text: str) -> bool:
    """Return whether a spreadsheet would run the text as a formula."""
    return text[:1] in ("\t", "\r") or text.lstrip()[:1] in _FORMULA_STARTS if text else False


def one_array(chunked: pa.ChunkedArray) -> pa.Array:
    """Return a chunked array as one array."""
    return chunked.chunk(0) if chunked.num_chunks == 1 else pa.concat_arrays(chunked.chunks or [pa.nulls(0, _TEXT)])


def bytes_of(texts: pa.Array) -> Any:
    """Return the bytes of all texts one after the other, without a copy."""
    if texts.buffers()[2] is None:
        return memoryview(b"")
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)
    first, last = int(offsets[texts.offset]), int(offsets[texts.offset + len(texts)])
    return memoryview(texts.buffers()[2])[first:last] if last > first else memoryview(b"")
