"""Benchmarks of questions: filters, facets, search, sorts, workflows, beside the peers of `query_peers` and ripgrep."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditviewer.core.query import EVERYTHING, OneOf, Order, Query, TextSearch, TimeRange, run_query
from auditviewer.core.query.facets import count_facets
from auditviewer.core.query.run import mask_of, ordered
from auditviewer.core.query.value_at import value_at
from auditviewer.core.workflows import summarise_workflows
from tests.benchmarks.measure import Outcome, in_turn
from tests.benchmarks.query_peers import FACETS, FILTERED, LARGE, Peers, Shuffled

UNIX_EPOCH = 621_355_968_000_000_000


def measure_queries(path: Path) -> Iterator[Outcome]:
    """Yield what each question took of each contender."""
    peers = Peers(path)
    peers.ask_visidata()
    try:
        for measure in (one_value, four_filters, facet_counts, substring_exact, substring_any_case):
            yield measure(peers)
        yield substring_common(peers)
        for measure in (anywhere, at_path, text_sort, workflows):
            yield measure(peers)
        shuffled = Shuffled(peers)
        yield four_filters_shuffled(peers, shuffled)
        yield time_sort(shuffled)
    finally:
        peers.close()


def _with_visidata(p: Peers, outcome: Outcome, work: str) -> Outcome:
    """Add VisiData's one round to an outcome."""
    if work in p.visidata:
        outcome.medians["VisiData"] = p.visidata[work][0]
    outcome.notes.append(p.visidata_says)
    return outcome


def _count(_: str, mask: Any) -> int:
    """Return how many a mask keeps, of whichever kind it is."""
    if isinstance(mask, (pa.Array, pa.ChunkedArray)):
        return int(pc.sum(mask).as_py() or 0)
    return int(np.ma.filled(mask, False).sum())


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
            "pyarrow": lambda: pc.equal(p.arrow["OperationStatus"], "failure"),
        },
        _count,
    )
    outcome = Outcome("filter by one value", medians, "<= 0.25x polars", 0.25, ("polars",), agree=agree)
    return _with_visidata(p, outcome, "value")


def four_filters(p: Peers) -> Outcome:
    """Four filters combined, to row positions, of events in the order of the file."""
    is_large = len(p.table) >= LARGE
    return _four_filters(p, "four filters combined, to positions", p, "t", is_large)


def four_filters_shuffled(p: Peers, s: Shuffled) -> Outcome:
    """The same of events that are not in order of time."""
    return _four_filters(p, "four filters combined, to positions, shuffled rows", s, "s", len(p.table) >= LARGE)


def _four_filters(p: Peers, work: str, of: Peers | Shuffled, name: str, is_large: bool) -> Outcome:
    import polars as pl

    low, high = of.table.instant_range or (0, 1)
    start, end = low + (high - low) // 4, low + (high - low) // 2
    values = ["success", *(of.table.codes(c).value_of(1) or "" for c in FILTERED[1:])]
    query = Query((*(OneOf(c, frozenset({v})) for c, v in zip(FILTERED, values, strict=True)), TimeRange(start, end)))
    query = query.with_order(Order(None))
    a, b = (np.datetime64((t - UNIX_EPOCH) * 100, "ns") for t in (start, end))
    keep = (pl.col("ts") >= pl.lit(a)) & (pl.col("ts") < pl.lit(b))
    for c, v in zip(FILTERED, values, strict=True):
        keep = keep & (pl.col(f"{c}_cat") == v)
    tests = " and ".join(f"{c} = ?" for c in FILTERED)
    sql = f"select pos from {name} where {tests} and ts >= ? and ts < ?"

    def of_pandas() -> Any:
        kept = (of.pd["ts"] >= a) & (of.pd["ts"] < b)
        for c, v in zip(FILTERED, values, strict=True):
            kept &= of.pd[c] == v
        return np.flatnonzero(kept)

    def of_pyarrow() -> Any:
        kept = pc.and_(pc.greater_equal(of.arrow["ts"], start), pc.less(of.arrow["ts"], end))
        for c, v in zip(FILTERED, values, strict=True):
            kept = pc.and_(kept, pc.equal(of.arrow[c], v))
        return pc.indices_nonzero(kept)

    medians, agree = in_turn(
        {
            "ours": lambda: run_query(of.table, query).positions,
            "polars": lambda: of.lf.select(pl.arg_where(keep)).to_series(),
            "DuckDB": lambda: p.db.execute(sql, [*values, str(a)[:26], str(b)[:26]]).fetchnumpy()["pos"],
            "pandas": of_pandas,
            "pyarrow": of_pyarrow,
        },
        _size,
    )
    target, limit = ("<= 1.0x the best", 1.0) if is_large else ("<= 0.5x polars", 0.5)
    against = ("polars", "DuckDB", "pandas", "pyarrow") if is_large else ("polars",)
    return Outcome(work, medians, target, limit, against, agree=agree)


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

    def of_pyarrow() -> dict[str, int]:
        part = pa.table(p.arrow).filter(pc.equal(p.arrow["OperationStatus"], "failure"))
        counts = {c: len(pc.value_counts(part[c])) for c in FACETS if c != FACETS[0]}
        pc.value_counts(p.arrow["OperationStatus"])
        return counts

    for c in FACETS:
        p.table.codes(c)
    medians, agree = in_turn(
        {
            "ours": lambda: count_facets(run_query(p.table, query), FACETS),
            "polars": of_polars,
            "pandas": of_pandas,
            "pyarrow": of_pyarrow,
        },
        lambda name, counts: {
            c: int((np.asarray(counts[c].counts) > 0).sum()) if name == "ours" else counts[c] for c in FACETS[1:]
        },
    )
    return Outcome(
        "counts of 8 facets under a filter", medians, "<= 0.5x the best", 0.5, ("polars", "pandas", "pyarrow"),
        agree=agree,
    )  # fmt: skip


def _substring(p: Peers, text: str, is_case_sensitive: bool, work: str) -> Outcome:
    import polars as pl

    column = "CustomValues"
    query = Query((TextSearch(text, column, is_case_sensitive=is_case_sensitive),))
    if is_case_sensitive:
        keep, sql = pl.col(column).str.contains(text, literal=True), f"contains({column}, '{text}')"
    else:
        keep, sql = pl.col(column).str.contains(f"(?i){text}"), f"{column} ilike '%{text}%'"
    arrow = p.plain(column)
    medians, agree = in_turn(
        {
            "ours": lambda: mask_of(p.table, query),
            "polars": lambda: p.lf.select(keep.fill_null(False)).to_series(),
            "DuckDB": lambda: p.db.execute(f"select {sql} as hit from t").fetchnumpy()["hit"],
            "pyarrow": lambda: pc.match_substring(arrow, text, ignore_case=not is_case_sensitive),
        },
        _count,
    )
    return Outcome(work, medians, "<= 1.0x polars", 1.0, ("polars",), agree=agree)


def substring_exact(p: Peers) -> Outcome:
    """Substring in one column, exact case: no cell holds it, and many hold most of it ("authentication")."""
    outcome = _substring(p, "retention", True, "substring in one column, exact case")
    return _with_visidata(p, outcome, "exact")


def substring_any_case(p: Peers) -> Outcome:
    """The same, ignoring case."""
    outcome = _substring(p, "retention", False, "substring in one column, ignoring case")
    return _with_visidata(p, outcome, "any case")


def substring_common(p: Peers) -> Outcome:
    """A text that nearly half of the cells hold, ignoring case."""
    return _substring(p, "reason", False, "substring in 4 of 10 cells, ignoring case")


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


def time_sort(s: Shuffled) -> Outcome:
    """Sort by time, of events that are not in order of time."""
    import polars as pl

    table = s.table

    def ours() -> Any:
        table.__dict__.pop("time_order", None)
        return ordered(table, Order("Timestamp"))

    medians, agree = in_turn(
        {
            "ours": ours,
            "polars": lambda: s.lf.select(pl.col("ts").arg_sort()).to_series(),
            "pandas": lambda: np.argsort(s.pd["ts"].to_numpy(), kind="stable"),
            "DuckDB": lambda: s.db.execute("select pos from s order by ts").fetchnumpy()["pos"],
            "pyarrow": lambda: pc.array_sort_indices(s.arrow["ts"]),
        },
        lambda _, order: int(np.asarray(order)[0]),
    )
    outcome = Outcome("sort by time, shuffled rows", medians, "<= 1.2x polars", 1.2, ("polars",), agree=agree)
    outcome.notes.append("rows as the export has them" if s.is_as_read else "rows shuffled in memory, alike for all")
    return outcome


def text_sort(p: Peers) -> Outcome:
    """Sort by the text of a column."""
    import polars as pl

    p.table.codes("Target")
    medians, agree = in_turn(
        {
            "ours": lambda: ordered(p.table, Order("Target")),
            "DuckDB": lambda: p.db.execute("select pos from t order by Target, pos").fetchnumpy()["pos"],
            "polars": lambda: p.lf.select(pl.col("Target").arg_sort()).to_series(),
            "pyarrow": lambda: pc.array_sort_indices(p.arrow["Target"]),
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
            "DuckDB": lambda: p.db.sql(sql).to_arrow_table(),
            "polars": lambda: p.lf.group_by("WorkflowId").agg(
                pl.col("ts").min().alias("a"), pl.col("ts").max().alias("b"), pl.len(),
                pl.col("OperationStatus").last().alias("last"), pl.col("WorkflowType").first(),
            ),
        },
        _size,
    )  # fmt: skip
    return Outcome("one entry a workflow", medians, "<= 0.2x DuckDB", 0.2, ("DuckDB",), agree=agree)
