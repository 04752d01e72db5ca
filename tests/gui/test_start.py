"""What a start leaves for later, seen from outside: a process of its own imports nothing that other tests did."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

LATER = (
    "numpy.ma", "pandas", "pyqtgraph", "msgspec", "auditviewer.gui.review.commands",
    "auditviewer.core.writing.formats",
)  # fmt: skip
_OPENED = """
import json, os, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from auditviewer.core.reading.first_rows import begin_first_rows
look = begin_first_rows(Path(sys.argv[1]))
assert look(30) is not None
from auditviewer.gui.app import start
window = start([Path(sys.argv[1])], first_look=look)
from PySide6.QtWidgets import QApplication
told = {}

def on_pane_built(_pane):
    table = window.session.table
    table.page(range(len(table)), table.columns)
    told.setdefault("imported", [name for name in sys.argv[2:] if name in sys.modules])
    say()

def say():
    is_read = not window.session.is_reading and len(window.session.result) and not window.session.table.is_preview
    if "imported" in told and is_read:
        print(json.dumps({**told, "start page": "start_page" in vars(window)}), flush=True)
        os._exit(0)

def on_session():
    window.session.is_reading_changed.connect(lambda _: QTimer.singleShot(0, say))
    window.session.result_changed.connect(lambda: QTimer.singleShot(0, say))

window.pane_built.connect(on_pane_built)
window.session_made.connect(on_session)
QTimer.singleShot(60_000, lambda: os._exit(1))
QApplication.instance().exec()
"""
_ROWS = "Id,Timestamp,WorkflowId,OperationStatus\n" + "".join(
    f"e{i},2024-05-01T10:00:0{i}Z,w{i // 2},Success\n" for i in range(6)
)


def test_what_the_filters_do_not_need_is_imported_after_them_and_no_start_page_comes_before_the_log(
    tmp_path: Path,
) -> None:
    export = tmp_path / "log.csv"
    export.write_text(_ROWS)
    own = {"AUDITVIEWER_CACHE_DIR": str(tmp_path / "c"), "AUDITVIEWER_CONFIG_DIR": str(tmp_path / "s")}
    for _ in range(2):  # the second time from the cache, without a reader
        done = subprocess.run(
            [sys.executable, "-c", _OPENED, str(export), *LATER],
            capture_output=True, text=True, check=True, timeout=120,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **own},
        )  # fmt: skip
    assert json.loads(done.stdout.split("\n")[-2]) == {"imported": [], "start page": False}
