"""The command palette: every command by its words."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from auditviewer.gui.actions import Actions
from auditviewer.gui.dialogs.picker import Choice, Picker


class CommandPalette(Picker):
    """Lists the commands that make sense now and carries out the one chosen."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        choices = [
            Choice(
                spec.id,
                spec.words,
                QKeySequence(spec.keys).toString(QKeySequence.SequenceFormat.NativeText),
                f"{spec.tip} {spec.menu.value.replace('&', '')}",
                actions[spec.id].icon(),
            )
            for spec in actions.specs
            if spec.id != "command_palette" and actions[spec.id].isEnabled()
        ]
        super().__init__(choices, "Type the name of a command", parent)
        self.setWindowTitle("Commands")
        self.chosen.connect(actions.run)
