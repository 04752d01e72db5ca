"""What a report is made of: the choices of a user, and the events and the case that it tells of."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from auditviewer.core.case.journal import Snapshot
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.progress import Progress
from auditviewer.core.query import Query, QueryResult
from auditviewer.core.query.options import options_of_query
from auditviewer.core.table import EventTable


@dataclass(frozen=True)
class ReportChoices:
    """What a user can choose about a report."""

    title: str = "Audit log review"
    sections: tuple[str, ...] = ()
    """Keys of `SECTIONS`; all of them when empty."""
    made: str | None = None
    """The time to state, RFC 3339; None states none, as in a package, whose seal does."""
    zone: dt.tzinfo = dt.UTC
    """The reviewer's zone, for the local days that the period covers."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What was typed in for the workpaper: system, page, category, population, from, to, extracted_by."""
    names: Mapping[str, str] = field(default_factory=dict)
    """How a source's path is told, where not as it is: a package names its own copy."""


def choices_as_json(choices: ReportChoices) -> dict[str, Any]:
    """Return choices as JSON values, for the journal."""
    return {
        "title": choices.title, "sections": list(choices.sections), "made": choices.made,
        "zone": zone_text(choices.zone), "facts": dict(choices.facts), "names": dict(choices.names),
    }  # fmt: skip


def choices_from_json(values: Mapping[str, Any]) -> ReportChoices:
    """Return the choices that `choices_as_json` was made of; raises `KeyError`, `TypeError` or `ValueError`."""
    return ReportChoices(
        str(values["title"]), tuple(values["sections"]), values["made"], zone_from_text(values["zone"]),
        dict(values["facts"]), dict(values["names"]),
    )  # fmt: skip


def zone_text(zone: dt.tzinfo) -> str:
    """Return a zone as text: its IANA name, or its offset from UTC where it has none."""
    offset = zone.utcoffset(None)
    minutes = 0 if offset is None else int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return getattr(zone, "key", None) or f"UTC{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def zone_from_text(text: str) -> dt.tzinfo:
    """Return the zone of a text; raises `ValueError` where this system has no such zone."""
    if match := re.fullmatch(r"UTC([+-])(\d\d):(\d\d)", text):
        minutes = int(match[2]) * 60 + int(match[3])
        return dt.timezone(dt.timedelta(minutes=-minutes if match[1] == "-" else minutes)) if minutes else dt.UTC
    try:
        return zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"there is no zone “{text}” here") from error


@dataclass(frozen=True, eq=False)
class Ground:
    """What every section is built from."""

    result: QueryResult
    choices: ReportChoices
    case: Snapshot | None
    progress: Progress

    @property
    def table(self) -> EventTable:
        """The whole log."""
        return self.result.table

    @property
    def period(self) -> dict[str, str]:
        """What was asked for and by whom, as kept in the case and as typed in for this report."""
        kept = self.case.state.period if self.case is not None else {}
        return {name: str(text) for name, text in {**kept, **self.choices.facts}.items() if text}

    def name(self, path: str) -> str:
        """Return how a source's path is told."""
        return self.choices.names.get(path, path)

    def command(self, query: Query) -> str | None:
        """Return the command line that gives a query's events; None where options cannot say it."""
        options = options_of_query(query)
        if options is None:
            return None
        files = " ".join(shlex.quote(self.name(path)) for path in dict.fromkeys(s.path for s in self.table.sources))
        needs_case = any(getattr(p, "options", ()) for p in query.predicates)
        if needs_case and self.case is None:
            return None
        path = "data/case.avcase" if self.choices.names else str((self.case and self.case.path) or "CASE")
        of_case = f" --case {shlex.quote(path)}" if needs_case else ""
        return f"auditviewer export {files}{of_case} {options} -o events.csv".replace("  ", " ")


def bounds_of(period: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Return the requested period as ticks, half-open; None for an end that was not stated or cannot be understood."""
    from auditviewer.core.instants import parse_bound

    found: list[int | None] = []
    for name, is_end in (("from", False), ("to", True)):
        try:
            found.append(parse_bound(period[name], is_end) if period.get(name) else None)
        except WrongUsageError:
            found.append(None)
    return found[0], found[1]
