"""Keeps pyarrow from importing what nobody asked it for, which would take most of the time of a start.

pyarrow (as of 26) imports pandas and dateutil at the first `pyarrow.array` or `to_numpy` only to ask whether a value is
a Series or an interval, and remembers the answer. Nothing here hands it one, so it is told once that there are none;
pandas itself, where `EventTable.frame` uses it, works over Arrow memory without pyarrow's help.

`pyarrow.compute` makes a Python function of each of its 300 kernels when it is imported, which takes 30 ms. A log that
was kept shows, and can be filtered, before the first of them is called; until then something stands in its place.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pyarrow as pa

_NOT_ASKED_FOR = ("pandas", "dateutil")
_COMPUTE = "pyarrow.compute"


class _Hidden:
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in _NOT_ASKED_FOR:
            raise ImportError("not asked for here")
        return None


def keep_pandas_out() -> None:
    """Let pyarrow look for pandas in vain, unless somebody imported it already."""
    if "pandas" in sys.modules:
        return
    finder = _Hidden()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([None])
    finally:
        sys.meta_path.remove(finder)


class _LateCompute(ModuleType):
    """Becomes `pyarrow.compute` when something of it is first asked for; whoever has it then has all of that."""

    def __init__(self) -> None:
        super().__init__(_COMPUTE)
        self._lock = threading.RLock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if sys.modules.get(_COMPUTE) is self:
                del sys.modules[_COMPUTE]
                try:
                    self.__dict__.update(vars(importlib.import_module(_COMPUTE)))
                except BaseException:
                    sys.modules[_COMPUTE] = self
                    raise
        return getattr(sys.modules[_COMPUTE], name)


def put_compute_off() -> None:
    """Import `pyarrow.compute` when it is first used, unless it is there already."""
    if _COMPUTE not in sys.modules:
        sys.modules[_COMPUTE] = pa.compute = _LateCompute()


keep_pandas_out()
put_compute_off()
