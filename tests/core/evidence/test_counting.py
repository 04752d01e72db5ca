"""Counting the records of a package's CSV without reading its values."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core.evidence import verify

CELLS = st.lists(st.sampled_from(["", '"', '""', "\n", "\r\n", '"\n"', "a", ",", 'x""y\n""']), min_size=1, max_size=3)


class _Slowly(io.BytesIO):
    """A file that gives a few bytes at a time."""

    step = 1

    def read(self, _size=-1):
        return super().read(self.step)


@given(st.lists(CELLS, max_size=5), st.integers(1, 7))
def test_records_are_counted_wherever_the_pieces_are_cut(rows, step):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([["h"], *rows])
    file = _Slowly(text.getvalue().encode())
    file.step = step
    assert verify._count_csv(file) == len(rows)
