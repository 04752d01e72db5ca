"""The window as a whole: opening by every way, what it says of files that are no exports, docks, steps, panes."""

from __future__ import annotations

import gzip
import json

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog

from auditviewer.gui.program import make_window
from auditviewer.gui.settings import Settings
from auditviewer.paths import resource_path
from tests.builders import event, table_of

WAIT_MS = 30_000


@pytest.fixture
def live(qtbot, qapp):
    """The window with its real threads and reading processes."""
    made = make_window(Settings())
    qtbot.addWidget(made)
    made.show()
    made.furnish()
    yield made
    made.close()
    qtbot.waitUntil(lambda: not made.session.is_reading, timeout=WAIT_MS)


def write(path, numbers):
    path.write_text(json.dumps([event(n) for n in numbers]))
    return path


def wait_for(qtbot, window, n):
    def is_there():
        session = window.session
        return not session.is_reading and not session.table.is_preview and len(session.table) == n

    qtbot.waitUntil(is_there, timeout=WAIT_MS)


def drop(window, paths, modifiers=Qt.KeyboardModifier.NoModifier):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, modifiers)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    dropped = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, modifiers)
    QApplication.sendEvent(window, dropped)


def test_files_are_dropped_added_and_found_among_the_recent(qtbot, live, tmp_path):
    first, second = write(tmp_path / "a.json", range(3)), write(tmp_path / "b.json", range(2, 7))
    drop(live, [first])
    wait_for(qtbot, live, 3)
    drop(live, [second], Qt.KeyboardModifier.ControlModifier)
    wait_for(qtbot, live, 7)
    drop(live, [second])
    wait_for(qtbot, live, 5)
    assert live.settings.recent_logs()[:2] == [[str(second)], [str(first), str(second)]]
    live.menus.recent.aboutToShow.emit()
    live.menus.recent.actions()[1].trigger()
    wait_for(qtbot, live, 7)
    assert "a.json and 1 more" in live.windowTitle()


def test_the_dialogs_open_files_and_folders(qtbot, live, tmp_path, monkeypatch):
    write(tmp_path / "a.json", range(3))
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(write(tmp_path / "c", range(3, 5)).read_bytes()))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(tmp_path / "b.json.gz")], ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    live.actions_table.run("open_exports")
    wait_for(qtbot, live, 2)
    live.actions_table.run("open_folder")
    wait_for(qtbot, live, 5)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n\0\0", b"a,b\n1,2\n", b'{"half": ', b"\x1f\x8b\x08\x00broken"]
)
def test_a_file_that_is_no_export_gets_one_sentence_and_the_program_goes_on(qtbot, live, tmp_path, content):
    bad = tmp_path / "bad.csv"
    bad.write_bytes(content)
    live.open_paths([bad])
    banner = live.start_page.banner
    qtbot.waitUntil(lambda: not banner.isHidden(), timeout=WAIT_MS)
    words = banner.words.text()
    assert "bad.csv" in words and words.rstrip().endswith(".") and "Traceback" not in words and len(words) < 400
    assert live.session.is_empty and live.pages.currentWidget() is live.start_page
    live.open_paths([write(tmp_path / "good.json", range(4))])
    wait_for(qtbot, live, 4)
    assert banner.isHidden()


def test_a_bad_file_beside_a_good_log_leaves_the_log_open(qtbot, live, tmp_path):
    live.open_paths([write(tmp_path / "good.json", range(4))])
    wait_for(qtbot, live, 4)
    (tmp_path / "empty").mkdir()
    live.open_paths([tmp_path / "empty"])
    banner = live.workspace.banner
    qtbot.waitUntil(lambda: not banner.isHidden() and "empty" in banner.words.text(), timeout=WAIT_MS)
    assert len(live.session.table) == 4


def test_the_docks_show_with_a_log_and_are_put_away_with_it(qtbot, live):
    docks = live.docks.by_name.values()
    assert not any(dock.isVisible() for dock in docks)
    live.actions_table.run("open_sample")
    wait_for(qtbot, live, 3611)
    qtbot.waitUntil(lambda: live.docks.by_name["inspector"].isVisible(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: all(pane.updatesEnabled() for pane in live.docks.panes), timeout=WAIT_MS)
    assert abs(live.docks.by_name["inspector"].width() - 400) < 40
    live.actions_table.run("close_log")
    assert live.pages.currentWidget() is live.start_page
    assert not any(dock.isVisible() for dock in docks)


def test_copies_are_kept_removed_and_not_kept(qtbot, live, own_places):
    from auditviewer.core.reading.cache import Cache

    live.actions_table.run("open_sample")
    wait_for(qtbot, live, 3611)
    assert Cache().count() == 8
    live.actions_table.run("remove_copies")
    qtbot.waitUntil(lambda: Cache().count() == 0, timeout=WAIT_MS)
    live.actions_table["keep_copies"].trigger()
    live.actions_table.run("open_sample")
    wait_for(qtbot, live, 3611)
    assert Cache().count() == 0


def test_steps_of_a_workflow_are_gone_through_from_the_menu(qtbot, window):
    rows = [{"WorkflowId": "w", "OperationStatus": s} for s in ("inProgress", "inProgress", "success")]
    window.session.set_table(table_of([*rows, {"WorkflowId": "other"}]))
    window.session.set_current(0)
    story = window.docks.by_name["timeline"].widget().story
    window.raise_dock("timeline")
    qtbot.waitUntil(lambda: story.story is not None)
    for command, expected in (("next_step", 1), ("next_step", 2), ("next_step", 2), ("previous_step", 1)):
        window.actions_table.run(command)
        assert window.session.current == expected


def test_panes_can_be_closed_and_come_back_by_key_and_reset(qtbot, open_window):
    dock = open_window.docks.by_name["filters"]
    qtbot.waitUntil(dock.isVisible)
    dock.close()
    assert not dock.isVisible()
    dock.toggleViewAction().trigger()
    assert dock.isVisible()
    dock.close()
    open_window.actions_table.run("reset_layout")
    assert dock.isVisible()


@pytest.mark.parametrize(
    "command", ["command_palette", "show_help", "show_shortcuts", "show_about", "choose_zone", "go_to_time",
                "choose_columns", "export_events"]
)  # fmt: skip
def test_every_dialog_opens_without_blocking_and_closes_by_escape(qtbot, open_window, command):
    open_window.actions_table.run(command)
    qtbot.waitUntil(lambda: any(isinstance(w, QDialog) and w.isVisible() for w in QApplication.topLevelWidgets()))
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible())
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_the_sample_is_where_the_help_menu_says():
    assert len(list(resource_path("sample").glob("*.csv"))) == 8
