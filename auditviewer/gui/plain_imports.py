"""Keeps PySide from reading the source of every module that is imported after it, a tenth of the time of a start.

PySide (as of 6.11) looks in each for the word PySide6, to know where its optional features, snake_case names and
properties, may be switched on. Nothing here switches them on, and "may be" is what it takes for a module it does not
know: so it is told that at once. A PySide that asks otherwise is left as it is.
"""

from __future__ import annotations

import importlib
from types import ModuleType


def keep_sources_unread() -> None:
    """Let PySide take every module for one that may use its features, without a look."""
    import PySide6.QtCore  # noqa: F401 - brings its support modules along

    try:
        feature = importlib.import_module("shibokensupport.feature")
    except ImportError:
        return
    asked = vars(feature)
    if "_mod_uses_pyside" in asked:
        asked["_mod_uses_pyside"] = _may_use


def _may_use(module: ModuleType) -> bool:
    return True
