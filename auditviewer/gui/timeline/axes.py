"""The axes of the plot: time in the zone that the session shows, x in seconds since 1970 UTC; and whole counts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyqtgraph as pg

from auditviewer.core.cells import TICKS_PER_SECOND, UNIX_EPOCH_TICKS
from auditviewer.core.time_axis import axis_marks

_MARK_PX = 90


def x_of(ticks: int) -> float:
    """Return where an instant stands on the axis; exact to a microsecond."""
    return (ticks - UNIX_EPOCH_TICKS) / TICKS_PER_SECOND


def ticks_of(x: float) -> int:
    """Return the instant at a place of the axis."""
    return round(x * TICKS_PER_SECOND) + UNIX_EPOCH_TICKS


class ZoneAxis(pg.AxisItem):  # type: ignore[misc]
    """Marks at round times of a zone; their text is painted, never interpreted."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.zone: dt.tzinfo = dt.UTC
        self._labels: dict[float, str] = {}
        self.enableAutoSIPrefix(False)

    def set_zone(self, zone: dt.tzinfo) -> None:
        """Show times in another zone."""
        self.zone = zone
        self.picture = None
        self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the places of the marks, major ones first."""
        marks = axis_marks(ticks_of(low), ticks_of(high), max(int(size) // _MARK_PX, 2), self.zone)
        self._labels = {x_of(mark.instant): mark.label for mark in marks}
        return [(1.0, list(self._labels))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the labels of the marks."""
        return [self._labels.get(value, "") for value in values]

    def mouseDragEvent(self, event: Any) -> None:
        """Leave drags along the axis to the plot."""
        event.ignore()


class CountAxis(pg.AxisItem):  # type: ignore[misc]
    """Marks at whole numbers."""

    def __init__(self) -> None:
        super().__init__("left")
        self.enableAutoSIPrefix(False)

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        """Return the distances between marks, none below one."""
        spacing: list[tuple[float, float]] = super().tickSpacing(low, high, size)
        return [(step, offset) for step, offset in spacing if step >= 1] or [(1.0, 0.0)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the counts with separators."""
        return [f"{round(value):,}" for value in values]
