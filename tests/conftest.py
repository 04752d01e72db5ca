"""What every test needs: no display, and own files in a temporary place."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # nothing here is a timed test, on a busy machine least of all
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def own_places(tmp_path_factory, monkeypatch):
    """Give each test its own configuration and cache folders."""
    place = tmp_path_factory.mktemp("own")
    monkeypatch.setenv("AUDITVIEWER_CONFIG_DIR", str(place / "config"))
    monkeypatch.setenv("AUDITVIEWER_CACHE_DIR", str(place / "cache"))
    return place
