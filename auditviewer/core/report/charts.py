"""Charts of a report as SVG pictures; every text in them is escaped."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.display import fit_to_show
from auditviewer.core.step_status import STATUS_LABELS, StepStatus
from auditviewer.core.workflows import WorkflowStory

INK, FAINT, BAR, GRID = "#1f2937", "#9ca3af", "#33658a", "#e3e8ed"
STATUS_COLOURS = {
    StepStatus.SUCCESS: "#2f7d4f", StepStatus.FAILURE: "#b3372f", StepStatus.WARNING: "#b7791f",
}  # fmt: skip
_WIDTH = 680
_FONT = 'font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="10"'


def bars(values: Sequence[tuple[str, int]], unit: str = "events") -> str:
    """Return horizontal bars, one a value, with its count."""
    most = max((n for _, n in values), default=1) or 1
    rows, height = [], 18 * len(values) + 4
    for i, (label, n) in enumerate(values):
        y, width = 18 * i + 2, max(1.0, 400 * n / most) if n else 0
        rows.append(
            f'<text x="170" y="{y + 11}" text-anchor="end" fill="{INK}">{_text(label, 26)}</text>'
            f'<rect x="178" y="{y + 1}" width="{width:.1f}" height="13" fill="{BAR}"/>'
            f'<text x="{184 + width:.1f}" y="{y + 11}" fill="{INK}">{n:,}</text>'
        )
    return _svg("".join(rows), height, f"Counts of {unit}")


def columns(values: Sequence[tuple[str, int]]) -> str:
    """Return upright bars, one a bin of time, with the first, last and highest told."""
    if not values:
        return _svg("", 10, "Nothing")
    most, step = max(n for _, n in values) or 1, (_WIDTH - 60) / len(values)
    rows = [
        f'<line x1="50" y1="14" x2="{_WIDTH - 10}" y2="14" stroke="{GRID}"/>'
        f'<line x1="50" y1="62" x2="{_WIDTH - 10}" y2="62" stroke="{GRID}"/>'
        f'<line x1="50" y1="110" x2="{_WIDTH - 10}" y2="110" stroke="{FAINT}"/>'
        f'<text x="44" y="18" text-anchor="end" fill="{INK}">{most:,}</text>'
        f'<text x="44" y="113" text-anchor="end" fill="{INK}">0</text>'
    ]
    for i, (_, n) in enumerate(values):
        height = 96 * n / most
        if n:
            width = max(step - 1, 0.6)
            rows.append(
                f'<rect x="{50 + i * step:.1f}" y="{110 - height:.1f}" width="{width:.1f}" height="{height:.1f}"'
                f' fill="{BAR}"/>'
            )
    rows.append(f'<text x="50" y="125" fill="{INK}">{_text(values[0][0], 40)}</text>')
    rows.append(f'<text x="{_WIDTH - 10}" y="125" text-anchor="end" fill="{INK}">{_text(values[-1][0], 40)}</text>')
    return _svg("".join(rows), 130, "Events over time")


def story(workflow: WorkflowStory) -> str:
    """Return the steps of a workflow along a line of time; those without a readable time at its end."""
    span = max((workflow.duration or 0), 1)
    rows = [f'<line x1="20" y1="16" x2="{_WIDTH - 20}" y2="16" stroke="{FAINT}"/>']
    n_undated = 0
    for step in workflow.steps:
        if step.instant == NO_INSTANT:
            n_undated += 1
            continue
        x = 20 + (_WIDTH - 40) * (step.instant - workflow.first) / span
        colour = STATUS_COLOURS.get(step.status, FAINT)
        rows.append(_mark(step.status, x, 16, colour))
    statuses, x = list(dict.fromkeys(step.status for step in workflow.steps)), 26
    words = ", ".join(STATUS_LABELS[status] for status in statuses)
    for status in statuses:
        label = STATUS_LABELS[status]
        rows.append(_mark(status, x, 37, STATUS_COLOURS.get(status, FAINT)))
        rows.append(f'<text x="{x + 10}" y="41" fill="{INK}">{_text(label, 40)}</text>')
        x += 34 + 6 * len(label)
    if n_undated:
        rows.append(f'<text x="{x}" y="41" fill="{INK}">{n_undated} without a time</text>')
    return _svg("".join(rows), 48, f"Steps of the workflow: {words}")


def _mark(status: StepStatus, x: float, y: float, colour: str) -> str:
    """Return the mark of a status: a shape each, which tells them apart in black and white."""
    if status is StepStatus.FAILURE:
        arms = "".join(
            f'<line x1="{x - 3}" y1="{y - way * 3}" x2="{x + 3}" y2="{y + way * 3}" stroke="#ffffff" stroke-width="2"/>'
            for way in (1, -1)
        )
        return f'<rect x="{x - 6:.1f}" y="{y - 6}" width="12" height="12" fill="{colour}" stroke="#ffffff"/>{arms}'
    if status is StepStatus.WARNING:
        points = f"{x:.1f},{y - 7} {x + 7:.1f},{y + 6} {x - 7:.1f},{y + 6}"
        return f'<polygon points="{points}" fill="{colour}" stroke="#ffffff"/>'
    if status is StepStatus.SUCCESS:
        return f'<circle cx="{x:.1f}" cy="{y}" r="6" fill="{colour}" stroke="#ffffff"/>'
    return f'<circle cx="{x:.1f}" cy="{y}" r="4.5" fill="#ffffff" stroke="{INK}" stroke-width="1.6"/>'


def _svg(body: str, height: int, title: str) -> str:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}">'
        f"<title>{_text(title, 100)}</title><g {_FONT}>{body}</g></svg>"
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _text(text: str, limit: int) -> str:
    return escape(fit_to_show(text, limit))
