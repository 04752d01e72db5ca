"""Choices that are kept: typed, private to a folder, and never a reason not to start."""

from __future__ import annotations

import pytest

from auditviewer.gui.look import Theme
from auditviewer.gui.program import make_window
from auditviewer.gui.settings import RECENT_LIMIT, Settings
from auditviewer.paths import config_dir


def test_choices_outlive_the_program(settings):
    settings.zone, settings.uses_cache, settings.state = "Europe/Oslo", False, b"\x00\xff"
    settings.columns = [["Id", 120, True]]
    settings.save()
    again = Settings()
    assert (again.zone, again.uses_cache, again.state) == ("Europe/Oslo", False, b"\x00\xff")
    assert again.columns == [["Id", 120, True]]


def test_a_change_is_told_once(settings):
    told = []
    settings.changed.connect(told.append)
    settings.theme = str(Theme.DARK)
    settings.theme = str(Theme.DARK)
    assert told == ["look/theme"]


@pytest.mark.parametrize("stored", ["not JSON {", "12", "null", '"/w=="', "[1"])
def test_what_cannot_be_understood_is_the_default(qapp, stored):
    config_dir().mkdir(parents=True, exist_ok=True)
    keys = "theme=", "uses_cache=", "recent=", "geometry="
    lines = [f'{key}"{stored.replace(chr(34), chr(92) + chr(34))}"' for key in keys]
    (config_dir() / "settings.ini").write_text("[look]\n" + "\n".join(lines) + "\n[files]\n" + "\n".join(lines))
    settings = Settings()
    assert settings.uses_cache is True
    assert settings.recent_logs() == []
    assert isinstance(settings.theme, str) and isinstance(settings.geometry, bytes)


def test_the_latest_log_stands_first_and_once(settings):
    for number in range(RECENT_LIMIT + 3):
        settings.add_recent([f"/exports/{number}.csv"])
    settings.add_recent(["/exports/10.csv"])
    logs = settings.recent_logs()
    assert len(logs) == RECENT_LIMIT
    assert logs[0] == ["/exports/10.csv"] and logs.count(["/exports/10.csv"]) == 1


def test_the_window_comes_back_as_it_was_left(qtbot, qapp, at_once, sample_table):
    def start():
        window = make_window(Settings(), at_once)
        qtbot.addWidget(window)
        window.furnish()
        window.show()
        window.session.set_table(sample_table)
        qtbot.waitUntil(lambda: window.docks.by_name["filters"].isVisible())
        return window

    first = start()
    first.resize(1100, 700)
    first.set_theme(Theme.DARK)
    first.set_zone("Asia/Kolkata")
    first.docks.by_name["workflows"].close()
    first.close()
    second = start()
    assert second.height() == first.height()  # the test screen is narrower than the window
    assert second.settings.theme == Theme.DARK
    assert "Asia/Kolkata" in second.status.zone.text()
    assert second.docks.by_name["workflows"].isHidden()
    assert not second.docks.by_name["sources"].isHidden()
    second.set_theme(Theme.LIGHT)


def test_the_switch_of_the_menu_says_whether_copies_are_kept(qtbot, window):
    action = window.actions_table["keep_copies"]
    assert action.isChecked() and window.session.uses_cache
    action.trigger()
    assert not window.session.uses_cache and not Settings().uses_cache
    action.trigger()
    assert window.session.uses_cache


def test_no_cache_holds_for_one_start_and_is_not_kept(qtbot, settings, at_once):
    made = make_window(settings, at_once, uses_cache=False)
    qtbot.addWidget(made)
    made.furnish()
    assert not made.session.uses_cache and not made.actions_table["keep_copies"].isChecked()
    assert Settings().uses_cache
