"""Tags as chips, and how a state of review looks: the same in the table, the filters and the pane of the review."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPalette, QPixmap

from auditviewer.core.display import fit_to_show
from auditviewer.gui.look import Colours, contrast

CHIP_PX = 17
_PAD_PX, _DOT_PX, _GAP_PX = 6, 7, 4
_MOST_PX = 180
_READABLE = 4.5


def paint_chips(
    painter: QPainter, rect: QRect, tags: Sequence[tuple[str, str]], palette: QPalette, metrics: QFontMetrics
) -> None:
    """Paint tags, each a name and its colour, side by side; "+2" stands for those without room."""
    x, right = rect.x(), rect.right()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for number, (name, colour) in enumerate(tags):
        left = len(tags) - number - 1
        reserved = metrics.horizontalAdvance(f"+{left}") + _GAP_PX if left else 0
        room = min(right - reserved - x, _MOST_PX)
        words = metrics.horizontalAdvance(fit_to_show(name, 60))
        if room < min(words, 28) + _chip_extra():
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(QRect(x, rect.y(), right - x, rect.height()), _MIDDLE, f"+{left + 1}")
            break
        x += paint_chip(painter, x, rect.center().y(), room, name, colour, palette, metrics) + _GAP_PX
    painter.restore()


def paint_chip(
    painter: QPainter, x: int, middle: int, room: int, name: str, colour: str, palette: QPalette, metrics: QFontMetrics
) -> int:
    """Paint one tag; return its width in pixels."""
    shown = metrics.elidedText(fit_to_show(name, 60), Qt.TextElideMode.ElideRight, room - _chip_extra())
    width = metrics.horizontalAdvance(shown) + _chip_extra()
    base, ink = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
    tint = _mixed(QColor(colour), base, 0.2)
    if contrast(ink, tint) < _READABLE:
        tint = base
    box = QRectF(x + 0.5, middle - CHIP_PX / 2 + 0.5, width - 1, CHIP_PX - 1)
    painter.setPen(_mixed(QColor(colour), base, 0.65))
    painter.setBrush(tint)
    painter.drawRoundedRect(box, CHIP_PX / 2, CHIP_PX / 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QRectF(x + _PAD_PX, middle - _DOT_PX / 2 + 0.5, _DOT_PX, _DOT_PX))
    painter.setPen(ink)
    at = QRect(x + _PAD_PX + _DOT_PX + 4, middle - CHIP_PX // 2, width, CHIP_PX)
    painter.drawText(at, _MIDDLE, shown)
    return width


def state_look(state: str, colours: Colours) -> tuple[str, str]:
    """Return icon and colour of a state of review."""
    return {
        "cleared": ("status-success", colours.success),
        "exception": ("status-failure", colours.failure),
        "follow-up": ("status-warning", colours.warning),
    }.get(state, ("status-unknown", colours.dim))


def swatch(colour: str, size_px: int = 14) -> QIcon:
    """Return a dot of a colour as an icon."""
    picture = QPixmap(QSize(size_px, size_px) * 2)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QRectF(1, 1, size_px - 2, size_px - 2))
    painter.end()
    return QIcon(picture)


_MIDDLE = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


def _chip_extra() -> int:
    return 2 * _PAD_PX + _DOT_PX + 4


def _mixed(colour: QColor, base: QColor, share: float) -> QColor:
    parts = [
        round(share * one + (1 - share) * other)
        for one, other in zip(colour.getRgb()[:3], base.getRgb()[:3], strict=True)  # type: ignore[index]
    ]
    return QColor(*parts)
