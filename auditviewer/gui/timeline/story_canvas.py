"""The steps of one workflow on a time axis, painted; a click or an arrow key chooses one."""

from __future__ import annotations

import datetime as dt
import html

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.display import fit_to_show
from auditviewer.core.instants import format_instant
from auditviewer.core.time_axis import axis_marks
from auditviewer.core.wording import describe_gap, describe_status
from auditviewer.core.workflows import WorkflowStory
from auditviewer.gui.look import colours_of
from auditviewer.gui.timeline.story_layout import Label, StoryLayout, lay_out_story
from auditviewer.gui.widgets.status_marks import colour_of, paint_mark

_LINE_Y = 34
_MARK_PX = 18
_LABELS_Y = 58
_MOST_ROWS = 4


class StoryCanvas(QWidget):
    """Steps in order, their labels never over one another, the gaps between them in words."""

    step_chosen = Signal(int)
    """Index of the step, among those of the story, that was clicked or moved to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.story: WorkflowStory | None = None
        self.layout_: StoryLayout | None = None
        self.is_even = False
        self.zone: dt.tzinfo = dt.UTC
        self._current: int | None = None
        self._view_width = 400
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    # -- what is shown -----------------------------------------------------------------------------------

    def set_story(self, story: WorkflowStory | None) -> None:
        """Show a workflow; none of its steps is the current one yet."""
        self.story, self._current = story, None
        self.arrange()

    def set_current(self, index: int | None) -> None:
        """Ring a step as the current one."""
        if index != self._current:
            self._current = index
            self.arrange()

    @property
    def current(self) -> int | None:
        """Index of the current step."""
        return self._current

    def set_view_width(self, width_px: int) -> None:
        """Say how much room there is without scrolling."""
        if width_px != self._view_width:
            self._view_width = width_px
            self.arrange()

    def arrange(self) -> None:
        """Find everything its place anew."""
        self.layout_ = None
        if self.story is not None:
            bold = QFont(self.font())
            bold.setBold(True)
            text_width, n_rows = QFontMetrics(bold).horizontalAdvance, self._n_rows()
            self.layout_ = lay_out_story(
                self.story, self._view_width, n_rows, self.is_even, self.zone, text_width, self._current
            )
        self.setMinimumSize(self.minimumSizeHint())
        self.updateGeometry()
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Return room for the marks and one row of labels."""
        width = 100 if self.layout_ is None else int(self.layout_.width)
        return QSize(
            width if self.layout_ and self.layout_.width > self._view_width else 100, _LABELS_Y + self._row_px()
        )

    def place_of(self, index: int) -> QPointF:
        """Return where the mark of a step stands."""
        assert self.layout_ is not None
        return QPointF(float(self.layout_.places[index]), _LINE_Y)

    def step_at(self, point: QPointF) -> int | None:
        """Return the step whose mark or label is at a point."""
        if self.layout_ is None:
            return None
        if point.y() >= _LABELS_Y - 6:
            for index, label in enumerate(self.layout_.labels):
                if label is not None and self._label_rect(label).contains(point):
                    return index
            return None
        nearest = int(np.abs(self.layout_.places - point.x()).argmin())
        return nearest if abs(float(self.layout_.places[nearest]) - point.x()) <= _MARK_PX / 2 + 2 else None

    # -- events ------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the step that is clicked."""
        index = self.step_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and index is not None:
            self.step_chosen.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show a hand over what can be clicked."""
        over = self.step_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move from step to step."""
        if self.story is None:
            super().keyPressEvent(event)
            return
        last = len(self.story.steps) - 1
        here = self._current
        wanted = {
            Qt.Key.Key_Left: 0 if here is None else here - 1,
            Qt.Key.Key_Up: 0 if here is None else here - 1,
            Qt.Key.Key_Right: 0 if here is None else here + 1,
            Qt.Key.Key_Down: 0 if here is None else here + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(Qt.Key(event.key()))
        if wanted is None:
            super().keyPressEvent(event)
        elif 0 <= wanted <= last:
            self.step_chosen.emit(wanted)

    def event(self, event: QEvent) -> bool:
        """Tell a step in full in its tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.step_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if index is None else self._tip(index), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: object) -> None:
        """Use more rows for labels when there is more height."""
        self.arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.PaletteChange):
            self.arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is in view."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.palette().color(QPalette.ColorRole.Base))
        if self.layout_ is not None and self.story is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            low, high = np.searchsorted(self.layout_.places, [event.rect().left() - 400, event.rect().right() + 400])
            self._paint_axis(painter)
            self._paint_line(painter, int(low), int(high))
            for index in range(int(low), int(high)):
                self._paint_leader(painter, index)
            for index in range(int(low), int(high)):
                self._paint_label(painter, index)
            for index in range(int(low), int(high)):
                self._paint_step(painter, index)
        painter.end()

    # -- painting ----------------------------------------------------------------------------------------

    def _paint_axis(self, painter: QPainter) -> None:
        """Paint the scale of time along the bottom, where there is room below the labels."""
        assert self.layout_ is not None
        top = self.height() - self._axis_px()
        if self.layout_.scale is None or top < _LABELS_Y + self._row_px() - 6:
            return
        first, last, left, right = self.layout_.scale
        colours = colours_of(self.palette())
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.drawLine(QPointF(left, top), QPointF(right, top))
        for mark in axis_marks(first, last, max(int(right - left) // 110, 1), self.zone):
            x = left + (mark.instant - first) / (last - first) * (right - left)
            painter.setPen(QPen(QColor(colours.dim), 1))
            painter.drawLine(QPointF(x, top), QPointF(x, top + 4))
            painter.drawText(
                QRectF(x - 60, top + 3, 120, self._axis_px() - 3), Qt.AlignmentFlag.AlignCenter, mark.label
            )

    def _paint_line(self, painter: QPainter, low: int, high: int) -> None:
        assert self.layout_ is not None and self.story is not None
        dim = QColor(colours_of(self.palette()).dim)
        for index in range(max(low, 1), high):
            left, right = self.place_of(index - 1), self.place_of(index)
            is_known = self.story.steps[index].gap_ticks is not None
            painter.setPen(QPen(dim, 1.5, Qt.PenStyle.SolidLine if is_known else Qt.PenStyle.DashLine))
            painter.drawLine(left, right)
            painter.setPen(dim)
            room = QRectF(left.x(), _LINE_Y - 22, right.x() - left.x(), 18)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, self.layout_.gaps[index])

    def _paint_step(self, painter: QPainter, index: int) -> None:
        assert self.story is not None
        place = self.place_of(index)
        if index == self._current:
            painter.setPen(QPen(QColor(colours_of(self.palette()).accent), 2))
            painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
            painter.drawEllipse(place, _MARK_PX / 2 + 3.5, _MARK_PX / 2 + 3.5)
        paint_mark(
            painter, place, _MARK_PX if index != self._current else 16, self.story.steps[index].status, self.palette()
        )

    def _paint_leader(self, painter: QPainter, index: int) -> None:
        assert self.layout_ is not None
        label, place = self.layout_.labels[index], self.place_of(index)
        if label is not None:
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1))
            painter.drawLine(QPointF(place.x(), _LINE_Y), QPointF(place.x(), self._label_rect(label).top()))

    def _paint_label(self, painter: QPainter, index: int) -> None:
        assert self.layout_ is not None and self.story is not None
        label = self.layout_.labels[index]
        if label is None:
            return
        rect = self._label_rect(label)
        colours = colours_of(self.palette())
        painter.fillRect(rect, self.palette().color(QPalette.ColorRole.Base))
        if index == self._current:
            painter.fillRect(rect.adjusted(-2, 0, 2, 0), QColor(colours.selection))
        font = QFont(self.font())
        font.setBold(index == self._current)
        painter.setFont(font)
        half = rect.height() / 2
        painter.setPen(colour_of(self.story.steps[index].status, self.palette()))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(QRectF(rect.left() - 20, rect.top(), rect.width() + 40, half), int(flags), label.name)
        painter.setFont(self.font())
        painter.setPen(QColor(colours.dim))
        painter.drawText(QRectF(rect.left() - 20, rect.top() + half, rect.width() + 40, half), int(flags), label.time)

    def _label_rect(self, label: Label) -> QRectF:
        row_px = self._row_px()
        return QRectF(label.x, _LABELS_Y + label.row * row_px, label.width, row_px - 6)

    def _row_px(self) -> int:
        return 2 * self.fontMetrics().height() + 8

    def _axis_px(self) -> int:
        return self.fontMetrics().height() + 6

    def _n_rows(self) -> int:
        return max(1, min(_MOST_ROWS, (self.height() - _LABELS_Y - self._axis_px()) // self._row_px()))

    def _tip(self, index: int) -> str:
        assert self.story is not None
        step = self.story.steps[index]
        lines = [
            fit_to_show(step.event_type) or "(no event type)",
            describe_status(step.status),
            "no readable time" if step.instant == NO_INSTANT else format_instant(step.instant, self.zone, 7),
        ]
        if index:
            lines.append(f"{describe_gap(step.gap_ticks)} after the step before")
        # Tooltips guess at markup; escaped inside markup of our own, the text stays text.
        return "<qt>" + "<br>".join(html.escape(line) for line in lines) + "</qt>"
