"""Find next and previous in a tree, a slice of work at a time so that the window stays live."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from auditviewer.core.state_diff import DiffNode
from auditviewer.gui.inspector.tree_model import StateTreeModel
from auditviewer.gui.inspector.words import matches

SLICE_S = 0.012


class TreeSearch(QObject):
    """Walks the shown paths of a model, around its end, until one holds the text."""

    found = Signal(object)
    """The `DiffNode` that holds the text."""
    not_found = Signal()

    def __init__(self, model: StateTreeModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._walk)
        self._step: Callable[[DiffNode], DiffNode] = self._after
        self._at: DiffNode | None = None
        self._start: DiffNode | None = None
        self._wanted = ""
        model.modelReset.connect(self._timer.stop)

    def find(self, text: str, start: DiffNode | None, *, is_backward: bool = False, with_start: bool = False) -> None:
        """Look for the text in any letter case, from a path on."""
        self._timer.stop()
        root = self._model.root
        self._wanted = text.casefold()
        if root is None or not self._wanted:
            self.not_found.emit()
            return
        self._step = self._before if is_backward else self._after
        self._start = self._at = start or root
        if with_start and matches(self._start, self._wanted):
            self.found.emit(self._start)
            return
        self._timer.start()

    def _walk(self) -> None:
        deadline = time.perf_counter() + SLICE_S
        while self._at is not None and time.perf_counter() < deadline:
            self._at = self._step(self._at)
            if matches(self._at, self._wanted):
                self._timer.stop()
                self.found.emit(self._at)
                return
            if self._at is self._start:
                self._timer.stop()
                self.not_found.emit()
                return

    def _after(self, node: DiffNode) -> DiffNode:
        """Return the path after one in the order of the rows; the root after the last."""
        below = self._model.visible_children(node) if node.has_children else []
        if below:
            return below[0]
        while node.parent is not None:
            siblings = self._model.visible_children(node.parent)
            row = self._model.row_of(node)
            if row + 1 < len(siblings):
                return siblings[row + 1]
            node = node.parent
        return node

    def _before(self, node: DiffNode) -> DiffNode:
        """Return the path before one in the order of the rows; the last before the root."""
        if node.parent is not None:
            row = self._model.row_of(node)
            if row == 0:
                return node.parent
            node = self._model.visible_children(node.parent)[row - 1]
        while node.has_children and (below := self._model.visible_children(node)):
            node = below[-1]
        return node
