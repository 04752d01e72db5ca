"""A tree of states with its search line and its copy commands."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from auditviewer.core.errors import AuditViewerError
from auditviewer.core.json_format import format_json
from auditviewer.core.json_patch import json_patch
from auditviewer.core.json_text import JsonObject, JsonValue
from auditviewer.core.state_diff import MISSING, DiffNode, Kind, StateDiff
from auditviewer.gui.inspector.tree_model import ORIGINAL, StateTreeModel
from auditviewer.gui.inspector.tree_search import TreeSearch
from auditviewer.gui.inspector.words import text_to_copy

EXPAND_LIMIT = 2_000
"""Expanding all stops after this many rows, and says so."""
OPENED_AT_FIRST = 200
"""Changed branches are opened at first until this many rows show."""


class StateTree(QWidget):
    """Shows a `StateDiff` as a tree with find, expand, collapse and copy.

    Parameters
    ----------
    is_comparison
        False for a single value, without the columns and the switch of a comparison.
    """

    copied = Signal(str)
    """What was copied, in a few words."""
    value_wanted = Signal(bool, str, str)
    """Keep the events with a value at a path: whether of the original side, JSON Pointer, JSON text."""

    def __init__(self, parent: QWidget | None = None, *, is_comparison: bool = True) -> None:
        super().__init__(parent)
        self._diff: StateDiff | None = None
        self.model = StateTreeModel(self, is_comparison=is_comparison)
        self.view = QTreeView()
        self.view.setModel(self.model)
        self.view.setUniformRowHeights(True)
        self.view.setAlternatingRowColors(False)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._on_menu_requested)
        self.view.setAllColumnsShowFocus(True)
        header = self.view.header()
        header.setStretchLastSection(not is_comparison)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for section, width_px in enumerate((130, 96) if is_comparison else (220,)):
            self.view.setColumnWidth(section, width_px)
        for section in (2, 3) if is_comparison else ():  # the two values share what is left, however narrow
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.Stretch)
        self.search = TreeSearch(self.model, self)
        self.search.found.connect(self._on_found)
        self.search.not_found.connect(lambda: self._said.setText("not found" if self.find_line.text() else ""))
        self.only_changes = QCheckBox("Only changes")
        self.only_changes.setVisible(is_comparison)
        self.only_changes.toggled.connect(self._on_only_changes)
        self._make_actions(is_comparison)
        self._lay_out()

    def set_diff(self, diff: StateDiff | None) -> None:
        """Show another diff, its changes opened."""
        self._diff = diff
        self._said.setText("")
        self.model.set_diff(diff)
        self._open_changes()

    def current_node(self) -> DiffNode | None:
        """Return the path of the current row."""
        return self.model.node_at(self.view.currentIndex())

    # -- commands ----------------------------------------------------------------------------------------

    def copy_value(self) -> None:
        """Copy the current path's value: the original one from its column, else the updated one if there is one."""
        node = self.current_node()
        if node is not None:
            is_original = self.model.column_kind(self.view.currentIndex()) == ORIGINAL
            first, second = (node.original, node.updated) if is_original else (node.updated, node.original)
            self._copy(text_to_copy(second if first is MISSING else first), "value")

    def copy_path(self) -> None:
        """Copy the current path as a JSON Pointer."""
        node = self.current_node()
        if node is not None:
            self._copy(node.pointer, f"path {node.pointer}" if node.pointer else "path of the whole value (empty)")

    def copy_patch(self) -> None:
        """Copy what became of the current path, or of the whole state, as a JSON Patch."""
        if self._diff is None:
            return
        try:
            self._copy(json_patch(self._diff, self.current_node()), "JSON Patch")
        except AuditViewerError as refusal:
            self.copied.emit(str(refusal))

    def keep_value(self) -> None:
        """Ask for the events that have the current row's value at its path."""
        node = self.current_node()
        if node is not None and (chosen := self._scalar_of(node)) is not None:
            is_original, value = chosen
            pointer = node.original_pointer if is_original else node.updated_pointer
            self.value_wanted.emit(is_original, pointer or "", format_json(value))

    def find_next(self) -> None:
        """Go to the next row that holds the text of the search line."""
        self.search.find(self.find_line.text(), self.current_node())

    def find_previous(self) -> None:
        """Go to the row before that holds the text of the search line."""
        self.search.find(self.find_line.text(), self.current_node(), is_backward=True)

    def expand_all(self) -> None:
        """Open every row, up to a limit."""
        self._open(lambda node: True, EXPAND_LIMIT)

    def collapse_all(self) -> None:
        """Close every row but the first."""
        self.view.collapseAll()
        self.view.expandToDepth(0)

    # -- inside ------------------------------------------------------------------------------------------

    def _scalar_of(self, node: DiffNode) -> tuple[bool, JsonValue] | None:
        """Return the side and the value that the current column shows; None where that is not one plain value."""
        is_original = self.model.column_kind(self.view.currentIndex()) == ORIGINAL or node.updated is MISSING
        value = node.original if is_original else node.updated
        return None if value is MISSING or isinstance(value, (list, JsonObject)) else (is_original, value)

    def _make_actions(self, is_comparison: bool) -> None:
        def action(text: str, slot: object, keys: QKeySequence | QKeySequence.StandardKey | None = None) -> QAction:
            made = QAction(text, self)
            made.triggered.connect(lambda: slot())  # type: ignore[operator]
            if keys is not None:
                made.setShortcut(keys)
                made.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self.addAction(made)
            return made

        self.copy_value_action = action("Copy &value", self.copy_value, QKeySequence.StandardKey.Copy)
        self.copy_path_action = action("Copy &path (JSON Pointer)", self.copy_path, QKeySequence("Ctrl+Shift+C"))
        self.copy_patch_action = action("Copy change as &JSON Patch", self.copy_patch)
        self.copy_patch_action.setVisible(is_comparison)
        self.keep_value_action = action("Only events with this value &here", self.keep_value)
        self.expand_action = action("&Expand all", self.expand_all)
        self.collapse_action = action("&Collapse all", self.collapse_all)
        action("Find", lambda: self.find_line.setFocus(), QKeySequence.StandardKey.Find)
        action("Find next", self.find_next, QKeySequence.StandardKey.FindNext)
        action("Find previous", self.find_previous, QKeySequence.StandardKey.FindPrevious)

    def _lay_out(self) -> None:
        self.find_line = QLineEdit()
        self.find_line.setPlaceholderText("Find in keys and values")
        self.find_line.setClearButtonEnabled(True)
        self.find_line.textChanged.connect(self._on_text_changed)
        self.find_line.returnPressed.connect(self.find_next)
        self._said = QLabel()
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.find_line, 1)
        buttons = (("▲", "Find previous", self.find_previous), ("▼", "Find next", self.find_next))
        more = (("+", "Expand all", self.expand_all), ("−", "Collapse all", self.collapse_all))
        for text, what, slot in buttons:
            line.addWidget(self._button(text, what, slot))
        line.addWidget(self._said)
        line.addWidget(self.only_changes)
        for text, what, slot in more:
            line.addWidget(self._button(text, what, slot))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(line)
        layout.addWidget(self.view, 1)

    def _button(self, text: str, what: str, slot: object) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setAutoRaise(True)
        button.setToolTip(what)
        button.setAccessibleName(what)
        button.clicked.connect(lambda: slot())  # type: ignore[operator]
        return button

    def _copy(self, text: str, what: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(f"Copied the {what}.")

    def _on_only_changes(self, is_on: bool) -> None:
        self.model.set_only_changes(is_on)
        self._open_changes()

    def _open_changes(self) -> None:
        root = self.model.root
        if root is None:
            return
        is_small = root.kind is not Kind.INSIDE
        self._open(lambda node: node.kind is Kind.INSIDE or node is root or is_small, OPENED_AT_FIRST)
        self.view.setCurrentIndex(self.model.index_of(root))
        self.view.clearSelection()

    def _open(self, is_wanted: object, limit: int) -> None:
        """Open rows from the top, breadth first, until more than the limit show."""
        root = self.model.root
        pending = [root] if root is not None else []
        shown = 0
        self.view.setUpdatesEnabled(False)
        for node in pending:
            if shown > limit:
                self._said.setText(f"the first {limit:,} rows are open")
                break
            if node.has_children and (node is root or is_wanted(node)):  # type: ignore[operator]
                below = self.model.visible_children(node)[:limit]
                shown += len(below)
                pending.extend(below)
                self.view.expand(self.model.index_of(node))
        self.view.setUpdatesEnabled(True)

    def _on_text_changed(self, text: str) -> None:
        self._said.setText("")
        self.model.set_wanted(text)
        self.view.viewport().update()
        if text:
            self.search.find(text, self.current_node(), with_start=True)

    def _on_found(self, node: DiffNode) -> None:
        index = self.model.index_of(node)
        above = node.parent
        while above is not None:
            self.view.expand(self.model.index_of(above))
            above = above.parent
        self._said.setText("")
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _on_menu_requested(self, at: QPoint) -> None:
        node = self.current_node()
        if node is None:
            return
        self.keep_value_action.setEnabled(self._scalar_of(node) is not None)
        menu = QMenu(self)
        menu.addActions([self.copy_value_action, self.copy_path_action, self.copy_patch_action])
        menu.addSeparator()
        menu.addAction(self.keep_value_action)
        menu.addSeparator()
        menu.addActions([self.expand_action, self.collapse_action])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.view.viewport().mapToGlobal(at))
