"""The files that paths and folders name, each once; and removing what is ours."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditviewer.core.errors import UnreadableExportError


@dataclass(frozen=True)
class Files:
    """The files that some paths name, each once, and what could not be looked into."""

    paths: tuple[Path, ...]
    in_folders: frozenset[Path]
    """Those that were found in a folder, not named."""
    problems: tuple[UnreadableExportError, ...] = ()


def find_files(paths: Sequence[Path]) -> Files:
    """Return the files that the paths name: folders give the files in them, in order of name, each file once."""
    files: dict[tuple[int, int] | str, Path] = {}
    found_in: set[Path] = set()
    problems: list[UnreadableExportError] = []
    for path in paths:
        if os.path.isdir(path):  # not Path.is_dir, which raises where the way there is closed
            found = _files_of(path, problems)
        else:
            found = [path]
        for file in found:
            if files.setdefault(_identity(file), file) is file and file is not path:
                found_in.add(file)
    return Files(tuple(files.values()), frozenset(found_in), tuple(problems))


def _files_of(folder: Path, problems: list[UnreadableExportError]) -> list[Path]:
    found: list[Path] = []

    def note(error: OSError) -> None:
        words = f"The folder {error.filename} cannot be looked into: {error.strerror}."
        problems.append(UnreadableExportError(words, "Ask for permission to read it."))

    n_before = len(problems)
    for root, folders, names in os.walk(folder, followlinks=False, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        candidates = [Path(root, name) for name in sorted(names) if not name.startswith(".")]
        found += [path for path in candidates if os.path.isfile(path)]
    if not found and len(problems) == n_before:
        problems.append(UnreadableExportError(f"The folder {folder} holds no files.", "Choose one with exports."))
    return found


def _identity(path: Path) -> tuple[int, int] | str:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return str(path)
    return (found.st_dev, found.st_ino) if found.st_ino else str(path.resolve())


def remove_folder(folder: Path) -> None:
    """Remove a folder of our own and all in it, whatever is left of it."""
    for _ in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.02)  # a process that was just ended may have put one more file there
