"""``auditviewer case``: make a case, mark events in it, and read what it says."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from auditviewer.cli.arguments import (
    Parser,
    TerminalProgress,
    add_filters,
    check_filters,
    exit_status,
    now_utc,
    opened_case,
    query_of,
    user_name,
    write_line,
)
from auditviewer.cli.case_words import (
    add_journal,
    add_json,
    add_sheet,
    describe_act,
    show_case,
    show_journal,
    write_sheet,
)
from auditviewer.core.case import Case, ReviewState, Target, TargetSet, create_case, entity_target, workflow_target
from auditviewer.core.case.details import keep_details
from auditviewer.core.case.review import (
    describe_reviewed,
    read_sources,
    record_finding,
    source_facts,
    tag_targets,
    take_in,
)
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query import Order, Query, QueryResult, run_query
from auditviewer.core.query.saved import query_as_json
from auditviewer.core.reading import read_exports
from auditviewer.core.schema import CATEGORY


def run(arguments: Sequence[str]) -> int:
    """Carry out one action on a case; return the exit status."""
    parser = Parser(prog="auditviewer case", description="Keep a review in one file.", allow_abbrev=False)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=Parser)
    for name, (words, add, _) in _ACTIONS.items():
        action = actions.add_parser(name, help=words, description=words, allow_abbrev=False)
        action.add_argument("case_file", type=Path, metavar="CASE")
        action.add_argument("--reviewer", metavar="NAME", help="who acts; who is logged in when omitted")
        action.add_argument("--no-cache", action="store_true", help="leave no copy of what was read on this machine")
        add(action)
    chosen = parser.parse_args(list(arguments))
    chosen.files = []
    if hasattr(chosen, "search"):
        chosen.case = chosen.case_file
        check_filters(chosen)
    return _ACTIONS[chosen.action][2](chosen)


# -- actions --------------------------------------------------------------------------------------------------


def _new(chosen: argparse.Namespace) -> int:
    with TerminalProgress() as progress:
        table = read_exports(chosen.exports, progress, uses_cache=not chosen.no_cache, trusts_state=False)
        facts = source_facts(table.sources, has_blocks=True, progress=progress)
    title = chosen.title or chosen.case_file.stem
    with create_case(chosen.case_file, title, chosen.reviewer or user_name(), now_utc) as case:
        case.do("open", sources=facts)
        _keep_details(case, chosen)
        write_line(f"{case.path}: {len(table):,} events of {len(table.sources)} sources")
    return exit_status(table)


def _open(chosen: argparse.Namespace) -> int:
    """Take other exports as the sources, as when more of them came."""
    with opened_case(chosen.case_file, chosen.reviewer) as case, TerminalProgress() as progress:
        table = read_exports(chosen.exports, progress, uses_cache=not chosen.no_cache, trusts_state=False)
        case.do("open", sources=source_facts(table.sources, has_blocks=True, progress=progress))
        write_line(f"{case.path}: {len(table):,} events of {len(table.sources)} sources")
    return exit_status(table)


def _period(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case:
        _keep_details(case, chosen)
        for name, text in case.state.period.items():
            write_line(f"{name}: {text}")
    return 0


def _keep_details(case: Case, chosen: argparse.Namespace) -> None:
    """Keep what was asked for and by whom, beside what was kept of it before."""
    given = {name: getattr(chosen, name) for name in _DETAILS if getattr(chosen, name)}
    details = {("from" if n == "period_from" else "to" if n == "period_to" else n): text for n, text in given.items()}
    if details:
        keep_details(case, {**case.state.period, **details})


def _tag(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case:
        if chosen.colour or chosen.key:
            case.do("define-tag", name=chosen.name, colour=chosen.colour or "#3b82f6", key=chosen.key or "")
        targets = _targets(case, chosen)
        tag_targets(case, chosen.name, targets, chosen.remove)
        write_line(
            f"{'Took' if chosen.remove else 'Put'} “{chosen.name}” {'off' if chosen.remove else 'on'} {len(targets):,}."
        )
    return 0


def _note(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case:
        targets = _targets(case, chosen)
        case.do("note", text=chosen.text, **targets.as_data())
        write_line(f"Noted on {len(targets):,}.")
    return 0


def _review(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case:
        targets = _targets(case, chosen)
        case.do("review", state=chosen.state, reason=chosen.reason, **targets.as_data())
        write_line(f"Reviewed {len(targets):,} as {chosen.state}.")
    return 0


def _sign_off(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case:
        targets = _targets(case, chosen)
        case.do("sign-off", **targets.as_data())
        write_line(f"Signed off {len(targets):,}.")
    return 0


def _finding(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case:
        result = _result(case, chosen)
        record_finding(case, chosen.title, result)
        write_line(f"Recorded “{chosen.title}” with {len(result):,} events.")
    return 0


def _decide(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case:
        case.do("decide", title=chosen.title, decision=chosen.decision, reason=chosen.reason)
    return 0


def _result_of_item(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case:
        case.do("result", name=chosen.name, item=chosen.item, result=chosen.result, note=chosen.note)
    return 0


def _view(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case:
        if chosen.remove:
            case.do("view", name=chosen.name, removed=True)
            return 0
        result = _result(case, chosen)
        columns = [name for text in chosen.columns for name in text.split(",") if name]
        column = chosen.sort.lstrip("-") if chosen.sort else "Timestamp"
        for name in (*columns, column):
            if name not in (*result.table.columns, CATEGORY):
                raise WrongUsageError(f"There is no column “{name}”.", "Use the names of the export.")
        query = result.query.with_order(Order(column, bool(chosen.sort and chosen.sort.startswith("-"))))
        case.do("view", name=chosen.name, query=query_as_json(query), columns=columns)
    return 0


def _share(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, is_read_only=True) as case:
        write_line(describe_reviewed(_result(case, chosen), case.state))
    return 0


def _undo(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case:
        act = case.undo()
        if act is None:
            is_locked = any(act.kind == "sign-off" for act in case.journal)
            write_line("What was signed off, and all before it, stays." if is_locked else "There is nothing to undo.")
        else:
            write_line(f"Undid: {describe_act(act.kind, act.data)}")
    return 0


def _import(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case, opened_case(chosen.other, is_read_only=True) as other:
        conflicts = take_in(case, other)
        for conflict in conflicts:
            write_line(f"Conflict: {conflict}")
        write_line(f"Took in {other.path.name} with {len(conflicts)} conflicts.")
    return 1 if conflicts else 0


# -- what they share ----------------------------------------------------------------------------------------


def _result(case: Case, chosen: argparse.Namespace) -> QueryResult:
    with TerminalProgress() as progress:
        table = read_sources(case, progress, not chosen.no_cache)
        query: Query = query_of(chosen, table)
        return run_query(table, query, progress)


def _targets(case: Case, chosen: argparse.Namespace) -> TargetSet:
    if chosen.finding is not None:
        if chosen.finding not in case.state.findings:
            raise WrongUsageError(f"There is no finding “{chosen.finding}”.")
        return TargetSet.of([Target("finding", (chosen.finding,))])
    result = _result(case, chosen)
    if not result.query.predicates and not chosen.all:
        raise WrongUsageError("No filter says which events are meant.", "Add one, or --all.")
    table, positions = result.table, result.source_order
    if chosen.entities:
        named = dict.fromkeys(zip(*table.page(positions, ["TargetType", "TargetId"]), strict=True))
        targets = TargetSet.of([entity_target(kind or "", name) for kind, name in named if name])
    elif chosen.whole_workflows:
        (ids,) = table.page(positions, ["WorkflowId"])
        targets = TargetSet.of([workflow_target(text) for text in dict.fromkeys(ids) if text])
    else:
        targets = TargetSet.at(table, positions)
    if not targets:
        raise WrongUsageError("The filters keep no event.", "Look at them by “summary” or “workflows”.")
    return targets


def _add_targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="mean every event when no filter is given")
    parser.add_argument("--whole-workflows", action="store_true", help="mark the workflows of the events")
    parser.add_argument("--entities", action="store_true", help="mark the targets of the events")
    parser.add_argument("--finding", metavar="TITLE", help="mark a finding in place of events")
    add_filters(parser)


_DETAILS = {
    "period_from": "first day that was asked for", "period_to": "last day that was asked for",
    "category": "the category that was asked for", "population": "what the population is, in words",
    "system": "the system that the export is from", "page": "the page and the steps by which it was extracted",
    "extracted_by": "who extracted it, and when",
}  # fmt: skip


def _add_exports(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("exports", nargs="+", type=Path, metavar="FILE", help="an export, or a folder of exports")


def _add_details(parser: argparse.ArgumentParser) -> None:
    for name, words in _DETAILS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=words)


def _add_new(parser: argparse.ArgumentParser) -> None:
    _add_exports(parser)
    parser.add_argument("--title", help="the name of the review")
    _add_details(parser)


def _add_tag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="TAG")
    parser.add_argument("--remove", action="store_true", help="take it off")
    parser.add_argument("--colour", metavar="#RRGGBB")
    parser.add_argument("--key", metavar="KEY", help="the key that sets it in the window")
    _add_targets(parser)


def _add_note(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT")
    _add_targets(parser)


def _add_review(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("state", choices=[state.value for state in ReviewState])
    parser.add_argument("--reason", default="")
    _add_targets(parser)


def _add_title(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("title", metavar="TITLE")
    add_filters(parser)


def _add_decide(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("title", metavar="TITLE")
    parser.add_argument("decision", choices=["open", "accepted", "dismissed"])
    parser.add_argument("--reason", default="")


def _add_item(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="SAMPLE")
    parser.add_argument("item", type=int, metavar="NUMBER", help="the item's number in the sample, from 1")
    parser.add_argument("result", choices=["pass", "exception", "not applicable"])
    parser.add_argument("--note", default="")


def _add_view(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--columns", action="append", default=[], metavar="A,B,...", help="the columns to show")
    parser.add_argument("--sort", metavar="COLUMN", help="the column to sort by; --sort=-COLUMN descends")
    parser.add_argument("--remove", action="store_true", help="take the view away")
    add_filters(parser)


def _add_other(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("other", type=Path, metavar="OTHER")


def _add_nothing(_: argparse.ArgumentParser) -> None:
    pass


_Add = Callable[[argparse.ArgumentParser], None]
_ACTIONS: dict[str, tuple[str, _Add, Callable[[argparse.Namespace], int]]] = {
    "new": ("make a case over exports", _add_new, _new),
    "open": ("take other exports as the sources, as when more came", _add_exports, _open),
    "period": ("keep what was asked for, and who extracted it", _add_details, _period),
    "show": ("say what the case holds, and whether its sources are there", add_json, show_case),
    "tag": ("put a tag on the events that the filters keep", _add_tag, _tag),
    "note": ("note something on the events that the filters keep", _add_note, _note),
    "review": ("say how the events that the filters keep were reviewed", _add_review, _review),
    "sign-off": ("sign off what somebody else reviewed; locks it", _add_targets, _sign_off),
    "reviewed": ("say which share of the events that the filters keep is reviewed", add_filters, _share),
    "finding": ("record the events that the filters keep as a finding", _add_title, _finding),
    "decide": ("decide about a finding", _add_decide, _decide),
    "result": ("note the result of an item of a sample", _add_item, _result_of_item),
    "sheet": ("write the sheet of a kept sample, with its results", add_sheet, write_sheet),
    "view": ("keep filters, columns and sort under a name", _add_view, _view),
    "undo": ("undo the last thing that can be", _add_nothing, _undo),
    "journal": ("print every act, and check the chain", add_journal, show_journal),
    "import": ("take in another reviewer's case", _add_other, _import),
}
