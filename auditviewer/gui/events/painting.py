"""Paints the rows of the table in one pass: no delegate, no question to the model for each cell.

QTableView asks ``data()`` some seven times a cell and paints 40 rows by 12 columns in 20 ms; this takes the texts
from the page's lists, a column at a time, so that pen and font change once a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPixmap

from auditviewer.core.event_flags import EventFlag
from auditviewer.core.step_status import StepStatus
from auditviewer.gui.events.cells import (
    BLOCK,
    CATEGORISED,
    FLAGGED,
    KIND_MASK,
    LOCKED_SHIFT,
    MISSING,
    MIXED,
    PLAIN,
    REVIEWED,
    SHIFT,
    STATUS,
    STATUSES,
    TAGGED,
    Cells,
)  # fmt: skip
from auditviewer.gui.events.columns import is_monospace
from auditviewer.gui.icons import pixmap
from auditviewer.gui.look import ICON_PX, Colours, colours_of, value_font
from auditviewer.gui.widgets.chips import paint_chips, state_look
from auditviewer.gui.widgets.status_marks import colour_of, mark_pixmap

PAD_PX = 6
ICON_STEP_PX = ICON_PX + 5
DOT_PX = 8
FLAG_ICONS = {
    EventFlag.CONFLICTING: "flag-conflicting",
    EventFlag.REPEATED: "flag-repeated",
    EventFlag.DUPLICATED: "flag-duplicated",
}
_KEPT_ELISIONS = 20_000


@dataclass(frozen=True)
class VisibleColumn:
    """A column where it stands on the screen."""

    index: int
    name: str
    x: int
    width: int


@dataclass(frozen=True)
class Scene:
    """What is to be painted: rows [first, last], the top of the first, and which of them stand out."""

    first: int
    last: int
    top: int
    row_px: int
    width: int
    selected: frozenset[int]
    current: tuple[int, int]
    has_focus: bool
    needle: str = ""


class RowPainter:
    """Paints scenes; keeps fonts, colours and texts that were cut to fit."""

    def __init__(self, font: QFont, palette: QPalette, ratio: float = 1.0) -> None:
        self.font, self.value_font = _quick(font), _quick(value_font())
        self.ratio = ratio
        self.palette = QPalette(palette)
        self.colours: Colours = colours_of(palette)
        self._marks: dict[StepStatus, QPixmap] = {}
        self._elided: dict[tuple[str, int, bool], str] = {}
        self._chips: list[tuple[tuple[str, str], ...]] = []
        self._metrics = {False: QFontMetrics(self.font), True: QFontMetrics(self.value_font)}
        self._widest = {mono: metrics.horizontalAdvance("W") for mono, metrics in self._metrics.items()}
        self._narrowest = {mono: max(metrics.horizontalAdvance("i"), 1) for mono, metrics in self._metrics.items()}

    def paint(self, painter: QPainter, pages: Cells, columns: Sequence[VisibleColumn], scene: Scene) -> None:
        """Paint the scene's rows of the columns."""
        self._chips = pages.chips
        numbers = range(scene.first // BLOCK, scene.last // BLOCK + 1)
        pages.prepare(numbers, [column.index for column in columns])
        self._paint_backgrounds(painter, scene)
        for column in columns:
            is_mono = is_monospace(column.name)
            painter.setFont(self.value_font if is_mono else self.font)
            self._paint_column(painter, pages, column, scene, is_mono)
        self._paint_current(painter, columns, scene)

    def elide(self, text: str, width: int, is_mono: bool) -> str:
        """Return the text, cut with an ellipsis where it is wider than ``width`` pixels."""
        if len(text) * self._widest[is_mono] <= width and text.isascii():
            return text
        key = (text, width, is_mono)
        found = self._elided.get(key)
        if found is None:
            if len(self._elided) > _KEPT_ELISIONS:
                self._elided.clear()
            likely = text[: width // self._narrowest[is_mono] + 2] + ("…" if len(text) > 4000 else "")
            found = self._metrics[is_mono].elidedText(likely, Qt.TextElideMode.ElideRight, width)
            self._elided[key] = found
        return found

    # -- inside ------------------------------------------------------------------------------------------

    def _paint_backgrounds(self, painter: QPainter, scene: Scene) -> None:
        base = self.palette.color(QPalette.ColorRole.Base)
        alternate = self.palette.color(QPalette.ColorRole.AlternateBase)
        selection = QColor(self.colours.selection)
        for row in range(scene.first, scene.last + 1):
            y = scene.top + (row - scene.first) * scene.row_px
            colour = selection if row in scene.selected else alternate if row % 2 else base
            painter.fillRect(0, y, scene.width, scene.row_px, colour)

    def _paint_column(
        self, painter: QPainter, pages: Cells, column: VisibleColumn, scene: Scene, is_mono: bool
    ) -> None:
        text_colour = self.palette.color(QPalette.ColorRole.Text)
        painter.setPen(text_colour)
        metrics = self._metrics[is_mono]
        baseline = (scene.row_px + metrics.ascent() - metrics.descent()) // 2
        x, room = column.x + PAD_PX, column.width - 2 * PAD_PX
        y = scene.top + baseline
        for number in range(scene.first // BLOCK, scene.last // BLOCK + 1):
            texts, styles = pages.block(number, column.index)
            low = max(scene.first - number * BLOCK, 0)
            high = min(scene.last - number * BLOCK + 1, len(texts))
            for text, style in zip(texts[low:high], styles[low:high], strict=True):
                if scene.needle and scene.needle in text.casefold():
                    painter.fillRect(column.x, y - baseline, column.width, scene.row_px, QColor(self.colours.match))
                if style == PLAIN:
                    if text:
                        painter.drawText(x, y, self.elide(text, room, is_mono))
                else:
                    rect = QRect(x, y - baseline, room, scene.row_px)
                    self._paint_styled(painter, rect, y, text, style, is_mono)
                    painter.setPen(text_colour)
                y += scene.row_px

    def _paint_styled(self, painter: QPainter, rect: QRect, y: int, text: str, style: int, is_mono: bool) -> None:
        kind, colours = style & KIND_MASK, self.colours
        if kind == TAGGED:
            paint_chips(painter, rect, self._chips[style >> SHIFT], self.palette, self._metrics[False])
        elif kind == REVIEWED:
            self._paint_review(painter, rect, y, text, style)
        elif kind == FLAGGED:
            self._paint_flags(painter, rect, EventFlag(style >> SHIFT))
        elif kind == STATUS:
            status = STATUSES[style >> SHIFT]
            top = rect.y() + (rect.height() - ICON_PX) // 2
            painter.drawPixmap(rect.x(), top, self._mark(status))
            self._paint_text(painter, rect, y, text, colour_of(status, self.palette).name(), is_mono, ICON_STEP_PX)
        elif kind == CATEGORISED:
            self._paint_dot(painter, rect, colours.of_category(style >> SHIFT))
            self._paint_text(painter, rect, y, text, None, is_mono, DOT_PX + 6)
        elif kind == MISSING:
            self._paint_text(painter, rect, y, text, colours.dim, is_mono)
        elif style & MIXED:
            self._paint_icon(painter, rect, "mixed-scripts", colours.warning)
            self._paint_text(painter, rect, y, text, colours.warning, is_mono, ICON_STEP_PX)
        else:  # a time that could not be understood
            self._paint_icon(painter, rect, "status-warning", colours.warning)
            self._paint_text(painter, rect, y, text, colours.warning, is_mono, ICON_STEP_PX)

    def _paint_review(self, painter: QPainter, rect: QRect, y: int, text: str, style: int) -> None:
        name, colour = state_look(text, self.colours)
        self._paint_icon(painter, rect, name, colour)
        self._paint_text(painter, rect, y, text, colour, False, ICON_STEP_PX)
        if style >> LOCKED_SHIFT:
            x = ICON_STEP_PX + self._metrics[False].horizontalAdvance(text) + 5
            if x + ICON_PX <= rect.width():
                self._paint_icon(painter, rect.adjusted(x, 0, 0, 0), "lock", self.colours.dim)

    def _paint_text(
        self, painter: QPainter, rect: QRect, y: int, text: str, colour: str | None, is_mono: bool, indent: int = 0
    ) -> None:
        if colour is not None:
            painter.setPen(QColor(colour))
        room = rect.width() - indent
        if room > 0:
            painter.drawText(rect.x() + indent, y, self.elide(text, room, is_mono))

    def _paint_icon(self, painter: QPainter, rect: QRect, name: str, colour: str) -> None:
        top = rect.y() + (rect.height() - ICON_PX) // 2
        painter.drawPixmap(rect.x(), top, pixmap(name, colour, ICON_PX, self.ratio))

    def _mark(self, status: StepStatus) -> QPixmap:
        mark = self._marks.get(status)
        if mark is None:
            mark = self._marks[status] = mark_pixmap(status, self.palette, ICON_PX, self.ratio)
        return mark

    def _paint_dot(self, painter: QPainter, rect: QRect, colour: str) -> None:
        top = rect.y() + (rect.height() - DOT_PX) // 2
        painter.fillRect(rect.x(), top, DOT_PX, DOT_PX, QColor(colour))

    def _paint_flags(self, painter: QPainter, rect: QRect, flags: EventFlag) -> None:
        # The gravest alone, where several hold: the tooltip says them all.
        for flag, name in FLAG_ICONS.items():
            if flag in flags:
                around = QRect(rect.x() - 1, rect.y(), ICON_PX, rect.height())
                self._paint_icon(painter, around, name, self.colours.warning)
                return

    def _paint_current(self, painter: QPainter, columns: Sequence[VisibleColumn], scene: Scene) -> None:
        row, index = scene.current
        if not scene.first <= row <= scene.last:
            return
        y = scene.top + (row - scene.first) * scene.row_px
        accent = QColor(self.colours.accent)
        painter.fillRect(0, y, 3, scene.row_px, accent)
        for column in columns:
            if column.index == index and scene.has_focus:
                painter.setPen(accent)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(column.x, y, column.width - 1, scene.row_px - 1)


def _quick(font: QFont) -> QFont:
    """Return the font without kerning and needless shaping: a quarter of the time to draw short texts."""
    quick = QFont(font)
    quick.setKerning(False)
    quick.setStyleStrategy(QFont.StyleStrategy.PreferNoShaping)
    return quick
