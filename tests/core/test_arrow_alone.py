"""What pyarrow does not import until it is needed, and has then."""

from __future__ import annotations

import subprocess
import sys

from auditviewer.paths import resource_path

SAMPLE = sorted(resource_path("sample").glob("*.csv"))


def run_alone(code: str, *arguments: object) -> str:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.strip()


KEPT = """
import sys
from pathlib import Path
from auditviewer.core.query import run_query
from auditviewer.core.query.facets import FACET_COLUMNS, count_facets
from auditviewer.core.reading import read_exports
result = run_query(read_exports([Path(sys.argv[1])]))
counted = count_facets(result, FACET_COLUMNS)
by_count = [len(counts.by_count) for counts in counted.values()]
page = result.table.page(result.positions[:64], result.table.columns)
heavy = [name for name in ("pyarrow._compute", "pandas", "dateutil") if name in sys.modules]
print(len(result) > 64, min(by_count) > 0, len(page[0]), heavy)
"""


def test_a_log_that_was_kept_is_counted_and_shown_without_pyarrows_functions():
    run_alone(KEPT, SAMPLE[0])  # and keep it
    assert run_alone(KEPT, SAMPLE[0]) == "True True 64 []"


LATE = """
import sys
import auditviewer.core.arrow_alone
import pyarrow as pa
import pyarrow.compute as before
from threading import Thread
print("pyarrow._compute" in sys.modules)
sums = []
threads = [Thread(target=lambda: sums.append(before.sum(pa.array([1, 2])).as_py())) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
import pyarrow.compute as after
from pyarrow.compute import utf8_upper
print(sums, after.sum is before.sum, pa.compute is after, pa.array([3, 1]).take(pa.array([1])).to_pylist())
print(hasattr(before, "no_such_function"))
"""


def test_pyarrows_functions_are_there_as_soon_as_one_is_called():
    said = run_alone(LATE).split("\n")
    assert said == ["False", f"{[3] * 8} True True [1]", "False"]
