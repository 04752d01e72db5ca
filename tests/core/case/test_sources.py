"""The sources of a case: found by their SHA-256 where they moved, refused when they changed, with what changed."""

from __future__ import annotations

import re

import pytest

from auditviewer.core.case.recheck import recheck_findings
from auditviewer.core.case.review import read_sources, record_finding
from auditviewer.core.case.sources import block_size, find_sources
from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.query import run_query


def sentence(case):
    (found,) = find_sources(case)
    assert found.path is None and found.is_changed
    with pytest.raises(UnreadableExportError, match=re.escape(found.problem)):
        read_sources(case, uses_cache=False)
    return found.problem


def test_one_changed_byte_is_placed_in_its_block_and_records(reviewed, exported):
    whole = exported.read_bytes()
    at = whole.index(b"00000400")
    exported.write_bytes(whole[:at] + b"9" + whole[at + 1 :])
    told = sentence(reviewed)
    size = block_size(len(whole))
    first = at // size * size
    assert f"it has {len(whole):,} bytes and had {len(whole):,}; 900 records and had 900" in told
    assert f"the same but for bytes {first:,} to {first + size:,}" in told
    low, high = (int(n) for n in re.search(r"from record (\d+) to (\d+)", told).groups())
    assert low <= 401 <= high and high - low < 40


def test_appended_records_leave_the_same_beginning(reviewed, exported):
    whole = exported.read_bytes()
    exported.write_bytes(whole + whole.splitlines(keepends=True)[-1])
    told = sentence(reviewed)
    assert "901 records and had 900" in told
    first = len(whole) // block_size(len(whole)) * block_size(len(whole))
    assert f"the same up to byte {first:,}, which is from record " in told and told.endswith(" on.")


def test_a_cut_end_and_what_is_no_export_any_more_are_told(reviewed, exported):
    whole = exported.read_bytes()
    lines = whole.splitlines(keepends=True)
    exported.write_bytes(b"".join(lines[:-100]))
    assert "801 records" not in sentence(reviewed) and "800 records and had 900" in sentence(reviewed)
    exported.write_bytes(b"\x00\x01\x02" * 1000)
    assert "it has 3,000 bytes" in sentence(reviewed) and "cannot be read" in sentence(reviewed)


def test_a_finding_whose_source_changed_or_is_gone_says_which(reviewed, log_of_case, exported):
    record_finding(reviewed, "All", run_query(log_of_case))
    whole = exported.read_bytes()
    exported.write_bytes(whole + b"\n\n")
    (one,) = recheck_findings(reviewed, uses_cache=False)
    assert one.outcome == "source changed" and "bytes and had" in one.sentence
    exported.unlink()
    (one,) = recheck_findings(reviewed, uses_cache=False)
    assert one.outcome == "cannot run" and "is gone" in one.sentence
    (exported.parent / "under another name.csv").write_bytes(whole)
    (one,) = recheck_findings(reviewed, uses_cache=False)
    assert one.outcome == "holds"
