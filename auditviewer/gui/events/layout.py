"""Which columns show, where and how wide: kept by name, so that another log with other columns keeps it too."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QHeaderView

from auditviewer.gui.events.columns import FIXED_FIRST, FLAGS, first_width_px
from auditviewer.gui.settings import Settings

SAVE_AFTER_MS = 300


@dataclass(frozen=True)
class ColumnPlace:
    """A column's name, width and whether it is hidden; the order is that of the list it stands in."""

    name: str
    width_px: int
    is_hidden: bool = False


class ColumnLayout(QObject):
    """Keeps a header's columns as the user put them, in the settings."""

    def __init__(self, header: QHeaderView, settings: Settings) -> None:
        super().__init__(header)
        self._header = header
        self._settings = settings
        self._columns: tuple[str, ...] = ()
        self._is_applying = False
        self._save_later = QTimer(self)
        self._save_later.setSingleShot(True)
        self._save_later.setInterval(SAVE_AFTER_MS)
        self._save_later.timeout.connect(self.save)
        header.sectionMoved.connect(lambda *_: self._on_changed())
        header.sectionResized.connect(lambda *_: self._on_changed())

    def set_columns(self, columns: tuple[str, ...]) -> None:
        """Lay out the columns of a model, as they were kept; ones never met go last."""
        if columns == self._columns:
            return
        self._columns = columns
        self.apply(self._kept())

    def places(self) -> list[ColumnPlace]:
        """Return the columns as they stand, left to right."""
        header, found = self._header, []
        for visual in range(header.count()):
            index = header.logicalIndex(visual)
            is_hidden = header.isSectionHidden(index)
            name = self._columns[index]
            width = self._hidden_width(name) if is_hidden else header.sectionSize(index)
            found.append(ColumnPlace(name, width, is_hidden))
        return found

    def apply(self, places: list[ColumnPlace]) -> None:
        """Put the columns where the places say."""
        header = self._header
        self._is_applying = True
        known = [place for place in places if place.name in self._columns]
        named = {place.name for place in known}
        known += [ColumnPlace(name, first_width_px(name)) for name in self._columns if name not in named]
        known.sort(key=lambda place: FIXED_FIRST.index(place.name) if place.name in FIXED_FIRST else len(FIXED_FIRST))
        for visual, place in enumerate(known):
            index = self._columns.index(place.name)
            header.moveSection(header.visualIndex(index), visual)
            header.setSectionHidden(index, False)
            header.resizeSection(index, max(place.width_px, header.minimumSectionSize()))
            header.setSectionHidden(index, place.is_hidden)
        header.setSectionResizeMode(self._columns.index(FLAGS), QHeaderView.ResizeMode.Fixed)
        self._is_applying = False

    def set_hidden(self, column: str, is_hidden: bool) -> None:
        """Show or hide a column."""
        index = self._columns.index(column)
        if is_hidden:
            self._remember_widths()
        self._header.setSectionHidden(index, is_hidden)
        if not is_hidden:
            self._header.resizeSection(index, self._hidden_width(column))
        self._on_changed()

    def choose(self, places: list[ColumnPlace]) -> None:
        """Put the columns where the user chose, and keep it so."""
        self.apply(places)
        self._on_changed()

    def shown(self) -> list[str]:
        """Return the names of the export's columns that show, left to right."""
        return [place.name for place in self.places() if not place.is_hidden and place.name not in FIXED_FIRST]

    def show_only(self, names: list[str]) -> None:
        """Show these of the export's columns, in this order, and hide its others."""
        by_name = {place.name: place for place in self.places()}
        wanted = [by_name[name] for name in names if name in by_name]
        if not wanted:
            return
        fixed = [place for place in by_name.values() if place.name in FIXED_FIRST]
        others = [place for place in by_name.values() if place not in (*wanted, *fixed)]
        shown = [ColumnPlace(p.name, p.width_px) for p in wanted]
        self.choose([*fixed, *shown, *(ColumnPlace(p.name, p.width_px, True) for p in others)])

    def reset(self) -> None:
        """Put every column back where it was at first."""
        self._settings.columns = []
        self.apply([ColumnPlace(name, first_width_px(name)) for name in self._columns])

    def save(self) -> None:
        """Keep the columns as they stand; those of other logs stay kept too."""
        places = self.places()
        named = {place.name for place in places}
        others = [place for place in self._kept() if place.name not in named]
        self._settings.columns = [[p.name, p.width_px, p.is_hidden] for p in (*places, *others)]

    # -- inside ------------------------------------------------------------------------------------------

    def _on_changed(self) -> None:
        if not self._is_applying and self._columns:
            self._save_later.start()

    def _kept(self) -> list[ColumnPlace]:
        found = []
        for entry in self._settings.columns:
            match entry:
                case [str(name), int(width), bool(is_hidden)]:
                    found.append(ColumnPlace(name, min(max(width, 24), 4000), is_hidden))
        return found

    def _hidden_width(self, column: str) -> int:
        kept = next((place.width_px for place in self._kept() if place.name == column), 0)
        return kept or first_width_px(column)

    def _remember_widths(self) -> None:
        self._save_later.stop()
        self.save()
