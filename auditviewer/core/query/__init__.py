"""What to show: `Query`, a small frozen tree of predicates, and `QueryResult`, what it keeps of a table."""

from auditviewer.core.query.predicates import OneOf, Predicate, TextSearch, TimeRange
from auditviewer.core.query.query import EVERYTHING, Order, Query
from auditviewer.core.query.run import QueryResult, run_query
from auditviewer.core.query.value_at import ValueAt

__all__ = [
    "EVERYTHING",
    "OneOf",
    "Order",
    "Predicate",
    "Query",
    "QueryResult",
    "TextSearch",
    "TimeRange",
    "ValueAt",
    "run_query",
]
