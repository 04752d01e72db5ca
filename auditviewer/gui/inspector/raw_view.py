"""The cells of the current event, exactly as in the source."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from auditviewer.core.display import fit_to_show
from auditviewer.core.schema import JSON_COLUMNS, label_of
from auditviewer.gui.inspector.inspection import Inspection, describe_cell
from auditviewer.gui.inspector.text_view import TextView


class RawView(QWidget):
    """Shows one cell at a time; what is not JSON in a JSON column is marked where it stops being so."""

    copied = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inspection: Inspection | None = None
        self._is_stale = False
        self.columns = QComboBox()
        self.columns.currentIndexChanged.connect(lambda _: self._show())
        self.copy_button = QPushButton("Copy text")
        self.copy_button.clicked.connect(lambda: self.copy_text())
        self.remark = QLabel()
        self.remark.setTextFormat(Qt.TextFormat.PlainText)
        self.remark.setWordWrap(True)
        self.text = TextView()
        line = QHBoxLayout()
        line.addWidget(self.columns, 1)
        line.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(line)
        layout.addWidget(self.remark)
        layout.addWidget(self.text, 1)

    def set_inspection(self, inspection: Inspection | None) -> None:
        """Show another event; the column stays."""
        self._inspection = inspection
        names = list(inspection.texts) if inspection is not None else []
        names = [
            *(n for n in JSON_COLUMNS[1:] + JSON_COLUMNS[:1] if n in names),
            *(n for n in names if n not in JSON_COLUMNS),
        ]
        if names != [self.columns.itemData(i) for i in range(self.columns.count())]:
            self.columns.blockSignals(True)
            self.columns.clear()
            for name in names:
                self.columns.addItem(fit_to_show(label_of(name), 80), name)
            self.columns.blockSignals(False)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._show()

    def show_column(self, column: str) -> None:
        """Show the cell of a column."""
        index = self.columns.findData(column)
        if index >= 0:
            self.columns.setCurrentIndex(index)

    def copy_text(self) -> None:
        """Copy the whole cell, to the letter."""
        text = self._inspection.texts.get(self.columns.currentData()) if self._inspection is not None else None
        if text is not None:
            QGuiApplication.clipboard().setText(text)
            self.copied.emit("Copied the raw text.")

    def _show(self) -> None:
        self._is_stale = not self.isVisible()
        if self._is_stale:  # laying out long text takes time; while nobody looks, it is not done
            return
        column = self.columns.currentData()
        if self._inspection is None or column is None:
            self.text.set_text("")
            self.remark.setText("")
            return
        text, kind = self._inspection.texts[column], self._inspection.kinds[column]
        error = self._inspection.error_in(column)
        self.text.set_text(text or "", error.offset if error is not None else None)
        self.remark.setText(f"Not JSON: {fit_to_show(error.sentence)}" if error else describe_cell(text, kind))
        self.remark.setVisible(bool(self.remark.text()))
        self.copy_button.setEnabled(text is not None)
