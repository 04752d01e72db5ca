"""Packages whose digests all agree, made by somebody who wants them to say what is not so."""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile

import pytest

from auditviewer.core.evidence import verify
from auditviewer.core.evidence.disclosure import Disclosure
from auditviewer.core.evidence.package import PackageChoices, write_package
from auditviewer.core.evidence.verify import verify_package
from auditviewer.core.query import OneOf, Query, run_query
from tests.core.evidence.test_package import NOW, failures, log, resealed, whole_check

__all__ = ["failures", "log"]


def entry_of(bag, name, data):
    """Put a file into a package; return its entry in the statement."""
    (bag / name).parent.mkdir(parents=True, exist_ok=True)
    (bag / name).write_bytes(data)
    return {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def listing(bag, *new, without=()):
    """Return a change of the statement's list of files."""

    def change(statement):
        statement["files"] = [e for e in statement["files"] if e["path"] not in without] + list(new)
        statement["files"].sort(key=lambda entry: entry["path"])

    return change


@pytest.fixture
def disclosed(tmp_path, log):
    result = run_query(log, Query((OneOf("OperationStatus", frozenset({"failure"})),)))
    choices = PackageChoices(disclosure=Disclosure(b"s" * 32, frozenset({"Initiator"}), frozenset({"Target"})))
    return write_package(tmp_path / "disclosed", result, NOW, choices).path


def first_record(bag, change):
    """Alter the first disclosed record, and seal everything anew."""
    path = bag / "data" / "records.jsonl"
    first, *rest = path.read_bytes().splitlines(keepends=True)
    record = json.loads(first)
    change(record)
    path.write_bytes(verify.canonical(record) + b"\n" + b"".join(rest))
    resealed(bag, lambda statement: None)


def field_named(record, column):
    return next(field for field in record["fields"] if field["column"] == column)


def _text_beside_the_digest(record):
    field = field_named(record, "OperationStatus")
    digest = verify.field_leaf(bytes.fromhex(field["salt"]), field["column"], field["kind"], field["text"]).hex()
    field.update(digest=digest, text="success")


def _another_kind_of_nothing(record):
    for field in record["fields"]:
        if field.get("text") == "":
            field["text"] = None
            return
    raise AssertionError("no empty field")


@pytest.mark.parametrize(
    "change",
    [
        _text_beside_the_digest,
        _another_kind_of_nothing,
        lambda record: field_named(record, "OperationStatus").update(note="was success before"),
        lambda record: field_named(record, "Initiator").update(text="eve@example.com"),
        lambda record: field_named(record, "Initiator").update(pseudonym={"name": "Eve"}),
        lambda record: field_named(record, "Initiator").update(column="OperationStatus"),
        lambda record: record.update(reviewed="by the auditor"),
    ],
)
def test_a_disclosed_record_says_nothing_beside_what_is_proven(disclosed, change):
    assert whole_check(disclosed).problems == []
    first_record(disclosed, change)
    assert any("no proven record" in sentence for _, sentence in verify_package(str(disclosed)).problems)


def test_a_field_cannot_be_opened_as_another(tmp_path, log):
    """A longer salt would take in the beginning of what it stands before, up to where a text looks like a field."""
    inner = struct.pack(">BIQ", 0, 15, 7) + b"OperationStatus" + b"failure"
    salt, text = b"s" * 16, "x" + inner.decode()
    honest = verify.field_leaf(salt, "EventDescription", 0, text)
    whole = salt + struct.pack(">BIQ", 0, 16, len(text)) + b"EventDescription" + text.encode()
    longer = whole[: -len(inner)]
    assert verify.field_leaf(longer, "OperationStatus", 0, "failure") == honest
    other = {"column": "OperationStatus", "kind": 0, "text": "failure", "salt": longer.hex()}
    with pytest.raises(ValueError, match="salt"):
        verify.leaf_of(other)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["disclosure"]["ranges"].append({"source": "1, records 1 to 9; source 1", "first": 1, "last": 0}),
        lambda s: s["disclosure"]["ranges"].append({"source": 1, "first": 2, "last": 1}),
        lambda s: s["disclosure"]["trees"][0].update(sha256="0" * 64),
        lambda s: s["disclosure"].update(reviewed="all"),
        lambda s: s["counts"].update(events=7),
        lambda s: s["query"].update(words="every event of the year"),
        lambda s: s["sources"][0].update(name="payroll.csv"),
    ],
)
def test_a_disclosure_claims_nothing_that_its_records_do_not_show(disclosed, change):
    resealed(disclosed, change)
    assert not verify_package(str(disclosed)).holds


@pytest.mark.parametrize("name", ["data/events.csv", "data/report.html", "data/Records.jsonl", "json.py", "README.txt"])
def test_nothing_stands_beside_disclosed_records_that_no_proof_covers(disclosed, name):
    resealed(disclosed, listing(disclosed, entry_of(disclosed, name, b"Id\r\n" + b"forged\r\n" * 6)))
    assert name in {where for where, _ in verify_package(str(disclosed)).problems}


def test_records_with_proofs_are_in_a_disclosure_or_nowhere(tmp_path, failures):
    bag = write_package(tmp_path / "bag", failures, NOW).path
    resealed(bag, listing(bag, entry_of(bag, "data/records.jsonl", b'{"fields":[],"proof":[]}\n')))
    assert "data/records.jsonl" in {where for where, _ in verify_package(str(bag)).problems}


@pytest.mark.parametrize("name", ["json.py", "data/sources/002-x.csv", "data/Events.csv", "data/case.avcase"])
def test_a_package_holds_no_file_that_nothing_speaks_for(tmp_path, failures, name):
    bag = write_package(tmp_path / "bag", failures, NOW).path
    resealed(bag, listing(bag, entry_of(bag, name, b"Id\r\n")))
    assert name in {where for where, _ in verify_package(str(bag)).problems}


def test_a_package_without_its_events_does_not_hold(tmp_path, failures):
    bag = write_package(tmp_path / "bag", failures, NOW).path
    for name in ("data/events.csv", "data/events.jsonl"):
        (bag / name).unlink()
    resealed(bag, listing(bag, without=("data/events.csv", "data/events.jsonl")))
    assert "data/events.csv" in {where for where, _ in whole_check(bag).problems}


def test_a_query_that_is_left_out_does_not_spare_the_events_from_being_made_again(tmp_path, failures):
    bag = write_package(tmp_path / "bag", failures, NOW).path
    path = bag / "data" / "events.csv"
    path.write_bytes(path.read_bytes().replace(b"ada@", b"eve@"))
    resealed(bag, lambda statement: statement["query"].update(saved=None))
    assert not whole_check(bag).holds


def test_a_key_that_signs_whatever_one_likes_signs_nothing():
    """A point of small order with s = 0 would satisfy the equation of RFC 8032 for every message."""
    identity = (1).to_bytes(32, "little")
    assert not verify.is_signed_by(identity, identity + bytes(32), b"any message")


def test_what_was_compared_with_nothing_from_outside_is_said(tmp_path, failures):
    report = write_package(tmp_path / "bag", failures, NOW)
    assert any("--seal" in note for note in verify_package(str(report.path)).notes)
    assert not any("--seal" in note for note in verify_package(str(report.path), seal=report.seal).notes)


def test_an_archive_that_would_unpack_without_end_is_not_read(tmp_path):
    path, told = tmp_path / "bomb.zip", []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out, out.open("bag/bagit.txt", "w") as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    assert not verify_package(str(path), tell=told.append).holds
    assert max(told, default=0) == 0
