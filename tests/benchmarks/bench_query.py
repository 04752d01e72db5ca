"""Benchmarks of questions: filters, facets, search, sorts, workflows, beside polars, DuckDB, pandas and ripgrep."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from auditviewer.core.query import EVERYTHING, OneOf, Order, Query, TextSearch, TimeRange, run_query
from auditviewer.core.query.facets import count_facets
from auditviewer.core.query.run import mask_of
from auditviewer.core.query.value_at import value_at
from auditviewer.core.reading import read_exports
from auditviewer.core.workflows import summarise_workflows
from tests.benchmarks.measure import Outcome, in_turn

FACETS = (
    "OperationStatus", "InitiatorType", "Initiator", "WorkflowType", "EventType", "TargetType", "TenantId", "Target",
)  # fmt: skip
CODED = (*FACETS, "InitiatorId")


class Peers:
    """The same export in the program's own table and in each peer's best form for the questions asked."""

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
        names = [*CODED, "Timestamp", "WorkflowId", "EventDescription"]
        self.pd = pd.DataFrame({c: self.lf[c].to_pandas() for c in names})
        for c in CODED:
            self.pd[c] = self.pd[c].astype("category")
        self.pd["ts"] = self.lf["ts"].to_pandas()

    def close(self) -> None:
        """Let go of the peers' memory."""
        self.db.close()


def measure_queries(path: Path) -> Iterator[Outcome]:
    """Yield what each question took of each contender."""
    peers = Peers(path)
    try:
        measures = (
            one_value, four_filters, facet_counts, substring_exact, substring_any_case, anywhere, at_path, change_list,
            time_sort, text_sort, workflows,
        )  # fmt: skip
        for measure in measures:
            yield measure(peers)
    finally:
        peers.close()


def _size(_: str, result: Any) -> int:
    return int(result) if np.isscalar(result) else len(result)


def one_value(p: Peers) -> Outcome:
    """Filter by one value to a mask."""
    import polars as pl

    query = Query((OneOf("OperationStatus", frozenset({"failure"})),))
    p.table.codes("OperationStatus")
    medians, agree = in_turn(
        {
            "ours": lambda: mask_of(p.table, query),
            "polars": lambda: p.lf.select(pl.col("OperationStatus_cat") == "failure").to_series(),
            "pandas": lambda: (p.pd["OperationStatus"] == "failure").to_numpy(),
        },
        lambda _, mask: int(mask.sum()),
    )
    return Outcome("filter by one value", medians, "<= 0.25x polars", 0.25, ("polars",), agree=agree)


def four_filters(p: Peers) -> Outcome:
    """Four filters combined, to row positions."""
    import polars as pl

    low, high = p.table.instant_range or (0, 1)
    start, end = low + (high - low) // 4, low + (high - low) // 2
    initiator_type = p.table.codes("InitiatorType").value_of(1) or ""
    workflow_type = p.table.codes("WorkflowType").value_of(1) or ""
    query = Query(
        (
            OneOf("OperationStatus", frozenset({"success"})),
            OneOf("InitiatorType", frozenset({initiator_type})),
            OneOf("WorkflowType", frozenset({workflow_type})),
            TimeRange(start, end),
        )
    )
    for c in CODED:
        p.table.codes(c)
    epoch = 621_355_968_000_000_000
    a, b = (np.datetime64((t - epoch) * 100, "ns") for t in (start, end))
    keep = (
        (pl.col("OperationStatus_cat") == "success")
        & (pl.col("InitiatorType_cat") == initiator_type)
        & (pl.col("WorkflowType_cat") == workflow_type)
        & (pl.col("ts") >= pl.lit(a))
        & (pl.col("ts") < pl.lit(b))
    )
    sql = (
        "select pos from t where OperationStatus = 'success' and InitiatorType = ? and WorkflowType = ? "
        "and ts >= ? and ts < ?"
    )
    frame = p.pd
    medians, agree = in_turn(
        {
            "ours": lambda: run_query(p.table, query).positions,
            "polars": lambda: p.lf.select(pl.arg_where(keep)).to_series(),
            "DuckDB": lambda: p.db.execute(sql, [initiator_type, workflow_type, str(a)[:26], str(b)[:26]]).fetchnumpy()[
                "pos"
            ],
            "pandas": lambda: np.flatnonzero(
                (frame["OperationStatus"] == "success")
                & (frame["InitiatorType"] == initiator_type)
                & (frame["WorkflowType"] == workflow_type)
                & (frame["ts"] >= a)
                & (frame["ts"] < b)
            ),
        },
        _size,
    )
    is_large = len(p.table) >= 5_000_000
    return Outcome(
        "four filters combined, to positions", medians,
        "<= 1.0x the best" if is_large else "<= 0.5x polars", 1.0 if is_large else 0.5,
        ("polars", "DuckDB", "pandas") if is_large else ("polars",), agree=agree,
    )  # fmt: skip


def facet_counts(p: Peers) -> Outcome:
    """Counts of eight facets under a filter."""
    import polars as pl

    query = Query((OneOf("OperationStatus", frozenset({"failure"})),))
    kept = p.lf["OperationStatus_cat"] == "failure"

    def of_polars() -> dict[str, int]:
        part = p.lf.filter(kept)
        counts = {c: part.select(pl.col(f"{c}_cat").value_counts()).height for c in FACETS if c != FACETS[0]}
        p.lf.select(pl.col("OperationStatus_cat").value_counts())
        return counts

    def of_pandas() -> dict[str, int]:
        part = p.pd[(p.pd["OperationStatus"] == "failure").to_numpy()]
        counts = {c: int((part[c].value_counts() > 0).sum()) for c in FACETS if c != FACETS[0]}
        p.pd["OperationStatus"].value_counts()
        return counts

    for c in FACETS:
        p.table.codes(c)
    medians, agree = in_turn(
        {"ours": lambda: count_facets(run_query(p.table, query), FACETS), "polars": of_polars, "pandas": of_pandas},
        lambda name, counts: {
            c: int((np.asarray(counts[c].counts) > 0).sum()) if name == "ours" else counts[c] for c in FACETS[1:]
        },
    )
    return Outcome(
        "counts of 8 facets under a filter", medians, "<= 0.5x the best", 0.5, ("polars", "pandas"), agree=agree
    )


def _substring(p: Peers, is_case_sensitive: bool, work: str) -> Outcome:
    import polars as pl

    text, column = "retention", "CustomValues"
    query = Query((TextSearch(text, column, is_case_sensitive=is_case_sensitive),))
    if is_case_sensitive:
        keep, sql = pl.col(column).str.contains(text, literal=True), f"contains({column}, '{text}')"
    else:
        keep, sql = pl.col(column).str.contains(f"(?i){text}"), f"{column} ilike '%{text}%'"
    medians, agree = in_turn(
        {
            "ours": lambda: mask_of(p.table, query),
            "polars": lambda: p.lf.select(keep.fill_null(False)).to_series(),
            "DuckDB": lambda: p.db.execute(f"select {sql} as hit from t").fetchnumpy()["hit"],
        },
        lambda _, mask: int(np.ma.filled(mask, False).sum()),
    )
    return Outcome(work, medians, "<= 1.0x polars", 1.0, ("polars",), agree=agree)


def substring_exact(p: Peers) -> Outcome:
    """Substring in one column, exact case."""
    return _substring(p, True, "substring in one column, exact case")


def substring_any_case(p: Peers) -> Outcome:
    """Substring in one column, ignoring case."""
    return _substring(p, False, "substring in one column, ignoring case")


def anywhere(p: Peers) -> Outcome:
    """Substring in any column, ignoring case, against ripgrep over the file."""
    import polars as pl

    text = "quarantine-zz"
    query = Query((TextSearch(text),))
    names = [c for c in p.lf.columns if not c.endswith("_cat") and c != "ts"]
    contenders = {
        "ours": lambda: int(mask_of(p.table, query).sum()),  # type: ignore[union-attr]
        "polars": lambda: p.lf.select(
            pl.any_horizontal([pl.col(c).str.contains(f"(?i){text}") for c in names]).sum()
        ).item(),
    }
    if shutil.which("rg"):
        contenders["ripgrep"] = lambda: int(
            subprocess.run(
                ["rg", "-i", "-c", "--no-config", "--text", text, str(p.path)],
                capture_output=True,
                text=True,
                check=False,
            ).stdout
            or 0
        )
    medians, agree = in_turn(contenders, lambda _, count: int(count))
    return Outcome("substring anywhere, ignoring case", medians, "<= 1.2x rg -i", 1.2, ("ripgrep",), agree=agree)


def at_path(p: Peers) -> Outcome:
    """A value at a path in a JSON column."""
    sought = "WS-6263"
    query = Query((value_at("UpdatedState", "/hostname", f'"{sought}"'),))
    place = "json_extract_string(UpdatedState, '$.hostname')"
    sql = f"select count(*) from t where UpdatedState <> '' and {place} = '{sought}'"

    def of_polars() -> int:
        states = p.lf["UpdatedState"]
        return int((states.filter(states != "").str.json_path_match("$.hostname") == sought).sum())

    medians, agree = in_turn(
        {
            "ours": lambda: int(mask_of(p.table, query).sum()),  # type: ignore[union-attr]
            "DuckDB": lambda: p.db.execute(sql).fetchone()[0],  # type: ignore[index]
            "polars": of_polars,
        },
        lambda _, count: int(count),
    )
    return Outcome("a value at a path in a JSON column", medians, "<= 0.2x DuckDB", 0.2, ("DuckDB",), agree=agree)


def change_list(p: Peers) -> Outcome:
    """The changes of update events, both states parsed and compared; the peer only says whether they are equal."""
    import orjson

    from auditviewer.core.state_diff import changes, diff_states

    rows = p.lf.select("OriginalState", "UpdatedState").rows()
    pairs = [(a, b) for a, b in rows if a and b][:4000]
    medians, agree = in_turn(
        {
            "ours": lambda: sum(bool(changes(diff_states(a, b))) for a, b in pairs),
            "orjson": lambda: sum(orjson.loads(a) != orjson.loads(b) for a, b in pairs),
        },
        _size,
        rounds=3,
    )
    return Outcome(f"changes of {len(pairs):,} update events", medians, "<= 1.0x orjson", 1.0, ("orjson",), agree=agree)


def time_sort(p: Peers) -> Outcome:
    """Sort by time (run on a shuffled export)."""
    import polars as pl

    from auditviewer.core.query.run import ordered

    table = p.table

    def ours() -> Any:
        table.__dict__.pop("time_order", None)
        return ordered(table, Order("Timestamp"))

    medians, agree = in_turn(
        {
            "ours": ours,
            "polars": lambda: p.lf.select(pl.col("ts").arg_sort()).to_series(),
            "pandas": lambda: np.argsort(p.pd["ts"].to_numpy(), kind="stable"),
            "DuckDB": lambda: p.db.execute("select pos from t order by ts").fetchnumpy()["pos"],
        },
        lambda _, order: int(np.asarray(order)[0]),
    )
    return Outcome("sort by time", medians, "<= 1.2x polars", 1.2, ("polars",), agree=agree)


def text_sort(p: Peers) -> Outcome:
    """Sort by the text of a column."""
    import polars as pl

    from auditviewer.core.query.run import ordered

    p.table.codes("Target")
    medians, agree = in_turn(
        {
            "ours": lambda: ordered(p.table, Order("Target")),
            "DuckDB": lambda: p.db.execute("select pos from t order by Target, pos").fetchnumpy()["pos"],
            "polars": lambda: p.lf.select(pl.col("Target").arg_sort()).to_series(),
        },
        lambda _, order: p.lf["Target"][int(np.asarray(order)[0])],
    )
    return Outcome("sort by a text column", medians, "<= 0.35x DuckDB", 0.35, ("DuckDB",), agree=agree)


def workflows(p: Peers) -> Outcome:
    """One entry a workflow with duration."""
    import polars as pl

    everything = run_query(p.table, EVERYTHING)
    sql = (
        "select WorkflowId, min(ts) a, max(ts) b, count(*) n, arg_max(OperationStatus, ts) last, "
        "any_value(WorkflowType) kind from t where WorkflowId <> '' group by WorkflowId"
    )
    medians, agree = in_turn(
        {
            "ours": lambda: summarise_workflows(everything),
            "DuckDB": lambda: p.db.execute(sql).to_arrow_table(),
            "polars": lambda: p.lf.group_by("WorkflowId").agg(
                pl.col("ts").min().alias("a"), pl.col("ts").max().alias("b"), pl.len(),
                pl.col("OperationStatus").last().alias("last"), pl.col("WorkflowType").first(),
            ),
        },
        _size,
    )  # fmt: skip
    return Outcome("one entry a workflow", medians, "<= 0.2x DuckDB", 0.2, ("DuckDB",), agree=agree)
