"""The command line's filters and queries, one into the other: one table of options."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence

from auditviewer.core.catalogue import Catalogue
from auditviewer.core.display import fit_to_show
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.instants import format_iso, parse_bound
from auditviewer.core.query.places import AtPlaces, Marked
from auditviewer.core.query.predicates import OneOf, Predicate, TextSearch, TimeRange
from auditviewer.core.query.query import Query
from auditviewer.core.query.saved import query_as_json, query_from_json
from auditviewer.core.query.value_at import ValueAt, value_at
from auditviewer.core.schema import CATEGORY

VALUE_OPTIONS: dict[str, str] = {
    "category": CATEGORY,
    "status": "OperationStatus",
    "initiator": "Initiator",
    "initiator-type": "InitiatorType",
    "workflow-type": "WorkflowType",
    "event-type": "EventType",
    "target": "Target",
    "target-type": "TargetType",
    "tenant": "TenantId",
    "workflow-id": "WorkflowId",
}
"""Option name to column; each may be given several times, and its values are alternatives."""

JSON_COLUMNS = ("OriginalState", "UpdatedState", "CustomValues")


def query_of_options(
    values: Mapping[str, Sequence[str]],
    catalogue: Catalogue,
    start: str | None = None,
    end: str | None = None,
    searches: Sequence[str] = (),
    places: Sequence[str] = (),
    keeps_unknown: bool = False,
) -> Query:
    """Return the query that options ask for; values of one option are alternatives, options combine.

    Parameters
    ----------
    values
        Option name (a key of `VALUE_OPTIONS`) to the values given. Categories by label or key, in any letter case;
        everything else to the letter.
    start, end
        ISO 8601; a bare date is its UTC midnight, and as an end includes that day.
    places
        ``COLUMN/POINTER=VALUE`` each: a JSON column, a JSON Pointer in it and the value there; a value that is no
        JSON is taken as a string.
    keeps_unknown
        Whether events without a readable time stay beside those of the time range.

    Raises
    ------
    WrongUsageError
        A place, a category or a time cannot be understood, or the range ends before it starts.
    """
    query = Query()
    for option, given in values.items():
        if given:
            wanted = [_category(catalogue, v) for v in given] if option == "category" else given
            query = query.with_values(VALUE_OPTIONS[option], frozenset(wanted))
    if start is not None or end is not None:
        low = None if start is None else parse_bound(start, is_end=False)
        high = None if end is None else parse_bound(end, is_end=True)
        if low is not None and high is not None and high <= low:
            raise WrongUsageError(f"The time range ends ({end}) before it starts ({start}).", "Swap --from and --to.")
        query = query.with_predicate(TimeRange(low, high, keeps_unknown))
    for text in searches:
        query = query.with_predicate(TextSearch(text))
    for place in places:
        query = query.with_predicate(_value_at(place))
    return query


def _value_at(place: str) -> ValueAt:
    where, equals, value = place.partition("=")
    column, slash, pointer = where.partition("/")
    if not equals or column not in JSON_COLUMNS:
        raise WrongUsageError(
            f"“{place}” does not say a column, a path and a value.", "Write it as UpdatedState/retention/days=30."
        )
    try:
        is_scalar = not isinstance(json.loads(value), (str, list, dict)) or value.startswith('"')
    except ValueError:
        is_scalar = False
    return value_at(column, slash + pointer, value if is_scalar else json.dumps(value, ensure_ascii=False))


LONGEST_FILTER = 100_000
"""Characters of one argument; systems take some more."""
_COMBINING = ("--search", "--value")
"""Options that combine when they are given again; the values of all others are alternatives."""


def options_of_query(query: Query) -> str | None:
    """Return the command-line options that give the same events; None when these would be too long.

    What no other option says, or not so that it can be read and typed, goes into one ``--filter`` of plain ASCII.
    """
    names = {column: option for option, column in VALUE_OPTIONS.items()} | {"Id": "id"}
    words: list[str] = []
    left = []
    for predicate in query.predicates:
        said = _options_of(predicate, names)
        is_said = said is not None and all(fit_to_show(word, LONGEST_FILTER) == word for word in said)
        if not is_said or (said and said[0] not in _COMBINING and said[0] in words):
            left.append(predicate)
        else:
            words += said or []
    if left:
        saved = json.dumps(query_as_json(Query(tuple(left)))["predicates"], separators=(",", ":"))
        words += ["--filter", saved]
    joined = shlex.join(_arguments(words))
    return joined if len(joined) <= LONGEST_FILTER else None


def _arguments(words: Sequence[str]) -> Iterator[str]:
    """Yield options and values as they are typed; a value that looks like an option is joined to its own."""
    at = 0
    while at < len(words):
        if words[at] in _FLAGS:
            yield words[at]
            at += 1
            continue
        option, value = words[at], words[at + 1]
        yield from [f"{option}={value}"] if value.startswith("-") else [option, value]
        at += 2


_FLAGS = ("--has-note", "--only-known-times")


def query_of_filter(text: str) -> Query:
    """Return the query of a ``--filter``; raises `WrongUsageError`."""
    try:
        predicates = json.loads(text)
    except (ValueError, RecursionError):
        predicates = None
    if not isinstance(predicates, list):
        raise WrongUsageError("The --filter cannot be understood.", "Copy it whole from a report or a statement.")
    return query_from_json({"predicates": predicates, "order": {"column": None, "descending": False}})


def _options_of(predicate: Predicate, names: Mapping[str, str]) -> list[str] | None:
    if isinstance(predicate, OneOf):
        option = names.get(predicate.column)
        if option is None or predicate.is_excluded or None in predicate.values:
            return None
        return [
            word for value in sorted(v for v in predicate.values if v is not None) for word in (f"--{option}", value)
        ]
    if isinstance(predicate, TimeRange):
        low = [] if predicate.start is None else ["--from", format_iso(predicate.start)]
        high = [] if predicate.end is None else ["--to", format_iso(predicate.end - 1)]
        return low + high + ([] if predicate.keeps_unknown else ["--only-known-times"])
    if isinstance(predicate, TextSearch):
        is_plain = predicate.column is None and not (
            predicate.is_regex or predicate.is_case_sensitive or predicate.is_excluded
        )
        return ["--search", predicate.text] if is_plain else None
    if isinstance(predicate, (AtPlaces, Marked)):
        return list(predicate.options) or None
    if isinstance(predicate, ValueAt):
        if predicate.column not in JSON_COLUMNS:
            return None
        if predicate.is_excluded or "=" in predicate.pointer or "/" in predicate.column:
            return None
        return ["--value", f"{predicate.column}{predicate.pointer}={predicate.value}"]
    return None


def _category(catalogue: Catalogue, name: str) -> str:
    index = catalogue.category_index(name)
    if index is None:
        known = ", ".join(f"“{c.label}”" for c in catalogue.categories)
        raise WrongUsageError(f"There is no category “{name}”.", f"The categories are {known}.")
    return catalogue.categories[index].label
