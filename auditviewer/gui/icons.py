"""Icons from ``resources/icons``: drawn in the colour that is asked for, and kept."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from auditviewer.gui.look import ICON_PX
from auditviewer.paths import resource_path

STATUS_ICONS = {
    "success": "status-success",
    "failure": "status-failure",
    "warning": "status-warning",
    "inprogress": "status-in-progress",
}
UNKNOWN_STATUS_ICON = "status-unknown"


def status_icon_name(status: str | None) -> str:
    """Return the name of the icon of an operation status, in any letter case."""
    return STATUS_ICONS.get((status or "").casefold(), UNKNOWN_STATUS_ICON)


def icon(name: str, colour: str | None = None, disabled: str | None = None) -> QIcon:
    """Return an icon in a colour, by default that of text on buttons."""
    palette = QApplication.palette()
    normal = colour or palette.color(QPalette.ColorRole.ButtonText).name()
    faded = disabled or palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText).name()
    return _icon(name, normal, faded)


@cache
def pixmap(name: str, colour: str, size_px: int = ICON_PX, ratio: float = 1.0) -> QPixmap:
    """Return an icon as pixels, ``size_px`` wide on a screen of ``ratio`` device pixels a pixel."""
    from PySide6.QtSvg import QSvgRenderer

    source = _source(name).replace("currentColor", QColor(colour).name())
    drawn = QPixmap(round(size_px * ratio), round(size_px * ratio))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, drawn.width(), drawn.height()))
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    return drawn


@cache
def _icon(name: str, colour: str, disabled: str) -> QIcon:
    made = QIcon()
    for ratio in (1.0, 2.0):
        for size in (ICON_PX, 20, 24):
            made.addPixmap(pixmap(name, colour, size, ratio))
            made.addPixmap(pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
    return made


@cache
def _source(name: str) -> str:
    path = resource_path(f"icons/{name}.svg")
    if not path.exists():
        return "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'><circle cx='12' cy='12' r='8' fill='none' stroke='currentColor' stroke-width='2'/></svg>"
    return path.read_text(encoding="utf-8")
