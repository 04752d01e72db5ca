"""The active filters as chips: each says itself in words and can be removed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from auditviewer.core.display import fit_to_show
from auditviewer.core.query import EVERYTHING, Predicate
from auditviewer.gui.icons import icon
from auditviewer.gui.look import colours_of
from auditviewer.gui.messages import plain_tip
from auditviewer.gui.session import Session
from auditviewer.gui.widgets.flow_layout import FlowLayout

SHOWN_CHARACTERS = 60


class ChipBar(QWidget):
    """A chip for each predicate of the session's query; hidden when there is none."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.chips: list[Chip] = []
        self._flow = FlowLayout(self)
        self.clear_button = QToolButton()
        self.clear_button.setText("Clear all")
        self.clear_button.setAutoRaise(True)
        self.clear_button.setToolTip("Show every event")
        self.clear_button.clicked.connect(self._on_clear)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)
        self.setSizePolicy(policy)
        session.query_changed.connect(self._show)
        self._show()

    def refresh_look(self) -> None:
        """Take the colours of the theme."""
        self._show()

    def _show(self) -> None:
        while self._flow.count():
            self._flow.takeAt(0)
        for chip in self.chips:
            chip.hide()
            chip.deleteLater()
        self.chips = [Chip(p, self) for p in self._session.query.predicates]
        for chip in self.chips:
            chip.remove_requested.connect(self._on_remove)
            self._flow.addWidget(chip)
            chip.show()
        self._flow.addWidget(self.clear_button)
        self.clear_button.setVisible(len(self.chips) > 1)
        self.setVisible(bool(self.chips))
        self.updateGeometry()

    def _on_remove(self, predicate: Predicate) -> None:
        self._session.apply_query(self._session.query.without(predicate))

    def _on_clear(self) -> None:
        self._session.apply_query(EVERYTHING.with_order(self._session.query.order))


class Chip(QFrame):
    """One active filter."""

    remove_requested = Signal(object)

    def __init__(self, predicate: Predicate, parent: QWidget) -> None:
        super().__init__(parent)
        self.predicate = predicate
        words = predicate.describe()
        self.setObjectName("chip")
        colours = colours_of(self.palette())
        self.setStyleSheet(
            f"QFrame#chip {{ background: {colours.selection}; border: 1px solid {colours.accent};"
            " border-radius: 10px; }"
        )
        label = QLabel(fit_to_show(words, SHOWN_CHARACTERS))
        label.setTextFormat(Qt.TextFormat.PlainText)
        self.setToolTip(plain_tip(words))
        self.close_button = QToolButton()
        self.close_button.setIcon(icon("close"))
        self.close_button.setIconSize(QSize(12, 12))
        self.close_button.setAutoRaise(True)
        self.close_button.setAccessibleName(f"Remove the filter {fit_to_show(words, SHOWN_CHARACTERS)}")
        self.close_button.clicked.connect(lambda: self.remove_requested.emit(self.predicate))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(9, 1, 3, 1)
        layout.setSpacing(2)
        layout.addWidget(label)
        layout.addWidget(self.close_button)
