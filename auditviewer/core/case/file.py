"""The file of a case: SQLite with one table, the journal, each line chained to the one before by its SHA-256.

An act is on the disk when `Case.do` returns (a transaction with ``synchronous=FULL``), so that no kill loses it. One
program writes at a time: it holds a lock on ``.NAME.lock`` beside the case; who comes second may only read.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from auditviewer.core.case.acts import ACTS, Act, State, apply, redoable_numbers, state_after, undone_numbers
from auditviewer.core.case.journal import NO_DIGEST, Snapshot, act_as_json, chained
from auditviewer.core.errors import AuditViewerError, NotWrittenError, UnreadableExportError, WrongUsageError
from auditviewer.core.evidence.verify import canonical, parse_canonical
from auditviewer.core.source_file import open_source

SUFFIX = ".avcase"
_APPLICATION_ID = 0x41564341  # "AVCA", at offset 68 of the file (SQLite file format, 1.3)
_VERSION = 1
_SCHEMA = f"""
create table journal (
    number integer primary key, time text not null, user text not null, program text not null, kind text not null,
    data blob not null, previous text not null, digest text not null
);
pragma application_id = {_APPLICATION_ID};
pragma user_version = {_VERSION};
"""
_INSERT = "insert into journal values (?, ?, ?, ?, ?, ?, ?, ?)"
Clock = Callable[[], str]

__all__ = ["SUFFIX", "Case", "CaseError", "act_as_json", "case_bytes", "create_case", "is_case", "open_case"]


class CaseError(AuditViewerError):
    """A case cannot be opened, or is damaged."""

    hint = "Open a copy of it, and tell who keeps the case."
    exit_code = 3


class Case(Snapshot):
    """An open case. Made by `open_case` or `create_case`; a context manager, which closes it."""

    def __init__(self, path: Path, base: sqlite3.Connection, lock: IO[bytes] | None, user: str, clock: Clock) -> None:
        self.path: Path
        self.user = user
        self._base, self._lock, self._clock = base, lock, clock
        super().__init__(list(_read(base)), path)

    def __enter__(self) -> Case:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_read_only(self) -> bool:
        """Whether acts can only be read: another program holds the case, it may not be written, or it was altered."""
        return self._lock is None or bool(self.problems)

    @property
    def undoable(self) -> Act | None:
        """The last act that can be undone and was not."""
        undone = undone_numbers(self.journal)
        for act in reversed(self.journal):
            if act.kind == "sign-off":
                return None  # what it rests on stays
            if ACTS[act.kind][2] and act.number not in undone:
                return act
        return None

    def do(self, kind: str, **data: Any) -> Act:
        """Add an act; it is on the disk when this returns.

        Raises
        ------
        WrongUsageError
            The case is read-only, or the act cannot follow on what was done before.
        NotWrittenError
            It cannot be written; the case is as it was.
        """
        if self.is_read_only:
            raise WrongUsageError(f"The case {self.path.name} is open for reading only.", why_read_only(self))
        act = chained(len(self.journal) + 1, self._clock(), self.user, kind, data, self.head)
        state = self._state_with(act)
        try:
            with self._base:
                self._base.execute(_INSERT, _row(act))
        except sqlite3.Error as error:
            self.state = state_after(self.journal)
            raise NotWrittenError(
                f"The case {self.path} cannot be written: {error}.", "Make room or check rights."
            ) from None
        self.journal.append(act)
        self.state = state
        return act

    def undo(self) -> Act | None:
        """Undo the last act that can be; return it, None when there is none."""
        act = self.undoable
        if act is not None:
            self.do("undo", number=act.number)
        return act

    @property
    def redoable(self) -> Act | None:
        """The act that was undone last, while nothing else was done."""
        numbers = redoable_numbers(self.journal)
        return self.journal[numbers[-1] - 1] if numbers else None

    def redo(self) -> Act | None:
        """Do again what was undone last; return it, None when there is none."""
        act = self.redoable
        if act is not None:
            self.do("redo", number=act.number)
        return act

    def _state_with(self, act: Act) -> State:
        """Return the state after an act; what cannot be done changes nothing."""
        if act.kind in ("undo", "redo"):
            return state_after([*self.journal, act])
        try:
            apply(self.state, act)  # checks before it changes; should a half be done all the same, it is put right here
        except WrongUsageError:
            self.state = state_after(self.journal)
            raise
        return self.state

    def close(self) -> None:
        """Let go of the case."""
        self._base.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def why_read_only(case: Case) -> str:
    """Return why a case can only be read."""
    return "Its journal was altered." if case.problems else "Another program has it open, or it may not be written."


def is_case(path: Path) -> bool:
    """Return whether a file is a case, by its first bytes."""
    try:
        with open_source(path) as file:  # what is no regular file must not be waited for
            head = file.read(100)
    except (OSError, UnreadableExportError):
        return False
    return head.startswith(b"SQLite format 3\0") and head[68:72] == _APPLICATION_ID.to_bytes(4, "big")


def create_case(path: Path, title: str, user: str, clock: Clock) -> Case:
    """Make a case; it appears under its name when it is whole.

    Raises
    ------
    NotWrittenError
        Something is there already, or it cannot be written.
    """
    if os.path.lexists(path):
        raise NotWrittenError(f"There is something at {path} already.", "Choose another name.")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
        os.close(handle)
        try:
            act = chained(1, clock(), user, "create", {"title": title}, NO_DIGEST)
            base = _connected(Path(name), is_read_only=False)
            base.executescript(_SCHEMA)
            with base:
                base.execute(_INSERT, _row(act))
            base.close()
            os.link(name, path)  # unlike a rename this never replaces what came there meanwhile
        finally:
            os.unlink(name)
    except (OSError, sqlite3.Error) as error:
        raise NotWrittenError(f"The case {path} cannot be made: {error}.") from None
    return open_case(path, user, clock)


def case_bytes(acts: list[Act]) -> bytes:
    """Return the file of a case that holds some acts; the same acts give the same bytes."""
    base = sqlite3.connect(":memory:")
    try:
        base.executescript(_SCHEMA)
        with base:
            base.executemany(_INSERT, map(_row, acts))
        data = bytearray(base.serialize())
    finally:
        base.close()
    # What counts changes and names SQLite's version (file format, 1.3) says nothing of the acts.
    data[24:28] = data[92:96] = (1).to_bytes(4, "big")
    data[96:100] = (3_040_000).to_bytes(4, "big")
    return bytes(data)


def open_case(path: Path, user: str, clock: Clock, is_read_only: bool = False) -> Case:
    """Open a case, for reading only when another program has it.

    Raises
    ------
    CaseError
        It is no case, or is damaged.
    """
    if not is_case(path):
        raise CaseError(f"{path} is no case of this program.", "Choose a file that “case new” made.")
    lock = None if is_read_only or not os.access(path, os.W_OK) else _locked(path)
    try:
        if lock is None:
            _settle(path)
        return Case(path, _connected(path, lock is None), lock, user, clock)
    except (sqlite3.Error, ValueError) as error:
        if lock is not None:
            lock.close()
        raise CaseError(f"The case {path} is damaged: {error}.") from None


def _check_schema(base: sqlite3.Connection) -> None:
    """Raise `ValueError` where there is more in the file than its one table, or another one of that name.

    A view could give lines without end, and a trigger could write others than are given to it.
    """
    expected = " ".join(_SCHEMA.split(";")[0].lower().split())
    there = [" ".join(str(sql).lower().split()) for (sql,) in base.execute("select sql from sqlite_master limit 2")]
    if there != [expected]:
        raise ValueError("it holds something else than a journal")


def _read(base: sqlite3.Connection) -> Iterator[Act]:
    _check_schema(base)
    names = "number, time, user, program, kind, data, previous, digest"
    for number, time, user, program, kind, data, previous, digest in base.execute(
        f"select {names} from journal order by number"
    ):
        raw = data.encode() if isinstance(data, str) else data if isinstance(data, bytes) else b"null"
        content = parse_canonical(raw)
        # What is not of its type was put in by somebody else; the digest then shows it.
        when, who, what, which, before, own = (
            text if isinstance(text, str) else repr(text) for text in (time, user, program, kind, previous, digest)
        )
        yield Act(number, when, who, what, which, content if isinstance(content, dict) else {}, before, own)


def _connected(path: Path, is_read_only: bool) -> sqlite3.Connection:
    mode = "ro" if is_read_only else "rw"
    base = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, check_same_thread=False)
    if not is_read_only:
        base.execute("pragma synchronous = full")
    return base


def _row(act: Act) -> tuple[Any, ...]:
    data = canonical(act.data)
    return act.number, act.time, act.user, act.program, act.kind, data, act.previous, act.digest


def _settle(path: Path) -> None:
    """Take back what a killed program left half written, which a mere reader could not.

    What another program is writing is waited for. Where the case may not be written, reading it says so.
    """
    if path.with_name(f"{path.name}-journal").exists() and os.access(path, os.W_OK):
        with contextlib.closing(_connected(path, is_read_only=False)) as base:
            base.execute("select count(*) from sqlite_master").fetchone()


def _locked(path: Path) -> IO[bytes] | None:
    """Return the lock of a case, None when another program holds it; a killed program's is free again."""
    try:
        path = Path(os.path.realpath(path))  # one lock, by whatever name the case is opened
        file = path.with_name(f".{path.name}.lock").open("ab")
    except OSError:
        return None
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        with contextlib.suppress(OSError):
            file.close()
        return None
    return file
