"""``auditviewer changes``: what the events that filters keep have changed, a row a change."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from auditviewer.cli.arguments import (
    TerminalProgress,
    add_filters,
    exit_status,
    new_parser,
    open_log,
    parse,
    query_of,
    write_line,
)
from auditviewer.core.change_list import list_changes
from auditviewer.core.display import fit_to_print, fit_to_print_json
from auditviewer.core.query import run_query
from auditviewer.core.writing.change_rows import NOT_COMPARED, ChangeRow, change_rows, row_as_json, write_change_rows
from auditviewer.core.writing.files import write_file

_LONGEST_VALUE = 200


def run(arguments: Sequence[str]) -> int:
    """Print or write the changes of the kept events, in display order; return the exit status."""
    parser = new_parser("changes", "List what events changed: every path of their states, before and after.")
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print the changes as one JSON array, values whole")
    forms.add_argument("-o", "--output", type=Path, metavar="OUT.csv", help="write them as CSV, values to the letter")
    parser.add_argument("--formula-safe", action="store_true", help="CSV: an apostrophe before what would run")
    add_filters(parser)
    chosen = parse(parser, arguments)
    table = open_log(chosen)
    positions = run_query(table, query_of(chosen, table)).positions
    sources = [source.path for source in table.sources]
    with TerminalProgress() as progress:
        rows = _Counted(change_rows(table, list_changes(table, positions, progress)))
        if chosen.output is not None:

            def write(out: BinaryIO) -> None:
                write_change_rows(out, rows, chosen.formula_safe)

            size, digest = write_file(chosen.output, write, sources)
            said = f"{chosen.output}: {rows.changes:,} changes, {size:,} bytes, SHA-256 {digest}"
        else:
            print_rows = _print_json if chosen.json else _print_lines
            print_rows(rows)
            said = f"{rows.changes:,} changes"
    print(fit_to_print(said), file=sys.stderr)
    if rows.problems:
        print(f"note: the states of {rows.problems:,} events could not be compared", file=sys.stderr)
    return exit_status(table)


class _Counted:
    """Rows, counted as they go by."""

    def __init__(self, rows: Iterable[ChangeRow]) -> None:
        self._rows = iter(rows)
        self.changes = self.problems = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> ChangeRow:
        row = next(self._rows)
        if row.change == NOT_COMPARED:
            self.problems += 1
        else:
            self.changes += 1
        return row


def _print_json(rows: Iterable[ChangeRow]) -> None:
    lead = "[\n"
    for row in rows:
        text = row_as_json(row).replace("\t", " ").replace("\r", " ")  # which stand between values alone
        sys.stdout.write(lead + fit_to_print_json(text))
        lead = ",\n"
    print("[]" if lead == "[\n" else "\n]")


def _print_lines(rows: Iterable[ChangeRow]) -> None:
    for row in rows:
        about = [row.timestamp or "no time", row.id or "no Id", row.initiator or "-", row.target or "-"]
        if row.change == NOT_COMPARED:
            write_line("  ".join([*about, NOT_COMPARED, row.note]))
            continue
        value = " -> ".join(_shortened(text) for text in (row.before, row.after) if text is not None)
        where = f"{row.pointer or '(whole state)'} {row.change}"
        moved = "" if row.origin is None else f" (was {row.origin})"
        write_line("  ".join([*about, f"{where}{moved}: {value}"]))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}… ({len(text):,} characters)"
