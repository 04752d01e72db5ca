"""``auditviewer summary``: sources, reconciliation, counts, first and last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from auditviewer.cli.arguments import exit_status, new_parser, open_log, parse, print_json, write_line
from auditviewer.core.instants import format_iso
from auditviewer.core.schema import CATEGORY
from auditviewer.core.table import EventTable


def run(arguments: Sequence[str]) -> int:
    """Print the account of the exports; return the exit status."""
    parser = new_parser("summary", "Say what the exports hold and how every record is accounted for.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parse(parser, arguments)
    table = open_log(chosen)
    if chosen.json:
        print_json(summary_of(table))
    else:
        for line in summary_lines(table):
            write_line(line)
    return exit_status(table)


def summary_of(table: EventTable) -> dict[str, Any]:
    """Return the account of a log as JSON values."""
    span = table.instant_range
    return {
        "events": len(table),
        "first": format_iso(span[0]) if span else None,
        "last": format_iso(span[1]) if span else None,
        "sources": [
            {
                "path": s.path, "member": s.member, "format": s.format, "encoding": s.encoding,
                "compression": s.compression, "bytes": s.size_bytes, "sha256": s.sha256, "records": s.records,
                "loaded": s.loaded, "duplicates": s.duplicates, "rejected": s.rejected,
            }
            for s in table.sources
        ],
        "rejected": [
            {
                "path": r.path, "member": r.member, "record": r.record, "line": r.line, "offset": r.offset,
                "code": r.code, "message": r.message,
            }
            for r in table.rejects
        ],
        "notices": [{"code": n.code, "message": n.message, "count": n.count, "path": n.path} for n in table.notices],
        "by_category": counts_by(table, CATEGORY),
        "by_status": counts_by(table, "OperationStatus"),
        "by_initiator_type": counts_by(table, "InitiatorType"),
    }  # fmt: skip


def counts_by(table: EventTable, column: str) -> dict[str, int]:
    """Return how many events have each value of a column, most first; a missing cell counts as ``(missing)``."""
    codes = table.codes(column)
    counts = np.bincount(codes.codes, minlength=len(codes))
    order = np.argsort(-counts, kind="stable")
    found: dict[str, int] = {}
    for code in order.tolist():
        if counts[code]:
            value = codes.value_of(code)
            found["(missing)" if value is None else value] = int(counts[code])
    return found


def summary_lines(table: EventTable) -> list[str]:
    """Return the account of a log as lines for people."""
    span = table.instant_range
    lines = [f"Events     {len(table):,}"]
    lines.append(f"First      {format_iso(span[0])}" if span else "First      no event has a readable time")
    if span:
        lines.append(f"Last       {format_iso(span[1])}")
    for source in table.sources:
        packed = f", {source.compression}" if source.compression else ""
        lines += [
            "",
            f"Source     {source.name}",
            f"           {source.size_bytes:,} bytes, {source.format}, {source.encoding}{packed}",
            f"           SHA-256 {source.sha256}",
            f"           {source.records:,} records = {source.loaded:,} loaded + {source.duplicates:,} duplicates"
            f" + {source.rejected:,} rejected",
        ]
    for title, column in (("Category", CATEGORY), ("Status", "OperationStatus"), ("Initiator type", "InitiatorType")):
        lines += ["", title]
        lines += [f"  {count:>12,}  {value or '(empty)'}" for value, count in counts_by(table, column).items()]
    if table.notices:
        lines += ["", "Notices"]
        for n in table.notices:
            lines.append(f"  {n.count:>12,}  {n.message}" + (f" [{n.path}]" if n.path else ""))
    if table.rejects:
        lines += ["", "Rejected records"]
        for r in table.rejects:
            where = r.path if r.member is None else f"{r.path} » {r.member}"
            lines.append(f"  {where}: record {r.record:,}, line {r.line:,}, byte {r.offset:,}: {r.code}: {r.message}")
    return lines
