"""The pane of a review: the open case, the share that is reviewed, and lists of what was done."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from auditviewer.core.case import Act, event_targets
from auditviewer.core.case.acts import Finding, SampleKept, Tag
from auditviewer.core.case.file import why_read_only
from auditviewer.core.case.review import sample_positions
from auditviewer.core.display import fit_to_show
from auditviewer.core.query.saved import query_from_json
from auditviewer.gui.look import GAP_PX
from auditviewer.gui.session import Session
from auditviewer.gui.widgets.list_model import Field, ListModel
from auditviewer.gui.widgets.list_view import ListView

_NOTHING = "No case is open. Review > New case keeps tags, notes, findings and samples of this log in one file."


class ReviewPane(QWidget):
    """Shows the session's case; a double click on a tag, a finding, a sample's item or a view goes there."""

    message = Signal(str)
    """A few words for the status bar."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.head, self.share, self.bar = QLabel(), QLabel(), QProgressBar()
        self.empty = QLabel(_NOTHING)
        for label in (self.head, self.share, self.empty):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.share.setWordWrap(False)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMargin(4 * GAP_PX)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(160, 8)
        self.bar.setAccessibleName("Share of the shown events that is reviewed")
        self.event_notes: ListView = ListView(ListModel(_NOTE_FIELDS, self))
        self.tags: ListView = ListView(ListModel(self._tag_fields(), self))
        self.findings: ListView = ListView(ListModel(_FINDING_FIELDS, self))
        self.items: ListView = ListView(ListModel(_ITEM_FIELDS, self))
        self.views: ListView = ListView(ListModel(_VIEW_FIELDS, self))
        self.journal: ListView = ListView(ListModel(_ACT_FIELDS, self))
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self._titles = {
            self.event_notes: "This event", self.tags: "Tags", self.findings: "Findings", self.items: "Samples",
            self.views: "Filters", self.journal: "Journal",
        }  # fmt: skip
        for view, title in self._titles.items():
            self.tabs.addTab(view, title)
            view.copied.connect(self.message)
        self._lay_out()
        self.tags.doubleClicked.connect(self._on_tag)
        self.findings.doubleClicked.connect(self._on_finding)
        self.items.doubleClicked.connect(self._on_item)
        self.views.doubleClicked.connect(self._on_view)
        session.review.changed.connect(self._show_case)
        session.result_changed.connect(self._show_share)
        session.current_changed.connect(self._show_event)
        session.table_changed.connect(self._show_case)
        self._show_case()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(GAP_PX, 4, GAP_PX, 4)
        top.addWidget(self.head, 1)
        top.addWidget(self.bar)
        top.addWidget(self.share)
        full = QWidget()
        inner = QVBoxLayout(full)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addLayout(top)
        inner.addWidget(self.tabs, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(full)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.stack)

    def _tag_fields(self) -> tuple[Field[Tag], ...]:
        def count(tag: Tag) -> str:
            case = self._session.review.case
            return "" if case is None else f"{len(case.state.tagged.get(tag.name, ())):,}"

        return (
            Field("Tag", lambda tag: tag.name, 260),
            Field("On", count, 80, is_number=True),
            Field("Key", lambda tag: tag.key, 80),
            Field("Colour", lambda tag: tag.colour, 100, is_monospace=True),
        )

    # -- what is shown -----------------------------------------------------------------------------------

    def _show_case(self) -> None:
        case = self._session.review.case
        self.stack.setCurrentIndex(0 if case is None else 1)
        if case is None:
            return
        state = case.state
        words = f"{state.title} — {case.path.name}, {len(case.journal):,} acts"
        if case.is_read_only:
            words = f"{words}. Read only: {why_read_only(case)}"
        self.head.setText(fit_to_show(words, 300))
        self.tags.rows.set_rows(list(state.tags.values()))
        self.findings.rows.set_rows(list(state.findings.values()))
        items = [(sample, n) for sample in state.samples.values() for n in range(1, len(sample.drawn["items"]) + 1)]
        self.items.rows.set_rows(items)
        self.views.rows.set_rows(list(state.views.values()))
        self.journal.rows.set_rows(case.journal[::-1])
        for view in (self.tags, self.findings, self.items, self.views, self.journal):
            n = len(view.rows.rows)
            self.tabs.setTabText(self.tabs.indexOf(view), f"{self._titles[view]} ({n:,})" if n else self._titles[view])
        self._show_share()
        self._show_event()

    def _show_share(self) -> None:
        session = self._session
        case = session.review.case
        if case is None:
            return
        self.share.setText(session.review.describe_share(session.result))
        self.bar.setRange(0, max(len(session.result), 1))
        self.bar.setValue(session.review.count_reviewed(session.result))

    def _show_event(self) -> None:
        session, rows = self._session, list[tuple[str, str, str]]()
        case = session.review.case
        if case is None or session.current is None or session.is_empty:
            self.event_notes.rows.set_rows(rows)
            return
        import numpy as np

        (target,) = event_targets(session.table, np.array([session.current]))
        if review := case.state.reviews.get(target):
            rows.append((f"{review.state.value} {review.reason}".strip(), review.user, review.time))
            if review.signed_off_by:
                rows.append(("signed off: locked", review.signed_off_by, ""))
        rows += [(f"#{name}", "", "") for name in case.state.tags_of(target)]
        rows += [(note.text, note.user, note.time) for note in case.state.notes.get(target, ())]
        self.event_notes.rows.set_rows(rows)

    # -- going there -------------------------------------------------------------------------------------

    def _on_tag(self, index: QModelIndex) -> None:
        self._session.review.show_tagged(self.tags.rows.rows[index.row()].name)

    def _on_finding(self, index: QModelIndex) -> None:
        self._session.apply_query(query_from_json(self.findings.rows.rows[index.row()].query))

    def _on_view(self, index: QModelIndex) -> None:
        self._session.apply_query(query_from_json(self.views.rows.rows[index.row()]["query"]))

    def _on_item(self, index: QModelIndex) -> None:
        sample, number = self.items.rows.rows[index.row()]
        one = SampleKept(sample.name, {**sample.drawn, "items": [sample.drawn["items"][number - 1]]})
        (position,) = sample_positions(self._session.table, one)
        if position is None:
            self.message.emit("That event is not among the open ones.")
        else:
            self._session.set_current(position)


def _result_of(entry: tuple[SampleKept, int], name: str) -> str:
    sample, number = entry
    return str(sample.results.get(number, {}).get(name, ""))


_NOTE_FIELDS: tuple[Field[tuple[str, str, str]], ...] = (
    Field("What the case says of the current event", lambda row: row[0], 520),
    Field("Who", lambda row: row[1], 140),
    Field("When (UTC)", lambda row: row[2], 190),
)
_FINDING_FIELDS: tuple[Field[Finding], ...] = (
    Field("Finding", lambda f: f.title, 300),
    Field("Events", lambda f: f"{len(f.events):,}", 80, is_number=True),
    Field("Decision", lambda f: f.decision, 100),
    Field("Reason", lambda f: f.reason, 240),
    Field("Recorded by", lambda f: f.user, 120),
    Field("When (UTC)", lambda f: f.time, 190),
)
_ITEM_FIELDS: tuple[Field[Any], ...] = (
    Field("Sample", lambda e: e[0].name, 160),
    Field("Item", lambda e: f"{e[1]:,}", 60, is_number=True),
    Field("Event", lambda e: e[0].drawn["items"][e[1] - 1][3], 300, is_monospace=True),
    Field("Result", lambda e: _result_of(e, "result"), 110),
    Field("Note", lambda e: _result_of(e, "note"), 240),
    Field("Tested by", lambda e: _result_of(e, "user"), 120),
    Field("When (UTC)", lambda e: _result_of(e, "time"), 190),
)
_VIEW_FIELDS: tuple[Field[dict[str, Any]], ...] = (
    Field("Filter", lambda v: v["name"], 220),
    Field("Shows", lambda v: query_from_json(v["query"]).describe(), 500),
)
_ACT_FIELDS: tuple[Field[Act], ...] = (
    Field("No.", lambda a: f"{a.number:,}", 60, is_number=True),
    Field("When (UTC)", lambda a: a.time, 190),
    Field("Who", lambda a: a.user, 120),
    Field("Act", lambda a: a.kind, 100),
    Field("What", lambda a: str(a.data.get("name") or a.data.get("title") or a.data.get("text") or a.data.get("state")
                                or a.data.get("file") or ""), 320),
    Field("Digest", lambda a: a.digest, 220, is_monospace=True),
)  # fmt: skip
