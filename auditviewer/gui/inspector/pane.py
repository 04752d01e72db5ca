"""The inspector pane: the current event's facts, changes, custom values, raw text and record."""

from __future__ import annotations

from concurrent.futures import Executor

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QStackedLayout,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from auditviewer.core.display import fit_to_show
from auditviewer.core.query import ValueAt
from auditviewer.core.state_diff import StateDiff, view_sound_side
from auditviewer.gui.inspector.inspection import Inspection, describe_facts, inspect_event
from auditviewer.gui.inspector.raw_view import RawView
from auditviewer.gui.inspector.record_view import RecordView
from auditviewer.gui.inspector.state_tree import StateTree
from auditviewer.gui.jobs import JobRunner, sentence_of
from auditviewer.gui.session import Session
from auditviewer.gui.widgets.elided_label import ElidedLabel

BUSY_AFTER_MS = 150
NOTHING_CURRENT = "Select an event to see what it changed, its values, and its record in the source."


class InspectorPane(QWidget):
    """Shows the session's current event.

    Parameters
    ----------
    executor
        Where states are compared and bytes are read; a test passes one that runs at once.
    """

    message = Signal(str)
    """A few words for the status bar: what was copied, or why it was not."""
    inspected = Signal(object)
    """The `Inspection` that is shown from now on."""

    def __init__(self, session: Session, parent: QWidget | None = None, executor: Executor | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.inspection: Inspection | None = None
        self._job = JobRunner(self, executor)
        self._job.failed.connect(lambda error: self._say(sentence_of(error)))
        self._busy = QTimer(self)
        self._busy.setSingleShot(True)
        self._busy.setInterval(BUSY_AFTER_MS)
        self._busy.timeout.connect(lambda: self._say("Comparing the states of this event…"))
        self.changes = StateTree()
        self.sound_side = StateTree(is_comparison=False)
        self._sound_column = ""
        self.custom = StateTree(is_comparison=False)
        self.raw = RawView()
        self.record = RecordView(executor=executor)
        self._lay_out()
        for view in (self.changes, self.sound_side, self.custom, self.raw, self.record):
            view.copied.connect(self.message)
        self.changes.value_wanted.connect(
            lambda is_original, *place: self._keep_value("OriginalState" if is_original else "UpdatedState", *place)
        )
        self.sound_side.value_wanted.connect(lambda _is_original, *place: self._keep_value(self._sound_column, *place))
        self.custom.value_wanted.connect(lambda _is_original, *place: self._keep_value("CustomValues", *place))
        session.current_changed.connect(self._on_current_changed)
        session.zone_changed.connect(self._show_facts)
        self._on_current_changed()

    def show_error(self) -> None:
        """Show the first column of the current event that is not JSON, at the place where it stops being so."""
        for column in ("OriginalState", "UpdatedState", "CustomValues"):
            if self.inspection is not None and self.inspection.error_in(column) is not None:
                self.raw.show_column(column)
                self.tabs.setCurrentWidget(self.raw)
                return

    def _keep_value(self, column: str, pointer: str, value: str) -> None:
        self._session.apply_query(self._session.query.with_predicate(ValueAt(column, pointer, value)))

    # -- inside ------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.sentence = _label(is_wrapped=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence.setContentsMargins(24, 24, 24, 24)
        self._facts = QWidget()
        self._facts_grid = QGridLayout(self._facts)
        self._facts_grid.setContentsMargins(0, 0, 0, 4)
        self._facts_grid.setHorizontalSpacing(10)
        self._facts_grid.setVerticalSpacing(2)
        self._facts_grid.setColumnStretch(1, 1)
        self.facts: dict[str, ElidedLabel] = {}
        self.counts, self.notes = _label(is_wrapped=True), _label(is_wrapped=True)
        self.custom_notes = _label(is_wrapped=True)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.error_button = QPushButton("Show the place in the raw text")
        self.error_button.clicked.connect(lambda: self.show_error())
        self.tabs.addTab(_column(self.counts, self.notes, self.error_button, self.changes, self.sound_side), "Changes")
        self.tabs.addTab(_column(self.custom_notes, self.custom), "Custom values")
        self.tabs.addTab(self.raw, "Raw")
        self.tabs.addTab(self.record, "Source record")
        shown = _column(self._facts, _rule(), self.tabs)
        shown.layout().setContentsMargins(8, 8, 8, 8)  # type: ignore[union-attr]
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.sentence)
        self._pages.addWidget(shown)

    def _on_current_changed(self) -> None:
        position, table = self._session.current, self._session.table
        if position is None:
            self._job.cancel()
            self._busy.stop()
            self.inspection = None
            self._clear()
            self._say(NOTHING_CURRENT)
            return
        self._busy.start()
        self._job.start(lambda progress: inspect_event(table, position, progress), self._on_inspected)

    def _on_inspected(self, inspection: Inspection) -> None:
        self._busy.stop()
        self.inspection = inspection
        self._show_facts()
        self._show_changes(inspection.diff)
        self._show_custom(inspection.custom)
        self.raw.set_inspection(inspection)
        self.record.set_places(inspection.places)
        self._pages.setCurrentIndex(1)
        self.inspected.emit(inspection)

    def _show_facts(self) -> None:
        if self.inspection is None:
            return
        facts = dict(describe_facts(self.inspection, self._session.zone))
        for row, name in enumerate(("Event", "Description", "When", "Initiator", "Target", "Workflow", "Id", "Note")):
            label = self.facts.get(name)
            if label is None:
                label = self.facts[name] = self._add_fact(row, name)
            label.setText(fit_to_show(facts.get(name, "")), facts.get(name, ""))
            for column in (0, 1):
                item = self._facts_grid.itemAtPosition(row, column)
                if item is not None and (widget := item.widget()) is not None:
                    widget.setVisible(name in facts)

    def _add_fact(self, row: int, name: str) -> ElidedLabel:
        title, label = _label(), ElidedLabel()
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        title.setText(name)
        title.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        if name == "Event":
            font = label.font()
            font.setBold(True)
            label.setFont(font)
        self._facts_grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
        self._facts_grid.addWidget(label, row, 1)
        return label

    def _show_changes(self, diff: StateDiff) -> None:
        is_compared = diff.root is not None
        self.counts.setText(diff.counts.describe() if is_compared else "")
        self.counts.setVisible(is_compared)
        notes = [*diff.notes, *self._show_sound_side(diff)]
        self.notes.setText("\n".join(fit_to_show(note) for note in notes))
        self.notes.setVisible(bool(notes))
        self.error_button.setVisible(diff.has_error)
        self.changes.setVisible(is_compared)
        self.changes.set_diff(diff)
        self.tabs.setTabText(0, f"Changes ({diff.counts.total:,})" if is_compared else "Changes")

    def _show_sound_side(self, diff: StateDiff) -> list[str]:
        """Show the state that is JSON where the other is not; return what to say of it."""
        found = view_sound_side(diff)
        self._sound_column, sound = found or ("", None)
        self.sound_side.setVisible(sound is not None)
        self.sound_side.set_diff(sound)
        return [f"Nothing can be compared; {self._sound_column} stands below by itself."] if sound is not None else []

    def _show_custom(self, custom: StateDiff) -> None:
        side = custom.original
        notes = []
        if custom.root is None:
            notes.append(f"The event has no custom values: the cell is {side.describe_absence()}")
        if side.layers:
            notes.append("The custom values are JSON inside a JSON string; what is inside is shown.")
        self.custom_notes.setText("\n".join(fit_to_show(note) for note in notes))
        self.custom_notes.setVisible(bool(notes))
        self.custom.setVisible(custom.root is not None)
        self.custom.set_diff(custom)

    def _clear(self) -> None:
        self.changes.set_diff(None)
        self.sound_side.set_diff(None)
        self.custom.set_diff(None)
        self.raw.set_inspection(None)
        self.record.set_places(())

    def _say(self, sentence: str) -> None:
        self._busy.stop()
        self.sentence.setText(fit_to_show(sentence))
        self._pages.setCurrentIndex(0)


def _label(*, is_wrapped: bool = False) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(is_wrapped)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _column(*widgets: QWidget) -> QWidget:
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 4, 0, 0)
    layout.setSpacing(4)
    for widget in widgets:
        layout.addWidget(widget, 1 if isinstance(widget, (QTabWidget, StateTree)) else 0)
    layout.addStretch(0)
    return column


def _rule() -> QFrame:
    rule = QFrame()
    rule.setFrameShape(QFrame.Shape.HLine)
    rule.setFrameShadow(QFrame.Shadow.Sunken)
    return rule
