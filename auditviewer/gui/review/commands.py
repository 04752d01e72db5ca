"""The commands of a review, bound to what carries them out; its menus, keys and news in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QMenu

from auditviewer.core.case import ReviewState
from auditviewer.core.display import fit_to_show
from auditviewer.gui.actions import Actions, Menu
from auditviewer.gui.messages import show_problem
from auditviewer.gui.review import case_commands as cases
from auditviewer.gui.review import finding_commands as findings
from auditviewer.gui.review import mark_commands as marks
from auditviewer.gui.review import package_commands as packages
from auditviewer.gui.review import sample_commands as samples
from auditviewer.gui.review.case_commands import ask_reviewer, open_case
from auditviewer.gui.review.package_commands import verify_package
from auditviewer.gui.review.pane import ReviewPane

if TYPE_CHECKING:
    from auditviewer.gui.main_window import MainWindow

__all__ = ["ask_reviewer", "bind_review_commands", "open_case", "verify_package"]


def bind_review_commands(actions: Actions, window: MainWindow) -> None:
    """Bind the commands of a review, once the session is there."""
    review = window.session.review
    if window.settings.reviewer:
        review.set_reviewer(window.settings.reviewer)
    actions.bind(
        {
            "new_case": lambda: cases.new_case(window),
            "import_case": lambda: cases.import_case(window),
            "save_case_as": lambda: cases.save_case_as(window),
            "close_case": review.close_case,
            "case_details": lambda: cases.ask_details(window),
            "export_journal": lambda: cases.export_journal(window),
            "define_tags": lambda: marks.define_tags(window),
            "tag_events": lambda: marks.tag_events(window),
            "note_events": lambda: marks.note_events(window),
            "review_cleared": lambda: review.set_state(ReviewState.CLEARED),
            "review_exception": lambda: marks.ask_state(window, ReviewState.EXCEPTION),
            "review_follow_up": lambda: marks.ask_state(window, ReviewState.FOLLOW_UP),
            "review_unreviewed": lambda: review.set_state(ReviewState.UNREVIEWED),
            "sign_off": lambda: marks.ask_sign_off(window),
            "undo_review": review.undo,
            "redo_review": review.redo,
            "record_finding": lambda: findings.record_finding(window),
            "decide_finding": lambda: findings.ask_decision(window),
            "review_finding": lambda: findings.ask_finding_state(window),
            "recheck_case": review.recheck,
            "draw_sample": lambda: samples.ask_sample(window),
            "test_sample": lambda: samples.open_sheet(window, _current_sample(window)),
            "sample_sheet": lambda: samples.write_sheet(window, _current_sample(window)),
            "save_view": lambda: findings.save_view(window),
            "write_report": lambda: packages.write_report(window),
            "make_package": lambda: packages.make_package(window),
        }
    )
    window.reviewing.failed.connect(lambda error: show_problem(window, error))
    review.rechecked.connect(lambda checked: findings.tell_rechecked(window, checked))
    review.taken_in.connect(lambda name, conflicts: cases.tell_taken_in(window, name, conflicts))
    keys = window.tag_keys = marks.TagKeys(window)
    review.changed.connect(keys.refresh)
    review.changed.connect(lambda: cases.show_undoable(window, actions["undo_review"], actions["redo_review"]))
    window.case_news = cases.CaseNews(window)
    window.pane_built.connect(lambda pane: _connect_pane(window, pane))
    for built in window.docks.panes:
        _connect_pane(window, built)
    _add_menus(actions, window)
    _show_saving(window)


def _connect_pane(window: MainWindow, pane: object) -> None:
    """Connect the pane of the review to the commands."""
    if not isinstance(pane, ReviewPane):
        return
    pane.action_requested.connect(window.actions_table.run)
    pane.view_requested.connect(lambda name: findings.apply_view(window, name))
    pane.sheet_requested.connect(lambda name: samples.open_sheet(window, name))


def _current_sample(window: MainWindow) -> str:
    pane = window.docks.pane("review")
    return pane.current_sample if isinstance(pane, ReviewPane) else ""


def _add_menus(actions: Actions, window: MainWindow) -> None:
    menu = window.menus.by_name[Menu.REVIEW]
    recent = QMenu("Recent cases", window)
    recent.aboutToShow.connect(lambda: cases.fill_cases_menu(recent, window))
    menu.insertMenu(actions["save_case_as"], recent)
    views = QMenu("Show view", window)
    views.aboutToShow.connect(lambda: findings.fill_views_menu(views, window))
    after = menu.actions().index(actions["save_view"]) + 1
    menu.insertMenu(menu.actions()[after], views)


def _show_saving(window: MainWindow) -> None:
    """Say in the status bar which case is open and whether everything is on the disk."""
    review, label = window.session.review, QLabel()
    label.setContentsMargins(6, 0, 6, 0)
    window.status.addPermanentWidget(label)

    def show() -> None:
        case = review.case
        label.setVisible(case is not None)
        if case is not None:
            saved = "read only" if case.is_read_only else "saving…" if review.is_saving else "saved"
            label.setText(f"{fit_to_show(case.path.name, 40)}: {saved}")

    review.changed.connect(show)
    review.saving_changed.connect(lambda _is_saving: show())
    label.hide()
