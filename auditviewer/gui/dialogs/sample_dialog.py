"""Drawing a sample: the population in words, the method, how many, and the seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from auditviewer.core.display import fit_to_show
from auditviewer.core.errors import AuditViewerError, WrongUsageError
from auditviewer.core.sampling import Method, sample_size
from auditviewer.gui.look import colours_of

METHODS = {
    Method.RANDOM: ("Random", "Every event has the same chance."),
    Method.SYSTEMATIC: ("Systematic", "Every k-th event in order of time, from a place that the seed names."),
    Method.STRATIFIED: ("Stratified", "Each value of a column gets its share, and at least one event."),
    Method.TARGETED: ("Targeted", "The selected events; nothing is drawn by chance."),
}


@dataclass(frozen=True)
class SampleWish:
    """What is to be drawn."""

    name: str
    method: Method
    size: int
    seed: str
    by: str | None


class SampleDialog(QDialog):
    """Asks how to draw; the population is what is shown when the dialog opens."""

    wished = Signal(object)
    """A `SampleWish`."""

    def __init__(
        self, population: int, words: str, n_selected: int, columns: Sequence[str], name: str, seed: str,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setWindowTitle("Draw sample")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(560)
        self._population, self._n_selected = population, n_selected
        self.population = _label(f"{population:,} events: {fit_to_show(words, 400)}")
        self.name, self.seed = QLineEdit(name), QLineEdit(seed)
        self.method, self.by = QComboBox(), QComboBox()
        for method, (label, _) in METHODS.items():
            self.method.addItem(label, method)
        self.by.addItems(list(columns))
        self.explanation = _label("")
        self.typed, self.computed = QRadioButton("Typed"), QRadioButton("From confidence and tolerable deviation")
        self._group = QButtonGroup(self)
        for button in (self.typed, self.computed):
            self._group.addButton(button)
        self.typed.setChecked(True)
        self.how_many = QSpinBox()
        self.how_many.setRange(1, max(population, 1))
        self.how_many.setValue(min(25, max(population, 1)))
        self.how_many.setGroupSeparatorShown(True)
        self.confidence, self.tolerable = _percent(95), _percent(5)
        self.expected = QSpinBox()
        self.expected.setRange(0, 1000)
        self.outcome = _label("")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Draw")
        self._lay_out()
        for changed in (
            self.name.textChanged, self.seed.textChanged, self.method.currentIndexChanged, self.how_many.valueChanged,
            self.confidence.valueChanged, self.tolerable.valueChanged, self.expected.valueChanged,
        ):  # fmt: skip
            changed.connect(lambda *_: self._show())
        self._group.buttonToggled.connect(lambda *_: self._show())
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._show()

    def wish(self) -> SampleWish:
        """Return what is to be drawn; raises `WrongUsageError` when it cannot be."""
        method: Method = self.method.currentData()
        if not self.name.text().strip():
            raise WrongUsageError("The sample needs a name.")
        if method is Method.TARGETED:
            if not self._n_selected:
                raise WrongUsageError("No event is selected.", "Select the events to test first.")
            return SampleWish(self.name.text().strip(), method, self._n_selected, self.seed.text(), None)
        if not self.seed.text():
            raise WrongUsageError("The seed is empty.", "Type any text; the same seed draws the same events.")
        size = self.how_many.value()
        if self.computed.isChecked():
            confidence, tolerable = self.confidence.value() / 100, self.tolerable.value() / 100
            size = sample_size(confidence, tolerable, self.expected.value(), self._population)
        by = self.by.currentText() if method is Method.STRATIFIED else None
        return SampleWish(self.name.text().strip(), method, size, self.seed.text(), by)

    def accept(self) -> None:
        """Announce the wish, if it can be."""
        try:
            wish = self.wish()
        except AuditViewerError:
            return
        super().accept()
        self.wished.emit(wish)

    def _show(self) -> None:
        method: Method = self.method.currentData()
        is_drawn = method is not Method.TARGETED
        self.explanation.setText(METHODS[method][1])
        self.by.setEnabled(method is Method.STRATIFIED)
        for widget in (self.typed, self.computed, self.seed):
            widget.setEnabled(is_drawn)
        self.how_many.setEnabled(is_drawn and self.typed.isChecked())
        for box in (self.confidence, self.tolerable, self.expected):
            box.setEnabled(is_drawn and self.computed.isChecked())
        try:
            wish = self.wish()
        except AuditViewerError as error:
            self.outcome.setStyleSheet(f"color: {colours_of(self.palette()).failure}")
            self.outcome.setText(str(error))
            self.ok.setEnabled(False)
            return
        verb = "will be drawn" if is_drawn else "are the sample"
        self.outcome.setStyleSheet("")
        self.outcome.setText(f"{wish.size:,} of {self._population:,} events {verb}.")
        self.ok.setEnabled(True)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("Population", self.population)
        form.addRow("Name", self.name)
        form.addRow("Method", self.method)
        form.addRow("", self.explanation)
        form.addRow("Strata by", self.by)
        form.addRow("Size", _row(self.typed, self.how_many))
        form.addRow("", self.computed)
        form.addRow(
            "", _row(QLabel("Confidence"), self.confidence, QLabel("Tolerable"), self.tolerable, QLabel("Expected"),
                     self.expected)
        )  # fmt: skip
        form.addRow("Seed", self.seed)
        form.addRow("", self.outcome)
        self.seed.setToolTip("Any text. The same seed draws the same events again, in this or any other program.")
        self.expected.setToolTip("How many deviations the sample may show")
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.buttons)


def _percent(value: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(0.1, 99.9)
    box.setDecimals(1)
    box.setSuffix(" %")
    box.setValue(value)
    return box


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return label
