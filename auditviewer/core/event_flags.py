"""What may be unusual about an event among the others of a log."""

from __future__ import annotations

from enum import IntFlag


class EventFlag(IntFlag):
    """What is unusual about an event among the others of the log."""

    REPEATED = 1  # the same record stands more than once within one source
    CONFLICTING = 2  # another event has the same Id and different content
    DUPLICATED = 4  # stood in more than one source; shown once
