"""Benchmarks of the window and of starting: beside an empty Qt window, a plain interpreter, and QTableView."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import ROUNDS, Outcome, in_process_of_its_own, in_turn

_EMPTY = """
import json, os, time
os.environ["QT_QPA_PLATFORM"] = "offscreen"
start = time.perf_counter()
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.show()
app.processEvents()
print(json.dumps({"seconds": time.perf_counter() - start}))
"""
_OURS = """
import json, os, sys, tempfile, time
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["AUDITVIEWER_CONFIG_DIR"] = tempfile.mkdtemp()
start = time.perf_counter()
from auditviewer.gui.app import start_application
from auditviewer.gui.program import make_window
from auditviewer.gui.settings import Settings
app = start_application()
window = make_window(Settings())
window.show()
app.processEvents()
print(json.dumps({"seconds": time.perf_counter() - start}))
"""


def measure_window(path: Path) -> list[Outcome]:
    """Return what starting took, and painting one screen of the log."""
    return [_start(), *_open(path), _version(), _paint(path)]


def _start() -> Outcome:
    seconds: dict[str, list[float]] = {"ours": [], "empty window": []}
    for _ in range(ROUNDS + 1):
        seconds["ours"].append(in_process_of_its_own(_OURS)["seconds"])
        seconds["empty window"].append(in_process_of_its_own(_EMPTY)["seconds"])
    medians = {name: statistics.median(taken[1:]) for name, taken in seconds.items()}
    return Outcome("start to a window that answers", medians, "<= 3x empty", 3.0, ("empty window",))


_OPENING = """
import json, os, sys, tempfile, time
os.environ["AUDITVIEWER_CONFIG_DIR"] = tempfile.mkdtemp()
os.environ["AUDITVIEWER_CACHE_DIR"] = sys.argv[2]
start = time.perf_counter()
from pathlib import Path
from auditviewer.gui.app import start_application
from auditviewer.gui.program import make_window
from auditviewer.gui.settings import Settings
app = start_application()
window = make_window(Settings())
window.show()
window.open_paths([Path(sys.argv[1])])
def is_there():
    if not window.is_furnished or not len(window.session.result):
        return False
    return sys.argv[3] == "rows" or not window.session.table.is_preview
from PySide6.QtCore import QEventLoop
while not is_there():
    app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents | QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
window.workspace.events.view.viewport().repaint()
seconds = time.perf_counter() - start
window.session.stop()
print(json.dumps({"seconds": seconds}), flush=True)
os._exit(0)
"""


def _open(path: Path) -> list[Outcome]:
    """Return the time from the start of the program to the first rows, and to a log that is opened from the cache."""
    import shutil
    import tempfile

    seconds: dict[str, list[float]] = {"rows": [], "cached": [], "empty window": []}
    kept = tempfile.mkdtemp()
    in_process_of_its_own(_OPENING, str(path), kept, "log")
    for _ in range(ROUNDS):
        fresh = tempfile.mkdtemp()
        seconds["rows"].append(in_process_of_its_own(_OPENING, str(path), fresh, "rows")["seconds"])
        seconds["cached"].append(in_process_of_its_own(_OPENING, str(path), kept, "log")["seconds"])
        seconds["empty window"].append(in_process_of_its_own(_EMPTY)["seconds"])
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(kept, ignore_errors=True)
    taken = {name: statistics.median(some) for name, some in seconds.items()}
    empty = {"empty window": taken["empty window"]}
    return [
        Outcome("start to the first rows", {"ours": taken["rows"], **empty}, "<= 1.6x empty", 1.6, ("empty window",)),
        Outcome(
            "start to a log from the cache", {"ours": taken["cached"], **empty}, "<= 2.6x empty", 2.6, ("empty window",)
        ),
    ]


def _version() -> Outcome:
    def run(*command: str) -> None:
        subprocess.run([sys.executable, *command], check=True, capture_output=True)

    medians, _ = in_turn(
        {"ours": lambda: run("-m", "auditviewer", "--version"), "python -c pass": lambda: run("-c", "pass")}
    )
    return Outcome("auditviewer --version", medians, "<= 3x", 3.0, ("python -c pass",))


def _paint(path: Path) -> Outcome:
    from PySide6.QtWidgets import QApplication, QTableView

    from auditviewer.core.reading import read_exports
    from auditviewer.gui.program import make_window
    from auditviewer.gui.settings import Settings

    app = QApplication.instance() or QApplication(["-platform", "offscreen"])
    window = make_window(Settings())
    window.resize(1280, 1000)
    window.show()
    window.furnish()
    window.session.set_table(read_exports([path]))
    end = time.monotonic() + 5
    while len(window.session.result) != len(window.session.table) and time.monotonic() < end:
        app.processEvents()
    ours = window.workspace.events.view
    plain = QTableView()
    plain.setModel(ours.model())
    plain.verticalHeader().hide()
    plain.resize(ours.size())
    plain.show()
    app.processEvents()

    def paint(view: Any) -> None:
        view.verticalScrollBar().setValue((view.verticalScrollBar().value() + 4001) % 100_000)
        view.viewport().repaint()

    medians, _ = in_turn({"ours": lambda: paint(ours), "QTableView": lambda: paint(plain)}, rounds=21)
    plain.close()
    window.close()
    return Outcome("paint of one screen, other rows each time", medians, "<= 0.5x QTableView", 0.5, ("QTableView",))
