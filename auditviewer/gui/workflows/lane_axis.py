"""Which time the lanes share, and where an instant stands in a strip of some width."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.time_axis import axis_marks, round_step
from auditviewer.core.timeline import Lane
from auditviewer.core.wording import describe_duration

PAD_PX = 8.0
_MARK_PX = 96


class AxisMode(Enum):
    """What the width of a lane stands for."""

    VISIBLE = "Time of the rows in view"
    WHOLE = "Time of all rows"
    ALIGNED = "Each from its start"


@dataclass(frozen=True)
class LaneAxis:
    """The time that the lanes share: [first, last] in ticks or, aligned, from 0 to the longest duration."""

    first: int
    last: int
    is_aligned: bool = False

    def places(self, lane: Lane, width_px: float) -> npt.NDArray[np.float64]:
        """Return where the steps of a lane that have a time stand in a strip."""
        ticks = lane.instants[lane.instants != NO_INSTANT]
        if not len(ticks):
            return np.empty(0, np.float64)
        room = max(width_px - 2 * PAD_PX, 1.0)
        since = (ticks - (ticks[0] if self.is_aligned else self.first)).astype(np.float64)
        places: npt.NDArray[np.float64] = PAD_PX + since / max(self.last - self.first, 1) * room
        return places

    def marks(self, width_px: float, zone: dt.tzinfo) -> list[tuple[float, str]]:
        """Return places and labels of the axis's marks."""
        room, span = max(width_px - 2 * PAD_PX, 1.0), max(self.last - self.first, 1)
        most = max(int(room // _MARK_PX), 1)
        if not self.is_aligned:
            marks = axis_marks(self.first, self.last, most, zone)
            return [(PAD_PX + (mark.instant - self.first) / span * room, mark.label) for mark in marks]
        step = round_step(span, most)
        since = range(0, span + 1, step)
        return [(PAD_PX + at / span * room, f"+{describe_duration(at)}" if at else "0") for at in since]
