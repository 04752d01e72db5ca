"""The workflow of the current event: how it ended, how long it took, and its steps."""

from __future__ import annotations

from concurrent.futures import Executor

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.display import fit_to_show
from auditviewer.core.time_axis import describe_range
from auditviewer.core.wording import describe_workflow
from auditviewer.core.workflows import WorkflowStory, workflow_story
from auditviewer.gui.jobs import JobRunner, sentence_of
from auditviewer.gui.session import Session
from auditviewer.gui.timeline.story_canvas import StoryCanvas
from auditviewer.gui.widgets.elided_label import ElidedLabel
from auditviewer.gui.widgets.outcome_marks import STATUS_OF_OUTCOME
from auditviewer.gui.widgets.status_marks import colour_of, mark_pixmap

STEPS_TOLD = 500
"""Of a workflow with more steps, those around the current event are shown, and it says so."""


class StoryView(QWidget):
    """Follows the session's current event; choosing a step makes it the current one."""

    def __init__(self, session: Session, parent: QWidget | None = None, executor: Executor | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = JobRunner(self, executor)
        self._is_stale = True
        self._build()
        session.current_changed.connect(self.refresh)
        session.table_changed.connect(self._on_table_changed)
        session.zone_changed.connect(self._on_zone_changed)
        self._jobs.failed.connect(lambda error: self._say(sentence_of(error)))
        self.canvas.step_chosen.connect(self._on_step_chosen)
        self.even.toggled.connect(self._on_even_toggled)
        self._say("")
        self.refresh()

    def _build(self) -> None:
        self.mark, self.outcome, self.title, self.notes = QLabel(), _plain_label(), ElidedLabel(), _plain_label()
        self.notes.setWordWrap(True)
        self.even = QCheckBox("Even spacing")
        self.even.setToolTip("Steps at equal distances, however close in time they are")
        self.canvas = StoryCanvas()
        self.canvas.setAccessibleName("Steps of the workflow")
        self.steps_area = _StoryScroll(self.canvas)
        self.steps_area.setWidgetResizable(True)
        self.steps_area.setMinimumHeight(self.canvas.minimumSizeHint().height() + 18)
        self.empty = _plain_label()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.steps_area)
        top = QHBoxLayout()
        top.setSpacing(6)
        for widget in (self.mark, self.outcome):
            top.addWidget(widget)
        top.addWidget(self.title, 1)
        top.addWidget(self.even)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(3)
        column.addLayout(top)
        column.addWidget(self.stack, 1)
        column.addWidget(self.notes)

    @property
    def story(self) -> WorkflowStory | None:
        """The workflow that is shown."""
        return self.canvas.story

    def refresh(self) -> None:
        """Tell the workflow of the current event; waits until the view can be seen."""
        self._is_stale = True
        if self.isVisible():
            self._tell()

    def step_by(self, by: int) -> None:
        """Go to the step ``by`` steps on (or back)."""
        here = self.canvas.current
        if self.story is not None and here is not None and 0 <= here + by < len(self.story.steps):
            self._on_step_chosen(here + by)

    def showEvent(self, event: QShowEvent) -> None:
        """Tell what changed while nobody looked."""
        super().showEvent(event)
        if self._is_stale:
            self._tell()

    # -- inside ------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        self._is_stale = False
        position, table = self._session.current, self._session.table
        if position is None:
            self._jobs.cancel()
            self._say("Choose an event to see its workflow." if len(table) else "")
        elif (index := self._index_of(position)) is not None:
            self._jobs.cancel()
            self._show_current(index)
        else:
            self._jobs.start(lambda progress: workflow_story(table, position, STEPS_TOLD), self._on_story)

    def _on_story(self, story: WorkflowStory | None) -> None:
        if story is None:
            self._say("This event belongs to no workflow: it has no WorkflowId.")
            return
        self.canvas.set_story(story)
        self._show_header(story)
        self.stack.setCurrentWidget(self.steps_area)
        if self._session.current is not None:
            self._show_current(self._index_of(self._session.current))

    def _show_header(self, story: WorkflowStory) -> None:
        status = STATUS_OF_OUTCOME[story.outcome]
        self.mark.setPixmap(mark_pixmap(status, self.palette(), 16, self.devicePixelRatioF()))
        self.outcome.setText(story.outcome.value.capitalize())
        self.outcome.setStyleSheet(f"font-weight: 600; color: {colour_of(status, self.palette()).name()}")
        parts = [fit_to_show(story.type, 60) or "(no workflow type)", describe_workflow(story)]
        if story.first != NO_INSTANT:
            parts.append(describe_range(story.first, story.last, self._session.zone))
        self.title.setText("  ·  ".join(parts))
        notes = list(story.notes)
        if len(story.steps) < story.n_steps:
            at = story.n_before
            notes.insert(0, f"Steps {at + 1:,} to {at + len(story.steps):,} of {story.n_steps:,} are shown.")
        layout = self.canvas.layout_
        if layout is not None and layout.is_moved and not self.even.isChecked():
            notes.append("Steps that are close in time are moved apart; “Even spacing” gives all the same room.")
        self.notes.setText(" ".join(notes))
        self.notes.setVisible(bool(notes))
        for widget in (self.mark, self.outcome, self.even):
            widget.setVisible(True)

    def _show_current(self, index: int | None) -> None:
        self.canvas.set_current(index)
        if index is not None and self.canvas.layout_ is not None:
            place = self.canvas.place_of(index)
            self.steps_area.ensureVisible(int(place.x()), int(place.y()), 80, 0)

    def _say(self, sentence: str) -> None:
        self.canvas.set_story(None)
        self.canvas.set_current(None)
        self.title.setText("")
        for widget in (self.mark, self.outcome, self.even, self.notes):
            widget.setVisible(False)
        self.empty.setText(sentence)
        self.stack.setCurrentWidget(self.empty)

    def _index_of(self, position: int) -> int | None:
        steps = self.story.steps if self.story is not None else ()
        return next((i for i, step in enumerate(steps) if step.position == position), None)

    def _on_table_changed(self) -> None:
        self._jobs.cancel()
        self._say("")
        self.refresh()

    def _on_step_chosen(self, index: int) -> None:
        if self.story is not None:
            self._session.set_current(self.story.steps[index].position)

    def _on_zone_changed(self) -> None:
        self.canvas.zone = self._session.zone
        self._arrange()

    def _on_even_toggled(self, is_even: bool) -> None:
        self.canvas.is_even = is_even
        self._arrange()

    def _arrange(self) -> None:
        self.canvas.arrange()
        if self.story is not None:
            self._show_header(self.story)
            self._show_current(self.canvas.current)

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "canvas") and self.story is not None:
            self._show_header(self.story)


class _StoryScroll(QScrollArea):
    """Scrolls the steps sideways where they need more room than there is."""

    def __init__(self, canvas: StoryCanvas) -> None:
        super().__init__()
        self._canvas = canvas
        self.setWidgetResizable(True)
        self.setWidget(canvas)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the steps the room there is."""
        super().resizeEvent(event)
        self._canvas.set_view_width(self.viewport().width())


def _plain_label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setMinimumWidth(20)
    return label
