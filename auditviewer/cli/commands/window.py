"""``auditviewer [FILE ...]``: the window; the one command that imports Qt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from auditviewer.core.errors import AuditViewerError

if TYPE_CHECKING:
    from auditviewer.gui.main_window import MainWindow

DESCRIPTION = "Read exported audit logs offline and turn them into answers and evidence."
COMMANDS_HELP = """commands:
  auditviewer [FILE ...]          open the window on exports or folders of them
  auditviewer summary FILE ...    what the exports hold, and how every record is accounted for
  auditviewer case ACTION CASE    keep a review in one file: tags, notes, findings, samples
  auditviewer sample FILE ...     draw a sample by a seed
  auditviewer report FILE ...     write a report as HTML or PDF
  auditviewer recheck CASE        run every finding again
  auditviewer replay CASE         do again what the journal says, and compare
  auditviewer package FILE ...    write an evidence package that others can check
  auditviewer verify PACKAGE      check one
  auditviewer key                 the key that packages are signed with
  auditviewer export FILE ...     write the events that filters keep
  auditviewer workflows FILE ...  one entry a workflow: duration, steps, outcome
  auditviewer diff FILE ...       what one event changed
  auditviewer changes FILE ...    what the events that filters keep changed, a line a change
  auditviewer cache [clear]       the copies kept to open exports faster

exit status: 0 all read; 1 done, but records were rejected; 2 wrong usage; 3 a source could not be read at all
"""


class NoWindowError(AuditViewerError):
    """Qt cannot be loaded here."""

    hint = "Install the system libraries that the README names, or use the commands: see auditviewer --help."
    exit_code = 3


def run(arguments: Sequence[str]) -> int:
    """Open the window; return its exit status."""
    if not {"-h", "--help"} & set(arguments) and not any(a.startswith("-") for a in arguments):
        return _open([Path(a) for a in arguments], uses_cache=True)
    import argparse

    from auditviewer.cli.arguments import Parser

    parser = Parser(
        prog="auditviewer", description=DESCRIPTION, epilog=COMMANDS_HELP, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="an export, or a folder of exports")
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--no-cache", action="store_true", help="leave no copy of what was read on this machine")
    parser.add_argument("--sample", action="store_true", help="open the sample export that ships with the program")
    chosen = parser.parse_args(list(arguments))
    files = chosen.files
    if chosen.sample:
        from auditviewer.paths import resource_path

        files = [*files, resource_path("sample")]
    return _open(files, uses_cache=not chosen.no_cache)


def start(files: list[Path], uses_cache: bool = True) -> MainWindow:
    """Return the window, shown, about to open the files."""
    import gc

    from auditviewer.core.reading.first_rows import begin_first_rows

    gc.disable()  # what a start makes stays: looking for garbage finds none, until the window is built and enables it
    # Read while Qt is imported, so that they show with the window.
    first_look = begin_first_rows(files[0]) if len(files) == 1 else None
    try:
        from auditviewer.gui import app
    except ImportError as error:
        raise NoWindowError(f"The window cannot be opened: {error}.") from None
    return app.start(files, uses_cache, first_look)


def _open(files: list[Path], uses_cache: bool) -> int:
    window = start(files, uses_cache)
    from auditviewer.gui import app

    return app.run(window)
