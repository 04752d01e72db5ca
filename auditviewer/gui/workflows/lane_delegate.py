"""Paints a workflow's outcome as mark and word, and its steps as a strip on the time that all lanes share."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.step_status import StepStatus
from auditviewer.core.timeline import Lane
from auditviewer.gui.look import colours_of
from auditviewer.gui.widgets.status_marks import STATUS_OF_OUTCOME, colour_of, paint_mark
from auditviewer.gui.workflows.lane_axis import LaneAxis
from auditviewer.gui.workflows.model import AnyIndex, LaneColumn, WorkflowLanesModel

_MARK_PX = 12
_MOST_MARKS = 400


class LaneDelegate(QStyledItemDelegate):
    """Outcome and lane cells; the others are painted as text."""

    axis: LaneAxis | None = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Paint one cell."""
        column = index.column()
        if column == LaneColumn.LANE:
            self._paint_back(painter, option)
            self._paint_lane(painter, option, index.data(WorkflowLanesModel.LaneRole))
        elif column == LaneColumn.OUTCOME:
            self._paint_back(painter, option)
            self._paint_outcome(painter, option, index)
        else:
            option.state &= ~QStyle.StateFlag.State_HasFocus
            super().paint(painter, option, index)

    @staticmethod
    def _paint_back(painter: QPainter, option: QStyleOptionViewItem) -> None:
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, option.palette.color(QPalette.ColorRole.Highlight))
        elif option.features & QStyleOptionViewItem.ViewItemFeature.Alternate:
            painter.fillRect(option.rect, option.palette.color(QPalette.ColorRole.AlternateBase))

    @staticmethod
    def _paint_outcome(painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        rect: QRect = option.rect
        status = STATUS_OF_OUTCOME[index.data(WorkflowLanesModel.OutcomeRole)]
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        centre = QPointF(rect.left() + 13, rect.center().y() + 0.5)
        if is_selected:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(option.palette.color(QPalette.ColorRole.Base))
            painter.drawEllipse(centre, _MARK_PX * 0.72, _MARK_PX * 0.72)
            painter.restore()
        paint_mark(painter, centre, _MARK_PX, status, option.palette)
        highlighted = option.palette.color(QPalette.ColorRole.HighlightedText)
        painter.setPen(highlighted if is_selected else colour_of(status, option.palette))
        room = rect.adjusted(25, 0, -2, 0)
        words = option.fontMetrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), words)

    def _paint_lane(self, painter: QPainter, option: QStyleOptionViewItem, lane: Lane) -> None:
        rect: QRect = option.rect
        places = self.axis.places(lane, rect.width()) if self.axis is not None else np.empty(0)
        painter.save()
        painter.setClipRect(rect)
        middle = rect.center().y() + 0.5
        colours = colours_of(option.palette)
        if not len(places):
            painter.setPen(QColor(colours.dim))
            painter.drawText(rect.adjusted(8, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, "no readable time")
        else:
            painter.setPen(QPen(QColor(colours.dim), 2))
            left, right = rect.left() + float(places[0]), rect.left() + float(places[-1])
            painter.drawLine(QPointF(left, middle), QPointF(right, middle))
            self._paint_marks(painter, option, lane, places)
        painter.restore()

    @staticmethod
    def _paint_marks(painter: QPainter, option: QStyleOptionViewItem, lane: Lane, places: np.ndarray) -> None:
        """Paint the marks, the last on top; of very many, the last at each pixel."""
        rect: QRect = option.rect
        statuses = lane.statuses[lane.instants != NO_INSTANT]
        if len(places) > _MOST_MARKS:
            at = places.astype(np.int64)
            last = np.flatnonzero(np.append(at[1:] != at[:-1], True))
            places, statuses = places[last], statuses[last]
        middle = rect.center().y() + 0.5
        back = option.palette.color(QPalette.ColorRole.Base)
        for place, status in zip(places.tolist(), statuses.tolist(), strict=True):
            centre = QPointF(rect.left() + place, middle)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(back)
            painter.drawEllipse(QRectF(centre.x() - 6, centre.y() - 6, 12, 12))
            paint_mark(painter, centre, 9.5, StepStatus(status), option.palette)
