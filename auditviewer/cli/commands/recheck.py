"""``auditviewer recheck``: run every finding of a case again, and say whether it still holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from auditviewer.cli.arguments import Parser, TerminalProgress, opened_case, print_json, write_line
from auditviewer.core.case.recheck import HOLDS, recheck_findings


def run(arguments: Sequence[str]) -> int:
    """Print what came of each; return 0 only when all is the same."""
    parser = Parser(prog="auditviewer recheck", description="Run every finding again.", allow_abbrev=False)
    parser.add_argument("case_file", type=Path, metavar="CASE")
    parser.add_argument("--no-cache", action="store_true", help="leave no copy of what was read on this machine")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    chosen = parser.parse_args(list(arguments))
    with opened_case(chosen.case_file) as case, TerminalProgress() as progress:
        checked = recheck_findings(case, progress, not chosen.no_cache)
        if not case.is_read_only:
            case.do("recheck", results=[[one.name, one.outcome] for one in checked])
    if chosen.json:
        print_json([asdict(one) for one in checked])
    else:
        for one in checked:
            write_line(f"{one.outcome:<15} {one.name}" + (f": {one.sentence}" if one.sentence else ""))
        if not checked:
            write_line("The case holds no finding.")
    return 0 if all(one.outcome == HOLDS for one in checked) else 1
