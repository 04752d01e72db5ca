"""Tags: their names, colours and keys, seen and changed in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtWidgets import (
    QColorDialog,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from auditviewer.core.case.acts import Tag
from auditviewer.core.display import fit_to_show
from auditviewer.gui.look import GAP_PX, colours_of
from auditviewer.gui.widgets.chips import swatch

COLOURS = (
    "#c2410c", "#b45309", "#a16207", "#15803d", "#0f766e", "#0369a1", "#1d4ed8", "#7e22ce", "#be185d", "#475569",
)  # fmt: skip


class TagsDialog(QDialog):
    """Shows the tags; a click on one fills the fields, "Keep" makes it or changes it.

    Parameters
    ----------
    key_problem
        Returns why a key cannot be a tag's (what it does already), "" when it can.
    """

    defined = Signal(str, str, str)
    """Name, colour and key of a tag."""

    def __init__(self, tags: Iterable[Tag], key_problem: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Tags")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(520, 440)
        self._tags: dict[str, Tag] = {}
        self._key_problem = key_problem
        self.list = QListWidget()
        self.list.setAccessibleName("Tags")
        self.name, self.key = QLineEdit(), QKeySequenceEdit()
        self.key.setMaximumSequenceLength(1)
        self.key.setClearButtonEnabled(True)
        self.name.setPlaceholderText("Name of a new tag")
        self.colour_buttons = [_colour_button(colour) for colour in COLOURS]
        self.other_colour = QPushButton("Other…")
        self.keep_button = QPushButton("Keep")
        self.problem = QLabel()
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self._colour = COLOURS[0]
        self._lay_out()
        self.list.itemClicked.connect(self._on_clicked)
        self.keep_button.clicked.connect(lambda _checked=False: self.keep())
        self.other_colour.clicked.connect(lambda _checked=False: self._choose_other())
        for button, colour in zip(self.colour_buttons, COLOURS, strict=True):
            button.clicked.connect(lambda _checked=False, chosen=colour: self.set_colour(chosen))
        self.show_tags(tags)

    def show_tags(self, tags: Iterable[Tag]) -> None:
        """Show the tags that there are."""
        self._tags = {tag.name: tag for tag in tags}
        self.list.clear()
        for tag in self._tags.values():
            key = QKeySequence(tag.key).toString(QKeySequence.SequenceFormat.NativeText)
            item = QListWidgetItem(swatch(tag.colour), fit_to_show(tag.name, 80) + (f"      {key}" if key else ""))
            item.setData(Qt.ItemDataRole.UserRole, tag.name)
            self.list.addItem(item)
        self.set_colour(COLOURS[len(self._tags) % len(COLOURS)])
        self.name.clear()
        self.key.clear()
        self.name.setFocus()

    def set_colour(self, colour: str) -> None:
        """Take a colour for the tag that is being defined."""
        self._colour = colour
        for button, own in zip(self.colour_buttons, COLOURS, strict=True):
            button.setChecked(own == colour)
        self.other_colour.setIcon(swatch(colour))

    def keep(self) -> None:
        """Define the tag, if it will do."""
        name, key = self.name.text().strip(), self.key.keySequence().toString()
        taken = next((t.name for t in self._tags.values() if key and t.key == key and t.name != name), None)
        problem = "" if name else "A tag needs a name."
        if not problem and taken is not None:
            problem = f"{key} is the key of the tag “{taken}”."
        if not problem and key:
            problem = self._key_problem(key)
        self.problem.setStyleSheet(f"color: {colours_of(self.palette()).failure}")
        self.problem.setText(fit_to_show(problem, 300))
        if not problem:
            self.defined.emit(name, self._colour, key)

    def _on_clicked(self, item: QListWidgetItem) -> None:
        tag = self._tags[item.data(Qt.ItemDataRole.UserRole)]
        self.name.setText(tag.name)
        self.set_colour(tag.colour)
        self.key.setKeySequence(QKeySequence(tag.key))
        self.problem.clear()

    def _choose_other(self) -> None:
        chosen = QColorDialog.getColor(QColor(self._colour), self, "Colour of the tag")
        if chosen.isValid():
            self.set_colour(chosen.name())

    def _lay_out(self) -> None:
        colours = QHBoxLayout()
        colours.setSpacing(2)
        for button in self.colour_buttons:
            colours.addWidget(button)
        colours.addWidget(self.other_colour)
        colours.addStretch(1)
        row = QHBoxLayout()
        row.addWidget(self.name, 2)
        row.addWidget(QLabel("Key"))
        row.addWidget(self.key, 1)
        row.addWidget(self.keep_button)
        hint = QLabel("The key puts the tag on the selected events, or takes it off. A click on a tag changes it.")
        hint.setWordWrap(True)
        hint.setEnabled(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        self.keep_button.setDefault(True)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setSpacing(GAP_PX)
        layout.addWidget(self.list, 1)
        layout.addLayout(row)
        layout.addLayout(colours)
        layout.addWidget(self.problem)
        layout.addWidget(hint)
        layout.addWidget(buttons)


def _colour_button(colour: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(swatch(colour, 16))
    button.setCheckable(True)
    button.setAutoRaise(True)
    button.setToolTip(colour)
    button.setAccessibleName(f"Colour {colour}")
    return button
