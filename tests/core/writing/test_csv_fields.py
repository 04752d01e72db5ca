"""CSV made whole columns at a time is what `csv.writer` makes of the cells one by one, to the byte."""

from __future__ import annotations

import csv
import io
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditviewer.core.progress import SILENT
from auditviewer.core.writing import WriteChoices, csv_fields, csv_writer
from auditviewer.core.writing.csv_fields import as_fields, has_quotes, lines_in_quotes, lines_of
from auditviewer.core.writing.csv_writer import rows_as_csv, write_csv
from auditviewer.core.writing.formats import columns_to_write
from auditviewer.core.writing.report import Notes
from auditviewer.core.writing.texts import TEXT
from tests.builders import table_of

CELLS = st.one_of(
    st.sampled_from(
        ["", "{}", "[1,2]", '{"a":1}', '{"a":\n"b,\r\n"}', '"', '""', ",", "\n", "\r", "x", "\x1f", '"\x1f']
    ),
    st.text('",\r\n\x1fa é', max_size=6),
)
JSON_CELLS = st.sampled_from(
    ["", '{"a":1}', '{"a":\n"b,\r\n"}', '{"é":"\\"x\\"","y":[]}', '"', '{"a":"' + "b" * 300 + '"}']
)


def as_written(rows):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def bytes_of_all(table, positions, choices=WriteChoices()):  # noqa: B008 - frozen
    out = io.BytesIO()
    write_csv(out, table, positions, columns_to_write(table), choices, Notes(), SILENT)
    return out.getvalue()


def sliced(texts):
    """The texts as a part of a longer array, as a column's pieces are."""
    return pa.array(['"before",', *texts, "after"], TEXT).slice(1, len(texts))


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12))
def test_lines_of_any_texts_are_those_of_the_csv_module(rows):
    columns = [sliced(column) for column in zip(*rows, strict=True)]
    assert b"".join(lines_of([*map(as_fields, columns)]).to_pylist()) == as_written(rows)


@given(st.lists(st.tuples(JSON_CELLS, JSON_CELLS, CELLS), min_size=1, max_size=40), st.integers(1, 3))
def test_lines_of_texts_with_quotes_are_those_of_the_csv_module(rows, n_columns):
    rows = [row[-n_columns:] for row in rows]
    columns = [sliced(column) for column in zip(*rows, strict=True)]
    quoted = [has_quotes(column) for column in columns]
    if any(own is None for own in quoted):
        return
    lines = lines_in_quotes(columns, quoted)
    if lines is None:
        assert any("\x1f" in cell for row in rows for cell in row)
    elif n_columns > 1:
        assert b"".join(lines.to_pylist()) == as_written(rows)


def test_a_few_texts_without_a_quote_do_not_stand_in_quotes():
    rows = [['{"a":1}', ""]] * 20 + [["{}", '{"a":2}'], ["[1,2]", "x"], ["", ""]] + [["", '{"b":3}']] * 20
    columns = [sliced(column) for column in zip(*rows, strict=True)]
    quoted = [has_quotes(column) for column in columns]
    assert b"".join(lines_in_quotes(columns, quoted).to_pylist()) == as_written(rows)


@pytest.mark.parametrize("text", ["x", "x" * 10_000 + '"'])
def test_a_column_of_other_texts_is_not_handed_to_the_writer_that_quotes_all(text):
    assert has_quotes(pa.array([text] * 9 + ['{"a":1}'], TEXT)) is None


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"Target": CELLS, "CustomValues": JSON_CELLS, "OriginalState": CELLS, "UpdatedState": JSON_CELLS}
        ),
        min_size=1,
        max_size=30,
    ),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_an_export_is_what_the_csv_module_writes_whatever_the_pieces(cells, has_other_column, random):
    table = table_of([{**own, "Extra": own["Target"]} if has_other_column else own for own in cells])
    positions = np.array(random.sample(range(len(cells)), len(cells)), dtype=np.int64)
    with patch.object(csv_writer, "EVENTS_AT_ONCE", 7):
        assert bytes_of_all(table, positions) == rows_as_csv(table, positions, columns_to_write(table)).encode()


def test_what_tells_fields_apart_may_stand_in_a_value():
    table = table_of([{"UpdatedState": '{"a":"\x1f"}'}, {"UpdatedState": '{"a":1}'}, {"UpdatedState": '"\x1f\n'}])
    positions = np.arange(3)
    assert bytes_of_all(table, positions) == rows_as_csv(table, positions, columns_to_write(table)).encode()


def test_columns_of_json_take_the_quick_way():
    table = table_of([{"CustomValues": '{"a":"x"}', "OriginalState": "", "UpdatedState": '{"b":\n"y"}'}] * 5)
    with patch.object(csv_fields, "as_fields", side_effect=AssertionError):
        texts = [
            pa.array(table.page(range(5), [c])[0], TEXT) for c in ("CustomValues", "OriginalState", "UpdatedState")
        ]
        lines = lines_in_quotes(texts, [has_quotes(own) for own in texts])
    assert lines.to_pylist() == [b'"{""a"":""x""}",,"{""b"":\n""y""}"\r\n'] * 5


def test_notes_stand_in_the_order_of_the_columns():
    table = table_of([{"Target": "=1", "CustomValues": "=2", "UpdatedState": '{"a":1}'}])
    notes, out = Notes(), io.BytesIO()
    write_csv(out, table, np.arange(1), columns_to_write(table), WriteChoices(is_formula_safe=True), notes, SILENT)
    assert notes.lines() == ("values were made safe with an apostrophe (2)",)
    assert b",'=1," in out.getvalue()
