"""Makes the README's screenshots from the real program on the sample export.

python packaging/make_screenshots.py [FOLDER] [--scale 2]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from auditviewer.core.case import ReviewState
from auditviewer.core.state_diff import changes, diff_states
from auditviewer.core.table import EventTable
from auditviewer.gui.session import Session

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_OWN = tempfile.TemporaryDirectory()
os.environ["AUDITVIEWER_CONFIG_DIR"] = _OWN.name
os.environ["AUDITVIEWER_CACHE_DIR"] = _OWN.name


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent / "screenshots")
    parser.add_argument("--scale", default="1", help="device pixels a pixel")
    chosen = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = chosen.scale
    chosen.folder.mkdir(parents=True, exist_ok=True)
    from auditviewer.gui.look import Theme, apply_theme
    from auditviewer.gui.program import make_window
    from auditviewer.gui.settings import Settings
    from auditviewer.paths import resource_path

    app = QApplication([])
    app.setStyle("Fusion")

    def settle(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            app.processEvents()
            time.sleep(0.01)

    def take(name: str) -> None:
        settle(0.8)
        window.grab().save(str(chosen.folder / f"{name}.png"))

    for theme, pictures in ((Theme.LIGHT, ("timeline", "sources", "review")), (Theme.DARK, ("workflows", "timeline"))):
        apply_theme(app, theme)
        window = make_window(Settings(), uses_cache=False)
        window.resize(1440, 900)
        window.show()
        window.furnish()
        window.set_theme(theme)
        window.open_paths([resource_path("sample")])
        settle(0.2)
        while window.session.is_reading or window.session.table.is_preview:
            settle(0.1)
        session = window.session
        session.apply_query(session.query.with_values("Category", frozenset({"Policy Management"})))
        settle(0.5)
        session.set_current(next(p for p in session.result.positions.tolist() if changes_retention(session.table, p)))
        for dock in pictures:
            if dock == "review":
                review_some(session, Path(_OWN.name) / f"policies-{theme}.avcase")
            window.raise_dock(dock)
            take(f"{dock}-{theme}")
        window.close()


def review_some(session: Session, path: Path) -> None:
    """Make a case and do in it what a reviewer would."""
    review, shown = session.review, session.result.positions
    review.set_reviewer("Ada Brandt")
    review.new_case(path, "Policy changes, first quarter")
    while review.case is None:
        QApplication.processEvents()
    for name, colour, key, rows in (
        ("no ticket", "#c2410c", "X", [3, 4, 9]), ("out of hours", "#7e22ce", "H", [4, 5, 6, 12]),
        ("ask client", "#0369a1", "K", [9]),
    ):  # fmt: skip
        review.define_tag(name, colour, key)
        session.set_selected(shown[rows])
        review.tag(name)
    for state, reason, rows in (
        (ReviewState.CLEARED, "", [0, 1, 2, 3, 5, 6, 7, 8]), (ReviewState.EXCEPTION, "No approval found", [4]),
        (ReviewState.FOLLOW_UP, "Waits for the client", [9]),
    ):  # fmt: skip
        session.set_selected(shown[rows])
        review.set_state(state, reason)
    session.set_selected(shown[[4]])
    review.note("Who approved this? The change board has no minutes of that day.")
    session.set_current(int(shown[4]))
    while review.is_saving:
        QApplication.processEvents()


def changes_retention(table: EventTable, position: int) -> bool:
    """Return whether an event changed for how many days a policy keeps backups."""
    states = [table.text(position, column) for column in ("OriginalState", "UpdatedState")]
    if not all(states):
        return False
    found = changes(diff_states(*states))
    return len(found) == 1 and "retention" in found[0].path.lower()


if __name__ == "__main__":
    main()
