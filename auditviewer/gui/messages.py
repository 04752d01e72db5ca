"""What is said to the user: sentences for failures, and the only place that opens message boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from auditviewer import __version__
from auditviewer.core.display import fit_to_show
from auditviewer.gui.jobs import sentence_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

TIP_LIMIT = 4000


def sentence_for(error: object) -> str:
    """Return one sentence for a failure, fit to be shown."""
    return fit_to_show(sentence_of(error), TIP_LIMIT)


def plain_tip(text: str) -> str:
    """Return text as a tooltip that is shown letter by letter: Qt takes text that looks like markup for markup."""
    import html

    shown = "\n".join(fit_to_show(line, 400) for line in text[:TIP_LIMIT].split("\n")[:40])
    return f"<p style='white-space:pre-wrap'>{html.escape(shown)}</p>"


def show_about(parent: QWidget) -> None:
    """Say what the program is and what it runs on."""
    import platform

    from PySide6.QtCore import qVersion
    from PySide6.QtWidgets import QMessageBox

    box = QMessageBox(parent)
    box.setWindowTitle("About Audit Viewer")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"Audit Viewer {__version__}")
    box.setInformativeText(
        "Reads exported audit logs, offline, and turns them into answers and evidence. "
        "It never changes a file that it opens and never connects to anything.\n\n"
        f"Python {platform.python_version()}, Qt {qVersion()}. MIT licence."
    )
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def show_problem(parent: QWidget, error: object) -> None:
    """Say in a box why something failed that the user asked for in a dialog."""
    from PySide6.QtWidgets import QMessageBox

    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Audit Viewer")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(sentence_for(error))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
