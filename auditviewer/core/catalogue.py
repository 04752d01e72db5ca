"""The catalogue: categories, event kinds and value sets, read from ``resources/catalogue.toml`` as data."""

from __future__ import annotations

import fnmatch
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from auditviewer.core.errors import AuditViewerError
from auditviewer.paths import resource_path, user_catalogue_path

UNCATEGORISED = "Uncategorised"


class BrokenCatalogueError(AuditViewerError):
    """A catalogue file cannot be understood."""

    hint = "Mend the file, or move it away to go without it."
    exit_code = 3


@dataclass(frozen=True)
class Category:
    """A filter category of the product's audit log page."""

    key: str
    label: str
    reference_heading: str = ""


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
    """What an event was classified as, and by what: "exact", "pattern", "target type" or "none"."""

    category_index: int
    event_label: str | None
    how: str


_NOTHING = Classification(0, None, "none")


@dataclass(frozen=True)
class Catalogue:
    """Categories (Uncategorised first), event kinds in the order they are asked, and value sets."""

    categories: tuple[Category, ...]
    events: tuple[EventKind, ...]
    target_types: tuple[KnownValue, ...] = ()
    initiator_types: tuple[KnownValue, ...] = ()
    statuses: tuple[KnownValue, ...] = ()

    def classify(self, workflow_type: str | None, event_type: str | None, target_type: str | None) -> Classification:
        """Return the category of an event: by exact type string, then by pattern, then by target type.

        Meant to be called once for each distinct combination, not for each event.
        """
        types = [text.strip().casefold() for text in (workflow_type, event_type) if text]
        for text in types:
            if (kind := self._by_type.get(text)) is not None:
                return self._found(kind, "exact")
        for text in types:
            for kind, pattern in self._patterns:
                if pattern.fullmatch(text):
                    return self._found(kind, "pattern")
        index = self._by_target_type.get((target_type or "").strip().casefold())
        return _NOTHING if index is None else Classification(index, None, "target type")

    def category_index(self, key_or_label: str) -> int | None:
        """Return the index of a category by its key or label in any letter case."""
        return self._by_name.get(key_or_label.strip().casefold())

    def status_label(self, value: str) -> str:
        """Return the words for an operation status; the value itself when the reference lacks it."""
        return self._labels("statuses").get(value.casefold(), value)

    def initiator_type_label(self, value: str) -> str:
        """Return the words for an initiator type; the value itself when the reference lacks it."""
        return self._labels("initiator_types").get(value.casefold(), value)

    def target_type_label(self, value: str) -> str:
        """Return the words for a target type; the value itself when the reference lacks it."""
        return self._labels("target_types").get(value.casefold(), value)

    def _found(self, kind: EventKind, how: str) -> Classification:
        return Classification(self._by_name[kind.category.casefold()], kind.label, how)

    def _labels(self, table: str) -> dict[str, str]:
        known: tuple[KnownValue, ...] = getattr(self, table)
        return {spelling.casefold(): v.label for v in known for spelling in (v.value, *v.also)}

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
                found.setdefault(text.casefold(), kind)
        return found

    @cached_property
    def _patterns(self) -> list[tuple[EventKind, re.Pattern[str]]]:
        ranked = sorted(self.events, key=lambda kind: kind.rank)
        return [(kind, re.compile(fnmatch.translate(p.casefold()))) for kind in ranked for p in kind.patterns]

    @cached_property
    def _by_target_type(self) -> dict[str, int]:
        return {
            spelling.casefold(): self._by_name[known.category.casefold()]
            for known in self.target_types
            if known.category
            for spelling in (known.value, *known.also)
        }


def load_catalogue(extension: Path | None = None) -> Catalogue:
    """Return the shipped catalogue, with a user's extension asked before it.

    Parameters
    ----------
    extension
        A file of the same form that adds categories, events and values; None takes the one in the
        configuration folder when there is one.

    Raises
    ------
    BrokenCatalogueError
        A file is not TOML, or names a category that neither file has.
    """
    own = extension or user_catalogue_path()
    if extension is None and not own.exists():
        return _load((resource_path("catalogue.toml"),), None)
    try:
        changed = own.stat().st_mtime_ns
    except OSError as error:
        raise BrokenCatalogueError(f"The catalogue {own} cannot be read: {error}.") from None
    return _load((own, resource_path("catalogue.toml")), changed)


@lru_cache(maxsize=8)
def _load(paths: tuple[Path, ...], _changed_ns: int | None) -> Catalogue:
    documents = [(path, _parse(path)) for path in paths]
    categories = {"uncategorised": Category("uncategorised", UNCATEGORISED)}
    for path, document in reversed(documents):
        for row in _rows(path, document, "category"):
            category = _made(path, Category, row)
            categories[category.key.casefold()] = category
    events = tuple(
        _made(path, EventKind, row) for path, document in documents for row in _rows(path, document, "event")
    )
    values = {
        name: tuple(_made(path, KnownValue, row) for path, document in documents for row in _rows(path, document, name))
        for name in ("target_type", "initiator_type", "status")
    }
    _check_categories(paths[0], categories, [e.category for e in events])
    _check_categories(paths[0], categories, [v.category for v in values["target_type"] if v.category])
    # Of two events of equal rank, and of two values spelled alike, the extension's stands first and wins.
    return Catalogue(
        tuple(categories.values()), events, _first_of_each(values["target_type"]),
        _first_of_each(values["initiator_type"]), _first_of_each(values["status"]),
    )  # fmt: skip


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BrokenCatalogueError(f"The catalogue {path} is not TOML: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenCatalogueError(f"The catalogue {path} cannot be read: {error}.") from None


def _rows(path: Path, document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = document.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BrokenCatalogueError(f"The catalogue {path} has a “{name}” that is not a list of tables ([[{name}]]).")
    return rows


def _made(path: Path, kind: type[Any], row: dict[str, Any]) -> Any:
    try:
        made = kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()})
    except TypeError:
        fields = ", ".join(kind.__dataclass_fields__)
        raise BrokenCatalogueError(f"The catalogue {path} has an entry {row!r}; an entry has {fields}.") from None
    for key, value in vars(made).items():
        wanted = {"rank": int, "types": tuple, "patterns": tuple, "also": tuple}.get(key, str)
        is_texts = wanted is not tuple or all(isinstance(item, str) for item in value)
        if not (isinstance(value, wanted) and is_texts) and not (key == "category" and value is None):
            raise BrokenCatalogueError(f"The catalogue {path} has an entry {row!r} whose “{key}” is of the wrong type.")
    return made


def _check_categories(path: Path, categories: dict[str, Category], named: list[str]) -> None:
    known = set(categories) | {c.label.casefold() for c in categories.values()}
    for name in named:
        if name.casefold() not in known:
            raise BrokenCatalogueError(f"The catalogue {path} names a category “{name}” that it does not define.")


def _first_of_each(values: tuple[KnownValue, ...]) -> tuple[KnownValue, ...]:
    first: dict[str, KnownValue] = {}
    for value in values:
        first.setdefault(value.value.casefold(), value)
    return tuple(first.values())
