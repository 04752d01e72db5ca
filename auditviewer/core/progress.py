"""Saying how far work is, and being told to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from auditviewer.core.errors import Cancelled


@dataclass(frozen=True)
class Step:
    """How far a piece of work is: ``done`` of ``total`` units, ``total`` 0 when unknown."""

    what: str
    done: int
    total: int
    unit: str = "bytes"


class Progress:
    """Takes reports of how far work is and says when to stop.

    Parameters
    ----------
    on_step
        Called with each report, on the thread that works.
    is_cancelled
        Asked at each report; work stops with `Cancelled` when it answers true.
    """

    def __init__(
        self,
        on_step: Callable[[Step], None] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._on_step = on_step
        self._is_cancelled = is_cancelled

    def report(self, what: str, done: int, total: int, unit: str = "bytes") -> None:
        """Say how far the work is; raises `Cancelled` when the user asked to stop."""
        self.check()
        if self._on_step is not None:
            self._on_step(Step(what, done, total, unit))

    def with_stop(self, is_cancelled: Callable[[], bool]) -> Progress:
        """Return the same reports with another say in when to stop."""
        return Progress(self._on_step, is_cancelled)

    def check(self) -> None:
        """Raise `Cancelled` when the user asked to stop."""
        if self._is_cancelled is not None and self._is_cancelled():
            raise Cancelled


SILENT = Progress()
