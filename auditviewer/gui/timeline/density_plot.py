"""The plot of events over time: wheel zooms, a drag marks a range of time, a double click lets go of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPalette, QPen
from PySide6.QtWidgets import QWidget

from auditviewer.core.timeline import Density
from auditviewer.gui.look import colours_of
from auditviewer.gui.timeline.axes import CountAxis, ZoneAxis, ticks_of, x_of
from auditviewer.gui.timeline.density_item import DensityItem

_NARROWEST_S = 1e-4
_MARGIN_S = 1e-3


class _BrushBox(pg.ViewBox):  # type: ignore[misc]
    """A view in which a drag marks a range; with Shift, or by the middle button, it moves the view."""

    brushed = Signal(float, float, bool)
    double_clicked = Signal()

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        """Mark a range with the left button."""
        is_left = event.button() == Qt.MouseButton.LeftButton
        if not is_left or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            super().mouseDragEvent(event, axis)
            return
        event.accept()
        start, here = (self.mapToView(QPointF(p)).x() for p in (event.buttonDownPos(), event.pos()))
        self.brushed.emit(min(start, here), max(start, here), event.isFinish())

    def mouseClickEvent(self, event: Any) -> None:
        """Let go of the range on a double click."""
        if event.double() and event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            self.double_clicked.emit()


class DensityPlot(pg.PlotWidget):  # type: ignore[misc]
    """Bars over time and the range of time that is kept."""

    range_dragged = Signal(object, object)
    """The user let go of a range: its two ends in ticks, not rounded."""
    clear_requested = Signal()
    view_changed = Signal(object, object)
    """The user zoomed or moved: first and last instant in view, in ticks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._box = _BrushBox(enableMenu=False)
        self._axis = ZoneAxis()
        super().__init__(parent, viewBox=self._box, axisItems={"bottom": self._axis, "left": CountAxis()})
        self.bars = DensityItem()
        self.region = pg.LinearRegionItem(swapMode="sort")
        self.region.setZValue(10)
        self._is_following = False
        self._filter: tuple[int | None, int | None] | None = None
        self._edges: tuple[int, int] = (0, 1)
        self._build()
        self.restyle()

    def _take_export_away(self) -> None:
        """Take pyqtgraph's own "Export..." out of the menu of the scene: what is exported here are events."""
        scene = self.scene()
        for action in scene.contextMenu:
            action.deleteLater()
        scene.contextMenu = []

    def _build(self) -> None:
        self.hideButtons()
        self.setMenuEnabled(False)
        self._take_export_away()
        self.addItem(self.bars)
        self.addItem(self.region, ignoreBounds=True)
        self.setMouseEnabled(x=True, y=False)
        self._box.disableAutoRange()
        self.getAxis("left").setWidth(46)
        self.setMinimumHeight(90)
        self.plotItem.setContentsMargins(0, 6, 6, 0)
        self.region.sigRegionChangeFinished.connect(self._on_region_released)
        self._box.brushed.connect(self._on_brushed)
        self._box.double_clicked.connect(self.clear_requested)
        self._box.sigRangeChangedManually.connect(self._on_view_changed)

    # -- what is shown -----------------------------------------------------------------------------------

    def set_density(self, shown: Density, context: Density | None) -> None:
        """Show counts and fit the height to them."""
        self.bars.set_density(shown, context)
        self._box.setYRange(0, max(self.bars.highest, 1) * 1.06, padding=0)

    def set_span(self, first: int, last: int) -> None:
        """Say from when to when there are events; the view cannot leave it by much."""
        self._edges = (first, last + 1)
        low, high = x_of(first), x_of(last)
        margin = max((high - low) * 0.05, _MARGIN_S)
        self._box.setLimits(xMin=low - margin, xMax=high + margin, minXRange=_NARROWEST_S)
        self._place_region()

    def set_view(self, first: int, last: int, padding: float = 0.0) -> None:
        """Look at a range of time, with some of it added on either side."""
        low, high = x_of(first), x_of(last)
        self._box.setXRange(low, max(high, low + _MARGIN_S), padding=padding)

    def set_filter(self, start: int | None, end: int | None, is_filtered: bool) -> None:
        """Show which range of time is kept, an open side up to the end of the span."""
        self._filter = (start, end) if is_filtered else None
        self._place_region()

    def set_zone(self, zone: dt.tzinfo) -> None:
        """Show times in another zone."""
        self._axis.set_zone(zone)

    def set_busy(self, is_busy: bool) -> None:
        """Show that the bars are about to change."""
        self.bars.setOpacity(0.45 if is_busy else 1.0)

    def restyle(self) -> None:
        """Take the colours of the palette."""
        palette, colours = self.palette(), colours_of(self.palette())
        self.setBackground(palette.color(QPalette.ColorRole.Base))
        self.bars.set_palette(palette)
        for name in ("left", "bottom"):
            axis = self.getAxis(name)
            axis.setPen(QPen(palette.color(QPalette.ColorRole.Mid)))
            axis.setTextPen(QPen(QColor(colours.dim)))
            axis.setStyle(tickFont=self.font())
        accent = QColor(colours.accent)
        for line in self.region.lines:
            line.setPen(pg.mkPen(accent, width=2))
            line.setHoverPen(pg.mkPen(accent, width=4))
        self._place_region()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "bars"):
            self.restyle()

    # -- inside ------------------------------------------------------------------------------------------

    def _place_region(self) -> None:
        accent = QColor(colours_of(self.palette()).accent)
        accent.setAlpha(38 if self._filter else 0)
        hover = QColor(accent)
        hover.setAlpha(60 if self._filter else 0)
        self.region.setBrush(accent)
        self.region.setHoverBrush(hover)
        # Without a filter the region is all there is: its edges can be dragged, and a drag inside marks a new one.
        self.region.movable = self._filter is not None
        start, end = self._filter or (None, None)
        first, after = self._edges
        self._is_following = True
        low, high = x_of(first if start is None else start), x_of(after if end is None else end)
        self.region.setRegion((low, max(low, high)))
        self._is_following = False

    def _on_region_released(self) -> None:
        if not self._is_following:
            low, high = self.region.getRegion()
            self.range_dragged.emit(ticks_of(low), ticks_of(high))

    def _on_brushed(self, low: float, high: float, is_finished: bool) -> None:
        self._is_following = True
        self.region.setRegion((low, high))
        self._is_following = False
        if is_finished:
            self.range_dragged.emit(ticks_of(low), ticks_of(high))

    def _on_view_changed(self, _: object) -> None:
        (low, high), _y = self._box.viewRange()
        self.view_changed.emit(ticks_of(low), ticks_of(high))
