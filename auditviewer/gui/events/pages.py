"""Cells made ready to be painted, a block of rows of one column at a time, so that a cell is a look-up in a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from auditviewer.core.case.marks import STATES, EventMarks
from auditviewer.core.display import fit_to_show
from auditviewer.core.mark_columns import STATE_COLUMN, TAGS_COLUMN
from auditviewer.core.query import QueryResult
from auditviewer.core.schema import CATEGORY
from auditviewer.core.table import Positions
from auditviewer.gui.events.cells import (
    BLOCK,
    FLAGGED,
    LOCKED_SHIFT,
    PLAIN,
    REVIEWED,
    SHIFT,
    TAGGED,
    Block,
    category_cells,
    status_cells,
    text_cells,
    time_cells,
)  # fmt: skip
from auditviewer.gui.events.columns import FLAGS, REVIEW_COLUMNS

KEPT_BLOCKS = 2400
"""Prepared blocks that are kept, over all columns: some 4,000 rows of every column."""


class Pages:
    """The cells of a result, prepared when they are first asked for."""

    def __init__(
        self, result: QueryResult, columns: Sequence[str], zone: dt.tzinfo, marks: EventMarks | None = None
    ) -> None:
        self.result = result
        self.columns = tuple(columns)
        self.zone = zone
        self._marks: EventMarks | None = None
        self.chips: list[tuple[tuple[str, str], ...]] = []
        """Which tags, each with its colour, a `TAGGED` style points at."""
        self._chips: dict[tuple[tuple[str, str], ...], int] = {}
        self.show_marks(marks)
        self._blocks: dict[tuple[int, int], Block] = {}

    def show_marks(self, marks: EventMarks | None) -> None:
        """Take what a case says now; the other cells stay prepared."""
        self._marks = marks if marks is not None and marks.table is self.result.table else None
        for key in [key for key in getattr(self, "_blocks", ()) if self.columns[key[1]] in REVIEW_COLUMNS]:
            del self._blocks[key]

    def block(self, number: int, column: int) -> Block:
        """Return the cells of rows [number * BLOCK, (number + 1) * BLOCK) of a column."""
        found = self._blocks.get((number, column))
        if found is None:
            found = self._prepare(number, self.columns[column])
            self._keep(number, column, found)
        return found

    def prepare(self, numbers: Sequence[int], columns: Sequence[int]) -> None:
        """Make blocks ready that are about to be painted, all columns of a block in one go."""
        for number in numbers:
            missing = [c for c in columns if (number, c) not in self._blocks and self._is_text(self.columns[c])]
            if len(missing) > 1:
                positions = self._positions(number)
                texts = self.result.table.page(positions, [self.columns[c] for c in missing])
                for column, own in zip(missing, texts, strict=True):
                    self._keep(number, column, self._block_of(self.columns[column], positions, own))

    def cell(self, row: int, column: int) -> tuple[str, int]:
        """Return a cell's text and style."""
        texts, styles = self.block(row // BLOCK, column)
        return texts[row % BLOCK], styles[row % BLOCK]

    def _keep(self, number: int, column: int, block: Block) -> None:
        if len(self._blocks) >= KEPT_BLOCKS:
            for old in list(self._blocks)[: KEPT_BLOCKS // 4]:
                del self._blocks[old]
        self._blocks[number, column] = block

    def _positions(self, number: int) -> Positions:
        return self.result.positions[number * BLOCK : (number + 1) * BLOCK]

    @staticmethod
    def _is_text(column: str) -> bool:
        return column not in (FLAGS, *REVIEW_COLUMNS, CATEGORY)

    def _prepare(self, number: int, column: str) -> Block:
        positions, table = self._positions(number), self.result.table
        if column == FLAGS:
            flags = np.zeros(len(positions), np.uint8) if table.flags is None else table.flags[positions]
            return Block([""] * len(positions), [FLAGGED | int(f) << SHIFT if f else PLAIN for f in flags.tolist()])
        if column in REVIEW_COLUMNS:
            return self._marked(column, positions)
        if column == CATEGORY:
            return self._categories(positions)
        return self._block_of(column, positions, table.page(positions, [column])[0])

    def _marked(self, column: str, positions: Positions) -> Block:
        marks = self._marks
        if marks is None:
            return Block([""] * len(positions), [PLAIN] * len(positions))
        if column == STATE_COLUMN:
            states = marks.states[positions].tolist()
            styles = [
                REVIEWED | code << SHIFT | int(is_locked) << LOCKED_SHIFT if code else PLAIN
                for code, is_locked in zip(states, marks.locked[positions].tolist(), strict=True)
            ]
            return Block([STATES[code].value if code else "" for code in states], styles)
        if column == TAGS_COLUMN:
            return self._tagged(marks, positions)
        notes = [marks.notes_at(position) for position in positions.tolist()]
        texts = [f"({len(own)}) {own[-1].text}" if len(own) > 1 else own[0].text if own else "" for own in notes]
        return Block([fit_to_show(text) for text in texts], [PLAIN] * len(positions))

    def _tagged(self, marks: EventMarks, positions: Positions) -> Block:
        texts, styles = list[str](), list[int]()
        for position in positions.tolist():
            own = tuple((name, marks.state.tags[name].colour) for name in marks.tags_at(position))
            if own and own not in self._chips:
                self._chips[own] = len(self.chips)
                self.chips.append(own)
            texts.append(fit_to_show(", ".join(name for name, _ in own)))
            styles.append(TAGGED | self._chips[own] << SHIFT if own else PLAIN)
        return Block(texts, styles)

    def _block_of(self, column: str, positions: Positions, texts: list[str | None]) -> Block:
        table = self.result.table
        if column == "Timestamp":
            return time_cells(table.instants[positions].tolist(), texts, self.zone)
        if column == "OperationStatus":
            return status_cells(texts, table.catalogue.status_label)
        return text_cells(texts)

    def _categories(self, positions: Positions) -> Block:
        """Tell the categories of these events alone: those of all take a while the first time."""
        table = self.result.table
        types = list(zip(*table.page(positions, ["WorkflowType", "EventType", "TargetType"]), strict=True))
        told = {some: table.catalogue.classify(*some).category_index for some in set(types)}
        names = {index: table.catalogue.categories[index].label for index in told.values()}
        return category_cells([told[some] for some in types], names)
