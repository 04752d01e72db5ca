"""The record's own bytes in its source: where they stand, and what they are."""

from __future__ import annotations

from concurrent.futures import Executor

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from auditviewer.core.display import fit_to_show
from auditviewer.core.source_bytes import SHOWN_LIMIT, format_escaped, format_hex, read_record
from auditviewer.core.table import Place
from auditviewer.gui.inspector.text_view import TextView
from auditviewer.gui.jobs import JobRunner, sentence_of

AS_TEXT, AS_ESCAPED, AS_HEX = "Text", "Escaped", "Hexadecimal"


class RecordView(QWidget):
    """Shows every place an event stood in and the bytes that stand there, read when they are looked at."""

    copied = Signal(str)

    def __init__(self, parent: QWidget | None = None, executor: Executor | None = None) -> None:
        super().__init__(parent)
        self._places: tuple[Place, ...] = ()
        self._bytes: bytes | None = None
        self._is_stale = False
        self._job = JobRunner(self, executor)
        self._job.failed.connect(self._on_failed)
        self.places = QComboBox()
        self.places.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.places.currentIndexChanged.connect(lambda _: self._want())
        self.facts = QLabel()
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.facts.setWordWrap(True)
        self.facts.setMinimumWidth(1)  # a digest is one long word; the pane may be narrower
        self.form = QComboBox()
        self.form.addItems([AS_TEXT, AS_ESCAPED, AS_HEX])
        self.form.currentIndexChanged.connect(lambda _: self._show_bytes())
        self.copy_button = QPushButton("Copy place")
        self.copy_button.clicked.connect(lambda: self.copy_place())
        self.text = TextView()
        line = QHBoxLayout()
        line.addWidget(self.places, 1)
        line.addWidget(self.form)
        line.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.addLayout(line)
        layout.addWidget(self.facts)
        layout.addWidget(self.text, 1)

    def set_places(self, places: tuple[Place, ...]) -> None:
        """Show the places of another event; bytes are read once the view is visible."""
        self._places = places
        self.places.blockSignals(True)
        self.places.clear()
        for number, place in enumerate(places, 1):
            self.places.addItem(f"Place {number} of {len(places)}: {fit_to_show(place.source.name, 160)}")
        self.places.blockSignals(False)
        self._want()

    def copy_place(self) -> None:
        """Copy file, record, line, offset and length as text."""
        place = self._place()
        if place is not None:
            QGuiApplication.clipboard().setText(describe_place(place))
            self.copied.emit("Copied the place of the record.")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._read()

    def _place(self) -> Place | None:
        index = self.places.currentIndex()
        return self._places[index] if 0 <= index < len(self._places) else None

    def _want(self) -> None:
        place = self._place()
        self._job.cancel()
        self._bytes, self._is_stale = None, place is not None
        self.facts.setText(fit_lines(describe_place(place)) if place is not None else "")
        self.text.set_text("")
        self.copy_button.setEnabled(place is not None)
        if self.isVisible() and place is not None:
            self._read()

    def _read(self) -> None:
        place, self._is_stale = self._place(), False
        if place is not None:
            self._job.start(lambda progress: read_record(place, progress=progress), self._on_read)

    def _on_read(self, data: bytes) -> None:
        self._bytes = data
        self._show_bytes()

    def _on_failed(self, error: Exception) -> None:
        self._is_stale = True
        self._say(sentence_of(error))

    def _show_bytes(self) -> None:
        place = self._place()
        if self._bytes is None or place is None:
            return
        form, remark = self.form.currentText(), ""
        text = decode_strictly(self._bytes, place.source.encoding) if form == AS_TEXT else None
        if form == AS_TEXT and text is None:
            remark = f"These bytes are not {place.source.encoding}; what is not ASCII is shown as \\xNN."
        if text is None:
            is_hex = form == AS_HEX
            text = format_hex(self._bytes, place.offset) if is_hex else format_escaped(self._bytes)
        if len(self._bytes) < place.length:
            remark = f"The first {SHOWN_LIMIT:,} of {place.length:,} bytes. {remark}"
        self.text.set_text(text)
        self._say(remark)

    def _say(self, remark: str) -> None:
        place = self._place()
        facts = fit_lines(describe_place(place)) if place is not None else ""
        self.facts.setText(f"{facts}\n{fit_to_show(remark)}" if remark else facts)


def describe_place(place: Place) -> str:
    """Return where a record stands, in three lines."""
    source = place.source
    where = (
        f"Record {place.record:,}, line {place.line:,}; {place.length:,} bytes from offset {place.offset:,} "
        f"(in {source.offset_unit})"
    )
    return f"{source.name}\n{where}\nSHA-256 of the file {source.sha256}"


def decode_strictly(data: bytes, encoding: str) -> str | None:
    """Return the bytes as text, None when they are not of the encoding."""
    try:
        return data.decode(encoding.removesuffix(" with BOM"))
    except (UnicodeDecodeError, LookupError):
        return None


def fit_lines(text: str) -> str:
    """Return the text fit to be shown, its lines kept."""
    return "\n".join(fit_to_show(line) for line in text.split("\n"))
