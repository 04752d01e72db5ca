"""The contenders of the questions: one export in our own table and in each peer's best form for what is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

from auditviewer.core.reading import read_exports
from auditviewer.core.table import EventTable

FACETS = (
    "OperationStatus", "InitiatorType", "Initiator", "WorkflowType", "EventType", "TargetType", "TenantId", "Target",
)  # fmt: skip
CODED = (*FACETS, "InitiatorId")
FILTERED = ("OperationStatus", "InitiatorType", "WorkflowType")
LARGE = 5_000_000
VISIDATA_SECONDS = 420


class Peers:
    """One export as each of the peers keeps it best."""

    def __init__(self, path: Path) -> None:
        import duckdb
        import pandas as pd
        import polars as pl

        self.path = path
        self.table = read_exports([path])
        self.lf = pl.read_csv(path, infer_schema=False, glob=False)
        moment = pl.col("Timestamp").str.slice(0, 27)
        self.lf = self.lf.with_columns(
            *[pl.col(c).cast(pl.Categorical).alias(f"{c}_cat") for c in CODED],
            moment.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="ns").alias("ts"),
        )
        self.db = duckdb.connect()
        arrow = self.lf.select(pl.exclude("^.*_cat$")).to_arrow()
        self.db.register("arrow", arrow)
        self.db.execute("create table t as select row_number() over () - 1 as pos, * from arrow")
        self.db.unregister("arrow")
        names = [*CODED, "Timestamp", "WorkflowId", "EventDescription"]
        self.pd = pd.DataFrame({c: self.lf[c].to_pandas() for c in names})
        for c in CODED:
            self.pd[c] = self.pd[c].astype("category")
        self.pd["ts"] = self.lf["ts"].to_pandas()
        self.arrow = {c: self._as_arrow(c) for c in FACETS} | {"ts": pa.array(self.table.instants)}
        self.visidata: dict[str, list[float]] = {}
        self.visidata_says = ""

    def _as_arrow(self, column: str) -> pa.Array:
        codes = self.table.codes(column)
        return pa.DictionaryArray.from_arrays(pa.array(codes.codes.astype(np.int32)), codes.dictionary)

    def plain(self, column: str) -> pa.ChunkedArray:
        """Return a column of texts for pyarrow, over the memory of our own table."""
        return pa.chunked_array([array for _, array in self.table.text_chunks(column)])

    def ask_visidata(self) -> None:
        """Run VisiData once, in a process of its own; it keeps rows as Python objects, which takes minutes."""
        if len(self.table) >= LARGE:
            self.visidata_says = "VisiData is left out: its rows would need some 20 GB"
            return
        command = [sys.executable, str(Path(__file__).with_name("visidata_peer.py")), str(self.path)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=VISIDATA_SECONDS, check=True)
            self.visidata = json.loads(done.stdout.strip().splitlines()[-1])
            self.visidata_says = f"VisiData: one round, after opening the file in {self.visidata['open'][0]:.0f} s"
        except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
            self.visidata_says = f"VisiData did not answer: {type(error).__name__}"

    def close(self) -> None:
        """Let go of the peers' memory."""
        self.db.close()


class Shuffled:
    """The same events in a random order, as far as filters and the sort by time need them; if not so in the file."""

    def __init__(self, peers: Peers) -> None:
        self.is_as_read = not peers.table.is_time_sorted
        n = len(peers.table)
        order = np.arange(n) if self.is_as_read else np.random.default_rng(1).permutation(n)
        self.table: EventTable = (
            peers.table if self.is_as_read else EventTable(peers.table.parts, peers.table.sources, rows=order)
        )
        self.lf = peers.lf.select("ts", *FILTERED, *(f"{c}_cat" for c in FILTERED))[order]
        arrow = self.lf.select("ts", *FILTERED).to_arrow()
        self.db = peers.db
        self.db.register("shuffled", arrow)
        self.db.execute("create or replace table s as select row_number() over () - 1 as pos, * from shuffled")
        self.db.unregister("shuffled")
        self.pd = peers.pd[["ts", *FILTERED]].iloc[order].reset_index(drop=True)
        indices = pa.array(order)
        self.arrow = {c: peers.arrow[c].take(indices) for c in ("ts", *FILTERED)}
