"""A list of the account: plain rows that can be copied."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from auditviewer.gui.look import ROW_PX
from auditviewer.gui.widgets.list_model import ListModel

COPY_LIMIT = 100_000


class ListView(QTableView):
    """Shows a `ListModel`; Ctrl+C copies the selected rows, the menu a cell as well."""

    copied = Signal(str)

    def __init__(self, model: ListModel[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = model
        self.setModel(model)
        self.setObjectName("bare")
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, field in enumerate(model.fields):
            header.resizeSection(column, field.width_px)

    def copy_cell(self) -> None:
        """Copy the current cell to the letter."""
        index = self.currentIndex()
        if index.isValid():
            self._put(self.rows.text(index.row(), index.column()), self.rows.fields[index.column()].heading)

    def copy_rows(self) -> None:
        """Copy the selected rows, a line each, tabs between the cells."""
        chosen = sorted({index.row() for index in self.selectionModel().selectedRows()})[:COPY_LIMIT]
        columns = range(self.rows.columnCount())
        lines = ["\t".join(field.heading for field in self.rows.fields)]
        lines += ["\t".join(_one_line(self.rows.text(row, column)) for column in columns) for row in chosen]
        self._put("\n".join(lines), f"{len(chosen):,} rows")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
            return
        super().keyPressEvent(event)

    def _put(self, text: str, words: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(f"Copied {words}")

    def _show_menu(self, at: QPoint) -> None:
        if not self.indexAt(at).isValid():
            return
        self._menu = QMenu(self)
        for words, work in (("Copy cell", self.copy_cell), ("Copy rows", self.copy_rows)):
            action = QAction(words, self._menu)
            action.triggered.connect(lambda _checked=False, work=work: work())
            self._menu.addAction(action)
        self._menu.popup(self.viewport().mapToGlobal(at))


def _one_line(text: str) -> str:
    return text.replace("\t", " ").replace("\r", " ").replace("\n", " ")
