"""The report: which sections, a preview of them, and where to write it as HTML or PDF."""

from __future__ import annotations

import hashlib
from concurrent.futures import Executor
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from auditviewer.core.display import fit_to_show
from auditviewer.core.progress import Progress, Step
from auditviewer.core.report import SECTIONS, ReportChoices, build_report
from auditviewer.core.report.acts import report_act
from auditviewer.core.writing.files import write_file
from auditviewer.gui.jobs import JobRunner
from auditviewer.gui.messages import sentence_for
from auditviewer.gui.printing import PageDocument, for_qt, write_pdf
from auditviewer.gui.review_session import now_utc
from auditviewer.gui.session import Session


class ReportDialog(QDialog):
    """Builds the report of the shown events off the window's thread, and shows it while sections are chosen.

    Parameters
    ----------
    executor
        Where the report is built; a test passes one that runs at once.
    """

    written = Signal(object)
    """The data of the act "report", for the journal."""

    def __init__(self, session: Session, parent: QWidget | None = None, executor: Executor | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Report")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1040, 720)
        self._session, self._html, self._choices = session, "", ReportChoices()
        self._building, self._writing = JobRunner(self, executor), JobRunner(self, executor)
        case = session.review.case
        self.title = QLineEdit(case.state.title if case else "Audit log review")
        self.sections = QListWidget()
        for section in SECTIONS:
            item = QListWidgetItem(section.title)
            item.setData(Qt.ItemDataRole.UserRole, section.key)
            item.setCheckState(Qt.CheckState.Checked)
            self.sections.addItem(item)
        self.sections.setFixedWidth(240)
        self.preview = QTextBrowser()
        self.preview.setOpenLinks(False)
        self.outcome = QLabel()
        self.outcome.setTextFormat(Qt.TextFormat.PlainText)
        self.outcome.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.html_button = self.buttons.addButton("Save as HTML…", QDialogButtonBox.ButtonRole.ActionRole)
        self.pdf_button = self.buttons.addButton("Save as PDF…", QDialogButtonBox.ButtonRole.ActionRole)
        self.stop_button = self.buttons.addButton("Stop", QDialogButtonBox.ButtonRole.ActionRole)
        self.stop_button.hide()
        self.bar = QProgressBar()
        self.bar.hide()
        self._lay_out()
        self.buttons.rejected.connect(self.close)
        self.html_button.clicked.connect(lambda _checked=False: self._ask(".html"))
        self.pdf_button.clicked.connect(lambda _checked=False: self._ask(".pdf"))
        self.sections.itemChanged.connect(lambda _item: self._build())
        self.title.editingFinished.connect(self._build)
        self._building.failed.connect(lambda error: self.outcome.setText(sentence_for(error)))
        self._writing.failed.connect(lambda error: self.outcome.setText(sentence_for(error)))
        self._building.busy_changed.connect(self._on_busy)
        self._writing.busy_changed.connect(self._on_writing)
        self._writing.progressed.connect(self._on_progressed)
        self._writing.cancelled.connect(lambda: self.outcome.setText("Stopped; nothing was written."))
        self.stop_button.clicked.connect(lambda _checked=False: self._writing.cancel())
        self._build()

    def chosen(self) -> tuple[str, ...]:
        """Return the keys of the chosen sections."""
        items = [self.sections.item(row) for row in range(self.sections.count())]
        return tuple(
            str(item.data(Qt.ItemDataRole.UserRole)) for item in items if item.checkState() is Qt.CheckState.Checked
        )

    def save(self, path: Path) -> None:
        """Write the report, as the name's ending says."""
        html, title, choices = self._html, self.title.text(), self._choices
        result, has_case = self._session.result, self._session.review.case is not None
        sources = tuple(source.path for source in self._session.table.sources)

        def work(progress: Progress) -> tuple[int, str]:
            if path.suffix == ".pdf":
                return write_pdf(path, html, title, sources, progress)
            return write_file(path, lambda out: out.write(html.encode()), sources)

        def then(written: tuple[int, str]) -> None:
            self.outcome.setText(f"Written to {fit_to_show(str(path), 300)}. SHA-256 {written[1]}")
            page_sha256 = hashlib.sha256(html.encode()).hexdigest()
            self.written.emit(report_act(path.name, written[1], page_sha256, result, choices, has_case))

        self._writing.start(work, then)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.addWidget(QLabel("Title"))
        left.addWidget(self.title)
        left.addWidget(QLabel("Sections"))
        left.addWidget(self.sections, 1)
        middle = QHBoxLayout()
        middle.addLayout(left)
        middle.addWidget(self.preview, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(middle, 1)
        layout.addWidget(self.bar)
        layout.addWidget(self.outcome)
        layout.addWidget(self.buttons)

    def _build(self) -> None:
        sections = self.chosen()
        if not sections:
            self.outcome.setText("Choose at least one section.")
            self.html_button.setEnabled(False)
            self.pdf_button.setEnabled(False)
            return
        result, case = self._session.result, self._session.review.case
        choices = self._choices = ReportChoices(self.title.text(), sections, now_utc(), self._session.zone)
        self._building.start(lambda progress: build_report(result, choices, case, progress), self._on_built)

    def _on_built(self, html: str) -> None:
        self._html = html
        page = PageDocument(self.preview)
        page.setHtml(for_qt(html, has_pages=False))
        self.preview.setDocument(page)
        # A page is paper, whatever the theme.
        self.preview.setStyleSheet("QTextBrowser { background: #ffffff; color: #1f2937; padding: 12px }")

    def _on_busy(self, is_busy: bool) -> None:
        self.outcome.setText("Preparing the preview…" if is_busy else "")
        self.html_button.setEnabled(not is_busy)
        self.pdf_button.setEnabled(not is_busy)

    def _on_writing(self, is_busy: bool) -> None:
        self.html_button.setEnabled(not is_busy)
        self.pdf_button.setEnabled(not is_busy)
        self.stop_button.setVisible(is_busy)
        self.bar.setVisible(is_busy)
        self.bar.setRange(0, 0)
        if is_busy:
            self.outcome.setText("Writing…")

    def _on_progressed(self, step: Step) -> None:
        self.bar.setRange(0, step.total)
        self.bar.setValue(step.done)

    def _ask(self, suffix: str) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save the report", f"report{suffix}", f"*{suffix}")
        if name:
            path = Path(name)
            self.save(path if path.suffix == suffix else path.with_name(path.name + suffix))
