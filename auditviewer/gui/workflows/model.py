"""The workflows of a result as rows of an item model; texts and steps are made for the rows that are asked for."""

from __future__ import annotations

import datetime as dt
from enum import IntEnum
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.display import fit_to_show
from auditviewer.core.instants import format_instant
from auditviewer.core.table import Positions
from auditviewer.core.timeline import Lane, lane_of
from auditviewer.core.wording import describe_duration
from auditviewer.core.workflows import Outcome, WorkflowSummary

AnyIndex = QModelIndex | QPersistentModelIndex
_MOST_TEXTS = 2000
NO_LANES = np.empty(0, np.int64)


class LaneColumn(IntEnum):
    """What a row tells."""

    OUTCOME = 0
    TYPE = 1
    FIRST = 2
    DURATION = 3
    STEPS = 4
    LANE = 5


_HEADERS = ("Outcome", "Workflow type", "First step", "Duration", "Steps", "")


class WorkflowLanesModel(QAbstractTableModel):
    """One row a workflow, in the order of the lanes."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.summary: WorkflowSummary | None = None
        self.lanes: Positions = NO_LANES
        self.zone: dt.tzinfo = dt.UTC
        self._texts: dict[int, tuple[tuple[str, ...], Outcome]] = {}

    def set_lanes(self, summary: WorkflowSummary | None, lanes: Positions) -> None:
        """Show entries of a summary, first to last."""
        self.beginResetModel()
        self.summary, self.lanes = summary, lanes
        self._texts.clear()
        self.endResetModel()

    def set_zone(self, zone: dt.tzinfo) -> None:
        """Show times in another zone."""
        self.zone = zone
        self._texts.clear()
        if len(self.lanes):
            last = self.index(len(self.lanes) - 1, LaneColumn.LANE)
            self.dataChanged.emit(self.index(0, LaneColumn.FIRST), last)

    def row_texts(self, row: int) -> tuple[tuple[str, ...], Outcome]:
        """Return the texts of a row, one a column, and how its workflow ended; kept for the next painting."""
        found = self._texts.get(row)
        if found is None:
            assert self.summary is not None
            if len(self._texts) >= _MOST_TEXTS:
                self._texts.clear()
            entry = int(self.lanes[row])
            texts = tuple(self._text(entry, column) for column in LaneColumn)
            found = self._texts[row] = (texts, self.summary.outcome(entry))
        return found

    def first_position(self, row: int) -> int:
        """Return the position of the first step of a row's workflow."""
        assert self.summary is not None
        return int(self.summary.first_positions[self.lanes[row]])

    def workflow_id(self, row: int) -> str:
        """Return the WorkflowId of a row."""
        assert self.summary is not None
        return self.summary.id(int(self.lanes[row]))

    def row_with(self, position: int) -> int | None:
        """Return the row of the workflow that the event at a position belongs to."""
        entry = None if self.summary is None else self.summary.entry_of(position)
        if entry is None:
            return None
        found = np.flatnonzero(self.lanes == entry)
        return int(found[0]) if len(found) else None

    def lane(self, row: int) -> Lane:
        """Return the steps of a row, ready to draw."""
        assert self.summary is not None
        return lane_of(self.summary, int(self.lanes[row]))

    def span_of(self, first_row: int, last_row: int) -> tuple[int, int] | None:
        """Return the first and last instant of some rows, both inclusive; None when they have none."""
        if self.summary is None:
            return None
        entries = self.lanes[max(first_row, 0) : last_row + 1]
        first, last = self.summary.first[entries], self.summary.last[entries]
        is_dated = first != NO_INSTANT
        return (int(first[is_dated].min()), int(last[is_dated].max())) if is_dated.any() else None

    def longest(self, first_row: int, last_row: int) -> int:
        """Return the longest duration of some rows in ticks, 0 when none has one."""
        if self.summary is None:
            return 0
        return int(self.summary.durations[self.lanes[max(first_row, 0) : last_row + 1]].max(initial=0))

    # -- what Qt asks ------------------------------------------------------------------------------------

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return how many workflows there are."""
        return 0 if parent.isValid() else len(self.lanes)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return how many columns a row has."""
        return 0 if parent.isValid() else len(LaneColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a column tells."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _HEADERS[section]
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell."""
        if not index.isValid() or self.summary is None:
            return None
        entry = int(self.lanes[index.row()])
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(entry, LaneColumn(index.column()))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (self._text(entry, column) for column in LaneColumn)))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (LaneColumn.DURATION, LaneColumn.STEPS):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _text(self, entry: int, column: LaneColumn) -> str:
        assert self.summary is not None
        if column is LaneColumn.OUTCOME:
            return outcome_words(self.summary.outcome(entry))
        if column is LaneColumn.TYPE:
            return fit_to_show(self.summary.type(entry)) or "(no type)"
        if column is LaneColumn.FIRST:
            return format_instant(int(self.summary.first[entry]), self.zone)
        if column is LaneColumn.DURATION:
            ticks = int(self.summary.durations[entry])
            return "" if ticks < 0 else describe_duration(ticks) if ticks else "0 s"
        if column is LaneColumn.STEPS:
            shown, steps = int(self.summary.n_shown[entry]), int(self.summary.n_steps[entry])
            return f"{steps:,}" if shown == steps else f"{shown:,} of {steps:,}"
        return ""


def outcome_words(outcome: Outcome) -> str:
    """Return an outcome as a word of its own."""
    return outcome.value.capitalize()
