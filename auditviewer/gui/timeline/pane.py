"""The timeline pane: when the shown events were, and below it the workflow of the current one."""

from __future__ import annotations

from concurrent.futures import Executor

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from auditviewer.gui.session import Session
from auditviewer.gui.timeline.density_view import DensityView
from auditviewer.gui.timeline.story_view import StoryView


class TimelinePane(QWidget):
    """Density over time on top, the steps of the current event's workflow below.

    Parameters
    ----------
    session
        What is shown and what is current.
    executor
        Where counting runs; a test passes one that runs at once.
    """

    def __init__(self, session: Session, parent: QWidget | None = None, executor: Executor | None = None) -> None:
        super().__init__(parent)
        self.density = DensityView(session, executor=executor)
        self.story = StoryView(session, executor=executor)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        for part, stretch in ((self.density, 3), (self.story, 2)):
            self.splitter.addWidget(part)
            self.splitter.setStretchFactor(self.splitter.indexOf(part), stretch)
        self.splitter.setSizes([300, 200])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.splitter)

    def previous_step(self) -> None:
        """Make the step before the current one current."""
        self.story.step_by(-1)

    def next_step(self) -> None:
        """Make the step after the current one current."""
        self.story.step_by(1)
