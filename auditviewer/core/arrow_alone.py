"""Keeps pyarrow from importing pandas behind our back, which takes half a second of every process's start.

pyarrow (as of 26) imports pandas at the first `pyarrow.array` or `to_numpy` only to ask whether a value is a Series,
and remembers the answer. Nothing here hands it one, so it is told once that there is no pandas; pandas itself, where
`EventTable.frame` uses it, works over Arrow memory without pyarrow's help.
"""

from __future__ import annotations

import importlib.abc
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa


class _NoPandas(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "pandas":
            raise ImportError("not asked for here")
        return None


def keep_pandas_out() -> None:
    """Let pyarrow look for pandas in vain, unless somebody imported it already."""
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([None])
    finally:
        sys.meta_path.remove(finder)


keep_pandas_out()
