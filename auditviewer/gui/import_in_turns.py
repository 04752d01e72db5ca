"""A large package that makes types of Qt's, imported some milliseconds a turn: never at the same time as Qt works.

Before Python 3.12, PySide keeps what it knows of each type in one map, and Qt's own code reads it without Python's lock
(in every paint: `QApplication.metaObject`). A type that is made on another thread meanwhile moves that map, and now and
then the program crashes. So nothing that uses Qt is imported beside the window. The modules of our own are small
enough for a turn each; those of a package come all at once, and are imported on a thread that runs while the window's
thread waits for it, and rests between two modules when the turn is over.
"""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

TURN_S = 0.006
"""How long a turn takes, and at most one module longer."""


class ImportInTurns:
    """Imports a package; what needs it, imported by the window's thread meanwhile, has all of it first.

    Parameters
    ----------
    package
        Its name.
    needed_by
        The packages that import it; nothing else may.
    """

    def __init__(self, package: str, needed_by: str) -> None:
        self._package, self._needed_by = package, needed_by
        self._thread = threading.Thread(target=self._import, name=f"import of {package}", daemon=True)
        self._may_go, self._rests = threading.Semaphore(0), threading.Semaphore(0)
        self._until = 0.0
        self._is_done = False

    def steps(self) -> Iterator[int]:
        """Import a part of it each turn."""
        for finder in list(sys.meta_path):
            if isinstance(finder, ImportInTurns):
                finder.finish()  # begun for a window that was closed meanwhile
        sys.meta_path.insert(0, self)
        self._thread.start()
        while not self._is_done:
            self._go_on(TURN_S)
            yield 0

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find what others find: a module of the package, to rest before it; what needs it, to finish it first."""
        if threading.current_thread() is self._thread and fullname.startswith(f"{self._package}."):
            before = self._rest
        elif threading.current_thread() is threading.main_thread() and fullname.startswith(self._needed_by):
            before = self.finish
        else:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                spec.loader = _Later(spec.loader, before)  # type: ignore[assignment]
                return spec
        return None

    def finish(self) -> None:
        """Import all that is left, now."""
        while not self._is_done:
            self._go_on(float("inf"))

    def _rest(self) -> None:
        """Wait for the next turn, if this one is over."""
        if time.monotonic() > self._until:
            self._rests.release()
            self._may_go.acquire()

    def _go_on(self, seconds: float) -> None:
        """Let the import go on, and wait until it rests or is done."""
        self._until = time.monotonic() + seconds
        self._may_go.release()
        self._rests.acquire()

    def _import(self) -> None:
        self._may_go.acquire()
        try:
            importlib.import_module(self._package)
        finally:
            sys.meta_path.remove(self)
            self._is_done = True
            self._rests.release()


class _Later:
    """A loader that does something first. A finder cannot: all imports of all threads wait while it looks."""

    def __init__(self, loader: Any, before: Callable[[], None]) -> None:
        self._loader, self._before = loader, before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def exec_module(self, module: ModuleType) -> None:
        self._before()
        self._loader.exec_module(module)


def make_types(modules: Sequence[str]) -> Iterator[int]:
    """Make the types of some modules of Qt's, which PySide does when each is first asked for, some a turn."""
    until = time.monotonic() + TURN_S
    for name in modules:
        module = importlib.import_module(name)
        for attribute in dir(module):
            getattr(module, attribute)
            if time.monotonic() > until:
                yield 0
                until = time.monotonic() + TURN_S
