"""A window that files can be dropped on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow


class DropWindow(QMainWindow):
    """Says which files are dropped on it."""

    held = Signal(bool)
    """Whether something that can be dropped is held over the window."""
    dropped = Signal(object, bool)
    """The paths, and whether they are added to what is open: with Ctrl."""

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _paths_of(event):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.held.emit(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.held.emit(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.held.emit(False)
        if paths := _paths_of(event):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.dropped.emit(paths, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))


def _paths_of(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile() and url.toLocalFile()]
