"""Cells made ready to be painted, a block of rows of one column at a time, so that a cell is a look-up in a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np

from auditviewer.core.display import fit_to_show
from auditviewer.core.query import QueryResult
from auditviewer.core.schema import CATEGORY
from auditviewer.core.table import Positions
from auditviewer.gui.events.cells import (
    BLOCK,
    FLAGGED,
    PLAIN,
    SHIFT,
    Block,
    category_cells,
    status_cells,
    text_cells,
    time_cells,
)  # fmt: skip
from auditviewer.gui.events.columns import FLAGS, REVIEW

KEPT_BLOCKS = 2400
"""Prepared blocks that are kept, over all columns: some 4,000 rows of every column."""


class Pages:
    """The cells of a result, prepared when they are first asked for."""

    def __init__(
        self, result: QueryResult, columns: Sequence[str], zone: dt.tzinfo, marks: Mapping[int, str] | None = None
    ) -> None:
        self.result = result
        self.columns = tuple(columns)
        self.zone = zone
        self.marks = marks or {}
        """What the open case says of positions, in words."""
        self._blocks: dict[tuple[int, int], Block] = {}

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
        return column not in (FLAGS, REVIEW, CATEGORY)

    def _prepare(self, number: int, column: str) -> Block:
        positions, table = self._positions(number), self.result.table
        if column == FLAGS:
            flags = np.zeros(len(positions), np.uint8) if table.flags is None else table.flags[positions]
            return Block([""] * len(positions), [FLAGGED | int(f) << SHIFT if f else PLAIN for f in flags.tolist()])
        if column == REVIEW:
            return Block([fit_to_show(self.marks.get(p, "")) for p in positions.tolist()], [PLAIN] * len(positions))
        if column == CATEGORY:
            return self._categories(positions)
        return self._block_of(column, positions, table.page(positions, [column])[0])

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
