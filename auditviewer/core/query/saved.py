"""A query as JSON values and back: for what outlives the program's run, as cases and evidence packages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from auditviewer.core.errors import WrongUsageError
from auditviewer.core.instants import format_iso, parse_instant
from auditviewer.core.mark_columns import MARKS
from auditviewer.core.query.places import AtPlaces, Marked, PlaceKey, Places
from auditviewer.core.query.predicates import OneOf, Predicate, TextSearch, TimeRange
from auditviewer.core.query.query import Order, Query
from auditviewer.core.query.value_at import ValueAt, value_at

Values = dict[str, Any]


def query_as_json(query: Query) -> Values:
    """Return the query as JSON values, without numbers that JSON readers would round."""
    order = {"column": query.order.column, "descending": query.order.is_descending}
    return {"predicates": [predicate_as_json(p) for p in query.predicates], "order": order}


def query_from_json(values: Values) -> Query:
    """Return the query that `query_as_json` was made of.

    Raises
    ------
    WrongUsageError
        It is none, or of a newer version of the program.
    """
    try:
        predicates = tuple(_READERS[p["kind"]](p) for p in values["predicates"])
        order = Order(values["order"]["column"], bool(values["order"]["descending"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise WrongUsageError("A saved filter cannot be understood.", "Was it saved by a newer version?") from None
    return Query(predicates, order)


def predicate_as_json(predicate: Predicate) -> Values:
    """Return a predicate as JSON values."""
    if isinstance(predicate, OneOf):
        values = sorted(v for v in predicate.values if v is not None)
        listed = [None, *values] if None in predicate.values else values
        return {"kind": "one_of", "column": predicate.column, "values": listed, "excluded": predicate.is_excluded}
    if isinstance(predicate, TimeRange):
        low, high = (None if ticks is None else format_iso(ticks) for ticks in (predicate.start, predicate.end))
        return {"kind": "time", "from": low, "before": high, "keeps_unknown": predicate.keeps_unknown}
    if isinstance(predicate, TextSearch):
        return {
            "kind": "search", "text": predicate.text, "column": predicate.column, "regex": predicate.is_regex,
            "case_sensitive": predicate.is_case_sensitive, "excluded": predicate.is_excluded,
        }  # fmt: skip
    if isinstance(predicate, ValueAt):
        return {
            "kind": "value", "column": predicate.column, "pointer": predicate.pointer, "value": predicate.value,
            "excluded": predicate.is_excluded,
        }  # fmt: skip
    if isinstance(predicate, AtPlaces):
        records = Places.of(predicate.places).as_json()
        return {
            "kind": "places", "words": predicate.words, "records": records, "excluded": predicate.is_excluded,
            "options": list(predicate.options),
        }  # fmt: skip
    if isinstance(predicate, Marked):
        listed = sorted(predicate.values, key=lambda value: value or "")
        return {
            "kind": "marked", "column": predicate.column, "values": listed, "records": predicate.places.as_json(),
            "complement": predicate.is_complement, "excluded": predicate.is_excluded,
        }  # fmt: skip
    raise TypeError(predicate)


def _time(values: Values) -> TimeRange:
    low, high = (None if text is None else parse_instant(text) for text in (values["from"], values["before"]))
    if (low is None) != (values["from"] is None) or (high is None) != (values["before"] is None):
        raise ValueError(values)
    return TimeRange(low, high, bool(values["keeps_unknown"]))


_READERS: dict[str, Callable[[Values], Predicate]] = {
    "one_of": lambda v: OneOf(v["column"], frozenset(v["values"]), bool(v["excluded"])),
    "time": _time,
    "search": lambda v: TextSearch(
        v["text"], v["column"], bool(v["regex"]), bool(v["case_sensitive"]), bool(v["excluded"])
    ),
    "value": lambda v: _excluding(value_at(v["column"], v["pointer"], v["value"]), bool(v["excluded"])),
    "places": lambda v: AtPlaces(v["words"], _places(v), bool(v["excluded"]), tuple(map(str, v.get("options", ())))),
    "marked": lambda v: Marked(
        _mark(v["column"]), frozenset(v["values"]), _places(v), bool(v["complement"]), bool(v["excluded"])
    ),
}


def _places(values: Values) -> Places:
    if "records" in values:
        return Places.from_json(values["records"])
    return Places.of(PlaceKey(s, m or None, int(r)) for s, m, r in values["places"])


def _mark(column: str) -> str:
    if column not in MARKS:
        raise ValueError(column)
    return column


def _excluding(predicate: ValueAt, is_excluded: bool) -> ValueAt:
    return ValueAt(predicate.column, predicate.pointer, predicate.value, is_excluded)
