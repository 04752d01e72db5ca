"""What carries out the commands over a case as a file, and says how it is: new, open, copies, imports, the reviewer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu

from auditviewer.core.case.file import SUFFIX, why_read_only
from auditviewer.core.case.journal import journal_lines
from auditviewer.core.case.review import FoundSource
from auditviewer.core.display import fit_to_show
from auditviewer.core.writing.files import write_file
from auditviewer.gui.banner import Banner, Tone
from auditviewer.gui.dialogs.ask_dialog import Ask
from auditviewer.gui.dialogs.list_dialog import ListDialog
from auditviewer.gui.review.asking import ask, ask_path_to_write, case_of, run
from auditviewer.gui.review_session import login_name

if TYPE_CHECKING:
    from auditviewer.core.progress import Progress
    from auditviewer.gui.main_window import MainWindow

CASES = f"Cases (*{SUFFIX});;All files (*)"
DETAILS = {
    "system": "System", "page": "Page and steps", "category": "Category", "population": "Population",
    "from": "Requested from (UTC)", "to": "Requested to (UTC)", "extracted_by": "Extracted by, and when",
}  # fmt: skip


def new_case(window: MainWindow) -> None:
    """Ask for a file and make a case of the open log."""
    path = ask_path_to_write(window, "New case", f"review{SUFFIX}", (SUFFIX,))
    if path is not None:
        window.session.review.new_case(path, path.stem)
        window.raise_dock("review")


def open_case(window: MainWindow) -> None:
    """Ask for a case and open it with its exports."""
    name, _ = QFileDialog.getOpenFileName(window, "Open case", window.settings.last_folder, CASES)
    if name and window.is_furnished:
        window.session.review.open_case(Path(name))


def import_case(window: MainWindow) -> None:
    """Ask for another reviewer's case and take it in."""
    name, _ = QFileDialog.getOpenFileName(window, "Import another case", window.settings.last_folder, CASES)
    if name:
        window.session.review.take_in(Path(name))


def tell_taken_in(window: MainWindow, name: str, conflicts: list[str]) -> None:
    """Say what came of an import; conflicts in a list."""
    if not conflicts:
        window.status.say(f"Took in {name}. Nothing conflicts.")
        return
    words = f"Took in {name}. In {len(conflicts):,} things the two cases differ; what this case says stays."
    rows = [("status-warning", sentence) for sentence in conflicts]
    ListDialog("Import another case", words, rows, window).open()


def save_case_as(window: MainWindow) -> None:
    """Ask for a file and write a copy of the case; the case that is open stays the same."""
    case = case_of(window)
    if case is None:
        return
    path = ask_path_to_write(window, "Save case as", f"{case.path.stem} copy{SUFFIX}", (SUFFIX,))
    if path is not None:
        window.session.review.save_copy(path)


def ask_details(window: MainWindow) -> None:
    """Ask for what stands on the workpaper of the report."""
    case = case_of(window)
    if case is None:
        return
    fields = [Ask(key, label, value=case.state.period.get(key) or "") for key, label in DETAILS.items()]
    ask(window, "Period and population", fields, "Keep", window.session.review.set_details)


def ask_reviewer(window: MainWindow) -> None:
    """Ask whose name stands with the acts from now on."""
    if not window.is_furnished:
        return
    review = window.session.review
    words = "This name stands with everything that is done in a case from now on. What was done keeps its name."
    fields = (Ask("name", "Reviewer", value=review.reviewer, tip=f"Empty: {login_name()}, who is logged in"),)

    def then(values: dict[str, str]) -> None:
        name = values["name"].strip()
        window.settings.reviewer = "" if name == login_name() else name
        review.set_reviewer(name)

    ask(window, "Reviewer", fields, "Keep", then, words=words)


def export_journal(window: MainWindow) -> None:
    """Ask for a file and write every act of the case, a line each."""
    case = case_of(window)
    if case is None:
        return
    path = ask_path_to_write(window, "Export journal", f"{case.path.stem}-journal.jsonl", (".jsonl",))
    if path is None:
        return
    acts, own = list(case.journal), str(case.path)

    def work(_progress: Progress) -> tuple[int, str]:
        data = journal_lines(acts)
        return write_file(path, lambda out: out.write(data), [own])

    def done(written: tuple[int, str]) -> None:
        told = {"format": "journal", "sha256": written[1], "events": len(acts), "query_in_words": "the journal"}
        window.session.review.record("report", file=path.name, **told)
        window.status.say(f"Wrote {len(acts):,} acts to {path.name}")

    run(window, "Writing the journal…", work, done)


def fill_cases_menu(menu: QMenu, window: MainWindow) -> None:
    """Fill the menu of recent cases."""
    menu.clear()
    for path in window.settings.cases():
        words = fit_to_show(f"{Path(path).name}   —   {Path(path).parent}", 90).replace("&", "&&")
        menu.addAction(words).triggered.connect(_later(partial(_open, window, Path(path))))
    if menu.isEmpty():
        menu.addAction("No case was opened yet").setEnabled(False)


def _open(window: MainWindow, path: Path) -> None:
    if window.is_furnished:
        window.session.review.open_case(path)


def _later(work: Callable[[], object]) -> Callable[[bool], None]:
    def slot(_is_checked: bool = False) -> None:
        work()

    return slot


class CaseNews:
    """Says in a line above the table how the open case is: for reading only, with sources that moved or changed."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._case: object = None
        self._sources: list[str] = []
        self.banner = Banner()
        layout = window.workspace.layout()
        layout.insertWidget(1, self.banner)  # type: ignore[union-attr]
        review = window.session.review
        review.changed.connect(self._on_changed)
        review.located.connect(self._on_located)

    def _on_changed(self) -> None:
        case = self._window.session.review.case
        if case is self._case:
            return
        self._case, self._sources = case, []
        if case is not None:
            self._window.settings.add_recent_case(str(case.path.absolute()))
        self._say()

    def _on_located(self, found: list[FoundSource]) -> None:
        self._sources = [one.problem for one in found if one.problem]
        self._say()

    def _say(self) -> None:
        case = self._window.session.review.case
        said = []
        if case is not None and case.is_read_only:
            said.append(f"{case.path.name} is open for reading only. {why_read_only(case)}")
        said += self._sources
        if said:
            self.banner.say(fit_to_show(" ".join(said), 1200), Tone.WARNING)
        else:
            self.banner.hide()


def show_undoable(window: MainWindow, undo: QAction, redo: QAction) -> None:
    """Say on the commands what they would undo, and do again."""
    from auditviewer.core.case.telling import describe_act

    case = case_of(window)
    for action, words, act in (
        (undo, "Un&do annotation", None if case is None else case.undoable),
        (redo, "Redo annotation", None if case is None else case.redoable),
    ):
        told = "" if act is None else f": {fit_to_show(describe_act(act), 40)}".replace("&", "&&")
        action.setText(f"{words}{told}")
