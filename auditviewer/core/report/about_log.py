"""Sections of a report about the log: the workpaper, the sources, scope and coverage, and what none of it shows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np

from auditviewer.core.cells import NO_INSTANT, TICKS_PER_DAY
from auditviewer.core.instants import format_instant, format_iso
from auditviewer.core.query import QueryResult
from auditviewer.core.report import charts
from auditviewer.core.report.ground import Ground, bounds_of
from auditviewer.core.schema import CATEGORY

REJECTS_TOLD = 300
_DAYS_DRAWN = 400
_DAYS_NAMED = 40
_NOT_STATED = "(not stated)"


def workpaper(ground: Ground) -> dict[str, Any]:
    """Completeness and accuracy of information produced by the entity, on one page."""
    table, period = ground.table, ground.period
    low, high = bounds_of(period)
    held = ", ".join(label for label, _ in _counts_of(table.codes(CATEGORY), np.arange(len(table)))) or "none"
    rows = [
        ("System", period.get("system") or _NOT_STATED),
        (
            "Page and steps",
            period.get("page") or "Settings > Audit Log: a category, From Date, To Date, Download CSV File",
        ),
        ("Category", period.get("category") or f"{_NOT_STATED}; the files hold {held}"),
        ("Population", period.get("population") or _NOT_STATED),
        ("Requested from (UTC)", _with_local(period.get("from"), low, ground.choices.zone)),
        ("Requested to (UTC)", _with_local(period.get("to"), None if high is None else high - 1, ground.choices.zone)),
        ("Extracted by, and when", period.get("extracted_by") or _NOT_STATED),
    ]
    reconciled = []
    for source in table.sources:
        reconciled.append({
            "name": Path(ground.name(source.path)).name + (f" » {source.member}" if source.member else ""),
            "sha256": source.sha256,
            "bytes": f"{source.size_bytes:,}", "records": f"{source.records:,}", "loaded": f"{source.loaded:,}",
            "duplicates": f"{source.duplicates:,}", "rejected": f"{source.rejected:,}",
            "holds": source.records == source.loaded + source.duplicates + source.rejected,
        })  # fmt: skip
    return {"rows": rows, "sources": reconciled, "hidden": _hidden_by(ground.result)}


def _with_local(text: str | None, ticks: int | None, zone: dt.tzinfo) -> str:
    if not text:
        return _NOT_STATED
    return text if ticks is None else f"{text}: {format_instant(ticks)}, which is {format_instant(ticks, zone)}"


def _hidden_by(result: QueryResult) -> list[tuple[str, str]]:
    """Return the events loaded, and how many each part of the filter hides of those that the parts before it left."""
    left = np.ones(len(result.table), dtype=np.bool_)
    rows = [("Loaded", f"{len(left):,}")]
    for predicate in result.query.predicates:
        after = left & predicate.mask(result.table)
        rows.append((f"Hidden by: {predicate.describe()}", f"{int(left.sum() - after.sum()):,}"))
        left = after
    rows.append(("Shown", f"{int(left.sum()):,}"))
    return rows


def sources(ground: Ground) -> dict[str, Any]:
    """Return the sources with their digests, the notices about them, and the records that could not be read."""
    table = ground.table
    return {
        "sources": [
            {"path": ground.name(s.path) + (f" » {s.member}" if s.member else ""), "sha256": s.sha256,
             "bytes": f"{s.size_bytes:,}", "format": f"{s.format}, {s.encoding}"}
            for s in table.sources
        ],
        "notices": [
            (f"{n.count:,}", n.message, "" if n.path is None else ground.name(n.path)) for n in table.notices
        ],
        "rejects": [
            (ground.name(r.path), f"{r.record:,}", f"{r.line:,}", f"{r.offset:,}", r.message)
            for r in table.rejects[:REJECTS_TOLD]
        ],
        "n_rejects": len(table.rejects),
    }  # fmt: skip


def scope(ground: Ground) -> dict[str, Any]:
    """Return the filter, the period and what of it the events cover, by day and category."""
    result = ground.result
    instants = result.table.instants[result.positions]
    known = instants[instants != NO_INSTANT]
    days = _per_day(known)
    return {
        "first": format_iso(int(known.min())) if len(known) else "no readable time",
        "last": format_iso(int(known.max())) if len(known) else "no readable time",
        "requested": _requested(ground, known),
        "query": result.query.describe(),
        "command": ground.command(result.query),
        "empty_days": sum(1 for _, n in days if not n),
        "by_day": charts.columns(days),
        "categories": _by_category(result, instants),
        "by_category": charts.bars(_counts(result, CATEGORY)),
        "by_status": charts.bars(_counts(result, "OperationStatus")),
        "by_initiator": charts.bars(_counts(result, "Initiator")[:12]),
        "n_undated": len(result) - len(known),
    }


def _requested(ground: Ground, known: Any) -> list[tuple[str, str]]:
    """Return the requested period beside what the log and the shown events have of it."""
    low, high = bounds_of(ground.period)
    if low is None and high is None:
        return []
    everything = ground.table.instants[ground.table.instants != NO_INSTANT]
    outside = int(np.count_nonzero(~_is_within(everything, low, high)))
    told = [
        ("Requested period", f"{ground.period.get('from', 'open')} to {ground.period.get('to', 'open')} (UTC)"),
        ("Events of the log outside of it", f"{outside:,}"),
        ("Shown events outside of it", f"{int(np.count_nonzero(~_is_within(known, low, high))):,}"),
    ]
    if low is not None and high is not None and high > low and (high - low) // TICKS_PER_DAY < 36_600:
        first, last = low // TICKS_PER_DAY, (high - 1) // TICKS_PER_DAY
        within = everything[_is_within(everything, low, high)] // TICKS_PER_DAY
        missing = np.setdiff1d(np.arange(first, last + 1), within)
        names = ", ".join(format_iso(int(day) * TICKS_PER_DAY)[:10] for day in missing[:_DAYS_NAMED].tolist())
        more = f" and {len(missing) - _DAYS_NAMED:,} more" if len(missing) > _DAYS_NAMED else ""
        told.append(("Its days without any event in the log", f"{len(missing):,} of {last - first + 1:,}"))
        told += [("Which are", names + more)] if len(missing) else []
    return told


def _is_within(instants: Any, low: int | None, high: int | None) -> Any:
    is_within = np.ones(len(instants), dtype=np.bool_)
    if low is not None:
        is_within &= instants >= low
    if high is not None:
        is_within &= instants < high
    return is_within


def _by_category(result: QueryResult, instants: Any) -> list[tuple[str, ...]]:
    """Return category, events, first and last of them, and on how many days there are some."""
    codes = result.table.codes(CATEGORY)
    own = codes.codes[result.positions]
    rows = []
    for label, count in _counts(result, CATEGORY):
        code = codes.code_of(None if label == "(missing)" else label)
        some = instants[(own == code) & (instants != NO_INSTANT)]
        ends = [format_iso(int(end))[:10] for end in (some.min(), some.max())] if len(some) else ["", ""]
        rows.append((label, f"{count:,}", *ends, f"{len(np.unique(some // TICKS_PER_DAY)):,}"))
    return rows


def _per_day(instants: Any) -> list[tuple[str, int]]:
    if not len(instants):
        return []
    days = instants // TICKS_PER_DAY
    first, width = int(days.min()), 1
    while (int(days.max()) - first) // width >= _DAYS_DRAWN:
        width += 1
    counts = np.bincount((days - first) // width)
    return [(format_iso((first + i * width) * TICKS_PER_DAY)[:10], int(n)) for i, n in enumerate(counts)]


def _counts(result: QueryResult, column: str) -> list[tuple[str, int]]:
    return _counts_of(result.table.codes(column), result.positions)


def _counts_of(codes: Any, positions: Any) -> list[tuple[str, int]]:
    counts = np.bincount(codes.codes[positions], minlength=len(codes))
    order = np.argsort(-counts, kind="stable")
    return [(codes.value_of(c) or "(missing)", int(counts[c])) for c in order.tolist()[:40] if counts[c]]


def limits(_: Ground) -> dict[str, Any]:
    """Return what none of the report establishes."""
    return {
        "sentences": (
            "That the system recorded everything that happened. An export shows what was logged, not what was not.",
            "That the exports hold all that the system logged. The counts say that every record of these files is "
            "accounted for; whether the files are all there are follows from how they were extracted.",
            "That the files were unaltered before they came to the reviewer. Their SHA-256 shows it from then on.",
            "That the system's clock was right, or that an initiator is the person whose name it bears.",
            "Who made this report. A signature shows whose key was used; compare its fingerprint with its owner.",
        )
    }
