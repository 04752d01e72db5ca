"""Samples: the written algorithm, the same picks whatever the order, and sizes that the tables give."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query import OneOf, Query, run_query
from auditviewer.core.sampling import (
    Method,
    draw_sample,
    first_of_population,
    keys_of,
    ordered_population,
    sample_size,
    shares,
)
from tests.builders import event, table_of

ROWS = [{"Id": f"id-{i}", "OperationStatus": "failure" if i % 4 == 0 else "success"} for i in range(100)]


def picks(rows, size, seed="s", **choices):
    result = run_query(table_of(rows))
    return keys_of(result.table, draw_sample(result, size, seed, **choices).positions)


def test_the_picks_are_those_of_the_written_algorithm():
    ids = [row["Id"] for row in ROWS]
    expected = sorted(ids, key=lambda text: hashlib.sha256(f"s/{text}".encode()).digest())[:7]
    assert picks(ROWS, 7) == expected
    assert picks(ROWS, 7, seed="t") != expected


def test_the_order_of_the_events_does_not_matter_and_a_larger_population_keeps_its_picks():
    before = picks(ROWS, 10)
    assert picks(ROWS[::-1], 10) == before
    more = ROWS + [{"Id": f"new-{i}"} for i in range(50)]
    after = picks(more, 150)
    assert [key for key in after if key.startswith("id-")][:10] == before


def test_the_first_picks_are_those_of_the_whole_order():
    result = run_query(table_of([{"Id": f"id-{i // 3}"} for i in range(300)]))
    whole = ordered_population(result.table, result.positions, "s").tolist()
    for n in (1, 2, 100, 299, 300):
        assert first_of_population(result.table, result.positions, "s", n).tolist() == whole[:n]


def test_events_without_an_id_are_named_by_their_place():
    assert picks([{"Id": None}, {"Id": ""}], 2, seed="x") in (
        [f"{'0' * 64}//1", f"{'0' * 64}//2"],
        [f"{'0' * 64}//2", f"{'0' * 64}//1"],
    )


def test_a_systematic_sample_goes_through_the_population_in_even_steps():
    result = run_query(table_of(ROWS))
    at = np.sort(draw_sample(result, 10, "seed", Method.SYSTEMATIC).positions)
    assert set(np.diff(at)) == {10}


def test_strata_get_their_share_and_at_least_one():
    result = run_query(table_of(ROWS))
    sample = draw_sample(result, 8, "s", Method.STRATIFIED, "OperationStatus")
    assert sample.strata == {"failure": (25, 2), "success": (75, 6)}
    assert shares([1, 1, 998], 10) == [1, 1, 8]
    assert shares([5, 5, 5], 4) == [2, 1, 1]
    assert sum(shares([7, 13, 29, 51], 33)) == 33
    with pytest.raises(WrongUsageError, match="100 values"):
        draw_sample(result, 8, "s", Method.STRATIFIED, "Id")


def test_the_population_is_what_the_filter_keeps():
    result = run_query(table_of(ROWS), Query((OneOf("OperationStatus", frozenset({"failure"})),)))
    sample = draw_sample(result, 25, "s")
    assert sample.population == 25 and set(sample.positions.tolist()) == set(range(0, 100, 4))
    for size in (0, 26):
        with pytest.raises(WrongUsageError, match="cannot be drawn"):
            draw_sample(result, size, "s")


@pytest.mark.parametrize(
    ("confidence", "tolerable", "expected", "size"),
    # AICPA Audit Sampling Guide, table of sample sizes at 5 % risk: 59, 29, 149 with no expected deviation; 93 with one
    [(0.95, 0.05, 0, 59), (0.95, 0.10, 0, 29), (0.95, 0.02, 0, 149), (0.95, 0.05, 1, 93), (0.90, 0.05, 0, 45)],
)
def test_sizes_are_those_of_the_tables(confidence, tolerable, expected, size):
    assert sample_size(confidence, tolerable, expected) == size
    assert sample_size(confidence, tolerable, expected, population=10) == 10


def test_sizes_that_make_no_sense_are_refused():
    for given in ((0, 0.1, 0), (1, 0.1, 0), (0.9, 0, 0), (0.9, 0.1, -1)):
        with pytest.raises(WrongUsageError):
            sample_size(*given)
    assert event()["Id"]


def test_events_that_share_an_id_are_told_apart_by_their_place(tmp_path):
    from auditviewer.core.query.places import place_keys
    from auditviewer.core.reading import read_exports

    for name in ("a", "b"):
        lines = "".join(f"id-{i},{name}{i}\n" for i in range(4))
        (tmp_path / f"{name}.csv").write_text(f"Id,EventType\n{lines}")
    drawn = []
    for order in ("ab", "ba"):
        result = run_query(read_exports([tmp_path / f"{name}.csv" for name in order], uses_cache=False))
        for method in (Method.RANDOM, Method.SYSTEMATIC):
            drawn.append(place_keys(result.table, draw_sample(result, 5, "s", method).positions))
    assert drawn[0] == drawn[2] and drawn[1] == drawn[3]


def test_a_large_sample_size_is_found_at_once():
    assert sample_size(0.99, 0.01, 10_000) > 1_000_000


@pytest.mark.parametrize(
    ("tolerable", "rate", "size"),
    [(0.05, 0.0025, 93), (0.05, 0.01, 93), (0.05, 0.0125, 124), (0.05, 0.0175, 153), (0.05, 0.02, 181),
     (0.06, 0.02, 127), (0.10, 0.02, 46), (0.10, 0.03, 61), (0.04, 0.01, 156), (0.10, 0.04, 89)],
)  # fmt: skip
def test_sizes_for_an_expected_rate_are_those_of_the_tables_for_95_percent(tolerable, rate, size):
    assert sample_size(0.95, tolerable, expected_rate=rate) == size


def test_more_deviations_than_are_tolerable_cannot_be_expected():
    with pytest.raises(WrongUsageError, match="expected"):
        sample_size(0.95, 0.05, expected_rate=0.05)


@pytest.mark.parametrize("method", [Method.RANDOM, Method.SYSTEMATIC])
def test_files_that_share_events_give_the_same_sample_in_any_order(tmp_path, method):
    import csv
    import itertools

    from auditviewer.core.reading import read_exports

    rows = [event(i, Id=("", "same", f"id-{i}")[i % 3]) for i in range(30)]
    paths = []
    for name, some in (("a", rows[:20]), ("b", rows[10:]), ("c", rows[5:25])):
        paths.append(tmp_path / f"{name}.csv")
        with paths[-1].open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(some)
    drawn = set()
    for order in itertools.permutations(paths):
        log = read_exports(list(order), uses_cache=False)
        assert len(log) == 20 + 20  # those with an Id are shown once, whichever file they are read from
        sample = draw_sample(run_query(log), 30, "seed", method)
        drawn.add(tuple(log.page(sample.positions, ["Timestamp"])[0]))
    assert len(drawn) == 1
