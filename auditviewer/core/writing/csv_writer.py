"""CSV to the letter (RFC 4180): CRLF between records, quotes where a value needs them; whole columns at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditviewer.core.progress import Progress
from auditviewer.core.table import CellKind, EventTable, Positions
from auditviewer.core.writing.report import Notes, WriteChoices

EVENTS_AT_ONCE = 8_192
_MOST_VALUES = 1 << 18
"""Of a column whose values are worked out once; more than that are handled with the events."""
_FORMULA = r"^(?s:[\t\r]|\s*[=+\-@＝＋－＠])"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_TEXT, _BYTES = pa.large_string(), pa.large_binary()
_MADE_SAFE = "values were made safe with an apostrophe"
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
    stored = [_stored(table, column, choices) for column in columns]
    done = 0
    for some, text, own in in_order(lambda some: _lines(table, some, stored, choices), in_pieces(positions)):
        progress.report("writing", done, len(positions), "events")
        notes.counts.update(own.counts)
        out.write(text)
        done += len(some)
    progress.report("writing", len(positions), len(positions), "events")


def in_pieces(positions: Positions) -> list[Positions]:
    """Return the positions some at a time, as many as are handled at once."""
    return [positions[start : start + EVENTS_AT_ONCE] for start in range(0, len(positions), EVENTS_AT_ONCE)]


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


@dataclass(frozen=True, eq=False)
class _Stored:
    """A column and, where few values repeat, what is written for each of them: worked out once, not with each batch."""

    name: str
    codes: Any = None
    fields: pa.Array | None = None
    is_risky: Any = None
    """Which values got an apostrophe, (n_values,) booleans; None for none of them."""


def _stored(table: EventTable, column: str, choices: WriteChoices) -> _Stored:
    codes = stored_codes(table, column)
    if codes is None:
        return _Stored(column)
    texts, is_risky = _safe(pc.fill_null(codes.dictionary, ""), choices)
    return _Stored(column, codes.codes, _as_fields(texts), is_risky)


def _lines(table: EventTable, positions: Positions, columns: Sequence[_Stored], choices: WriteChoices) -> Any:
    """Return the bytes of the records, each with its line end, and what could not be held."""
    notes = Notes()
    fields = [_fields(table, positions, column, choices, notes) for column in columns]
    if len(fields) == 1:  # an empty value on a line of its own would be a blank line, which is no record
        fields[0] = pc.if_else(pc.equal(pc.binary_length(fields[0]), 0), _bytes(bytes([_AROUND]) * 2), fields[0])
    fields[-1] = pc.binary_join_element_wise(fields[-1], _bytes(b"\r\n"), _bytes(b""))
    records = bytes(bytes_of(pc.binary_join_element_wise(*fields, _bytes(b","))))
    return records.replace(b'"', b'""').replace(bytes([_AROUND]), b'"'), notes


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


def _fields(table: EventTable, positions: Positions, column: _Stored, choices: WriteChoices, notes: Notes) -> pa.Array:
    """Return the column's fields as large_binary, `_AROUND` where a quote goes around a value."""
    _note_lost_kinds(table.take_kinds(positions, column.name), notes)
    if column.fields is not None:
        codes = column.codes[positions]
        if column.is_risky is not None:
            notes.add(_MADE_SAFE, int(np.count_nonzero(column.is_risky[codes])))
        return column.fields.take(pa.array(codes))
    texts = pc.fill_null(one_array(table.take(positions, column.name)), "")
    texts, is_risky = _safe(decoded(table, positions, column.name, texts), choices)
    if is_risky is not None:
        notes.add(_MADE_SAFE, int(np.count_nonzero(is_risky)))
    return _as_fields(texts)


def stored_codes(table: EventTable, column: str) -> Any:
    """Return the column's codes when it is stored so and small enough that its dictionary is worth handling whole."""
    arrays = [array for _, array in table.text_chunks(column) if array is not None]
    if not arrays or not all(pa.types.is_dictionary(array.type) for array in arrays):
        return None
    codes = table.codes(column)
    kinds = table.row_kinds(column)
    if len(codes) > _MOST_VALUES or (kinds is not None and (kinds == CellKind.ESCAPED).any()):
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


def _safe(texts: pa.Array, choices: WriteChoices) -> tuple[pa.Array, Any]:
    """Return the texts, an apostrophe before what would run if that was chosen, and which got one."""
    if not choices.is_formula_safe:
        return texts, None
    risky = pc.match_substring_regex(texts, _FORMULA)
    return pc.if_else(risky, _joined("'", texts, ""), texts), risky.to_numpy(zero_copy_only=False)


def _as_fields(texts: pa.Array) -> pa.Array:
    if not _has_mark(texts):
        return texts.view(_BYTES)
    needs = pc.match_substring(texts, '"').to_numpy(zero_copy_only=False).copy()
    rest = np.flatnonzero(~needs)
    others = texts if len(rest) == len(texts) else texts.take(pa.array(rest))
    if _has_mark(others):
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


def offsets_of(texts: pa.Array) -> Any:
    """Return where in its data each text starts and the last one ends, (n + 1,) int64."""
    if not len(texts):
        return np.zeros(1, dtype=np.int64)
    return np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]


def bytes_of(texts: pa.Array) -> Any:
    """Return the bytes of all texts one after the other, without a copy."""
    if texts.buffers()[2] is None:
        return memoryview(b"")
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)
    first, last = int(offsets[texts.offset]), int(offsets[texts.offset + len(texts)])
    return memoryview(texts.buffers()[2])[first:last] if last > first else memoryview(b"")
