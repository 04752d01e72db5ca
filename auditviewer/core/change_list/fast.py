"""The fast way to the changes of a state: members with the same bytes are the same and need no closer look.

It says exactly what the diff of `auditviewer.core.state_diff` says or, whenever it cannot be sure of that, nothing.
Equal keys, JSON that a strict parser refuses, nesting and arrays so large that the diff shortens its work, and states
that are not objects go the careful way as a whole; arrays of objects that nothing tells apart go it alone.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from itertools import compress
from operator import ne
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw

from auditviewer.core.change_list.shapes import DroppedError, Shape, Shapes, Values
from auditviewer.core.change_list.source_change import NotComparedError, SourceChange, careful_changes
from auditviewer.core.json_text import DEPTH_LIMIT
from auditviewer.core.state_diff import Kind
from auditviewer.core.state_diff.arrays import WORK_LIMIT, ArrayMatcher, Pair, identifying_names, pair_by_identity
from auditviewer.core.state_diff.identities import Identities

_OWN_DEPTH = 40
"""Objects and arrays one in the other that are followed here."""
_SHORT = 2 * DEPTH_LIMIT
"""A text of no more bytes cannot be nested too deep, nor two of them hold arrays that are too large."""
_LARGEST_KEPT = 16_384
_BYTES_KEPT = 64 << 20
_CONTAINERS = ("{", "[")
_SCALARS = frozenset("-0123456789tfn")
"""What numbers, true, false and null start with."""
_REPLACED = Kind.REPLACED

Changes: TypeAlias = "tuple[SourceChange, ...]"
_Key: TypeAlias = "tuple[str, str, str]"

_new: Any = tuple.__new__  # makes a SourceChange in a third of the time


class UnsureError(Exception):
    """Only the careful way can tell."""


class FastComparer:
    """Compares states by the bytes of their members; remembers what it found, since events repeat changes."""

    def __init__(self) -> None:
        self._shapes = Shapes()
        self._read_items = msgspec.json.Decoder(list[Raw]).decode
        self._known: dict[_Key, Changes] = {}
        self._bytes_kept = 0

    def changes(self, before: bytes, after: bytes, place: Hashable = "") -> Changes:
        """Return the changes from one state to the other, both objects.

        Parameters
        ----------
        place
            A name that is the same for states that are likely to have the same members.

        Raises
        ------
        UnsureError
            See the module.
        """
        found: list[SourceChange] = []
        try:
            self._add_members(before, after, "", "", 0, found, place)
        except (msgspec.DecodeError, DroppedError, NotComparedError, RecursionError):
            raise UnsureError from None
        return tuple(found)

    def one_sided(self, text: bytes, kind: Kind, place: Hashable = "") -> Changes:
        """Return each member of a state that came or went as a whole; raises as `changes` does."""
        try:
            shape, values = self._shapes.take_apart(text, place)
        except (msgspec.DecodeError, DroppedError, RecursionError):
            raise UnsureError from None
        if not values or _may_be_deep(text):
            raise UnsureError
        texts = [str(value, "utf-8") for value in values]
        if kind is Kind.ADDED:
            return tuple(SourceChange(t, kind, None, text, None) for t, text in zip(shape.tokens, texts, strict=True))
        return tuple(SourceChange(t, kind, text, None, t) for t, text in zip(shape.tokens, texts, strict=True))

    def _add_members(
        self,
        before: bytes,
        after: bytes,
        pointer: str,
        origin: str,
        depth: int,
        found: list[SourceChange],
        place: Hashable,
    ) -> None:
        shape, old, new_shape, new = self._shapes.take_both_apart(before, after, place)
        if not depth and (len(before) > _SHORT or len(after) > _SHORT):
            _check_size(before, after, shape, old, new_shape, new)
        if shape.keys is not new_shape.keys and shape.keys != new_shape.keys:
            self._add_other_members(shape, old, new_shape, new, pointer, origin, depth, found)
            return
        tokens, known = shape.tokens, self._known
        for i in compress(shape.indices, map(ne, old, new)):
            value, partner, where = str(old[i], "utf-8"), str(new[i], "utf-8"), pointer + tokens[i]
            if value[0] in _SCALARS or (value[0] == '"' and "\\" not in value and "\\" not in partner):
                found.append(_new(SourceChange, (where, _REPLACED, value, partner, origin + tokens[i])))
            elif (inside := known.get((where, value, partner))) is not None and pointer == origin:
                found += inside
            else:
                self._add(value, partner, where, origin + tokens[i], depth, found)

    def _add_other_members(
        self, shape: Shape, values: Values, new_shape: Shape, new_values: Values, pointer: str, origin: str, depth: int,
        found: list[SourceChange],
    ) -> None:  # fmt: skip
        """Add the changes of objects whose keys differ, or stand in another order."""
        new = dict(zip(new_shape.keys, new_values, strict=True))
        for key, token, value in zip(shape.keys, shape.tokens, values, strict=True):
            partner = new.pop(key, None)
            if partner is None:
                found.append(SourceChange(origin + token, Kind.REMOVED, str(value, "utf-8"), None, origin + token))
            elif value != partner:
                self._add(str(value, "utf-8"), str(partner, "utf-8"), pointer + token, origin + token, depth, found)
        for key, token, value in zip(new_shape.keys, new_shape.tokens, new_values, strict=True):
            if key in new:
                found.append(SourceChange(pointer + token, Kind.ADDED, None, str(value, "utf-8"), None))

    def _add(self, old: str, new: str, pointer: str, origin: str, depth: int, found: list[SourceChange]) -> None:
        """Add the changes between two values that differ in their bytes."""
        if not (old.startswith(_CONTAINERS) and new.startswith(old[:1])):
            if not (old.startswith('"') and new.startswith('"')) or _plain(old) != _plain(new):
                found.append(SourceChange(pointer, Kind.REPLACED, old, new, origin))
            return
        if pointer != origin:
            self._add_inside(old, new, pointer, origin, depth, found)
            return
        key = (pointer, old, new)
        known = self._known.get(key)
        if known is None:
            inside: list[SourceChange] = []
            self._add_inside(old, new, pointer, origin, depth, inside)
            known = tuple(inside)
            self._keep(key, known)
        found += known

    def _add_inside(self, old: str, new: str, pointer: str, origin: str, depth: int, found: list[SourceChange]) -> None:
        """Add the changes between two objects or two arrays, the careful way where nothing else is sure."""
        inside: list[SourceChange] = []
        try:
            if depth >= _OWN_DEPTH:
                raise UnsureError
            if old.startswith("{"):
                self._add_members(old.encode(), new.encode(), pointer, origin, depth + 1, inside, pointer)
            else:
                self._add_items(old, new, pointer, origin, depth + 1, inside)
            found += inside
        except UnsureError:
            for where, kind, before, after, whence in careful_changes(old, new):
                at = (origin if kind is Kind.REMOVED else pointer) + where
                found.append(SourceChange(at, kind, before, after, None if whence is None else origin + whence))

    def _keep(self, key: _Key, known: Changes) -> None:
        size = len(key[0]) + 2 * (len(key[1]) + len(key[2]))
        if size > _LARGEST_KEPT:
            return
        self._bytes_kept += size
        if self._bytes_kept > _BYTES_KEPT:
            self._known.clear()
            self._bytes_kept = size
        self._known[key] = known

    def _add_items(
        self, before: str, after: str, pointer: str, origin: str, depth: int, found: list[SourceChange]
    ) -> None:
        old = [str(item, "utf-8") for item in self._read_items(before)]
        new = [str(item, "utf-8") for item in self._read_items(after)]
        for i, j, is_moved in self._pairs(old, new, f"{pointer}/"):
            if i is None:
                found.append(SourceChange(f"{pointer}/{j}", Kind.ADDED, None, new[j or 0], None))
            elif j is None:
                place = f"{origin}/{i}"
                found.append(SourceChange(place, Kind.REMOVED, old[i], None, place))
            else:
                place, origin_place = f"{pointer}/{j}", f"{origin}/{i}"
                if is_moved:
                    found.append(SourceChange(place, Kind.MOVED, old[i], new[j], origin_place))
                if old[i] != new[j]:
                    self._add(old[i], new[j], place, origin_place, depth, found)

    def _pairs(self, old: list[str], new: list[str], place: str) -> list[Pair]:
        """Return which item became which, as `ArrayMatcher.match` does."""
        if old and new and old[0].startswith("{"):
            return self._pairs_by_key(old, new, place)
        if old and new and any(item.startswith(_CONTAINERS) for side in (old, new) for item in side):
            raise UnsureError
        return ArrayMatcher(Identities()).pair_by_run([*map(_plain, old)], [*map(_plain, new)])[0]

    def _pairs_by_key(self, old: list[str], new: list[str], place: str) -> list[Pair]:
        if not all(item.startswith("{") for side in (old, new) for item in side):
            raise UnsureError
        taken, new_taken = ([self._shapes.take_apart(item.encode(), place) for item in side] for side in (old, new))
        for name in identifying_names(taken[0][0].keys):
            identities, new_identities = _distinct(taken, name), _distinct(new_taken, name)
            if identities is not None and new_identities is not None:
                return pair_by_identity(identities, new_identities)
        raise UnsureError


def _distinct(items: list[tuple[Shape, Values]], name: str) -> list[str] | None:
    """Return the items' values of a name when each has one, text or number, and all differ; else None."""
    found = []
    for shape, values in items:
        text = _plain(str(values[shape.keys.index(name)], "utf-8")) if name in shape.keys else '""'
        if text == '""' or text[0] in "{[tfn":
            return None
        found.append(text)
    return found if len(set(found)) == len(found) else None


def _plain(scalar: str) -> str:
    """Return what is the same for equal values: a string without escapes that it does not need."""
    if "\\" not in scalar or not scalar.startswith('"'):
        return scalar
    return json.dumps(json.loads(scalar), ensure_ascii=False)


def _may_be_deep(text: bytes) -> bool:
    """Return whether sound JSON could be nested deeper than is parsed; each level takes two brackets."""
    return len(text) > _SHORT and text.count(b"{") + text.count(b"[") > DEPTH_LIMIT


def _check_size(before: bytes, after: bytes, shape: Shape, old: Values, new_shape: Shape, new: Values) -> None:
    """Raise where nesting is too deep, or arrays could be so large that the diff of the whole states shortens its work.

    An item takes two bytes at least, so that no more pairs of items can be looked at than a quarter of the product of
    the lengths of what differs.
    """
    if _may_be_deep(before) or _may_be_deep(after):
        raise UnsureError
    if len(before) * len(after) > 4 * WORK_LIMIT:
        others = dict(zip(new_shape.keys, new, strict=True))
        pairs = [(value, others.get(key)) for key, value in zip(shape.keys, old, strict=True)]
        different = [(len(value), len(other)) for value, other in pairs if other is not None and value != other]
        if sum(n for n, _ in different) * sum(n for _, n in different) > 4 * WORK_LIMIT:
            raise UnsureError
