"""Stable orders: the same answer as numpy's own stable sort, whatever the keys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core.ordering import stable_order

pytestmark = pytest.mark.usefixtures("way")
INT64 = st.integers(-(2**63), 2**63 - 1)


def check(keys):
    np.testing.assert_array_equal(stable_order(keys), np.argsort(keys, kind="stable"))


@given(st.lists(INT64 | st.integers(-3, 3) | st.sampled_from([0, 1, 2**62, 2**62 + 1, -(2**63)]), max_size=60))
def test_any_64_bit_keys_keep_their_ties_in_place(keys):
    check(np.array(keys, dtype=np.int64))


@given(st.lists(st.integers(0, 2**64 - 1) | st.sampled_from([0, 2**64 - 1]), max_size=60))
def test_unsigned_keys_use_their_whole_range(keys):
    check(np.array(keys, dtype=np.uint64))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.int32])
def test_narrow_keys_keep_their_ties_in_place(dtype):
    check(np.random.default_rng(1).integers(0, 200, 5000).astype(dtype))


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_keys_too_wide_to_hold_their_places_are_told_apart_by_their_low_bits(step):
    rng = np.random.default_rng(2)
    keys = rng.integers(0, 2**62, 3000)
    keys[rng.integers(0, 3000, 900)] = 2**61 + rng.integers(0, 5, 900) * step
    check(keys)
