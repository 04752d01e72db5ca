"""``auditviewer verify``: check an evidence package, its query included when the sources are in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from auditviewer.cli.arguments import Parser, TerminalProgress, opened_case, print_json, write_line
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.evidence.rerun import rerun_package
from auditviewer.core.evidence.verify import as_json, report_lines, verify_package
from auditviewer.core.report.attachments import compare_attachments


def run(arguments: Sequence[str]) -> int:
    """Print what holds and what does not; return 0 only when all holds."""
    parser = Parser(prog="auditviewer verify", description="Check an evidence package.", allow_abbrev=False)
    parser.add_argument("package", type=Path, metavar="PACKAGE", help="the folder or the .zip")
    parser.add_argument("--key", metavar="PUB", help="the signer's public key: a PEM file, its digits or fingerprint")
    parser.add_argument("--seal", metavar="SHA256", help="the seal that was kept outside the package")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--case", type=Path, metavar="CASE", help="keep in this case's journal what came of it")
    parser.add_argument("--reviewer", metavar="NAME", help="who checked; who is logged in when omitted")
    chosen = parser.parse_args(list(arguments))
    with TerminalProgress() as progress:
        found = verify_package(
            str(chosen.package), _key_text(chosen.key), chosen.seal, lambda done: progress.report("checking", done, 0)
        )
        if found.holds:
            rerun_package(chosen.package, found, progress, compare_attachments)
    if chosen.case is not None:
        with opened_case(chosen.case, chosen.reviewer) as case:
            problems = [f"{where} {sentence}" for where, sentence in found.problems[:100]]
            seal = found.facts.get("seal")
            case.do("verify", file=chosen.package.name, holds=found.holds, seal=seal, problems=problems)
    if chosen.json:
        print_json(as_json(found))
    else:
        for line in report_lines(found):
            write_line(line)
    return 0 if found.holds else 1


def _key_text(given: str | None) -> str | None:
    if given is None or not os.path.isfile(given):
        return given
    try:
        return Path(given).read_text(encoding="ascii")
    except (OSError, ValueError):
        raise WrongUsageError(f"The key {given} cannot be read.", "Give a public key in PEM.") from None
