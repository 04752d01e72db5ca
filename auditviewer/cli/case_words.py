"""What ``auditviewer case`` prints and writes of a case: what it says, its journal, the sheet of a sample."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from auditviewer.cli.arguments import TerminalProgress, opened_case, print_json, write_line
from auditviewer.core.case import Act, Case, ReviewState, TargetSet
from auditviewer.core.case.file import act_as_json
from auditviewer.core.case.journal import journal_lines
from auditviewer.core.case.review import sample_positions
from auditviewer.core.case.sources import find_sources, read_sources
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.writing.files import write_file
from auditviewer.core.writing.sample_sheet import write_sample_sheet


def show_case(chosen: argparse.Namespace) -> int:
    """Print what the case says, and whether its sources are there."""
    with opened_case(chosen.case_file, is_read_only=True) as case:
        found = find_sources(case)
        if chosen.json:
            print_json(_as_json(case))
        else:
            for line in _lines(case):
                write_line(line)
            for source in found:
                if source.problem:
                    write_line(f"  {source.problem}")
        return 0 if not case.problems and all(source.path for source in found) else 1


def show_journal(chosen: argparse.Namespace) -> int:
    """Print or write every act, or those that hold a text; check the chain, and a head that was kept outside."""
    with opened_case(chosen.case_file, is_read_only=True) as case:
        acts = [act for act in case.journal if chosen.find is None or chosen.find.casefold() in _whole(act)]
        problems = [*case.problems, *_head_problems(case, chosen.head)]
        if chosen.output is not None:
            data = _as_csv(acts) if chosen.output.suffix.lower() == ".csv" else journal_lines(acts)
            write_file(chosen.output, lambda out: out.write(data), [str(case.path)])
        elif chosen.json:
            print_json([act_as_json(act) for act in acts])
        else:
            for act in acts:
                write_line(f"{act.number:>5}  {act.time}  {act.user}  {describe_act(act.kind, act.data)}")
        if not chosen.json:
            for problem in problems:
                write_line(f"DOES NOT HOLD: {problem}")
            write_line(f"Head of the journal: {case.head}")
        return 1 if problems else 0


def _whole(act: Act) -> str:
    return json.dumps(act_as_json(act), ensure_ascii=False).casefold()


def _head_problems(case: Case, head: str | None) -> list[str]:
    """Return what a head that was kept outside shows: acts that came after it are well, acts up to it must be there."""
    if head is None or case.number_of("".join(head.split()).lower()) is not None:
        return []
    return ["The journal has no act with that head: acts were removed from its end, or it is another case."]


def _as_csv(acts: Sequence[Act]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["number", "time", "user", "program", "kind", "data", "previous", "digest"])
    for act in acts:
        data = json.dumps(act.data, ensure_ascii=False, sort_keys=True)
        writer.writerow([act.number, act.time, act.user, act.program, act.kind, data, act.previous, act.digest])
    return text.getvalue().encode()


def describe_act(kind: str, data: dict[str, Any]) -> str:
    """Return an act in words."""
    told = [
        str(data[name])
        for name in ("name", "title", "text", "state", "decision", "result", "file", "case")
        if data.get(name)
    ]
    if "query_in_words" in data:
        told.append(f"({data['query_in_words']})")
    if "targets" in data or ("records" in data and "digests" not in data):
        told.append(f"on {len(TargetSet.from_data(data)):,}")
    return " ".join([f"{kind}{' off' if data.get('removed') else ''}", *told])


def _as_json(case: Case) -> dict[str, Any]:
    state = case.state
    return {
        "title": state.title, "head": case.head, "acts": len(case.journal), "problems": case.problems,
        "sources": state.sources, "period": state.period,
        "tags": {name: len(targets) for name, targets in state.tagged.items()},
        "notes": [
            {"on": target.describe(), "text": note.text, "user": note.user, "time": note.time}
            for target, notes in state.notes.items() for note in notes
        ],
        "reviews": [
            {"on": target.describe(), "state": r.state.value, "user": r.user, "time": r.time, "reason": r.reason,
             "signed_off_by": r.signed_off_by}
            for target, r in state.reviews.items()
        ],
        "views": list(state.views), "conflicts": state.conflicts,
        "findings": [
            {"title": f.title, "events": len(f.events), "decision": f.decision, "reason": f.reason}
            for f in state.findings.values()
        ],
        "samples": [
            {"name": s.name, "method": s.drawn["method"], "seed": s.drawn["seed"], "size": len(s.drawn["items"]),
             "population": s.drawn["population"], "tested": len(s.results)}
            for s in state.samples.values()
        ],
    }  # fmt: skip


def _lines(case: Case) -> list[str]:
    state = case.state
    lines = [f"{state.title}: {len(case.journal):,} acts, head {case.head}"]
    lines += [f"  Source {s['path']}: {s['records']:,} records, SHA-256 {s['sha256']}" for s in state.sources]
    lines += [f"  Tag {name}: {len(targets):,}" for name, targets in state.tagged.items()]
    for target, notes in state.notes.items():
        lines += [f"  Note on {target.describe()}: {note.text} ({note.user}, {note.time})" for note in notes]
    for value in ReviewState:
        n = sum(review.state is value for review in state.reviews.values())
        lines += [f"  Reviewed as {value.value}: {n:,}"] if n else []
    lines += [
        f"  Finding {f.title}: {len(f.events):,} events, {f.decision} {f.reason}".rstrip()
        for f in state.findings.values()
    ]
    for s in state.samples.values():
        lines.append(
            f"  Sample {s.name}: {len(s.drawn['items']):,} of {s.drawn['population']:,}, {len(s.results):,} tested"
        )
    return lines + [f"  Conflict: {sentence}" for sentence in state.conflicts] + [f"  {p}" for p in case.problems]


def write_sheet(chosen: argparse.Namespace) -> int:
    """Write the sheet of a sample that the case keeps, with the results so far."""
    with opened_case(chosen.case_file, chosen.reviewer) as case, TerminalProgress() as progress:
        sample = case.state.samples.get(chosen.name)
        if sample is None:
            raise WrongUsageError(f"There is no sample “{chosen.name}”.")
        table = read_sources(case, progress, not chosen.no_cache)
        positions = sample_positions(table, sample)
        if (lost := sum(position is None for position in positions)) > 0:
            raise WrongUsageError(f"{lost:,} items are not among the events of the case's sources.", "Open them all.")
        drawn = sample.drawn
        words = f"{len(positions):,} of {drawn['population']:,} events, {drawn['method']}, seed “{drawn['seed']}”"
        at = np.array(positions, dtype=np.int64)
        _, sha256 = write_sample_sheet(chosen.output, table, at, words, drawn["query_in_words"], sample.results)
        if not case.is_read_only:
            case.do("sheet", file=chosen.output.name, sha256=sha256, name=chosen.name)
    return 0


def add_journal(parser: argparse.ArgumentParser) -> None:
    """Add the options of the journal."""
    parser.add_argument("--find", metavar="TEXT", help="only acts that hold a text")
    parser.add_argument(
        "--head", metavar="SHA256", help="a head that was kept outside: is it, or was it, the journal's?"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="write it, as JSON Lines or (.csv) as CSV")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option to print JSON."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_sheet(parser: argparse.ArgumentParser) -> None:
    """Add the options of a sheet."""
    parser.add_argument("name", metavar="SAMPLE")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.xlsx", help="the sheet to write")
