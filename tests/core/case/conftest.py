"""A source of nine events, a case over it, and its log."""

from __future__ import annotations

import csv
from itertools import count

import pytest

from auditviewer.core.case import create_case
from auditviewer.core.case.review import read_sources, source_facts
from auditviewer.core.reading import read_exports
from tests.builders import event

_seconds = count()


def clock():
    """Return a time that is later than the one before."""
    at = next(_seconds)
    return f"2026-01-31T{at // 3600 % 24:02d}:{at // 60 % 60:02d}:{at % 60:02d}Z"


def write_export(path, rows):
    """Write an export as CSV."""
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def make_case(folder, name, sources, user="ada"):
    """Return a new case over some exports."""
    made = create_case(folder / name, name, user, clock)
    made.do("open", sources=source_facts(read_exports(sources, uses_cache=False).sources, has_blocks=True))
    return made


@pytest.fixture
def exported(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    rows = [event(i, OperationStatus="failure" if i % 3 else "success", WorkflowId=f"w{i // 2}") for i in range(900)]
    return write_export(folder / "a.csv", rows)


@pytest.fixture
def reviewed(tmp_path, exported):
    with make_case(tmp_path, "review.avcase", [exported]) as made:
        yield made


@pytest.fixture
def log_of_case(reviewed):
    return read_sources(reviewed, uses_cache=False)
