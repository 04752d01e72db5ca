"""Arguments that several commands share, and opening what they name."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from auditviewer.core.case import Case, ReviewState, is_case, open_case
from auditviewer.core.cells import NO_INSTANT
from auditviewer.core.display import fit_to_print, fit_to_print_json
from auditviewer.core.errors import WrongUsageError
from auditviewer.core.progress import Progress, Step
from auditviewer.core.query import Query, QueryResult
from auditviewer.core.query.options import VALUE_OPTIONS, query_of_filter, query_of_options
from auditviewer.core.query.saved import query_as_json, query_from_json
from auditviewer.core.table import EventTable
from auditviewer.paths import config_dir

if TYPE_CHECKING:
    from auditviewer.core.evidence.keys import SigningKey

UNREADABLE = "unreadable_source"
DAMAGED = "damaged_container"


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints end like all others: one sentence, exit status 2."""

    def error(self, message: str) -> NoReturn:
        """Raise what the one error handler shows."""
        raise WrongUsageError(f"{message[:1].upper()}{message[1:]}.", f"See “{self.prog} --help”.")


def new_parser(command: str, description: str) -> Parser:
    """Return a parser for a command that reads exports."""
    parser = Parser(prog=f"auditviewer {command}", description=description, allow_abbrev=False)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an export, a folder of exports, or a case")
    parser.add_argument("--no-cache", action="store_true", help="leave no copy of what was read on this machine")
    return parser


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add the filter options; values of one option are alternatives, options combine."""
    group = parser.add_argument_group("filters")
    for option, column in VALUE_OPTIONS.items():
        group.add_argument(
            f"--{option}", action="append", default=[], metavar="VALUE", help=f"keep events whose {column} is VALUE"
        )
    group.add_argument("--from", dest="start", metavar="TIME", help="ISO 8601; a bare date is its UTC midnight")
    group.add_argument("--to", dest="end", metavar="TIME", help="ISO 8601; a bare date includes that day")
    group.add_argument(
        "--only-known-times", action="store_true",
        help="with --from or --to: leave out events whose time cannot be read, which may lie in the range",
    )  # fmt: skip
    group.add_argument(
        "--search", action="append", default=[], metavar="TEXT", help="keep events that hold TEXT anywhere, in any case"
    )
    group.add_argument(
        "--value", action="append", default=[], metavar="COLUMN/PATH=VALUE",
        help="keep events whose JSON column has VALUE at PATH, a JSON Pointer; as UpdatedState/retention/days=30",
    )  # fmt: skip
    group.add_argument("--id", action="append", default=[], metavar="ID", help="keep events with this Id")
    group.add_argument("--filter", action="append", default=[], metavar="JSON", help="as a report or a package says it")
    group.add_argument("--case", type=Path, metavar="CASE", help="the case whose tags and notes are meant below")
    group.add_argument("--tag", action="append", default=[], metavar="NAME", help="keep events with this tag")
    group.add_argument("--has-note", action="store_true", help="keep events with a note")
    group.add_argument("--of-finding", metavar="TITLE", help="keep the events of this finding's filter")
    group.add_argument("--view", metavar="NAME", help="keep the events of this saved view")
    group.add_argument(
        "--reviewed", choices=[state.value for state in ReviewState], help="keep events in this state of review"
    )


def query_of(chosen: argparse.Namespace, table: EventTable) -> Query:
    """Return the query that the filter options ask for."""
    values = {option: getattr(chosen, option.replace("-", "_")) for option in VALUE_OPTIONS}
    keeps_unknown = table.has_missing_instants and not chosen.only_known_times
    query = query_of_options(
        values, table.catalogue, chosen.start, chosen.end, chosen.search, chosen.value, keeps_unknown
    )
    if keeps_unknown and query.time_range is not None:
        count = f"{int((table.instants == NO_INSTANT).sum()):,}"
        words = f"the time of {count} events cannot be read; they stay, as they may lie in the range"
        print(f"note: {words}. --only-known-times leaves them out.", file=sys.stderr)
    if chosen.id:
        query = query.with_values("Id", frozenset(chosen.id))
    for text in chosen.filter:
        query = _joined(query, query_of_filter(text))
    if chosen.tag or chosen.has_note or chosen.reviewed or _kept_filters(chosen):
        query = _with_marks(query, chosen, table)
    return query


def _with_marks(query: Query, chosen: argparse.Namespace, table: EventTable) -> Query:
    from auditviewer.core.case.review import noted_predicate, reviewed_predicate, tagged_predicate

    path = case_path(chosen)
    if path is None:
        raise WrongUsageError("Tags and notes stand in a case.", "Name it by --case.")
    with opened_case(path, is_read_only=True) as case:
        for kind, name in _kept_filters(chosen):
            query = _joined(query, query_from_json(_kept_query(case, kind, name)))
        if chosen.tag:
            query = query.with_predicate(tagged_predicate(table, case.state, chosen.tag))
        if chosen.has_note:
            query = query.with_predicate(noted_predicate(table, case.state))
        if chosen.reviewed:
            query = query.with_predicate(reviewed_predicate(table, case.state, ReviewState(chosen.reviewed)))
    return query


def _joined(query: Query, more: Query) -> Query:
    """Return the query that keeps what both keep; raises `WrongUsageError` where both speak of the same."""
    for predicate in more.predicates:
        for other in query.predicates:
            if other.subject == predicate.subject and other != predicate:
                raise WrongUsageError(
                    f"Two filters speak of the same: {other.describe()}; {predicate.describe()}.", "Leave one out."
                )
        query = query.with_predicate(predicate)
    return query


def _kept_filters(chosen: argparse.Namespace) -> list[tuple[str, str]]:
    """Return (kind, name) of the filters that are kept in a case and named by the arguments."""
    given = (("finding", getattr(chosen, "of_finding", None)), ("view", getattr(chosen, "view", None)))
    return [(kind, name) for kind, name in given if name is not None]


def _kept_query(case: Case, kind: str, name: str) -> dict[str, Any]:
    state = case.state
    kept = {title: f.query for title, f in state.findings.items()} if kind == "finding" else {}
    kept |= {title: view["query"] for title, view in state.views.items()} if kind == "view" else {}
    if name not in kept:
        raise WrongUsageError(f"The case has no {kind} “{name}”.", f"It has: {', '.join(kept) or 'none'}.")
    return kept[name]


def case_path(chosen: argparse.Namespace) -> Path | None:
    """Return the case that the arguments name, by --case or in place of files."""
    if getattr(chosen, "case", None) is not None:
        found: Path = chosen.case
        return found
    return chosen.files[0] if len(chosen.files) == 1 and is_case(chosen.files[0]) else None


def opened_case(path: Path, user: str | None = None, is_read_only: bool = False) -> Case:
    """Return a case, opened by a reviewer; by who is logged in when none is named."""
    return open_case(path, user or user_name(), now_utc, is_read_only)


def user_name() -> str:
    """Return who is logged in."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def record_act(chosen: argparse.Namespace, kind: str, **data: Any) -> None:
    """Add an act to the case that the arguments name; a case that can only be read is left alone, and that is said."""
    path = case_path(chosen)
    if path is None:
        return
    with opened_case(path) as case:
        if case.is_read_only:
            print(f"auditviewer: The case {path.name} can only be read; this is not in its journal.", file=sys.stderr)
        else:
            case.do(kind, **data)


def record_filter(chosen: argparse.Namespace, result: QueryResult) -> None:
    """Add to the case that the arguments name which events were looked at."""
    query = result.query
    record_act(chosen, "filter", query=query_as_json(query), events=len(result), query_in_words=query.describe())


def check_filters(chosen: argparse.Namespace) -> None:
    """Raise `WrongUsageError` for filters that no log could meet, before any file is read."""
    values = argparse.Namespace(
        **{**vars(chosen), "tag": [], "has_note": False, "reviewed": None, "of_finding": None, "view": None}
    )
    query_of(values, EventTable(parts=()))


def open_log(chosen: argparse.Namespace) -> EventTable:
    """Return the exports that the arguments name, or those of the case, as one log; every digest is computed anew."""
    from auditviewer.core.case.review import read_sources
    from auditviewer.core.reading import read_exports

    with TerminalProgress() as progress:
        if len(chosen.files) == 1 and is_case(chosen.files[0]):
            with opened_case(chosen.files[0], is_read_only=True) as case:
                return read_sources(case, progress, not chosen.no_cache)
        return read_exports(chosen.files, progress, uses_cache=not chosen.no_cache, trusts_state=False)


def add_signing(parser: argparse.ArgumentParser) -> None:
    """Add the options of a command that signs."""
    parser.add_argument(
        "--sign", nargs="?", type=Path, const=default_key_path(), metavar="KEY", help="sign, with your key or KEY"
    )
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its first line is the key's passphrase")


def signing_key(chosen: argparse.Namespace) -> SigningKey | None:
    """Return the key that `add_signing`'s options name, None when nothing is to be signed."""
    if chosen.sign is None:
        return None
    from auditviewer.core.evidence.keys import is_protected, open_key

    if os.name == "posix" and chosen.sign.exists() and chosen.sign.stat().st_mode & 0o077:
        print(
            fit_to_print(f"note: others may read the key {chosen.sign}; let nobody else (chmod 600)."), file=sys.stderr
        )
    passphrase = read_passphrase(chosen.passphrase_file) if is_protected(chosen.sign) else None
    return open_key(chosen.sign, passphrase)


def default_key_path() -> Path:
    """Return where a user's own key is kept."""
    return config_dir() / "keys" / "signing.pem"


def read_passphrase(file: Path | None, is_new: bool = False) -> str:
    """Return the first line of a file or, on a terminal, what is typed.

    Raises
    ------
    WrongUsageError
        There is neither, or a new one is empty or was not typed the same twice.
    """
    if file is not None:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            raise WrongUsageError(f"The passphrase file {file} cannot be read.") from None
        text = lines[0] if lines else ""
    elif sys.stdin.isatty():
        import getpass

        text = getpass.getpass("Passphrase: ")
        if is_new and getpass.getpass("Again: ") != text:
            raise WrongUsageError("The two passphrases differ.", "Try again.")
    else:
        raise WrongUsageError("The key needs a passphrase.", "Name a file that holds it by --passphrase-file.")
    if is_new and not text:
        raise WrongUsageError("The passphrase is empty.", "Type one, or say --no-passphrase.")
    return text


def now_utc() -> str:
    """Return the time, RFC 3339 in UTC, to the second."""
    import datetime as dt

    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def exit_status(table: EventTable) -> int:
    """Return the exit status that says how whole the log is, and complain of the sources that are missing."""
    unreadable = [notice for notice in table.notices if notice.code == UNREADABLE]
    for notice in unreadable:
        print(f"auditviewer: {fit_to_print(notice.message)}", file=sys.stderr)
    if unreadable:
        return 3
    is_damaged = any(notice.code == DAMAGED for notice in table.notices)
    return 1 if is_damaged or any(source.rejected for source in table.sources) else 0


def print_json(value: Any) -> None:
    """Print a value as one JSON document; what a terminal would obey or could not show is escaped in it."""
    import json

    text = fit_to_print_json(json.dumps(value, indent=2, ensure_ascii=False))
    try:
        print(text)
    except UnicodeEncodeError:
        print(json.dumps(value, indent=2))


def write_line(text: str) -> None:
    """Print a line of words, with nothing in it that a terminal would obey or could not show."""
    safe = fit_to_print(text)
    encoding = sys.stdout.encoding or "utf-8"
    print(safe.encode(encoding, "replace").decode(encoding))


class TerminalProgress(Progress):
    """Shows progress on standard error, and only on a terminal."""

    def __init__(self) -> None:
        super().__init__(self._show if sys.stderr.isatty() else None)
        self._is_shown = False

    def __enter__(self) -> TerminalProgress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _show(self, step: Step) -> None:
        share = f"{100 * step.done // step.total:3d} %" if step.total else ""
        amount = f"{step.done / 1e6:,.0f} MB" if step.unit == "bytes" else f"{step.done:,} {step.unit}"
        sys.stderr.write(f"\r\x1b[K{step.what} {amount} {share}")
        sys.stderr.flush()
        self._is_shown = True


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Return the parsed arguments; raises `WrongUsageError` for filters that cannot be understood."""
    chosen = parser.parse_args(list(arguments))
    if hasattr(chosen, "search"):
        check_filters(chosen)
    return chosen
