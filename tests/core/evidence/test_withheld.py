"""What is withheld is found in every spelling, and what cannot be looked through is not shown."""

from __future__ import annotations

import json

import pytest

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.evidence.withheld import HiddenTexts, withheld_words


def nested(n: int, last: str) -> str:
    """Return JSON of n texts that hold JSON each, and one more."""
    return json.dumps([json.dumps({"x": str(i)}) for i in range(n)] + [json.dumps({"x": last})])


def test_a_text_is_found_inside_of_texts():
    hidden = HiddenTexts(["Dora Lang"])
    assert hidden.is_in(nested(5, "Dora Lang")) and not hidden.is_in(nested(5, "somebody"))


def test_a_text_that_cannot_be_looked_through_is_not_shown():
    assert HiddenTexts(["Dora Lang"]).is_in(nested(10_050, "somebody"))


def test_a_field_that_cannot_be_looked_through_is_refused():
    assert "Dora Lang" in list(withheld_words(nested(5, "Dora Lang"), is_state=True))
    with pytest.raises(WrongUsageError, match="texts within texts"):
        list(withheld_words(nested(10_050, "Dora Lang"), is_state=True))
