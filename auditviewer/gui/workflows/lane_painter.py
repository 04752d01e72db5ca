"""Paints the rows in view: outcome as mark and word, texts, and the steps as a strip on the time that lanes share.

All rows are painted in one go. A delegate is asked cell by cell and asks the model a dozen questions for each,
which takes several times as long.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette, QPen

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.step_status import StepStatus
from auditviewer.core.timeline import Lane
from auditviewer.gui.look import colours_of
from auditviewer.gui.widgets.outcome_marks import STATUS_OF_OUTCOME
from auditviewer.gui.widgets.status_marks import colour_of, mark_pixmap
from auditviewer.gui.workflows.lane_axis import LaneAxis
from auditviewer.gui.workflows.model import LaneColumn, WorkflowLanesModel

_OUTCOME_MARK_PX = 16
_LANE_MARK_PX = 13
_MOST_MARKS = 400
_MOST_ELIDED = 4000
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
_NUMBERS = (LaneColumn.DURATION, LaneColumn.STEPS)


class LanePainter:
    """Paints rows of a model with one palette and font."""

    def __init__(self, model: WorkflowLanesModel) -> None:
        self._model = model
        self._elided: dict[tuple[str, int], str] = {}
        self.axis: LaneAxis | None = None

    def forget_texts(self) -> None:
        """Cut texts anew from now on: the font is another."""
        self._elided.clear()

    def paint_row(
        self, painter: QPainter, row: int, cells: list[QRect], palette: QPalette, metrics: QFontMetrics, selected: bool
    ) -> None:
        """Paint a row whose cells stand at the rectangles."""
        back = QPalette.ColorRole.Highlight if selected else QPalette.ColorRole.AlternateBase
        if selected or row % 2:
            painter.fillRect(cells[0].united(cells[-1]), palette.color(back))
        texts, outcome = self._model.row_texts(row)
        status = STATUS_OF_OUTCOME[outcome]
        colour = palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text)
        ratio = painter.device().devicePixelRatioF()
        rect = cells[LaneColumn.OUTCOME]
        mark = mark_pixmap(status, palette, _OUTCOME_MARK_PX, ratio, has_halo=selected)
        painter.drawPixmap(rect.left() + 5, rect.top() + (rect.height() - _OUTCOME_MARK_PX) // 2, mark)
        painter.setPen(colour if selected else colour_of(status, palette))
        self._paint_text(painter, rect.adjusted(25, 0, -2, 0), texts[LaneColumn.OUTCOME], metrics, int(_LEFT))
        painter.setPen(colour)
        for column in (LaneColumn.TYPE, LaneColumn.FIRST, LaneColumn.DURATION, LaneColumn.STEPS):
            side = int(_RIGHT if column in _NUMBERS else _LEFT)
            self._paint_text(painter, cells[column].adjusted(4, 0, -4, 0), texts[column], metrics, side)
        self._paint_lane(painter, cells[LaneColumn.LANE], self._model.lane(row), palette, ratio)

    def _paint_text(self, painter: QPainter, room: QRect, text: str, metrics: QFontMetrics, flags: int) -> None:
        key = (text, room.width())
        shown = self._elided.get(key)
        if shown is None:
            if len(self._elided) > _MOST_ELIDED:
                self._elided.clear()
            shown = self._elided[key] = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, flags, shown)

    def _paint_lane(self, painter: QPainter, rect: QRect, lane: Lane, palette: QPalette, ratio: float) -> None:
        places = self.axis.places(lane, rect.width()) if self.axis is not None else np.empty(0)
        dim = QColor(colours_of(palette).dim)
        if not len(places):
            painter.setPen(dim)
            painter.drawText(rect.adjusted(8, 0, 0, 0), int(_LEFT), "no readable time")
            return
        middle = rect.top() + rect.height() / 2
        if places[-1] > places[0]:
            painter.setPen(QPen(dim, 2))
            left, right = rect.left() + float(places[0]), rect.left() + float(places[-1])
            painter.drawLine(QPointF(left, middle), QPointF(right, middle))
        places, statuses = _few(places, lane.statuses[lane.instants != NO_INSTANT])
        half = _LANE_MARK_PX / 2
        for place, status in zip(places.tolist(), statuses.tolist(), strict=True):
            mark = mark_pixmap(StepStatus(status), palette, _LANE_MARK_PX, ratio, has_halo=True)
            painter.drawPixmap(QPointF(rect.left() + place - half, middle - half), mark)


def _few(
    places: npt.NDArray[np.float64], statuses: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint8]]:
    """Return the marks to paint: of very many, the last at each pixel, which would hide the others anyway."""
    if len(places) <= _MOST_MARKS:
        return places, statuses
    at = places.astype(np.int64)
    last = np.flatnonzero(np.append(at[1:] != at[:-1], True))
    return places[last], statuses[last]
