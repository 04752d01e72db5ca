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
_TEXT = pa.large_string()


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
        out.write(bytes_of(text))
        done += len(some)
    progress.report("writing", len(positions), len(positions), "events")


def in_order(work: Callable[[Positions], tuple[pa.Array, Notes]], pieces: list[Positions]) -> Iterator[Any]:
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


def _lines(
    table: EventTable, positions: Positions, columns: Sequence[str], choices: WriteChoices
) -> tuple[pa.Array, Notes]:
    """Return the records, each with its line end, and what could not be held."""
    notes = Notes()
    fields = [_fields(table, positions, column, choices, notes) for column in columns]
    fields[-1] = _joined("", fields[-1], "\r\n")
    return pc.binary_join_element_wise(*fields, pa.scalar(",", _TEXT)), notes


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
    """Return the column's fields as they stand in the file."""
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
    has_quote = pc.match_substring(texts, '"')
    needs = has_quote.to_numpy(zero_copy_only=False).copy()
    rest = np.flatnonzero(~needs)
    others = texts if len(rest) == len(texts) else texts.take(pa.array(rest))
    for mark in (",", "\n", "\r"):
        needs[rest] |= pc.match_substring(others, mark).to_numpy(zero_copy_only=False)
    if not needs.any():
        return texts
    doubled = pc.replace_substring(texts, '"', '""') if len(rest) < len(texts) else texts
    around = pc.if_else(pa.array(needs), pa.scalar('"', _TEXT), pa.scalar("", _TEXT))
    return pc.binary_join_element_wise(around, doubled, around, pa.scalar("", _TEXT))


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
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)
    first, last = int(offsets[texts.offset]), int(offsets[texts.offset + len(texts)])
    return memoryview(texts.buffers()[2])[first:last] if last > first else b""
