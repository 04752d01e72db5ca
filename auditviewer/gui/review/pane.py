"""The pane of a review: the open case, who reviews, the share that is reviewed, and lists of what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from auditviewer.core.display import fit_to_show
from auditviewer.core.errors import AuditViewerError
from auditviewer.core.mark_columns import TAGS_COLUMN
from auditviewer.core.progress import Step
from auditviewer.core.query.saved import query_from_json
from auditviewer.gui.icons import icon
from auditviewer.gui.look import GAP_PX
from auditviewer.gui.messages import sentence_for
from auditviewer.gui.review.event_view import EventReview
from auditviewer.gui.review.lists import (
    ACT_FIELDS,
    SAMPLE_FIELDS,
    VIEW_FIELDS,
    acts_with,
    finding_fields,
    tag_fields,
)
from auditviewer.gui.session import Session
from auditviewer.gui.widgets.list_model import ListModel
from auditviewer.gui.widgets.list_view import ListView

_NOTHING = (
    "No case is open. A case keeps the review of this log in one file: tags, notes, findings, samples, and a journal "
    "of everything that was done."
)
_SEARCH_MS = 150
_WORDS_PX, _LEAST_PX = 520, 190


class ReviewPane(QWidget):
    """Shows the session's case; a double click on a tag, a finding, a sample or a view goes there."""

    message = Signal(str)
    """A few words for the status bar."""
    action_requested = Signal(str)
    """The id of a command."""
    view_requested = Signal(str)
    """The name of a view to show."""
    sheet_requested = Signal(str)
    """The name of a sample to test."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.head, self.share, self.working = QLabel(), QLabel(), QLabel()
        for label in (self.head, self.share, self.working):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(140, 8)
        self.bar.setAccessibleName("Share of the shown events that is reviewed")
        self.reviewer, self.stop = QToolButton(), QToolButton()
        self.reviewer.setAutoRaise(True)
        self.reviewer.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.reviewer.setToolTip("Whose name stands with what is done. Click to change it.")
        self.reviewer.clicked.connect(lambda _checked=False: self.action_requested.emit("reviewer"))
        self.stop.setText("Stop")
        self.stop.clicked.connect(lambda _checked=False: session.review.cancel())
        self.this_event = EventReview(session)
        self.this_event.copied.connect(self.message)
        self.tags: ListView = ListView(ListModel(tag_fields(session), self))
        self.findings: ListView = ListView(ListModel(finding_fields(session), self))
        self.samples: ListView = ListView(ListModel(SAMPLE_FIELDS, self))
        self.views: ListView = ListView(ListModel(VIEW_FIELDS, self))
        self.journal: ListView = ListView(ListModel(ACT_FIELDS, self))
        self.journal_search = QLineEdit()
        self.journal_search.setPlaceholderText("Search the journal…")
        self.journal_search.setClearButtonEnabled(True)
        self._search_later = QTimer(self)
        self._search_later.setSingleShot(True)
        self._search_later.setInterval(_SEARCH_MS)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self._titles: dict[ListView, str] = {}
        self._pages: dict[ListView, QWidget] = {}
        self.empty = self._build_empty()
        self._lay_out()
        self._connect()
        self._show_case()
        self.setMinimumWidth(_LEAST_PX)  # or the window would grow for what is in its tabs

    @property
    def current_finding(self) -> str:
        """The title of the finding that is selected in the list, "" for none."""
        row = self.findings.currentIndex().row()
        return self.findings.rows.rows[row].title if 0 <= row < len(self.findings.rows.rows) else ""

    @property
    def current_sample(self) -> str:
        """The name of the sample that is selected in the list, "" for none."""
        row = self.samples.currentIndex().row()
        return self.samples.rows.rows[row].name if 0 <= row < len(self.samples.rows.rows) else ""

    # -- building ----------------------------------------------------------------------------------------

    def _build_empty(self) -> QWidget:
        words = QLabel(_NOTHING)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setMaximumWidth(_WORDS_PX)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(words, 8)
        middle.addStretch(1)
        row = QHBoxLayout()
        row.addStretch(1)
        for text, action in (("New case…", "new_case"), ("Open case…", "open_case")):
            row.addWidget(self._button(text, action))
        row.addStretch(1)
        empty = QWidget()
        layout = QVBoxLayout(empty)
        layout.setSpacing(2 * GAP_PX)
        layout.addStretch(1)
        layout.addLayout(middle)
        layout.addLayout(row)
        layout.addStretch(1)
        return empty

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(GAP_PX, 4, GAP_PX, 2)
        top.setSpacing(GAP_PX)
        top.addWidget(self.head, 1)
        for widget in (self.working, self.stop, self.bar, self.share, self.reviewer):
            top.addWidget(widget)
        self.tabs.addTab(self.this_event, "This event")
        self._add_tab(self.tags, "Tags", (("Define…", "define_tags"), ("Tag selected…", "tag_events")))
        self._add_tab(
            self.findings, "Findings",
            (("Record…", "record_finding"), ("Decide…", "decide_finding"), ("Review…", "review_finding"),
             ("Run again", "recheck_case")),
        )  # fmt: skip
        self._add_tab(
            self.samples, "Samples",
            (("Draw…", "draw_sample"), ("Test…", "test_sample"), ("Write XLSX…", "sample_sheet")),
        )  # fmt: skip
        self._add_tab(self.views, "Views", (("Save…", "save_view"),))
        self._add_tab(self.journal, "Journal", (("Export…", "export_journal"),), self.journal_search)
        full = QWidget()
        inner = QVBoxLayout(full)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addLayout(top)
        inner.addWidget(self.tabs, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(full)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.stack)

    def _add_tab(
        self, view: ListView, title: str, actions: Sequence[tuple[str, str]], search: QWidget | None = None
    ) -> None:
        side = QVBoxLayout()
        side.setContentsMargins(GAP_PX, 4, GAP_PX, 4)
        side.setSpacing(4)
        for text, action in actions:
            side.addWidget(self._button(text, action))
        side.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(4)
        if search is not None:
            left.addWidget(search)
        left.addWidget(view, 1)
        page = QWidget()
        layout = QHBoxLayout(page)
        layout.setContentsMargins(0, 2 if search is not None else 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(left, 1)
        layout.addLayout(side)
        self.tabs.addTab(page, title)
        self._titles[view], self._pages[view] = title, page
        view.copied.connect(self.message)

    def _button(self, text: str, action: str) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda _checked=False: self.action_requested.emit(action))
        return button

    def _connect(self) -> None:
        session = self._session
        self.tags.doubleClicked.connect(self._on_tag)
        self.findings.doubleClicked.connect(self._on_finding)
        self.samples.doubleClicked.connect(lambda _index: self.sheet_requested.emit(self.current_sample))
        self.views.doubleClicked.connect(self._on_view)
        self.journal_search.textChanged.connect(lambda _text: self._search_later.start())
        self._search_later.timeout.connect(self._show_journal)
        session.review.changed.connect(self._show_case)
        session.review.saving_changed.connect(self._on_saving)
        session.review.progressed.connect(self._on_progressed)
        session.review.rechecked.connect(lambda _checked: self._show_case())
        session.review.marks_changed.connect(self._on_marks)
        session.result_changed.connect(self._show_share)
        session.current_changed.connect(self.this_event.show_event)

    # -- what is shown -----------------------------------------------------------------------------------

    def _show_case(self) -> None:
        case = self._session.review.case
        self.stack.setCurrentIndex(0 if case is None else 1)
        self.reviewer.setText(fit_to_show(self._session.review.reviewer, 40))
        self.reviewer.setIcon(icon("user"))
        if case is None:
            return
        state = case.state
        self._on_saving(self._session.review.is_saving)
        for view, rows in (
            (self.tags, list(state.tags.values())), (self.findings, list(state.findings.values())),
            (self.samples, list(state.samples.values())), (self.views, list(state.views.values())),
        ):  # fmt: skip
            _refill(view, rows)
        self._show_journal()
        for view, title in self._titles.items():
            n = len(case.journal) if view is self.journal else len(view.rows.rows)
            page = self.tabs.indexOf(self._pages[view])
            self.tabs.setTabText(page, f"{title} ({n:,})" if n else title)
        self._show_share()
        self.this_event.show_event()

    def _show_journal(self) -> None:
        case = self._session.review.case
        _refill(self.journal, [] if case is None else acts_with(case.journal, self.journal_search.text()))

    def _show_share(self) -> None:
        session = self._session
        marks, result = session.review.marks.now, session.result
        if marks is None or marks.table is not result.table:
            self.share.setText("")
            return
        n, total = marks.count_reviewed(result), len(result)
        # Rounded down: 100 % is said when every single one is reviewed.
        share = "under 0.1 %" if 0 < 1000 * n < total else f"{1000 * n // total / 10:g} %" if total else "none"
        self.share.setText(f"{n:,} of {total:,} reviewed ({share})")
        self.share.setToolTip(fit_to_show(f"Of: {result.query.describe()}", 600))
        self.bar.setRange(0, 1000)
        self.bar.setValue(1000 * n // total if total else 0)

    def _on_marks(self) -> None:
        self._show_share()
        self.this_event.show_event()
        self.tags.viewport().update()

    def _on_saving(self, is_saving: bool) -> None:
        case = self._session.review.case
        if case is None:
            return
        saved = "read only" if case.is_read_only else "saving…" if is_saving else "saved"
        self.head.setText(fit_to_show(f"{case.state.title}  ·  {len(case.journal):,} acts, {saved}", 200))
        if not is_saving:
            self.working.setText("")
        self.stop.setVisible(bool(self.working.text()))

    def _on_progressed(self, step: Step) -> None:
        share = f" {100 * step.done // step.total} %" if step.total else "…"
        self.working.setText(f"{step.what.capitalize()}{share}")
        self.stop.setVisible(True)

    # -- going there -------------------------------------------------------------------------------------

    def _on_tag(self, index: QModelIndex) -> None:
        self._session.review.marks.choose(TAGS_COLUMN, [self.tags.rows.rows[index.row()].name])

    def _on_finding(self, index: QModelIndex) -> None:
        try:
            self._session.apply_query(query_from_json(self.findings.rows.rows[index.row()].query))
        except AuditViewerError as error:
            self.message.emit(sentence_for(error))

    def _on_view(self, index: QModelIndex) -> None:
        self.view_requested.emit(self.views.rows.rows[index.row()]["name"])


def _refill(view: ListView, rows: Sequence[Any]) -> None:
    """Show other rows; the current row and the place stay."""
    at, scrolled = view.currentIndex(), view.verticalScrollBar().value()
    row, column = at.row(), max(at.column(), 0)
    view.rows.set_rows(rows)
    if 0 <= row < len(rows):
        view.setCurrentIndex(view.model().index(row, column))
    view.verticalScrollBar().setValue(scrolled)
