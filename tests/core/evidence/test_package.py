"""Evidence packages: what any change of one byte, file or record does to them, and what other tools say of them."""

from __future__ import annotations

import contextlib
import csv
import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
import zlib

import bagit
import pytest

from auditviewer.core.errors import NotWrittenError, UnreadableExportError
from auditviewer.core.evidence import verify
from auditviewer.core.evidence.disclosure import Disclosure, RecordTree
from auditviewer.core.evidence.keys import make_key, open_key
from auditviewer.core.evidence.package import PackageChoices, write_package
from auditviewer.core.evidence.rerun import rerun_package
from auditviewer.core.evidence.verify import Verification, verify_package
from auditviewer.core.query import OneOf, Query, TextSearch, run_query
from auditviewer.core.reading import read_exports
from tests.builders import event

NOW = "2026-01-31T10:00:00Z"


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "export one.csv"
    statuses = ["success", "failure", "failure"]
    rows = [event(i, OperationStatus=statuses[i % 3], EventDescription=f"Did\nit {i}") for i in range(9)]
    rows[4]["CustomValues"] = '{"by": "ada\\u0040example.com"}'
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return read_exports([path], uses_cache=False)


@pytest.fixture
def failures(log):
    return run_query(log, Query((OneOf("OperationStatus", frozenset({"failure"})),)))


@pytest.fixture
def key(tmp_path):
    return make_key(tmp_path / "key.pem", "open sesame")


def whole_check(path, key=None, seal=None) -> Verification:
    found = verify_package(str(path), key, seal)
    if found.holds:
        rerun_package(path, found)
    return found


def flipped(path, at, bit=0):
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)


def test_a_package_holds_and_says_what_is_in_it(tmp_path, failures, key):
    report = write_package(tmp_path / "bag", failures, NOW, PackageChoices(key=key))
    found = whole_check(report.path, key.fingerprint, report.seal)
    assert found.problems == []
    assert found.facts["events"] == 6 and found.facts["query_run_again"]
    assert found.facts["signed_by"] == key.fingerprint
    assert report.seal in report.seal_path.read_text()
    assert report.seal == hashlib.sha256((report.path / "seal.json").read_bytes()).hexdigest()


def test_tools_that_know_nothing_of_the_program_agree(tmp_path, failures):
    bag = write_package(tmp_path / "bag", failures, NOW).path
    assert bagit.Bag(str(bag)).is_valid()
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        assert subprocess.run(["sha256sum", "--strict", "-c", manifest], cwd=bag, capture_output=True).returncode == 0
    archive = write_package(tmp_path / "other.zip", failures, NOW).path
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        opened.extractall(tmp_path / "unpacked")
    assert bagit.Bag(str(tmp_path / "unpacked" / "other")).is_valid()


def test_the_check_inside_needs_python_alone(tmp_path, failures):
    bag = write_package(tmp_path / "bag", failures, NOW).path
    command = [sys.executable, "-I", "-S", "-B", str(bag / "verify.py"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["holds"]) == (0, True)
    flipped(bag / "data" / "events.csv", 40)
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["problems"][0]["where"] == "data/events.csv"


def test_the_same_selection_gives_the_same_bytes_but_for_the_seal(tmp_path, failures, key):
    choices = PackageChoices(key=key)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first = write_package(tmp_path / "a" / "bag", failures, NOW, choices)
    second = write_package(tmp_path / "b" / "bag", failures, "2026-02-01T00:00:00Z", choices)
    names = sorted(p.relative_to(first.path) for p in first.path.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(second.path) for p in second.path.rglob("*") if p.is_file())
    differing = [str(n) for n in names if (first.path / n).read_bytes() != (second.path / n).read_bytes()]
    assert differing == ["seal.json"]


def test_any_changed_byte_is_found_and_named(tmp_path, failures, key):
    bag = write_package(tmp_path / "bag", failures, NOW, PackageChoices(key=key)).path
    for path in sorted(p for p in bag.rglob("*") if p.is_file()):
        name, whole = path.relative_to(bag).as_posix(), path.read_bytes()
        step = 1 if len(whole) < 800 else len(whole) // 60
        for at in range(0, len(whole), step):
            flipped(path, at, at % 8)
            found = verify_package(str(bag))
            assert name in {where for where, _ in found.problems} or name in verify.UNLISTED, (name, at)
            assert not found.holds, (name, at)
            path.write_bytes(whole)
        path.write_bytes(whole[:-1])
        assert not verify_package(str(bag)).holds, name
        path.write_bytes(whole)
    assert verify_package(str(bag)).holds


def test_any_changed_byte_of_an_archive_is_found(tmp_path, failures):
    path = write_package(tmp_path / "bag.zip", failures, NOW).path
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as opened:
        start = opened.start_dir
        headers = [at for info in opened.infolist() for at in range(info.header_offset, info.header_offset + 60)]
    for at in sorted({*headers, *range(start, len(whole)), *range(0, start, 997)}):
        flipped(path, at, at % 8)
        assert not verify_package(str(path)).holds, at
        path.write_bytes(whole)
    for damaged in (whole + b"\0", b"\0" + whole, whole[:-1], whole[: len(whole) // 2], b""):
        path.write_bytes(damaged)
        assert not verify_package(str(path)).holds


def _add(bag):
    (bag / "data" / "more.txt").write_text("x")
    return "data/more.txt"


def _remove(bag):
    (bag / "data" / "events.jsonl").unlink()
    return "data/events.jsonl"


def _swap(bag):
    one, two = bag / "data" / "events.csv", bag / "data" / "events.jsonl"
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    return "data/events.csv"


def _folder(bag):
    (bag / "data" / "empty").mkdir()
    return "data/empty/"


def _link(bag):
    target = bag.parent / "events.csv"
    shutil.move(bag / "data" / "events.csv", target)
    (bag / "data" / "events.csv").symlink_to(target)
    return "data/events.csv"


def _drop_a_record(bag):
    path = bag / "data" / "events.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    return "data/events.jsonl"


@pytest.mark.parametrize("edit", [_add, _remove, _swap, _folder, _link, _drop_a_record])
def test_a_structural_edit_is_found_and_named(tmp_path, failures, edit):
    bag = write_package(tmp_path / "bag", failures, NOW).path
    where = edit(bag)
    assert where in {place for place, _ in verify_package(str(bag)).problems}


def resealed(bag, change):
    """Alter a statement, and make everything that follows from it anew, as a forger without the key would."""
    statement = json.loads((bag / "statement.json").read_bytes())
    change(statement)
    for entry in statement["files"]:
        if entry["path"].startswith("data/"):
            data = (bag / entry["path"]).read_bytes()
            entry.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    for name, data in verify.tag_files(statement).items():
        (bag / name).write_bytes(data)
        entry = next(e for e in statement["files"] if e["path"] == name)
        entry.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    stated = verify.canonical(statement)
    (bag / "statement.json").write_bytes(stated)
    digests = {e["path"]: e["sha256"] for e in statement["files"] if not e["path"].startswith("data/")}
    digests["statement.json"] = hashlib.sha256(stated).hexdigest()
    (bag / "tagmanifest-sha256.txt").write_bytes(verify.manifest_text(digests.items()))
    sealed = json.loads((bag / "seal.json").read_bytes())
    sealed.pop("digest")
    sealed["statement_sha256"] = digests["statement.json"]
    sealed["digest"] = hashlib.sha256(verify.canonical(sealed)).hexdigest()
    (bag / "seal.json").write_bytes(verify.canonical(sealed))


def test_a_forger_who_makes_every_digest_anew_is_found_by_seal_key_and_query(tmp_path, failures, key):
    report = write_package(tmp_path / "bag", failures, NOW)
    path = report.path / "data" / "events.csv"
    path.write_bytes(path.read_bytes().replace(b"ada@", b"eve@"))
    resealed(report.path, lambda statement: None)
    assert verify_package(str(report.path)).holds  # all digests agree with each other
    assert not verify_package(str(report.path), seal=report.seal).holds
    assert "data/events.csv" in {where for where, _ in whole_check(report.path).problems}
    signed = write_package(tmp_path / "signed", failures, NOW, PackageChoices(key=key))
    resealed(signed.path, lambda statement: statement["counts"].update(rejected=1))
    assert "seal.json" in {where for where, _ in verify_package(str(signed.path)).problems}


def test_only_the_right_key_will_do(tmp_path, failures, key):
    other = make_key(tmp_path / "other.pem", None)
    report = write_package(tmp_path / "bag", failures, NOW, PackageChoices(key=key))
    for given in (key.fingerprint, key.public.hex(), (tmp_path / "key.pub.pem").read_text()):
        assert verify_package(str(report.path), given).holds
    assert not verify_package(str(report.path), other.fingerprint).holds
    assert not verify_package(str(report.path), "nonsense").holds
    plain = write_package(tmp_path / "plain", failures, NOW)
    assert not verify_package(str(plain.path), key.fingerprint).holds


def test_keys_are_kept_under_their_passphrase_and_sign_as_the_standard_says(tmp_path, key):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    path = tmp_path / "key.pem"
    assert path.stat().st_mode & 0o777 == 0o600 and b"ENCRYPTED" in path.read_bytes()
    with pytest.raises(Exception, match="passphrase"):
        open_key(path, "wrong")
    with pytest.raises(NotWrittenError):
        make_key(path, None)
    signature = open_key(path, "open sesame").sign(b"message")
    Ed25519PublicKey.from_public_bytes(key.public).verify(signature, b"message")
    assert verify.is_signed_by(key.public, signature, b"message")
    for at in range(64):
        wrong = bytearray(signature)
        wrong[at] ^= 1
        assert not verify.is_signed_by(key.public, bytes(wrong), b"message")
    # RFC 8032, section 7.1, test 2
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    stated = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert verify.is_signed_by(public, stated, b"\x72")
    assert not verify.is_signed_by(public, stated, b"\x73")


def test_canonical_json_is_that_of_the_standard():
    assert verify.canonical({"\u20ac": 1, "\r": 2, "1": None, "\U0001f600": [True], "\x80": '\x07\n"\\/'}) == (
        '{"\\r":2,"1":null,"\x80":"\\u0007\\n\\"\\\\/","\u20ac":1,"\U0001f600":[true]}'.encode()
    )
    for text in (b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1,"a":1}', b"[1.0]", b'"\\u0041"'):
        with pytest.raises(ValueError):
            verify.parse_canonical(text)


def test_a_source_that_changed_since_is_refused_and_nothing_is_left(tmp_path, failures, log):
    source = tmp_path / "export one.csv"
    source.write_bytes(source.read_bytes().replace(b"ada", b"eve"))
    with pytest.raises(UnreadableExportError, match="not the file any more"):
        write_package(tmp_path / "bag", failures, NOW)
    source.unlink()
    with pytest.raises(UnreadableExportError, match="gone"):
        write_package(tmp_path / "bag", failures, NOW)
    assert sorted(p.name for p in tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_and_an_old_package_alone(tmp_path, failures, monkeypatch):
    old = write_package(tmp_path / "bag", failures, NOW).path
    with pytest.raises(NotWrittenError, match="already"):
        write_package(old, failures, NOW)
    before = sorted(p.name for p in tmp_path.iterdir())

    def full(_handle):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    for name in ("new", "new.zip"):
        with pytest.raises(NotWrittenError, match="no room"):
            write_package(tmp_path / name, failures, NOW)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_a_kill_at_any_moment_leaves_a_whole_package_or_none(tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("Id,Timestamp,EventType\n" + "".join(f"{i},2026-01-01T00:00:00Z,x\n" for i in range(2000)))
    code = (
        "import sys; from pathlib import Path; from auditviewer.core.reading import read_exports\n"
        "from auditviewer.core.query import run_query; from auditviewer.core.evidence.package import write_package\n"
        "r = run_query(read_exports([Path(sys.argv[1])], uses_cache=False)); print('ready', flush=True)\n"
        "for n in range(99): write_package(Path(sys.argv[2], f'p{n}' + ('.zip' if n % 2 else '')), r, '2026')\n"
    )
    for number in range(6):
        folder = tmp_path / str(number)
        folder.mkdir()
        child = subprocess.Popen([sys.executable, "-c", code, str(source), str(folder)], stdout=subprocess.PIPE)
        child.stdout.readline()
        time.sleep(0.03 + 0.11 * number)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        for path in folder.iterdir():
            if not path.name.startswith(".") and not path.name.endswith(".txt"):
                assert verify_package(str(path)).holds, path


def test_disclosed_records_are_proven_and_what_is_withheld_stands_nowhere(tmp_path, log):
    shown = run_query(log, Query((TextSearch("Did\nit 4"),)))
    choices = PackageChoices(disclosure=Disclosure(b"s" * 32, frozenset({"Target"}), frozenset({"Initiator"})))
    bag = write_package(tmp_path / "bag", shown, NOW, choices).path
    found = whole_check(bag)
    assert found.problems == [] and found.facts["disclosed_records"] == 1
    for path in bag.rglob("*"):
        for word in (b"ada@", b"ada\\u0040", b"bob@", b"export one", b"ada@".hex().encode()):
            assert not path.is_file() or path.name == "verify.py" or word not in path.read_bytes().lower(), (path, word)
    record = json.loads((bag / "data" / "records.jsonl").read_text())
    assert record["record"] == 5
    fields = {field["column"]: field for field in record["fields"]}
    assert fields["EventDescription"]["text"] == "Did\nit 4"
    assert "digest" in fields["CustomValues"]  # spells the initiator in another way
    assert fields["Initiator"]["pseudonym"].startswith("P-")


def test_an_altered_or_moved_record_of_a_disclosure_is_found(tmp_path, log):
    result = run_query(log, Query((OneOf("OperationStatus", frozenset({"failure"})),)))
    bag = write_package(tmp_path / "bag", result, NOW, PackageChoices(disclosure=Disclosure(b"s" * 32))).path
    path = bag / "data" / "records.jsonl"
    whole = path.read_bytes()
    for old, new, words in (
        (b"failure", b"success", "no proven record"),
        (b'"record":2', b'"record":4', "no proven record"),
        (b'"kind":0', b'"kind":1', "no proven record"),
        (whole.splitlines(keepends=True)[0], b"", "leaves out"),
        (whole.splitlines(keepends=True)[0], whole.splitlines(keepends=True)[1], "once"),
    ):
        path.write_bytes(whole.replace(old, new, 1))
        resealed(bag, lambda statement: None)
        assert any(words in sentence for _, sentence in verify_package(str(bag)).problems), (old, new)
    path.write_bytes(whole)
    resealed(bag, lambda statement: None)
    assert verify_package(str(bag)).holds


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 33])
def test_every_leaf_of_a_tree_is_proven_and_no_other(n):
    leaves = [verify.leaf_hash(bytes([i])) for i in range(n)]
    tree = RecordTree(leaves)
    assert tree.root == verify.tree_root(leaves)
    for index in range(n):
        proof = tree.proof(index)
        assert verify.root_from_proof(leaves[index], index, n, proof) == tree.root
        for wrong in range(n):
            if wrong != index:
                with contextlib.suppress(ValueError):
                    assert verify.root_from_proof(leaves[index], wrong, n, proof) != tree.root


def test_the_tree_is_that_of_certificate_transparency():
    """The roots that RFC 6962's reference implementation gives for its eight test leaves."""
    data = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [verify.leaf_hash(bytes.fromhex(text)) for text in data]
    assert verify.tree_root(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def with_cells(tmp_path, **cells):
    path = tmp_path / "cells.csv"
    rows = [event(0, **cells)]
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return run_query(read_exports([path], uses_cache=False))


@pytest.mark.parametrize(
    ("withheld", "cells", "column"),
    [
        ("Initiator", {"Initiator": "CORP\\ada", "CustomValues": '{"user":"CORP\\\\ada"}'}, "CustomValues"),
        ("Initiator", {"Initiator": 'Sean "Bono"', "CustomValues": '{"by":"Sean \\"Bono\\""}'}, "CustomValues"),
        ("Initiator", {"Initiator": "jürg@x", "CustomValues": '"{\\"u\\":\\"j\\\\u00fcrg@x\\"}"'}, "CustomValues"),
        ("Initiator", {"Initiator": "Al", "EventDescription": "Al did it"}, "EventDescription"),
        ("Initiator", {"Initiator": " padded@x.org ", "EventDescription": "by padded@x.org"}, "EventDescription"),
        ("Initiator", {"Initiator": "straßemann", "EventDescription": "by STRASSEMANN"}, "EventDescription"),
        ("Initiator", {"Initiator": "jose\u0301@x.org", "EventDescription": "by josé@x.org"}, "EventDescription"),
        ("Initiator", {"Initiator": '{"name":"eve@x.org"}', "EventDescription": "by eve@x.org"}, "EventDescription"),
        ("Initiator", {"Initiator": "eve@x.org", "EventDescription": "user=eve%40x.org&x=1"}, "EventDescription"),
        ("Initiator", {"Initiator": "Ann & Söhne", "EventDescription": "by Ann &amp; S&#246;hne"}, "EventDescription"),
        ("Initiator", {"Initiator": "eve@x.org", "CustomValues": '{"k":"a/ZXZlQHgub3Jn"}'}, "CustomValues"),
        ("Initiator", {"Initiator": "1985-07-23", "CustomValues": '{"k":"MTk4NS0wNy0yMw=="}'}, "CustomValues"),
        ("Initiator", {"Initiator": "eve@x.org", "EventDescription": "x 65766540782E6F7267"}, "EventDescription"),
        ("UpdatedState", {"UpdatedState": '{"eve@x.org":{}}', "EventDescription": "by eve@x.org"}, "EventDescription"),
        ("UpdatedState", {"UpdatedState": '{"pin":"73519"}', "EventDescription": "pin 73519"}, "EventDescription"),
        ("UpdatedState", {"UpdatedState": '{"pin":73519}', "EventDescription": "pin 73519"}, "EventDescription"),
        ("UpdatedState", {"UpdatedState": '{"who":"eve@x.or', "EventDescription": "by eve@x.or"}, "EventDescription"),
        ("UpdatedState", {"UpdatedState": '"{\\"w\\":\\"eve@x\\"}"', "EventDescription": "eve@x"}, "EventDescription"),
    ],
)  # fmt: skip
def test_what_is_withheld_is_withheld_in_every_spelling_and_column(tmp_path, withheld, cells, column):
    choices = PackageChoices(disclosure=Disclosure(b"s" * 32, frozenset({withheld})))
    bag = write_package(tmp_path / "bag", with_cells(tmp_path, **cells), NOW, choices).path
    (record,) = [json.loads(line) for line in (bag / "data" / "records.jsonl").read_text().splitlines()]
    fields = {field["column"]: field for field in record["fields"]}
    assert "digest" in fields[withheld] and "digest" in fields[column]
    assert "text" in fields["EventType"] and "text" in fields["OperationStatus"]  # nothing is withheld beyond need


def test_a_short_withheld_text_is_a_word_of_its_own(tmp_path):
    cells = {"Initiator": "Al", "EventDescription": "also"}
    choices = PackageChoices(disclosure=Disclosure(b"s" * 32, frozenset({"Initiator"})))
    bag = write_package(tmp_path / "bag", with_cells(tmp_path, **cells), NOW, choices).path
    assert '"text":"also"' in (bag / "data" / "records.jsonl").read_text()


def rezipped(path, change):
    """Write an archive again from its entries as (name, bytes), as another program could."""
    with zipfile.ZipFile(path) as opened:
        entries = change([(info.filename, opened.read(info)) for info in opened.infolist()])
    listed = [(name, len(data), zlib.crc32(data)) for name, data in entries]
    pieces = []
    for (header, name, _), data in zip(verify.zip_headers(listed), [d for _, d in entries] + [b""], strict=True):
        pieces += [header, data if name else b""]
    path.write_bytes(b"".join(pieces))


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: [(n, d.replace(b"ada", b"eve")) for n, d in entries if n.endswith("events.csv")] + entries,
        lambda entries: entries[::-1],
        lambda entries: [("../" + n.split("/", 1)[1], d) for n, d in entries],
        lambda entries: [("/" + n.split("/", 1)[1], d) for n, d in entries],
        lambda entries: [("C:/" + n.split("/", 1)[1], d) for n, d in entries],
    ],
)
def test_an_archive_of_another_structure_does_not_hold(tmp_path, failures, change):
    path = write_package(tmp_path / "bag.zip", failures, NOW).path
    rezipped(path, lambda entries: entries)
    assert verify_package(str(path)).holds
    rezipped(path, change)
    assert not verify_package(str(path)).holds


@pytest.mark.parametrize(
    "change",
    [
        lambda seal: seal["signature"].update(algorithm="none"),
        lambda seal: seal["signature"].update(value=seal["signature"]["value"].upper()),
        lambda seal: seal["signature"].update(signer="The CEO"),
        lambda seal: seal.update(more="x"),
    ],
)
def test_a_seal_in_another_form_does_not_hold(tmp_path, failures, key, change):
    bag = write_package(tmp_path / "bag", failures, NOW, PackageChoices(key=key)).path
    seal = json.loads((bag / "seal.json").read_bytes())
    del seal["digest"]
    change(seal)
    seal["digest"] = hashlib.sha256(verify.canonical(seal)).hexdigest()
    (bag / "seal.json").write_bytes(verify.canonical(seal))
    assert not verify_package(str(bag), key.fingerprint).holds


@pytest.mark.parametrize(
    "change",
    [
        lambda statement: statement["counts"].update(records=12345),
        lambda statement: statement["query"].update(words="all events"),
        lambda statement: statement["query"].update(options="--status success"),
        lambda statement: statement["sources"][0].update(encoding="latin-1"),
        lambda statement: statement["sources"][0].update(bytes=1),
        lambda statement: statement.update(more="x"),
        lambda statement: statement["sources"][0].pop("path"),
        lambda statement: statement["sources"][0].update(path="bagit.txt"),
        lambda statement: statement.pop("query"),
        lambda statement: statement["query"].update(saved={"predicates": 5}),
        lambda statement: statement["counts"].update(events=None),
        lambda statement: statement["sources"][0].update(records={}),
    ],
)
def test_a_statement_that_says_what_is_not_so_does_not_hold_and_breaks_nothing(tmp_path, failures, change):
    bag = write_package(tmp_path / "bag", failures, NOW).path
    statement = json.loads((bag / "statement.json").read_bytes())
    change(statement)
    stated = verify.canonical(statement)
    (bag / "statement.json").write_bytes(stated)
    seal = json.loads((bag / "seal.json").read_bytes())
    seal.update(statement_sha256=hashlib.sha256(stated).hexdigest())
    del seal["digest"]
    seal["digest"] = hashlib.sha256(verify.canonical(seal)).hexdigest()
    (bag / "seal.json").write_bytes(verify.canonical(seal))
    text = (bag / "tagmanifest-sha256.txt").read_text().splitlines()
    lines = [
        f"{hashlib.sha256(stated).hexdigest()}  statement.json" if "statement.json" in line else line for line in text
    ]
    (bag / "tagmanifest-sha256.txt").write_text("".join(f"{line}\n" for line in lines))
    found = verify_package(str(bag))
    rerun_package(bag, found)
    assert not found.holds


def test_names_that_cannot_be_are_refused_before_anything_is_written(tmp_path, failures):
    with pytest.raises(NotWrittenError, match="too long"):
        write_package(tmp_path / ("b" * 250), failures, NOW)
    assert [p.name for p in tmp_path.iterdir()] == ["export one.csv"]
