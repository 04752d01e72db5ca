"""Shows the bytes that stand where a record could not be read."""

from __future__ import annotations

from concurrent.futures import Executor

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from auditviewer.core.account import Reject, Source
from auditviewer.core.display import fit_to_show
from auditviewer.core.source_bytes import format_escaped, format_hex, read_bytes
from auditviewer.gui.jobs import JobRunner
from auditviewer.gui.look import value_font
from auditviewer.gui.messages import sentence_for

SHOWN_BYTES = 4096


class RecordDialog(QDialog):
    """The first bytes from a reject's place on, as escaped text or hexadecimal."""

    def __init__(
        self, source: Source, reject: Reject, parent: QWidget | None = None, executor: Executor | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Record {reject.record:,} of {fit_to_show(source.name, 120)}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._offset = reject.offset
        self._bytes = b""
        self.facts = QLabel(
            f"{fit_to_show(reject.message)}\n"
            f"Line {reject.line:,}, offset {reject.offset:,} in the {source.offset_unit}; at most "
            f"{SHOWN_BYTES:,} bytes from there."
        )
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setWordWrap(True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(value_font())
        self.as_hex = QCheckBox("Hexadecimal")
        self.as_hex.toggled.connect(lambda _checked: self._show())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self.facts, self.text, self.as_hex, buttons):
            layout.addWidget(widget)
        self.resize(760, 460)
        self._job = JobRunner(self, executor)
        self._job.failed.connect(lambda error: self.text.setPlainText(sentence_for(error)))
        self._job.start(lambda progress: read_bytes(source, reject.offset, SHOWN_BYTES, progress), self._on_read)

    def _on_read(self, data: bytes) -> None:
        self._bytes = data
        self._show()

    def _show(self) -> None:
        shown = format_hex(self._bytes, self._offset) if self.as_hex.isChecked() else format_escaped(self._bytes)
        self.text.setPlainText(shown)
