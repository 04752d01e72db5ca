"""Benchmark of writing: all events to CSV, to the letter, beside polars."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from auditviewer.core.reading import read_exports
from auditviewer.core.writing import FORMATS, write_events
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

        medians, agree = in_turn(
            {
                "ours": lambda: write_events(ours, FORMATS[0], table, everything),
                "polars": lambda: frame.write_csv(theirs),
            },
            rows_in,
            rounds,
        )
    work = "export of all events to CSV (ours: to the disk, with its SHA-256)"
    return [Outcome(work, medians, "<= 1.5x polars", 1.5, ("polars",), "s", agree)]
