"""Failures that a user can act on: one sentence, one hint, one exit code."""

from __future__ import annotations


class AuditViewerError(Exception):
    """A failure that a user can do something about.

    Parameters
    ----------
    sentence
        One clear sentence: what failed, and where.
    hint
        What the user can do about it; the class's own hint when omitted.
    """

    hint: str = ""
    exit_code: int = 3

    def __init__(self, sentence: str, hint: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if hint is not None:
            self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.sentence, self.hint)


class UnreadableExportError(AuditViewerError):
    """The file is not an audit export, cannot be opened, or is damaged past reading."""

    hint = "Open the file as the audit log page gave it to you, unchanged."
    exit_code = 3


class DamagedCacheError(AuditViewerError):
    """What was kept of an export is not what was written."""

    hint = "Open the export again: it is read anew."


class NotAnExportError(UnreadableExportError):
    """The file is something else than an audit export, and sound for all we know."""


class WrongUsageError(AuditViewerError):
    """An option or a typed value cannot be understood."""

    exit_code = 2


class NotWrittenError(AuditViewerError):
    """A file could not be written; what stood there before is intact."""

    hint = "Choose another place, or make room, and try again."
    exit_code = 3


class Cancelled(Exception):
    """The user asked for the work to stop."""
