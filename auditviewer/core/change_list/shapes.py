"""Objects taken apart quickly, with the proof that nothing was dropped: every byte of the text is accounted for.

A fast parser keeps the last of equal keys and drops the others without a word. An object's text that is, to the byte, a
known shape with the parser's values filled in has dropped none. Programs write few shapes, so that the careful look
that a new one takes is rare.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw

from auditviewer.core.json_text import first_character, spans_inside
from auditviewer.core.state_diff import pointer_token

Values: TypeAlias = "tuple[Raw, ...]"

_SHAPES_KEPT = 4096
_OF_SAME_KEYS = 8
_STRUCTS_MADE = 512
_LONGEST_STRUCT = 64
_AT_ONE_PLACE = 3
_END = -3
"""Objects at one place often differ in their last members; so, then, does how they end."""

_read_members: Callable[[Any], dict[str, Raw]] = msgspec.json.Decoder(dict[str, Raw]).decode
_astuple: Callable[[Any], Values] = msgspec.structs.astuple


class DroppedError(ValueError):
    """A key comes twice in an object, or there is no telling."""


def _refuse(text: bytes) -> Any:
    raise msgspec.DecodeError


class Shape:
    """What stands around the values of an object: braces, keys, colons, commas, white space.

    ``text`` has them at its even places; with the values at the odd ones it is the text of an object. ``tokens`` are
    the keys as tokens of a JSON Pointer.
    """

    __slots__ = ("indices", "is_quick", "keys", "met", "read", "text", "tokens")

    def __init__(self, keys: tuple[str, ...], around: list[bytes]) -> None:
        self.keys = keys
        self.text: list[Any] = [b""] * (2 * len(keys) + 1)
        self.text[::2] = around
        self.tokens = tuple(f"/{pointer_token(key)}" for key in keys)
        self.indices = range(len(keys))
        self.read: Callable[[Any], Any] = _refuse
        """Reads the values of an object with just these keys, in their order, once that pays."""
        self.is_quick = False
        self.met = 0

    def makes(self, text: bytes, values: Values) -> bool:
        """Return whether the text is that of an object of this shape with these values, to the byte."""
        self.text[1::2] = values
        return b"".join(self.text) == text


class Shapes:
    """Remembers shapes, by the keys of the objects and by where such objects stand."""

    def __init__(self) -> None:
        self._met_at: dict[tuple[Hashable, bytes], tuple[Shape, ...]] = {}
        self._of_keys: dict[tuple[str, ...], list[Shape]] = {}
        self._n_structs = 0

    def take_apart(self, text: bytes, place: Hashable) -> tuple[Shape, Values]:
        """Return the shape and the values of an object; ``place`` is a name for where objects like it stand.

        Raises
        ------
        msgspec.DecodeError
            The text is not an object, or not sound.
        DroppedError
            A key comes twice.
        """
        for shape in self._met_at.get((place, text[_END:]), ()):
            try:
                values = _astuple(shape.read(text))
            except msgspec.DecodeError:
                continue  # an object of another shape, or not sound: the general way says which
            if shape.makes(text, values):
                return shape, values
        return self._look(text, place)

    def take_both_apart(self, text: bytes, other: bytes, place: Hashable) -> tuple[Shape, Values, Shape, Values]:
        """Return shapes and values of two objects that are likely to be alike; raises as `take_apart` does."""
        join = b"".join
        for shape in self._met_at.get((place, text[_END:]), ()):
            read, whole = shape.read, shape.text
            try:
                values, others = _astuple(read(text)), _astuple(read(other))
            except msgspec.DecodeError:
                continue
            whole[1::2] = values  # as `Shape.makes` does; this is done for every event
            if join(whole) == text:
                whole[1::2] = others
                if join(whole) == other:
                    return shape, values, shape, others
        return (*self._look(text, place), *self._look(other, place))

    def _look(self, text: bytes, place: Hashable) -> tuple[Shape, Values]:
        members = _read_members(text)
        keys, values = tuple(members), tuple(members.values())
        shape = next((s for s in self._of_keys.get(keys, ()) if s.makes(text, values)), None)
        if shape is None:
            shape = self._new_shape(text, keys, values)
        shape.met += 1
        if shape.met == 2 and len(keys) <= _LONGEST_STRUCT and self._n_structs < _STRUCTS_MADE:
            reader = _struct_reader(keys)
            shape.read, shape.is_quick = reader or _refuse, reader is not None
            self._n_structs += 1
        if shape.is_quick:
            self._note(shape, (place, text[_END:]))
        return shape, values

    def _note(self, shape: Shape, at: tuple[Hashable, bytes]) -> None:
        """Remember that such an object stood there, the newest first."""
        if len(self._met_at) > _SHAPES_KEPT:
            self._met_at.clear()
        others = [known for known in self._met_at.get(at, ()) if known is not shape]
        self._met_at[at] = (shape, *others[: _AT_ONE_PLACE - 1])

    def _new_shape(self, text: bytes, keys: tuple[str, ...], values: Values) -> Shape:
        around = _around_values(text.decode(), keys)
        if around is None or not (shape := Shape(keys, around)).makes(text, values):
            raise DroppedError
        if len(self._of_keys) > _SHAPES_KEPT:
            self._of_keys.clear()
        known = self._of_keys.setdefault(keys, [])
        known[_OF_SAME_KEYS - 1 :] = []
        known.insert(0, shape)
        return shape


def _struct_reader(keys: tuple[str, ...]) -> Callable[[Any], Any] | None:
    """Return what reads an object with these keys into a struct, twice as fast as into a dictionary."""
    fields = [(f"f{i}", Raw) for i in range(len(keys))]
    names = {f"f{i}": key for i, key in enumerate(keys)}
    try:
        struct = msgspec.defstruct("Members", fields, rename=names, forbid_unknown_fields=True, gc=False)
        return msgspec.json.Decoder(struct).decode
    except (ValueError, TypeError):  # keys with quotes or controls cannot be names of fields
        return None


def _around_values(text: str, keys: tuple[str, ...]) -> list[bytes] | None:
    """Return the pieces of the text that stand around its values, None when a key comes twice."""
    pieces, found, at = [], [], 0
    for key, start, end in spans_inside(text, first_character(text)):
        found.append(key)
        pieces.append(text[at:start])
        at = end
    if tuple(found) != keys:
        return None
    pieces.append(text[at:])
    return [piece.encode() for piece in pieces]
