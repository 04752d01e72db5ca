"""Benchmark of writing: all events to CSV, to the letter, beside polars."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from auditviewer.core.reading import read_exports
from auditviewer.core.writing import FORMATS, digest_events, write_events
from tests.benchmarks.measure import Outcome, in_turn


def measure_writing(path: Path, rounds: int = 3) -> list[Outcome]:
    """Return what writing every event took; what each wrote is read back and counted by polars."""
    import polars as pl

    table = read_exports([path])
    frame = pl.read_csv(path, infer_schema=False, glob=False)
    everything = np.arange(len(table), dtype=np.int64)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "ours.csv"), Path(folder, "polars.csv")

        def rows_in(name: str, _: Any) -> tuple[int, int]:
            read = pl.read_csv(ours if name == "ours" else theirs, infer_schema=False, glob=False)
            return read.height, int(read["CustomValues"].str.len_bytes().sum())

        def as_we_promise() -> None:
            frame.write_csv(theirs)
            subprocess.run(["sync", str(theirs)], check=True)
            subprocess.run(["sha256sum", str(theirs)], check=True, stdout=subprocess.DEVNULL)

        medians, agree = in_turn(
            {
                "ours": lambda: write_events(ours, FORMATS[0], table, everything),
                "polars": lambda: frame.write_csv(theirs),
                "polars, sync, sha256sum": as_we_promise,
                "text alone": lambda: digest_events(FORMATS[0], table, everything),
            },
            lambda name, _: rows_in(name, _) if name != "text alone" else rows_in("ours", _),
            rounds,
        )
    of_text = medians.pop("text alone")
    work = "export of all events to CSV (ours: to the disk, with its SHA-256)"
    outcome = Outcome(work, medians, "<= 1.5x polars", 1.5, ("polars",), "s", agree)
    promised = medians["ours"] / medians["polars, sync, sha256sum"]
    outcome.notes.append(f"{promised:.2f}x polars followed by sync and sha256sum")
    outcome.notes.append(f"making and hashing the text, without a file: {of_text:.2f} s")
    return [outcome]
