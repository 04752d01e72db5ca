"""What is imported after Qt is not read for Qt's sake."""

from __future__ import annotations

import subprocess
import sys

import pytest

READ = """
import {first}
import linecache, sys
assert "{module}" not in sys.modules
import {module}
print({module}.__file__ in linecache.cache)
"""


def is_read(first: str, module: str) -> bool:
    code = READ.format(first=first, module=module)
    asked = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return asked.stdout.strip() == "True"


def test_no_source_is_read_of_what_is_imported_after_the_window():
    if not is_read("PySide6.QtCore", "colorsys"):
        pytest.skip("this PySide reads no sources")
    assert not is_read("auditviewer.gui", "colorsys")
