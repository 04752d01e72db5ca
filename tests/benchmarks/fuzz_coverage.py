"""Hold the fast and the careful readers against each other, led by coverage (atheris, libFuzzer's engine).

``python tests/benchmarks/fuzz_coverage.py csv|json|any [CORPUS] [-max_total_time=SECONDS]``, from the project's folder.
What libFuzzer takes as options follows the format. An export that the two readers disagree on ends the run, and stands
in a file ``crash-...`` beside it. `fuzz_readers` makes its exports from pieces; this one finds its own way.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

with atheris.instrument_imports(include=["auditviewer.core"]):
    from tests.benchmarks.fuzz_exports import csv_export, json_export
    from tests.benchmarks.fuzz_readers import check_any, check_csv, check_json

_MAX_BYTES = 1 << 14


def one_input(check: Callable[..., str | None]) -> Callable[[bytes], None]:
    """Return the target: reads the bytes both ways in a fresh folder, raises where something is wrong."""

    def target(data: bytes) -> None:
        if not data or len(data) > _MAX_BYTES:
            return
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        try:
            rng = random.Random(len(data))
            wrong = check(folder, data, rng)
            if wrong is not None:
                raise AssertionError(wrong)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return target


def main() -> None:
    """Fuzz until libFuzzer's options say that it is enough."""
    shape = sys.argv.pop(1)
    check, make = {
        "csv": (check_csv, csv_export),
        "json": (check_json, json_export),
        "any": (check_any, csv_export),
    }[shape]
    if not any(not argument.startswith("-") for argument in sys.argv[1:]):
        corpus = Path(tempfile.mkdtemp(prefix="fuzz-corpus-"))
        rng = random.Random(1)
        for number in range(200):
            (corpus / str(number)).write_bytes(make(rng))
        sys.argv.append(str(corpus))
    atheris.Setup([*sys.argv, f"-max_len={_MAX_BYTES}"], one_input(check))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
