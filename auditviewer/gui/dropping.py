"""Files that are dropped on a window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget


class DropTarget(QObject):
    """Takes files that are dropped on a widget."""

    held = Signal(bool)
    """Whether something that can be dropped is held over the widget."""
    dropped = Signal(object, bool)
    """The paths, and whether they are added to what is open: with Ctrl."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DragLeave:
            self.held.emit(False)
        elif event.type() in (QEvent.Type.DragEnter, QEvent.Type.Drop) and isinstance(event, QDropEvent):
            is_drop = event.type() == QEvent.Type.Drop
            paths = _paths_of(event)
            self.held.emit(bool(paths) and not is_drop)
            if paths:
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                if is_drop:
                    self.dropped.emit(paths, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
                return True
        return super().eventFilter(watched, event)


def _paths_of(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile() and url.toLocalFile()]
