"""What the title of the window says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditviewer.core.display import fit_to_show

if TYPE_CHECKING:
    from auditviewer.gui.session import Session


def title_of(session: Session) -> str:
    """Return what is open in a few words: the case, the first export, and how many more; empty for nothing."""
    if session.is_empty or not session.paths:
        return ""
    names = [path.name for path in session.paths]
    others = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    case = session.review.case
    kept = "" if case is None else f"{fit_to_show(case.path.name, 60)}: "
    return f"{kept}{fit_to_show(names[0], 80)}{others}"
