"""The columns of the table of events: the export's own, the category, and a narrow one for what is unusual."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Qt

from auditviewer.core.mark_columns import MARK_COLUMNS, MARKS, NOTES_COLUMN, STATE_COLUMN, TAGS_COLUMN
from auditviewer.core.schema import CATEGORY, SPECS, ColumnKind, label_of
from auditviewer.gui.zones import zone_name

FLAGS = "#flags"
"""Name of the narrow first column: repeated, conflicting, duplicated. No column of an export can be called so here."""

REVIEW_COLUMNS = MARK_COLUMNS
"""Names of the columns of review state, tags and notes; there while a case is open."""
FIXED_FIRST = (FLAGS, *REVIEW_COLUMNS)
"""What stands before the export's own columns."""

FIRST_ORDER = (
    FLAGS, "Timestamp", "OperationStatus", CATEGORY, "EventType", "EventDescription", "Initiator", "InitiatorType",
    "Target", "TargetType", "WorkflowType", "WorkflowId", "CustomValues", "OriginalState", "UpdatedState",
    "InitiatorId", "TargetId", "TenantId", "Id",
)  # fmt: skip

_WIDTHS = {
    FLAGS: 26, STATE_COLUMN: 104, TAGS_COLUMN: 150, NOTES_COLUMN: 160, CATEGORY: 150, "Timestamp": 216,
    "OperationStatus": 108, "EventType": 170,
}  # fmt: skip
_UNKNOWN_WIDTH_PX = 140
_MARKS_EXPLAINED = {
    STATE_COLUMN: "How the event, its workflow or its target was reviewed, as the open case has it",
    TAGS_COLUMN: "The tags of the event, its workflow or its target in the open case",
    NOTES_COLUMN: "The latest note on the event, its workflow or its target in the open case",
}


def columns_of(of_table: Iterable[str], has_review: bool = False) -> tuple[str, ...]:
    """Return the columns of the view, in the order they stand in at first; unknown ones last."""
    unknown = [name for name in of_table if name not in FIRST_ORDER]
    review = REVIEW_COLUMNS if has_review else ()
    return (FLAGS, *review, *FIRST_ORDER[1:], *unknown)


def first_width_px(column: str) -> int:
    """Return how wide a column is at first."""
    if column in _WIDTHS:
        return _WIDTHS[column]
    spec = SPECS.get(column)
    return spec.width_px if spec else _UNKNOWN_WIDTH_PX


def is_monospace(column: str) -> bool:
    """Return whether the column's values are compared letter by letter."""
    spec = SPECS.get(column)
    return spec is not None and (spec.kind is not ColumnKind.TEXT or column in ("InitiatorId", "TargetId"))


def heading(column: str, zone: dt.tzinfo) -> str:
    """Return the words above a column; times say their zone."""
    if column == FLAGS:
        return ""
    if column in MARKS:
        return MARKS[column]
    if column == "Timestamp":
        return f"Timestamp ({zone_name(zone)})"
    return label_of(column)


def heading_data(column: str, zone: dt.tzinfo, role: int) -> Any:
    """Return what a model says of a column's heading in a role."""
    if role == Qt.ItemDataRole.DisplayRole:
        return heading(column, zone)
    if role == Qt.ItemDataRole.ToolTipRole:
        return explanation(column)
    if role == Qt.ItemDataRole.TextAlignmentRole:
        return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    return None


def explanation(column: str) -> str:
    """Return what a column holds, for the tooltip of its heading."""
    if column == FLAGS:
        return "Unusual among the others: repeated, conflicting, or duplicated in several sources"
    if column in _MARKS_EXPLAINED:
        return _MARKS_EXPLAINED[column]
    if column == CATEGORY:
        return "The filter category of the audit log page, told from workflow, event and target type"
    spec = SPECS.get(column)
    return f"{spec.description} ({column})" if spec else f"{column}: a column that the product's reference lacks"
