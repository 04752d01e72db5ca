"""The icons: one style, tinted by whoever draws them, and every one that the window names is there."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import auditviewer
from auditviewer.paths import resource_path

ICONS = resource_path("icons")
IN_COLOUR = ("auditviewer", "check-white")
"""The program's own icon, and the tick that a style sheet takes as it is."""
SYMBOLS = sorted(path for path in ICONS.glob("*.svg") if path.stem not in IN_COLOUR)


@pytest.mark.parametrize("path", SYMBOLS, ids=lambda path: path.stem)
def test_a_symbol_is_24_wide_and_has_no_colour_of_its_own(path):
    root = ElementTree.parse(path).getroot()
    assert (root.get("viewBox"), root.get("stroke"), root.get("stroke-width")) == ("0 0 24 24", "currentColor", "2")
    own = {value for part in root.iter() for key, value in part.attrib.items() if key in ("fill", "stroke", "style")}
    assert own <= {"none", "currentColor"}


def test_every_icon_that_the_window_names_is_there():
    named: set[str] = set()
    for source in (Path(auditviewer.__file__).parent / "gui").rglob("*.py"):
        text = source.read_text(encoding="utf-8")
        named |= set(re.findall(r'\b(?:icon=|icon\(|pixmap\()"([a-z-]+)"', text))
        named |= set(re.findall(r'"((?:status|flag)-[a-z-]+)"', text))
        whole = re.findall(r'resource_path\("(icons/[\w.-]+)"', text)
        assert all(resource_path(path).exists() for path in whole), source
    assert len(named) > 10
    assert named <= {path.stem for path in SYMBOLS}


def test_the_programs_own_icon_is_in_colour():
    assert "#" in (ICONS / "auditviewer.svg").read_text(encoding="utf-8")
