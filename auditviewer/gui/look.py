"""How the program looks: themes as palettes of our own, colours by meaning, fonts and spacing."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from auditviewer.paths import resource_path

GAP_PX = 8
"""Space between things that belong together; half of it inside, twice between groups."""
ROW_PX = 22
"""Height of a row of a table."""
ICON_PX = 16


class Theme(StrEnum):
    """What the user can choose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


THEME_LABELS = {
    Theme.SYSTEM: "As the &system",
    Theme.LIGHT: "&Light",
    Theme.DARK: "&Dark",
    Theme.CONTRAST: "&High contrast",
}


@dataclass(frozen=True)
class Colours:
    """Colours by meaning, each at least 4.5 : 1 against the base, alternate and selection backgrounds (WCAG AA)."""

    success: str
    failure: str
    warning: str
    in_progress: str
    unknown: str
    added: str
    removed: str
    changed: str
    accent: str
    dim: str
    line: str
    selection: str
    hover: str
    match: str
    banner: str
    categories: tuple[str, ...]
    """One for each category of the catalogue in its order, Uncategorised first; used round and round."""

    def of_status(self, status: str | None) -> str:
        """Return the colour of an operation status, in any letter case."""
        return {
            "success": self.success,
            "failure": self.failure,
            "warning": self.warning,
            "inprogress": self.in_progress,
        }.get((status or "").casefold(), self.unknown)

    def of_category(self, index: int) -> str:
        """Return the colour of a category by its index in the catalogue."""
        return self.categories[0] if index <= 0 else self.categories[1 + (index - 1) % (len(self.categories) - 1)]

    @property
    def text_colours(self) -> dict[str, str]:
        """The colours that text is written in."""
        names = ("success", "failure", "warning", "in_progress", "unknown", "added", "removed", "changed", "dim")
        return {name: getattr(self, name) for name in names}


LIGHT = Colours(
    success="#176c34",
    failure="#b3261e",
    warning="#7a5200",
    in_progress="#1a56b8",
    unknown="#525b69",
    added="#176c34",
    removed="#b3261e",
    changed="#7a5200",
    accent="#2563c9",
    dim="#5f6876",
    line="#dfe3e9",
    selection="#dbe8fd",
    hover="#f0f4fa",
    match="#fdf0b8",
    banner="#e8f0fd",
    categories=(
        "#6b7482", "#2563c9", "#7a3fc4", "#0f7a74", "#b4540a", "#a1256b", "#8a6d00", "#1c7a35", "#4b55b8",
    ),
)  # fmt: skip

DARK = Colours(
    success="#5fce80",
    failure="#ff9089",
    warning="#e6bb55",
    in_progress="#8cbcff",
    unknown="#b0b8c4",
    added="#5fce80",
    removed="#ff9089",
    changed="#e6bb55",
    accent="#6aa5ff",
    dim="#a2abb8",
    line="#30353d",
    selection="#233a5e",
    hover="#20252c",
    match="#5a4a12",
    banner="#1d2b42",
    categories=(
        "#98a1ae", "#6aa5ff", "#b996f5", "#4fc3ba", "#f0975a", "#ea7fb8", "#d8bd4d", "#66cf85", "#99a2ff",
    ),
)  # fmt: skip

CONTRAST = Colours(
    success="#7dff9b",
    failure="#ffaaa5",
    warning="#ffe066",
    in_progress="#9fd0ff",
    unknown="#ffffff",
    added="#7dff9b",
    removed="#ffaaa5",
    changed="#ffe066",
    accent="#ffe066",
    dim="#e0e0e0",
    line="#8a8a8a",
    selection="#00408a",
    hover="#202020",
    match="#6b5200",
    banner="#00264f",
    categories=(
        "#e0e0e0", "#9fd0ff", "#d9b8ff", "#7df0e6", "#ffb98a", "#ffa8d8", "#ffe066", "#7dff9b", "#c0c6ff",
    ),
)  # fmt: skip

# window, base, alternate base, text, placeholder, button, border (mid), highlight, highlighted text, tooltip, its text
_SURFACES = {
    "light": (
        "#f3f4f7", "#ffffff", "#f8f9fb", "#1c2230", "#5f6876", "#ffffff", "#c4cad4", "#2563c9", "#ffffff",
        "#1c2230", "#ffffff",
    ),
    "dark": (
        "#1f2329", "#16191e", "#1a1e23", "#e4e8ee", "#a2abb8", "#2b3038", "#3d444e", "#2f6bd8", "#ffffff",
        "#333a44", "#f2f4f7",
    ),
    "contrast": (
        "#000000", "#000000", "#0d0d0d", "#ffffff", "#e0e0e0", "#101010", "#ffffff", "#ffe066", "#000000",
        "#000000", "#ffffff",
    ),
}  # fmt: skip


def is_dark(palette: QPalette) -> bool:
    """Return whether text is lighter than what it stands on."""
    return palette.color(QPalette.ColorRole.Base).lightness() < palette.color(QPalette.ColorRole.Text).lightness()


def colours_of(palette: QPalette) -> Colours:
    """Return the colours by meaning that go with a palette."""
    if not is_dark(palette):
        return LIGHT
    return CONTRAST if palette.color(QPalette.ColorRole.Window) == QColor("#000000") else DARK


@cache
def palette_of(surface: str) -> QPalette:
    """Return the palette of "light", "dark" or "contrast"."""
    window, base, alternate, text, dim, button, border, highlight, on_highlight, tip, on_tip = (
        QColor(name) for name in _SURFACES[surface]
    )
    palette = QPalette()
    role = QPalette.ColorRole
    accent = QColor({"light": LIGHT, "dark": DARK, "contrast": CONTRAST}[surface].accent)
    for which, colour in (
        (role.Window, window), (role.WindowText, text), (role.Base, base), (role.AlternateBase, alternate),
        (role.Text, text), (role.PlaceholderText, dim), (role.Button, button), (role.ButtonText, text),
        (role.BrightText, QColor("#ffffff")), (role.Highlight, highlight), (role.HighlightedText, on_highlight),
        (role.ToolTipBase, tip), (role.ToolTipText, on_tip), (role.Link, accent), (role.LinkVisited, accent),
        (role.Mid, border), (role.Midlight, alternate), (role.Light, button.lighter(110)),
        (role.Dark, border.darker(120)), (role.Shadow, QColor("#000000")), (role.Accent, accent),
    ):  # fmt: skip
        palette.setColor(which, colour)
    for which in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(
            QPalette.ColorGroup.Disabled, which, border.darker(120) if surface == "light" else dim.darker()
        )
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, border)
    return palette


def surface_of(theme: Theme) -> str:
    """Return the surface that a theme stands for now: the system's own scheme where it is followed."""
    if theme is not Theme.SYSTEM:
        return str(theme)
    scheme = QGuiApplication.styleHints().colorScheme()
    return "dark" if scheme == Qt.ColorScheme.Dark else "light"


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Give the whole program a theme."""
    surface = surface_of(theme)
    palette = palette_of(surface)
    app.setPalette(palette)
    app.setStyleSheet(_style_sheet(surface))


def value_font(size: float = 0) -> QFont:
    """Return the font for values that are compared letter by letter: ids, times, JSON."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPointSizeF(size or max(QApplication.font().pointSizeF() - 0.5, 7.5))
    return font


def contrast(one: str | QColor, other: str | QColor) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(QColor(one)), _luminance(QColor(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


_SHEET = """
QMainWindow::separator {{ width: 5px; height: 5px; background: {window}; }}
QMainWindow::separator:hover {{ background: {accent}; }}
QToolBar {{ border: none; border-bottom: 1px solid {line}; padding: 3px 6px; spacing: 3px; background: {window}; }}
QToolBar::separator {{ width: 1px; background: {line}; margin: 4px 5px; }}
QStatusBar {{ border-top: 1px solid {line}; }}
QStatusBar::item {{ border: none; }}
QHeaderView::section {{
    background: {window}; border: none; border-right: 1px solid {line}; border-bottom: 1px solid {line};
    padding: 3px 6px; font-weight: 500;
}}
QHeaderView::section:hover {{ background: {hover}; }}
QHeaderView::up-arrow, QHeaderView::down-arrow {{ width: 10px; height: 10px; }}
QAbstractScrollArea {{ border: 1px solid {line}; }}
QAbstractScrollArea#bare {{ border: none; }}
QCheckBox::indicator, QAbstractItemView::indicator {{
    width: 13px; height: 13px; border: 1px solid {dim}; border-radius: 3px; background: {base};
}}
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {{
    background: {check}; border-color: {check}; image: url("{tick}");
}}
QRadioButton::indicator {{
    width: 13px; height: 13px; border: 1px solid {dim}; border-radius: 7px; background: {base};
}}
QRadioButton::indicator:checked {{
    width: 7px; height: 7px; border: 4px solid {check}; border-radius: 7px; background: #ffffff;
}}
QRadioButton::indicator:disabled {{ border-color: {border}; }}
QRadioButton::indicator:focus {{ border-color: {accent}; }}
QCheckBox::indicator:disabled {{ border-color: {border}; }}
QCheckBox::indicator:focus {{ border: 1px solid {accent}; }}
QToolButton#facet {{ border: none; background: transparent; font-weight: 600; padding: 2px; }}
QDockWidget {{ font-weight: 600; }}
QDockWidget::title {{ padding: 5px 8px; background: {window}; }}
QToolTip {{ border: 1px solid {border}; padding: 3px; }}
"""


def _style_sheet(surface: str) -> str:
    colours = {"light": LIGHT, "dark": DARK, "contrast": CONTRAST}[surface]
    window, base, border = (_SURFACES[surface][place] for place in (0, 1, 6))
    check = {"light": LIGHT.accent, "dark": _SURFACES["dark"][7], "contrast": CONTRAST.selection}[surface]
    tick = resource_path("icons/check-white.svg").as_posix()
    plain = {f.name: getattr(colours, f.name) for f in fields(colours) if f.name != "categories"}
    return _SHEET.format(window=window, base=base, border=border, check=check, tick=tick, **plain)
