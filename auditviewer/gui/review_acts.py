"""Acts on their way to the disk: one after the other, in their order, off the window's thread."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from PySide6.QtCore import QObject, Signal

from auditviewer.core.progress import SILENT, Progress
from auditviewer.gui.jobs import JobRunner

Work = Callable[[Progress], Any]


class ActQueue(QObject):
    """Runs what it is given in order. A `JobRunner` lets the newest job win; of acts, every one counts."""

    done = Signal()
    """An act is on the disk."""
    failed = Signal(object)
    progressed = Signal(object)
    busy_changed = Signal(bool)

    def __init__(self, parent: QObject, executor: Executor | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[_Act] = deque()
        self._current: _Act | None = None
        self._running = JobRunner(self, executor)
        self._running.progressed.connect(self.progressed)
        self._running.failed.connect(self._on_failed)
        self._running.cancelled.connect(self._on_over)

    @property
    def is_busy(self) -> bool:
        """Whether an act is not yet on the disk."""
        return self._current is not None or bool(self._waiting)

    def add(self, work: Work, then: Callable[[Any], object] | None = None) -> None:
        """Run the work when all before it is done; what it returns goes to ``then``."""
        was_busy = self.is_busy
        self._waiting.append(_Act(work, then))
        if not was_busy:
            self.busy_changed.emit(True)
        self._next()

    def cancel(self) -> None:
        """Ask the act under way to stop, where it has not been written yet; the next one waits until it is over."""
        if self._current is not None:
            self._current.stop()

    def finish(self) -> None:
        """Wait until everything is on the disk."""
        acts = [*([self._current] if self._current is not None else []), *self._waiting]
        self._waiting.clear()
        for act in acts:
            act.run_now()
        if acts:
            self._current = None
            self.busy_changed.emit(False)

    def _next(self) -> None:
        if self._current is None and self._waiting:
            act = self._current = self._waiting.popleft()
            self._running.start(act.run, lambda result: self._on_done(act, result))

    def _on_done(self, act: _Act, result: Any) -> None:
        if self._current is not act:
            return  # it was finished by hand
        self._current = None
        self.done.emit()
        if act.then is not None:
            act.then(result)
        self._on_over()

    def _on_failed(self, error: Exception) -> None:
        self._current = None
        self.failed.emit(error)
        self._on_over()

    def _on_over(self) -> None:
        self._current = None
        self._next()
        if not self.is_busy:
            self.busy_changed.emit(False)


class _Act:
    """One act; it runs once, whoever asks first."""

    def __init__(self, work: Work, then: Callable[[Any], object] | None) -> None:
        self.then = then
        self._work = work
        self._lock = threading.Lock()
        self._is_over = False
        self._stop = threading.Event()

    def run(self, progress: Progress) -> Any:
        """Do the work, unless it was done."""
        with self._lock:
            if self._is_over:
                return None
            self._is_over = True
            return self._work(progress.with_stop(self._stop.is_set))

    def run_now(self) -> None:
        """Wait for the work, or do it here; a failure has nobody left to be told to."""
        with contextlib.suppress(Exception):
            self.run(SILENT)

    def stop(self) -> None:
        """Ask it to stop."""
        self._stop.set()
