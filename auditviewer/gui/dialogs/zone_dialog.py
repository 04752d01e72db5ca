"""Asks for the zone that times are shown in."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from auditviewer.gui.dialogs.picker import Choice, Picker
from auditviewer.gui.zones import LOCAL, all_zone_names, system_zone_name


class ZoneDialog(Picker):
    """Lists UTC, local time and every zone of the system."""

    def __init__(self, current: str, parent: QWidget | None = None) -> None:
        names = all_zone_names()
        local = Choice(LOCAL, f"Local time ({system_zone_name()})")
        others = [Choice(name, name, also=name.replace("_", " ").replace("/", " ")) for name in names[1:]]
        super().__init__([Choice("UTC", "UTC", "as exported"), local, *others], "Search for a city or a zone", parent)
        self.setWindowTitle("Time zone")
        self.pick(current)
