"""``auditviewer report``: the review as one page of HTML or as PDF."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from auditviewer.cli.arguments import (
    TerminalProgress,
    add_filters,
    case_path,
    exit_status,
    new_parser,
    now_utc,
    open_log,
    opened_case,
    parse,
    query_of,
    record_act,
)
from auditviewer.core.display import fit_to_print
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query import run_query
from auditviewer.core.report import SECTIONS, ReportChoices, build_report
from auditviewer.core.report.acts import report_act
from auditviewer.core.report.ground import zone_from_text
from auditviewer.core.writing.files import write_file

FACTS = ("system", "page", "category", "population", "from", "to", "extracted-by")


def run(arguments: Sequence[str]) -> int:
    """Write the report; return the exit status."""
    parser = new_parser("report", "Write a report of the events that the filters keep.")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="a .html or .pdf file")
    parser.add_argument("--title", default=None, help="the report's title")
    keys = [section.key for section in SECTIONS]
    parser.add_argument("--section", action="append", default=[], choices=keys, help="only these; all when omitted")
    for name in FACTS:
        parser.add_argument(f"--fact-{name}", metavar="TEXT", help=f"for the workpaper: {name}")
    add_filters(parser)
    parser.add_argument("--zone", metavar="ZONE", help="for local days, as Europe/Berlin; this system's when omitted")
    chosen = parse(parser, arguments)
    _check_zone(chosen.zone)
    suffix = chosen.output.suffix.lower()
    if suffix not in (".html", ".htm", ".pdf"):
        raise WrongUsageError(f"The name {chosen.output.name} does not tell a format.", "End it in .html or .pdf.")
    table = open_log(chosen)
    facts = {name.replace("-", "_"): getattr(chosen, f"fact_{name}".replace("-", "_")) for name in FACTS}
    path = case_path(chosen)
    with TerminalProgress() as progress, ExitStack() as stack:
        result = run_query(table, query_of(chosen, table), progress)
        case = None if path is None else stack.enter_context(opened_case(path, is_read_only=True))
        title = chosen.title or (case.state.title if case else None) or "Audit log review"
        choices = ReportChoices(
            title, tuple(chosen.section), now_utc(), zone_from_text(chosen.zone) if chosen.zone else _local_zone(),
            {name: text for name, text in facts.items() if text},
        )  # fmt: skip
        html = build_report(result, choices, case, progress)
        sources = tuple(source.path for source in table.sources)
        if suffix == ".pdf":
            from auditviewer.gui.printing import write_pdf

            size, sha256 = write_pdf(chosen.output, html, title, sources, progress)
        else:
            size, sha256 = write_file(chosen.output, lambda out: out.write(html.encode()), sources)
    html_sha256 = hashlib.sha256(html.encode()).hexdigest()
    record_act(chosen, "report", **report_act(chosen.output.name, sha256, html_sha256, result, choices))
    print(fit_to_print(f"{chosen.output}: {size:,} bytes, SHA-256 {sha256}"), file=sys.stderr)
    return exit_status(table)


def _check_zone(text: str | None) -> None:
    """Raise `WrongUsageError` for a zone that this system does not know."""
    try:
        zone_from_text(text or "UTC+00:00")
    except ValueError:
        raise WrongUsageError(f"There is no time zone “{text}” here.", "Write it as Europe/Berlin.") from None


def _local_zone() -> dt.tzinfo:
    """Return this system's zone with its summer times; what it is now where it has no name, UTC at worst."""
    name = os.environ.get("TZ", "").lstrip(":") or os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    try:
        return zone_from_text(name)
    except ValueError:
        return dt.datetime.now().astimezone().tzinfo or dt.UTC
