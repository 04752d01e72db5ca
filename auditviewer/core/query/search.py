"""Text search over whole columns, as masks; works on Arrow buffers, never cell by cell."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
        per_part = [
            _matches(array, pattern, is_case_sensitive)
            if array is not None
            else np.zeros(part.data.num_rows, dtype=np.bool_)
            for (_, array), part in zip(table.text_chunks(column), table.parts, strict=True)
        ]
        if per_part:
            found |= table.select_rows(np.concatenate(per_part))
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
