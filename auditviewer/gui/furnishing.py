"""What follows the first paint, in turns: imports, then the panes, what is seen first first.

What uses no Qt is imported beside the window, all else by the window's own thread, a module a turn (see
`import_in_turns`, which says why).
"""

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
from auditviewer.gui.import_in_turns import ImportInTurns, make_types
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
    "auditviewer.core.query.history", "auditviewer.core.reading.open_log", "auditviewer.core.case.marks", "getpass",
)  # fmt: skip
"""What the session and the table need, without Qt."""
SHELL = (
    "auditviewer.gui.session", "auditviewer.gui.events.pane", "auditviewer.gui.docks", "auditviewer.gui.reading_news",
    "auditviewer.gui.filters.chip_bar",
)  # fmt: skip
"""Session and table."""
CORE_OF_PANES = (
    "auditviewer.core.case.recheck", "auditviewer.core.case.telling", "auditviewer.core.writing.sample_sheet",
    "auditviewer.core.source_bytes", "auditviewer.core.json_patch", "auditviewer.core.timeline",
    "auditviewer.core.wording", "html", "secrets",
    "multiprocessing.connection", "pydoc", "xml.etree.ElementTree",
)  # fmt: skip
"""What the panes and the review need, without Qt; the last three are pyqtgraph's."""
REVIEW = (
    "auditviewer.gui.review.case_commands", "auditviewer.gui.review.finding_commands",
    "auditviewer.gui.review.mark_commands", "auditviewer.gui.review.package_commands",
    "auditviewer.gui.review.sample_commands", "auditviewer.gui.review.pane", "auditviewer.gui.review.commands",
)  # fmt: skip
"""What carries out a review; the last one takes all others together."""
QT = ("PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets")


def prepare_core(progress: Progress) -> None:
    """Import what the session and the table need, and make the catalogue's patterns ready; beside the window."""
    from auditviewer.core.catalogue import load_catalogue

    import_all(CORE, progress)
    try:
        load_catalogue().classify(None, "?", None)
    except AuditViewerError:
        return  # a catalogue of the user's own that is broken: whoever opens a log is told


def import_all(modules: Sequence[str], progress: Progress) -> None:
    """Import what uses no Qt, beside the window."""
    for name in modules:
        progress.check()
        importlib.import_module(name)


def import_each(modules: Sequence[str]) -> Iterator[int]:
    """Import what uses Qt, a module a turn."""
    for name in modules:
        importlib.import_module(name)
        yield 0


def build_panes(
    session: Session, docks: Docks, jobs: JobRunner, is_hurried: Callable[[], bool], after_first: Callable[[], None]
) -> Iterator[int]:
    """Build the panes, a step a turn; yield the milliseconds to wait before the next.

    Parameters
    ----------
    jobs
        Imports beside the window what the panes need.
    is_hurried
        Whether everything is wanted now, whatever else goes on.
    after_first
        Called once the first pane is there.
    """
    while not is_hurried() and (session.is_previewing or session.is_querying):
        yield WAIT_MS  # rows before panes
    for name, module in docks.modules.items():
        while not is_hurried() and session.is_querying:
            yield WAIT_MS
        if name == "timeline":
            yield from ImportInTurns("pyqtgraph", needed_by="auditviewer.gui.timeline").steps()
        yield from import_each([module])
        for _ in docks.build(name):
            yield 0
        yield 0
        if name == next(iter(docks.modules)):
            yield from _wait_for_filters(session, docks.pane(name), is_hurried)
            jobs.start(partial(import_all, CORE_OF_PANES))
            while not is_hurried() and jobs.is_busy:
                yield WAIT_MS
            yield from make_types(QT)  # pyqtgraph wants all of them, and the review some
            yield from import_each(REVIEW)
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
