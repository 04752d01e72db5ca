"""What carries out the commands over samples: drawing, testing, writing the sheet."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from auditviewer.core.case.review import sample_positions
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.sampling import Method
from auditviewer.core.schema import CATEGORY
from auditviewer.core.writing.sample_sheet import write_sample_sheet
from auditviewer.gui.dialogs.sample_dialog import SampleDialog, SampleWish
from auditviewer.gui.dialogs.sheet_dialog import SheetDialog
from auditviewer.gui.review.asking import ask_path_to_write, case_of, run
from auditviewer.gui.review_session import now_utc

if TYPE_CHECKING:
    from auditviewer.core.progress import Progress
    from auditviewer.gui.main_window import MainWindow


def ask_sample(window: MainWindow) -> None:
    """Open the dialog that draws from the shown events."""
    session, case = window.session, case_of(window)
    if case is None:
        return
    taken = case.state.samples
    name = next(f"Sample {n}" for n in count(1) if f"Sample {n}" not in taken)
    columns = (CATEGORY, *(column for column in session.table.columns if column != CATEGORY))
    dialog = SampleDialog(
        len(session.result), session.query.describe(), len(session.selected), columns, name, now_utc()[:10], window
    )

    def then(wish: SampleWish) -> None:
        size = None if wish.method is Method.TARGETED else wish.size
        session.review.draw_sample(wish.name, wish.seed, wish.method, size, (0.95, 0.05), wish.by)
        window.raise_dock("review")

    dialog.wished.connect(then)
    dialog.open()


def open_sheet(window: MainWindow, name: str = "") -> None:
    """Open the sheet of a sample."""
    case, review = case_of(window), window.session.review
    if case is None or not case.state.samples:
        window.status.say("The case holds no sample yet. Review > Draw sample draws one from the shown events.")
        return
    dialog = SheetDialog(window.session, name, window)
    dialog.noted.connect(review.note_result)
    dialog.export_requested.connect(lambda sample: write_sheet(window, sample))
    dialog.show()


def write_sheet(window: MainWindow, name: str = "") -> None:
    """Ask for a file and write a sample with its results; the last one unless another is named."""
    session, case = window.session, case_of(window)
    if case is None or not case.state.samples:
        window.status.say("The case holds no sample yet.")
        return
    sample, table = case.state.samples.get(name) or list(case.state.samples.values())[-1], session.table
    path = ask_path_to_write(window, f"Sample “{sample.name}” as XLSX", "sample.xlsx", (".xlsx",))
    if path is None:
        return

    def work(_progress: Progress) -> tuple[int, str]:
        at = sample_positions(table, sample)
        if None in at:
            raise WrongUsageError("Items of the sample are not among the open events.", "Open the case's exports.")
        drawn = sample.drawn
        words = f"{drawn['size']:,} of {drawn['population']:,} events, {drawn['method']}, seed “{drawn['seed']}”"
        positions = np.array(at, dtype=np.int64)
        return write_sample_sheet(path, table, positions, words, drawn["query_in_words"], sample.results)

    def done(written: tuple[int, str]) -> None:
        session.review.record("report", file=path.name, sha256=written[1], query_in_words=sample.name, format="sheet")
        window.status.say(f"Wrote {path.name}")

    run(window, "Writing the sheet…", work, done)
