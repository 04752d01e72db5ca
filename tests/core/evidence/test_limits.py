"""A full disk and a withdrawn permission: a clear sentence, the old file as it was, and nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMMANDS = {
    "export": ["export", "SAMPLE", "-o", "old", "--format", "csv"],
    "workbook": ["export", "SAMPLE", "-o", "old", "--format", "xlsx"],
    "report": ["report", "SAMPLE", "-o", "old.html"],
    "pdf": ["report", "SAMPLE", "-o", "old.pdf"],
    "package": ["package", "SAMPLE", "-o", "new"],
    "archive": ["package", "SAMPLE", "-o", "new.zip"],
    "sheet": ["sample", "SAMPLE", "--seed", "1", "--size", "3", "-o", "old"],
    "case": ["case", "new", "new.avcase", "SAMPLE"],
    "note": ["case", "note", "old.avcase", "x", "--status", "warning"],
    "journal": ["case", "journal", "old.avcase", "-o", "old"],
    "key": ["key", "new", "--no-passphrase", "--file", "new.pem"],
}
# Root may write anywhere; without this capability it is as everybody else (capabilities(7), PR_CAPBSET_DROP).
WITHOUT_RIGHTS = """
import ctypes, os, sys
for capability in (1, 2):
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-m", "auditviewer", *sys.argv[1:]])
"""


def test_no_size_at_which_the_disk_is_full_and_no_kill_leaves_a_half():
    command = [sys.executable, "tests/benchmarks/torture_evidence.py", "--places", "0", "--kills", "2", "--sizes", "24"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("said, and the old as it was") == 6 and done.stdout.count("nothing half") == 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from auditviewer.cli.main import main
    from auditviewer.paths import resource_path

    place = tmp_path_factory.mktemp("closed")
    assert main(["case", "new", str(place / "old.avcase"), str(resource_path("sample")), "--no-cache"]) == 0
    for name in ("old", "old.html", "old.pdf"):
        (place / name).write_bytes(b"old")
    (place / ".old.avcase.lock").unlink()
    return place


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_withdrawn_permission_ends_in_a_sentence_and_the_old_file_is_intact(folder, name):
    from auditviewer.paths import resource_path

    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    arguments = [str(resource_path("sample")) if word == "SAMPLE" else word for word in COMMANDS[name]]
    folder.chmod(0o555)
    try:
        command = [sys.executable, "-c", WITHOUT_RIGHTS, *arguments, *([] if name == "key" else ["--no-cache"])]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    finally:
        folder.chmod(0o755)
    said = done.stderr.strip().splitlines()
    assert done.returncode in (2, 3) and len(said) == 1 and said[0].startswith("auditviewer: "), done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
