"""Benchmarks of the window and of starting: beside an empty Qt window, a plain interpreter, and QTableView.

Every start is timed from the outside, from before the interpreter is started until the program says that it is there;
both sides alike. A figure that the target gives in milliseconds stands among the peers as "limit".
"""

from __future__ import annotations

import compileall
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import ROUNDS, Outcome, in_turn

_EMPTY = """
import sys, time
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.show()
app.processEvents()
print(time.time(), flush=True)
"""
# As `auditviewer FILE` does it, less what is said of arguments.
_OURS = """
import json, os, sys, time
what, paths = sys.argv[1], sys.argv[2:]
from pathlib import Path
from auditviewer.cli.commands.window import start
window = start([Path(path) for path in paths])
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
app = QApplication.instance()

def say():
    print(time.time(), flush=True)
    if window.is_furnished:
        window.session.stop()
    os._exit(0)

def on_paint(of, condition):
    import types
    before = of.paintEvent
    def paintEvent(self, event):
        before(self, event)
        if condition(self):
            QTimer.singleShot(0, say)
    of.paintEvent = paintEvent

def can_be_filtered():
    if not window.is_furnished or window.session.table.is_preview or not len(window.session.result):
        return
    filters = window.docks.by_name["filters"].widget()
    if filters is not None and filters.isVisible() and filters.sections["Category"].model.rowCount():
        say()

if what == "window":
    on_paint(type(window), lambda _window: True)
elif what == "rows":
    from auditviewer.gui.events.grid import Grid
    on_paint(Grid, lambda grid: grid.model().rowCount())
else:
    timer = QTimer()
    timer.timeout.connect(can_be_filtered)
    timer.start(5)
app.exec()
"""
# Gaps of a heartbeat in the window's thread, after the first paint, until the log and all panes are there.
_STALL = """
import json, os, sys, time
from pathlib import Path
from auditviewer.cli.commands.window import start
window = start([Path(sys.argv[1])])
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from auditviewer.gui.docks import DOCKS, Docks
app = QApplication.instance()
beats, building = [], []
build = Docks.pane
def pane(self, name):
    began = time.perf_counter()
    try:
        return build(self, name)
    finally:
        building.append((began, time.perf_counter()))
Docks.pane = pane

def beat():
    if window.is_painted:
        beats.append(time.perf_counter())
    is_there = window.is_furnished and not window.session.is_reading and len(window.session.result)
    if is_there and not window.session.table.is_preview and len(window.docks.panes) == len(DOCKS):
        QTimer.singleShot(500, end)

def end():
    gaps = [(b - a, a, b) for a, b in zip(beats, beats[1:])]
    beside = [gap for gap, a, b in gaps if not any(a < ended and began < b for began, ended in building)]
    print(json.dumps({"all": max(gap for gap, _, _ in gaps), "beside": max(beside)}), flush=True)
    os._exit(0)

timer = QTimer()
timer.timeout.connect(beat)
timer.start(1)
app.exec()
"""
# The same heartbeat in an empty window while another program reads the same file.
_IDLE = """
import json, subprocess, sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.show()
app.processEvents()
child = subprocess.Popen([sys.executable, "-m", "auditviewer", "summary", "--no-cache", sys.argv[1]],
                         stdout=subprocess.DEVNULL)
beats = []
def beat():
    beats.append(time.perf_counter())
    if child.poll() is not None:
        app.quit()
timer = QTimer()
timer.timeout.connect(beat)
timer.start(1)
app.exec()
print(json.dumps({"all": max(b - a for a, b in zip(beats, beats[1:]))}))
"""


def measure_window(path: Path) -> list[Outcome]:
    """Return what starting, painting, selecting everything and opening take of the window's time."""
    return [*_starts(path), _version(), *_at_work(path), *_stall(path)]


def compile_all() -> None:
    """Compile our bytecode, as an installation does; without it every start would compile every module again."""
    import auditviewer

    compileall.compile_dir(str(Path(auditviewer.__file__).parent), quiet=1)


def _environment(cache: str, config: str) -> dict[str, str]:
    own = {"AUDITVIEWER_CACHE_DIR": cache, "AUDITVIEWER_CONFIG_DIR": config}
    return {"QT_QPA_PLATFORM": "offscreen", **os.environ, **own}


def _seconds_until_said(code: str, *arguments: str, cache: str = "", config: str = "") -> float:
    """Return the seconds from before the interpreter starts until the program prints the time."""
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True, text=True, check=True, env=_environment(cache, config), timeout=300,
    )  # fmt: skip
    return float(done.stdout.split()[-1]) - began


def _starts(path: Path) -> list[Outcome]:
    """Return the time to a window, to the first rows of a log never read, and to a kept log that can be filtered."""
    compile_all()
    seconds: dict[str, list[float]] = {"empty window": [], "window": [], "rows": [], "log": []}
    config, kept = tempfile.mkdtemp(), tempfile.mkdtemp()
    _seconds_until_said(_OURS, "log", str(path), cache=kept, config=config)
    for _ in range(2 * ROUNDS + 1):
        fresh = tempfile.mkdtemp()
        seconds["empty window"].append(_seconds_until_said(_EMPTY))
        seconds["window"].append(_seconds_until_said(_OURS, "window", cache=fresh, config=config))
        seconds["rows"].append(_seconds_until_said(_OURS, "rows", str(path), cache=fresh, config=config))
        seconds["log"].append(_seconds_until_said(_OURS, "log", str(path), cache=kept, config=config))
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(kept, ignore_errors=True)
    taken = {name: statistics.median(some) for name, some in seconds.items()}
    return [
        Outcome(work, {"ours": taken[name], "empty window": taken["empty window"]}, target, limit, ("empty window",))
        for work, name, target, limit in (
            ("start to a window that answers", "window", "<= 3x empty", 3.0),
            ("start to the first rows", "rows", "<= 1.6x empty", 1.6),
            ("start to a log from the cache that can be filtered", "log", "<= 2.6x empty", 2.6),
        )
    ]


def _version() -> Outcome:
    compile_all()

    def run(*command: str) -> None:
        subprocess.run([sys.executable, *command], check=True, capture_output=True)

    medians, _ = in_turn(
        {"ours": lambda: run("-m", "auditviewer", "--version"), "python -c pass": lambda: run("-c", "pass")}
    )
    return Outcome("auditviewer --version", medians, "<= 3x", 3.0, ("python -c pass",))


def _at_work(path: Path) -> list[Outcome]:
    """Return what painting one screen takes, 40 rows by 12 columns, and selecting every event."""
    from PySide6.QtWidgets import QApplication, QTableView

    from auditviewer.core.reading import read_exports
    from auditviewer.gui.program import make_window
    from auditviewer.gui.settings import Settings

    app = QApplication.instance() or QApplication(["-platform", "offscreen"])
    os.environ["AUDITVIEWER_CONFIG_DIR"] = tempfile.mkdtemp()  # its narrow columns are not the user's
    window = make_window(Settings())
    window.resize(1700, 1500)
    window.show()
    window.furnish()
    table = read_exports([path])
    window.session.set_table(table)
    end = time.monotonic() + 30
    while len(window.session.result) != len(table) and time.monotonic() < end:
        app.processEvents()
    ours = window.workspace.events.view
    for visual, width in ((v, 100 if v else 26) for v in range(ours.horizontalHeader().count())):
        ours.setColumnWidth(ours.horizontalHeader().logicalIndex(visual), width)
    ours.setFixedSize(26 + 12 * 100, 40 * ours.rowHeight(0) + ours.horizontalHeader().height())
    plain = QTableView()
    plain.setModel(ours.model())
    plain.verticalHeader().hide()
    plain.resize(ours.size())
    plain.show()
    app.processEvents()

    def paint(view: Any) -> None:
        view.verticalScrollBar().setValue((view.verticalScrollBar().value() + 4001) % 100_000)
        view.viewport().repaint()

    painted, _ = in_turn({"ours": lambda: paint(ours), "QTableView": lambda: paint(plain)}, rounds=21)
    plain.close()

    def select_all() -> None:
        ours.clearSelection()
        app.processEvents()
        began = time.perf_counter()
        window.actions_table.run("select_all")
        app.processEvents()
        ours.viewport().repaint()
        taken.append(time.perf_counter() - began)
        assert len(window.session.selected) == len(table)

    taken: list[float] = []
    for _ in range(ROUNDS + 1):
        select_all()
    window.close()
    selected = {"ours": statistics.median(taken[1:]), "limit": 0.040}
    return [
        Outcome("paint of one screen, other rows each time", {**painted, "limit": 0.008}, "<= 8 ms", 1.0, ("limit",)),
        Outcome(f"select all of {len(table):,} events", selected, "<= 40 ms", 1.0, ("limit",)),
    ]


def _stall(path: Path) -> list[Outcome]:
    """Return the longest time that the window does not answer while a log is read, and as long beside an empty one."""
    told: dict[str, list[float]] = {"all": [], "beside": [], "empty": []}
    compile_all()
    for _ in range(ROUNDS):
        cache, config = tempfile.mkdtemp(), tempfile.mkdtemp()
        for code, names in ((_STALL, ("all", "beside")), (_IDLE, ("empty",))):
            done = subprocess.run(
                [sys.executable, "-c", code, str(path)],
                capture_output=True, text=True, check=True, env=_environment(cache, config), timeout=300,
            )  # fmt: skip
            answer = json.loads(done.stdout.split("\n")[-2])
            for name in names:
                told[name].append(answer["all" if name == "empty" else name])
        shutil.rmtree(cache, ignore_errors=True)
        shutil.rmtree(config, ignore_errors=True)
    taken = {name: statistics.median(some) for name, some in told.items()}
    peers = {"an empty window beside a reader": taken["empty"], "limit": 0.025}
    return [
        Outcome("longest stall while importing", {"ours": taken["beside"], **peers}, "<= 25 ms", 1.0, ("limit",)),
        Outcome("the same, building the panes included", {"ours": taken["all"], **peers}, "<= 25 ms", 1.0, ("limit",)),
    ]
