"""Time zones: UTC, the system's own, or any of the IANA names."""

from __future__ import annotations

import datetime as dt

LOCAL = "local"
_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"})


def zone_of(name: str) -> dt.tzinfo:
    """Return the zone of a name, `LOCAL` for the system's; UTC when there is no such zone on this system."""
    name = system_zone_name() if name == LOCAL else name
    if name in _UTC_NAMES:
        return dt.UTC
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return dt.UTC


def zone_name(zone: dt.tzinfo) -> str:
    """Return the name of a zone, UTC as such."""
    return "UTC" if zone is dt.UTC else getattr(zone, "key", None) or zone.tzname(None) or "local time"


def system_zone_name() -> str:
    """Return the IANA name of the system's zone, with its summer times, not the offset of now."""
    from PySide6.QtCore import QTimeZone

    return bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii", "replace") or "UTC"


def all_zone_names() -> list[str]:
    """Return every zone of this system by name, UTC first."""
    import zoneinfo

    others = sorted(zoneinfo.available_timezones() - _UTC_NAMES - {"localtime", "Factory"})
    return ["UTC", *others]
