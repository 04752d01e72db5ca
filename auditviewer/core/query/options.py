"""The command line's filters and queries, one into the other: one table of options."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from auditviewer.core.catalogue import Catalogue
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.instants import format_iso, parse_bound
from auditviewer.core.query.predicates import OneOf, Predicate, TextSearch, TimeRange
from auditviewer.core.query.query import Query
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


def query_of_options(
    values: Mapping[str, Sequence[str]],
    catalogue: Catalogue,
    start: str | None = None,
    end: str | None = None,
    searches: Sequence[str] = (),
) -> Query:
    """Return the query that options ask for; values of one option are alternatives, options combine.

    Parameters
    ----------
    values
        Option name (a key of `VALUE_OPTIONS`) to the values given. Categories by label or key, in any letter case;
        everything else to the letter.
    start, end
        ISO 8601; a bare date is its UTC midnight, and as an end includes that day.

    Raises
    ------
    WrongUsageError
        A category or a time cannot be understood, or the range ends before it starts.
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
        query = query.with_predicate(TimeRange(low, high))
    for text in searches:
        query = query.with_predicate(TextSearch(text))
    return query


def options_of_query(query: Query) -> str | None:
    """Return the command-line options that give the same events; None when options cannot say it."""
    names = {column: option for option, column in VALUE_OPTIONS.items()}
    words: list[str] = []
    for predicate in query.predicates:
        said = _options_of(predicate, names)
        if said is None:
            return None
        words += said
    return shlex.join(words)


def _options_of(predicate: Predicate, names: Mapping[str, str]) -> list[str] | None:
    if isinstance(predicate, OneOf):
        option = names.get(predicate.column)
        if option is None or predicate.is_excluded or None in predicate.values:
            return None
        return [
            word for value in sorted(v for v in predicate.values if v is not None) for word in (f"--{option}", value)
        ]
    if isinstance(predicate, TimeRange):
        if predicate.keeps_unknown:
            return None
        low = [] if predicate.start is None else ["--from", format_iso(predicate.start)]
        return low + ([] if predicate.end is None else ["--to", format_iso(predicate.end - 1)])
    if isinstance(predicate, TextSearch):
        is_plain = predicate.column is None and not (
            predicate.is_regex or predicate.is_case_sensitive or predicate.is_excluded
        )
        return ["--search", predicate.text] if is_plain else None
    return None


def _category(catalogue: Catalogue, name: str) -> str:
    index = catalogue.category_index(name)
    if index is None:
        known = ", ".join(f"“{c.label}”" for c in catalogue.categories)
        raise WrongUsageError(f"There is no category “{name}”.", f"The categories are {known}.")
    return catalogue.categories[index].label
