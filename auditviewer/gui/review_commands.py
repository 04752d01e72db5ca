"""What carries out the commands of a review: cases, marks, findings, samples, reports, packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QMessageBox

from auditviewer.core.case import ReviewState
from auditviewer.core.case.file import SUFFIX
from auditviewer.core.display import fit_to_show
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.sampling import Method
from auditviewer.gui.actions import Actions
from auditviewer.gui.dialogs.ask_dialog import Ask, AskDialog
from auditviewer.gui.jobs import Work
from auditviewer.gui.messages import show_problem
from auditviewer.gui.review_session import now_utc

if TYPE_CHECKING:
    from auditviewer.core.evidence.package import PackageReport
    from auditviewer.core.evidence.verify import Verification
    from auditviewer.core.progress import Progress
    from auditviewer.gui.main_window import MainWindow

CASES = f"Cases (*{SUFFIX});;All files (*)"
TAG_COLOURS = ("#c2410c", "#b45309", "#15803d", "#0f766e", "#1d4ed8", "#7e22ce", "#be185d", "#475569")


def bind_review_commands(actions: Actions, window: MainWindow) -> None:
    """Bind the commands of a review, once the session is there."""
    review = window.session.review
    actions.bind(
        {
            "new_case": lambda: new_case(window),
            "import_case": lambda: import_case(window),
            "close_case": review.close_case,
            "tag_events": lambda: tag_events(window),
            "note_events": lambda: note_events(window),
            "review_cleared": lambda: review.set_state(ReviewState.CLEARED),
            "review_exception": lambda: ask_state(window, ReviewState.EXCEPTION),
            "review_follow_up": lambda: ask_state(window, ReviewState.FOLLOW_UP),
            "review_unreviewed": lambda: review.set_state(ReviewState.UNREVIEWED),
            "sign_off": review.sign_off,
            "undo_review": review.undo,
            "record_finding": lambda: record_finding(window),
            "draw_sample": lambda: ask_sample(window),
            "save_view": lambda: save_view(window),
            "write_report": lambda: write_report(window),
            "make_package": lambda: ask_package(window),
        }
    )
    window.reviewing.failed.connect(lambda error: show_problem(window, error))
    keys = TagKeys(window)
    review.changed.connect(keys.refresh)


class TagKeys:
    """The keys that tags have; each puts its tag on the selected events or takes it off."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._shortcuts: list[QShortcut] = []

    def refresh(self) -> None:
        """Take the keys of the open case."""
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        review = self._window.session.review
        tags = review.case.state.tags.values() if review.case is not None else ()
        self._shortcuts = []
        for tag in tags:
            if tag.key:
                shortcut = QShortcut(QKeySequence(tag.key), self._window.workspace.events)
                shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                shortcut.activated.connect(partial(review.toggle_tag, tag.name))
                self._shortcuts.append(shortcut)


# -- cases ------------------------------------------------------------------------------------------------


def new_case(window: MainWindow) -> None:
    """Ask for a file and make a case of the open log."""
    start = Path(window.settings.last_folder) / f"review{SUFFIX}"
    name, _ = QFileDialog.getSaveFileName(window, "New case", str(start), CASES)
    if name:
        path = Path(name)
        path = path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
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


# -- marks ------------------------------------------------------------------------------------------------


def tag_events(window: MainWindow) -> None:
    """Ask for a tag and put it on the selected events."""
    review = window.session.review
    if review.case is None:
        return
    names = tuple(review.case.state.tags)
    colour = TAG_COLOURS[len(names) % len(TAG_COLOURS)]
    fields = (
        Ask("name", "Tag", "editable", names[-1] if names else "", names, is_needed=True),
        Ask("colour", "Colour of a new tag", value=colour),
        Ask("key", "Key of a new tag", tip="A letter or a key sequence, as Ctrl+1; sets the tag from then on"),
        Ask("remove", "Take the tag off", "check"),
    )

    def then(values: dict[str, str]) -> None:
        if values["name"] not in names:
            review.define_tag(values["name"], values["colour"], values["key"].strip())
        review.tag(values["name"], bool(values["remove"]))

    def check(values: dict[str, str]) -> None:
        if values["key"].strip() and QKeySequence(values["key"]).isEmpty():
            raise WrongUsageError(f"“{values['key']}” is no key.", "Write it as X or Ctrl+1.")

    _ask(window, "Tag", fields, "Tag", then, check, _on_how_many(window))


def note_events(window: MainWindow) -> None:
    """Ask for a note on the selected events."""
    fields = (Ask("text", "Note", "text", is_needed=True),)
    review = window.session.review
    _ask(window, "Note", fields, "Add note", lambda values: review.note(values["text"]), words=_on_how_many(window))


def ask_state(window: MainWindow, state: ReviewState) -> None:
    """Ask why, and set the state of the selected events."""
    fields = (Ask("reason", "Reason", "text", is_needed=True),)
    review = window.session.review
    title = state.value.capitalize()
    _ask(
        window,
        title,
        fields,
        title,
        lambda values: review.set_state(state, values["reason"]),
        words=_on_how_many(window),
    )


def _on_how_many(window: MainWindow) -> str:
    n = len(window.session.selected)
    return f"On the {n:,} selected events." if n > 1 else "On the current event."


# -- findings, samples, filters -----------------------------------------------------------------------------


def record_finding(window: MainWindow) -> None:
    """Ask for a title and keep the shown events as a finding."""
    session = window.session
    words = f"{len(session.result):,} events: {fit_to_show(session.query.describe(), 300)}"
    fields = (Ask("title", "Title", is_needed=True),)
    _ask(window, "Record finding", fields, "Record", lambda v: session.review.record_finding(v["title"]), words=words)


def save_view(window: MainWindow) -> None:
    """Ask for a name and keep the filter."""
    fields = (Ask("name", "Name", is_needed=True),)
    review = window.session.review
    _ask(window, "Save filter", fields, "Save", lambda values: review.save_view(values["name"]))


def ask_sample(window: MainWindow) -> None:
    """Ask how to draw, and draw from the shown events."""
    session = window.session
    methods = tuple(method.value for method in Method if method is not Method.TARGETED)
    fields = (
        Ask("name", "Name", value="Sample 1", is_needed=True),
        Ask("method", "Method", "choice", choices=methods),
        Ask("seed", "Seed", value=now_utc()[:10], is_needed=True, tip="Any text; the same seed draws the same events"),
        Ask("size", "Size", tip="Empty: computed from the two shares below"),
        Ask("confidence", "Confidence (%)", value="95"),
        Ask("tolerable", "Tolerable deviation (%)", value="5"),
        Ask("by", "Strata by column", "choice", choices=("Category", *session.table.columns), value="OperationStatus"),
    )

    def read(values: dict[str, str]) -> tuple[int | None, tuple[float, float]]:
        try:
            size = int(values["size"].replace(",", "")) if values["size"].strip() else None
            return size, (float(values["confidence"]) / 100, float(values["tolerable"]) / 100)
        except ValueError:
            raise WrongUsageError("The size or a share is no number.", "Write 25, or 95 and 5.") from None

    def then(values: dict[str, str]) -> None:
        method = Method(values["method"])
        size, shares = read(values)
        by = values["by"] if method is Method.STRATIFIED else None
        session.review.draw_sample(values["name"], values["seed"], method, size, shares, by)

    words = f"From the {len(session.result):,} shown events: {fit_to_show(session.query.describe(), 300)}"
    _ask(window, "Draw sample", fields, "Draw", then, read, words)


# -- report and package --------------------------------------------------------------------------------------


def write_report(window: MainWindow) -> None:
    """Open the dialog of the report."""
    from auditviewer.gui.dialogs.report_dialog import ReportDialog

    dialog = ReportDialog(window.session, window)
    query = window.session.query.describe()
    dialog.written.connect(
        lambda path, sha256: window.session.review.record(
            "report", file=Path(path).name, sha256=sha256, query_in_words=query
        )
    )
    dialog.open()


def ask_package(window: MainWindow) -> None:
    """Ask where to and how, and write an evidence package of the shown events."""
    from auditviewer.core.evidence.keys import is_protected, open_key
    from auditviewer.core.evidence.package import PackageChoices, write_package
    from auditviewer.core.query.saved import query_as_json
    from auditviewer.core.report.attachments import build_attachments
    from auditviewer.paths import config_dir

    session, key_path = window.session, config_dir() / "keys" / "signing.pem"
    result, case = session.result, session.review.case
    has_key = key_path.exists()
    fields = [
        Ask("path", "Package", "save", "evidence.zip", is_needed=True, tip="A .zip, or a name without it for a folder"),
        Ask("sources", "Put the source files in, so that the query can be run again", "check", "yes"),
        Ask("sign", "Sign it with my key", "check", "yes" if has_key else ""),
    ]
    if not has_key or is_protected(key_path):
        words = "Passphrase of the key" if has_key else "Passphrase of a new key"
        fields.append(Ask("passphrase", words, "secret", tip="" if has_key else "A key is made when you sign first"))

    def then(values: dict[str, str]) -> None:
        def work(progress: Progress) -> PackageReport:
            key = None
            if values["sign"]:
                if not key_path.exists():
                    from auditviewer.core.evidence.keys import make_key

                    make_key(key_path, values.get("passphrase") or None)
                key = open_key(key_path, values.get("passphrase") or None)
            attachments = build_attachments(result, case, progress)
            choices = PackageChoices(bool(values["sources"]), key, attachments)
            return write_package(Path(values["path"]).expanduser(), result, now_utc(), choices, progress)

        def done(report: PackageReport) -> None:
            session.review.record(
                "package", file=report.path.name, seal=report.seal, events=report.events,
                query=query_as_json(result.query), query_in_words=result.query.describe(),
            )  # fmt: skip
            signed = "It is not signed." if report.fingerprint is None else f"Key: {report.fingerprint}"
            _tell(
                window, "Evidence package",
                f"{report.events:,} events in {report.path.name}.\n\nSeal: {report.seal}\n{signed}",
                f"Keep the seal apart from the package; it stands in {report.seal_path.name} beside it.",
            )  # fmt: skip

        _run(window, "Writing the package…", work, done)

    words = f"{len(result):,} shown events of {len(result.table):,}."
    _ask(window, "Evidence package", fields, "Write", then, words=words)


def verify_package(window: MainWindow) -> None:
    """Ask for a package and check it."""
    kinds = "Packages (*.zip *.json)"
    name, _ = QFileDialog.getOpenFileName(window, "Verify package", window.settings.last_folder, kinds)
    if not name:
        return
    path = Path(name)
    if path.suffix == ".json":  # a folder is named by a file in it
        path = path.parent

    def work(progress: Progress) -> Verification:
        from auditviewer.core.evidence.rerun import rerun_package
        from auditviewer.core.evidence.verify import verify_package

        found = verify_package(str(path), tell=lambda done: progress.report("checking", done, 0))
        if found.holds:
            rerun_package(path, found, progress)
        return found

    def done(found: Verification) -> None:
        from auditviewer.core.evidence.verify import report_lines

        lines = report_lines(found)
        _tell(window, "Verify package", lines[-1], "\n".join(lines[:40][:-1]), is_problem=not found.holds)
        if window.is_furnished:
            window.session.review.record("verify", file=path.name, holds=found.holds)

    _run(window, "Checking the package…", work, done)


# -- what they share ----------------------------------------------------------------------------------------


def _ask(
    window: MainWindow,
    title: str,
    fields: Sequence[Ask],
    ok: str,
    then: Callable[[dict[str, str]], object],
    check: Callable[[dict[str, str]], object] | None = None,
    words: str = "",
) -> None:
    dialog = AskDialog(title, fields, ok, window, check, words)
    dialog.answered.connect(then)
    dialog.open()


def _run(window: MainWindow, words: str, work: Work, done: Callable[[Any], None]) -> None:
    """Run work off the window's thread; what it gives goes to ``done``, a failure into a box."""
    window.status.say(words)
    window.reviewing.start(work, done)


def _tell(window: MainWindow, title: str, words: str, more: str, is_problem: bool = False) -> None:
    box = QMessageBox(window)
    box.setWindowTitle(title)
    box.setIcon(QMessageBox.Icon.Warning if is_problem else QMessageBox.Icon.Information)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText("\n".join(fit_to_show(line, 400) for line in words.split("\n")))
    box.setInformativeText("\n".join(fit_to_show(line, 400) for line in more.split("\n")))
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
