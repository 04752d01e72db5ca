"""Who may import whom: checked over the syntax tree of every module, and itself checked on forbidden examples."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "auditviewer"
ROOT = "auditviewer"

# The rooms of core in levels: a room imports rooms of lower levels, and its own.
CORE_LEVELS = (
    {"errors"},
    {
        "progress",
        "schema",
        "cells",
        "display",
        "arrow_alone",
        "native",
        "account",
        "mark_columns",
        "source_file",
        "instant_text",
        "event_flags",
    },
    {"codes", "instants", "json_text", "json_format", "collector", "catalogue", "ordering"},
    {"table"},
    {"reading", "query", "source_bytes"},
    {"sampling"},
    {"state_diff", "step_status", "workflow_order"},
    {"workflows", "json_patch", "change_list"},
    {"time_axis"},
    {"timeline", "wording", "checks"},
    {"writing"},
    {"evidence"},
    {"case"},
    {"report"},
    {"replay"},
)
PANES = ("events", "filters", "inspector", "review", "sources", "timeline", "workflows")
USING_GUI = ("cli/commands/window.py", "cli/commands/report.py")
PLOTTING = ("gui/timeline", "gui/workflows")


def imports_of(tree: ast.AST) -> Iterator[tuple[int, str, bool]]:
    """Yield (line, module, whether only for type checking) of every import."""
    guarded = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.dump(branch.test)
        for node in ast.walk(branch)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, id(node) in guarded) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module, id(node) in guarded


def room_of(module: str) -> str | None:
    """Return the room of core that a module is in."""
    parts = module.split(".")
    return parts[2] if parts[:2] == [ROOT, "core"] and len(parts) > 2 else None


def level_of(room: str) -> int:
    return next(level for level, rooms in enumerate(CORE_LEVELS) if room in rooms)


def broken_rules(path: str, source: str) -> list[str]:
    """Return "file:line: rule" for each import in a module that may not be there."""
    found = []
    for line, module, is_for_types in imports_of(ast.parse(source)):
        for rule in _broken(path, module, is_for_types):
            found.append(f"{path}:{line}: {rule} ({module})")
    return found


def _broken(path: str, module: str, is_for_types: bool) -> Iterator[str]:
    is_core, is_cli, is_gui = (path.startswith(f"{side}/") for side in ("core", "cli", "gui"))
    top = module.split(".")[0]
    if top in ("PySide6", "pyqtgraph") and not is_gui:
        yield "only gui uses Qt"
    if top == "pyqtgraph" and is_gui and not path.startswith(PLOTTING):
        yield "pyqtgraph is used in the plotting rooms alone"
    if top == "platformdirs" and path != "paths.py":
        yield "only paths.py uses platformdirs"
    if is_core and module.startswith((f"{ROOT}.gui", f"{ROOT}.cli")):
        yield "core imports neither gui nor cli"
    if is_gui and module.startswith(f"{ROOT}.cli"):
        yield "gui does not import cli"
    if is_cli and module.startswith(f"{ROOT}.gui") and path not in USING_GUI:
        yield "cli imports gui in the commands that open the window or print"
    if path == "gui/main_window.py" and module.endswith(("commands", "program")):
        yield "the window knows no command"
    own = path.split("/")[1] if is_gui else ""
    other = module.split(".")[2] if module.startswith(f"{ROOT}.gui.") else ""
    if own in PANES and other in PANES and own != other:
        yield "a pane never imports another pane"
    if is_core and not is_for_types:
        yield from _broken_level(path, module)


def _broken_level(path: str, module: str) -> Iterator[str]:
    room = room_of(module)
    own = path.split("/")[1].removesuffix(".py")
    if room is None or room == own or own == "__init__":
        return
    if level_of(room) >= level_of(own) and not _is_sibling(own, room):
        yield f"core/{own} is not above core/{room}"


def _is_sibling(own: str, room: str) -> bool:
    """Rooms of one level may use each other, but reading and query may not."""
    return level_of(own) == level_of(room) and {own, room} != {"reading", "query"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_what_it_may(path):
    assert broken_rules(path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")) == []


FORBIDDEN = [
    ("core/table.py", "from PySide6.QtCore import QObject", "only gui uses Qt"),
    ("core/table.py", "def f():\n    import PySide6", "only gui uses Qt"),
    ("cli/main.py", "import pyqtgraph", "only gui uses Qt"),
    ("gui/events/view.py", "import pyqtgraph as pg", "plotting rooms"),
    ("core/reading/cache.py", "import platformdirs", "paths.py"),
    ("core/query/run.py", "from auditviewer.gui.session import Session", "neither gui nor cli"),
    ("core/query/run.py", "from auditviewer.core.reading import read_exports", "not above"),
    ("core/reading/merge.py", "from auditviewer.core.query import Query", "not above"),
    ("core/table.py", "from auditviewer.core.query import Query", "not above"),
    ("core/errors.py", "from auditviewer.core.progress import Progress", "not above"),
    ("gui/session.py", "from auditviewer.cli.main import main", "does not import cli"),
    ("cli/commands/summary.py", "from auditviewer.gui.app import run", "the commands"),
    ("gui/main_window.py", "def f():\n    import auditviewer.gui.log_commands", "no command"),
    ("gui/filters/pane.py", "from auditviewer.gui.events.view import EventsView", "another pane"),
]


@pytest.mark.parametrize(("path", "source", "rule"), FORBIDDEN)
def test_a_forbidden_import_is_named_with_file_line_and_rule(path, source, rule):
    (found,) = broken_rules(path, source)
    assert found.startswith(f"{path}:{source.count(chr(10)) + 1}: ")
    assert rule in found


def test_what_is_allowed_is_not_complained_about():
    assert broken_rules("gui/timeline/pane.py", "import pyqtgraph\nfrom auditviewer.core.query import Query") == []
    assert broken_rules("cli/commands/window.py", "from auditviewer.gui.app import run") == []
    assert broken_rules("core/writing/csv_writer.py", "from auditviewer.core.table import EventTable") == []


def test_no_command_imports_qt():
    import subprocess
    import sys

    code = (
        "import sys, auditviewer.cli.main\n"
        "from auditviewer.cli.commands import summary, export, workflows, diff, cache, window\n"
        "print([m for m in sys.modules if m.startswith(('PySide6', 'pyqtgraph', 'pandas'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
