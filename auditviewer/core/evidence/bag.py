"""Where the files of a bag go: into a folder, each on the disk when it is written, or only into their digests."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from auditviewer.core.errors import UnreadableExportError
from auditviewer.core.progress import Progress
from auditviewer.core.source_file import open_source
from auditviewer.core.writing.files import write_digested
from auditviewer.core.writing.formats import DigestSink

_CHUNK = 1 << 20


class Folder:
    """A bag that is written into a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, name: str, write: Any) -> dict[str, Any]:
        """Write one file; return its entry in the statement."""
        path = self._path.joinpath(*name.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w+b") as file:
            size, digest = write_digested(file, write)
        return {"path": name, "bytes": size, "sha256": digest}

    def copy(self, entry: dict[str, Any], path: Path, progress: Progress) -> dict[str, Any]:
        """Copy a source; return its entry in the statement."""

        def copy(file: BinaryIO) -> None:
            done = 0
            with open_source(path) as source:
                while chunk := source.read(_CHUNK):
                    file.write(chunk)
                    done += len(chunk)
                    progress.report("copying sources", done, entry["bytes"])

        if not path.exists():
            raise UnreadableExportError(f"The source {path} is gone.", "Put it back where it was.")
        written = self.write(entry["path"], copy)
        if written["sha256"] != entry["sha256"]:
            raise UnreadableExportError(f"The source {path} is not the file any more that was read.", "Open it again.")
        return written


class Digests:
    """A bag that is only hashed."""

    def write(self, name: str, write: Any) -> dict[str, Any]:
        """Hash one file; return its entry in the statement."""
        sink = DigestSink()
        write(sink)
        return {"path": name, "bytes": sink.size, "sha256": sink.sha256.hexdigest()}

    def copy(self, entry: dict[str, Any], _path: Path, _progress: Progress) -> dict[str, Any]:
        """Return a source's entry in the statement."""
        return {"path": entry["path"], "bytes": entry["bytes"], "sha256": entry["sha256"]}
