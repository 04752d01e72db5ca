"""OriginalState -> UpdatedState as changes: what each path of a state was before and is after."""

from auditviewer.core.state_diff.arrays import Matching
from auditviewer.core.state_diff.changes import Change, changed_nodes, changes, format_changes
from auditviewer.core.state_diff.diff import (
    Counts,
    StateDiff,
    StateSide,
    diff_states,
    read_state,
    view_sound_side,
    view_state,
)
from auditviewer.core.state_diff.nodes import (
    MISSING,
    DiffNode,
    Kind,
    Missing,
    describe_nature,
    pointer_token,
    type_name,
)

__all__ = [
    "MISSING",
    "Change",
    "Counts",
    "DiffNode",
    "Kind",
    "Matching",
    "Missing",
    "StateDiff",
    "StateSide",
    "changed_nodes",
    "changes",
    "describe_nature",
    "diff_states",
    "format_changes",
    "pointer_token",
    "read_state",
    "type_name",
    "view_sound_side",
    "view_state",
]
