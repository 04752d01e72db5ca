"""The search bar: text or a regular expression, anywhere or in one column, applied while it is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.schema import COLUMN_NAMES, label_of
from auditviewer.gui.icons import first_icon, icon
from auditviewer.gui.look import colours_of

if TYPE_CHECKING:
    from auditviewer.core.query import TextSearch
    from auditviewer.gui.session import Session

WAIT_MS = 250
"""How long after the last key a search is applied."""


class SearchBar(QWidget):
    """One live search of the session's query; searches made elsewhere show as chips only.

    It is there before the session is: what is typed meanwhile is applied to the first log that shows.
    """

    def __init__(self, session: Session | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._live: TextSearch | None = None
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search all columns, the JSON included")
        self.field.setClearButtonEnabled(True)
        self.field.setAccessibleName("Search")
        self._glass = QAction(self)
        self.field.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.column = QComboBox()
        self.column.setToolTip("Where to search")
        self.column.setMinimumContentsLength(12)
        self.case = self._switch("Aa", "Match upper and lower case exactly")
        self.regex = self._switch(".*", "The text is a regular expression (RE2 syntax)")
        self.complaint = QLabel()
        self.complaint.setTextFormat(Qt.TextFormat.PlainText)
        self.complaint.setWordWrap(True)
        self.complaint.hide()
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget, stretch in ((self.field, 1), (self.column, 0), (self.case, 0), (self.regex, 0)):
            row.addWidget(widget, stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.complaint)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MS)
        self._timer.timeout.connect(self.apply)
        self.field.textChanged.connect(lambda _: self._timer.start())
        self.field.returnPressed.connect(self.apply)
        self.column.activated.connect(lambda _: self.apply())
        self._show_columns(COLUMN_NAMES)
        self._glass.setIcon(first_icon("search", colours_of(self.palette()).dim))
        if session is not None:
            self.watch(session)

    def watch(self, session: Session) -> None:
        """Search in the session's log, from now on."""
        self._session = session
        self.refresh_icons()
        session.table_changed.connect(self._on_table_changed)
        session.query_changed.connect(self._on_query_changed)
        self._on_table_changed()

    def refresh_icons(self) -> None:
        """Take the colours of the theme."""
        self._glass.setIcon(icon("search", colours_of(self.palette()).dim))

    def focus(self) -> None:
        """Go to the search field."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def apply(self) -> None:
        """Apply what is typed now."""
        self._timer.stop()
        session = self._session
        if session is None or session.is_empty:
            return  # applied as soon as there is a log
        wanted = self._typed()
        if wanted == self._live:
            return
        if wanted is not None and wanted.is_regex:
            from auditviewer.core.query.search import check_pattern

            try:
                check_pattern(wanted.text)
            except WrongUsageError as error:
                self._complain(str(error))
                return
        self.complaint.hide()
        query = session.query if self._live is None else session.query.without(self._live)
        self._live = wanted
        session.apply_query(query if wanted is None else query.with_predicate(wanted))

    def _typed(self) -> TextSearch | None:
        text = self.field.text()
        if not text:
            return None
        from auditviewer.core.query import TextSearch

        return TextSearch(text, self.column.currentData(), self.regex.isChecked(), self.case.isChecked())

    def _switch(self, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.toggled.connect(lambda _: self.apply())
        return button

    def _complain(self, sentence: str) -> None:
        self.complaint.setText(sentence)
        self.complaint.setStyleSheet(f"color: {colours_of(self.palette()).failure}")
        self.complaint.show()

    def _on_table_changed(self) -> None:
        assert self._session is not None
        self._show_columns(self._session.table.columns)
        if self._live is None and self.field.text() and not self._session.is_empty:
            self._timer.start()  # typed before there was a log

    def _show_columns(self, columns: Sequence[str]) -> None:
        chosen = self.column.currentData()
        self.column.clear()
        self.column.addItem("Any column", None)
        for name in columns:
            self.column.addItem(label_of(name), name)
        self.column.setCurrentIndex(max(self.column.findData(chosen), 0) if chosen else 0)

    def _on_query_changed(self) -> None:
        """Follow undo, redo and chips: the field shows the query's search, or nothing."""
        assert self._session is not None
        searches = self._session.query.searches
        if self._live in searches or self._timer.isActive():
            return
        self._live = searches[-1] if searches else None
        shown = self._live
        for widget in (self.field, self.case, self.regex):
            widget.blockSignals(True)
        self.field.setText(shown.text if shown else "")
        self.case.setChecked(bool(shown and shown.is_case_sensitive))
        self.regex.setChecked(bool(shown and shown.is_regex))
        self.column.setCurrentIndex(max(self.column.findData(shown.column), 0) if shown and shown.column else 0)
        for widget in (self.field, self.case, self.regex):
            widget.blockSignals(False)
        self._timer.stop()
        self.complaint.hide()
