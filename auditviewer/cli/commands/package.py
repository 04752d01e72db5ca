"""``auditviewer package``: put chosen events, their sources and what shows their origin into an evidence package."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from auditviewer.cli.arguments import (
    TerminalProgress,
    add_filters,
    add_signing,
    case_path,
    exit_status,
    new_parser,
    now_utc,
    open_log,
    opened_case,
    parse,
    query_of,
    record_act,
    signing_key,
)
from auditviewer.core.display import fit_to_print
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.evidence.disclosure import Disclosure
from auditviewer.core.evidence.keys import SigningKey
from auditviewer.core.evidence.package import PackageChoices, check_name, write_package
from auditviewer.core.query import run_query
from auditviewer.core.report.acts import package_act
from auditviewer.core.report.attachments import build_attachments
from auditviewer.core.table import EventTable


def run(arguments: Sequence[str]) -> int:
    """Write the package; return the exit status."""
    parser = new_parser("package", "Write the events that the filters keep as an evidence package.")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="a folder to make, or a .zip")
    parser.add_argument(
        "--sources", choices=["include", "omit"], default="include", help="whether the source files go into it"
    )
    parser.add_argument(
        "--disclose", action="store_true",
        help="show single records with proofs, in place of sources and re-export",
    )  # fmt: skip
    parser.add_argument(
        "--withhold", action="append", default=[], metavar="COLUMN", help="with --disclose: leave this column out"
    )
    parser.add_argument(
        "--pseudonym", action="append", default=[], metavar="COLUMN",
        help="with --disclose: put a name for each value of this column that is the same wherever the value is",
    )  # fmt: skip
    add_signing(parser)
    add_filters(parser)
    chosen = parse(parser, arguments)
    check_name(chosen.output)
    key = signing_key(chosen)
    table = open_log(chosen)
    disclosure = _disclosure(chosen, table, key)
    path = case_path(chosen)
    with TerminalProgress() as progress, ExitStack() as stack:
        result = run_query(table, query_of(chosen, table), progress)
        if disclosure is not None and not len(result):
            raise WrongUsageError("The filters keep no event: there is nothing to disclose.", "Widen the filters.")
        case = None if path is None else stack.enter_context(opened_case(path, is_read_only=True))
        has_sources = chosen.sources == "include"
        attachments = {} if disclosure is not None else build_attachments(result, case, progress, has_sources)
        choices = PackageChoices(has_sources, key, attachments, disclosure)
        report = write_package(chosen.output, result, now_utc(), choices, progress)
    record_act(chosen, "package", **package_act(report, result, choices))
    print(fit_to_print(f"{report.path}: {report.describe()}"), file=sys.stderr)
    print(fit_to_print(f"Keep the seal apart from the package; it stands in {report.seal_path}."), file=sys.stderr)
    for note in report.notes:
        print(f"note: {note}", file=sys.stderr)
    return exit_status(table)


def _disclosure(chosen: object, table: EventTable, key: SigningKey | None) -> Disclosure | None:
    withheld, pseudonyms = frozenset(chosen.withhold), frozenset(chosen.pseudonym)  # type: ignore[attr-defined]
    if not chosen.disclose:  # type: ignore[attr-defined]
        if withheld or pseudonyms:
            raise WrongUsageError("Columns are withheld from single records only.", "Add --disclose.")
        return None
    purpose = "".join(source.sha256 for source in table.sources).encode()
    secret = secrets.token_bytes(32) if key is None else key.secret_for(purpose)
    disclosure = Disclosure(secret, withheld, pseudonyms)
    disclosure.check(table)
    return disclosure
