"""JobRunner: the newest job wins, and an older one is silent from then on."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtWidgets import QWidget

from auditviewer.core.errors import Cancelled, UnreadableExportError
from auditviewer.core.progress import Step
from auditviewer.gui.jobs import JobRunner, sentence_of


@pytest.fixture
def heard(qapp, held):
    """A runner whose jobs are run by hand, and what it said."""
    runner, said = JobRunner(executor=held), []
    runner.progressed.connect(lambda step: said.append(("step", step.done)))
    runner.finished.connect(lambda value: said.append(("finished", value)))
    runner.failed.connect(lambda error: said.append(("failed", str(error))))
    runner.cancelled.connect(lambda: said.append(("cancelled",)))
    return runner, said


def test_a_newer_job_silences_the_one_before(heard, held):
    runner, said = heard
    runner.start(lambda progress: "old")
    runner.start(lambda progress: "new")
    for job in reversed(held.jobs):
        job()
    assert said == [("finished", "new")]


def test_late_progress_of_an_old_job_is_dropped(heard, held):
    runner, said = heard
    kept = []
    runner.start(lambda progress: kept.append(progress))
    held.jobs[0]()
    said.clear()
    runner.start(lambda progress: progress.report("Reading", 7, 10))
    with pytest.raises(Cancelled):
        kept[0].report("Reading", 3, 10)
    kept[0]._on_step(Step("Reading", 3, 10))  # said between the question and the answer
    held.jobs[1]()
    assert said == [("step", 7), ("finished", None)]


def test_byte_counts_beyond_32_bits_arrive_whole(heard, held):
    runner, said = heard
    runner.start(lambda progress: progress.report("Reading", 5 * 2**31, 6 * 2**31))
    held.jobs[0]()
    assert said[0] == ("step", 5 * 2**31)


def test_cancel_stops_the_job_and_drops_what_it_still_says(heard, held):
    runner, said = heard
    runner.start(lambda progress: "late")
    runner.cancel()
    held.jobs[0]()
    assert said == [("cancelled",)]
    assert not runner.is_busy


def test_a_failure_is_told_and_the_runner_goes_on(heard, held):
    runner, said = heard

    def fail(progress):
        raise UnreadableExportError("a.csv is empty.")

    runner.start(fail)
    held.jobs[0]()
    runner.start(lambda progress: 1)
    held.jobs[1]()
    assert said[0][0] == "failed" and said[0][1].startswith("a.csv is empty.")
    assert said[1] == ("finished", 1)


def test_jobs_run_off_the_gui_thread(qtbot):
    import threading

    runner, thread = JobRunner(), []
    with qtbot.waitSignal(runner.finished):
        runner.start(lambda progress: thread.append(threading.current_thread()))
    assert thread[0] is not threading.main_thread()


def test_a_job_can_wait_for_the_paint_of_what_changed(qtbot):
    order = []

    class Painted(QWidget):
        def paintEvent(self, event):
            order.append("paint")

    widget = Painted()
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitUntil(lambda: "paint" in order)
    runner = JobRunner(widget, waits_for_paint=True)
    order.clear()
    runner.start(lambda progress: order.append("never"))
    runner.start(lambda progress: order.append("job"))
    widget.update()
    assert runner.is_busy
    qtbot.waitUntil(lambda: not runner.is_busy)
    assert order == ["paint", "job"]


def test_an_unexpected_failure_still_becomes_a_sentence():
    assert "ValueError" in sentence_of(ValueError("x"))


def test_qt_calls_do_not_eat_references_to_none(qtbot):
    """PySide6 6.12.0 on Python below 3.12 drops one with every void call, and the process aborts in the end."""
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.setVisible(False)
    before = sys.getrefcount(None)
    for _ in range(1000):
        widget.setVisible(False)
    assert abs(sys.getrefcount(None) - before) < 500


@pytest.mark.parametrize("is_late", [False, True])
def test_a_runner_may_stay_busy_until_its_result_is_taken(qapp, held, is_late):
    runner, seen = JobRunner(executor=held, is_busy_until_taken=is_late), []
    runner.start(lambda _progress: 1, lambda _result: seen.append(runner.is_busy))
    held.jobs[0]()
    assert seen == [is_late]
    assert not runner.is_busy
