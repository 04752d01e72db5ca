"""What a case says of events, as columns beside those of the export: for spreadsheets and other tools."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from auditviewer.core.case.acts import State
from auditviewer.core.case.targets import Target, event_targets, positions_of_targets
from auditviewer.core.table import EventTable, Part

COLUMNS = ("ReviewState", "ReviewTags", "ReviewNotes")


def with_review_columns(table: EventTable, state: State) -> EventTable:
    """Return the table with three more columns: state of review, tags, and notes with their authors.

    What is said of a workflow or an entity is said of each of its events. Events that nothing is said of have no cell.
    """
    words: dict[int, tuple[list[str], list[str], list[str]]] = {}
    everything = {*state.reviews, *state.notes, *(target for own in state.tagged.values() for target in own)}
    positions = positions_of_targets(table, (target for target in everything if target.kind == "event"))
    for start in range(0, len(positions), 50_000):
        some = positions[start : start + 50_000]
        for position, target in zip(some.tolist(), event_targets(table, some), strict=True):
            _add(words, position, target, state)
    for target in everything:
        if target.kind in ("workflow", "entity"):
            for position in positions_of_targets(table, [target]).tolist():
                _add(words, position, target, state)
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


def _add(words: dict[int, tuple[list[str], list[str], list[str]]], position: int, target: Target, state: State) -> None:
    states, tags, notes = words.setdefault(position, ([], [], []))
    if (review := state.reviews.get(target)) is not None:
        states.append(review.state.value)
    tags += [tag for tag in state.tags_of(target) if tag not in tags]
    notes += [f"{note.text} ({note.user}, {note.time})" for note in state.notes.get(target, ())]
