"""The values of one facet as a list model: text, live count, whether it is chosen or excluded."""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from auditviewer.core.display import fit_to_show
from auditviewer.core.mark_columns import MARKS, label_of_mark
from auditviewer.core.query import Query
from auditviewer.core.query.facets import FacetCounts
from auditviewer.gui.messages import plain_tip

Index = QModelIndex | QPersistentModelIndex

CountRole = int(Qt.ItemDataRole.UserRole) + 1
ShareRole = CountRole + 1
ChoiceRole = CountRole + 2
ColourRole = CountRole + 3


class Choice(Enum):
    """What a filter says of a value."""

    NONE = 0
    CHOSEN = 1
    EXCLUDED = 2


class FacetModel(QAbstractListModel):
    """The values of one column, chosen and excluded ones first, then most events first."""

    def __init__(self, column: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.column = column
        self._counts: FacetCounts | None = None
        self._order: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._most = 1
        self._choices: dict[int, Choice] = {}
        self._search = ""
        self.colours: dict[str, str] = {}
        """Colours that some values have, as tags do."""

    def show_counts(self, counts: FacetCounts, query: Query) -> None:
        """Show counts and what the query says of the values."""
        self.beginResetModel()
        self._counts = counts
        self._choices = self._choices_of(query)
        self._most = max(int(counts.counts.max(initial=0)), 1)
        self._arrange()
        self.endResetModel()

    def show_choices(self, query: Query) -> None:
        """Show what the query says of the values, each where it stands; the counts may follow later."""
        self._choices = self._choices_of(query)
        if self._order.size:
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def search(self, text: str) -> None:
        """Show only the values that hold a text."""
        self.beginResetModel()
        self._search = text
        self._arrange()
        self.endResetModel()

    @property
    def n_values(self) -> int:
        """How many values the whole log has in this column."""
        return 0 if self._counts is None else len(self._counts.by_count)

    def value(self, row: int) -> str | None:
        """Return the value in a row, to the letter; None for the missing cell."""
        assert self._counts is not None
        return self._counts.codes.value_of(int(self._order[row]))

    def choice(self, row: int) -> Choice:
        """Return what the filter says of the value in a row."""
        return self._choices.get(int(self._order[row]), Choice.NONE)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        return 0 if parent.isValid() else len(self._order)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if self._counts is None or not index.isValid() or index.row() >= len(self._order):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._label(index.row())
        if role == CountRole:
            return int(self._counts.counts[self._order[index.row()]])
        if role == ShareRole:
            return int(self._counts.counts[self._order[index.row()]]) / self._most
        if role == ColourRole:
            return self.colours.get(self.value(index.row()) or "")
        if role == ChoiceRole:
            return self.choice(index.row())
        if role == Qt.ItemDataRole.ToolTipRole:
            count = int(self._counts.counts[self._order[index.row()]])
            return plain_tip(f"{self._label(index.row())}\n{count:,} events under the other filters")
        return None

    def _label(self, row: int) -> str:
        value = self.value(row)
        return fit_to_show(label_of_mark(self.column, value), 200) if self.column in MARKS else label_of_value(value)

    def _choices_of(self, query: Query) -> dict[int, Choice]:
        choices = {}
        for is_excluded, choice in ((False, Choice.CHOSEN), (True, Choice.EXCLUDED)):
            predicate = query.one_of(self.column, is_excluded)
            for value in predicate.values if predicate and self._counts is not None else ():
                assert self._counts is not None
                code = self._counts.codes.code_of(value)
                if code is not None:
                    choices[code] = choice
        return choices

    def _arrange(self) -> None:
        if self._counts is None:
            return
        found = self._counts.codes_with(self._search)
        if self._choices and not self._search:
            chosen = np.array(sorted(self._choices), dtype=np.int64)
            found = np.concatenate([chosen, found[~np.isin(found, chosen)]])
        self._order = found


def label_of_value(value: str | None) -> str:
    """Return how a value is shown."""
    return "(missing)" if value is None else fit_to_show(value, 200) if value else "(empty)"
