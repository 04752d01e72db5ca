"""Columns as small integers over a dictionary of their texts; code 0 stands for a missing cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

import auditviewer.core.arrow_alone  # noqa: F401 - before the first array is made, and before pyarrow.compute

import pyarrow.compute as pc  # isort: skip

FEW = 4096
"""So many texts are sorted as soon without `pyarrow.compute`, which a log that was kept can be filtered before."""


@dataclass(frozen=True, eq=False)
class Codes:
    """A column as small integers: the text at position i is ``dictionary[codes[i]]``.

    ``codes`` (n,) uint8, uint16 or int32; ``dictionary`` large_string, entry 0 is null and means "missing".
    """

    codes: npt.NDArray[Any]
    dictionary: pa.Array

    def __len__(self) -> int:
        """How many codes there are, the one for missing included."""
        return len(self.dictionary)

    @cached_property
    def values(self) -> tuple[str | None, ...]:
        """The text of each code; costly for a column of many values, where `value_of` does for a few."""
        return tuple(self.dictionary.to_pylist())

    @cached_property
    def totals(self) -> npt.NDArray[np.int64]:
        """How many events have each code."""
        return np.bincount(self.codes, minlength=len(self))

    def value_of(self, code: int) -> str | None:
        """Return the text of one code, None for missing."""
        text: str | None = self.dictionary[int(code)].as_py()
        return text

    def code_of(self, value: str | None) -> int | None:
        """Return the code of a text, None when no event of the log has it."""
        if value is None:
            return 0
        try:
            found = pc.index(self.dictionary, pa.scalar(value, pa.large_string())).as_py()
        except (UnicodeEncodeError, pa.ArrowInvalid):
            return None
        return found if found > 0 else None

    @cached_property
    def ranks(self) -> npt.NDArray[Any]:
        """Rank of each code in code point order of its text; missing ranks last."""
        order = self._in_order()
        ranks = np.empty(len(order), dtype=np.uint16 if len(order) <= 65536 else np.uint32)
        ranks[order] = np.arange(len(order))
        return ranks

    def _in_order(self) -> npt.NDArray[Any]:
        """Return the codes in code point order of their texts, missing last."""
        if len(self) <= FEW:
            known = [(text, code) for code, text in enumerate(self.values) if text is not None]
            missing = [code for code, text in enumerate(self.values) if text is None]
            return np.array([*(code for _, code in sorted(known)), *missing], dtype=np.int64)
        order: npt.NDArray[Any] = pc.array_sort_indices(self.dictionary, null_placement="at_end").to_numpy()
        return order


def distinct(keys: npt.NDArray[np.int64], size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any]]:
    """Return the distinct keys and each key's index among them; keys are in [0, size)."""
    if size > 4_000_000:
        present, inverse = np.unique(keys, return_inverse=True)
        return present, inverse
    seen = np.zeros(size, dtype=np.bool_)
    seen[keys] = True
    present = np.flatnonzero(seen)
    index = np.zeros(size, dtype=np.int32)
    index[present] = np.arange(len(present))
    return present, index[keys]


NO_VALUES = pa.nulls(1, pa.large_string())


def encode_array(array: pa.Array) -> tuple[npt.NDArray[Any], pa.Array]:
    """Return codes and dictionary of one chunk, code 0 for missing."""
    if pa.types.is_dictionary(array.type):
        return array.indices.to_numpy(zero_copy_only=False), array.dictionary
    encoded = array.dictionary_encode()
    indices = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    dictionary = pa.concat_arrays([NO_VALUES, encoded.dictionary.cast(pa.large_string())])
    return narrow(indices.astype(np.int64) + 1, len(dictionary)), dictionary


def unify(per_part: list[tuple[npt.NDArray[Any], pa.Array]]) -> tuple[npt.NDArray[Any], pa.Array]:
    """Return the parts' codes over one dictionary."""
    if not per_part:
        return np.empty(0, np.uint8), NO_VALUES
    # The parts of one source are slices over one dictionary: it is looked at once, not once a part.
    places = [_place_in_memory(dictionary) for _, dictionary in per_part]
    different = dict(zip(places, (dictionary for _, dictionary in per_part), strict=True))
    if len(different) == 1:
        return np.concatenate([codes for codes, _ in per_part]), per_part[0][1]
    union = pa.concat_arrays([NO_VALUES, *different.values()])
    encoded = union.dictionary_encode(null_encoding="encode")
    mapping = narrow(encoded.indices.to_numpy(zero_copy_only=False), len(encoded.dictionary))
    starts = np.cumsum([1, *(len(dictionary) for dictionary in different.values())])
    of_dictionary = {place: mapping[start:] for place, start in zip(different, starts, strict=False)}
    pieces = [of_dictionary[place][codes] for place, (codes, _) in zip(places, per_part, strict=True)]
    return np.concatenate(pieces), encoded.dictionary


def _place_in_memory(array: pa.Array) -> tuple[int, ...]:
    """Return what only slices of the same memory have in common."""
    buffers = tuple(0 if buffer is None else buffer.address for buffer in array.buffers())
    return (*buffers, array.offset, len(array))


def narrow(codes: npt.NDArray[Any], n_values: int) -> npt.NDArray[Any]:
    """Return the codes in the smallest type that holds them."""
    return codes.astype(code_type(n_values))


def code_type(n_values: int) -> type[np.integer[Any]]:
    """Return the smallest type of codes for so many values."""
    return np.uint8 if n_values <= 256 else np.uint16 if n_values <= 65536 else np.int32
