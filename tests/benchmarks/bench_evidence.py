"""Benchmark of an evidence package of every event, sources included, beside sha256sum and a copy of the same bytes."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from auditviewer.core.evidence import verify
from auditviewer.core.evidence.package import write_package
from auditviewer.core.evidence.rerun import rerun_package
from auditviewer.core.query import run_query
from auditviewer.core.reading import read_exports
from tests.benchmarks.measure import Outcome

ALLOWANCE_S = 10.0
"""Seconds on top of the multiple that the targets allow."""


def measure_evidence(path: Path, rounds: int = 1) -> list[Outcome]:
    """Return what writing and verifying a package took; the peer hashes and copies the files of that package.

    One round: the package has three times the bytes of the export, and all of it goes to the disk.
    """
    result = run_query(read_exports([path]))
    taken: dict[str, list[float]] = {"write": [], "verify": [], "peer": [], "unsynced": []}
    with tempfile.TemporaryDirectory() as folder:
        package, copy = Path(folder, "package"), Path(folder, "copy")
        for _ in range(rounds):
            taken["write"].append(_timed(lambda: write_package(package, result, "2026-01-01T00:00:00Z")))
            taken["verify"].append(_timed(lambda: _verify(package)))
            hashed = _timed(lambda: _run("find . -type f -exec sha256sum {} +", package))
            copied = _timed(lambda: _run(f"cp -r . {copy}", package))
            synced = _timed(lambda: _run(f"find {copy} -type f -exec sync {{}} +", package))
            taken["peer"].append(hashed + copied + synced)
            taken["unsynced"].append(hashed + copied)
            size = sum(file.stat().st_size for file in package.rglob("*") if file.is_file())
            shutil.rmtree(package)
            shutil.rmtree(copy)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    about = f"a package of {len(result):,} events ({size / 1e9:.1f} GB)"
    written = _outcome(f"write {about}", medians["write"], medians["peer"], 3.0)
    verified = _outcome(f"verify {about}", medians["verify"], medians["unsynced"], 1.5)
    verified.notes.append("the peer's copy is not brought to the disk here, as verifying writes nothing")
    return [written, verified]


def _outcome(work: str, ours: float, peer: float, multiple: float) -> Outcome:
    """Return an outcome whose limit has the allowance in it."""
    limit = multiple + ALLOWANCE_S / peer
    target = f"<= {multiple:g}x + {ALLOWANCE_S:g} s ({limit:.2f}x)"
    return Outcome(work, {"ours": ours, "sha256sum and cp": peer}, target, limit, ("sha256sum and cp",), "s")


def _verify(package: Path) -> None:
    found = verify.verify_package(str(package))
    rerun_package(package, found)
    assert not found.problems, found.problems


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _run(command: str, folder: Path) -> None:
    subprocess.run(command, shell=True, cwd=folder, check=True, stdout=subprocess.DEVNULL)
