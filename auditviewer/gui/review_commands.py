"""What carries out the commands of a review: cases, marks, findings, samples, reports, packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QMessageBox

from auditviewer.core.case import ReviewState, event_targets
from auditviewer.core.case.file import SUFFIX
from auditviewer.core.case.recheck import HOLDS, Checked
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
_ON = Ask(
    "on", "Mark", "choice", "events", ("events", "workflows", "entities"), tip="Or the workflows or targets of these"
)
DETAILS = {
    "system": "System", "page": "Page and steps", "population": "Population", "from": "Requested from (UTC)",
    "to": "Requested to (UTC)", "extracted_by": "Extracted by, and when",
}  # fmt: skip
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
            "save_case_as": lambda: save_case_as(window),
            "case_details": lambda: ask_details(window),
            "decide_finding": lambda: ask_decision(window),
            "note_result": lambda: ask_result(window),
            "sample_sheet": lambda: write_sheet(window),
            "recheck_case": review.recheck,
            "write_report": lambda: write_report(window),
            "make_package": lambda: ask_package(window),
        }
    )
    window.reviewing.failed.connect(lambda error: show_problem(window, error))
    review.rechecked.connect(lambda checked: tell_rechecked(window, checked))
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


def save_case_as(window: MainWindow) -> None:
    """Ask for a file and write a copy of the case; the case that is open stays the same."""
    name, _ = QFileDialog.getSaveFileName(window, "Save a copy of the case", window.settings.last_folder, CASES)
    if name:
        window.session.review.save_copy(Path(name))


def ask_details(window: MainWindow) -> None:
    """Ask for what stands on the workpaper of the report."""
    review = window.session.review
    if review.case is None:
        return
    kept = review.case.state.period
    fields = [Ask(key, label, value=kept.get(key) or "") for key, label in DETAILS.items()]
    _ask(window, "Period and population", fields, "Keep", review.set_details)


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
        _ON,
        Ask("remove", "Take the tag off", "check"),
    )

    def then(values: dict[str, str]) -> None:
        if values["name"] not in names:
            review.define_tag(values["name"], values["colour"], values["key"].strip())
        review.tag(values["name"], bool(values["remove"]), values["on"])

    def check(values: dict[str, str]) -> None:
        if values["key"].strip() and QKeySequence(values["key"]).isEmpty():
            raise WrongUsageError(f"“{values['key']}” is no key.", "Write it as X or Ctrl+1.")

    _ask(window, "Tag", fields, "Tag", then, check, _on_how_many(window))


def note_events(window: MainWindow) -> None:
    """Ask for a note on the selected events."""
    fields = (Ask("text", "Note", "text", is_needed=True), _ON)
    review = window.session.review
    _ask(
        window,
        "Note",
        fields,
        "Add note",
        lambda values: review.note(values["text"], values["on"]),
        words=_on_how_many(window),
    )


def ask_state(window: MainWindow, state: ReviewState) -> None:
    """Ask why, and set the state of the selected events."""
    fields = (Ask("reason", "Reason", "text", is_needed=True), _ON)
    review = window.session.review
    title = state.value.capitalize()
    _ask(
        window,
        title,
        fields,
        title,
        lambda values: review.set_state(state, values["reason"], values["on"]),
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
    methods = tuple(method.value for method in Method)
    fields = (
        Ask("name", "Name", value="Sample 1", is_needed=True),
        Ask("method", "Method", "choice", choices=methods, tip="Targeted takes the selected events"),
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


def ask_decision(window: MainWindow) -> None:
    """Ask about which finding to decide, and how."""
    review = window.session.review
    titles = tuple(review.case.state.findings) if review.case is not None else ()
    if not titles:
        window.status.say("The case holds no finding yet.")
        return
    fields = (
        Ask("title", "Finding", "choice", titles[-1], titles),
        Ask("decision", "Decision", "choice", "accepted", ("accepted", "dismissed", "open")),
        Ask("reason", "Reason", "text"),
    )

    def check(values: dict[str, str]) -> None:
        if values["decision"] == "dismissed" and not values["reason"].strip():
            raise WrongUsageError("A finding is dismissed with a reason.", "Say why.")

    def then(values: dict[str, str]) -> None:
        review.decide(values["title"], values["decision"], values["reason"])

    _ask(window, "Decide about a finding", fields, "Decide", then, check)


def ask_result(window: MainWindow) -> None:
    """Ask what testing an item of a sample gave; the current event's item is named at first."""
    review = window.session.review
    samples = review.case.state.samples if review.case is not None else {}
    if not samples:
        window.status.say("The case holds no sample yet.")
        return
    name, number = _item_of_current(window)
    fields = (
        Ask("name", "Sample", "choice", name, tuple(samples)),
        Ask("item", "Item", value=str(number), is_needed=True),
        Ask("result", "Result", "choice", "pass", ("pass", "exception", "not applicable")),
        Ask("note", "Note", "text"),
    )

    def check(values: dict[str, str]) -> None:
        n = len(samples[values["name"]].drawn["items"])
        if not values["item"].isdigit() or not 1 <= int(values["item"]) <= n:
            raise WrongUsageError(f"The sample has items 1 to {n:,}.", "Name one of them.")

    def then(values: dict[str, str]) -> None:
        review.note_result(values["name"], int(values["item"]), values["result"], values["note"])

    _ask(window, "Result of an item", fields, "Note", then, check)


def _item_of_current(window: MainWindow) -> tuple[str, int]:
    """Return sample and number of the item that the current event is, or of the first item that is not tested."""
    session, case = window.session, window.session.review.case
    if case is None:
        return "", 1
    place: list[str] | None = None
    if session.current is not None:
        import numpy as np

        (target,) = event_targets(session.table, np.array([session.current]))
        place = list(target.names)
    untested = ("", 1)
    for sample in case.state.samples.values():
        for number, item in enumerate(sample.drawn["items"], start=1):
            if item[:3] == place:
                return sample.name, number
            if number not in sample.results and not untested[0]:
                untested = (sample.name, number)
    return untested


def write_sheet(window: MainWindow) -> None:
    """Ask for a file and write the last sample with its results."""
    from auditviewer.core.case.review import sample_positions
    from auditviewer.core.writing.sample_sheet import write_sample_sheet

    session, case = window.session, window.session.review.case
    samples = tuple(case.state.samples) if case is not None else ()
    if case is None or not samples:
        window.status.say("The case holds no sample yet.")
        return
    fields = (
        Ask("name", "Sample", "choice", samples[-1], samples),
        Ask("path", "File", "save", "sample.xlsx", is_needed=True),
    )

    def then(values: dict[str, str]) -> None:
        import numpy as np

        sample, table = case.state.samples[values["name"]], session.table
        path = Path(values["path"]).expanduser()

        def work(_progress: Progress) -> tuple[int, str]:
            at = sample_positions(table, sample)
            if None in at:
                raise WrongUsageError("Items of the sample are not among the open events.", "Open the case's exports.")
            drawn = sample.drawn
            words = f"{drawn['size']:,} of {drawn['population']:,} events, {drawn['method']}, seed “{drawn['seed']}”"
            positions = np.array(at, dtype=np.int64)
            return write_sample_sheet(path, table, positions, words, drawn["query_in_words"], sample.results)

        def done(written: tuple[int, str]) -> None:
            session.review.record("report", file=path.name, sha256=written[1], query_in_words=sample.name)
            window.status.say(f"Wrote {path.name}")

        _run(window, "Writing the sheet…", work, done)

    _ask(window, "Sample sheet", fields, "Write", then)


def tell_rechecked(window: MainWindow, checked: list[Checked]) -> None:
    """Say what came of running the findings again."""
    n = sum(one.outcome == HOLDS for one in checked)
    lines = [f"{one.outcome}: {one.name} {one.sentence}".strip() for one in checked[:30]]
    words = f"{n:,} of {len(checked):,} findings hold." if checked else "The case holds no finding yet."
    _tell(window, "Findings", words, "\n".join(lines), is_problem=n < len(checked))


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
