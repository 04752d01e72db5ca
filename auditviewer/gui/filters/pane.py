"""The filter pane: times, and a section for each facet with live counts."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from auditviewer.core.case.marks import EventMarks, count_marks
from auditviewer.core.mark_columns import MARK_COLUMNS, TAGS_COLUMN
from auditviewer.core.progress import Progress
from auditviewer.core.query import QueryResult, TimeRange
from auditviewer.core.query.facets import FACET_COLUMNS, FacetCounts, count_facets
from auditviewer.core.schema import COLUMN_NAMES
from auditviewer.gui.filters.facet_section import FacetSection
from auditviewer.gui.filters.time_section import TimeSection
from auditviewer.gui.jobs import JobRunner
from auditviewer.gui.session import Session

OPEN_AT_FIRST = (*MARK_COLUMNS, "Category", "OperationStatus", "InitiatorType", "Initiator", "WorkflowType")
MAX_UNKNOWN_VALUES = 200
"""An unknown column is a facet when it has no more values than this."""


class FilterPane(QWidget):
    """What can be filtered by; every count is what choosing the value would show.

    Parameters
    ----------
    executor
        Where counting runs; a test passes one that runs at once.
    """

    def __init__(self, session: Session, parent: QWidget | None = None, executor: Executor | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._counting = JobRunner(self, executor, waits_for_paint=True)
        self.times = TimeSection()
        self.sections: dict[str, FacetSection] = {}
        self._body = QWidget()
        self._list = QVBoxLayout(self._body)
        self._list.setContentsMargins(0, 0, 0, 8)
        self._list.setSpacing(0)
        self._list.addWidget(self.times)
        for column in (*MARK_COLUMNS, *FACET_COLUMNS):
            self._add_section(column)
        self._show_review_sections()
        hint = QLabel("Click to choose, Alt+click to exclude, Shift+click for only this one.")
        hint.setWordWrap(True)
        hint.setContentsMargins(8, 8, 8, 0)
        hint.setEnabled(False)
        self._list.addWidget(hint)
        self._list.addStretch(1)
        area = QScrollArea()
        area.setObjectName("bare")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.setMinimumWidth(220)
        self.times.range_chosen.connect(self._on_range_chosen)
        session.review.marks_changed.connect(self._on_marks_changed)
        session.table_changed.connect(self._on_table_changed)
        session.query_changed.connect(self._on_query_changed)
        session.result_changed.connect(self._on_result_changed)
        if not session.is_empty:
            self._on_table_changed()
            self._on_query_changed()
            self._on_result_changed()

    def _add_section(self, column: str) -> FacetSection:
        section = FacetSection(column, column in OPEN_AT_FIRST)
        section.values_chosen.connect(self._on_values_chosen)
        section.cleared.connect(self._on_cleared)
        self.sections[column] = section
        self._list.insertWidget(len(self.sections), section)
        return section

    def _on_table_changed(self) -> None:
        table = self._session.table
        wanted = [c for c in table.columns if c not in COLUMN_NAMES and len(table.codes(c)) <= MAX_UNKNOWN_VALUES]
        for column in [c for c in self.sections if c not in (*MARK_COLUMNS, *FACET_COLUMNS, *wanted)]:
            self.sections.pop(column).deleteLater()
        for column in wanted:
            if column not in self.sections:
                self._add_section(column)
        self.times.show_table(table)

    def _on_query_changed(self) -> None:
        query = self._session.query
        self.times.show_range(query.time_range)
        for section in self.sections.values():
            section.show_query(query)

    def _on_marks_changed(self) -> None:
        self._show_review_sections()
        self._on_result_changed()

    def _show_review_sections(self) -> None:
        marks = self._session.review.marks.now
        for column in MARK_COLUMNS:
            self.sections[column].setVisible(marks is not None)
        if marks is not None:
            tags = marks.state.tags.values()
            self.sections[TAGS_COLUMN].model.colours = {tag.name: tag.colour for tag in tags}

    @property
    def is_counting(self) -> bool:
        """Whether counts are being made."""
        return self._counting.is_busy

    def _on_result_changed(self) -> None:
        """Count anew, what is open first: a facet of a hundred thousand targets takes as long as all others."""
        is_open = {column: section.is_open for column, section in self.sections.items() if column not in MARK_COLUMNS}
        self._count([c for c in is_open if is_open[c]], [c for c in is_open if not is_open[c]])

    def _count(self, columns: Sequence[str], later: Sequence[str]) -> None:
        result, marks = self._session.result, self._session.review.marks.now

        def then(counted: dict[str, FacetCounts]) -> None:
            self._show_counts(counted)
            if later:
                self._count(later, ())

        self._counting.start(lambda progress: _count(result, columns, marks, progress), then)

    def _show_counts(self, counted: dict[str, FacetCounts]) -> None:
        query = self._session.query
        for column, counts in counted.items():
            if column in self.sections:
                self.sections[column].show_counts(counts, query)

    def _on_values_chosen(self, column: str, values: Any, is_excluded: bool) -> None:
        if column in MARK_COLUMNS:
            self._session.review.marks.choose(column, values, is_excluded)
            return
        query = self._session.query
        other = query.one_of(column, not is_excluded)
        if other is not None and (rest := other.values - values) != other.values:
            query = query.with_values(column, rest, not is_excluded)  # a value is chosen or excluded, never both
        self._session.apply_query(query.with_values(column, values, is_excluded))

    def _on_cleared(self, column: str) -> None:
        query = self._session.query
        for is_excluded in (False, True):
            query = query.with_values(column, frozenset(), is_excluded)
        self._session.apply_query(query)

    def _on_range_chosen(self, wanted: TimeRange | None) -> None:
        query = self._session.query
        if wanted is not None:
            query = query.with_predicate(wanted)
        else:
            query = replace(query, predicates=tuple(p for p in query.predicates if not isinstance(p, TimeRange)))
        self._session.apply_query(query)


def _count(
    result: QueryResult, columns: Sequence[str], marks: EventMarks | None, progress: Progress
) -> dict[str, FacetCounts]:
    """Return the counts with their order, which for a hundred thousand targets is not for the GUI thread."""
    counted = count_facets(result, columns, progress)
    if marks is not None and marks.table is result.table:
        counted |= count_marks(marks, result)
    for counts in counted.values():
        progress.check()
        _ = counts.by_count
    return counted
