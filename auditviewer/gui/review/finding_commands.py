"""What carries out the commands over findings and views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from auditviewer.core.case import ReviewState
from auditviewer.core.case.recheck import HOLDS, Checked
from auditviewer.core.display import fit_to_show
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query.saved import query_from_json
from auditviewer.gui.dialogs.ask_dialog import Ask
from auditviewer.gui.review.asking import ask, case_of

if TYPE_CHECKING:
    from auditviewer.gui.main_window import MainWindow

SIGN_OFF = "signed off"


def record_finding(window: MainWindow) -> None:
    """Ask for a title and keep the shown events as a finding."""
    session, case = window.session, case_of(window)
    words = f"{len(session.result):,} events: {fit_to_show(session.query.describe(), 300)}"
    fields = (Ask("title", "Title", is_needed=True), Ask("note", "What it is", "text"))
    taken = set() if case is None else set(case.state.findings)

    def check(values: dict[str, str]) -> None:
        if values["title"].strip() in taken:
            raise WrongUsageError("There is a finding of this title already.", "Choose another.")

    def then(values: dict[str, str]) -> None:
        session.review.record_finding(values["title"].strip(), values["note"].strip())

    ask(window, "Record finding", fields, "Record", then, check, words)


def ask_decision(window: MainWindow) -> None:
    """Ask about which finding to decide, and how; the one that is selected in the pane at first."""
    titles, first = _titles(window)
    if not titles:
        return
    fields = (
        Ask("title", "Finding", "choice", first, titles),
        Ask("decision", "Decision", "choice", "accepted", ("accepted", "dismissed", "open")),
        Ask("reason", "Reason", "text"),
    )

    def check(values: dict[str, str]) -> None:
        if values["decision"] == "dismissed" and not values["reason"].strip():
            raise WrongUsageError("A finding is dismissed with a reason.", "Say why.")

    def then(values: dict[str, str]) -> None:
        window.session.review.decide(values["title"], values["decision"], values["reason"].strip())

    ask(window, "Decide about a finding", fields, "Decide", then, check)


def ask_finding_state(window: MainWindow) -> None:
    """Ask how a finding was reviewed, or sign it off."""
    titles, first = _titles(window)
    if not titles:
        return
    review = window.session.review
    states = (*(state.value for state in ReviewState if state is not ReviewState.UNREVIEWED), "unreviewed", SIGN_OFF)
    fields = (
        Ask("title", "Finding", "choice", first, titles),
        Ask("state", "Review", "choice", "cleared", states, tip="Signing off locks it; somebody else must do it"),
        Ask("reason", "Reason", "text"),
    )

    def check(values: dict[str, str]) -> None:
        if values["state"] in ("exception", "follow-up") and not values["reason"].strip():
            raise WrongUsageError("The reason is empty.", "Say why.")

    def then(values: dict[str, str]) -> None:
        if values["state"] == SIGN_OFF:
            review.sign_off_finding(values["title"])
        else:
            review.set_finding_state(values["title"], ReviewState(values["state"]), values["reason"].strip())

    ask(window, "Review a finding", fields, "Keep", then, check)


def _titles(window: MainWindow) -> tuple[tuple[str, ...], str]:
    """Return the titles of the findings and which one is meant; says so when there is none."""
    case = case_of(window)
    titles = tuple(case.state.findings) if case is not None else ()
    if not titles:
        window.status.say("The case holds no finding yet. Review > Record finding keeps the shown events as one.")
        return (), ""
    pane = window.docks.pane("review")
    chosen = getattr(pane, "current_finding", None)
    return titles, chosen if chosen in titles else titles[-1]


def tell_rechecked(window: MainWindow, checked: list[Checked]) -> None:
    """Say what came of running the findings again; the pane shows it for each."""
    n = sum(one.outcome == HOLDS for one in checked)
    words = f"{n:,} of {len(checked):,} findings hold." if checked else "The case holds no finding yet."
    window.status.say(words)
    window.raise_dock("review")


# -- views ------------------------------------------------------------------------------------------------------


def save_view(window: MainWindow) -> None:
    """Ask for a name and keep the filter, the order and the shown columns."""
    columns = window.workspace.events.layout_of_columns.shown()
    words = f"Keeps the filter, the order and {len(columns):,} columns."
    fields = (Ask("name", "Name", is_needed=True),)
    review = window.session.review
    ask(
        window,
        "Save view",
        fields,
        "Save",
        lambda values: review.save_view(values["name"].strip(), columns),
        None,
        words,
    )


def apply_view(window: MainWindow, name: str) -> None:
    """Show what a view shows: its filter, order and columns."""
    case = case_of(window)
    view = None if case is None else case.state.views.get(name)
    if view is not None:
        window.session.apply_query(query_from_json(view["query"]))
        window.workspace.events.layout_of_columns.show_only([str(column) for column in view.get("columns") or ()])
        window.status.say(f"View: {fit_to_show(name, 80)}")


def fill_views_menu(menu: QMenu, window: MainWindow) -> None:
    """Fill the menu of views."""
    menu.clear()
    case = case_of(window)
    for name in case.state.views if case is not None else ():
        action = menu.addAction(fit_to_show(name, 60).replace("&", "&&"))
        action.triggered.connect(lambda _checked=False, chosen=name: apply_view(window, chosen))
    if menu.isEmpty():
        menu.addAction("No view is saved yet").setEnabled(False)
