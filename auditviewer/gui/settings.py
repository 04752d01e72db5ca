"""Every choice that is kept from one start to the next, one line each."""

from __future__ import annotations

import base64
import json
from typing import Any, Generic, TypeVar, cast, overload

from PySide6.QtCore import QObject, QSettings, Signal

from auditviewer.paths import config_dir

T = TypeVar("T")

RECENT_LIMIT = 12


class Setting(Generic[T]):
    """A stored choice: its key and its default, which also says its type. What does not fit the type is not taken."""

    def __init__(self, key: str, default: T) -> None:
        self.key = key
        self.default = default

    @overload
    def __get__(self, owner: None, kind: type[Settings]) -> Setting[T]: ...
    @overload
    def __get__(self, owner: Settings, kind: type[Settings]) -> T: ...
    def __get__(self, owner: Settings | None, kind: type[Settings]) -> Setting[T] | T:
        if owner is None:
            return self
        value = owner.read(self.key)
        if isinstance(self.default, bytes):
            return cast(T, _bytes_of(value) if isinstance(value, str) else self.default)
        return value if isinstance(value, type(self.default)) else self.default

    def __set__(self, owner: Settings, value: T) -> None:
        owner.write(self.key, base64.b64encode(value).decode() if isinstance(value, bytes) else value)


class Settings(QObject):
    """The choices, kept as JSON texts in an INI file in the configuration folder."""

    changed = Signal(str)
    """The key of a choice that is another from now on."""

    theme = Setting("look/theme", "system")
    zone = Setting("times/zone", "UTC")
    columns = Setting[list[Any]]("events/columns", [])
    recent = Setting[list[Any]]("files/recent", [])
    last_folder = Setting("files/last_folder", "")
    recent_cases = Setting[list[Any]]("files/recent_cases", [])
    reviewer = Setting("review/reviewer", "")
    uses_cache = Setting("files/uses_cache", True)
    geometry = Setting("window/geometry", b"")
    state = Setting("window/state", b"")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = QSettings(str(config_dir() / "settings.ini"), QSettings.Format.IniFormat)

    def read(self, key: str) -> Any:
        """Return what is stored under a key, None when that is nothing or cannot be understood."""
        text = self._store.value(key)
        try:
            return json.loads(text) if isinstance(text, str) else None
        except ValueError:
            return None

    def write(self, key: str, value: Any) -> None:
        """Store a value under a key."""
        if self.read(key) != value:
            self._store.setValue(key, json.dumps(value))
            self.changed.emit(key)

    def add_recent(self, paths: list[str]) -> None:
        """Put what was opened together at the top of the recent logs."""
        others = [entry for entry in self.recent_logs() if entry != paths]
        self.recent = [paths, *others][:RECENT_LIMIT]

    def recent_logs(self) -> list[list[str]]:
        """Return the logs that were opened last, the latest first, each as its paths."""
        return [
            entry
            for entry in self.recent
            if isinstance(entry, list) and entry and all(isinstance(path, str) for path in entry)
        ]

    def add_recent_case(self, path: str) -> None:
        """Put a case at the top of the recent ones."""
        self.recent_cases = [path, *(entry for entry in self.cases() if entry != path)][:RECENT_LIMIT]

    def cases(self) -> list[str]:
        """Return the cases that were opened last, the latest first."""
        return [entry for entry in self.recent_cases if isinstance(entry, str)]

    def save(self) -> None:
        """Write what is not yet on the disk."""
        self._store.sync()


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
