"""The columns of a review beside those of the export: their names, and what their values are called."""

from __future__ import annotations

STATE_COLUMN, TAGS_COLUMN, NOTES_COLUMN = MARK_COLUMNS = ("#state", "#tags", "#notes")
"""No column of an export can be called so in the window."""
MARKS = {STATE_COLUMN: "Review", TAGS_COLUMN: "Tags", NOTES_COLUMN: "Notes"}
"""What they are called."""


def label_of_mark(column: str, value: str | None) -> str:
    """Return what a value of a column of the review is called."""
    if column == NOTES_COLUMN:
        return "without a note" if value is None else "with a note"
    return value if value is not None else {STATE_COLUMN: "unreviewed", TAGS_COLUMN: "(no tag)"}[column]
