"""The report, the case and its journal in a package: the same twice, and checked with the rest."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from auditviewer.core.evidence import verify
from auditviewer.core.evidence.disclosure import Disclosure
from auditviewer.core.evidence.package import PackageChoices, statement_digest, write_package
from auditviewer.core.evidence.rerun import rerun_package
from auditviewer.core.evidence.verify import verify_package
from auditviewer.core.query import OneOf, Query, run_query
from auditviewer.core.reading import read_exports
from auditviewer.core.report.acts import package_act
from auditviewer.core.report.attachments import build_attachments, compare_attachments
from tests.builders import event
from tests.core.case.conftest import make_case, write_export
from tests.core.evidence.test_package import resealed

FAILURES = Query((OneOf("OperationStatus", frozenset({"failure"})),))
NOW = "2026-01-31T10:00:00Z"


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    rows = [event(i, OperationStatus="failure" if i % 3 else "success") for i in range(12)]
    lines = write_export(folder / "a.csv", rows).read_bytes()
    (folder / "a.csv").write_bytes(lines + b"too,few\r\n")  # a record that is rejected, told with its place
    (folder / "b.csv").write_bytes(lines)
    with make_case(tmp_path, "c.avcase", [folder / "a.csv", folder / "b.csv"]) as made:
        yield made


@pytest.fixture
def result(case):
    return run_query(read_exports([Path(s["path"]) for s in case.state.sources], uses_cache=False), FAILURES)


def packaged(folder, result, case, name="bag", has_sources=True):
    choices = PackageChoices(has_sources, None, build_attachments(result, case, has_sources=has_sources))
    report = write_package(folder / name, result, NOW, choices)
    case.do("package", **package_act(report, result, choices))
    return report


def whole_check(path):
    found = verify_package(str(path))
    rerun_package(path, found, compare=compare_attachments)
    return found


def test_the_same_review_packaged_twice_is_the_same_but_for_the_seal(tmp_path, result, case):
    first, second = (packaged(tmp_path, result, case, name) for name in ("bag", "again"))
    case.do("verify", file="bag", holds=True)
    third = packaged(tmp_path, result, case, "third")
    assert first.statement == second.statement == third.statement
    for path in sorted(p for p in first.path.rglob("*") if p.is_file() and p.name != "seal.json"):
        assert path.read_bytes() == (second.path / path.relative_to(first.path)).read_bytes(), path
    case.do("note", text="more", targets=[["workflow", "w"]])
    assert packaged(tmp_path, result, case, "fourth").statement != first.statement


@pytest.mark.parametrize("has_sources", [True, False])
def test_all_of_it_is_checked_and_the_head_is_told(tmp_path, result, case, has_sources):
    head = case.head
    report = packaged(tmp_path, result, case, has_sources=has_sources)
    found = whole_check(report.path)
    assert found.problems == [] and found.facts["journal"] == f"2 acts, head {head}"
    assert found.facts.get("report_made_again", False) == has_sources
    assert head in report.seal_path.read_text() and head in (report.path / "data/report.html").read_text()
    assert str(tmp_path) not in (report.path / "data/report.html").read_text()


def _cut_the_journal(bag):
    path = bag / "data/journal.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    return "data/journal.jsonl"


def _alter_an_act(bag):
    path = bag / "data/journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"user":"ada"', b'"user":"eve"', 1))
    return "data/journal.jsonl"


def _alter_the_report(bag):
    path = bag / "data/report.html"
    path.write_bytes(path.read_bytes().replace(b"No record was rejected", b"Every record was fine"))
    path.write_bytes(path.read_bytes().replace(b"8 of 12 events", b"8 of 13 events"))
    return "data/report.html"


def _another_case(bag):
    from auditviewer.core.case.file import case_bytes
    from auditviewer.core.case.journal import Snapshot, chained

    act = chained(1, NOW, "eve", "create", {"title": "c.avcase"}, "0" * 64)
    (bag / "data/case.avcase").write_bytes(case_bytes(Snapshot([act]).journal))
    return "data/case.avcase"


@pytest.mark.parametrize("change", [_cut_the_journal, _alter_an_act, _alter_the_report, _another_case])
def test_a_forger_who_makes_every_digest_anew_is_found_by_what_the_files_say(tmp_path, result, case, change):
    bag = packaged(tmp_path, result, case).path
    where = change(bag)
    resealed(bag, lambda statement: None)
    assert where in {place for place, _ in whole_check(bag).problems}


@pytest.mark.parametrize("suffix", ["", ".gz", ".zip"])
def test_a_statement_without_writing_is_that_of_the_package(tmp_path, suffix):
    source = write_export(tmp_path / "a.csv", [event(i) for i in range(5)])
    if suffix == ".gz":
        import gzip

        (tmp_path / "a.csv.gz").write_bytes(gzip.compress(source.read_bytes()))
    elif suffix:
        shutil.make_archive(str(tmp_path / "a.csv"), "zip", tmp_path, "a.csv")
    result = run_query(read_exports([tmp_path / f"a.csv{suffix}"], uses_cache=False))
    made = write_package(tmp_path / "bag", result, NOW)
    assert made.statement == statement_digest(result, PackageChoices())


def test_the_check_says_which_records_are_disclosed_whole(tmp_path, result):
    choices = PackageChoices(disclosure=Disclosure(b"s" * 32, frozenset({"Initiator"})))
    found = verify_package(str(write_package(tmp_path / "bag", result, NOW, choices).path))
    assert found.problems == []
    assert found.facts["disclosed_whole"].startswith("source 1, records 2 to 3; source 1, records 5 to 6")


def test_the_check_in_the_package_reads_on_python_3_8(tmp_path, result):
    """What stands outside of annotations is evaluated as the file is read: no `tuple[int]` there, no `match`."""
    source = Path(verify.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    annotations = {
        id(node)
        for owner in ast.walk(tree)
        for field in ("annotation", "returns")
        if (one := getattr(owner, field, None)) is not None
        for node in ast.walk(one)
    }
    early = [
        ast.unparse(node) for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and id(node) not in annotations
        and node.value.id in ("tuple", "list", "dict", "set", "Callable", "Iterator", "Iterable")
    ]  # fmt: skip
    assert early == [] and "removeprefix" not in source and "file_digest" not in source
    old = shutil.which("python3.8")
    if old is not None and not subprocess.run([old, "--version"], capture_output=True).returncode:  # not a mere shim
        bag = write_package(tmp_path / "bag", result, NOW).path
        done = subprocess.run([old, "-I", "-S", "-B", str(bag / "verify.py"), "--json"], capture_output=True, text=True)
        assert json.loads(done.stdout)["holds"]


def test_a_proof_among_five_million_records_is_small():
    digest = "0" * 64
    fields = [{"column": "OperationStatus", "digest": digest}] * 17
    depth = (5_000_000 - 1).bit_length()
    line = verify.canonical({"source": 1, "record": 5_000_000, "fields": fields, "proof": [digest] * depth})
    assert depth == 23 and len(line) < 4096
    leaf, proof = bytes(32), [bytes(32)] * depth
    hashed = []
    real = verify.node_hash
    try:
        verify.node_hash = lambda a, b: hashed.append(1) or real(a, b)
        verify.root_from_proof(leaf, 2_500_000, 5_000_000, proof)
    finally:
        verify.node_hash = real
    assert len(hashed) == depth  # each takes some microseconds
