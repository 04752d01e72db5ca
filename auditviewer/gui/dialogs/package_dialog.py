"""An evidence package: what goes into it, who signs it, and its seal when it is written."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from auditviewer.core.display import fit_to_show
from auditviewer.core.evidence.keys import is_protected
from auditviewer.core.evidence.package import PackageReport
from auditviewer.core.progress import Progress, Step
from auditviewer.gui.jobs import JobRunner
from auditviewer.gui.look import colours_of, value_font
from auditviewer.gui.messages import sentence_for

SHOW, WITHHOLD, PSEUDONYM = "Show", "Withhold", "Pseudonym"


@dataclass(frozen=True)
class PackageWish:
    """What is to be written, and how."""

    path: Path
    has_sources: bool
    is_disclosure: bool
    withheld: frozenset[str]
    pseudonyms: frozenset[str]
    key_path: Path | None
    passphrase: str | None


class PackageDialog(QDialog):
    """Asks, has the package written off the window's thread, and shows the seal.

    Parameters
    ----------
    write
        Writes the package; called off the window's thread.
    key_path
        Where the user's key is, or would be.
    """

    written = Signal(object)
    """The `PackageReport` of a package."""

    def __init__(
        self,
        words: str,
        columns: tuple[str, ...],
        key_path: Path,
        write: Callable[[PackageWish, Progress], PackageReport],
        parent: QWidget | None = None,
        executor: Executor | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Evidence package")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(640)
        self._columns, self._key_path, self._write = columns, key_path, write
        self._writing = JobRunner(self, executor)
        self.events = _label(fit_to_show(words, 400))
        self.path = QLineEdit()
        self.path.setPlaceholderText("evidence.zip, or a name without .zip for a folder")
        self.browse = QPushButton("Browse…")
        self.whole = QRadioButton("Events as CSV and JSON Lines, the report, the case and its journal")
        self.disclosed = QRadioButton("Only these records, with proofs that they stood in their source")
        self._group = QButtonGroup(self)
        for button in (self.whole, self.disclosed):
            self._group.addButton(button)
        self.whole.setChecked(True)
        self.has_sources = QCheckBox("Put the source files in, so that the filter can be run again")
        self.has_sources.setChecked(True)
        self.columns = _column_table(columns)
        self.signs = QCheckBox("Sign it with my key")
        self.key_words = _label("")
        self.passphrase, self.again = QLineEdit(), QLineEdit()
        for line in (self.passphrase, self.again):
            line.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setPlaceholderText("Passphrase of the key")
        self.again.setPlaceholderText("The same once more")
        self.outcome = _label("")
        self.seal, self.fingerprint = CopyLine("Seal"), CopyLine("Key")
        self.bar = QProgressBar()
        self.bar.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.write_button = self.buttons.addButton("Write", QDialogButtonBox.ButtonRole.ActionRole)
        self.stop_button = self.buttons.addButton("Stop", QDialogButtonBox.ButtonRole.ActionRole)
        self.stop_button.hide()
        self._lay_out()
        self._connect()
        self.signs.setChecked(key_path.exists())
        self._show_choices()

    def wish(self) -> PackageWish:
        """Return what is chosen."""
        chosen = {name: self._choice(row) for row, name in enumerate(self._columns)}
        path = Path(self.path.text().strip() or "evidence.zip").expanduser()
        return PackageWish(
            path, self.has_sources.isChecked(), self.disclosed.isChecked(),
            frozenset(name for name, choice in chosen.items() if choice == WITHHOLD),
            frozenset(name for name, choice in chosen.items() if choice == PSEUDONYM),
            self._key_path if self.signs.isChecked() else None, self.passphrase.text() or None,
        )  # fmt: skip

    def write(self) -> None:
        """Write the package."""
        if not self.path.text().strip():
            self._say("No file is named. Type a path, or browse for one.", is_failure=True)
            return
        is_new_key = self.signs.isChecked() and not self._key_path.exists()
        if is_new_key and self.passphrase.text() != self.again.text():
            self._say("The two passphrases differ. Type the same twice.", is_failure=True)
            return
        wish = self.wish()
        self._say("", is_failure=False)
        self._writing.start(lambda progress: self._write(wish, progress))

    def _on_written(self, report: PackageReport) -> None:
        self._say(
            f"{report.events:,} events, {report.files:,} files in {fit_to_show(report.path.name, 200)}. Keep the seal "
            f"apart from the package: it also stands in {fit_to_show(report.seal_path.name, 200)} beside it. "
            + " ".join(report.notes),
            is_failure=False,
        )
        self.seal.show_digits(report.seal)
        self.fingerprint.show_digits(report.fingerprint or "")
        self.written.emit(report)
        self._show_choices()

    def _show_choices(self) -> None:
        is_whole, has_key = self.whole.isChecked(), self._key_path.exists()
        self.has_sources.setVisible(is_whole)
        self.columns.setVisible(not is_whole)
        signs = self.signs.isChecked()
        self.passphrase.setVisible(signs and (not has_key or is_protected(self._key_path)))
        self.again.setVisible(signs and not has_key)
        self.key_words.setVisible(signs)
        words = f"A key is made and kept in {self._key_path}. Choose a passphrase; without it the key cannot be used."
        self.key_words.setText(fit_to_show(str(self._key_path) if has_key else words, 400))
        self.adjustSize()

    def _choice(self, row: int) -> str:
        box = self.columns.cellWidget(row, 1)
        return box.currentText() if isinstance(box, QComboBox) else SHOW

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("Events", self.events)
        target = QHBoxLayout()
        target.addWidget(self.path, 1)
        target.addWidget(self.browse)
        form.addRow("Package", target)
        form.addRow("Holds", self.whole)
        form.addRow("", self.disclosed)
        form.addRow("", self.has_sources)
        form.addRow("", self.columns)
        form.addRow("Signature", self.signs)
        form.addRow("", self.key_words)
        form.addRow("", self.passphrase)
        form.addRow("", self.again)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.bar)
        layout.addWidget(self.outcome)
        layout.addWidget(self.seal)
        layout.addWidget(self.fingerprint)
        layout.addWidget(self.buttons)
        for button in (self.browse, self.buttons.button(QDialogButtonBox.StandardButton.Close)):
            button.setAutoDefault(False)

    def _connect(self) -> None:
        self.buttons.rejected.connect(self.close)
        self.write_button.clicked.connect(lambda _checked=False: self.write())
        self.stop_button.clicked.connect(lambda _checked=False: self._writing.cancel())
        self.browse.clicked.connect(lambda _checked=False: self._browse())
        self._group.buttonToggled.connect(lambda *_: self._show_choices())
        self.signs.toggled.connect(lambda _is_on: self._show_choices())
        self._writing.progressed.connect(self._on_progressed)
        self._writing.finished.connect(self._on_written)
        self._writing.failed.connect(lambda error: self._say(sentence_for(error), is_failure=True))
        self._writing.cancelled.connect(lambda: self._say("Stopped; nothing was written.", is_failure=False))
        self._writing.busy_changed.connect(self._on_busy)

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Evidence package", self.path.text() or "evidence.zip", "*.zip")
        if name:
            self.path.setText(name)

    def _on_busy(self, is_busy: bool) -> None:
        self.write_button.setEnabled(not is_busy)
        self.stop_button.setVisible(is_busy)
        self.bar.setVisible(is_busy)
        self.bar.setRange(0, 0)

    def _on_progressed(self, step: Step) -> None:
        self.bar.setRange(0, 1000 if step.total else 0)
        if step.total:
            self.bar.setValue(min(step.done * 1000 // step.total, 1000))

    def _say(self, text: str, is_failure: bool) -> None:
        self.outcome.setStyleSheet(f"color: {colours_of(self.palette()).failure}" if is_failure else "")
        self.outcome.setText(text)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._writing.cancel()
        super().closeEvent(event)


class CopyLine(QWidget):
    """Hexadecimal digits in groups, to be read out, with a button that copies them."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._digits = ""
        self.words = _label("")
        self.words.setFont(value_font())
        self.copy_button = QPushButton("Copy")
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(lambda _checked=False: self.copy())
        title = QLabel(name)
        title.setFixedWidth(40)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(title, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_digits(self, digits: str) -> None:
        """Show digits; nothing hides the line."""
        self._digits = digits
        self.words.setText(in_groups(digits))
        self.setVisible(bool(digits))

    def copy(self) -> None:
        """Copy the digits as they were given."""
        QGuiApplication.clipboard().setText(self._digits)


def in_groups(digits: str) -> str:
    """Return hexadecimal digits in groups of four, eight a line."""
    plain = "".join(digit for digit in digits if digit.isalnum())
    groups = [plain[i : i + 4] for i in range(0, len(plain), 4)]
    return "\n".join(" ".join(groups[i : i + 8]) for i in range(0, len(groups), 8))


def _column_table(columns: tuple[str, ...]) -> QTableWidget:
    table = QTableWidget(len(columns), 2)
    table.setHorizontalHeaderLabels(["Column", "In the package"])
    table.verticalHeader().hide()
    table.horizontalHeader().setStretchLastSection(True)
    table.setColumnWidth(0, 260)
    table.setFixedHeight(200)
    for row, column in enumerate(columns):
        name = QTableWidgetItem(fit_to_show(column, 200))
        name.setFlags(Qt.ItemFlag.ItemIsEnabled)
        table.setItem(row, 0, name)
        box = QComboBox()
        box.addItems([SHOW, WITHHOLD, PSEUDONYM])
        box.setAccessibleName(f"{column} in the package")
        table.setCellWidget(row, 1, box)
    return table


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
