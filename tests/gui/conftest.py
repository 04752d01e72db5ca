"""What tests of the window share: a session whose jobs run at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from auditviewer.gui.session import Session


class RunsAtOnce(Executor):
    """Runs each job on the calling thread before `submit` returns."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.fixture
def at_once() -> RunsAtOnce:
    """Return an executor that runs jobs on the calling thread."""
    return RunsAtOnce()


@pytest.fixture
def session(qtbot, at_once) -> Session:
    """Return a session with nothing open whose jobs run at once."""
    return Session(executor=at_once)
