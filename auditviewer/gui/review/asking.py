"""What the commands of a review share: asking, telling, and doing off the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from auditviewer.core.case import Case
from auditviewer.gui.dialogs.ask_dialog import Ask, AskDialog
from auditviewer.gui.jobs import Work

if TYPE_CHECKING:
    from auditviewer.gui.main_window import MainWindow

ON = Ask(
    "on", "On", "choice", "events", ("events", "workflows", "entities"), tip="Or the workflows or targets of these"
)


def ask(
    window: MainWindow,
    title: str,
    fields: Sequence[Ask],
    ok: str,
    then: Callable[[dict[str, str]], object],
    check: Callable[[dict[str, str]], object] | None = None,
    words: str = "",
) -> None:
    """Open a dialog of a few fields; what is filled in goes to ``then``."""
    dialog = AskDialog(title, fields, ok, window, check, words)
    dialog.answered.connect(then)
    dialog.open()


def run(window: MainWindow, words: str, work: Work, done: Callable[[Any], None]) -> None:
    """Run work off the window's thread; what it gives goes to ``done``, a failure into a box."""
    window.status.say(words)
    window.reviewing.start(work, done)


def ask_path_to_write(window: MainWindow, title: str, name: str, suffixes: Sequence[str]) -> Path | None:
    """Ask where to write a file; return its path, with the first of the suffixes unless it has one of them."""
    start = str(Path(window.settings.last_folder) / name)
    kinds = " ".join(f"*{suffix}" for suffix in suffixes)
    chosen, _ = QFileDialog.getSaveFileName(window, title, start, f"{kinds};;All files (*)")
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix in suffixes else path.with_name(path.name + suffixes[0])


def case_of(window: MainWindow) -> Case | None:
    """Return the open case."""
    return window.session.review.case if window.is_furnished else None


def on_how_many(window: MainWindow) -> str:
    """Return in words which events a mark goes on."""
    n = len(window.session.selected)
    return f"On the {n:,} selected events." if n > 1 else "On the current event."
