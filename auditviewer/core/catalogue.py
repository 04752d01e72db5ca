"""The catalogue: categories, event kinds and value sets, read from ``resources/catalogue.toml`` as data."""

from __future__ import annotations

import fnmatch
import os
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from auditviewer.core.errors import AuditViewerError
from auditviewer.paths import resource_path, user_catalogue_path

SHIPPED = "catalogue.toml"
UNCATEGORISED = "Uncategorised"
LONGEST_TYPE = 300
"""Characters of the longest type string that is held against patterns; no type string is so long."""

How = Literal["exact", "pattern", "target type", "none"]


class BrokenCatalogueError(AuditViewerError):
    """A catalogue file cannot be understood."""

    hint = "Mend the file, or move it away to go without it."
    exit_code = 3


@dataclass(frozen=True)
class Category:
    """A filter category of the product's audit log page.

    ``patterns`` tell the category, not which of its events it is, where the patterns of no event match.
    """

    key: str
    label: str
    reference_heading: str = ""
    patterns: tuple[str, ...] = ()
    rank: int = 100


@dataclass(frozen=True)
class EventKind:
    """One event of the reference: its category, and the type strings and patterns that tell it."""

    category: str
    label: str
    captures: str = ""
    types: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    rank: int = 100


@dataclass(frozen=True)
class KnownValue:
    """A value that the column reference lists, other spellings of it, and its label."""

    value: str
    label: str
    also: tuple[str, ...] = ()
    category: str | None = None


@dataclass(frozen=True)
class Classification:
    """What an event was classified as, and by what."""

    category_index: int
    event_label: str | None
    how: How


_NOTHING = Classification(0, None, "none")


@dataclass(frozen=True)
class Catalogue:
    """Categories (Uncategorised first), event kinds, and value sets.

    Where an own file adds to the shipped one, its entries stand first: of two that match alike, the first wins.
    """

    categories: tuple[Category, ...]
    events: tuple[EventKind, ...]
    target_types: tuple[KnownValue, ...] = ()
    initiator_types: tuple[KnownValue, ...] = ()
    statuses: tuple[KnownValue, ...] = ()
    problem: str | None = None
    """What is wrong with the user's own file, which therefore is not in it."""

    def classify(self, workflow_type: str | None, event_type: str | None, target_type: str | None) -> Classification:
        """Return the category of an event: by exact type string, then by pattern, then by target type.

        Meant to be called once for each distinct combination, not for each event.
        """
        types = [text.strip().casefold() for text in (workflow_type, event_type) if text]
        for text in types:
            if (kind := self._by_type.get(text)) is not None:
                return Classification(self._by_name[kind.category.casefold()], kind.label, "exact")
        folded = [_folded(text) for text in types if len(text) <= LONGEST_TYPE]
        for text in folded:
            if (at := self._event_patterns.first(text)) is not None:
                kind = self.events[at]
                return Classification(self._by_name[kind.category.casefold()], kind.label, "pattern")
        for text in folded:
            if (at := self._category_patterns.first(text)) is not None:
                return Classification(at, None, "pattern")
        index = self._by_target_type.get((target_type or "").strip().casefold())
        return _NOTHING if index is None else Classification(index, None, "target type")

    def category_index(self, key_or_label: str) -> int | None:
        """Return the index of a category by its key or label in any letter case."""
        return self._by_name.get(key_or_label.strip().casefold())

    def events_of(self, category: Category) -> tuple[EventKind, ...]:
        """Return the event kinds of a category, each label once, in the order of the reference."""
        names = {category.key.casefold(), category.label.casefold()}
        of_category = {kind.label: kind for kind in self.events if kind.category.casefold() in names}
        return tuple(of_category.values())

    def status_label(self, value: str) -> str:
        """Return the words for an operation status; the value itself when the reference lacks it."""
        return self._status_labels.get(value.casefold(), value)

    def initiator_type_label(self, value: str) -> str:
        """Return the words for an initiator type; the value itself when the reference lacks it."""
        return self._initiator_type_labels.get(value.casefold(), value)

    def target_type_label(self, value: str) -> str:
        """Return the words for a target type; the value itself when the reference lacks it."""
        return self._target_type_labels.get(value.casefold(), value)

    @cached_property
    def _status_labels(self) -> dict[str, str]:
        return _labels(self.statuses)

    @cached_property
    def _initiator_type_labels(self) -> dict[str, str]:
        return _labels(self.initiator_types)

    @cached_property
    def _target_type_labels(self) -> dict[str, str]:
        return _labels(self.target_types)

    @cached_property
    def _by_name(self) -> dict[str, int]:
        names = {}
        for index, category in enumerate(self.categories):
            names[category.key.casefold()] = index
            names[category.label.casefold()] = index
        return names

    @cached_property
    def _by_type(self) -> dict[str, EventKind]:
        found: dict[str, EventKind] = {}
        for kind in self.events:
            for text in kind.types:
                found.setdefault(text.strip().casefold(), kind)
        return found

    @cached_property
    def _event_patterns(self) -> _Patterns:
        return _Patterns([(kind.rank, (*kind.types, *kind.patterns)) for kind in self.events])

    @cached_property
    def _category_patterns(self) -> _Patterns:
        return _Patterns([(category.rank, category.patterns) for category in self.categories])

    @cached_property
    def _by_target_type(self) -> dict[str, int]:
        return {
            spelling.casefold(): self._by_name[known.category.casefold()]
            for known in self.target_types
            if known.category
            for spelling in (known.value, *known.also)
        }


class _Patterns:
    """Shell patterns of several entries in one regular expression, the lowest rank first."""

    def __init__(self, entries: Sequence[tuple[int, tuple[str, ...]]]) -> None:
        asked = sorted((rank, index) for index, (rank, patterns) in enumerate(entries) if patterns)
        self._entries = [index for _, index in asked]
        groups = ("|".join(fnmatch.translate(_folded(p)) for p in entries[index][1]) for index in self._entries)
        self._expression = re.compile("|".join(f"({group})" for group in groups))

    def first(self, text: str) -> int | None:
        """Return the index of the first entry that matches the whole text."""
        match = self._expression.match(text) if self._entries else None
        return None if match is None or match.lastindex is None else self._entries[match.lastindex - 1]


_SPELLING = re.compile(r"(\[[^\]]*\])|([-_\s]+)|[./]")


def _folded(text: str) -> str:
    """Return a type string or a pattern without what only its spelling decides; [sets] of a pattern stay."""
    return _SPELLING.sub(lambda m: m[1] or ("" if m[2] else ":"), text.casefold())


def _labels(known: tuple[KnownValue, ...]) -> dict[str, str]:
    return {spelling.casefold(): v.label for v in known for spelling in (v.value, *v.also)}


def load_catalogue(extension: Path | None = None) -> Catalogue:
    """Return the shipped catalogue, with a user's extension asked before it.

    Parameters
    ----------
    extension
        A file of the same form that adds categories, events, patterns and values; None takes the one in the
        configuration folder when there is one. Where that one is broken, the shipped catalogue stands alone and
        says so: a slip in it must keep nobody from opening a log.

    Raises
    ------
    BrokenCatalogueError
        The extension is not TOML, or not of this form, or names a category that neither file has.
    """
    if extension is not None:
        return _extended(extension)
    own = user_catalogue_path()
    try:
        if os.path.lexists(own):
            return _extended(own)
    except BrokenCatalogueError as error:
        return replace(_load((resource_path(SHIPPED),), None), problem=str(error))
    return _load((resource_path(SHIPPED),), None)


def _extended(own: Path) -> Catalogue:
    """Return the shipped catalogue with a file asked before it."""
    try:
        changed = own.stat().st_mtime_ns
    except OSError as error:
        raise BrokenCatalogueError(f"The catalogue {own} cannot be read: {error}.") from None
    if not own.is_file():
        raise BrokenCatalogueError(f"The catalogue {own} is not a file.")
    return _load((own, resource_path(SHIPPED)), changed)


@lru_cache(maxsize=8)
def _load(paths: tuple[Path, ...], _changed_ns: int | None) -> Catalogue:
    documents = [(path, _parse(path)) for path in paths]
    by_key = {"uncategorised": Category("uncategorised", UNCATEGORISED)}
    for category in _Rows(documents[::-1], "category", Category).made:
        key = category.key.casefold()
        shipped = by_key[key].patterns if key in by_key else ()
        by_key[key] = replace(category, patterns=(*category.patterns, *shipped))
    events = _Rows(documents, "event", EventKind)
    target_types = _Rows(documents, "target_type", KnownValue)
    known = set(by_key) | {c.label.casefold() for c in by_key.values()}
    for rows in (events, target_types):
        rows.check_categories(known)
    return Catalogue(
        tuple(by_key.values()),
        tuple(events.made),
        _first_of_each(target_types.made),
        _first_of_each(_Rows(documents, "initiator_type", KnownValue).made),
        _first_of_each(_Rows(documents, "status", KnownValue).made),
    )


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BrokenCatalogueError(f"The catalogue {path} is not TOML: {error}.") from None
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise BrokenCatalogueError(f"The catalogue {path} cannot be read: {error}.") from None


_KIND_OF_FIELD = {"rank": int, "types": tuple, "patterns": tuple, "also": tuple}


class _Rows:
    """The entries of one name in some files, each made into a value, with the place that it came from."""

    def __init__(self, documents: list[tuple[Path, dict[str, Any]]], name: str, kind: type[Any]) -> None:
        self.made: list[Any] = []
        self._places: list[str] = []
        for path, document in documents:
            rows = document.get(name, [])
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise BrokenCatalogueError(f"The catalogue {path} has a “{name}” that is not a table [[{name}]].")
            # What an own file adds is asked first, unless it says its own rank.
            is_own = path != resource_path(SHIPPED)
            for number, row in enumerate(rows, 1):
                place = f"The catalogue {path}, entry {number} of [[{name}]],"
                given = {"rank": 0} | row if is_own and "rank" in kind.__dataclass_fields__ else row
                self.made.append(_made(place, kind, given))
                self._places.append(place)

    def check_categories(self, known: set[str]) -> None:
        """Raise BrokenCatalogueError for an entry of a category that is not known."""
        for place, value in zip(self._places, self.made, strict=True):
            if value.category is not None and value.category.casefold() not in known:
                raise BrokenCatalogueError(f"{place} names a category “{value.category}” that is not defined.")


def _made(place: str, kind: type[Any], row: dict[str, Any]) -> Any:
    try:
        made = kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()})
    except TypeError:
        fields = ", ".join(kind.__dataclass_fields__)
        raise BrokenCatalogueError(f"{place} has {', '.join(row) or 'nothing'}; an entry may have {fields}.") from None
    for key, value in vars(made).items():
        wanted = _KIND_OF_FIELD.get(key, str)
        is_right = isinstance(value, wanted) and not (isinstance(value, tuple) and not _are_texts(value))
        if not is_right and not (key == "category" and value is None):
            expected = {tuple: "a list of texts", int: "a whole number"}.get(wanted, "a text")
            raise BrokenCatalogueError(f"{place} has a “{key}” that is not {expected}.")
    return made


def _are_texts(values: tuple[Any, ...]) -> bool:
    return all(isinstance(value, str) for value in values)


def _first_of_each(values: Sequence[KnownValue]) -> tuple[KnownValue, ...]:
    first: dict[str, KnownValue] = {}
    for value in values:
        first.setdefault(value.value.casefold(), value)
    return tuple(first.values())
