"""Text search: every way of finding gives what looking into each cell would give."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query import search
from auditviewer.core.query.search import Sought, search_mask
from auditviewer.core.reading import read_exports
from auditviewer.core.table import EventTable, Part
from tests.builders import event, table_of

pytestmark = pytest.mark.usefixtures("way")

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


def test_a_text_in_every_row_is_found_in_every_row():
    table = table_of([{"EventDescription": f"policy {i} policy"} for i in range(500)])
    assert len(rows_found(table, "POLICY")) == 500
    assert rows_found(table, "policy 499") == [499]


def test_letters_beyond_ascii_are_found_in_either_case():
    table = table_of([{"EventDescription": text} for text in ("CAFÉ", "café", "cafe", "ΣΟΦΟΣ")])
    assert rows_found(table, "café") == [0, 1]
    assert rows_found(table, "σοφοσ") == [3]


def test_letters_beyond_ascii_are_found_in_texts_that_share_the_rest():
    cells = ["Übersicht K", "übersicht K", "UBERSICHT", "übersicht k", "ÜBERSICHT k", "übersicht x", None, "über"]
    table = table_of([{"EventDescription": text} for text in cells * 3])
    assert rows_found(table, "ÜBERSICHT K") == [i + 8 * k for k in range(3) for i in (0, 1, 3, 4)]
    assert rows_found(table, "ÜBERSICHT") == [i + 8 * k for k in range(3) for i in (0, 1, 3, 4, 5)]


@given(CELLS, st.text("abkKéÉßσς", min_size=1, max_size=6))
def test_a_part_that_is_sifted_for_loses_no_cell(cells, text):
    table = table_of([{"EventDescription": cell} for cell in [*cells, text, text.swapcase(), f"x{text.upper()}"]])
    sought = Sought(text)
    if sought.literal is None:
        every = table.text_chunks("EventDescription")[0][1]
        assert rows_found(table, text) == np.flatnonzero(sought.match(every)).tolist()


def test_signs_whose_lower_case_is_a_letter_of_ascii_are_found_beside_letters_beyond_it():
    cells = ["\u00c9SKIMO", "\u00e9\u017f\u212aimo", "eskimo", "\u00e9skim"]
    assert rows_found(table_of([{"EventDescription": cell} for cell in cells]), "\u00e9skimo") == [0, 1]


def test_an_empty_text_stands_in_every_cell_that_is_there():
    assert rows_found(table_of([{"EventDescription": cell} for cell in ("a", "", None)]), "") == [0, 1]


@pytest.mark.parametrize("is_case_sensitive", [True, False])
@pytest.mark.parametrize("text", ["a", "ab", "needle", "aab", "bbb", "NEEDLE"])
def test_threads_that_share_the_work_find_the_same(monkeypatch, text, is_case_sensitive):
    monkeypatch.setattr(search, "_PIECE", 64)
    monkeypatch.setattr(search, "_WORTH_THREADS", 0)
    monkeypatch.setattr(search.os, "cpu_count", lambda: 3)
    cells = [None if i % 11 == 0 else "a" * (i % 7) + ("needle" if i % 13 == 0 else "b") * (i % 4) for i in range(700)]
    table = table_of([{"CustomValues": cell, "Target": cell} for cell in cells])
    fold = str if is_case_sensitive else str.lower
    for column in ("CustomValues", "Target"):
        expected = [i for i, cell in enumerate(cells) if cell is not None and fold(text) in fold(cell)]
        assert rows_found(table, text, [column], is_case_sensitive=is_case_sensitive) == expected


def test_sources_that_store_a_column_differently_or_lack_it_are_searched_as_one():
    coded = table_of([{"Target": text} for text in ("needle", "x", None, "a Needle")])
    plain = table_of([{"CustomValues": text} for text in ("needle", None)])
    renamed = plain.parts[0].data.drop_columns("c:Target").rename_columns(
        ["c:Target" if name == "c:CustomValues" else name for name in plain.parts[0].data.column_names
         if name != "c:Target"]
    )  # fmt: skip
    lacking = coded.parts[0].data.drop_columns("c:Target")
    other = table_of([{"Target": text} for text in ("y", "the needle")])
    parts = [coded.parts[0], Part(renamed, (0,)), Part(lacking, (0,)), coded.parts[0], other.parts[0]]
    table = EventTable(tuple(parts), coded.sources)
    assert rows_found(table, "needle", ["Target"]) == [0, 3, 4, 10, 13, 15]
    fewer = EventTable(tuple(parts), coded.sources, rows=np.array([1, 3, 4, 5, 9, 13]))
    assert rows_found(fewer, "needle", ["Target"]) == [1, 2, 5]


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


def test_what_is_too_common_is_found_all_the_same():
    rows = [{"CustomValues": "ab" * 40 if i % 2 else "a" * 80} for i in range(3000)]
    table = table_of(rows)
    for text in ("ab", "aba", "AA", "a"):
        found = search_mask(table, text, ["CustomValues"], False, False)
        assert found.tolist() == [text.lower() in row["CustomValues"] for row in rows]
