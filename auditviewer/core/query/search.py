"""Text search over whole columns, as masks; works on Arrow buffers, never cell by cell."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.table import EventTable, Mask


def check_pattern(pattern: str) -> None:
    """Raise `WrongUsageError` when a regular expression cannot be understood (RE2 syntax)."""
    _matches(pa.array([""], pa.large_string()), pattern, True)


def search_mask(table: EventTable, text: str, columns: Sequence[str], is_regex: bool, is_case_sensitive: bool) -> Mask:
    """Return (n,) booleans, true where one of the columns holds the text.

    Raises
    ------
    WrongUsageError
        The regular expression cannot be understood (RE2 syntax).
    """
    pattern = text if is_regex else re.escape(text)
    found: Mask = np.zeros(len(table), dtype=np.bool_)
    for column in columns:
        if is_coded(table, column):
            codes = table.codes(column)
            found |= _matches(codes.dictionary, pattern, is_case_sensitive)[codes.codes]
        else:
            found |= table.select_rows(_search_parts(table, column, pattern, is_case_sensitive))
    return found


def is_coded(table: EventTable, column: str) -> bool:
    """Return whether every part that has the column keeps it as codes: its values are then searched once."""
    arrays = [array for _, array in table.text_chunks(column) if array is not None]
    return all(pa.types.is_dictionary(array.type) for array in arrays)


def _search_parts(table: EventTable, column: str, pattern: str, is_case_sensitive: bool) -> Mask:
    """Return booleans per row of the concatenated parts, searched by as many threads as there are cores."""

    def search(chunk: tuple[int, pa.Array | None]) -> tuple[int, Mask] | None:
        start, array = chunk
        return None if array is None else (start, _matches(array, pattern, is_case_sensitive))

    chunks = table.text_chunks(column)
    found: Mask = np.zeros(sum(part.data.num_rows for part in table.parts), dtype=np.bool_)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        for hits in threads.map(search, chunks):
            if hits is not None:
                found[hits[0] : hits[0] + len(hits[1])] = hits[1]
    return found


def _matches(array: pa.Array, pattern: str, is_case_sensitive: bool) -> Mask:
    if pa.types.is_dictionary(array.type):
        of_value = _matches(array.dictionary, pattern, is_case_sensitive)
        of_event: Mask = of_value[array.indices.to_numpy(zero_copy_only=False)]
        return of_event
    try:
        hits = pc.match_substring_regex(array, pattern, ignore_case=not is_case_sensitive)
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        raise WrongUsageError(f"The regular expression “{pattern}” cannot be understood: {reason}.") from None
    found: Mask = hits.fill_null(False).to_numpy(zero_copy_only=False)
    return found
