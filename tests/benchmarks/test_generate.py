"""The generator of exports: as many events and workflows as asked for, well formed, the same every time."""

from __future__ import annotations

import csv
import json
from collections import Counter

import pytest

from auditviewer.core.schema import COLUMN_NAMES
from tests.benchmarks.generate import write_export

EVENTS = 2_000


def test_a_generated_export_has_the_events_and_workflows_that_it_says(tmp_path):
    path = tmp_path / "a.csv"
    write_export(path, EVENTS)
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMN_NAMES)
    assert len(rows) == EVENTS
    assert all(None not in row and None not in row.values() for row in rows)
    assert len({row["Id"] for row in rows}) == EVENTS
    per_workflow = Counter(row["WorkflowId"] for row in rows)
    assert len(per_workflow) == EVENTS // 2
    assert set(per_workflow.values()) <= set(range(1, 7))
    assert [row["Timestamp"] for row in rows] == sorted(row["Timestamp"] for row in rows)
    changed = [row for row in rows if row["OriginalState"] and row["UpdatedState"]]
    assert 0.08 < len(changed) / EVENTS < 0.18
    assert all(json.loads(row["OriginalState"]) != json.loads(row["UpdatedState"]) for row in changed)
    assert any("\n" in row["EventDescription"] for row in rows)


@pytest.mark.parametrize("format", ["csv", "jsonl", "json"])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path, format):
    contents = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_export(tmp_path / name, 500, seed, format, shuffled=True)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1] != contents[2]


def test_json_lines_and_json_hold_the_same_events(tmp_path):
    for format in ("jsonl", "json"):
        write_export(tmp_path / format, 500, format=format)
    lines = [json.loads(line) for line in (tmp_path / "jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines == json.loads((tmp_path / "json").read_text(encoding="utf-8"))
    assert any(isinstance(event["UpdatedState"], dict) for event in lines)
