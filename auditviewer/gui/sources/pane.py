"""The pane of sources: what was opened, whether every record is accounted for, and what was noticed."""

from __future__ import annotations

from concurrent.futures import Executor

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QLabel, QTabWidget, QVBoxLayout, QWidget

from auditviewer.core.account import Reject, Source
from auditviewer.gui.look import GAP_PX
from auditviewer.gui.session import Session
from auditviewer.gui.sources.models import (
    NOTICE_FIELDS,
    REJECT_FIELDS,
    SOURCE_FIELDS,
    describe_check,
    total_of,
)
from auditviewer.gui.sources.record_dialog import RecordDialog
from auditviewer.gui.widgets.list_model import ListModel
from auditviewer.gui.widgets.list_view import ListView


class SourcesPane(QWidget):
    """Shows the account of the session's log."""

    message = Signal(str)
    """A few words for the status bar: what was copied."""

    def __init__(self, session: Session, parent: QWidget | None = None, executor: Executor | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._executor = executor
        self.sources = ListView(ListModel(SOURCE_FIELDS, self))
        self.rejects = ListView(ListModel(REJECT_FIELDS, self))
        self.notices = ListView(ListModel(NOTICE_FIELDS, self))
        self.summary = QLabel()
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.summary.setWordWrap(True)
        self.summary.setContentsMargins(GAP_PX, 4, GAP_PX, 4)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for view, title in ((self.sources, "Sources"), (self.rejects, "Rejected"), (self.notices, "Notices")):
            self.tabs.addTab(view, title)
            view.copied.connect(self.message)
        self.rejects.doubleClicked.connect(self._on_reject_opened)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.summary)
        layout.addWidget(self.tabs, 1)
        session.table_changed.connect(self._show_account)
        self._show_account()

    def _show_account(self) -> None:
        table = self._session.table
        sources = list(table.sources)
        total = total_of(sources)
        self.sources.rows.set_rows([*sources, total] if len(sources) > 1 else sources)
        self.rejects.rows.set_rows(table.rejects)
        self.notices.rows.set_rows(table.notices)
        for index, (name, count) in enumerate(
            (("Sources", len(sources)), ("Rejected", len(table.rejects)), ("Notices", len(table.notices)))
        ):
            self.tabs.setTabText(index, f"{name} ({count:,})" if count else name)
        self.summary.setText(describe_account(total, sources))

    def _on_reject_opened(self, index: QModelIndex) -> None:
        reject = self.rejects.rows.rows[index.row()]
        source = self._source_of(reject)
        if source is not None:
            self._dialog = RecordDialog(source, reject, self, self._executor)
            self._dialog.open()

    def _source_of(self, reject: Reject) -> Source | None:
        for source in self._session.table.sources:
            if (source.path, source.member) == (reject.path, reject.member):
                return source
        return None


def describe_account(total: Source, sources: list[Source]) -> str:
    """Return in a sentence whether every record is accounted for."""
    if not sources:
        return "No log is open."
    unsound = sum(not describe_check(source).startswith("✓") for source in sources)
    if unsound:
        return f"In {unsound:,} of {len(sources):,} sources the records do not add up: do not rely on this log."
    return (
        f"{total.records:,} records = {total.loaded:,} loaded + {total.duplicates:,} duplicates "
        f"+ {total.rejected:,} rejected. Every record is accounted for."
    )
