"""Codes over a dictionary: the order of their texts, and cells by slices, by look-up and by `take`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from auditviewer.core import codes as codes_module
from auditviewer.core.codes import Codes
from auditviewer.core.table import part as part_module
from tests.builders import table_of

TEXTS = [None, "b", "", "ä", "a", "\U0001f600", "\uffff", "B", "aa", "東京", "\0"]


def ranks_of_texts() -> list[int]:
    return Codes(np.zeros(1, np.uint8), pa.array(TEXTS, pa.large_string())).ranks.tolist()


@pytest.mark.parametrize("few", [0, codes_module.FEW])
def test_few_and_many_texts_are_ranked_by_code_points_and_missing_last(monkeypatch, few):
    monkeypatch.setattr(codes_module, "FEW", few)
    ranks = ranks_of_texts()
    in_order = sorted(range(len(TEXTS)), key=ranks.__getitem__)
    assert [TEXTS[i] for i in in_order] == [*sorted(t for t in TEXTS if t is not None), None]


@pytest.mark.parametrize("page", [0, 3, 512])
@pytest.mark.parametrize("positions", [range(20), range(5, 9), [7, 3, 3, 19], [4], []], ids=str)
def test_a_page_has_the_same_cells_however_they_are_found(monkeypatch, page, positions):
    monkeypatch.setattr(part_module, "_PAGE", page)
    rows = [{"Target": TEXTS[i % len(TEXTS)], "Initiator": f"who {i % 3}", "Id": f"{i}"} for i in range(20)]
    columns = ["Target", "Initiator", "Id"]
    found = table_of(rows).page(list(positions), columns)
    assert found == [[rows[p][column] for p in positions] for column in columns]
