"""Positions and ranges, held against numpy's plain ways."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core.query import masks
from auditviewer.core.query.masks import true_positions, within


@given(st.lists(st.booleans(), max_size=70), st.integers(0, 200))
def test_positions_are_where_the_mask_is_true(some, n_false):
    for mask in (some + [False] * n_false, [False] * n_false + some, some * 3):
        assert true_positions(np.array(mask, dtype=bool)).tolist() == [i for i, kept in enumerate(mask) if kept]


BOUNDS = st.none() | st.integers(-3, 12)


@given(st.lists(st.integers(-2, 10), max_size=40), BOUNDS, BOUNDS, st.booleans())
def test_a_range_is_half_open_in_every_block(numbers, start, end, is_sorted):
    numbers = sorted(numbers) if is_sorted else numbers
    kept = masks._BLOCK
    masks._BLOCK = 8
    try:
        inside = within(np.array(numbers, dtype=np.int64), start, end, is_sorted)
    finally:
        masks._BLOCK = kept
    assert inside.tolist() == [(start is None or x >= start) and (end is None or x < end) for x in numbers]


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9])
def test_masks_of_every_length(n):
    assert true_positions(np.zeros(n, dtype=bool)).tolist() == []
    assert true_positions(np.ones(n, dtype=bool)).tolist() == list(range(n))
