"""Where our own files live; the only user of platformdirs.

``AUDITVIEWER_CONFIG_DIR`` and ``AUDITVIEWER_CACHE_DIR`` in the environment take the place of the usual folders.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_APP = "auditviewer"


def config_dir() -> Path:
    """Return the folder of what the user set: settings, and an own catalogue. It may not exist yet."""
    if given := os.environ.get("AUDITVIEWER_CONFIG_DIR"):
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_config_dir(_APP, appauthor=False))


def cache_dir() -> Path:
    """Return the folder of what can be made again: exports that were read. It may not exist yet."""
    if given := os.environ.get("AUDITVIEWER_CACHE_DIR"):
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_cache_dir(_APP, appauthor=False))


def state_dir() -> Path:
    """Return the folder of what is kept from one run to the next: recent files, geometry. It may not exist yet."""
    if given := os.environ.get("AUDITVIEWER_CONFIG_DIR"):
        return Path(given) / "state"
    import platformdirs

    return Path(platformdirs.user_state_dir(_APP, appauthor=False))


def user_catalogue_path() -> Path:
    """Return where a user's own extension of the catalogue is looked for."""
    return config_dir() / "catalogue.toml"


def resource_path(relative: str) -> Path:
    """Return the path of a file that ships with the program, in a wheel, a checkout or a bundle alike.

    Where it is not there, the path of where it would be.
    """
    package = Path(__file__).parent
    homes = [package / "resources", package.parent / "resources"]
    if bundle := getattr(sys, "_MEIPASS", None):
        homes = [Path(bundle) / "resources"]
    for home in homes:
        if (home / relative).exists():
            return home / relative
    return homes[-1] / relative
