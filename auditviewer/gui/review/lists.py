"""The lists of the review's pane: which fields each has, and how they look."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QIcon, QKeySequence
from PySide6.QtWidgets import QApplication

from auditviewer.core.case import Act, Target
from auditviewer.core.case.acts import Finding, SampleKept, Tag
from auditviewer.core.case.marks import EventMarks, targets_at
from auditviewer.core.case.recheck import HOLDS, Checked
from auditviewer.core.case.telling import describe_act
from auditviewer.core.errors import AuditViewerError
from auditviewer.core.query.saved import query_from_json
from auditviewer.core.table import EventTable
from auditviewer.gui.icons import icon
from auditviewer.gui.look import colours_of
from auditviewer.gui.session import Session
from auditviewer.gui.widgets.chips import state_look, swatch
from auditviewer.gui.widgets.list_model import Field

Said = tuple[str, str, str, str, str]
"""What is said of an event: its mark ("state:cleared", "tag:#c2410c", "note"), words, on what, by whom, when."""


def said_of(marks: EventMarks, table: EventTable, position: int) -> list[Said]:
    """Return what a case says of an event, its workflow and its entity."""
    rows, state = list[Said](), marks.state
    for target in targets_at(table, position):
        on = "event" if target.kind == "event" else target.describe()
        if (review := state.reviews.get(target)) is not None:
            words = f"{review.state.value}{': ' if review.reason else ''}{review.reason}"
            rows.append((f"state:{review.state.value}", words, on, review.user, review.time))
            if review.signed_off_by:
                rows.append(("lock", "signed off: locked", on, review.signed_off_by, ""))
        rows += [(f"tag:{state.tags[name].colour}", name, on, "", "") for name in state.tags_of(target)]
        rows += [("note", note.text, on, note.user, note.time) for note in state.notes.get(target, ())]
    return rows


SAID_FIELDS: tuple[Field[Said], ...] = (
    Field("What the case says of the current event", lambda row: row[1], 320, icon=lambda row: _said_icon(row[0])),
    Field("On", lambda row: row[2], 90),
    Field("Who", lambda row: row[3], 110),
    Field("When (UTC)", lambda row: row[4], 170),
)


def tag_fields(session: Session) -> tuple[Field[Tag], ...]:
    """Return the fields of the list of tags."""

    def count(tag: Tag) -> str:
        marks = session.review.marks.now
        return "" if marks is None or tag.name not in marks.tagged else f"{int(marks.tagged[tag.name].sum()):,}"

    return (
        Field("Tag", lambda tag: tag.name, 280, icon=lambda tag: swatch(tag.colour)),
        Field("Events", count, 90, is_number=True),
        Field("Key", lambda tag: QKeySequence(tag.key).toString(QKeySequence.SequenceFormat.NativeText), 110),
        Field("Colour", lambda tag: tag.colour, 100, is_monospace=True),
    )


def finding_fields(session: Session) -> tuple[Field[Finding], ...]:
    """Return the fields of the list of findings."""
    review = session.review

    def checked(finding: Finding) -> Checked | None:
        return review.checked.get(finding.title)

    def outcome(finding: Finding) -> str:
        one = checked(finding)
        return "" if one is None else f"{one.outcome}{': ' if one.sentence else ''}{one.sentence}"

    def outcome_icon(finding: Finding) -> QIcon | None:
        one, colours = checked(finding), colours_of(QApplication.palette())
        if one is None:
            return None
        is_kept = one.outcome == HOLDS
        return icon("status-success" if is_kept else "status-failure", colours.success if is_kept else colours.failure)

    def state(finding: Finding) -> str:
        kept = None if review.case is None else review.case.state.reviews.get(Target("finding", (finding.title,)))
        if kept is None:
            return ""
        return kept.state.value if kept.signed_off_by is None else f"{kept.state.value}, signed off"

    def state_icon(finding: Finding) -> QIcon | None:
        said = state(finding).partition(",")[0]
        return icon(*state_look(said, colours_of(QApplication.palette()))) if said else None

    return (
        Field("Finding", lambda f: f.title, 260),
        Field("Events", lambda f: f"{len(f.events):,}", 70, is_number=True),
        Field("Decision", lambda f: f.decision, 80),
        Field("Reason", lambda f: f.reason, 160),
        Field("Review", state, 130, icon=state_icon),
        Field("Run again", outcome, 200, icon=outcome_icon),
        Field("Recorded by", lambda f: f.user, 100),
        Field("When (UTC)", lambda f: f.time, 170),
    )


def _count_results(sample: SampleKept, result: str) -> int:
    return sum(one["result"] == result for one in sample.results.values())


SAMPLE_FIELDS: tuple[Field[SampleKept], ...] = (
    Field("Sample", lambda s: s.name, 160),
    Field("Method", lambda s: s.drawn["method"] + (f" by {s.drawn['by']}" if s.drawn.get("by") else ""), 150),
    Field("Items", lambda s: f"{len(s.drawn['items']):,}", 60, is_number=True),
    Field("Population", lambda s: f"{s.drawn['population']:,}", 90, is_number=True),
    Field("Tested", lambda s: f"{len(s.results):,}", 70, is_number=True),
    Field("Exceptions", lambda s: f"{_count_results(s, 'exception'):,}", 80, is_number=True),
    Field("Seed", lambda s: s.drawn["seed"], 110),
    Field("Drawn from", lambda s: s.drawn.get("query_in_words", ""), 360),
)


def _shows(view: dict[str, Any]) -> str:
    try:
        return query_from_json(view["query"]).describe()
    except AuditViewerError as error:
        return str(error)


VIEW_FIELDS: tuple[Field[dict[str, Any]], ...] = (
    Field("View", lambda v: v["name"], 200),
    Field("Shows", _shows, 420),
    Field("Order", lambda v: _order(v["query"].get("order") or {}), 150),
    Field("Columns", lambda v: f"{len(v.get('columns') or ()):,}" if v.get("columns") else "as they are", 90),
)


def _order(order: dict[str, Any]) -> str:
    column = order.get("column") or "source order"
    return f"{column}, descending" if order.get("descending") else str(column)


_words: dict[str, str] = {}
"""By the digest of an act: what it did. A tag on half a million events takes a while to be told."""
_MOST_WORDS = 200_000


def words_of_act(act: Act) -> str:
    """Return what an act did, found out once."""
    if act.digest not in _words:
        if len(_words) > _MOST_WORDS:
            _words.clear()
        _words[act.digest] = describe_act(act)
    return _words[act.digest]


ACT_FIELDS: tuple[Field[Act], ...] = (
    Field("No.", lambda a: f"{a.number:,}", 60, is_number=True),
    Field("When (UTC)", lambda a: a.time, 170),
    Field("Who", lambda a: a.user, 110),
    Field("Act", lambda a: a.kind, 90),
    Field("What", words_of_act, 480),
    Field("Digest", lambda a: a.digest, 200, is_monospace=True),
)


def acts_with(journal: list[Act], text: str) -> list[Act]:
    """Return the acts, the latest first, that hold a text in what they did, who, when or their digest."""
    needle, found = text.strip().casefold(), journal[::-1]
    if not needle:
        return found
    return [a for a in found if needle in f"{a.time} {a.user} {a.kind} {words_of_act(a)} {a.digest}".casefold()]


def _said_icon(mark: str) -> QIcon | None:
    kind, _, what = mark.partition(":")
    colours = colours_of(QApplication.palette())
    if kind == "tag":
        return swatch(what)
    if kind == "state":
        return icon(*state_look(what, colours))
    return icon("lock" if kind == "lock" else "file", colours.dim)
