"""What a case says of events, as columns beside those of the export: for spreadsheets and other tools."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from auditviewer.core.case.acts import State
from auditviewer.core.case.target_set import TargetSet
from auditviewer.core.table import EventTable, Part

COLUMNS = ("ReviewState", "ReviewTags", "ReviewNotes")


def with_review_columns(table: EventTable, state: State) -> EventTable:
    """Return the table with three more columns: state of review, tags, and notes with their authors.

    What is said of a workflow or an entity is said of each of its events. Events that nothing is said of have no cell.
    """
    words: dict[int, tuple[list[str], list[str], list[str]]] = {}
    for review, targets in state.reviews.by_review():
        for position in targets.positions(table).tolist():
            words.setdefault(position, ([], [], []))[0].append(review.state.value)
    for name in state.tags:
        for position in state.tagged.get(name, TargetSet()).positions(table).tolist():
            words.setdefault(position, ([], [], []))[1].append(name)
    for note, targets in state.notes.by_note():
        for position in targets.positions(table).tolist():
            words.setdefault(position, ([], [], []))[2].append(f"{note.text} ({note.user}, {note.time})")
    at = np.array(sorted(words), dtype=np.int64)
    rows = at if table.rows is None else table.rows[at]
    parts, first = [], 0
    for part in table.parts:
        n = part.data.num_rows
        data = part.data
        own = np.flatnonzero((rows >= first) & (rows < first + n))
        for index, (name, separator) in enumerate(zip(COLUMNS, (" ", ", ", "\n"), strict=True)):
            texts: list[str | None] = [None] * n
            for i in own.tolist():
                texts[int(rows[i]) - first] = separator.join(words[int(at[i])][index]) or None
            data = data.append_column(f"c:{name}", pa.array(texts, pa.large_string()))
        parts.append(Part(data, part.sources))
        first += n
    return EventTable(
        parts=tuple(parts), sources=table.sources, rejects=table.rejects, notices=table.notices, rows=table.rows,
        flags=table.flags, collapsed=table.collapsed, catalogue=table.catalogue,
    )  # fmt: skip
