"""Where our own files live: folders that the environment may name, and resources however the program is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from auditviewer import paths


@pytest.mark.parametrize(
    ("folder", "variable"),
    [(paths.config_dir, "AUDITVIEWER_CONFIG_DIR"), (paths.cache_dir, "AUDITVIEWER_CACHE_DIR")],
)
def test_the_environment_names_a_folder_and_else_it_is_the_users_own(folder, variable, monkeypatch, tmp_path):
    monkeypatch.setenv(variable, str(tmp_path / "mine"))
    assert folder() == tmp_path / "mine"
    monkeypatch.setenv(variable, "")
    assert folder().is_absolute()
    assert "auditviewer" in folder().parts


def test_state_lives_in_the_named_configuration_folder_and_else_in_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("AUDITVIEWER_CONFIG_DIR", str(tmp_path))
    assert paths.state_dir().parent == tmp_path
    monkeypatch.delenv("AUDITVIEWER_CONFIG_DIR")
    assert "auditviewer" in paths.state_dir().parts


def test_an_own_catalogue_is_looked_for_in_the_configuration_folder(own_places):
    assert paths.user_catalogue_path() == own_places / "config" / "catalogue.toml"


def test_asking_for_a_folder_makes_nothing(own_places):
    for folder in (paths.config_dir, paths.cache_dir, paths.state_dir):
        assert not folder().exists()


def test_a_resource_is_found_in_this_installation_and_a_missing_one_has_a_path():
    assert paths.resource_path("catalogue.toml").is_file()
    assert not paths.resource_path("nothing.svg").exists()


def test_a_resource_is_found_in_the_folder_of_a_bundle(monkeypatch, tmp_path):
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "catalogue.toml").touch()
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.resource_path("catalogue.toml") == tmp_path / "resources" / "catalogue.toml"


@pytest.mark.parametrize("home", ["auditviewer/resources", "resources"])
def test_a_resource_is_found_in_a_wheel_and_in_a_checkout(tmp_path, home, monkeypatch):
    package = tmp_path / "auditviewer"
    package.mkdir()
    (tmp_path / home).mkdir()
    (tmp_path / home / "a.svg").touch()
    monkeypatch.setattr(paths, "__file__", str(package / "paths.py"))
    assert paths.resource_path("a.svg") == tmp_path / home / "a.svg"


def test_importing_it_does_not_import_platformdirs():
    code = "import sys, auditviewer.paths; sys.exit('platformdirs' in sys.modules)"
    subprocess.run([sys.executable, "-S", "-c", code], check=True, cwd=Path(paths.__file__).parents[1])
