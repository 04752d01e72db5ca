"""How the kinds of change look: a sign, a word and a tint together, so that no colour stands alone."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPalette, QPixmap

from auditviewer.core.state_diff import Kind

SIGNS = {
    Kind.UNCHANGED: "",
    Kind.ADDED: "+",
    Kind.REMOVED: "−",
    Kind.REPLACED: "≠",
    Kind.MOVED: "↕",
    Kind.INSIDE: "›",
}

# Hue, saturation; lightness follows the palette. Blue and orange stay apart for eyes that mix red and green.
_HUES = {Kind.ADDED: (145, 120), Kind.REMOVED: (10, 150), Kind.REPLACED: (38, 170), Kind.MOVED: (215, 130)}


def is_dark(palette: QPalette) -> bool:
    """Return whether text is lighter than what it stands on."""
    return palette.color(QPalette.ColorRole.Base).lightness() < palette.color(QPalette.ColorRole.Text).lightness()


def tint_of(kind: Kind, palette: QPalette) -> QColor | None:
    """Return the background for a value of the kind, None for none."""
    if kind not in _HUES:
        return None
    hue, saturation = _HUES[kind]
    return QColor.fromHsl(hue, saturation // 2 if is_dark(palette) else saturation, 58 if is_dark(palette) else 228)


def match_tint(palette: QPalette) -> QColor:
    """Return the background for what the search found."""
    return QColor.fromHsl(52, 150, 70) if is_dark(palette) else QColor.fromHsl(52, 255, 180)


def error_tint(palette: QPalette) -> QColor:
    """Return the background for the character at which a text stops being JSON."""
    return QColor.fromHsl(0, 180, 90) if is_dark(palette) else QColor.fromHsl(0, 255, 190)


def icon_of(kind: Kind, palette: QPalette) -> QIcon:
    """Return the kind's sign on a small disc."""
    return _draw_icon(kind, is_dark(palette))


@cache
def _draw_icon(kind: Kind, on_dark: bool) -> QIcon:
    pixmap = QPixmap(32, 32)
    pixmap.fill(Qt.GlobalColor.transparent)
    if kind in _HUES:
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hue, saturation = _HUES[kind]
        painter.setBrush(QColor.fromHsl(hue, saturation, 150 if on_dark else 92))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(1, 1, 30, 30)
        font = QFont()
        font.setPixelSize(24)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor("black") if on_dark else QColor("white"))
        painter.drawText(QRect(0, 0, 32, 31), int(Qt.AlignmentFlag.AlignCenter), SIGNS[kind])
        painter.end()
    return QIcon(pixmap)
