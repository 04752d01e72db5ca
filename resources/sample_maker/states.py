"""States of the things that generated events are about: users, groups, assets, policies, tokens, restores, reports."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
State = dict[str, Any]

PEOPLE = (
    "Ada Brandt", "Bruno Castelli", "Chloé Dubois", "Daan Visser", "Elif Yılmaz", "Frida Åkesson", "Gábor Szűcs",
    "Hana Nováková", "Íris Jónsdóttir", "Jürgen Groß", "Kenji 山田", "Łukasz Wójcik", "Māra Bērziņa", "Niamh Ó Briain",
    "Olga Петрова", "Priya Nair", "Quentin Moreau", "Renée Lefèvre", "Siobhán Walsh", "Tomás Núñez",
)  # fmt: skip
GROUPS = (
    "Administrators", "Backup operators", "Restore only", "Read only", "Servers", "Laptops", "Büro München", "Zürich",
    "São Paulo", "東京", "Finance", "Legal hold",
)  # fmt: skip
SYSTEMS = ("Windows Server 2022", "Windows 11 Pro", "Windows 10 Pro", "Ubuntu 24.04 LTS", "macOS 15")
FOLDERS = ("Documents", "Projekte", "Finance/2025", "Données", "Scans", "Desktop", "Archive/old", "Photos")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RESTORE_TYPES = ("original", "new location", "alternate", "zip")


class Dice:
    """Draws that stay the same in every Python version: all of them come from ``random()`` alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def below(self, n: int) -> int:
        """Return a whole number from 0 to n - 1."""
        return int(self._random() * n)

    def between(self, low: float, high: float) -> float:
        """Return a number from low to high."""
        return low + (high - low) * self._random()

    def happens(self, chance: float) -> bool:
        """Return True with the given chance."""
        return self._random() < chance

    def one_of(self, values: Sequence[T]) -> T:
        """Return one of the values."""
        return values[self.below(len(values))]

    def some_of(self, values: Sequence[T], n: int) -> list[T]:
        """Return n different ones of the values, in a drawn order."""
        left = list(values)
        return [left.pop(self.below(len(left))) for _ in range(min(n, len(left)))]

    def hexadecimal(self, n: int) -> str:
        """Return n hexadecimal digits."""
        return "".join("0123456789abcdef"[self.below(16)] for _ in range(n))

    def uuid(self) -> str:
        """Return a random UUID (RFC 9562, version 4)."""
        digits = self.hexadecimal(30)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-a{digits[15:18]}-{digits[18:]}"

    def address(self) -> str:
        """Return an address of the ranges that are kept for documentation (RFC 5737)."""
        return f"{self.one_of(('192.0.2', '198.51.100', '203.0.113'))}.{1 + self.below(254)}"


def user_state(dice: Dice) -> State:
    """Return a user with preferences and scopes."""
    name = dice.one_of(PEOPLE)
    return {
        "displayName": name,
        "locale": dice.one_of(("en-GB", "de-DE", "fr-FR", "pl-PL", "ja-JP")),
        "isActive": dice.happens(0.9),
        "twoFactor": {"enabled": dice.happens(0.7), "method": dice.one_of(("totp", "email", None))},
        "phone": f"00{dice.below(90) + 10}{dice.below(10**7):07d}",
        "notes": dice.one_of(("", "", "NA", "on leave\nuntil further notice", "external auditor")),
        "preferences": {"timeZone": dice.one_of(("Europe/Berlin", "UTC", "Asia/Tokyo")), "rows": 50, "theme": "system"},
        "scopes": _scopes(dice, 1 + dice.below(7)),
    }


def scope_state(dice: Dice) -> State:
    """Return a group with its permissions and members."""
    rights = ("read", "restore", "policy.write", "asset.write", "token.create", "report.read", "user.write")
    return {
        "name": f"{dice.one_of(GROUPS)} {dice.below(90) + 10:03d}",
        "description": dice.one_of(("", "Made by the migration", "Für die Außenstelle")),
        "permissions": dice.some_of(rights, 1 + dice.below(6)),
        "members": [{"id": dice.uuid(), "name": name} for name in dice.some_of(PEOPLE, dice.below(9))],
        "inheritsFrom": None if dice.happens(0.5) else dice.uuid(),
    }


def membership_state(dice: Dice) -> State:
    """Return which groups a user is in."""
    return {"scopes": _scopes(dice, 1 + dice.below(9)), "isGlobal": dice.happens(0.1)}


def asset_state(dice: Dice) -> State:
    """Return a protected machine with its volumes."""
    volumes = [
        {"name": f"{letter}:", "sizeBytes": 2**30 * (64 + dice.below(1900)), "protected": dice.happens(0.8)}
        for letter in "CDEFGH"[: 1 + dice.below(5)]
    ]
    return {
        "hostname": f"{dice.one_of(('WS', 'SRV', 'NB'))}-{dice.below(10000):04d}",
        "os": {"name": dice.one_of(SYSTEMS), "build": f"{dice.below(90000) + 10000}.{dice.below(5000)}"},
        "policyId": dice.uuid(),
        "licenseType": dice.one_of(("server", "workstation")),
        "organizationId": f"{dice.below(1000):06d}",
        "storageUsedBytes": dice.below(2**42),
        "agent": {"version": f"4.{dice.below(12)}.{dice.below(30)}", "lastSeen": _date(dice), "channel": "stable"},
        "volumes": volumes,
        "tags": dice.some_of(("vip", "billing", "kiosk", "büro", "hq", "legal-hold"), dice.below(4)),
    }


def policy_state(dice: Dice) -> State:
    """Return a backup policy with schedules, retention and thresholds."""
    return {
        "enabled": dice.happens(0.95),
        "retention": {"daily": 30, "weekly": dice.below(13), "monthly": dice.below(25), "keepDeleted": True},
        "schedules": [
            {
                "id": f"s{number}",
                "kind": dice.one_of(("full", "incremental")),
                "days": dice.some_of(DAYS, 1 + dice.below(5)),
                "at": f"{dice.below(24):02d}:{dice.below(4) * 15:02d}",
            }
            for number in range(1, 2 + dice.below(5))
        ],
        "include": [f"/data/{folder}" for folder in dice.some_of(FOLDERS, 1 + dice.below(5))],
        "exclude": ["*.tmp", "~$*", "C:\\Windows\\Temp"][: dice.below(4)],
        "thresholds": [threshold_state(dice) | {"id": f"t{number}"} for number in range(dice.below(4))],
        "bandwidth": {"limitKbps": None if dice.happens(0.5) else 1024 * (1 + dice.below(64)), "atNight": True},
    }


def threshold_state(dice: Dice) -> State:
    """Return when a policy warns."""
    return {
        "metric": dice.one_of(("daysSinceBackup", "storageUsedPercent", "failedJobs")),
        "warnAt": 1 + dice.below(80),
        "failAt": 80 + dice.below(20),
        "notify": [f"ops{dice.below(9)}@example.com"],
    }


def token_state(dice: Dice) -> State:
    """Return a deployment token; the secret itself is never in a log."""
    return {
        "label": f"rollout {dice.one_of(GROUPS)}",
        "maxUses": 1 + dice.below(500),
        "usedCount": dice.below(20),
        "expires": _date(dice),
        "policyId": dice.uuid(),
        "prefix": f"{dice.below(10**6):08d}",
    }


def restore_state(dice: Dice) -> State:
    """Return what is restored, from when, and to where."""
    return {
        "restorePoint": _date(dice),
        "restoreType": dice.one_of(RESTORE_TYPES),
        "paths": [f"D:\\{f}\\{dice.below(10**5):05d}.docx" for f in dice.some_of(FOLDERS, 1 + dice.below(6))],
        "overwrite": dice.happens(0.3),
        "bytesTotal": dice.below(2**38),
    }


def report_state(dice: Dice) -> State:
    """Return a report with its recipients and filters."""
    return {
        "format": dice.one_of(("pdf", "csv", "html")),
        "recipients": [f"reader{number}@example.com" for number in range(1 + dice.below(5))],
        "schedule": {"every": dice.one_of(("day", "week", "month")), "at": f"{dice.below(24):02d}:00"},
        "filters": {"status": dice.some_of(("success", "warning", "failure"), 2), "olderThanDays": dice.below(40)},
        "columns": dice.some_of(("asset", "policy", "last backup", "size", "errors", "owner"), 4),
    }


STATES: dict[str, Callable[[Dice], State]] = {
    "user": user_state,
    "cooperbotK1User": user_state,
    "organization": scope_state,
    "scope": scope_state,
    "globalScope": scope_state,
    "userScope": membership_state,
    "k1Scope": membership_state,
    "cooperbotK1AccessGroups": membership_state,
    "epbAsset": asset_state,
    "ebpPolicy": policy_state,
    "ebpPolicyThreshold": threshold_state,
    "deploymentToken": token_state,
    "epbRestore": restore_state,
    "epbReport": report_state,
}
"""How a state is made, for each target type of the reference."""


def changed_state(dice: Dice, target_type: str, state: State, changes: int) -> State:
    """Return a copy of a state that differs from it in a few places: values, members added, members removed."""
    changed = copy.deepcopy(state)
    while changed == state:
        fresh = STATES[target_type](dice)
        keys = [key for key in fresh if key in changed and key not in ("name", "hostname", "displayName")]
        for key in dice.some_of(keys, changes):
            changed[key] = _changed(dice, changed[key], fresh[key])
    return changed


def _changed(dice: Dice, value: Any, fresh: Any) -> Any:
    if isinstance(value, dict) and isinstance(fresh, dict):
        key = dice.one_of([key for key in fresh if key in value])
        return value | {key: _changed(dice, value[key], fresh[key])}
    if isinstance(value, list) and isinstance(fresh, list) and fresh:
        return _changed_list(dice, value, dice.one_of(fresh))
    return fresh


def _changed_list(dice: Dice, values: list[Any], item: Any) -> list[Any]:
    """Return a list with one item less, or with the item in the place of its like, or put in somewhere."""
    if len(values) > 1 and dice.happens(0.4):
        place = dice.below(len(values))
        return values[:place] + values[place + 1 :]
    identity = item.get("id") if isinstance(item, dict) else item
    like = [i for i, v in enumerate(values) if (v.get("id") if isinstance(v, dict) else v) == identity]
    place = like[0] if like else dice.below(len(values) + 1)
    return [*values[:place], item, *values[place + len(like) :]]


def _scopes(dice: Dice, n: int) -> list[State]:
    roles = ("owner", "editor", "viewer")
    return [{"id": dice.uuid(), "name": name, "role": dice.one_of(roles)} for name in dice.some_of(GROUPS, n)]


def _date(dice: Dice) -> str:
    return f"2026-{1 + dice.below(3):02d}-{1 + dice.below(28):02d}T{dice.below(24):02d}:{dice.below(60):02d}:00Z"
