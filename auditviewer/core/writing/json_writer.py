"""JSON and JSON Lines to the letter (RFC 8259): objects stay objects, strings strings, null null, absent absent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditviewer.core.json_text import is_object_or_array
from auditviewer.core.progress import Progress
from auditviewer.core.schema import is_json
from auditviewer.core.table import CellKind, EventTable, Positions
from auditviewer.core.writing.csv_writer import EVENTS_AT_ONCE, bytes_of, one_array, stored_codes
from auditviewer.core.writing.report import Notes, WriteChoices

_TEXT = pa.large_string()
_CONTROL = "[\\x00-\\x1f]"


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
    for start, lines in _records(table, positions, columns, progress, False, notes):
        joined = pc.binary_join_element_wise(pa.scalar("\n", _TEXT), lines, pa.scalar(",", _TEXT), pa.scalar("", _TEXT))
        is_last = start + len(lines) >= len(positions)
        data = bytes_of(joined)
        out.write(data[:-1] if is_last else data)
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
    for _, lines in _records(table, positions, columns, progress, True, notes):
        out.write(bytes_of(pc.binary_join_element_wise(lines, pa.scalar("\n", _TEXT), pa.scalar("", _TEXT))))


def rows_as_json(table: EventTable, positions: Positions, columns: Sequence[str]) -> str:
    """Return the events as the text of a JSON array, to the letter."""
    lines: list[str] = []
    for _, some in _records(table, positions, columns, Progress(), False, Notes()):
        lines += some.to_pylist()
    return "[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n"


def _records(
    table: EventTable, positions: Positions, columns: Sequence[str], progress: Progress, is_line: bool, notes: Notes
) -> Any:
    """Yield (first index, texts of JSON objects) for some events at a time."""
    for start in range(0, len(positions), EVENTS_AT_ONCE):
        progress.report("writing", start, len(positions), "events")
        some = positions[start : start + EVENTS_AT_ONCE]
        members = [_members(table, some, column, is_line, notes) for column in columns]
        inner = pc.binary_join_element_wise(*members, pa.scalar(",", _TEXT), null_handling="skip")
        yield start, _around("{", inner, "}")
    progress.report("writing", len(positions), len(positions), "events")


def _members(table: EventTable, positions: Positions, column: str, is_line: bool, notes: Notes) -> pa.Array:
    """Return ``"name":value`` for each event, null where the record has no such member."""
    kinds = table.take_kinds(positions, column)
    codes = stored_codes(table, column) if kinds is None and not is_json(column) else None
    name = json.dumps(column, ensure_ascii=False) + ":"
    if codes is not None:
        of_code = _around(name, _strings(codes.dictionary), "")
        return of_code.take(pa.array(codes.codes[positions]))
    texts = one_array(table.take(positions, column))
    verbatim = _is_verbatim(texts, kinds, _is_of_csv(table, positions) if is_json(column) else None)
    values = _strings(texts)
    if verbatim is not None:
        as_they_stand = _on_one_line(texts, verbatim, notes) if is_line else texts
        values = pc.if_else(pa.array(verbatim), as_they_stand, values)
    if kinds is not None:
        values = pc.if_else(pa.array(kinds == CellKind.NULL), pa.scalar("null", _TEXT), values)
    return _around(name, values, "")


def _on_one_line(texts: pa.Array, verbatim: Any, notes: Notes) -> pa.Array:
    """Return JSON texts without line ends: JSON allows them between tokens only, where a space says the same."""
    is_broken = pc.fill_null(pc.match_substring_regex(texts, "[\r\n]"), False).to_numpy(zero_copy_only=False)
    count = int(np.count_nonzero(is_broken & verbatim))
    if not count:
        return texts
    notes.add("JSON values of several lines are written on one line, with spaces for line ends", count)
    return pc.replace_substring(pc.replace_substring(texts, "\n", " "), "\r", " ")


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
    starts = pc.fill_null(pc.match_substring_regex(texts, r"^[ \t\r\n]*[\[{]"), False)
    rows = np.flatnonzero(starts.to_numpy(zero_copy_only=False) & is_of_csv)
    if not len(rows):
        return found
    is_whole = np.zeros(len(texts), dtype=np.bool_)
    is_whole[rows] = [is_object_or_array(text) for text in texts.take(pa.array(rows)).to_pylist()]
    return is_whole if found is None else found | is_whole


def _strings(texts: pa.Array) -> pa.Array:
    """Return each text as a JSON string, null where it is null."""
    escaped = pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), '"', '\\"')
    if pc.any(pc.match_substring_regex(texts, _CONTROL)).as_py():
        for raw, written in (("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
            escaped = pc.replace_substring(escaped, raw, written)
        rare = pc.match_substring_regex(escaped, _CONTROL)
        if pc.any(rare).as_py():
            rows = np.flatnonzero(pc.fill_null(rare, False).to_numpy(zero_copy_only=False))
            written_out = escaped.to_pylist()
            for row in rows:
                written_out[row] = json.dumps(texts[int(row)].as_py(), ensure_ascii=False)[1:-1]
            escaped = pa.array(written_out, _TEXT)
    return _around('"', escaped, '"')


def _around(before: str, texts: pa.Array, after: str) -> pa.Array:
    parts = [pa.scalar(before, _TEXT), texts, pa.scalar(after, _TEXT)]
    return pc.binary_join_element_wise(*parts, pa.scalar("", _TEXT))
