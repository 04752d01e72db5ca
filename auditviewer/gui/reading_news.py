"""What the banners say about reading: that it goes on, how it ended, and what is wrong with what was read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from auditviewer.core.account import Source
from auditviewer.core.display import fit_to_show
from auditviewer.gui.banner import Banner, Tone
from auditviewer.gui.messages import sentence_for
from auditviewer.gui.session import Session
from auditviewer.gui.workspace import words_of_preview

if TYPE_CHECKING:
    from auditviewer.gui.start_page import StartPage


class ReadingNews(QObject):
    """Says it above the log or, where there is none, above the start page.

    Parameters
    ----------
    banner
        The one above the log.
    start_page
        Returns the start page, which may not be built before it is needed.
    """

    opened = Signal()
    """A log is open that can be opened again."""

    def __init__(self, session: Session, banner: Banner, start_page: Callable[[], StartPage]) -> None:
        super().__init__(session)
        self._session, self._banner, self._start_page = session, banner, start_page
        session.table_changed.connect(self._say_how_far)
        session.is_reading_changed.connect(lambda _is_reading: self._say_how_far())
        session.reading_finished.connect(self._on_finished)
        session.reading_failed.connect(lambda error: self.say_failed(error))
        session.sources_changed.connect(self._on_sources_changed)
        for failed in (session.query_failed, session.review.failed):
            failed.connect(lambda error: self.say_failed(error, Tone.WARNING))

    def say_failed(self, error: object, tone: Tone = Tone.FAILURE) -> None:
        """Say why something failed, where the log is, or where it would be."""
        banner = self._banner if not self._session.is_empty else self._start_page().banner
        banner.say(sentence_for(error), tone)

    def _say_how_far(self) -> None:
        session = self._session
        if session.is_reading and session.table.is_preview:
            self._banner.say(words_of_preview(len(session.table)))
        elif not session.is_reading and self._banner.tone is Tone.NOTE:
            self._banner.hide()

    def _on_finished(self) -> None:
        self.opened.emit()
        rejected = len(self._session.table.rejects)
        if rejected:
            records = "record" if rejected == 1 else "records"
            words = f"{rejected:,} {records} could not be read. Sources says which, where and why."
            self._banner.say(words, Tone.WARNING, "Show sources")

    def _on_sources_changed(self, changed: Sequence[Source]) -> None:
        names = ", ".join(Path(source.path).name for source in changed)
        words = f"{names} no longer has the bytes that were read. Close the log and open it again."
        self._banner.say(fit_to_show(words), Tone.FAILURE)
