"""The item model over a state diff: rows are made when they are first looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QFont, QGuiApplication

from auditviewer.core.state_diff import DiffNode, Kind, StateDiff
from auditviewer.gui.inspector.kinds import icon_of, match_tint, tint_of
from auditviewer.gui.inspector.words import describe_change, describe_key, describe_updated, matches, summarise

AnyIndex = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()
PAGE = 300
"""A long array gives its rows in pages of this many, as the view scrolls to them."""

KEY, CHANGE, ORIGINAL, UPDATED = range(4)


@dataclass(eq=False)
class _Rows:
    nodes: list[DiffNode]
    n_given: int


class StateTreeModel(QAbstractItemModel):
    """Shows a `StateDiff`.

    Parameters
    ----------
    is_comparison
        False for a single value: its columns are the name and the value alone.
    """

    def __init__(self, parent: QObject | None = None, *, is_comparison: bool = True) -> None:
        super().__init__(parent)
        self._columns = (KEY, CHANGE, ORIGINAL, UPDATED) if is_comparison else (KEY, UPDATED)
        self._titles = {KEY: "Path", CHANGE: "Change", ORIGINAL: "Original", UPDATED: "Updated"}
        if not is_comparison:
            self._titles = {KEY: "Path", UPDATED: "Value"}
        self._diff: StateDiff | None = None
        self._only_changes = False
        self._wanted = ""
        self._rows: dict[int, _Rows] = {}
        self._row_of: dict[int, int] = {}
        self._is_match_of: dict[int, bool] = {}

    # -- what is shown -----------------------------------------------------------------------------------

    def set_diff(self, diff: StateDiff | None) -> None:
        """Show another diff."""
        self.beginResetModel()
        self._diff = diff
        self._rows, self._row_of, self._is_match_of = {}, {}, {}
        self.endResetModel()

    def set_only_changes(self, only_changes: bool) -> None:
        """Leave out what is unchanged."""
        self.beginResetModel()
        self._only_changes = only_changes
        self._rows, self._row_of, self._is_match_of = {}, {}, {}
        self.endResetModel()

    def set_wanted(self, text: str) -> None:
        """Highlight the rows that hold the text, in any letter case."""
        self._wanted, self._is_match_of = text.casefold(), {}
        if self.root is not None:
            last = self.index(0, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.BackgroundRole])

    def node_at(self, index: AnyIndex) -> DiffNode | None:
        """Return the path of a row, None for no row."""
        return index.internalPointer() if index.isValid() else None

    def index_of(self, node: DiffNode, column: int = 0) -> QModelIndex:
        """Return the row of a path, with all rows before it given; invalid when it is left out."""
        if node.parent is None:
            return self.createIndex(0, column, node) if self._is_kept(node) else QModelIndex()
        rows, row = self._below(node.parent), self.row_of(node)
        if row < 0:
            return QModelIndex()
        while row >= rows.n_given:
            self.fetchMore(self.index_of(node.parent))
        return self.createIndex(row, column, node)

    def row_of(self, node: DiffNode) -> int:
        """Return which of the rows below its parent a path is, -1 when it is left out."""
        return self._row_of.get(id(node), -1)

    def visible_children(self, node: DiffNode) -> list[DiffNode]:
        """Return the paths shown below one."""
        return self._below(node).nodes

    @property
    def root(self) -> DiffNode | None:
        """The first row's path, None when there is nothing to show."""
        root = self._diff.root if self._diff is not None else None
        return root if root is not None and self._is_kept(root) else None

    def _is_kept(self, node: DiffNode) -> bool:
        return not self._only_changes or node.kind is not Kind.UNCHANGED

    def _below(self, node: DiffNode) -> _Rows:
        rows = self._rows.get(id(node))
        if rows is None:
            children = self._diff.children(node) if self._diff is not None else []
            kept = [child for child in children if self._is_kept(child)] if self._only_changes else children
            rows = self._rows[id(node)] = _Rows(kept, min(len(kept), PAGE))
            self._row_of.update((id(child), row) for row, child in enumerate(kept))
        return rows

    # -- QAbstractItemModel ------------------------------------------------------------------------------

    def columnCount(self, parent: AnyIndex = NO_PARENT) -> int:
        return len(self._columns)

    def rowCount(self, parent: AnyIndex = NO_PARENT) -> int:
        if not parent.isValid():
            return 0 if self.root is None else 1
        return self._below(parent.internalPointer()).n_given if parent.column() == 0 else 0

    def hasChildren(self, parent: AnyIndex = NO_PARENT) -> bool:
        if not parent.isValid():
            return self.root is not None
        node: DiffNode = parent.internalPointer()
        if parent.column() != 0 or not node.has_children:
            return False
        return bool(self._below(node).nodes) if self._only_changes and node.kind is Kind.MOVED else True

    def canFetchMore(self, parent: AnyIndex) -> bool:
        if not parent.isValid() or parent.column() != 0:
            return False
        rows = self._rows.get(id(parent.internalPointer()))
        return rows is not None and rows.n_given < len(rows.nodes)

    def fetchMore(self, parent: AnyIndex) -> None:
        if self.canFetchMore(parent):
            rows = self._below(parent.internalPointer())
            end = min(len(rows.nodes), rows.n_given + PAGE)
            self.beginInsertRows(self.index_of(parent.internalPointer()), rows.n_given, end - 1)
            rows.n_given = end
            self.endInsertRows()

    def index(self, row: int, column: int, parent: AnyIndex = NO_PARENT) -> QModelIndex:
        if not (0 <= column < len(self._columns) and 0 <= row < self.rowCount(parent)):
            return QModelIndex()
        node = self.root if not parent.isValid() else self._below(parent.internalPointer()).nodes[row]
        return self.createIndex(row, column, node)

    def parent(self, index: AnyIndex = NO_PARENT) -> QModelIndex:  # type: ignore[override]
        node = self.node_at(index)
        if node is None or node.parent is None:
            return QModelIndex()
        return self.createIndex(self._row_of.get(id(node.parent), 0), 0, node.parent)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[self._columns[section]] if 0 <= section < len(self._columns) else None
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node_at(index)
        if node is None:
            return None
        column = self._columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(node, column)
        if role == Qt.ItemDataRole.DecorationRole and column == CHANGE:
            return icon_of(Kind.MOVED if node.is_moved else node.kind, QGuiApplication.palette())
        if role == Qt.ItemDataRole.ToolTipRole and column == CHANGE:
            return describe_change(node)  # our own words alone: a tooltip would take data for markup
        if role == Qt.ItemDataRole.BackgroundRole:
            return self._background(node, column)
        if role == Qt.ItemDataRole.FontRole and column == KEY and node.is_change:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def column_kind(self, index: AnyIndex) -> int:
        """Return which of KEY, CHANGE, ORIGINAL, UPDATED the index's column is."""
        return self._columns[index.column()] if index.isValid() else KEY

    def _is_match(self, node: DiffNode) -> bool:
        if not self._wanted:
            return False
        known = self._is_match_of.get(id(node))
        if known is None:
            known = self._is_match_of[id(node)] = matches(node, self._wanted)
        return known

    def _text(self, node: DiffNode, column: int) -> str:
        if column == KEY:
            return describe_key(node)
        if column == CHANGE:
            return describe_change(node)
        return summarise(node.original) if column == ORIGINAL else describe_updated(node)

    def _background(self, node: DiffNode, column: int) -> QBrush | None:
        palette = QGuiApplication.palette()
        if column != CHANGE and self._is_match(node):
            return QBrush(match_tint(palette))
        kind = Kind.MOVED if node.is_moved else node.kind
        tint = tint_of(kind, palette) if column != KEY else None
        if (kind, column) in ((Kind.ADDED, ORIGINAL), (Kind.REMOVED, UPDATED)):
            return None
        return QBrush(tint) if tint is not None else None
