"""The sample export: the shipped bytes are what its script makes, and everything of the reference is in it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import defaultdict

import pytest

from auditviewer.core.catalogue import load_catalogue
from auditviewer.core.schema import COLUMN_NAMES
from auditviewer.paths import resource_path

SAMPLE = resource_path("sample")
FILES = sorted(SAMPLE.glob("*.csv"))


def events_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def events():
    return [event for path in FILES for event in events_of(path)]


@pytest.fixture(scope="module")
def workflows(events):
    found = defaultdict(list)
    for event in events:
        found[event["WorkflowId"]].append(event)
    return list(found.values())


def test_the_script_makes_the_shipped_bytes(tmp_path):
    subprocess.run(
        [sys.executable, str(resource_path("sample_maker/make_sample.py")), str(tmp_path)],
        check=True,
        capture_output=True,
    )
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in FILES}


def test_the_folder_holds_exports_alone_so_that_it_can_be_opened_as_it_stands():
    assert [path for path in SAMPLE.iterdir() if not path.name.startswith(".")] != []
    assert {path for path in SAMPLE.iterdir() if not path.name.startswith(".")} == set(FILES)


def test_there_is_one_file_for_each_category_and_each_event_is_of_its_files_category(events):
    catalogue = load_catalogue()
    for category in catalogue.categories[1:]:
        path = SAMPLE / f"audit-log-{category.key}-2026-01-01-2026-03-31.csv"
        labels = set()
        for event in events_of(path):
            found = catalogue.classify(event["WorkflowType"], event["EventType"], event["TargetType"])
            assert catalogue.categories[found.category_index] == category
            labels.add(found.event_label)
        assert labels == {kind.label for kind in catalogue.events_of(category)}
    assert len(FILES) == len(catalogue.categories) - 1
    assert 3_000 <= len(events) <= 4_000


@pytest.mark.parametrize(
    ("column", "known"),
    [("OperationStatus", "statuses"), ("InitiatorType", "initiator_types"), ("TargetType", "target_types")],
)
def test_every_value_that_the_reference_lists_is_there_and_no_other(events, column, known):
    assert {event[column] for event in events} == {value.value for value in getattr(load_catalogue(), known)}


def test_every_record_has_the_17_columns_and_an_id_of_its_own_and_its_states_are_json(events):
    assert {tuple(event) for event in events} == {COLUMN_NAMES}
    assert len({event["Id"] for event in events}) == len(events)
    for event in events:
        for column in ("CustomValues", "OriginalState", "UpdatedState"):
            assert not event[column] or isinstance(json.loads(event[column]), dict)


def test_the_values_are_of_the_difficult_kinds_that_real_exports_have(events):
    cells = {cell for event in events for cell in event.values()}
    assert {"", "NA", "000012"} <= cells
    assert any("\n" in cell for cell in cells)
    assert any('"' in event["Target"] and "," in event["Target"] for event in events)
    assert any(not event["Target"].isascii() for event in events)


def test_a_deletion_failed_and_was_retried(workflows):
    tries = [w[-1] for w in workflows if w[0]["Target"].startswith("oskar") and w[0]["WorkflowType"] == "user:deletion"]
    assert [event["OperationStatus"] for event in tries] == ["failure", "success"]


def test_a_policy_was_changed_at_night_and_changed_back(workflows):
    updates = [
        w[-1] for w in workflows if "legal hold" in w[0]["Target"] and w[0]["WorkflowType"] == "epbpolicy:update"
    ]
    states = [[json.loads(e[c]) for c in ("OriginalState", "UpdatedState")] for e in updates]
    assert [[state["retention"]["daily"] for state in pair] for pair in states] == [[30, 3], [3, 30]]
    assert states[0][0] == states[1][1]
    assert {event["InitiatorType"] for event in updates} == {"system-user"}


def test_a_burst_of_failed_logins_ends_in_a_success_from_a_new_address(workflows):
    ends = [
        w[-1] for w in workflows if "198.51.100.77" in w[0]["CustomValues"] and w[0]["WorkflowType"] == "user:login"
    ]
    assert [event["OperationStatus"] for event in ends] == ["failure"] * 23 + ["success"]
    assert {event["Initiator"] for event in ends} == {"elif.yilmaz@harbour.example.com"}


def test_one_restore_alone_never_ended(workflows):
    (unfinished,) = [w for w in workflows if w[-1]["OperationStatus"] == "inProgress"]
    assert unfinished[0]["WorkflowType"] == "epbrestore:file-level-recovery"


def test_the_sync_of_k1_groups_was_ill_for_a_week(workflows):
    syncs = [w[-1] for w in workflows if w[0]["WorkflowType"] == "k1accessgroups:sync"]
    ill = {e["Timestamp"][:10]: e["OperationStatus"] for e in syncs if e["OperationStatus"] != "success"}
    assert sorted(ill) == [f"2026-03-{day:02d}" for day in range(2, 10)]
    assert [day for day, status in ill.items() if status == "failure"] == ["2026-03-05", "2026-03-06"]
