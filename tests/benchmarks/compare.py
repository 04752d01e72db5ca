"""The benchmark: this program beside its peers, in one run, in turn, on the same file.

    python -m tests.benchmarks.compare --events 1000000

makes the export with the seeded generator (kept in ``.benchmark-data``), measures, prints a table of ratios,
and with ``--record`` writes it into ``RESULTS.md``. Run by hand; nothing here is a timed test.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from tests.benchmarks.measure import HEADER, Outcome

HERE = Path(__file__).parent
DATA = HERE.parents[1] / ".benchmark-data"
LARGE = 5_000_000
GROUPS = ("open", "query", "changes", "write", "evidence", "window")


def export_of(events: int, is_shuffled: bool = False) -> Path:
    """Return the benchmark export of that many events, made when it is not there yet."""
    path = DATA / f"events-{events}{'-shuffled' if is_shuffled else ''}.csv"
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        command = [sys.executable, str(HERE / "generate.py"), "--events", str(events), "--seed", "1", "-o", str(path)]
        subprocess.run([*command, *(["--shuffled"] if is_shuffled else [])], check=True)
    return path


def measure(group: str, path: Path, events: int) -> Iterable[Outcome]:
    """Return the outcomes of one group of work."""
    if group == "open":
        from tests.benchmarks.bench_open import measure_open

        if events >= LARGE:  # the others take minutes a round, or more memory than there is
            return measure_open(path, 3, ("polars", "DuckDB"))
        return measure_open(path)
    if group == "query":
        from tests.benchmarks.bench_query import measure_queries

        return measure_queries(path)
    if group == "changes":
        from tests.benchmarks.bench_changes import measure_changes

        return measure_changes(path)
    if group == "write":
        from tests.benchmarks.bench_write import measure_writing

        return measure_writing(path)
    if group == "evidence":
        from tests.benchmarks.bench_evidence import measure_evidence

        return measure_evidence(path)
    from tests.benchmarks.bench_window import measure_window

    return measure_window(path)


def machine() -> str:
    """Return the machine and the versions, for the record."""
    processor = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    names = ("numpy", "pyarrow", "pandas", "PySide6-Essentials", "polars", "duckdb")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    import os

    return f"{processor}, {os.cpu_count()} cores; Python {platform.python_version()}; {versions}"


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--shuffled", action="store_true", help="an export that is not in order of time")
    parser.add_argument("--only", choices=GROUPS, action="append", help="measure this group only (repeatable)")
    parser.add_argument("--record", action="store_true", help="append the table to RESULTS.md")
    chosen = parser.parse_args()
    path = export_of(chosen.events, chosen.shuffled)
    order = "shuffled" if chosen.shuffled else "in order of time"
    lines = [f"## {chosen.events:,} events, {order} ({path.stat().st_size / 1e9:.2f} GB)", "", machine(), "", HEADER]
    print("\n".join(lines), flush=True)
    for group in chosen.only or GROUPS:
        for outcome in measure(group, path, chosen.events):
            for line in (outcome.row(), *(f"<!-- {note} -->" for note in outcome.notes)):
                lines.append(line)
                print(line, flush=True)
    if chosen.record:
        with (HERE / "RESULTS.md").open("a", encoding="utf-8") as results:
            results.write("\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
