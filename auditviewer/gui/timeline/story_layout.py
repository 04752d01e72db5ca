"""Where the steps of a workflow, their labels and the gaps between them stand; numbers only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.display import fit_to_show
from auditviewer.core.time_axis import format_clock
from auditviewer.core.timeline import spread_ties
from auditviewer.core.wording import describe_gap
from auditviewer.core.workflows import Step, WorkflowStory

MARGIN_PX = 26
LEAST_PX = 22.0
"""Marks closer than this cannot be told apart or clicked."""
_EVEN_PX = 120.0
_UNDATED_PX = 64.0
_LABEL_GAP_PX = 10
_MARK_PX = 18
_NAME_LIMIT = 40

TextWidth = Callable[[str], int]


@dataclass(frozen=True)
class Label:
    """What stands beside a step: its event type, its time, and where."""

    row: int
    x: float
    width: float
    name: str
    time: str


@dataclass(frozen=True, eq=False)
class StoryLayout:
    """Places in pixels: of each step's mark, its label where there is room, and the words of the gap before it."""

    places: npt.NDArray[np.float64]
    labels: tuple[Label | None, ...]
    gaps: tuple[str, ...]
    """The gap before each step in words, "" where there is no room or nothing before."""
    width: float
    is_moved: bool
    """Whether marks had to be moved apart, so that distances are not true."""
    scale: tuple[int, int, float, float] | None = None
    """First and last instant and where they stand; None when distances are not those of time."""


def lay_out_story(
    story: WorkflowStory,
    width_px: int,
    n_rows: int,
    is_even: bool,
    zone: dt.tzinfo,
    text_width: TextWidth,
    current: int | None = None,
) -> StoryLayout:
    """Return where everything stands in a view of some width; wider than it when the steps need more room.

    Where there is no room for every label, that of the current step stands and others give way.
    """
    true = _even_places(len(story.steps), width_px) if is_even else _true_places(story, width_px)
    places = spread_ties(true, LEAST_PX)
    width = max(float(width_px), float(places[-1]) + MARGIN_PX)
    wanted = [_label(step, zone, text_width) for step in story.steps]
    labels = _place_labels(wanted, places, width, n_rows, current)
    gaps = _place_gaps(story.steps, places, text_width)
    scale = None if is_even else _scale(story, width_px)
    return StoryLayout(places, labels, gaps, width, bool((places > true).any()), scale)


def describe_step_time(step: Step, zone: dt.tzinfo) -> str:
    """Return when a step was and how long after the one before."""
    if step.instant == NO_INSTANT:
        return "no readable time"
    clock = format_clock(step.instant, zone)
    return clock if step.gap_ticks is None else f"{clock}  +{describe_gap(step.gap_ticks)}".replace("+same", "same")


def _even_places(n: int, width_px: int) -> npt.NDArray[np.float64]:
    step = max(_EVEN_PX, (width_px - 2 * MARGIN_PX - _EVEN_PX) / max(n - 1, 1))
    return MARGIN_PX + _EVEN_PX / 2 + np.arange(n, dtype=np.float64) * step


def _scale(story: WorkflowStory, width_px: int) -> tuple[int, int, float, float] | None:
    dated = [step.instant for step in story.steps if step.instant != NO_INSTANT]
    if not dated or dated[0] == dated[-1]:
        return None
    n_undated = len(story.steps) - len(dated)
    return dated[0], dated[-1], MARGIN_PX, max(width_px - MARGIN_PX - n_undated * _UNDATED_PX, MARGIN_PX + LEAST_PX)


def _true_places(story: WorkflowStory, width_px: int) -> npt.NDArray[np.float64]:
    dated = [step.instant for step in story.steps if step.instant != NO_INSTANT]
    n_undated = len(story.steps) - len(dated)
    if (scale := _scale(story, width_px)) is not None:
        first, last, left, right = scale
        places = [left + (instant - first) / (last - first) * (right - left) for instant in dated]
    else:  # all at one instant: in the middle rather than at the left end
        right = max(width_px - MARGIN_PX - n_undated * _UNDATED_PX, MARGIN_PX + LEAST_PX)
        places = [MARGIN_PX + max((right - MARGIN_PX - LEAST_PX * (len(dated) - 1)) / 2, 0)] * len(dated)
    return np.array(places + [right + (i + 1) * _UNDATED_PX for i in range(n_undated)], dtype=np.float64)


def _label(step: Step, zone: dt.tzinfo, text_width: TextWidth) -> Label:
    name = fit_to_show(step.event_type, _NAME_LIMIT) or "(no event type)"
    time = describe_step_time(step, zone)
    return Label(0, 0.0, float(max(text_width(name), text_width(time)) + 6), name, time)


def _place_labels(
    wanted: list[Label], places: npt.NDArray[np.float64], width: float, n_rows: int, current: int | None
) -> tuple[Label | None, ...]:
    """Return the labels, each in the first row where it overlaps none; None where no row has room."""
    rows: list[list[tuple[float, float]]] = [[] for _ in range(max(n_rows, 1))]
    placed: list[Label | None] = [None] * len(wanted)
    first = [] if current is None else [current]
    for i in first + [i for i in range(len(wanted)) if i != current]:
        label = wanted[i]
        left = min(max(float(places[i]) - label.width / 2, 2.0), max(width - label.width - 2, 2.0))
        right = left + label.width
        for row, taken in enumerate(rows):
            # Labels come in order but for the current one, so only the first and the last can be in the way.
            near = (*taken[:1], *taken[-1:])
            if all(right + _LABEL_GAP_PX <= low or high + _LABEL_GAP_PX <= left for low, high in near):
                taken.append((left, right))
                placed[i] = replace(label, row=row, x=left)
                break
    return tuple(placed)


def _place_gaps(steps: tuple[Step, ...], places: npt.NDArray[np.float64], text_width: TextWidth) -> tuple[str, ...]:
    gaps = [""]
    for step, room in zip(steps[1:], np.diff(places).tolist(), strict=True):
        words = describe_gap(step.gap_ticks)
        gaps.append(words if text_width(words) + _MARK_PX + 4 <= room else "")
    return tuple(gaps)
