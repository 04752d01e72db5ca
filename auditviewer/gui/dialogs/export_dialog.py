"""Export: which events, in which format, with which choices, to where; done off the GUI thread."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from auditviewer.core.case.review_columns import with_review_columns
from auditviewer.core.display import fit_to_show
from auditviewer.core.errors import AuditViewerError, WrongUsageError
from auditviewer.core.instants import format_iso, parse_bound
from auditviewer.core.progress import Progress, Step
from auditviewer.core.query import TimeRange
from auditviewer.core.query.saved import query_as_json
from auditviewer.core.writing import FORMATS, WriteChoices, WriteReport, write_events
from auditviewer.core.writing.choice import EventChoice, Extent
from auditviewer.gui.jobs import JobRunner
from auditviewer.gui.look import colours_of
from auditviewer.gui.messages import sentence_for
from auditviewer.gui.session import Session


class ExportDialog(QDialog):
    """Asks for an export and makes it; stays open to say what was written.

    Parameters
    ----------
    executor
        Where writing runs; a test passes one that runs at once.
    """

    def __init__(self, session: Session, parent: QWidget | None = None, executor: Executor | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export events")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(560)
        self._review = session.review
        self._result, self._selected = session.result, session.selected
        self._writing = JobRunner(self, executor)
        self.report: WriteReport | None = None
        self._build_extent()
        self._build_narrowing()
        self._build_target()
        self._build_foot()
        self._lay_out()
        self._connect()
        self._show_format()
        self._show_count()

    # -- building ----------------------------------------------------------------------------------------

    def _build_extent(self) -> None:
        counts = {
            Extent.SHOWN: len(self._result),
            Extent.SELECTED: len(self._selected),
            Extent.ALL: len(self._result.table),
        }
        self.extents = {extent: QRadioButton(f"{words_of(extent)} ({n:,})") for extent, n in counts.items()}
        self._group = QButtonGroup(self)
        for extent, button in self.extents.items():
            button.setEnabled(counts[extent] > 0)
            self._group.addButton(button)
        self.extents[Extent.SHOWN if counts[Extent.SHOWN] else Extent.ALL].setChecked(True)

    def _build_narrowing(self) -> None:
        table = self._result.table
        self.category = QComboBox()
        self.category.addItem("Every category", None)
        for category in table.catalogue.categories:
            self.category.addItem(category.label, category.label)
        self.start, self.end = QLineEdit(), QLineEdit()
        span = table.instant_range
        for field, tick in zip((self.start, self.end), span or (None, None), strict=True):
            field.setPlaceholderText("" if tick is None else format_iso(tick)[:10])
            field.setClearButtonEnabled(True)

    def _build_target(self) -> None:
        self.format = QComboBox()
        for spec in FORMATS:
            self.format.addItem(spec.label, spec.key)
        self.remark = QLabel()
        self.remark.setWordWrap(True)
        self.remark.setEnabled(False)
        self.formula_safe = QCheckBox("Make values safe that a spreadsheet would run as a formula")
        self.formula_safe.setChecked(True)
        self.formula_safe.setToolTip("Puts an apostrophe before them. Switch it off to keep every value to the letter.")
        self.info = QCheckBox("Write a record of the export beside it (sources, filter, counts, SHA-256)")
        self.info.setChecked(True)
        self.review_columns = QCheckBox("Add the review: state, tags and notes, as columns")
        self.review_columns.setVisible(self._review.case is not None)
        self._exported: EventChoice | None = None
        self.path = QLineEdit()
        self.path.setPlaceholderText("Where to write the file")
        self.browse = QPushButton("Browse…")
        self.browse.setAutoDefault(False)

    def _build_foot(self) -> None:
        self.summary = QLabel()
        self.outcome = QLabel()
        for label in (self.summary, self.outcome):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.outcome.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.outcome.hide()
        self.bar = QProgressBar()
        self.bar.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.export_button = self.buttons.addButton("Export", QDialogButtonBox.ButtonRole.ActionRole)
        self.cancel_button = self.buttons.addButton("Stop", QDialogButtonBox.ButtonRole.ActionRole)
        self.export_button.setDefault(True)
        self.cancel_button.hide()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        extents = QVBoxLayout()
        for button in self.extents.values():
            extents.addWidget(button)
        form.addRow("Events", extents)
        form.addRow("Category", self.category)
        form.addRow("From date (UTC)", self.start)
        form.addRow("To date (UTC)", self.end)
        form.addRow("", self.summary)
        form.addRow("Format", self.format)
        form.addRow("", self.remark)
        form.addRow("", self.formula_safe)
        form.addRow("", self.info)
        form.addRow("", self.review_columns)
        target = QHBoxLayout()
        target.addWidget(self.path, 1)
        target.addWidget(self.browse)
        form.addRow("File", target)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.bar)
        layout.addWidget(self.outcome)
        layout.addWidget(self.buttons)

    def _connect(self) -> None:
        self.buttons.rejected.connect(self.close)
        self.export_button.clicked.connect(lambda: self.export())
        self.cancel_button.clicked.connect(self._writing.cancel)
        self.browse.clicked.connect(lambda: self._browse())
        self.format.currentIndexChanged.connect(lambda _: self._show_format())
        self._group.buttonClicked.connect(lambda _: self._show_count())
        self.category.currentIndexChanged.connect(lambda _: self._show_count())
        self.start.textChanged.connect(lambda _: self._show_count())
        self.end.textChanged.connect(lambda _: self._show_count())
        self._writing.progressed.connect(self._on_progressed)
        self._writing.finished.connect(self._on_written)
        self._writing.failed.connect(lambda error: self._say(sentence_for(error), is_failure=True))
        self._writing.cancelled.connect(lambda: self._say("Stopped; nothing was written.", is_failure=False))
        self._writing.busy_changed.connect(self._on_busy)

    # -- what is chosen ----------------------------------------------------------------------------------

    def choice(self) -> EventChoice:
        """Return which events are chosen; raises `WrongUsageError` when a date cannot be understood."""
        extent = next(extent for extent, button in self.extents.items() if button.isChecked())
        start, end = self.start.text().strip(), self.end.text().strip()
        times = None
        if start or end:
            low = parse_bound(start, is_end=False) if start else None
            high = parse_bound(end, is_end=True) if end else None
            if low is not None and high is not None and high <= low:
                raise WrongUsageError("The range ends before it starts.", "Swap the dates.")
            times = TimeRange(low, high, keeps_unknown=self._result.table.has_missing_instants)
        return EventChoice(extent, self.category.currentData(), times)

    def export(self) -> None:
        """Write the file."""
        try:
            choice = self.choice()
            if not self.path.text().strip():
                raise WrongUsageError("No file is named.", "Type a path, or browse for one.")
        except WrongUsageError as error:
            self._say(str(error), is_failure=True)
            return
        spec = FORMATS[self.format.currentIndex()]
        path = Path(self.path.text().strip()).expanduser()
        if not path.suffix:
            path = path.with_name(path.name + spec.suffix)
        is_safe = spec.key == "csv" and self.formula_safe.isChecked()
        choices = WriteChoices(is_safe, self.info.isChecked())
        result, selected = self._result, self._selected
        case = self._review.case if self.review_columns.isChecked() else None

        def work(progress: Progress) -> WriteReport:
            table = result.table if case is None else with_review_columns(result.table, case.state)
            positions, words = choice.positions(result, selected), choice.describe(result)
            return write_events(path, spec, table, positions, choices, progress, words)

        self._exported = choice
        self._writing.start(work)

    # -- what happens ------------------------------------------------------------------------------------

    def _show_count(self) -> None:
        try:
            n = len(self.choice().positions(self._result, self._selected))
        except AuditViewerError as error:
            self.summary.setText(str(error))
            self.export_button.setEnabled(False)
            return
        self.summary.setText(f"{n:,} events will be written.")
        self.export_button.setEnabled(True)

    def _show_format(self) -> None:
        spec = FORMATS[self.format.currentIndex()]
        self.remark.setText(spec.remark)
        self.formula_safe.setVisible(spec.key == "csv")
        path = Path(self.path.text())
        if self.path.text() and path.suffix.lower() in {f.suffix for f in FORMATS}:
            self.path.setText(str(path.with_suffix(spec.suffix)))

    def _browse(self) -> None:
        spec = FORMATS[self.format.currentIndex()]
        start = self.path.text() or f"events{spec.suffix}"
        name, _ = QFileDialog.getSaveFileName(self, "Export events", start, f"{spec.label} (*{spec.suffix})")
        if name:
            self.path.setText(name)

    def _on_busy(self, is_busy: bool) -> None:
        self.export_button.setEnabled(not is_busy)
        self.cancel_button.setVisible(is_busy)
        self.bar.setVisible(is_busy)
        if is_busy:
            self.bar.setRange(0, 0)
            self.outcome.hide()

    def _on_progressed(self, step: Step) -> None:
        self.bar.setRange(0, max(step.total, 1))
        self.bar.setValue(step.done)

    def _on_written(self, report: WriteReport) -> None:
        self.report = report
        if self._review.can_write and self._exported is not None:
            query = self._exported.query(self._result, self._selected)
            self._review.record(
                "export", file=report.path.name, format=report.format, sha256=report.sha256, events=report.events,
                query=query_as_json(query), query_in_words=self._exported.describe(self._result),
                formula_safe=report.choices.is_formula_safe, in_source_order=False,
                has_review=self.review_columns.isChecked(),
            )  # fmt: skip
        lines = [f"Written to {fit_to_show(str(report.path), 300)}", report.describe(), *report.notes]
        if report.info_path is not None:
            lines.append(f"Its record: {fit_to_show(report.info_path.name, 200)}")
        self._say("\n".join(lines), is_failure=False)

    def _say(self, text: str, is_failure: bool) -> None:
        colours = colours_of(self.palette())
        self.outcome.setStyleSheet(f"color: {colours.failure}" if is_failure else "")
        self.outcome.setText(text)
        self.outcome.show()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._writing.cancel()
        super().closeEvent(event)


def words_of(extent: Extent) -> str:
    """Return the words of an extent as a choice."""
    return {Extent.SHOWN: "Shown events", Extent.SELECTED: "Selected events", Extent.ALL: "All events"}[extent]
