"""The wheel holds what the program needs beside its code, and finds it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ASK = """
import sys
sys.path.insert(0, sys.argv[1])
import auditviewer
from auditviewer.core.catalogue import load_catalogue
from auditviewer.paths import resource_path
assert auditviewer.__file__.startswith(sys.argv[1]), auditviewer.__file__
assert resource_path("icons/open.svg").read_text(encoding="utf-8").startswith("<svg")
assert resource_path("icons/open.svg").is_relative_to(sys.argv[1])
assert len(load_catalogue().categories) == 9
from auditviewer.core import native
assert native.is_there() == (sys.argv[2] == "True")
print(len(list(resource_path("sample").glob("*.csv"))))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    project = tmp_path_factory.mktemp("project")
    for name in ("pyproject.toml", "README.md", "LICENSE", "hatch_build.py"):
        shutil.copy(ROOT / name, project)
    for name in ("auditviewer", "resources"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__", "_native.*"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(project / "dist"), project]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (built,) = (project / "dist").glob("*.whl")
    return built


def test_the_wheel_finds_its_icons_its_catalogue_and_its_sample(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    has_compiler = any(map(shutil.which, ("cc", "gcc", "clang"))) and os.environ.get("AUDITVIEWER_NATIVE") != "0"
    asked = subprocess.run(
        [sys.executable, "-c", ASK, str(tmp_path), str(has_compiler)],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert asked.stdout.strip() == "8"


def test_the_wheel_holds_the_package_alone(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"auditviewer"}


def test_a_wheel_with_compiled_functions_is_for_its_kind_of_machine_alone(wheel):
    with zipfile.ZipFile(wheel) as archive:
        is_compiled = any(Path(name).name.startswith("_native.") for name in archive.namelist())
    assert wheel.name.endswith("-py3-none-any.whl") != is_compiled
