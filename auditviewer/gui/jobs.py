"""Core work off the GUI thread: progress, cancel, and the newest job wins.

A `JobRunner` serves one concern. Starting a job silences the one before: from then on the older job's result,
failure and progress are dropped, and it is asked to stop. What is handed to a job is immutable, so there are
no locks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from auditviewer.core.errors import AuditViewerError, Cancelled
from auditviewer.core.progress import Progress, Step

if TYPE_CHECKING:
    from concurrent.futures import Executor

PAINT_MS = 1
"""A timer of so much fires after the paints that wait; one of 0 before them."""

Work = Callable[[Progress], Any]

_shared: Executor | None = None


def shared_executor() -> Executor:
    """Return the pool that jobs run in unless a test injects its own."""
    global _shared
    if _shared is None:
        from concurrent.futures import ThreadPoolExecutor  # 3 ms that the first paint does not need

        _shared = ThreadPoolExecutor(max_workers=3, thread_name_prefix="job")
    return _shared


class JobRunner(QObject):
    """Runs the jobs of one concern, one that counts at a time.

    Parameters
    ----------
    parent
        The owner; jobs that end after it are dropped.
    executor
        Where jobs run; a test passes one that runs at once.
    is_busy_until_taken
        Whether a result is handed over first and the runner idle after it, so that nobody sees neither.
    waits_for_paint
        Whether a job begins only when what changed is painted, which it would hold up: panes follow the events.
    """

    progressed = Signal(object)
    """A `Step` of the newest job."""
    finished = Signal(object)
    """The result of the newest job."""
    failed = Signal(object)
    """The `AuditViewerError` (or other exception) that ended the newest job."""
    cancelled = Signal()
    busy_changed = Signal(bool)

    _arrived = Signal(int, str, object)

    def __init__(
        self,
        parent: QObject | None = None,
        executor: Executor | None = None,
        is_busy_until_taken: bool = False,
        waits_for_paint: bool = False,
    ) -> None:
        super().__init__(parent)
        self._executor = executor
        self._is_busy_until_taken = is_busy_until_taken
        self._waits_for_paint = waits_for_paint
        self._generation = 0
        self._stop = threading.Event()
        self._is_busy = False
        self._then: Callable[[Any], None] | None = None
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.AutoConnection)

    @property
    def is_busy(self) -> bool:
        """Whether a job that counts is under way."""
        return self._is_busy

    def start(self, work: Work, then: Callable[[Any], None] | None = None) -> None:
        """Run the work off the GUI thread; its result goes to ``then`` and `finished`, unless a newer job came."""
        self._stop.set()
        self._generation += 1
        generation, stop = self._generation, threading.Event()
        self._stop, self._then = stop, then
        self._set_busy(True)
        progress = Progress(lambda step: self._send(generation, "step", step), stop.is_set)
        if self._waits_for_paint and self._executor is None:
            QTimer.singleShot(PAINT_MS, self, lambda: self._submit(work, progress, generation))
        else:
            self._submit(work, progress, generation)

    def cancel(self) -> None:
        """Ask the job under way to stop, and drop whatever it still says."""
        if not self._is_busy:
            return
        self._stop.set()
        self._generation += 1
        self._set_busy(False)
        self.cancelled.emit()

    def _submit(self, work: Work, progress: Progress, generation: int) -> None:
        if generation == self._generation:
            (self._executor or shared_executor()).submit(self._run, work, progress, generation)

    def _run(self, work: Work, progress: Progress, generation: int) -> None:
        try:
            result = work(progress)
        except Cancelled:
            self._send(generation, "cancelled", None)
        except Exception as error:
            self._send(generation, "failed", error)
        else:
            self._send(generation, "finished", result)

    def _send(self, generation: int, what: str, value: Any) -> None:
        try:
            self._arrived.emit(generation, what, value)
        except RuntimeError:  # the owner was deleted while the job ran
            self._stop.set()

    @Slot(int, str, object)
    def _on_arrived(self, generation: int, what: str, value: Any) -> None:
        if generation != self._generation:
            return
        if what == "step":
            if isinstance(value, Step):
                self.progressed.emit(value)
            return
        if what == "finished":
            self._on_finished(generation, value)
            return
        self._set_busy(False)
        if what == "failed":
            self.failed.emit(value)
        else:
            self.cancelled.emit()

    def _on_finished(self, generation: int, value: Any) -> None:
        if not self._is_busy_until_taken:
            self._set_busy(False)
        try:
            if self._then is not None:
                self._then(value)
            self.finished.emit(value)
        finally:
            if generation == self._generation:  # otherwise another job was started with the result
                self._set_busy(False)

    def _set_busy(self, is_busy: bool) -> None:
        if is_busy != self._is_busy:
            self._is_busy = is_busy
            self.busy_changed.emit(is_busy)


def sentence_of(error: object) -> str:
    """Return what to tell the user about a failure."""
    return str(error) if isinstance(error, AuditViewerError) else f"Something unexpected failed: {error!r}."
