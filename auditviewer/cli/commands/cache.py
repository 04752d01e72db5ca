"""``auditviewer cache``: what copies of exports lie on this machine, and removing them."""

from __future__ import annotations

from collections.abc import Sequence

from auditviewer.cli.arguments import Parser, write_line
from auditviewer.core.reading.cache import Cache


def run(arguments: Sequence[str]) -> int:
    """Show or clear the cache; return the exit status."""
    parser = Parser(
        prog="auditviewer cache", description="Show or remove the copies of exports kept to open them faster."
    )
    parser.add_argument("action", nargs="?", choices=("show", "clear"), default="show")
    chosen = parser.parse_args(list(arguments))
    cache = Cache()
    if chosen.action == "clear":
        write_line(f"Removed {cache.clear():,} bytes from {cache.root}.")
    else:
        write_line(f"{cache.count():,} exports, {cache.size_bytes():,} bytes in {cache.root}.")
    return 0
