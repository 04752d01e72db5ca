"""VisiData without a screen, in a process of its own: opens a file and selects rows as its commands do.

    python tests/benchmarks/visidata_peer.py FILE

prints, as one JSON object, seconds and rows selected of each piece of work. VisiData holds every row as Python objects
and looks at them one after the other, so one round is enough.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that some work took, and what it returned."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def main() -> None:
    """Run the work and print what it took."""
    from visidata import Path, vd

    vd.options.batch = True
    sheet = vd.openSource(Path(sys.argv[1]))
    taken: dict[str, tuple[float, int]] = {}
    seconds, _ = timed(lambda: vd.sync(sheet.ensureLoaded()))
    taken["open"] = seconds, len(sheet.rows)
    columns = {column.name: column for column in sheet.columns}

    def has_failed(row: Any) -> bool:
        return bool(columns["OperationStatus"].getTypedValue(row) == "failure")

    def select(rows: Any) -> int:
        sheet.clearSelected()
        sheet.select.__wrapped__(sheet, rows, status=False, progress=False, add_undo=False)
        return int(sheet.nSelectedRows)

    taken["value"] = timed(lambda: select(sheet.gatherBy(has_failed)))
    for name, flags in (("exact", ""), ("any case", "I")):
        found = vd.searchRegex(
            sheet, regex="retention", regex_flags=flags, columns=[columns["CustomValues"]], printStatus=False
        )
        taken[name] = timed(lambda found=found: select(sheet.rows[i] for i in found))
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
