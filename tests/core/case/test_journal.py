"""The journal and the file of a case: what shows a cut end, what a kill leaves, one writer by whatever name."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from auditviewer.core.case import is_case, open_case
from auditviewer.core.case.file import case_bytes
from auditviewer.core.case.journal import Snapshot, journal_lines
from tests.core.case.conftest import clock

W = [["workflow", "w1"]]

KILLED_WITHIN_A_TRANSACTION = """
import os, sqlite3, sys
base = sqlite3.connect(sys.argv[1], isolation_level=None)
base.execute("pragma cache_size = 1")
base.execute("begin immediate")
for number in range(4, 2000):
    row = (number, "now", "eve", "p", "note", b"x" * 3000, "a", "b")
    base.execute("insert into journal values (?, ?, ?, ?, ?, ?, ?, ?)", row)
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("is_read_only", [True, False])
def test_a_case_whose_writer_was_killed_within_a_transaction_opens_as_it_was(reviewed, is_read_only):
    reviewed.do("note", text="kept", targets=W)
    reviewed.close()
    subprocess.run([sys.executable, "-c", KILLED_WITHIN_A_TRANSACTION, str(reviewed.path)])
    assert reviewed.path.with_name("review.avcase-journal").exists()
    with open_case(reviewed.path, "ada", clock, is_read_only) as again:
        assert (len(again.journal), again.problems, again.head) == (3, [], reviewed.head)


def test_a_cut_end_shows_by_the_head_that_was_kept_outside(reviewed):
    for text in "abc":
        reviewed.do("note", text=text, targets=W)
    cut = reviewed.as_of(4)
    assert not cut.problems  # which alone shows nothing
    assert cut.number_of(reviewed.head) is None
    assert reviewed.number_of(cut.head) == 4


def test_a_case_as_it_was_says_what_it_said_then(reviewed):
    reviewed.do("note", text="a", targets=W)
    head = reviewed.head
    reviewed.do("note", text="b", targets=W)
    was = reviewed.as_of(3)
    assert was.head == head and sum(len(notes) for notes in was.state.notes.values()) == 1


def test_the_same_acts_make_the_same_file_which_is_a_case(tmp_path, reviewed):
    reviewed.do("note", text="a" * 9000, targets=W)
    data = case_bytes(reviewed.journal)
    assert data == case_bytes(list(reviewed.journal)) != case_bytes(reviewed.journal[:-1])
    copy = tmp_path / "copy.avcase"
    copy.write_bytes(data)
    assert is_case(copy)
    with open_case(copy, "bob", clock) as opened:
        assert opened.journal == reviewed.journal and not opened.problems
        opened.do("note", text="b", targets=W)
    assert len(journal_lines(reviewed.journal).splitlines()) == 3


def test_the_second_writer_is_known_by_whatever_name_the_case_is_opened(tmp_path, reviewed):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "link.avcase").symlink_to(reviewed.path)
    for name in (elsewhere / "link.avcase", tmp_path / "exports" / ".." / "review.avcase"):
        with open_case(name, "bob", clock) as second:
            assert second.is_read_only
    reviewed.close()
    with open_case(elsewhere / "link.avcase", "bob", clock) as second:
        assert not second.is_read_only and not os.path.exists(elsewhere / ".link.avcase.lock")


def test_an_act_put_in_between_shows(reviewed):
    for text in "ab":
        reviewed.do("note", text=text, targets=W)
    acts = list(reviewed.journal)
    assert Snapshot([*acts[:3], acts[2], *acts[3:]]).problems
    assert Snapshot([acts[0], acts[2], acts[1], acts[3]]).problems
    assert not Snapshot(acts).problems
