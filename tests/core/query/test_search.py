"""Text search: every way of finding gives what looking into each cell would give."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query import literal as literal_module
from auditviewer.core.query.literal import Finder, Literal
from auditviewer.core.query.search import search_mask
from auditviewer.core.reading import read_exports
from tests.builders import event, table_of

CELLS = st.lists(st.none() | st.text("abAB é\n\0{", max_size=12), min_size=1, max_size=30)
SOUGHT = st.text("abAB é\n\0{", min_size=1, max_size=5)
_LOWER = {c: c + 32 for c in range(65, 91)}


def rows_found(table, text, columns=("EventDescription",), is_regex=False, is_case_sensitive=False):
    return np.flatnonzero(search_mask(table, text, columns, is_regex, is_case_sensitive)).tolist()


@given(CELLS, SOUGHT)
def test_exact_search_finds_what_each_cell_holds(cells, text):
    table = table_of([{"EventDescription": cell} for cell in cells])
    expected = [i for i, cell in enumerate(cells) if cell is not None and text in cell]
    assert rows_found(table, text, is_case_sensitive=True) == expected


@given(CELLS, SOUGHT)
def test_search_ignoring_case_finds_either_case(cells, text):
    table = table_of([{"EventDescription": cell} for cell in cells])
    expected = [
        i for i, cell in enumerate(cells) if cell is not None and text.translate(_LOWER) in cell.translate(_LOWER)
    ]
    assert rows_found(table, text) == expected


@given(CELLS, st.text("abAB ", min_size=1, max_size=6), st.booleans(), st.sampled_from([2, 4, 16, 1 << 20]))
def test_bytes_lead_back_to_cells_across_every_window(cells, text, is_folded, window):
    kept = literal_module._WINDOW
    literal_module._WINDOW = window
    try:
        found = Finder(Literal(text.encode(), is_folded)).find(pa.array(cells, pa.large_string()))
    finally:
        literal_module._WINDOW = kept
    fold = (lambda s: s.translate(_LOWER)) if is_folded else str
    if found is not None:
        assert found.tolist() == [cell is not None and fold(text) in fold(cell) for cell in cells]


def test_a_text_in_every_row_is_found_in_every_row():
    table = table_of([{"EventDescription": f"policy {i} policy"} for i in range(500)])
    assert len(rows_found(table, "POLICY")) == 500
    assert rows_found(table, "policy 499") == [499]


def test_a_sliced_array_is_searched_from_where_it_starts():
    array = pa.array(["needle", "x", "a needle", None, "need", "le"], pa.large_string()).slice(1)
    assert Finder(Literal(b"needle")).find(array).tolist() == [False, True, False, False, False]


def test_letters_beyond_ascii_are_found_in_either_case():
    table = table_of([{"EventDescription": text} for text in ("CAFÉ", "café", "cafe", "ΣΟΦΟΣ")])
    assert rows_found(table, "café") == [0, 1]
    assert rows_found(table, "σοφοσ") == [3]


def test_signs_of_expressions_are_plain_text_unless_asked():
    table = table_of([{"EventDescription": text} for text in ("a.b", "axb", "(a+)+$", "tab\there")])
    assert rows_found(table, "a.b") == [0]
    assert rows_found(table, "a.b", is_regex=True) == [0, 1]
    assert rows_found(table, "(a+)+$") == [2]
    assert rows_found(table, r"^a.b$", is_regex=True, is_case_sensitive=True) == [0, 1]


def test_all_columns_are_searched_the_json_ones_and_the_category_included():
    rows = [{"OriginalState": '{"k": "Hidden"}'}, {"Initiator": "hidden@example.com"}, {"Severity": "unhidden"}, {}]
    table = table_of(rows)
    assert rows_found(table, "hidden", table.columns) == [0, 1, 2]


def test_an_expression_that_cannot_be_understood_is_one_sentence():
    with pytest.raises(WrongUsageError, match="cannot be understood"):
        rows_found(table_of([{}]), "(", is_regex=True)


def test_a_lone_surrogate_is_found_where_json_holds_one(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([event(1, EventDescription="a\ud800b"), event(2, EventDescription="plain AB")]))
    table = read_exports([path])
    assert rows_found(table, "\ud800") == [0]
    assert rows_found(table, "A") == [0, 1]
    assert rows_found(table, "B", is_case_sensitive=True) == [1]


def test_one_finder_serves_arrays_of_every_size_and_kind():
    finder = Finder(Literal(b"needle", is_folded=True))
    short, long = ["a needle", "x"], ["xneedl" * 300, "x" * 200_000 + "NEEDLE", "nee", None]
    for cells in (short, long, short, [], [None], ["NeEdLe" + "y" * 50] * 3, ["\U0001f600needle"]):
        found = finder.find(pa.array(cells, pa.large_string()))
        assert found.tolist() == ["needle" in (cell or "").lower() for cell in cells]


def test_what_is_too_common_is_found_all_the_same():
    rows = [{"CustomValues": "ab" * 40 if i % 2 else "a" * 80} for i in range(3000)]
    table = table_of(rows)
    for text in ("ab", "aba", "AA", "a"):
        found = search_mask(table, text, ["CustomValues"], False, False)
        assert found.tolist() == [text.lower() in row["CustomValues"] for row in rows]
