"""Columns of codes on their way into a store: encoded some texts at a time, then joined over one dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditviewer.core import native
from auditviewer.core.codes import NO_VALUES, code_type, narrow
from auditviewer.core.native.texts import as_array, texts_of

CODED_TYPE = pa.dictionary(pa.int32(), pa.large_string())
_WAITING_BYTES = 48 << 20
"""So many bytes of a column are encoded at once: often enough to bound memory, seldom enough to be quick."""


class CodedColumn:
    """The texts of one column on their way to codes: encoded many at a time, over one dictionary a time."""

    def __init__(self, sizes_before: Sequence[int]) -> None:
        self.absent = list(range(len(sizes_before)))
        """The parts that lack the column."""
        self._n_parts = len(sizes_before)
        self._encoded: list[pa.Array] = [pa.nulls(size, CODED_TYPE) for size in sizes_before]
        self._waiting: list[pa.Array] = []
        self._waiting_bytes = 0

    def add(self, texts: Any, size: int) -> None:
        """Add the texts of a part; None where the part lacks the column."""
        if texts is None:
            self.absent.append(self._n_parts)
            texts = pa.nulls(size, pa.large_string())
        self._n_parts += 1
        pieces = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
        if pa.types.is_dictionary(texts.type):
            self._encode_waiting()
            self._encoded += pieces
            return
        self._waiting += pieces
        self._waiting_bytes += texts.nbytes
        if self._waiting_bytes > _WAITING_BYTES:
            self._encode_waiting()

    def close(self) -> None:
        """Encode what waits, all over one dictionary."""
        self._encode_waiting()
        if not native.is_there():  # it would join them again at the end, and is quick enough to do it there alone
            self._encoded = _over_one_dictionary(self._encoded)

    @property
    def pieces(self) -> list[pa.DictionaryArray]:
        """The column, once it is closed."""
        return self._encoded

    def _encode_waiting(self) -> None:
        if self._waiting:
            self._encoded += pa.chunked_array(self._waiting).dictionary_encode().cast(CODED_TYPE).chunks
            self._waiting, self._waiting_bytes = [], 0


def unified(arrays: Sequence[pa.Array]) -> pa.DictionaryArray:
    """Return dictionary arrays as one, over one dictionary whose entry 0 is null and stands for "missing"."""
    if native.is_there() and not any(array.dictionary.null_count for array in arrays):
        codes, values = _unified_compiled(_gathered(arrays))
    else:
        whole = _over_one_dictionary(arrays)
        dictionary = whole[0].dictionary if whole else pa.array([], pa.large_string())
        values = pa.concat_arrays([NO_VALUES, dictionary])
        codes = whole[0].indices.fill_null(-1).to_numpy(zero_copy_only=False) + 1 if whole else np.empty(0, np.int32)
        codes = narrow(codes, len(values))
    return pa.DictionaryArray.from_arrays(pa.array(codes), values, safe=False)


def _unified_compiled(arrays: Sequence[pa.Array]) -> tuple[npt.NDArray[Any], pa.Array]:
    """Return codes (n,), 0 for null, and the values that they stand for, the first of which is null."""
    dictionary = native.Dictionary(n_expected=sum(len(array.dictionary) for array in arrays))
    new_codes = [dictionary.encode(texts_of(array.dictionary)) for array in arrays]
    codes = np.empty(sum(len(array) for array in arrays), dtype=code_type(len(dictionary) + 1))
    start = 0
    for array, new in zip(arrays, new_codes, strict=True):
        indices = array.indices.fill_null(-1) if array.indices.null_count else array.indices
        native.map_codes(indices.to_numpy(zero_copy_only=False), new, codes[start : start + len(array)])
        start += len(array)
    return codes, as_array(dictionary.texts(n_before=1), is_first_null=True)


def _over_one_dictionary(arrays: Sequence[pa.Array]) -> list[pa.DictionaryArray]:
    """Return dictionary arrays as one over one dictionary, nulls as Arrow has them; none where there is none."""
    chunks: list[pa.DictionaryArray] = pa.chunked_array(_gathered(arrays), CODED_TYPE).unify_dictionaries().chunks
    if len(chunks) < 2:
        return chunks
    return [pa.DictionaryArray.from_arrays(pa.concat_arrays([chunk.indices for chunk in chunks]), chunks[0].dictionary)]


def _gathered(arrays: Sequence[pa.Array]) -> list[pa.Array]:
    """Return the arrays with those of one dictionary after another joined: each dictionary is then looked at once."""
    joined: list[pa.Array] = []
    last: tuple[int, int] | None = None
    indices: list[pa.Array] = []
    dictionary: pa.Array | None = None

    def close() -> None:
        if dictionary is not None:
            joined.append(pa.DictionaryArray.from_arrays(pa.concat_arrays(indices), dictionary))

    for array in arrays:
        data = array.dictionary.buffers()[2]
        place = (0 if data is None else data.address, len(array.dictionary))
        if place != last or data is None:
            close()
            last, indices, dictionary = place, [], array.dictionary
        indices.append(array.indices)
    close()
    return joined
