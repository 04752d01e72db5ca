"""The program with its window: starts Qt, shows the window, and runs until it is closed."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QApplication

from auditviewer import __version__
from auditviewer.core.reading.first_rows import FirstRows
from auditviewer.gui.look import Theme, apply_theme
from auditviewer.gui.main_window import MainWindow
from auditviewer.gui.program import make_window
from auditviewer.gui.settings import Settings

LISTEN_MS = 200
"""How often Python gets to see that Ctrl+C was pressed in the terminal."""
SWITCH_S = 0.001
"""After how long a job's thread has to let the window's thread run, when that asks: with Python's own 5 ms, a paint
that takes twenty turns is seen to take a tenth of a second."""
PATIENCE_S = 0.05
"""How long the first paint waits for the first rows, begun long before; a disk may hang, a window may not."""

FirstLook = Callable[[float], FirstRows | None]


def run(window: MainWindow) -> int:
    """Run until the window is closed; return the exit status."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    with_ctrl_c = _listen_for_ctrl_c(app)
    status = app.exec()
    with_ctrl_c.stop()
    return status


def start(paths: Sequence[Path], uses_cache: bool = True, first_look: FirstLook | None = None) -> MainWindow:
    """Return the window, shown, about to open the exports.

    Parameters
    ----------
    first_look
        Returns the first rows of what is to be opened, within so many seconds.
    """
    app = start_application()
    settings = Settings()
    apply_theme(app, Theme(settings.theme) if settings.theme in tuple(Theme) else Theme.SYSTEM)
    window = make_window(settings, uses_cache=uses_cache)
    window.open_paths(list(paths))
    if first_look is not None and (rows := first_look(PATIENCE_S)) is not None:
        window.show_first_rows(rows)
    window.show()
    sys.setswitchinterval(SWITCH_S)
    return window


def start_application() -> QApplication:
    """Return the application, with its name and style; the one that runs already, where there is one."""
    QCoreApplication.setApplicationName("auditviewer")
    QCoreApplication.setApplicationVersion(__version__)
    existing = QApplication.instance()
    # By its argument: `setStyle` hands the style to Python, which then makes every enumeration of styles (15 ms).
    arguments = [*sys.argv[:1], "-style", "Fusion"]
    app = existing if isinstance(existing, QApplication) else QApplication(arguments)
    app.setApplicationDisplayName("Audit Viewer")
    app.setDesktopFileName("auditviewer")
    return app


def _listen_for_ctrl_c(app: QApplication) -> QTimer:
    """Close the window on Ctrl+C: Qt's loop runs no Python, so that a timer has to."""
    signal.signal(signal.SIGINT, lambda *_: app.closeAllWindows())
    timer = QTimer(app)
    timer.timeout.connect(lambda: None)
    timer.start(LISTEN_MS)
    return timer
