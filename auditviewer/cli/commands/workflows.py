"""``auditviewer workflows``: one entry a workflow that has an event which the filters keep."""

from __future__ import annotations

from collections.abc import Sequence

from auditviewer.cli.arguments import (
    add_filters,
    exit_status,
    new_parser,
    open_log,
    parse,
    print_json,
    query_of,
    record_filter,
    write_line,
)
from auditviewer.core.query import run_query
from auditviewer.core.workflows import summarise_workflows


def run(arguments: Sequence[str]) -> int:
    """Print the workflows; return the exit status."""
    parser = new_parser("workflows", "List the workflows: how long each took and how it ended.")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    add_filters(parser)
    chosen = parse(parser, arguments)
    table = open_log(chosen)
    result = run_query(table, query_of(chosen, table))
    record_filter(chosen, result)
    summary = summarise_workflows(result)
    entries = list(summary.entries())
    if chosen.json:
        print_json(entries)
        return exit_status(table)
    for entry in entries:
        duration = "" if entry["duration_s"] is None else f"{float(entry['duration_s']):,.3f} s"
        write_line(
            f"{entry['first'] or 'no time':<30} {duration:>14} {entry['steps']:>4} steps  "
            f"{entry['outcome']:<14} {entry['type']}  {entry['id']}"
        )
    return exit_status(table)
