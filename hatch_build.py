"""Builds the compiled functions of the package where there is a C compiler; without one the package works, slower.

    python hatch_build.py

builds them in place by hand, which an editable install does once. See ``auditviewer/core/native``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface as _Hook
except ImportError:  # by hand, in an environment that builds nothing else
    _Hook = object

FOLDER = Path(__file__).parent / "auditviewer" / "core" / "native"
FLAGS = ("-std=gnu11", "-O2", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra")


def build_native(*more_flags: str) -> Path | None:
    """Return the library, built of the C sources; None where no compiler is found or it fails."""
    library = FOLDER / {"win32": "_native.dll", "darwin": "_native.dylib"}.get(sys.platform, "_native.so")
    wanted = os.environ.get("CC", "").split() or next(
        ([found] for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), []
    )
    sources = sorted(str(path) for path in FOLDER.glob("*.c"))
    if not wanted or not sources:
        return None
    # A library that is in use is replaced, never written over.
    fresh = library.with_name(f"{library.name}.{os.getpid()}")
    try:
        subprocess.run([*wanted, *FLAGS, *more_flags, "-shared", "-o", str(fresh), *sources], check=True)
        fresh.replace(library)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"The compiled functions are left out: {error}", file=sys.stderr)
        fresh.unlink(missing_ok=True)
        return None
    return library


class NativeHook(_Hook):  # type: ignore[misc, valid-type]
    """Puts the library into the wheel, which is then one for this kind of machine alone."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files of the package are gathered."""
        if self.target_name != "wheel":
            return
        library = build_native()
        if library is None:
            return
        build_data["artifacts"].append(f"/{library.relative_to(self.root).as_posix()}")
        if version != "editable":
            from packaging.tags import platform_tags

            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{next(platform_tags())}"


if __name__ == "__main__":
    sys.exit(0 if build_native() else 1)
