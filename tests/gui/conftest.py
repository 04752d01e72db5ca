"""What tests of the window share: jobs that run at once, a session, a table with a bit of everything."""

from __future__ import annotations

from concurrent.futures import Executor, Future

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from auditviewer.gui.look import Theme, apply_theme
from auditviewer.gui.program import make_window
from auditviewer.gui.session import Session
from auditviewer.gui.settings import Settings
from tests.builders import FIRST_TICKS, NO_INSTANT, table_of


class AtOnce(Executor):
    """Runs a job when it is submitted."""

    def submit(self, fn, /, *args, **kwargs):
        future: Future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Held(Executor):
    """Keeps jobs until a test runs them."""

    def __init__(self):
        self.jobs = []

    def submit(self, fn, /, *args, **kwargs):
        self.jobs.append(lambda: fn(*args, **kwargs))
        return Future()


@pytest.fixture
def at_once():
    """An executor that runs a job when it is submitted."""
    return AtOnce()


@pytest.fixture
def held():
    """An executor that keeps jobs until they are run by hand."""
    return Held()


@pytest.fixture(scope="session", autouse=True)
def fusion(qapp_cls):
    """Give every test the style and palette of the program."""
    app = QApplication.instance() or qapp_cls([])
    app.setStyle("Fusion")
    apply_theme(app, Theme.LIGHT)


@pytest.fixture
def settings(qapp):
    """Settings in a folder of the test's own."""
    return Settings()


@pytest.fixture
def session(qapp, at_once):
    """A session whose jobs run at once."""
    return Session(executor=at_once)


@pytest.fixture
def sample_table():
    """Forty events: every status, missing cells, odd texts, flags, a time that cannot be read, an unknown column."""
    statuses = ["success", "failure", "warning", "inProgress", "odd", None, ""]
    rows = [
        {
            "OperationStatus": statuses[i % len(statuses)],
            "Initiator": f"user{i % 4}@example.com",
            "Target": "раypal" if i == 5 else f"target {i % 6}",
            "TargetId": f"{i % 6:03d}",
            "WorkflowId": f"w{i // 3}",
            "EventDescription": "<b>bold</b>\nsecond line" if i == 2 else f"Event number {i}",
            "CustomValues": None if i % 2 else f'{{"n": {i}}}',
            "Severity": f"s{i}",
        }
        for i in range(40)
    ]
    rows[7]["Timestamp"] = "yesterday"
    instants = [NO_INSTANT if i == 7 else FIRST_TICKS + i * 10_000_000 for i in range(40)]
    flags = np.zeros(40, np.uint8)
    flags[[1, 2, 3]] = [1, 2, 4]
    return table_of(rows, instants, flags=flags)


@pytest.fixture
def window(qtbot, settings, at_once):
    """The program's window, complete, with jobs that run at once."""
    made = make_window(settings, at_once)
    qtbot.addWidget(made)
    made.furnish()
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def open_window(window, sample_table):
    """The window on the sample table."""
    window.session.set_table(sample_table)
    return window
