"""What the window shows when nothing is open: what to do, a place to drop files on, recent logs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from auditviewer.core.display import fit_to_show
from auditviewer.gui.banner import Banner
from auditviewer.gui.icons import icon, pixmap
from auditviewer.gui.look import GAP_PX, colours_of
from auditviewer.gui.messages import plain_tip

SHOWN_RECENT = 6
WIDTH_PX = 560
_INSET_PX = 40


class StartPage(QWidget):
    """The empty state of the window."""

    open_requested = Signal()
    folder_requested = Signal()
    sample_requested = Signal()
    recent_requested = Signal(object)
    """The paths of a recent log, a list of strings."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = Banner()
        self.drop_area = DropArea()
        self.open_button = QPushButton("Open exports…")
        self.open_button.setDefault(True)
        self.folder_button = QPushButton("Open folder…")
        self.sample_button = QPushButton("Open the sample")
        self.open_button.clicked.connect(lambda: self.open_requested.emit())
        self.folder_button.clicked.connect(lambda: self.folder_requested.emit())
        self.sample_button.clicked.connect(lambda: self.sample_requested.emit())
        self.recent_title = _label("Recent", is_bold=True)
        self.recent = QVBoxLayout()
        self.recent.setSpacing(0)
        self.recent_buttons: list[QPushButton] = []
        self._lay_out()
        self.set_recent([])

    def set_recent(self, logs: Sequence[Sequence[str]]) -> None:
        """Show the logs that were opened last."""
        for button in self.recent_buttons:
            self.recent.removeWidget(button)
            button.deleteLater()
        self.recent_buttons = []
        for paths in list(logs)[:SHOWN_RECENT]:
            button = QPushButton(describe_log(paths).replace("&", "&&"))
            button.setFlat(True)
            button.setIcon(icon("file", colours_of(self.palette()).dim))
            button.setStyleSheet("text-align: left; padding: 5px 6px;")
            button.setToolTip(plain_tip("\n".join(paths)))
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _checked=False, chosen=list(paths): self.recent_requested.emit(chosen))
            self.recent.addWidget(button)
            self.recent_buttons.append(button)
        self.recent_title.setVisible(bool(self.recent_buttons))

    def refresh_look(self) -> None:
        """Take the colours of the theme."""
        for button, name in (
            (self.open_button, "open"), (self.folder_button, "folder"), (self.sample_button, "sample"),
        ):  # fmt: skip
            button.setIcon(icon(name))
        for button in self.recent_buttons:
            button.setIcon(icon("file", colours_of(self.palette()).dim))
        self.drop_area.refresh_look()
        self.banner.refresh_look()

    def _lay_out(self) -> None:
        column = QWidget()
        column.setFixedWidth(WIDTH_PX)
        inside = QVBoxLayout(column)
        inside.setSpacing(GAP_PX)
        inside.addWidget(self.drop_area)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_PX)
        for button in (self.open_button, self.folder_button, self.sample_button):
            buttons.addWidget(button)
        inside.addLayout(buttons)
        inside.addSpacing(2 * GAP_PX)
        inside.addWidget(self.recent_title)
        inside.addLayout(self.recent)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(self.banner)
        outside.addStretch(2)
        outside.addWidget(column, 0, Qt.AlignmentFlag.AlignHCenter)
        outside.addStretch(3)


class DropArea(QFrame):
    """Says what to do, in a dashed frame that files can be dropped on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_hot = False
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title = _label("Drop audit exports here", is_bold=True, size=4)
        words = _label(
            "CSV, JSON or JSON Lines, also compressed or in a zip, one or many or a whole folder: they open as one "
            "log. Nothing is changed, and nothing leaves this computer."
        )
        words.setWordWrap(True)
        # The column is centred, so that no layout asks how high wrapped words are.
        words.setMinimumHeight(words.heightForWidth(WIDTH_PX - 2 * _INSET_PX - 40))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_INSET_PX, 32, _INSET_PX, 32)
        layout.setSpacing(GAP_PX)
        for widget in (self.picture, title, words):
            if isinstance(widget, QLabel):
                widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(widget)

    def set_hot(self, is_hot: bool) -> None:
        """Show that what is held over the window can be dropped."""
        self._is_hot = is_hot
        self.update()

    def refresh_look(self) -> None:
        """Take the colours of the theme."""
        self.picture.setPixmap(pixmap("drop", colours_of(self.palette()).accent, 40, self.devicePixelRatioF()))

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = colours_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(colours.accent if self._is_hot else colours.dim), 2 if self._is_hot else 1.2)
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(colours.selection) if self._is_hot else self.palette().base())
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 10, 10)


def describe_log(paths: Sequence[str]) -> str:
    """Return a log's files in a few words: the first file's name and folder, and how many more."""
    first = Path(paths[0])
    others = f" and {len(paths) - 1:,} more" if len(paths) > 1 else ""
    return fit_to_show(f"{first.name}{others}   —   {first.parent}", 90)


def _label(text: str, is_bold: bool = False, size: int = 0) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    font = label.font()
    font.setBold(is_bold)
    font.setPointSize(font.pointSize() + size)
    label.setFont(font)
    return label
