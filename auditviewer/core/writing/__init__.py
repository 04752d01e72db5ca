"""Events to files: one table of formats, one door through which every file is written."""

from auditviewer.core.writing.formats import FORMATS, FormatSpec, digest_events, format_for, write_events
from auditviewer.core.writing.report import WriteChoices, WriteReport

__all__ = ["FORMATS", "FormatSpec", "WriteChoices", "WriteReport", "digest_events", "format_for", "write_events"]
