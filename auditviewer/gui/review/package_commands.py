"""What carries out the commands over reports and evidence packages."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from auditviewer.gui.dialogs.ask_dialog import Ask
from auditviewer.gui.dialogs.list_dialog import ListDialog, Row
from auditviewer.gui.review.asking import ask, run
from auditviewer.gui.review_session import now_utc

if TYPE_CHECKING:
    from auditviewer.core.evidence.keys import SigningKey
    from auditviewer.core.evidence.package import PackageReport
    from auditviewer.core.evidence.verify import Verification
    from auditviewer.core.progress import Progress
    from auditviewer.gui.dialogs.package_dialog import PackageWish
    from auditviewer.gui.main_window import MainWindow


def write_report(window: MainWindow) -> None:
    """Open the dialog of the report."""
    from auditviewer.gui.dialogs.report_dialog import ReportDialog

    dialog = ReportDialog(window.session, window)
    dialog.written.connect(lambda told: window.session.review.record("report", **told))
    dialog.open()


def make_package(window: MainWindow) -> None:
    """Open the dialog that writes an evidence package of the shown events."""
    from auditviewer.core.evidence.disclosure import Disclosure
    from auditviewer.core.evidence.package import PackageChoices, write_package
    from auditviewer.core.report.acts import package_act
    from auditviewer.core.report.attachments import build_attachments
    from auditviewer.gui.dialogs.package_dialog import PackageDialog
    from auditviewer.paths import config_dir

    session = window.session
    result, case = session.result, session.review.case
    acts: list[dict[str, Any]] = []

    def write(wish: PackageWish, progress: Progress) -> PackageReport:
        key, disclosure = _key(wish), None
        if wish.is_disclosure:
            purpose = "".join(source.sha256 for source in result.table.sources).encode()
            secret = secrets.token_bytes(32) if key is None else key.secret_for(purpose)
            disclosure = Disclosure(secret, wish.withheld, wish.pseudonyms)
            disclosure.check(result.table)
        attachments = {} if disclosure is not None else build_attachments(result, case, progress, wish.has_sources)
        choices = PackageChoices(wish.has_sources, key, attachments, disclosure)
        report = write_package(wish.path, result, now_utc(), choices, progress)
        acts.append(package_act(report, result, choices))
        return report

    def written(_report: PackageReport) -> None:
        session.review.record("package", **acts[-1])

    words = f"{len(result):,} shown events of {len(result.table):,}: {result.query.describe()}"
    key_path = config_dir() / "keys" / "signing.pem"
    dialog = PackageDialog(words, tuple(result.table.columns), key_path, write, window, window.executor)
    dialog.written.connect(written)
    dialog.open()


def _key(wish: PackageWish) -> SigningKey | None:
    from auditviewer.core.evidence.keys import make_key, open_key

    if wish.key_path is None:
        return None
    if not wish.key_path.exists():
        make_key(wish.key_path, wish.passphrase)
    return open_key(wish.key_path, wish.passphrase)


def verify_package(window: MainWindow) -> None:
    """Ask for a package, and what is known of it from elsewhere, and check it."""
    kinds = "Packages (*.zip statement.json)"
    name, _ = QFileDialog.getOpenFileName(window, "Verify package", window.settings.last_folder, kinds)
    if not name:
        return
    path = Path(name)
    path = path.parent if path.suffix == ".json" else path  # a folder is named by a file in it
    fields = (
        Ask("seal", "Seal, kept apart", tip="64 digits; empty: whatever seal is in the package"),
        Ask("key", "Key of the signer", tip="Its fingerprint as read out, or its digits; empty: any"),
    )
    words = f"{path.name}. Both may stay empty; then the package is checked against itself alone."
    ask(window, "Verify package", fields, "Verify", lambda values: check_package(window, path, values), words=words)


def check_package(window: MainWindow, path: Path, known: dict[str, str]) -> None:
    """Check a package and tell each thing that does not hold."""

    def work(progress: Progress) -> Verification:
        from auditviewer.core.evidence.rerun import rerun_package
        from auditviewer.core.evidence.verify import verify_package
        from auditviewer.core.report.attachments import compare_attachments

        seal, key = ("".join(known[name].split()) or None for name in ("seal", "key"))
        found = verify_package(str(path), key, seal, tell=lambda done: progress.report("checking", done, 0))
        if found.holds:
            rerun_package(path, found, progress, compare=compare_attachments)
        return found

    def done(found: Verification) -> None:
        n = len(found.problems)
        words = "The package holds." if found.holds else f"The package does NOT hold: {n:,} things are wrong."
        ListDialog("Verify package", f"{path.name}. {words}", rows_of(found), window).open()
        if window.is_furnished:
            seal = str(found.facts.get("seal", ""))
            window.session.review.record("verify", file=path.name, holds=found.holds, seal=seal, problems=n)

    run(window, "Checking the package…", work, done)


def rows_of(found: Verification) -> list[Row]:
    """Return what was found as a list: what does not hold first, then what is to be known, then the facts."""
    rows = [("status-failure", f"{where} {sentence}") for where, sentence in found.problems]
    rows += [("status-warning", note) for note in found.notes]
    return rows + [("info", f"{name.replace('_', ' ').capitalize()}: {value}") for name, value in found.facts.items()]
