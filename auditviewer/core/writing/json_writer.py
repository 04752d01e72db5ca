"""JSON and JSON Lines to the letter (RFC 8259): objects stay objects, strings strings, null null, absent absent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditviewer.core.json_text import DEPTH_LIMIT, is_object_or_array
from auditviewer.core.progress import Progress
from auditviewer.core.schema import is_json
from auditviewer.core.table import CellKind, EventTable, Positions
from auditviewer.core.writing.csv_writer import in_order, in_pieces, stored_codes
from auditviewer.core.writing.report import Notes, WriteChoices
from auditviewer.core.writing.texts import buffer_of, bytes_of, hold_any, letters_of, offsets_of, one_array

_TEXT = pa.large_string()
_CONTROL = "[\\x00-\\x1f]"
_OPENING = b"{["
_SHORT = 2 * DEPTH_LIMIT
"""A sound text of no more bytes is not nested too deep: each level takes two."""
_check = msgspec.json.Decoder(msgspec.Raw).decode


def write_json(
    out: BinaryIO,
    table: EventTable,
    positions: Positions,
    columns: Sequence[str],
    choices: WriteChoices,
    notes: Notes,
    progress: Progress,
) -> None:
    """Write the events as one JSON array, a record a line."""
    out.write(b"[")
    done = 0
    for lines in _records(table, positions, columns, progress, ("\n{", "},"), False, notes):
        data = buffer_of(lines)
        done += len(lines)
        out.write(data.slice(0, data.size - 1) if done >= len(positions) else data)
    out.write(b"\n]\n")


def write_jsonl(
    out: BinaryIO,
    table: EventTable,
    positions: Positions,
    columns: Sequence[str],
    choices: WriteChoices,
    notes: Notes,
    progress: Progress,
) -> None:
    """Write the events as JSON Lines: one object a line."""
    for lines in _records(table, positions, columns, progress, ("{", "}\n"), True, notes):
        out.write(buffer_of(lines))


def rows_as_json(table: EventTable, positions: Positions, columns: Sequence[str]) -> str:
    """Return the events as the text of a JSON array, to the letter."""
    lines: list[str] = []
    for some in _records(table, positions, columns, Progress(), ("{", "}"), False, Notes()):
        lines += some.to_pylist()
    return "[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n"


def _records(
    table: EventTable,
    positions: Positions,
    columns: Sequence[str],
    progress: Progress,
    around: tuple[str, str],
    is_line: bool,
    notes: Notes,
) -> Iterator[pa.Array]:
    """Yield the texts of JSON objects for some events at a time, what opens and closes an object around each."""
    stored = [_stored(table, column, len(positions)) for column in columns]
    opening, closing = (pa.scalar(text, _TEXT) for text in around)

    def work(some: Positions) -> tuple[pa.Array, Notes]:
        own = Notes()
        members = [_members(table, some, column, is_line, own) for column in stored]
        inner = pc.binary_join_element_wise(*members, pa.scalar(",", _TEXT), null_handling="skip")
        return pc.binary_join_element_wise(opening, inner, closing, pa.scalar("", _TEXT)), own

    done = 0
    for some, lines, own in in_order(work, in_pieces(positions)):
        progress.report("writing", done, len(positions), "events")
        notes.counts.update(own.counts)
        yield lines
        done += len(some)
    progress.report("writing", len(positions), len(positions), "events")


@dataclass(frozen=True, eq=False)
class _Stored:
    """A column and, where few values repeat, the member that is written for each of them."""

    name: str
    codes: Any = None
    members: pa.Array | None = None

    @property
    def head(self) -> str:
        """What stands before the value."""
        return json.dumps(self.name, ensure_ascii=False) + ":"


def _stored(table: EventTable, name: str, n_events: int) -> _Stored:
    column = _Stored(name)
    codes = stored_codes(table, name, n_events) if table.row_kinds(name) is None and not is_json(name) else None
    return column if codes is None else _Stored(name, codes.codes, _strings(codes.dictionary, column.head))


def _members(table: EventTable, positions: Positions, column: _Stored, is_line: bool, notes: Notes) -> pa.Array:
    """Return ``"name":value`` for each event, null where the record has no such member."""
    if column.members is not None:
        return column.members.take(pa.array(column.codes[positions]))
    kinds = table.take_kinds(positions, column.name)
    texts = one_array(table.take(positions, column.name))
    verbatim = _is_verbatim(texts, kinds, _is_of_csv(table, positions) if is_json(column.name) else None)
    if verbatim is None:
        members = _strings(texts, column.head)
    else:
        as_they_stand = _around(column.head, _on_one_line(texts, verbatim, notes) if is_line else texts, "")
        is_string = pa.array(~verbatim)
        members = pc.replace_with_mask(as_they_stand, is_string, _strings(texts.filter(is_string), column.head))
    if kinds is None:
        return members
    return pc.if_else(pa.array(kinds == CellKind.NULL), pa.scalar(f"{column.head}null", _TEXT), members)


def _on_one_line(texts: pa.Array, verbatim: Any, notes: Notes) -> pa.Array:
    """Return JSON texts without line ends: JSON allows them between tokens only, where a space says the same."""
    is_broken = hold_any(texts, b"\n\r") & verbatim
    count = int(np.count_nonzero(is_broken))
    if not count:
        return texts
    notes.add("JSON values of several lines are written on one line, with spaces for line ends", count)
    mask = pa.array(is_broken)
    on_one_line = pc.replace_substring(pc.replace_substring(texts.filter(mask), "\n", " "), "\r", " ")
    return pc.replace_with_mask(texts, mask, on_one_line)


def _is_of_csv(table: EventTable, positions: Positions) -> Any:
    """Return which events come from a CSV source, where an object can only have stood as text."""
    is_csv = np.array([source.format == "csv" for source in table.sources], dtype=np.bool_)
    return is_csv[table.source_codes[positions]]


def _is_verbatim(texts: pa.Array, kinds: Any, is_of_csv: Any) -> Any:
    """Return which texts stand in JSON as they are; None for none of them."""
    found = None
    if kinds is not None:
        found = (kinds == CellKind.JSON) | (kinds == CellKind.ESCAPED)
    if is_of_csv is None or not is_of_csv.any():
        return found
    has_text = pc.fill_null(pc.greater(pc.binary_length(texts), 1), False).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(has_text & is_of_csv)
    if not len(rows):
        return found
    is_whole = np.zeros(len(texts), dtype=np.bool_)
    data, offsets = bytes(bytes_of(texts)), offsets_of(texts)
    starts, ends = (offsets[rows] - offsets[0]).tolist(), (offsets[rows + 1] - offsets[0]).tolist()
    is_whole[rows] = [_may_stand(data[start:end]) for start, end in zip(starts, ends, strict=True)]
    return is_whole if found is None else found | is_whole


def _may_stand(text: bytes) -> bool:
    """Return what `is_object_or_array` returns, mostly without its care: what a strict parser takes, that takes too."""
    if text[0] in _OPENING and (len(text) <= _SHORT or text.count(b"{") + text.count(b"[") <= DEPTH_LIMIT):
        try:
            _check(text)
        except (msgspec.DecodeError, RecursionError):
            pass
        else:
            return True
    return is_object_or_array(text.decode())


def _strings(texts: pa.Array, before: str) -> pa.Array:
    """Return each text as a JSON string after ``before``, null where it is null."""
    letters = letters_of(texts)
    escaped = texts
    for mark in ("\\", '"'):
        if (letters == ord(mark)).any():
            escaped = pc.replace_substring(escaped, mark, "\\" + mark)
    if (letters < ord(" ")).any():
        escaped = _without_controls(texts, escaped)
    return _around(f'{before}"', escaped, '"')


def _without_controls(texts: pa.Array, escaped: pa.Array) -> pa.Array:
    for raw, written in (("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        escaped = pc.replace_substring(escaped, raw, written)
    rare = pc.match_substring_regex(escaped, _CONTROL)
    if not pc.any(rare).as_py():
        return escaped
    rows = np.flatnonzero(pc.fill_null(rare, False).to_numpy(zero_copy_only=False))
    written_out = escaped.to_pylist()
    for row in rows:
        written_out[row] = json.dumps(texts[int(row)].as_py(), ensure_ascii=False)[1:-1]
    return pa.array(written_out, _TEXT)


def _around(before: str, texts: pa.Array, after: str) -> pa.Array:
    parts = [pa.scalar(before, _TEXT), texts, pa.scalar(after, _TEXT)]
    return pc.binary_join_element_wise(*parts, pa.scalar("", _TEXT))
