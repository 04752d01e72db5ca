"""The 17 columns of the export: name, kind and label, in the product's order (the column reference)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ColumnKind(Enum):
    """What the cells of a column hold, after the column reference's "Type"."""

    UUID = "uuid"
    TIMESTAMP = "timestamp"
    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True)
class ColumnSpec:
    """One column: its exact name in the export, kind, a label for people, a default width, and its meaning."""

    name: str
    kind: ColumnKind
    label: str
    width_px: int
    description: str
    is_facet: bool = False


_K = ColumnKind

COLUMNS: tuple[ColumnSpec, ...] = (
    ColumnSpec("Id", _K.UUID, "Id", 120, "Unique identifier for the audit event"),
    ColumnSpec("TenantId", _K.UUID, "Tenant", 120, "Identifier of the tenant that owns this event", True),
    ColumnSpec("Timestamp", _K.TIMESTAMP, "Timestamp", 224, "Date and time when the event occurred, in UTC"),
    ColumnSpec("WorkflowId", _K.UUID, "Workflow", 120, "Links the events of one business process"),
    ColumnSpec("WorkflowType", _K.TEXT, "Workflow type", 160, "Type of the workflow", True),
    ColumnSpec("EventType", _K.TEXT, "Event type", 180, "Specific event within the workflow", True),
    ColumnSpec("EventDescription", _K.TEXT, "Description", 280, "Description of the event in words"),
    ColumnSpec("Initiator", _K.TEXT, "Initiator", 200, "Identity that initiated the action", True),
    ColumnSpec("InitiatorType", _K.TEXT, "Initiator type", 120, "Type of the initiator", True),
    ColumnSpec("InitiatorId", _K.TEXT, "Initiator id", 120, "Unique identifier of the initiator"),
    ColumnSpec("Target", _K.TEXT, "Target", 200, "Name or description of the target", True),
    ColumnSpec("TargetType", _K.TEXT, "Target type", 140, "Type of the object affected", True),
    ColumnSpec("TargetId", _K.TEXT, "Target id", 120, "Unique identifier of the target"),
    ColumnSpec("OperationStatus", _K.TEXT, "Status", 110, "Status of the operation", True),
    ColumnSpec("CustomValues", _K.JSON, "Custom values", 220, "Additional data specific to the event"),
    ColumnSpec("OriginalState", _K.JSON, "Original state", 220, "State of the target before the operation"),
    ColumnSpec("UpdatedState", _K.JSON, "Updated state", 220, "State of the target after the operation"),
)

COLUMN_NAMES: tuple[str, ...] = tuple(spec.name for spec in COLUMNS)
JSON_COLUMNS: tuple[str, ...] = tuple(spec.name for spec in COLUMNS if spec.kind is _K.JSON)
SPECS: dict[str, ColumnSpec] = {spec.name: spec for spec in COLUMNS}

CATEGORY = "Category"
"""Name of the derived column that holds the filter category; not a column of the export."""

_BY_FOLDED_NAME = {name.lower(): name for name in COLUMN_NAMES}


def canonical_name(header: str) -> str | None:
    """Return the product's spelling of a column header in any letter case, or None for an unknown column."""
    return _BY_FOLDED_NAME.get(header.strip().lower())


def label_of(column: str) -> str:
    """Return the words for a column: its label, or its own name when the product's reference lacks it."""
    spec = SPECS.get(column)
    return spec.label if spec else column


def is_json(column: str) -> bool:
    """Return whether the column reference calls the column JSON."""
    return column in JSON_COLUMNS
