"""The parts of a table one after the other: columns of numbers over all of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from auditviewer.core.table import Part
from auditviewer.core.table.layout import Layout

WHOLE = pa.array(np.arange(100, 120), pa.int64())


def numbers_of(*arrays):
    return Layout(tuple(Part(pa.table({"p:instant": array}), (0,)) for array in arrays), None).numbers("p:instant")


def test_parts_of_one_memory_are_one_column_without_a_copy():
    numbers = numbers_of(WHOLE.slice(2, 5), WHOLE.slice(7, 0), WHOLE.slice(7, 8), WHOLE.slice(15, 5))
    assert numbers.tolist() == list(range(102, 120))
    assert np.shares_memory(numbers, WHOLE.to_numpy())


@pytest.mark.parametrize(
    "arrays",
    [
        (WHOLE.slice(0, 5), WHOLE.slice(6, 5)),
        (WHOLE.slice(5, 5), WHOLE.slice(0, 5)),
        (WHOLE.slice(0, 5), WHOLE.slice(0, 5)),
        (WHOLE.slice(0, 5), pa.array([1, 2], pa.int64())),
    ],
)
def test_parts_that_do_not_follow_each_other_there_are_joined_in_their_order(arrays):
    expected = [number for array in arrays for number in array.to_pylist()]
    assert numbers_of(*arrays).tolist() == expected


def test_no_events_have_no_numbers():
    assert len(numbers_of()) == len(numbers_of(WHOLE.slice(3, 0))) == 0
