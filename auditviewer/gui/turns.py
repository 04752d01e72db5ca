"""Work on the window's own thread in steps, one a turn of the event loop, so that the window answers in between."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer


class Turns(QObject):
    """Takes the steps of an iterator, one a turn.

    An iterator yields after each step: the milliseconds to wait before the next, mostly 0.
    """

    def __init__(self, steps: Iterator[int], parent: QObject) -> None:
        super().__init__(parent)
        self._steps = steps
        self._is_started = self._is_done = False

    def start(self) -> None:
        """Take the first step in the next turn, and the others after it; once."""
        if not self._is_started:
            self._is_started = True
            QTimer.singleShot(0, self, self._take_next)

    def finish(self) -> None:
        """Take all steps that are left, now."""
        while not self._is_done:
            self._take()

    def _take_next(self) -> None:
        if not self._is_done:
            wait_ms = self._take()
            if not self._is_done:
                QTimer.singleShot(wait_ms, self, self._take_next)

    def _take(self) -> int:
        try:
            return next(self._steps)
        except StopIteration:
            self._is_done = True
            return 0
