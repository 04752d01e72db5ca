"""How cells look: the text that is shown and a style for each. Without numpy, so that it is there at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from auditviewer.core.cells import NO_INSTANT, TICKS_PER_SECOND
from auditviewer.core.display import fit_to_show, has_mixed_scripts
from auditviewer.core.step_status import StepStatus, status_of_cell

BLOCK = 32
"""Rows of a block."""

PLAIN, MISSING, UNREADABLE, STATUS, CATEGORISED, FLAGGED, REVIEWED, TAGGED = range(8)
KIND_MASK = 7
MIXED = 8
"""Set beside the kind where a word mixes alphabets that look alike."""
SHIFT = 4
"""A status or category index stands above these bits."""
LOCKED_SHIFT = 12
"""What was signed off is told above these."""

STATUSES = (StepStatus.SUCCESS, StepStatus.FAILURE, StepStatus.WARNING, StepStatus.IN_PROGRESS, StepStatus.UNRECOGNISED)
"""What a status style points at."""


class Block(NamedTuple):
    """Texts fit to be shown and a style for each."""

    texts: list[str]
    styles: list[int]


class Cells(Protocol):
    """What is painted: blocks of `BLOCK` rows of a column."""

    chips: list[tuple[tuple[str, str], ...]]
    """Which tags, each with its colour, a `TAGGED` style points at."""

    def prepare(self, numbers: Sequence[int], columns: Sequence[int]) -> None:
        """Make blocks ready that are about to be painted."""

    def block(self, number: int, column: int) -> Block:
        """Return the cells of rows [number * BLOCK, (number + 1) * BLOCK) of a column."""


def text_cells(texts: Sequence[str | None]) -> Block:
    """Return plain texts as they are shown."""
    return Block([_shown(text) for text in texts], [_style(text) for text in texts])


def time_cells(ticks: Sequence[int], texts: Sequence[str | None], zone: dt.tzinfo) -> Block:
    """Return times in a zone; what could not be understood as it stands."""
    shown, styles = [], []
    for tick, text in zip(ticks, texts, strict=True):
        if tick == NO_INSTANT:
            shown.append(_shown(text))
            styles.append(MISSING if text is None else UNREADABLE)
        else:
            shown.append(format_cell_time(tick, zone))
            styles.append(PLAIN)
    return Block(shown, styles)


def status_cells(texts: Sequence[str | None], label: Callable[[str], str]) -> Block:
    """Return operation statuses by their labels."""
    return Block(
        [_shown(text) if not text else fit_to_show(label(text)) for text in texts],
        [MISSING if text is None else _status_style(text) for text in texts],
    )


def category_cells(indices: Sequence[int], names: Mapping[int, str]) -> Block:
    """Return categories by their index in the catalogue."""
    return Block([names[index] for index in indices], [CATEGORISED | index << SHIFT for index in indices])


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
