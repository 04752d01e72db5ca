"""What may stand in a JSON file as it is: the quick check says what the careful one says."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditviewer.core.json_text import DEPTH_LIMIT, is_object_or_array
from auditviewer.core.writing.json_writer import _may_stand

PIECES = st.lists(
    st.sampled_from(
        ["{", "}", "[", "]", ",", ":", '"a"', '"', "\\", "\\u", "\\ud800", "\\udc00", "\\u00e9", "1", "01", "-", ".5",
         "1e5", "1e", "true", "nul", "null", "NaN", " ", "\n", "\x01", "\x7f", "é", "\ufeff", "\xa0", '{"a":1}', "[1]"]
    ),
    min_size=1,
    max_size=8,
).map("".join)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(PIECES | PIECES.map(lambda text: f'{{"a":[{text}]}}') | PIECES.map(lambda text: f'["{text}"]'))
@example('{"a":"\\ud800"}')
@example('["\\ud83d\\ude00"]')
def test_the_quick_check_agrees_with_the_careful_one(text):
    assert _may_stand(text.encode()) == is_object_or_array(text)


@pytest.mark.parametrize("depth", [DEPTH_LIMIT, DEPTH_LIMIT + 1, 5_000])
def test_nesting_that_others_could_not_read_does_not_stand(depth):
    text = "[" * depth + "]" * depth
    assert _may_stand(text.encode()) == is_object_or_array(text) == (depth <= DEPTH_LIMIT)
