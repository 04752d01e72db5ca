"""Cell text to value and back: instants (100 ns ticks since year 1, UTC)."""

from __future__ import annotations

import datetime as dt

NO_INSTANT = -(1 << 63)
"""The instant of a timestamp that cannot be understood."""

TICKS_PER_SECOND = 10_000_000
TICKS_PER_DAY = 86_400 * TICKS_PER_SECOND
UNIX_EPOCH_TICKS = dt.date(1970, 1, 1).toordinal() * TICKS_PER_DAY - TICKS_PER_DAY
"""1970-01-01T00:00:00Z in ticks since 0001-01-01T00:00:00Z."""
