"""Every command in one table; menus, the tool bar, keys, the command palette and the help page come from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, Flag, auto

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from auditviewer.gui.icons import TOOLBAR_ICON_PX, first_icon, icon


class Menu(Enum):
    """The menus of the menu bar, in order."""

    FILE = "&File"
    EDIT = "&Edit"
    FILTER = "F&ilter"
    GO = "&Go"
    REVIEW = "&Review"
    VIEW = "&View"
    HELP = "&Help"


class Needs(Flag):
    """What must be there for a command to make sense."""

    NOTHING = 0
    LOG = auto()
    READING = auto()
    EVENT = auto()
    SELECTION = auto()
    FILTER = auto()
    UNDO = auto()
    REDO = auto()
    HITS = auto()
    CASE = auto()
    """A case that can be written."""
    ANY_CASE = auto()
    MARKABLE = auto()
    """A case that can be written, and an event to mark in it."""


@dataclass(frozen=True)
class ActionSpec:
    """One command: its id, words, menu, what it does in a sentence, keys, needs, icon and group in the menu."""

    id: str
    text: str
    menu: Menu
    tip: str
    keys: str = ""
    needs: Needs = Needs.NOTHING
    icon: str = ""
    group: int = 0
    is_checkable: bool = False
    in_toolbar: bool = False

    @property
    def words(self) -> str:
        """The text without its marks for the keyboard."""
        return self.text.replace("&", "").rstrip("…")


_M, _N = Menu, Needs

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("open_exports", "&Open exports…", _M.FILE, "Open CSV or JSON exports as one log", "Ctrl+O",
               icon="open", in_toolbar=True),
    ActionSpec("open_folder", "Open &folder…", _M.FILE, "Open every export in a folder as one log", "Ctrl+Shift+O",
               icon="folder"),
    ActionSpec("add_exports", "&Add exports…", _M.FILE, "Open more exports together with what is open", "Ctrl+Alt+O",
               _N.LOG, icon="add"),
    ActionSpec("export_events", "&Export…", _M.FILE, "Write events to CSV, JSON, JSON Lines, Parquet or XLSX",
               "Ctrl+E", _N.LOG, icon="export", group=1, in_toolbar=True),
    ActionSpec("cancel_reading", "&Cancel reading", _M.FILE, "Stop reading; what was open before stays", "Ctrl+.",
               _N.READING, icon="cancel", group=2),
    ActionSpec("close_log", "C&lose log", _M.FILE, "Close all exports", "Ctrl+W", _N.LOG, icon="close", group=2),
    ActionSpec("keep_copies", "&Keep copies to open faster", _M.FILE,
               "Keep what was read in the cache folder, so that it opens at once the next time", group=3,
               is_checkable=True),
    ActionSpec("remove_copies", "&Remove kept copies", _M.FILE, "Empty the cache folder; the exports stay as they are",
               group=3),
    ActionSpec("quit", "&Quit", _M.FILE, "Close the program", "Ctrl+Q", icon="quit", group=4),
    ActionSpec("undo_filter", "&Undo filter", _M.EDIT, "Go back to the filters before", "Ctrl+Z", _N.UNDO,
               icon="undo", in_toolbar=True),
    ActionSpec("redo_filter", "&Redo filter", _M.EDIT, "Go forward to the filters that were undone", "Ctrl+Shift+Z",
               _N.REDO, icon="redo", in_toolbar=True),
    ActionSpec("copy_cells", "&Copy", _M.EDIT, "Copy the current cell, or that column of the selected rows", "Ctrl+C",
               _N.EVENT, icon="copy", group=1),
    ActionSpec("copy_csv", "Copy rows as C&SV", _M.EDIT, "Copy the selected rows as CSV, header included",
               "Ctrl+Shift+C", _N.EVENT, group=1),
    ActionSpec("copy_json", "Copy rows as &JSON", _M.EDIT, "Copy the selected rows as a JSON array", "Ctrl+Alt+C",
               _N.EVENT, group=1),
    ActionSpec("select_all", "Select &all shown", _M.EDIT, "Select every event that is shown", "Ctrl+A", _N.LOG,
               group=2),
    ActionSpec("find", "&Find…", _M.EDIT, "Find a text among the shown events, without filtering", "Ctrl+F", _N.LOG,
               icon="find", group=3),
    ActionSpec("find_next", "Find &next", _M.EDIT, "Go to the next event that was found", "F3", _N.HITS,
               icon="down", group=3),
    ActionSpec("find_previous", "Find &previous", _M.EDIT, "Go to the event found before", "Shift+F3", _N.HITS,
               icon="up", group=3),
    ActionSpec("search", "&Search box", _M.FILTER, "Type a text or a filter", "Ctrl+K", _N.LOG, icon="search"),
    ActionSpec("only_this_value", "Only this &value", _M.FILTER, "Keep the events with the value of the current cell",
               "Ctrl+Return", _N.EVENT, icon="filter", group=1),
    ActionSpec("not_this_value", "&Exclude this value", _M.FILTER,
               "Hide the events with the value of the current cell", "Ctrl+Backspace", _N.EVENT,
               icon="filter-exclude", group=1),
    ActionSpec("only_this_workflow", "Only this &workflow", _M.FILTER, "Keep the events of this event's workflow",
               "Ctrl+Shift+W", _N.EVENT, icon="workflow", group=1),
    ActionSpec("only_this_target", "Only this &target", _M.FILTER, "Keep the events about this event's target",
               "Ctrl+Shift+T", _N.EVENT, icon="target", group=1),
    ActionSpec("clear_filters", "&Clear filters", _M.FILTER, "Show every event", "Ctrl+Shift+X", _N.FILTER,
               icon="filter-clear", group=2, in_toolbar=True),
    ActionSpec("go_to_time", "Go to &time…", _M.GO, "Go to the first event at or after a time", "Ctrl+G", _N.LOG,
               icon="clock", in_toolbar=True),
    ActionSpec("go_to_first", "&First event", _M.GO, "Go to the first row", "Ctrl+Home", _N.LOG),
    ActionSpec("go_to_last", "&Last event", _M.GO, "Go to the last row", "Ctrl+End", _N.LOG),
    ActionSpec("previous_step", "&Previous step", _M.GO, "Go to the step before in this event's workflow", "Alt+Up",
               _N.EVENT, icon="up", group=1),
    ActionSpec("next_step", "&Next step", _M.GO, "Go to the next step of this event's workflow", "Alt+Down", _N.EVENT,
               icon="down", group=1),
    ActionSpec("show_inspector", "Show in &inspector", _M.GO, "Show what the current event changed", "", _N.EVENT,
               icon="inspect", group=2),
    ActionSpec("show_source_record", "Show source &record", _M.GO, "Show the current event's own bytes in its file",
               "Ctrl+R", _N.EVENT, icon="source", group=2),
    ActionSpec("new_case", "&New case…", _M.REVIEW, "Keep the review of this log in a file: tags, notes, findings",
               "Ctrl+Shift+N", _N.LOG, icon="add"),
    ActionSpec("open_case", "&Open case…", _M.REVIEW, "Open a case and its exports", "Ctrl+Alt+R", icon="open"),
    ActionSpec("save_case_as", "Save case as…", _M.REVIEW, "Write the case as it is now to another file", "",
               _N.ANY_CASE, icon="copy"),
    ActionSpec("import_case", "&Import another case…", _M.REVIEW, "Take in what another reviewer did", "", _N.CASE),
    ActionSpec("close_case", "&Close case", _M.REVIEW, "Close the case; what was done in it is kept", "", _N.ANY_CASE,
               icon="close"),
    ActionSpec("reviewer", "Re&viewer…", _M.REVIEW, "Whose name stands with what is done from now on", "",
               icon="user", group=1),
    ActionSpec("case_details", "&Period and population…", _M.REVIEW,
               "What was asked for, of whom, and who extracted it", "", _N.CASE, group=1),
    ActionSpec("define_tags", "Define tags…", _M.REVIEW, "Tags with their colours and keys", "Ctrl+Shift+G", _N.CASE,
               icon="tag", group=1),
    ActionSpec("tag_events", "&Tag…", _M.REVIEW, "Put a tag on the selected events", "T", _N.MARKABLE, icon="tag",
               group=2),
    ActionSpec("note_events", "Not&e…", _M.REVIEW, "Note something on the selected events", "N", _N.MARKABLE,
               group=2),
    ActionSpec("review_cleared", "C&leared", _M.REVIEW, "The selected events are reviewed and in order", "Alt+1",
               _N.MARKABLE, icon="status-success", group=2),
    ActionSpec("review_exception", "E&xception…", _M.REVIEW, "The selected events are an exception", "Alt+2",
               _N.MARKABLE, icon="status-failure", group=2),
    ActionSpec("review_follow_up", "&Follow-up…", _M.REVIEW, "The selected events need following up", "Alt+3",
               _N.MARKABLE, icon="status-warning", group=2),
    ActionSpec("review_unreviewed", "&Unreviewed", _M.REVIEW, "Take the state of review off", "Alt+0", _N.MARKABLE,
               group=2),
    ActionSpec("sign_off", "&Sign off…", _M.REVIEW, "Sign off what another reviewer reviewed; locks it", "",
               _N.MARKABLE, icon="lock", group=2),
    ActionSpec("undo_review", "Un&do annotation", _M.REVIEW, "Undo the last thing done in the case",
               "Ctrl+Alt+Z", _N.CASE, icon="undo", group=2),
    ActionSpec("redo_review", "Redo annotation", _M.REVIEW, "Do again what was undone last in the case",
               "Ctrl+Alt+Shift+Z", _N.CASE, icon="redo", group=2),
    ActionSpec("record_finding", "Record findin&g…", _M.REVIEW, "Keep the shown events and their filter as a finding",
               "Ctrl+Alt+F", _N.CASE, icon="flag", group=3),
    ActionSpec("decide_finding", "Decide about a finding…", _M.REVIEW,
               "Accept a finding, or dismiss it with a reason", "", _N.CASE, group=3),
    ActionSpec("review_finding", "Review a finding…", _M.REVIEW, "Say how a finding was reviewed, or sign it off", "",
               _N.CASE, group=3),
    ActionSpec("recheck_case", "Run findings again", _M.REVIEW, "Say of every finding whether it still holds", "",
               _N.ANY_CASE, group=3),
    ActionSpec("draw_sample", "Draw s&ample…", _M.REVIEW, "Draw a sample from the shown events", "Ctrl+Alt+S", _N.CASE,
               icon="sample", group=4),
    ActionSpec("test_sample", "Test sample…", _M.REVIEW, "Go through a sample's items and note each result", "Alt+R",
               _N.ANY_CASE, group=4),
    ActionSpec("sample_sheet", "Sample as XLSX…", _M.REVIEW, "Write a sample and its results as a workbook", "",
               _N.ANY_CASE, group=4),
    ActionSpec("save_view", "Save vie&w…", _M.REVIEW, "Keep the filter, the order and the columns under a name",
               "Ctrl+Alt+V", _N.CASE, icon="filter", group=5),
    ActionSpec("export_journal", "Export &journal…", _M.REVIEW, "Write every act of the case to a file", "",
               _N.ANY_CASE, group=6),
    ActionSpec("write_report", "&Report…", _M.REVIEW, "Write a report as HTML or PDF", "Ctrl+P", _N.LOG, icon="file",
               group=6),
    ActionSpec("make_package", "Evidence pac&kage…", _M.REVIEW, "Put the shown events into a package others can check",
               "", _N.LOG, icon="lock", group=6),
    ActionSpec("verify_package", "Verif&y package…", _M.REVIEW, "Check an evidence package", "", icon="sources",
               group=6),
    ActionSpec("choose_columns", "&Columns…", _M.VIEW, "Show, hide and order columns", "", _N.LOG, icon="columns"),
    ActionSpec("source_order", "&Source order", _M.VIEW, "Show the events in the order of their sources", "", _N.LOG),
    ActionSpec("choose_zone", "Time &zone…", _M.VIEW, "Show times in UTC, local time or any zone", "Ctrl+T",
               icon="globe", group=1),
    ActionSpec("reset_layout", "&Reset layout", _M.VIEW, "Put every pane and column back where it was at first",
               group=2),
    ActionSpec("command_palette", "&Command palette…", _M.HELP, "Find a command by its name", "Ctrl+Shift+P",
               icon="command"),
    ActionSpec("open_sample", "Open &sample export", _M.HELP, "Open the sample that ships with the program",
               icon="sample"),
    ActionSpec("show_help", "&Guide", _M.HELP, "How to use the program", "F1", icon="help", group=1),
    ActionSpec("show_shortcuts", "&Keyboard shortcuts", _M.HELP, "Every key and what it does", "Ctrl+/",
               icon="keyboard", group=1),
    ActionSpec("show_about", "&About", _M.HELP, "Version and licence", icon="info", group=2),
)  # fmt: skip


class Actions(QObject):
    """The commands as `QAction`, each bound to what carries it out.

    Parameters
    ----------
    owner
        The window whose keys they are.
    """

    unbound_wanted = Signal(str)
    """A command is to be carried out that nothing carries out yet; whoever can may bind it now."""

    def __init__(self, owner: QObject, specs: Iterable[ActionSpec] = ACTIONS) -> None:
        super().__init__(owner)
        self._specs = {spec.id: spec for spec in specs}
        self._actions = {spec.id: self._make(spec) for spec in self._specs.values()}
        self._carried_out: dict[str, Callable[[], object]] = {}
        self.set_available(Needs.NOTHING)

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    @property
    def specs(self) -> tuple[ActionSpec, ...]:
        """The commands in their order."""
        return tuple(self._specs.values())

    @property
    def unbound(self) -> list[str]:
        """The ids of commands that nothing carries out."""
        return [name for name in self._specs if name not in self._carried_out]

    def bind(self, handlers: Mapping[str, Callable[[], object]]) -> None:
        """Say what carries out some commands."""
        for name, handler in handlers.items():
            if name not in self._specs:
                raise KeyError(name)
            self._carried_out[name] = handler

    def run(self, action_id: str) -> None:
        """Carry out a command, if what it needs is there."""
        if not self._actions[action_id].isEnabled():
            return
        if action_id not in self._carried_out:
            self.unbound_wanted.emit(action_id)
        if action_id in self._carried_out:
            self._carried_out[action_id]()

    def set_available(self, available: Needs) -> None:
        """Enable the commands whose needs are met."""
        for name, spec in self._specs.items():
            self._actions[name].setEnabled(spec.needs in available)

    def show_first_icons(self) -> None:
        """Draw what the tool bar shows at first, to be there sooner; `refresh_icons` follows."""
        for name, spec in self._specs.items():
            if spec.icon and spec.in_toolbar:
                self._actions[name].setIcon(first_icon(spec.icon, size_px=TOOLBAR_ICON_PX))

    def refresh_icons(self) -> None:
        """Draw the icons in the colours of the theme."""
        for _ in self.draw_icons():
            pass

    def draw_icons(self) -> Iterator[None]:
        """Draw the icons in the colours of the theme, one a step."""
        for name, spec in self._specs.items():
            if spec.icon:
                self._actions[name].setIcon(icon(spec.icon))
                yield

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.text, self)
        action.setStatusTip(spec.tip)
        action.setCheckable(spec.is_checkable)
        keys = QKeySequence(spec.keys)
        action.setShortcut(keys)
        shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{spec.tip} ({shown})" if shown else spec.tip)
        # `triggered` passes whether the action is checked; a handler must not take it for its own argument.
        action.triggered.connect(lambda _checked=False, name=spec.id: self.run(name))
        return action
