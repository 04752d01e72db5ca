"""``auditviewer sample``: draw a sample from the events that a filter keeps."""

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
    print_json,
    query_of,
    record_act,
    write_line,
)
from auditviewer.core.case.review import record_sample, sample_data
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query import run_query
from auditviewer.core.sampling import Method, Sample, draw_sample, keys_of, sample_size
from auditviewer.core.table import EventTable
from auditviewer.core.writing.sample_sheet import write_sample_sheet


def run(arguments: Sequence[str]) -> int:
    """Print the sample in the order in which it was drawn; return the exit status."""
    parser = new_parser("sample", "Draw a sample from the events that the filters keep.")
    parser.add_argument("--seed", required=True, help="any text; the same seed draws the same events")
    parser.add_argument("--size", type=int, metavar="N", help="how many to draw")
    parser.add_argument("--confidence", type=float, metavar="PERCENT", help="to compute the size, with --tolerable")
    parser.add_argument("--tolerable", type=float, metavar="PERCENT", help="the tolerable rate of deviation")
    parser.add_argument("--expected", type=int, default=0, metavar="N", help="deviations that are expected")
    parser.add_argument("--expected-rate", type=float, default=0, metavar="PERCENT", help="or their rate")
    methods = [m.value for m in Method]
    parser.add_argument("--method", choices=methods, default=Method.RANDOM.value)
    parser.add_argument("--by", metavar="COLUMN", help="stratified: the column whose values are the strata")
    parser.add_argument("--name", metavar="NAME", help="keep it in the case under this name")
    parser.add_argument("--reviewer", metavar="NAME", help="who draws; who is logged in when omitted")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT.xlsx", help="write a sheet for the results")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_filters(parser)
    chosen = parse(parser, arguments)
    is_targeted = chosen.method == Method.TARGETED.value  # what the filters keep, by --id for example
    if not is_targeted and (chosen.size is None) == (chosen.confidence is None or chosen.tolerable is None):
        raise WrongUsageError("The size is not clear.", "Give --size, or both --confidence and --tolerable.")
    if chosen.name and case_path(chosen) is None:
        raise WrongUsageError("A sample is kept in a case.", "Name the case by --case.")
    table = open_log(chosen)
    with TerminalProgress() as progress:
        result = run_query(table, query_of(chosen, table), progress)
        size = chosen.size
        if is_targeted:
            size = len(result)
        elif size is None:
            shares = chosen.confidence / 100, chosen.tolerable / 100
            size = sample_size(*shares, chosen.expected, len(result), chosen.expected_rate / 100)
        sample = draw_sample(result, size, chosen.seed, Method(chosen.method), chosen.by, progress)
    keys = keys_of(table, sample.positions)
    path = case_path(chosen)
    told = "" if chosen.size or is_targeted else _size_in_words(chosen)
    if path is not None:
        with opened_case(path, chosen.reviewer) as case:
            if chosen.name:
                record_sample(case, chosen.name, sample, result, chosen.by, told)
            elif not case.is_read_only:  # who draws until a sample pleases is seen to
                case.do("draw", **sample_data(sample, result, chosen.by, told))
    if chosen.output is not None:
        _write_sheet(chosen, table, sample, result.query.describe())
    print(sample.describe(), file=sys.stderr)
    if chosen.json:
        strata = {value: {"population": n, "drawn": drawn} for value, (n, drawn) in sample.strata.items()}
        print_json({
            "population": sample.population, "method": sample.method.value, "seed": sample.seed, "strata": strata,
            "filter": result.query.describe(), "items": keys,
        })  # fmt: skip
    else:
        for number, key in enumerate(keys, start=1):
            write_line(f"{number:>6}  {key}")
    return exit_status(table)


def _size_in_words(chosen: argparse.Namespace) -> str:
    expected = f"{chosen.expected_rate:g} %" if chosen.expected_rate else f"{chosen.expected:,}"
    shares = f"{chosen.confidence:g} % confidence, {chosen.tolerable:g} % tolerable deviation"
    return f"{shares}, {expected} deviations expected (binomial)"


def _write_sheet(chosen: argparse.Namespace, table: EventTable, sample: Sample, population: str) -> None:
    results = None
    path = case_path(chosen)
    if chosen.name and path is not None:
        with opened_case(path, is_read_only=True) as case:
            results = case.state.samples[chosen.name].results
    _, sha256 = write_sample_sheet(chosen.output, table, sample.positions, sample.describe(), population, results)
    record_act(chosen, "sheet", file=chosen.output.name, sha256=sha256, name=chosen.name or "")
