"""What shows before there is a log: the first rows, the very cells of the table, never taken for the log itself."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import zoneinfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QAbstractItemView

from auditviewer.core.query import TextSearch, run_query
from auditviewer.core.reading import read_preview
from auditviewer.core.reading.first_rows import read_first_rows
from auditviewer.gui.actions import Needs
from auditviewer.gui.app import start
from auditviewer.gui.events.cells import BLOCK
from auditviewer.gui.events.first_rows import FirstRowsModel
from auditviewer.gui.events.model import EventsModel
from auditviewer.gui.program import make_window
from auditviewer.gui.settings import Settings
from auditviewer.paths import resource_path

WAIT_MS = 30_000
SAMPLE = sorted(resource_path("sample").glob("*.csv"))
HEADER = "Id,Timestamp,OperationStatus,Target,EventType"


def export(tmp_path, n=100):
    """Return an export with a bit of everything that a cell can hold."""
    statuses = ("success", "failure", "warning", "inProgress", "odd", "", "  ")
    targets = ("plain", "раypal", "<b>bold</b>", '"two\nlines"', "", "東京")
    types = ("user:created", "user:vsa9-login-failed", "nothing:known", "")
    lines = [
        f"{i},2026-01-05T{i % 24:02d}:00:00.{i:07d}Z,{statuses[i % 7]},{targets[i % 6]},{types[i % 4]}"
        for i in range(n)
    ]
    path = tmp_path / "export.csv"
    path.write_text("\n".join([HEADER, *lines, ""]))
    return path


@pytest.fixture
def held_window(qtbot, qapp, held):
    """Return the window before it is furnished; its jobs wait until they are run by hand."""
    made = make_window(Settings(), held)
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize("zone", [dt.UTC, zoneinfo.ZoneInfo("Asia/Kolkata")])
@pytest.mark.parametrize("is_sample", [True, False])
def test_every_cell_is_the_one_that_the_table_will_show(tmp_path, zone, is_sample):
    path = SAMPLE[0] if is_sample else export(tmp_path)
    rows, table = read_first_rows(path), read_preview([path])
    assert rows is not None and table is not None
    first, real = FirstRowsModel(rows, zone), EventsModel(run_query(table), zone)
    assert first.columns == real.columns
    for column in range(len(first.columns)):
        for number in range((first.rowCount() + BLOCK - 1) // BLOCK):
            assert first.pages.block(number, column) == real.pages.block(number, column)
        for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.TextAlignmentRole):
            way = Qt.Orientation.Horizontal
            assert first.headerData(column, way, role) == real.headerData(column, way, role)


def test_the_model_of_first_rows_is_sound(tmp_path):
    rows = read_first_rows(export(tmp_path))
    assert rows is not None
    model = FirstRowsModel(rows)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert "two⏎lines" in [model.index(row, model.columns.index("Target")).data() for row in range(100)]


def test_first_rows_say_what_they_are_and_nothing_can_be_done_to_them(held_window, tmp_path):
    path = export(tmp_path)
    held_window.open_paths([path])
    held_window.show_first_rows(read_first_rows(path))
    held_window.show()
    workspace, view = held_window.workspace, held_window.workspace.first_rows
    assert held_window.pages.currentWidget() is workspace and view.isVisible()
    assert "first 100 rows" in workspace.banner.words.text() and workspace.banner.isVisible()
    assert view.selectionMode() is QAbstractItemView.SelectionMode.NoSelection
    needing = [spec.id for spec in held_window.actions_table.specs if spec.needs is not Needs.NOTHING]
    assert not any(held_window.actions_table[name].isEnabled() for name in needing)
    assert held_window.windowTitle() == "Audit Viewer"


@pytest.fixture
def opened(qtbot, qapp, tmp_path):
    """Return a function that starts the program on a file, as the command line does."""
    made = []

    def open_file(path, **options):
        rows = read_first_rows(path)
        window = start([path], first_look=lambda _seconds: rows, **options)
        qtbot.addWidget(window)
        made.append(window)
        return window

    yield open_file
    for window in made:
        window.furnish()
        window.close()
        qtbot.waitUntil(lambda window=window: not window.session.is_reading, timeout=WAIT_MS)


def is_there(window, n):
    return window.is_furnished and not window.session.table.is_preview and len(window.session.result) == n


def test_the_log_takes_the_place_of_the_first_rows_scrolled_as_they_were(qtbot, opened, tmp_path):
    window = opened(export(tmp_path, 3000))
    first = window.workspace.first_rows
    assert first is not None and first.isVisible()
    first.verticalScrollBar().setValue(70)
    first.setFocus()
    qtbot.waitUntil(lambda: window.is_furnished and not window.session.is_empty, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.workspace.first_rows is None, timeout=WAIT_MS)
    assert window.workspace.events.isVisible()
    assert window.workspace.events.view.verticalScrollBar().value() == 70
    qtbot.waitUntil(lambda: is_there(window, 3000), timeout=WAIT_MS)
    assert window.workspace.banner.isHidden()
    assert window.windowTitle().startswith("export.csv")


def test_what_is_typed_meanwhile_is_searched_for_once_there_is_a_log(qtbot, opened, tmp_path):
    window = opened(export(tmp_path, 300))
    window.workspace.search_bar.field.setText("vsa9-login")
    window.workspace.search_bar.apply()
    assert not window.is_furnished
    qtbot.waitUntil(lambda: is_there(window, 75), timeout=WAIT_MS)
    assert window.session.query.searches == (TextSearch("vsa9-login"),)
    assert window.workspace.search_bar.field.text() == "vsa9-login"
    assert len(window.session.table) == 300


def test_an_export_that_cannot_be_read_after_all_leaves_no_rows_behind(qtbot, opened, tmp_path):
    path = export(tmp_path)
    window = opened(path)
    path.unlink()
    qtbot.waitUntil(lambda: not window.start_page.banner.isHidden(), timeout=WAIT_MS)
    assert "export.csv" in window.start_page.banner.words.text()
    assert window.pages.currentWidget() is window.start_page
    assert window.workspace.first_rows is None and window.session.is_empty


def test_cancelling_takes_the_first_rows_away(held_window, held, tmp_path, qtbot):
    path = export(tmp_path)
    held_window.open_paths([path])
    held_window.show_first_rows(read_first_rows(path))
    held_window.furnish()
    assert held_window.session.is_reading and held_window.workspace.first_rows is not None
    held_window.actions_table.run("cancel_reading")
    assert held_window.workspace.first_rows is None
    assert held_window.pages.currentWidget() is held_window.start_page


@pytest.mark.parametrize("is_furnished", [False, True])
def test_the_first_rows_of_one_export_never_stand_for_another(held_window, tmp_path, is_furnished):
    path, other = export(tmp_path), tmp_path / "other.csv"
    held_window.open_paths([path])
    held_window.show_first_rows(read_first_rows(path))
    if is_furnished:
        held_window.furnish()
        assert held_window.workspace.first_rows is not None
    held_window.open_paths([other])
    assert held_window.workspace.first_rows is None
    assert held_window.workspace.banner.isHidden()
    held_window.furnish()
    assert held_window.session.is_reading and held_window.session._wanted_paths == (other,)


def test_a_zone_that_is_chosen_at_once_is_that_of_the_log(held_window, tmp_path):
    held_window.set_zone("Asia/Kolkata")
    assert held_window.status.zone.text() == "Times in Asia/Kolkata"
    held_window.furnish()
    assert held_window.session.zone == zoneinfo.ZoneInfo("Asia/Kolkata")


def test_a_file_that_is_no_plain_csv_shows_as_before(qtbot, opened, tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(export(tmp_path, 50).read_text().replace(",", ";"))
    window = opened(path)
    assert window.workspace.first_rows is None
    assert window.pages.currentWidget() is window.start_page
    qtbot.waitUntil(lambda: is_there(window, 50), timeout=WAIT_MS)


def test_the_first_rows_are_painted_before_anything_heavy_is_imported(tmp_path):
    code = """
import os, sys
from pathlib import Path
from auditviewer.core.reading.first_rows import begin_first_rows
path = Path(sys.argv[1])
look = begin_first_rows(path)
from auditviewer.gui.app import start
from auditviewer.gui.events.grid import Grid
window = start([path], first_look=lambda _seconds: look(60))
from PySide6.QtWidgets import QApplication
painted = Grid.paintEvent
def paintEvent(self, event):
    painted(self, event)
    heavy = ("numpy", "pyarrow", "pandas", "pyqtgraph", "concurrent.futures", "zoneinfo", "auditviewer.gui.session",
             "auditviewer.gui.docks", "auditviewer.gui.start_page", "auditviewer.core.table", "PySide6.QtPrintSupport")
    print(self.model().rowCount(), [name for name in heavy if name in sys.modules], flush=True)
    os._exit(0)
Grid.paintEvent = paintEvent
QApplication.instance().exec()
"""
    command = [sys.executable, "-c", code, str(export(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "100 []"
