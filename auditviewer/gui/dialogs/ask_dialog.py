"""A dialog of a few fields: says at once what is lacking, and hands over what was filled in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from auditviewer.core.errors import AuditViewerError
from auditviewer.gui.look import colours_of
from auditviewer.gui.messages import sentence_for

WIDTH_PX = 480


@dataclass(frozen=True)
class Ask:
    """One field: key, words, kind (line, text, long, choice, editable, check, secret, save) and its first text."""

    key: str
    label: str
    kind: str = "line"
    value: str = ""
    choices: tuple[str, ...] = ()
    is_needed: bool = False
    tip: str = ""


class AskDialog(QDialog):
    """Asks; ``check`` raises an `AuditViewerError` for what cannot be, which is shown in place of closing."""

    answered = Signal(object)
    """A dict of the fields' texts by key; a check is "yes" or ""."""

    def __init__(
        self,
        title: str,
        fields: Sequence[Ask],
        ok: str,
        parent: QWidget | None = None,
        check: Callable[[dict[str, str]], object] | None = None,
        words: str = "",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(WIDTH_PX)
        self._fields, self._check = tuple(fields), check
        self.widgets: dict[str, QWidget] = {}
        form = QFormLayout(self)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        if words:
            form.addRow(_label(words))
        for field in self._fields:
            widget = self.widgets[field.key] = _widget_of(field)
            widget.setToolTip(field.tip)
            widget.setAccessibleName(field.label)
            shown = self._with_browse(widget, field) if field.kind == "save" else widget
            form.addRow("" if field.kind == "check" else field.label, shown)
        self.problem = _label("")
        self.problem.hide()
        form.addRow(self.problem)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(ok)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form.addRow(self.buttons)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):  # in a text of several lines, Enter starts a line
            QShortcut(QKeySequence(keys), self).activated.connect(self.accept)
        first = next(iter(self.widgets.values()), None)
        if first is not None:
            first.setFocus()

    def values(self) -> dict[str, str]:
        """Return what is filled in."""
        return {key: _text_of(widget) for key, widget in self.widgets.items()}

    def accept(self) -> None:
        """Announce what was filled in, if it will do."""
        values = self.values()
        lacking = [field.label for field in self._fields if field.is_needed and not values[field.key].strip()]
        try:
            if lacking:
                raise AuditViewerError(f"“{lacking[0]}” is empty.", "Fill it in.")
            if self._check is not None:
                self._check(values)
        except AuditViewerError as error:
            self.problem.setStyleSheet(f"color: {colours_of(self.palette()).failure}")
            self.problem.setText(sentence_for(error))
            self.problem.show()
            return
        super().accept()
        self.answered.emit(values)

    def _with_browse(self, line: QWidget, field: Ask) -> QWidget:
        def browse() -> None:
            name, _ = QFileDialog.getSaveFileName(self, field.label, _text_of(line))
            if name and isinstance(line, QLineEdit):
                line.setText(name)

        button = QPushButton("Browse…")
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked=False: browse())
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(line, 1)
        layout.addWidget(button)
        return row


def _widget_of(field: Ask) -> QWidget:
    if field.kind in ("text", "long"):
        box = QPlainTextEdit(field.value)
        box.setTabChangesFocus(True)
        if field.kind == "long":
            box.setMinimumSize(420, 200)
        else:
            box.setFixedHeight(90)
        return box
    if field.kind in ("choice", "editable"):
        combo = QComboBox()
        combo.setEditable(field.kind == "editable")
        combo.addItems(list(field.choices))
        combo.setCurrentText(field.value)
        return combo
    if field.kind == "check":
        check = QCheckBox(field.label)
        check.setChecked(field.value == "yes")
        return check
    line = QLineEdit(field.value)
    if field.kind == "secret":
        line.setEchoMode(QLineEdit.EchoMode.Password)
    return line


def _text_of(widget: QWidget) -> str:
    if isinstance(widget, QPlainTextEdit):
        return widget.toPlainText()
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QCheckBox):
        return "yes" if widget.isChecked() else ""
    return widget.text() if isinstance(widget, QLineEdit) else ""


def _label(words: str) -> QLabel:
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return label
