"""``auditviewer export``: write the events that a filter keeps."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from auditviewer.cli.arguments import (
    TerminalProgress,
    add_filters,
    case_path,
    exit_status,
    new_parser,
    open_log,
    opened_case,
    parse,
    query_of,
    record_act,
)
from auditviewer.core.case.review_columns import with_review_columns
from auditviewer.core.display import fit_to_print
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query import Order, run_query
from auditviewer.core.query.saved import query_as_json
from auditviewer.core.table import EventTable
from auditviewer.core.writing import FORMATS, WriteChoices, format_for, write_events


def run(arguments: Sequence[str]) -> int:
    """Write the kept events in source order; return the exit status."""
    parser = new_parser("export", "Write the events that the filters keep, to the letter, in source order.")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="the file to write")
    parser.add_argument("--format", choices=[f.key for f in FORMATS], help="told by the name of OUT when omitted")
    parser.add_argument("--formula-safe", action="store_true", help="CSV: an apostrophe before what would run")
    parser.add_argument("--info", action="store_true", help="write OUT.info.json: sources, filter, counts, digest")
    parser.add_argument("--with-review", action="store_true", help="add the case's state, tags and notes as columns")
    add_filters(parser)
    chosen = parse(parser, arguments)
    spec = format_for(chosen.format, chosen.output)
    table = open_log(chosen)
    query = query_of(chosen, table).with_order(Order(None))
    result = run_query(table, query)
    if chosen.with_review:
        table = _with_review(chosen, table)
    choices = WriteChoices(chosen.formula_safe, chosen.info)
    with TerminalProgress() as progress:
        report = write_events(
            chosen.output, spec, table, result.positions, choices, progress, query_in_words=query.describe()
        )
    record_act(
        chosen, "export", file=report.path.name, format=report.format, sha256=report.sha256, events=report.events,
        query=query_as_json(query), query_in_words=query.describe(), formula_safe=chosen.formula_safe,
        has_review=chosen.with_review,
    )  # fmt: skip
    print(fit_to_print(f"{report.path}: {report.describe()}"), file=sys.stderr)
    for note in report.notes:
        print(f"note: {note}", file=sys.stderr)
    return exit_status(table)


def _with_review(chosen: argparse.Namespace, table: EventTable) -> EventTable:
    path = case_path(chosen)
    if path is None:
        raise WrongUsageError("What a review says stands in a case.", "Name it by --case.")
    with opened_case(path, is_read_only=True) as case:
        return with_review_columns(table, case.state)
