"""CSV to the letter (RFC 4180): CRLF between records, quotes where a value needs them; whole columns at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditviewer.core import native
from auditviewer.core.native.texts import texts_of
from auditviewer.core.progress import Progress
from auditviewer.core.table import CellKind, EventTable, Mask, Positions
from auditviewer.core.writing.csv_fields import as_fields, has_quotes, joined, lines_in_quotes, lines_of
from auditviewer.core.writing.report import Notes, WriteChoices
from auditviewer.core.writing.texts import BYTES, TEXT, buffer_of, one_array

EVENTS_AT_ONCE = 8_192
_N_THREADS, _AHEAD = 2, 3
_MOST_VALUES = 1 << 18
"""Of a column whose values are worked out once; more than that are handled with the events."""
_FORMULA = r"^(?s:[\t\r]|\s*[=+\-@＝＋－＠])"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_MADE_SAFE = "values were made safe with an apostrophe"


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
    with ThreadPoolExecutor(_N_THREADS) as threads:
        stored = list(threads.map(lambda column: _stored(table, column, choices, len(positions)), columns))
    done = 0
    for some, text, own in in_order(lambda some: _records(table, some, stored, choices), in_pieces(positions)):
        progress.report("writing", done, len(positions), "events")
        notes.counts.update(own.counts)
        out.write(text)
        done += len(some)
    progress.report("writing", len(positions), len(positions), "events")


def in_pieces(positions: Positions) -> list[Positions]:
    """Return the positions some at a time, as many as are handled at once."""
    return [positions[start : start + EVENTS_AT_ONCE] for start in range(0, len(positions), EVENTS_AT_ONCE)]


def in_order(work: Callable[[Positions], tuple[Any, Notes]], pieces: list[Positions]) -> Iterator[Any]:
    """Yield (piece, text, notes) for each piece, in order, while other threads are at the next ones."""
    with ThreadPoolExecutor(_N_THREADS) as threads:
        ahead = deque(threads.submit(work, piece) for piece in pieces[:_AHEAD])
        try:
            for at, piece in enumerate(pieces):
                text, notes = ahead.popleft().result()
                if at + _AHEAD < len(pieces):
                    ahead.append(threads.submit(work, pieces[at + _AHEAD]))
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

    @cached_property
    def lengths(self) -> Any:
        """How many bytes each field has, (n_values,) int64."""
        return np.diff(texts_of(self.fields)[0])


def _stored(table: EventTable, column: str, choices: WriteChoices, n_events: int) -> _Stored:
    codes = stored_codes(table, column, n_events)
    if codes is None:
        return _Stored(column)
    texts, is_risky = _safe(pc.fill_null(codes.dictionary, ""), choices)
    return _Stored(column, codes.codes, as_fields(texts), is_risky)


def _records(table: EventTable, positions: Positions, columns: Sequence[_Stored], choices: WriteChoices) -> Any:
    """Return the bytes of the records, each with its line end, and what could not be held."""
    notes = Notes()
    if native.is_there():
        written = [_written(table, positions, column, choices, notes) for column in columns]
        return pa.py_buffer(native.write_records(written, len(positions))), notes
    cells = [_cells(table, positions, column, choices, notes) for column in columns]
    if len(cells) == 1:  # an empty value on a line of its own would be a blank line, which is no record
        field = _as_fields(cells[0])
        field = pc.if_else(pc.equal(pc.binary_length(field), 0), pa.scalar(b'""', BYTES), field)
        return buffer_of(lines_of([field])), notes
    quoted: list[Mask] = []  # of the last columns, those of JSON where a source has no others
    for cell in reversed(cells):
        own = has_quotes(cell) if cell.type == TEXT else None
        if own is None:
            break
        quoted.insert(0, own)
    rest = len(cells) - len(quoted)
    ends = lines_in_quotes(cells[rest:], quoted) if quoted else None
    if ends is None:
        return buffer_of(lines_of([_as_fields(cell) for cell in cells])), notes
    return buffer_of(joined([*map(_as_fields, cells[:rest]), ends])), notes


def _written(
    table: EventTable, positions: Positions, column: _Stored, choices: WriteChoices, notes: Notes
) -> native.WrittenColumn:
    """Return the column as the compiled writer takes it: what few values repeat is not taken for each event."""
    if column.fields is None:
        return native.WrittenColumn.of_texts(texts_of(_cells(table, positions, column, choices, notes)))
    codes = _noted_codes(table, positions, column, notes).astype(np.int32, copy=False)
    return native.WrittenColumn.of_fields(texts_of(column.fields), column.lengths, codes)


def _as_fields(cell: pa.Array) -> pa.Array:
    return as_fields(cell) if cell.type == TEXT else cell


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


def _cells(table: EventTable, positions: Positions, column: _Stored, choices: WriteChoices, notes: Notes) -> pa.Array:
    """Return the column's cells: large_binary where they are fields already, else large_string without nulls."""
    if column.fields is not None:
        return column.fields.take(pa.array(_noted_codes(table, positions, column, notes)))
    _note_lost_kinds(table.take_kinds(positions, column.name), notes)
    texts = pc.fill_null(one_array(table.take(positions, column.name)), "")
    texts, is_risky = _safe(decoded(table, positions, column.name, texts), choices)
    if is_risky is not None:
        notes.add(_MADE_SAFE, int(np.count_nonzero(is_risky)))
    return texts


def _noted_codes(table: EventTable, positions: Positions, column: _Stored, notes: Notes) -> Any:
    """Return the codes of the events in a column that is stored so, and note what its cells could not hold."""
    _note_lost_kinds(table.take_kinds(positions, column.name), notes)
    codes = column.codes[positions]
    if column.is_risky is not None:
        notes.add(_MADE_SAFE, int(np.count_nonzero(column.is_risky[codes])))
    return codes


def stored_codes(table: EventTable, column: str, n_events: int) -> Any:
    """Return the column's codes when it is stored so and its dictionary is worth handling whole for so many events."""
    arrays = [array for _, array in table.text_chunks(column) if array is not None]
    if not arrays or not all(pa.types.is_dictionary(array.type) for array in arrays):
        return None
    codes = table.codes(column)
    kinds = table.row_kinds(column)
    if len(codes) > max(_MOST_VALUES, n_events) or (kinds is not None and (kinds == CellKind.ESCAPED).any()):
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
    return pa.array(values, TEXT)


def _safe(texts: pa.Array, choices: WriteChoices) -> tuple[pa.Array, Any]:
    """Return the texts, an apostrophe before what would run if that was chosen, and which got one."""
    if not choices.is_formula_safe:
        return texts, None
    risky = pc.match_substring_regex(texts, _FORMULA)
    return pc.if_else(risky, _with_apostrophe(texts), texts), risky.to_numpy(zero_copy_only=False)


def _with_apostrophe(texts: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar("'", TEXT), texts, pa.scalar("", TEXT))


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
