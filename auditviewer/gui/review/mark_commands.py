"""What carries out the commands over selected events: tags and their keys, notes, states of review."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

from auditviewer.core.case import ReviewState
from auditviewer.gui.dialogs.ask_dialog import Ask
from auditviewer.gui.dialogs.tags_dialog import COLOURS, TagsDialog
from auditviewer.gui.review.asking import ON, ask, case_of, on_how_many

if TYPE_CHECKING:
    from auditviewer.gui.main_window import MainWindow


class TagKeys:
    """The keys that tags have; each puts its tag on the selected events or takes it off."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._shortcuts: list[QShortcut] = []
        self._known: dict[str, str] = {}

    def refresh(self) -> None:
        """Take the keys of the open case."""
        case = case_of(self._window)
        keys = {} if case is None else {tag.name: tag.key for tag in case.state.tags.values() if tag.key}
        if keys == self._known:
            return
        self._known = keys
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._shortcuts = [self._shortcut(name, key) for name, key in keys.items()]

    def _shortcut(self, name: str, key: str) -> QShortcut:
        made = QShortcut(QKeySequence(key), self._window.workspace.events)
        made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        made.activated.connect(partial(self._window.session.review.toggle_tag, name))
        return made


def define_tags(window: MainWindow) -> None:
    """Open the dialog of tags."""
    case, review = case_of(window), window.session.review
    if case is None:
        return
    dialog = TagsDialog(case.state.tags.values(), partial(_key_problem, window), window)
    dialog.defined.connect(review.define_tag)

    def refresh() -> None:
        open_case = case_of(window)
        dialog.show_tags([] if open_case is None else open_case.state.tags.values())

    review.changed.connect(refresh)
    dialog.destroyed.connect(lambda: review.changed.disconnect(refresh))
    dialog.open()


def _key_problem(window: MainWindow, key: str) -> str:
    """Return what a key does already, "" for nothing."""
    wanted = QKeySequence(key)
    for spec in window.actions_table.specs:
        if spec.keys and QKeySequence(spec.keys) == wanted:
            return f"{key} is the key of the command “{spec.words}”."
    plain = {"Return", "Enter", "Esc", "Tab", "Space", "Up", "Down", "Left", "Right", "PgUp", "PgDown", "Home", "End"}
    return f"{key} is a key of the table." if key in plain else ""


def tag_events(window: MainWindow) -> None:
    """Ask for a tag and put it on the selected events; a name that there is not makes a tag."""
    case, review = case_of(window), window.session.review
    if case is None:
        return
    names = tuple(case.state.tags)
    fields = (
        Ask("name", "Tag", "editable", names[-1] if names else "", names, is_needed=True),
        ON,
        Ask("remove", "Take the tag off", "check"),
    )

    def then(values: dict[str, str]) -> None:
        if values["name"] not in names:
            review.define_tag(values["name"], COLOURS[len(names) % len(COLOURS)], "")
        review.tag(values["name"], bool(values["remove"]), values["on"])

    ask(window, "Tag", fields, "Tag", then, words=on_how_many(window))


def note_events(window: MainWindow) -> None:
    """Ask for a note on the selected events."""
    review = window.session.review
    fields = (Ask("text", "Note", "long", is_needed=True), ON)
    ask(
        window, "Note", fields, "Add note", lambda values: review.note(values["text"].strip(), values["on"]),
        words=f"{on_how_many(window)} Ctrl+Enter adds it.",
    )  # fmt: skip


def ask_state(window: MainWindow, state: ReviewState) -> None:
    """Ask why, and set the state of the selected events."""
    review, title = window.session.review, state.value.capitalize()
    fields = (Ask("reason", "Reason", "text", is_needed=True), ON)
    ask(
        window, title, fields, title, lambda values: review.set_state(state, values["reason"].strip(), values["on"]),
        words=on_how_many(window),
    )  # fmt: skip


def ask_sign_off(window: MainWindow) -> None:
    """Ask whether to sign off, since that locks."""
    review = window.session.review
    words = f"{on_how_many(window)} As {review.reviewer}. What is signed off is locked and cannot be undone."
    ask(window, "Sign off", (ON,), "Sign off", lambda values: review.sign_off(values["on"]), words=words)
