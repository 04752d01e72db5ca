"""Paints one value of a facet: a box to tick, its text, a thin bar for its share, and its count."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from auditviewer.gui.filters.facet_model import Choice, ChoiceRole, ColourRole, CountRole, ShareRole
from auditviewer.gui.look import Colours, colours_of

ROW_PX = 22
_BOX_PX = 12
_BAR_FROM_PX = 210
"""A row narrower than this has no room for a bar."""
_BAR_PX = 26


class FacetDelegate(QStyledItemDelegate):
    """Paints the rows of a `FacetModel`."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(60, ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rect: QRect = option.rect
        palette: QPalette = option.palette
        colours = colours_of(palette)
        choice: Choice = index.data(ChoiceRole)
        count: int = index.data(CountRole)
        painter.save()
        if option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_HasFocus):
            painter.fillRect(rect, QColor(colours.hover))
        _paint_box(painter, rect, choice, palette, colours)
        metrics = QFontMetrics(option.font)
        number = f"{count:,}"
        text_colour = palette.color(QPalette.ColorRole.Text)
        dim = QColor(colours.dim)
        painter.setPen(dim)
        right = rect.adjusted(0, 0, -8, 0)
        painter.drawText(right, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), number)
        number_px = max(metrics.horizontalAdvance(number), metrics.horizontalAdvance("0,000"))
        bar_left = rect.right() - 8 - number_px - 6 - _BAR_PX
        if rect.width() >= _BAR_FROM_PX:
            _paint_bar(painter, bar_left, rect, index.data(ShareRole), colours)
        else:
            bar_left += _BAR_PX
        painter.setPen(text_colour if count or choice is not Choice.NONE else dim)
        font = option.font
        font.setStrikeOut(choice is Choice.EXCLUDED)
        painter.setFont(font)
        left = rect.left() + 8 + _BOX_PX + 7
        if colour := index.data(ColourRole):
            painter.fillRect(QRect(left, rect.center().y() - 3, 8, 8), QColor(colour))
            left += 14
        room = QRect(left, rect.top(), max(bar_left - 8 - left, 20), rect.height())
        shown = metrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), shown)
        painter.restore()


def _paint_box(painter: QPainter, rect: QRect, choice: Choice, palette: QPalette, colours: Colours) -> None:
    box = QRect(rect.left() + 8, rect.center().y() - _BOX_PX // 2, _BOX_PX, _BOX_PX)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    fill = {Choice.CHOSEN: colours.accent, Choice.EXCLUDED: colours.failure}.get(choice)
    painter.setPen(QPen(QColor(fill or colours.dim), 1.2))
    painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, 2.5, 2.5)
    mark = QPen(palette.color(QPalette.ColorRole.Base), 1.8)
    mark.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(mark)
    x, y = box.left(), box.top()
    if choice is Choice.CHOSEN:
        painter.drawLine(x + 3, y + 6, x + 5, y + 9)
        painter.drawLine(x + 5, y + 9, x + 10, y + 3)
    elif choice is Choice.EXCLUDED:
        painter.drawLine(x + 3, y + 6, x + 9, y + 6)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _paint_bar(painter: QPainter, left: int, rect: QRect, share: float, colours: Colours) -> None:
    middle = rect.center().y()
    painter.fillRect(QRect(left, middle - 1, _BAR_PX, 3), QColor(colours.line))
    filled = max(round(_BAR_PX * share), 1 if share else 0)
    painter.fillRect(QRect(left, middle - 1, filled, 3), QColor(colours.accent))
