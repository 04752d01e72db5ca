"""Benchmarks of opening: cold with the cache written, again from the cache, and the memory it takes.

Each contender opens the file in a fresh process, timed from the call to ready; importing it is not counted.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.measure import ROUNDS, Outcome, in_process_of_its_own

_FRAME = """
import json, sys, time
sys.path.insert(0, {root!r})
from tests.benchmarks.measure import anonymous_bytes
path = sys.argv[1]
{imports}
before = anonymous_bytes()
start = time.perf_counter()
{work}
seconds = time.perf_counter() - start
print(json.dumps({{"seconds": seconds, "memory": anonymous_bytes(), "events": {events}}}))
"""

_OURS = (
    "from pathlib import Path\nfrom auditviewer.core.reading import read_exports\nimport numpy, pyarrow",
    "table = read_exports([Path(path)])\nfor c in ('Category', 'Initiator', 'OperationStatus'): table.codes(c)\n"
    "table.instants",
    "len(table)",
)
_PEERS = {
    "polars": (
        "import polars",
        "frame = polars.read_csv(path, infer_schema=False, glob=False)",
        "frame.height",
    ),
    "pyarrow": (
        "import pyarrow.csv as pc, pyarrow as pa\n"
        "names = open(path, encoding='utf-8').readline().strip().replace('\"', '').split(',')",
        "table = pc.read_csv(path, parse_options=pc.ParseOptions(newlines_in_values=True), "
        "convert_options=pc.ConvertOptions(column_types={n: pa.large_string() for n in names}))",
        "table.num_rows",
    ),
    "pandas": (
        "import pandas",
        "frame = pandas.read_csv(path, dtype=str, na_filter=False)",
        "len(frame)",
    ),
    "DuckDB": (
        "import duckdb",
        "db = duckdb.connect()\n"
        "db.execute('create table t as select * from read_csv(?, all_varchar=true, header=true, quote=chr(34), "
        "escape=chr(34))', [path])",
        "db.execute('select count(*) from t').fetchone()[0]",
    ),
}


def _run(parts: tuple[str, str, str], path: Path) -> dict[str, float]:
    imports, work, events = parts
    root = str(Path(__file__).parents[2])
    return in_process_of_its_own(_FRAME.format(root=root, imports=imports, work=work, events=events), str(path))


def measure_open(path: Path, rounds: int = ROUNDS, peers: tuple[str, ...] = tuple(_PEERS)) -> list[Outcome]:
    """Return what opening the export took: cold, memory, and again from the cache."""
    contenders: dict[str, tuple[str, str, str]] = {"ours": _OURS, **{name: _PEERS[name] for name in peers}}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    memory: dict[str, list[float]] = {name: [] for name in contenders}
    events: dict[str, int] = {}
    again: list[float] = []
    for _ in range(rounds):
        for name, parts in contenders.items():
            figures = _with_cache_of_its_own(lambda parts=parts: _run(parts, path), again if name == "ours" else None)
            seconds[name].append(figures["seconds"])
            memory[name].append(figures["memory"])
            events[name] = int(figures["events"])
    n = events["ours"]
    agree = "yes" if set(events.values()) == {n} else f"NO: {events}"
    large = n >= 5_000_000
    of = {name: statistics.median(taken) for name, taken in seconds.items()}
    cold = Outcome(
        f"open cold, cache written, {n:,} events",
        of,
        "<= 1.0x polars" if large else "<= 1.8x polars",
        1.0 if large else 1.8,
        ("polars",),
        "s",
        agree,
    )
    taken = {name: statistics.median(values) for name, values in memory.items()}
    anonymous = Outcome(
        f"anonymous memory after opening, {n:,} events", taken, "<= 0.25x polars", 0.25, ("polars",), "MB", agree
    )
    cold.notes.append(f"open again from the cache: {statistics.median(again) * 1e3:.0f} ms in the process")
    return [cold, anonymous]


def _with_cache_of_its_own(run: Callable[[], dict[str, float]], again: list[float] | None) -> dict[str, float]:
    import os

    place = tempfile.mkdtemp(prefix="bench-cache-")
    os.environ["AUDITVIEWER_CACHE_DIR"] = place
    try:
        figures = run()
        if again is not None:
            again.append(run()["seconds"])
        return figures
    finally:
        shutil.rmtree(place, ignore_errors=True)
