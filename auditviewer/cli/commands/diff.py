"""``auditviewer diff``: the changes of one event, OriginalState to UpdatedState."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditviewer.cli.arguments import exit_status, new_parser, open_log, parse, write_line
from auditviewer.core.display import fit_to_print_json
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.json_patch import json_patch
from auditviewer.core.state_diff import changes, diff_states, format_changes
from auditviewer.core.table import EventTable


def run(arguments: Sequence[str]) -> int:
    """Print the changes of every version of the event; return the exit status."""
    parser = new_parser("diff", "Say what an event changed: every path, before and after.")
    parser.add_argument("--id", required=True, help="the Id of the event")
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print the changes as one JSON array")
    forms.add_argument("--patch", action="store_true", help="print the changes as a JSON Patch (RFC 6902)")
    chosen = parse(parser, arguments)
    table = open_log(chosen)
    positions = table.positions_with("Id", chosen.id)
    if not len(positions):
        raise WrongUsageError(f"No event has the Id “{chosen.id}”.", "Look it up in the export.")
    for position in positions.tolist():
        _print_changes(table, position, chosen.json, chosen.patch, is_one_of_many=len(positions) > 1)
    return exit_status(table)


def _print_changes(table: EventTable, position: int, is_json: bool, is_patch: bool, is_one_of_many: bool) -> None:
    states = [table.text(position, column) for column in ("OriginalState", "UpdatedState")]
    diff = diff_states(states[0], states[1])
    if is_patch:
        print(fit_to_print_json(json_patch(diff)))
        return
    if is_json:
        print(fit_to_print_json(format_changes(diff)))
        return
    place = table.place(position)
    if is_one_of_many:
        write_line(f"Version at {place.source.name}, record {place.record:,}:")
    write_line(f"{diff.counts.describe()}")
    for note in diff.notes:
        write_line(f"  {note}")
    found: list[Any] = changes(diff)
    for change in found:
        write_line(f"  {change.describe()}")
    if not found and not diff.has_error:
        write_line("  Nothing changed." if any(states) else "  The event has neither state.")
