"""Marks that say how a step went or how a workflow ended: a shape of its own and a colour for each."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette, QPen, QPixmap

from auditviewer.core.step_status import StepStatus
from auditviewer.gui.look import colours_of


def colour_of(status: StepStatus, palette: QPalette) -> QColor:
    """Return the colour of what a step says."""
    colours = colours_of(palette)
    return QColor(
        {
            StepStatus.SUCCESS: colours.success,
            StepStatus.FAILURE: colours.failure,
            StepStatus.WARNING: colours.warning,
            StepStatus.IN_PROGRESS: colours.in_progress,
        }.get(status, colours.unknown)
    )


def paint_mark(painter: QPainter, centre: QPointF, size: float, status: StepStatus, palette: QPalette) -> None:
    """Paint the mark of a step: disc with tick, square with cross, triangle, ring with hands, or diamond."""
    colour, inner = colour_of(status, palette), palette.color(QPalette.ColorRole.Base)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(centre)
    painter.scale(size / 16, size / 16)
    is_open = status in (StepStatus.IN_PROGRESS, StepStatus.SILENT)
    painter.setPen(QPen(colour, 2.2) if is_open else Qt.PenStyle.NoPen)
    painter.setBrush(inner if is_open else colour)
    painter.drawPath(_outline(status))
    if (sign := _sign(status)) is not None and size >= 9:
        pen = QPen(colour if is_open else inner, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(sign)
    painter.restore()


def mark_pixmap(
    status: StepStatus, palette: QPalette, size_px: int = 16, ratio: float = 2.0, has_halo: bool = False
) -> QPixmap:
    """Return the mark of a step as pixels, with room of a pixel around it; kept for the next time.

    ``has_halo`` sets it apart from whatever it is drawn on.
    """
    key = (status, palette.cacheKey(), size_px, ratio, has_halo)
    found = _pixmaps.get(key)
    if found is None:
        if len(_pixmaps) > _MOST_PIXMAPS:
            _pixmaps.clear()
        found = _pixmaps[key] = _draw_mark(status, palette, size_px, ratio, has_halo)
    return found


_MOST_PIXMAPS = 400
_pixmaps: dict[tuple[StepStatus, int, int, float, bool], QPixmap] = {}


def _draw_mark(status: StepStatus, palette: QPalette, size_px: int, ratio: float, has_halo: bool) -> QPixmap:
    drawn = QPixmap(round(size_px * ratio), round(size_px * ratio))
    drawn.setDevicePixelRatio(ratio)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    centre = QPointF(size_px / 2, size_px / 2)
    if has_halo:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.Base))
        painter.drawEllipse(centre, size_px / 2, size_px / 2)
    paint_mark(painter, centre, size_px - (3 if has_halo else 2), status, palette)
    painter.end()
    return drawn


@cache
def _outline(status: StepStatus) -> QPainterPath:
    path = QPainterPath()
    if status is StepStatus.SUCCESS:
        path.addEllipse(QRectF(-8, -8, 16, 16))
    elif status is StepStatus.FAILURE:
        path.addRoundedRect(QRectF(-7.5, -7.5, 15, 15), 2.5, 2.5)
    elif status is StepStatus.WARNING:
        _add_polygon(path, (0, -8), (8.5, 7), (-8.5, 7))
    elif status is StepStatus.IN_PROGRESS:
        path.addEllipse(QRectF(-6.9, -6.9, 13.8, 13.8))
    elif status is StepStatus.SILENT:
        _add_polygon(path, (0, -7), (7, 0), (0, 7), (-7, 0))
    else:
        _add_polygon(path, (0, -8.5), (8.5, 0), (0, 8.5), (-8.5, 0))
    return path


@cache
def _sign(status: StepStatus) -> QPainterPath | None:
    strokes = {
        StepStatus.SUCCESS: (((-3.6, 0.3), (-1, 3), (3.8, -2.8)),),
        StepStatus.FAILURE: (((-3, -3), (3, 3)), ((3, -3), (-3, 3))),
        StepStatus.WARNING: (((0, -3), (0, 2)), ((0, 4.8), (0, 4.9))),
        StepStatus.IN_PROGRESS: (((0, -3.4), (0, 0), (2.6, 1.4)),),
        StepStatus.UNRECOGNISED: (((-3, 0), (3, 0)),),
    }.get(status)
    if strokes is None:
        return None
    path = QPainterPath()
    for start, *rest in strokes:
        path.moveTo(*start)
        for point in rest:
            path.lineTo(*point)
    return path


def _add_polygon(path: QPainterPath, first: tuple[float, float], *others: tuple[float, float]) -> None:
    path.moveTo(*first)
    for point in others:
        path.lineTo(*point)
    path.closeSubpath()
