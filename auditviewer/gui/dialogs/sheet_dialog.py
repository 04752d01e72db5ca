"""A sample's sheet: item after item, its event beside it, a result by key and a note."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from auditviewer.core.case.acts import SampleKept
from auditviewer.core.case.review import sample_positions
from auditviewer.core.display import fit_to_show
from auditviewer.core.wording import describe_event
from auditviewer.gui.icons import icon
from auditviewer.gui.jobs import JobRunner
from auditviewer.gui.look import GAP_PX, colours_of
from auditviewer.gui.session import Session
from auditviewer.gui.widgets.list_model import Field, ListModel
from auditviewer.gui.widgets.list_view import ListView

RESULTS = (("pass", "&Pass", "P"), ("exception", "&Exception", "E"), ("not applicable", "&Not applicable", "N"))
"""Result, its words on a button, and its key in the list of items."""
_ICONS = {"pass": "status-success", "exception": "status-failure", "not applicable": "minus"}


class SheetDialog(QDialog):
    """Shows the samples of the open case, one at a time. The current item's event is current in the window."""

    noted = Signal(str, int, str, str)
    """Sample, item, result, note."""
    export_requested = Signal(str)
    """The name of a sample that is to be written as XLSX."""

    def __init__(self, session: Session, name: str, parent: QWidget | None = None, executor: Any = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Test sample")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(900, 560)
        self._session = session
        self._positions: list[int | None] = []
        self._finding = JobRunner(self, executor)
        self.sample = QComboBox()
        self.tested = QLabel()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(140, 8)
        self.items: ListView = ListView(ListModel(self._fields(), self))
        self.shown_event = QPlainTextEdit()
        self.shown_event.setReadOnly(True)
        self.note = QPlainTextEdit()
        self.note.setPlaceholderText("Note on this item; kept with the result")
        self.note.setTabChangesFocus(True)
        self.note.setMaximumHeight(110)
        self.buttons = {result: QPushButton(f"{words}  ({key})") for result, words, key in RESULTS}
        self.sheet_button = QPushButton("Write XLSX…")
        self._lay_out()
        self._connect()
        self.show_samples(name)

    def show_samples(self, name: str = "") -> None:
        """Show the samples that there are, and one of them."""
        case = self._session.review.case
        names = list(case.state.samples) if case is not None else []
        self.sample.blockSignals(True)
        self.sample.clear()
        self.sample.addItems(names)
        self.sample.setCurrentText(name if name in names else names[-1] if names else "")
        self.sample.blockSignals(False)
        self._on_sample()

    def current_sample(self) -> SampleKept | None:
        """Return the sample that shows."""
        case = self._session.review.case
        return None if case is None else case.state.samples.get(self.sample.currentText())

    def set_result(self, result: str) -> None:
        """Note a result of the current item, and go to the next that is not tested."""
        sample, row = self.current_sample(), self.items.currentIndex().row()
        if sample is None or row < 0 or not self._session.review.can_write:
            return
        self.noted.emit(sample.name, row + 1, result, self.note.toPlainText().strip())
        n = len(sample.drawn["items"])
        others = [*range(row + 1, n), *range(row)]
        following = next((i for i in others if i + 1 not in sample.results), row)
        self.items.setCurrentIndex(self.items.model().index(following, 0))
        self.items.setFocus()

    # -- inside ------------------------------------------------------------------------------------------

    def _fields(self) -> tuple[Field[tuple[int, str]], ...]:
        def result(row: tuple[int, str], name: str = "result") -> str:
            sample = self.current_sample()
            return "" if sample is None else str(sample.results.get(row[0], {}).get(name, ""))

        def mark(row: tuple[int, str]) -> QIcon | None:
            colours, said = colours_of(self.palette()), result(row)
            colour = {"pass": colours.success, "exception": colours.failure}.get(said, colours.dim)
            return icon(_ICONS[said], colour) if said in _ICONS else None

        return (
            Field("Item", lambda row: f"{row[0]:,}", 50, is_number=True),
            Field("Result", lambda row: result(row), 120, icon=mark),
            Field("Event", lambda row: row[1], 190, is_monospace=True),
            Field("Note", lambda row: result(row, "note"), 160),
        )

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(QLabel("Sample"))
        top.addWidget(self.sample, 1)
        top.addWidget(self.bar)
        top.addWidget(self.tested)
        right = QWidget()
        inner = QVBoxLayout(right)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.shown_event, 1)
        inner.addWidget(self.note)
        row = QHBoxLayout()
        for button in self.buttons.values():
            button.setAutoDefault(False)
            row.addWidget(button)
        inner.addLayout(row)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.items)
        split.addWidget(right)
        split.setSizes([430, 450])
        foot = QHBoxLayout()
        hint = QLabel("P, E and N note a result while the list has the keyboard.")
        hint.setEnabled(False)
        close = QPushButton("Close")
        close.clicked.connect(lambda _checked=False: self.close())
        for widget in (self.sheet_button, close):
            widget.setAutoDefault(False)
        foot.addWidget(hint, 1)
        foot.addWidget(self.sheet_button)
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setSpacing(GAP_PX)
        layout.addLayout(top)
        layout.addWidget(split, 1)
        layout.addLayout(foot)

    def _connect(self) -> None:
        self.sample.currentTextChanged.connect(lambda _name: self._on_sample())
        self.items.selectionModel().currentRowChanged.connect(lambda index, _old: self._on_item(index))
        self.sheet_button.clicked.connect(lambda _checked=False: self.export_requested.emit(self.sample.currentText()))
        for result, _, key in RESULTS:
            self.buttons[result].clicked.connect(lambda _checked=False, said=result: self.set_result(said))
            shortcut = QShortcut(QKeySequence(key), self.items)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(lambda said=result: self.set_result(said))
        self._session.review.changed.connect(self._refresh)

    def _on_sample(self) -> None:
        sample = self.current_sample()
        rows = [] if sample is None else [(n, item[3]) for n, item in enumerate(sample.drawn["items"], start=1)]
        self._positions = [None] * len(rows)
        self.items.rows.set_rows(rows)
        self._refresh()
        if sample is None:
            return
        first = next((n for n, _ in rows if n not in sample.results), 1)
        self.items.setCurrentIndex(self.items.model().index(first - 1, 0))
        table, kept = self._session.table, sample
        self._finding.start(lambda _progress: sample_positions(table, kept), self._on_found)

    def _on_found(self, positions: list[int | None]) -> None:
        self._positions = positions
        self._on_item(self.items.currentIndex())

    def _refresh(self) -> None:
        sample = self.current_sample()
        if sample is None:
            return
        n, n_tested = len(sample.drawn["items"]), len(sample.results)
        n_exceptions = sum(result["result"] == "exception" for result in sample.results.values())
        exceptions = f", {n_exceptions:,} exceptions" if n_exceptions else ""
        self.tested.setText(f"{n_tested:,} of {n:,} tested{exceptions}")
        self.bar.setRange(0, max(n, 1))
        self.bar.setValue(n_tested)
        self.items.viewport().update()
        for button in self.buttons.values():
            button.setEnabled(self._session.review.can_write)

    def _on_item(self, index: QModelIndex) -> None:
        sample, row = self.current_sample(), index.row()
        if sample is None or not 0 <= row < len(self._positions):
            return
        self.note.setPlainText(str(sample.results.get(row + 1, {}).get("note", "")))
        position = self._positions[row]
        if position is None:
            self.shown_event.setPlainText("This event is not among the open ones." if not self._finding.is_busy else "")
            return
        self.shown_event.setPlainText(self._told(position))
        self._session.set_current(position)

    def _told(self, position: int) -> str:
        table = self._session.table
        lines = [fit_to_show(describe_event(table, position), 400), ""]
        for column in table.columns:
            if text := table.text(position, column):
                lines.append(f"{column}: {fit_to_show(text, 1500)}")
        return "\n".join(lines)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._finding.cancel()
        super().closeEvent(event)
