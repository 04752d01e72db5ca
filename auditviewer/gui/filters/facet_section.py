"""One facet of the filter pane: a heading that folds, a search field for long lists, and its values."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListView, QMenu, QToolButton, QVBoxLayout, QWidget

from auditviewer.core.mark_columns import MARKS
from auditviewer.core.query import Query
from auditviewer.core.query.facets import FacetCounts
from auditviewer.core.schema import label_of
from auditviewer.gui.filters.facet_delegate import ROW_PX, FacetDelegate
from auditviewer.gui.filters.facet_model import Choice, FacetModel
from auditviewer.gui.icons import icon

VALUES_IN_VIEW = 8
SEARCH_FROM_VALUES = 12
_IN_ORDER = ("heading", "clear_button", "search", "view")
"""Our widgets as they follow each other."""


class FacetSection(QWidget):
    """The values of one column, to choose from, exclude, and search in."""

    values_chosen = Signal(str, object, bool)
    """Column, frozenset of values, whether they are excluded."""
    cleared = Signal(str)

    def __init__(self, column: str, is_open: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = column
        self._query = Query()
        self._name = MARKS.get(column) or label_of(column)
        self.model = FacetModel(column, self)
        self.heading = QToolButton()
        self.heading.setText(self._name)
        self.heading.setCheckable(True)
        self.heading.setChecked(is_open)
        self.heading.setAutoRaise(True)
        self.heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heading.setObjectName("facet")
        self.heading.toggled.connect(lambda _: self._refold())
        self._top = QHBoxLayout()
        self._top.setContentsMargins(2, 4, 6, 0)
        self._top.addWidget(self.heading)
        self._top.addStretch(1)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 2)
        self._layout.setSpacing(2)
        self._layout.addLayout(self._top)
        self._refold()

    # A closed section is no more than its heading, and few are searched or cleared: twelve of them are built at once.

    @cached_property
    def clear_button(self) -> QToolButton:
        """Takes the filter off."""
        button = QToolButton()
        button.setText("Clear")
        button.setAutoRaise(True)
        button.setToolTip("Remove this filter")
        button.clicked.connect(lambda: self.cleared.emit(self.column))
        self._top.addWidget(button)
        return button

    @cached_property
    def search(self) -> QLineEdit:
        """Narrows a long list."""
        field = QLineEdit()
        field.setPlaceholderText(f"Search {self._name.lower()}…")
        field.setClearButtonEnabled(True)
        field.textChanged.connect(self._on_searched)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 2)
        row.addWidget(field)
        self._layout.insertLayout(1, row)
        return field

    @cached_property
    def view(self) -> QListView:
        """The values."""
        view = _FacetView(self)
        view.setModel(self.model)
        view.setAccessibleName(self._name)
        self._layout.addWidget(view)
        return view

    @property
    def is_open(self) -> bool:
        """Whether the values show."""
        return self.heading.isChecked()

    def show_counts(self, counts: FacetCounts, query: Query) -> None:
        """Show live counts and what the query says of the values."""
        self._query = query
        if "view" in vars(self):
            self._keep_place(lambda: self.model.show_counts(counts, query))
        else:
            self.model.show_counts(counts, query)
        self._refold()

    def show_query(self, query: Query) -> None:
        """Show at once what a query says of the values, and build on it with the next click."""
        self._query = query
        self.model.show_choices(query)

    def toggle(self, row: int) -> None:
        """Choose a value, or stop choosing or excluding it."""
        value, choice = self.model.value(row), self.model.choice(row)
        if choice is Choice.EXCLUDED:
            self._set(self._values(True) - {value}, True)
        elif choice is Choice.CHOSEN:
            self._set(self._values(False) - {value}, False)
        else:
            self._set(self._values(False) | {value}, False)

    def choose_only(self, row: int) -> None:
        """Choose a value and no other."""
        self._set(frozenset({self.model.value(row)}), False)

    def exclude(self, row: int) -> None:
        """Exclude a value, or stop excluding it."""
        value = self.model.value(row)
        if self.model.choice(row) is Choice.EXCLUDED:
            self._set(self._values(True) - {value}, True)
        else:
            self._set(self._values(True) | {value}, True)

    def show_menu(self, point: QPoint) -> None:
        """Open the menu of the value under a point of the view."""
        index = self.view.indexAt(point)
        if not index.isValid():
            return
        row = index.row()
        menu = QMenu(self)
        menu.addAction("Only this value", lambda: self.choose_only(row))
        chosen = self.model.choice(row)
        menu.addAction("Do not choose" if chosen is Choice.CHOSEN else "Choose also", lambda: self.toggle(row))
        menu.addAction("Do not exclude" if chosen is Choice.EXCLUDED else "Exclude", lambda: self.exclude(row))
        menu.addSeparator()
        menu.addAction("Clear this filter", lambda: self.cleared.emit(self.column))
        menu.exec(self.view.viewport().mapToGlobal(point))
        menu.deleteLater()

    def _values(self, is_excluded: bool) -> frozenset[str | None]:
        predicate = self._query.one_of(self.column, is_excluded)
        return predicate.values if predicate else frozenset()

    def _set(self, values: frozenset[str | None], is_excluded: bool) -> None:
        self.values_chosen.emit(self.column, values, is_excluded)

    def _keep_place(self, change: Callable[[], None]) -> None:
        """Change the values; the list stays scrolled as it was."""
        at, scrolled = self.view.currentIndex().row(), self.view.verticalScrollBar().value()
        change()
        if 0 <= at < self.model.rowCount():
            self.view.setCurrentIndex(self.model.index(at))
        self.view.verticalScrollBar().setValue(scrolled)

    def _on_searched(self, text: str) -> None:
        self.model.search(text)
        self._refold()

    def _refold(self) -> None:
        is_open = self.heading.isChecked()
        self.heading.setIcon(icon("down" if is_open else "right"))
        self._show("clear_button", bool(self._values(False) or self._values(True)))
        is_searched = "search" in vars(self) and bool(self.search.text())
        self._show("search", is_open and (self.model.n_values > SEARCH_FROM_VALUES or is_searched))
        self._show("view", is_open)
        if is_open:
            rows = min(max(self.model.rowCount(), 1), VALUES_IN_VIEW)
            self.view.setFixedHeight(rows * ROW_PX + 2)

    def _show(self, name: str, is_shown: bool) -> None:
        """Show or hide one of our widgets; made when it first shows, and then in its place for the Tab key, too."""
        if not is_shown and name not in vars(self):
            return
        is_new = name not in vars(self)
        widget: QWidget = getattr(self, name)
        if is_new:
            made = [w for n in _IN_ORDER[: _IN_ORDER.index(name)] if (w := vars(self).get(n)) is not None]
            self.setTabOrder(made[-1], widget)
        widget.setVisible(is_shown)


class _FacetView(QListView):
    """The list of values: a click chooses, Alt and a click exclude, double click chooses only this one."""

    def __init__(self, section: FacetSection) -> None:
        super().__init__(section)
        self._section = section
        self.setObjectName("bare")
        self.setItemDelegate(FacetDelegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(section.show_menu)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self._act(index, event.modifiers())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() in keys and self.currentIndex().isValid():
            self._act(self.currentIndex(), event.modifiers())
        else:
            super().keyPressEvent(event)

    def _act(self, index: QModelIndex, modifiers: Qt.KeyboardModifier) -> None:
        if modifiers & Qt.KeyboardModifier.AltModifier:
            self._section.exclude(index.row())
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._section.choose_only(index.row())
        else:
            self._section.toggle(index.row())
