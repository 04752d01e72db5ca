"""The table of commands: everything in it is carried out, keys are told apart, needs are kept."""

from __future__ import annotations

from collections import Counter

import pytest

from auditviewer.gui.actions import ACTIONS, Actions, ActionSpec, Menu, Needs
from auditviewer.gui.docks import DOCKS
from auditviewer.gui.program import make_window
from auditviewer.gui.settings import Settings


def test_every_command_is_carried_out_and_has_words(window):
    assert window.actions_table.unbound == []
    for spec in ACTIONS:
        assert spec.tip and spec.words and not spec.tip.endswith(".")


def test_no_two_commands_share_a_key():
    keys = [spec.keys for spec in ACTIONS if spec.keys] + [dock.keys for dock in DOCKS]
    assert [key for key, count in Counter(keys).items() if count > 1] == []


def test_no_two_commands_of_a_menu_share_a_letter():
    for menu in Menu:
        letters = [s.text[s.text.index("&") + 1].lower() for s in ACTIONS if s.menu is menu and "&" in s.text]
        assert len(letters) == len(set(letters)), (menu, letters)


def test_a_command_whose_need_is_not_met_does_nothing(qapp):
    done = []
    actions = Actions(qapp, [ActionSpec("go", "Go", Menu.GO, "Go somewhere", needs=Needs.LOG | Needs.EVENT)])
    actions.bind({"go": lambda: done.append(1)})
    for needs in (Needs.NOTHING, Needs.LOG, Needs.EVENT):
        actions.set_available(needs)
        actions.run("go")
        actions["go"].trigger()
    assert done == []
    actions.set_available(Needs.LOG | Needs.EVENT)
    actions["go"].trigger()
    assert done == [1]


def test_a_command_that_nothing_carries_out_yet_is_bound_when_it_is_asked_for(qapp):
    done = []
    actions = Actions(qapp, [ActionSpec("go", "Go", Menu.GO, "Go somewhere")])
    actions.unbound_wanted.connect(lambda name: actions.bind({name: lambda: done.append(name)}))
    actions["go"].trigger()
    actions["go"].trigger()
    assert done == ["go", "go"]


def test_a_command_of_the_review_is_carried_out_before_its_turn_came(qtbot, qapp, held, sample_table, monkeypatch):
    window = make_window(Settings(), held)
    qtbot.addWidget(window)
    while not window.is_furnished:
        next(window._building._steps)
    assert "write_report" in window.actions_table.unbound
    window.session.set_table(sample_table)
    asked = []
    monkeypatch.setattr("auditviewer.gui.review.package_commands.write_report", asked.append)
    window.actions_table["write_report"].trigger()
    assert asked == [window]
    window.furnish()
    assert window.actions_table.unbound == []


def test_an_unknown_command_cannot_be_bound(qapp):
    with pytest.raises(KeyError):
        Actions(qapp).bind({"no_such": print})


def test_what_makes_sense_follows_what_is_open(window, sample_table):
    enabled = {name: window.actions_table[name].isEnabled for name in ("export_events", "copy_cells", "clear_filters")}
    assert not any(is_enabled() for is_enabled in enabled.values())
    window.session.set_table(sample_table)
    assert enabled["export_events"]() and not enabled["copy_cells"]() and not enabled["clear_filters"]()
    window.session.set_current(3)
    window.actions_table.run("only_this_workflow")
    assert enabled["copy_cells"]() and enabled["clear_filters"]()
    assert len(window.session.result) == 3
    window.close_log()
    assert not any(is_enabled() for is_enabled in enabled.values())


@pytest.mark.parametrize("menu", list(Menu))
def test_every_command_is_in_its_menu(window, menu):
    there = {action.text() for action in window.menus.by_name[menu].actions()}
    assert {spec.text for spec in ACTIONS if spec.menu is menu} <= there
