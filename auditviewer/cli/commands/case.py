"""``auditviewer case``: make a case, mark events in it, and read what it says."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from auditviewer.cli.arguments import (
    Parser,
    TerminalProgress,
    add_filters,
    check_filters,
    now_utc,
    opened_case,
    print_json,
    query_of,
    user_name,
    write_line,
)
from auditviewer.core.case import Case, ReviewState, create_case, event_targets, workflow_target
from auditviewer.core.case.acts import as_data
from auditviewer.core.case.file import act_as_json
from auditviewer.core.case.review import (
    describe_reviewed,
    find_sources,
    read_sources,
    record_finding,
    source_facts,
    tag_targets,
    take_in,
)
from auditviewer.core.case.targets import Target
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.query import Query, QueryResult, run_query
from auditviewer.core.query.saved import query_as_json
from auditviewer.core.reading import read_exports


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
    title = chosen.title or chosen.case_file.stem
    with create_case(chosen.case_file, title, chosen.reviewer or user_name(), now_utc) as case:
        case.do("open", sources=source_facts(table.sources))
        if chosen.period_from or chosen.period_to or chosen.population:
            period = {"from": chosen.period_from, "to": chosen.period_to, "population": chosen.population}
            case.do("period", **period, system=chosen.system, extracted_by=chosen.extracted_by)
        write_line(f"{case.path}: {len(table):,} events of {len(table.sources)} sources")
    return 0


def _show(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, is_read_only=True) as case:
        found = find_sources(case)
        if chosen.json:
            print_json(_as_json(case))
        else:
            for line in _lines(case):
                write_line(line)
            for source in found:
                if source.problem:
                    write_line(f"  {source.problem}")
        return 0 if not case.problems and all(source.path for source in found) else 1


def _journal(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, is_read_only=True) as case:
        acts = [
            act for act in case.journal
            if chosen.find is None or chosen.find.lower() in f"{act.time} {act.user} {act.kind} {act.data}".lower()
        ]  # fmt: skip
        if chosen.json:
            print_json([act_as_json(act) for act in acts])
        else:
            for act in acts:
                write_line(f"{act.number:>5}  {act.time}  {act.user}  {describe_act(act.kind, act.data)}")
            for problem in case.problems:
                write_line(f"DOES NOT HOLD: {problem}")
            write_line(f"Head of the journal: {case.head}")
        return 1 if case.problems else 0


def describe_act(kind: str, data: dict[str, Any]) -> str:
    """Return an act in words."""
    told = [
        str(data[name])
        for name in ("name", "title", "text", "state", "decision", "result", "file", "case")
        if data.get(name)
    ]
    if "query_in_words" in data:
        told.append(f"({data['query_in_words']})")
    if "targets" in data:
        told.append(f"on {len(data['targets']):,}")
    return " ".join([f"{kind}{' off' if data.get('removed') else ''}", *told])


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
        case.do("note", text=chosen.text, targets=as_data(targets))
        write_line(f"Noted on {len(targets):,}.")
    return 0


def _review(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case:
        targets = _targets(case, chosen)
        case.do("review", state=chosen.state, reason=chosen.reason, targets=as_data(targets))
        write_line(f"Reviewed {len(targets):,} as {chosen.state}.")
    return 0


def _sign_off(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case:
        targets = _targets(case, chosen)
        case.do("sign-off", targets=as_data(targets))
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
        query = _result(case, chosen).query
        case.do("view", name=chosen.name, query=query_as_json(query), columns=[])
    return 0


def _share(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, is_read_only=True) as case:
        write_line(describe_reviewed(_result(case, chosen), case.state))
    return 0


def _undo(chosen: argparse.Namespace) -> int:
    with opened_case(chosen.case_file, chosen.reviewer) as case:
        act = case.undo()
        write_line("There is nothing to undo." if act is None else f"Undid: {describe_act(act.kind, act.data)}")
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


def _targets(case: Case, chosen: argparse.Namespace) -> list[Target]:
    if chosen.finding is not None:
        if chosen.finding not in case.state.findings:
            raise WrongUsageError(f"There is no finding “{chosen.finding}”.")
        return [Target("finding", (chosen.finding,))]
    result = _result(case, chosen)
    if not result.query.predicates and not chosen.all:
        raise WrongUsageError("No filter says which events are meant.", "Add one, or --all.")
    if chosen.whole_workflows:
        (ids,) = result.table.page(result.source_order, ["WorkflowId"])
        targets = [workflow_target(text) for text in dict.fromkeys(ids) if text]
    else:
        targets = event_targets(result.table, result.source_order)
    if not targets:
        raise WrongUsageError("The filters keep no event.", "Look at them by “summary” or “workflows”.")
    return targets


def _as_json(case: Case) -> dict[str, Any]:
    state = case.state
    return {
        "title": state.title, "head": case.head, "acts": len(case.journal), "problems": case.problems,
        "sources": state.sources, "period": state.period,
        "tags": {name: len(targets) for name, targets in state.tagged.items()},
        "notes": [
            {"on": target.describe(), "text": note.text, "user": note.user, "time": note.time}
            for target, notes in state.notes.items() for note in notes
        ],
        "reviews": [
            {"on": target.describe(), "state": r.state.value, "user": r.user, "time": r.time, "reason": r.reason,
             "signed_off_by": r.signed_off_by}
            for target, r in state.reviews.items()
        ],
        "views": list(state.views), "conflicts": state.conflicts,
        "findings": [
            {"title": f.title, "events": len(f.events), "decision": f.decision, "reason": f.reason}
            for f in state.findings.values()
        ],
        "samples": [
            {"name": s.name, "method": s.drawn["method"], "seed": s.drawn["seed"], "size": len(s.drawn["items"]),
             "population": s.drawn["population"], "tested": len(s.results)}
            for s in state.samples.values()
        ],
    }  # fmt: skip


def _lines(case: Case) -> list[str]:
    state = case.state
    lines = [f"{state.title}: {len(case.journal):,} acts, head {case.head}"]
    lines += [f"  Source {s['path']}: {s['records']:,} records, SHA-256 {s['sha256']}" for s in state.sources]
    lines += [f"  Tag {name}: {len(targets):,}" for name, targets in state.tagged.items()]
    for target, notes in state.notes.items():
        lines += [f"  Note on {target.describe()}: {note.text} ({note.user}, {note.time})" for note in notes]
    for value in ReviewState:
        n = sum(review.state is value for review in state.reviews.values())
        lines += [f"  Reviewed as {value.value}: {n:,}"] if n else []
    lines += [
        f"  Finding {f.title}: {len(f.events):,} events, {f.decision} {f.reason}".rstrip()
        for f in state.findings.values()
    ]
    for s in state.samples.values():
        lines.append(
            f"  Sample {s.name}: {len(s.drawn['items']):,} of {s.drawn['population']:,}, {len(s.results):,} tested"
        )
    return lines + [f"  Conflict: {sentence}" for sentence in state.conflicts] + [f"  {p}" for p in case.problems]


def _add_targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="mean every event when no filter is given")
    parser.add_argument("--whole-workflows", action="store_true", help="mark the workflows of the events")
    parser.add_argument("--finding", metavar="TITLE", help="mark a finding in place of events")
    add_filters(parser)


def _add_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("exports", nargs="+", type=Path, metavar="FILE", help="an export, or a folder of exports")
    parser.add_argument("--title", help="the name of the review")
    for option, words in (
        ("period-from", "first day that was asked for"), ("period-to", "last day that was asked for"),
        ("population", "what the population is, in words"), ("system", "the system that the export is from"),
        ("extracted-by", "who extracted it, and when"),
    ):  # fmt: skip
        parser.add_argument(f"--{option}", help=words)


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
    add_filters(parser)


def _add_journal(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--find", metavar="TEXT", help="only acts that hold a text")
    parser.add_argument("--json", action="store_true", help="print one JSON array")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_other(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("other", type=Path, metavar="OTHER")


def _add_nothing(_: argparse.ArgumentParser) -> None:
    pass


_Add = Callable[[argparse.ArgumentParser], None]
_ACTIONS: dict[str, tuple[str, _Add, Callable[[argparse.Namespace], int]]] = {
    "new": ("make a case over exports", _add_new, _new),
    "show": ("say what the case holds, and whether its sources are there", _add_json, _show),
    "tag": ("put a tag on the events that the filters keep", _add_tag, _tag),
    "note": ("note something on the events that the filters keep", _add_note, _note),
    "review": ("say how the events that the filters keep were reviewed", _add_review, _review),
    "sign-off": ("sign off what somebody else reviewed; locks it", _add_targets, _sign_off),
    "reviewed": ("say which share of the events that the filters keep is reviewed", add_filters, _share),
    "finding": ("record the events that the filters keep as a finding", _add_title, _finding),
    "decide": ("decide about a finding", _add_decide, _decide),
    "result": ("note the result of an item of a sample", _add_item, _result_of_item),
    "view": ("keep the filters under a name", _add_view, _view),
    "undo": ("undo the last thing that can be", _add_nothing, _undo),
    "journal": ("print every act, and check the chain", _add_journal, _journal),
    "import": ("take in another reviewer's case", _add_other, _import),
}
