"""Imports while the window works: what uses Qt never beside it, and a large package some milliseconds a turn."""

from __future__ import annotations

import subprocess
import sys

import pytest

from auditviewer.paths import resource_path

SAMPLE = sorted(resource_path("sample").glob("*.csv"))


def run_alone(code, *arguments):
    """Return the lines that code says in a process of its own."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


TURNS = """
import sys, time
import numpy
from auditviewer.gui.import_in_turns import ImportInTurns
def n_imported():
    return len([name for name in sys.modules if name.startswith("pyqtgraph")])
turns = ImportInTurns("pyqtgraph", needed_by="auditviewer.gui.timeline")
counts, moved = [], 0
for _ in turns.steps():
    counts.append(n_imported())
    time.sleep(0.01)
    moved += n_imported() - counts[-1]
import pyqtgraph
print(len(counts) > 3, counts == sorted(counts), moved, hasattr(pyqtgraph, "PlotWidget"), turns in sys.meta_path)
"""


def test_a_package_comes_a_part_a_turn_and_rests_in_between():
    assert run_alone(TURNS) == ["True True 0 True False"]


HALFWAY = """
import sys
from PySide6.QtWidgets import QApplication
app = QApplication([])
from auditviewer.gui.import_in_turns import ImportInTurns
def half(turns):
    steps = turns.steps()
    next(steps)
    next(steps)
    return steps
steps = half(ImportInTurns("pyqtgraph", needed_by="auditviewer.gui.timeline"))
import colorsys, wave  # what is no part of it can be imported meanwhile
print("pyqtgraph.widgets.PlotWidget" in sys.modules)
if sys.argv[1] == "needed":
    from auditviewer.gui.timeline.pane import TimelinePane
else:
    for _ in ImportInTurns("pyqtgraph", needed_by="auditviewer.gui.timeline").steps():
        pass
print("pyqtgraph.widgets.PlotWidget" in sys.modules, list(steps))
"""


@pytest.mark.parametrize("how", ["needed", "again"])
def test_what_is_half_imported_is_finished_for_whoever_needs_it(how):
    assert run_alone(HALFWAY, how) == ["False", "True []"]


BESIDE = """
import gc, os, sys, threading
from pathlib import Path
found = []
class Watcher:
    def find_spec(self, name, path, target=None):
        uses_qt = name.split(".")[0] in ("PySide6", "pyqtgraph") or name.startswith("auditviewer.gui.")
        thread = threading.current_thread()
        if uses_qt and thread is not threading.main_thread() and thread.name != "import of pyqtgraph":
            found.append((name, thread.name))
sys.meta_path.insert(0, Watcher())
from auditviewer.cli.commands.window import start
window = start([Path(sys.argv[1])])
print(gc.isenabled())
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
def look():
    if window._building._is_done and not window.session.is_reading and not window.session.is_querying:
        print(found, len(window.docks.panes), gc.isenabled(), len(window.session.result) > 0, flush=True)
        os._exit(0)
timer = QTimer()
timer.timeout.connect(look)
timer.start(5)
QApplication.instance().exec()
"""


def test_nothing_that_uses_qt_is_imported_beside_the_window_and_garbage_is_collected_once_it_is_built():
    assert run_alone(BESIDE, SAMPLE[0]) == ["False", "[] 6 True True"]
