"""Icons from ``resources/icons``: drawn in the colour that is asked for, and kept."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from auditviewer.gui.look import ICON_PX
from auditviewer.paths import resource_path


def icon(name: str, colour: str | None = None, disabled: str | None = None) -> QIcon:
    """Return an icon in a colour, by default that of text on buttons."""
    palette = QApplication.palette()
    normal = colour or palette.color(QPalette.ColorRole.ButtonText).name()
    faded = disabled or palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText).name()
    return _icon(name, normal, faded)


TOOLBAR_ICON_PX = 20


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


def first_icon(name: str, colour: str | None = None, size_px: int = ICON_PX) -> QIcon:
    """Return an icon in the one size and colour that the first paint needs; `icon` follows."""
    ratio = QApplication.primaryScreen().devicePixelRatio()
    shown = colour or QApplication.palette().color(QPalette.ColorRole.ButtonText).name()
    return QIcon(pixmap(name, shown, size_px, ratio))


@cache
def _icon(name: str, colour: str, disabled: str) -> QIcon:
    made = QIcon()
    for ratio in (1.0, 2.0):
        for size in (ICON_PX, TOOLBAR_ICON_PX):
            made.addPixmap(pixmap(name, colour, size, ratio))
            made.addPixmap(pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
    return made


@cache
def _source(name: str) -> str:
    return resource_path(f"icons/{name}.svg").read_text(encoding="utf-8")
