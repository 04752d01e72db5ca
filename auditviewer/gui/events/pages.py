"""Cells made ready to be painted, a block of rows of one column at a time, so that a cell is a look-up in a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from auditviewer.core.case.marks import STATE_COLUMN, STATES, TAGS_COLUMN, EventMarks
from auditviewer.core.cells import NO_INSTANT, TICKS_PER_SECOND
from auditviewer.core.display import fit_to_show, has_mixed_scripts
from auditviewer.core.query import QueryResult
from auditviewer.core.schema import CATEGORY
from auditviewer.core.step_status import StepStatus, status_of_cell
from auditviewer.core.table import Positions
from auditviewer.gui.events.columns import FLAGS, REVIEW_COLUMNS

BLOCK = 32
KEPT_BLOCKS = 2400
"""Prepared blocks that are kept, over all columns: some 4,000 rows of every column."""

PLAIN, MISSING, UNREADABLE, STATUS, CATEGORISED, FLAGGED, REVIEWED, TAGGED = range(8)
KIND_MASK = 7
MIXED = 8
"""Set beside the kind where a word mixes alphabets that look alike."""
SHIFT = 4
LOCKED_SHIFT = 12
"""A status or category index stands above these bits."""

STATUSES = (StepStatus.SUCCESS, StepStatus.FAILURE, StepStatus.WARNING, StepStatus.IN_PROGRESS, StepStatus.UNRECOGNISED)
"""What a status style points at."""


class Block(NamedTuple):
    """Texts fit to be shown and a style for each."""

    texts: list[str]
    styles: list[int]


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
        if column == "Timestamp":
            return self._times(positions, texts)
        if column == "OperationStatus":
            return self._statuses(texts)
        return Block([_shown(text) for text in texts], [_style(text) for text in texts])

    def _categories(self, positions: Positions) -> Block:
        codes = self.result.table.codes(CATEGORY)
        found = codes.codes[positions].tolist()
        names = {code: codes.value_of(code) or "" for code in set(found)}
        return Block([names[code] for code in found], [CATEGORISED | (code - 1) << SHIFT for code in found])

    def _times(self, positions: Positions, texts: list[str | None]) -> Block:
        ticks = self.result.table.instants[positions].tolist()
        shown, styles = [], []
        for tick, text in zip(ticks, texts, strict=True):
            if tick == NO_INSTANT:
                shown.append(_shown(text))
                styles.append(MISSING if text is None else UNREADABLE)
            else:
                shown.append(format_cell_time(tick, self.zone))
                styles.append(PLAIN)
        return Block(shown, styles)

    def _statuses(self, texts: list[str | None]) -> Block:
        label = self.result.table.catalogue.status_label
        return Block(
            [_shown(text) if not text else fit_to_show(label(text)) for text in texts],
            [MISSING if text is None else _status_style(text) for text in texts],
        )


def format_cell_time(ticks: int, zone: dt.tzinfo) -> str:
    """Return an instant for a cell: milliseconds, or all seven digits where there are more; its offset unless UTC."""
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    moment = dt.datetime(1, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    digits = f"{fraction:07d}"
    digits = digits if fraction % 10_000 else digits[:3]
    if zone is dt.UTC:
        return f"{moment.replace(tzinfo=None).isoformat(' ')}.{digits}"
    try:
        moment = moment.astimezone(zone)
    except (OverflowError, ValueError):  # the first and last hours of the calendar have no other zone
        return f"{moment.replace(tzinfo=None).isoformat(' ')}.{digits} +00:00"
    offset = moment.strftime("%z")
    return f"{moment.replace(tzinfo=None).isoformat(' ')}.{digits} {offset[:3]}:{offset[3:5]}"


def _shown(text: str | None) -> str:
    return "—" if text is None else fit_to_show(text)


def _style(text: str | None) -> int:
    if text is None:
        return MISSING
    return PLAIN | MIXED if not text.isascii() and has_mixed_scripts(text[:600]) else PLAIN


def _status_style(text: str) -> int:
    status = status_of_cell(text)
    return STATUS | STATUSES.index(status) << SHIFT if status in STATUSES else PLAIN
