"""What follows the first paint, in turns: imports beside the window, then the panes, what is seen first first."""

from __future__ import annotations

import gc
import importlib
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QWidget

from auditviewer.core.errors import AuditViewerError
from auditviewer.core.progress import Progress
from auditviewer.paths import resource_path

if TYPE_CHECKING:
    from auditviewer.gui.actions import Actions
    from auditviewer.gui.docks import Docks
    from auditviewer.gui.jobs import JobRunner
    from auditviewer.gui.session import Session

WAIT_MS = 2
"""How often to look whether what is waited for is there."""
PATIENCE_S = 0.4
"""How long the other panes wait for a log; one that was kept is there by then."""
CORE = (
    "auditviewer.gui.session", "auditviewer.gui.events.pane", "auditviewer.gui.reading_news", "auditviewer.gui.docks",
    "auditviewer.gui.filters.chip_bar", "auditviewer.core.reading.open_log",
)  # fmt: skip
"""What the session and the table need, in the order in which it is needed."""
REVIEW = "auditviewer.gui.review.commands"


def prepare_core(progress: Progress) -> None:
    """Import what the session and the table need, and make the catalogue's patterns ready; beside the window."""
    from auditviewer.core.catalogue import load_catalogue

    import_all(CORE, progress)
    try:
        load_catalogue().classify(None, "?", None)
    except AuditViewerError:
        return  # a catalogue of the user's own that is broken: whoever opens a log is told


def import_all(modules: Sequence[str], progress: Progress) -> None:
    """Import what takes a while."""
    for name in modules:
        progress.check()
        importlib.import_module(name)


def build_panes(
    session: Session, docks: Docks, jobs: JobRunner, is_hurried: Callable[[], bool], after_first: Callable[[], None]
) -> Iterator[int]:
    """Build the panes, a step a turn; yield the milliseconds to wait before the next.

    Parameters
    ----------
    jobs
        Imports what the panes need, one pane at a time: what is seen first is there first.
    is_hurried
        Whether everything is wanted now, whatever else goes on.
    after_first
        Called once the first pane is there.
    """
    while not is_hurried() and (session.is_previewing or session.is_querying):
        yield WAIT_MS  # rows before panes
    for name, module in docks.modules.items():
        jobs.start(partial(import_all, [module]))
        while not is_hurried() and (jobs.is_busy or session.is_querying):
            yield WAIT_MS
        for _ in docks.build(name):
            yield 0
        yield 0
        if name == next(iter(docks.modules)):
            yield from _wait_for_filters(session, docks.pane(name), is_hurried)
            jobs.start(partial(import_all, [REVIEW]))  # beside the window: in one turn of its own it would be felt
            while not is_hurried() and jobs.is_busy:
                yield WAIT_MS
            after_first()
            yield 0


def _wait_for_filters(session: Session, filters: QWidget, is_hurried: Callable[[], bool]) -> Iterator[int]:
    """Wait until a log that was kept can be filtered, which it is in no time; nothing else is as urgent."""
    since = time.monotonic()
    while not is_hurried() and session.is_reading and not session.table.is_preview:
        if time.monotonic() - since > PATIENCE_S:
            return
        yield WAIT_MS
    while not is_hurried() and getattr(filters, "is_counting", False):
        yield WAIT_MS


def draw_the_rest(actions: Actions) -> Iterator[int]:
    """Draw what nobody misses at first: the icons of menus, one a turn, and that of the window."""
    for _ in actions.draw_icons():
        yield 0
    QApplication.setWindowIcon(QIcon(str(resource_path("icons/auditviewer.svg"))))


def collect_garbage_again() -> None:
    """Let Python look for garbage again, where a start put that off, and never among what was made until now."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
