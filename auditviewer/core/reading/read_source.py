"""What a reading process does with one file: expand, tell what it is, read, digest, account."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from auditviewer.core.errors import NotAnExportError, UnreadableExportError
from auditviewer.core.progress import Progress
from auditviewer.core.reading.containers import open_contents
from auditviewer.core.reading.csv_layout import find_layout
from auditviewer.core.reading.csv_parsers import NotBelieved
from auditviewer.core.reading.csv_source import FAST_FROM_BYTES, ContentRead, read_carefully, read_csv_fast
from auditviewer.core.reading.detect import (
    HEAD_BYTES,
    Encoding,
    find_encoding,
    guess_encoding,
    looks_binary,
    refuse_unknown,
)
from auditviewer.core.reading.digest import RunningDigest
from auditviewer.core.reading.expanding import Opened
from auditviewer.core.reading.files import remove_folder
from auditviewer.core.reading.json_source import looks_like_json, read_json_carefully, read_json_fast
from auditviewer.core.reading.reading import Content
from auditviewer.core.source_file import file_state, open_source


def read_source(path: Path, folder: Path, progress: Progress, digest: RunningDigest | None = None) -> dict[str, Any]:
    """Read one file into stores under the folder; return its account as JSON values.

    ``digest`` is the file's, where it was started already.

    Raises
    ------
    UnreadableExportError
        Nothing of it could be read, or it changed meanwhile.
    """
    before = file_state(path)
    digest = digest or RunningDigest(path)
    if digest.started_at() not in (before, None):
        raise _changed(path)
    spool = folder / "spool"
    spool.mkdir()
    contents: list[dict[str, Any]] = []
    errors: list[UnreadableExportError] = []
    try:
        for number, opened in enumerate(open_contents(path, spool, progress)):
            if isinstance(opened, UnreadableExportError):
                errors.append(opened)
                continue
            try:
                contents.append(_read_content(opened, folder, number, progress))
            except UnreadableExportError as error:
                errors.append(error)
            if not opened.is_in_file:
                opened.content.path.unlink(missing_ok=True)
    except Exception:
        if file_state(path) != before:
            raise _changed(path) from None
        raise
    finally:
        remove_folder(spool)
    sha256 = digest.result()
    if file_state(path) != before:
        raise _changed(path)
    if not contents:
        failures = [error for error in errors if not isinstance(error, NotAnExportError)]
        raise (failures or errors or [NotAnExportError(f"{path} holds no export.")])[0]
    told = [[error.sentence, error.hint, error_code(error)] for error in errors]
    return {"sha256": sha256, "size_bytes": before.size, "contents": contents, "errors": told}


def _changed(path: Path) -> UnreadableExportError:
    return UnreadableExportError(f"{path} changed while it was read.", "Open it again when nothing writes to it.")


def error_code(error: Exception) -> str:
    """Return the code of the notice that tells of what could not be read."""
    return "not_an_export" if isinstance(error, NotAnExportError) else "unreadable_source"


def read_content(content: Content, folder: Path, progress: Progress) -> tuple[ContentRead, Encoding]:
    """Read a content of either format into the folder's store.

    Raises
    ------
    UnreadableExportError
        It is neither.
    """
    guess = guess_encoding(content)
    if guess is not None and guess.name == "utf-8" and not content.is_truncated:
        try:
            return _read_fast(content, guess, folder, progress), guess
        except NotBelieved:
            for left in folder.glob("*.arrow"):
                left.unlink()
    encoding = find_encoding(content, progress)
    head = _head_text(content, encoding)
    if looks_like_json(head) and not looks_binary(head[:4096]):
        with _json_refused():
            return read_json_carefully(content, encoding, folder, progress), encoding
    layout = find_layout(head_lines(head, content.size_bytes > HEAD_BYTES), content.name)
    if layout is None:
        raise refuse_unknown(content, head)
    return read_carefully(content, encoding, layout, folder, progress), encoding


def _read_fast(content: Content, encoding: Encoding, folder: Path, progress: Progress) -> ContentRead:
    if content.size_bytes < FAST_FROM_BYTES:
        raise NotBelieved("too small to be worth it")
    head = _head_text(content, encoding)
    if looks_like_json(head):
        with _json_refused():
            return read_json_fast(content, encoding, folder, progress)
    layout = find_layout(head_lines(head, True), content.name)
    if layout is None:
        raise NotBelieved("no header")
    return read_csv_fast(content, layout, folder, progress)


@contextlib.contextmanager
def _json_refused() -> Iterator[None]:
    """Tell JSON that is something else from an export that cannot be read; the JSON reader refuses for that alone."""
    try:
        yield
    except UnreadableExportError as error:
        raise NotAnExportError(error.sentence, error.hint) from None


def head_lines(head: str, is_cut: bool) -> list[str]:
    """Return the physical lines of a content's first text, as the careful reader sees them."""
    lines = head.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if is_cut and len(lines) > 1:
        lines.pop()
    if lines and lines[0].startswith("\ufeff"):
        lines[0] = lines[0][1:]
    return lines[:64]


def _read_content(opened: Opened, folder: Path, number: int, progress: Progress) -> dict[str, Any]:
    store_folder = folder / f"content-{number:04d}"
    store_folder.mkdir()
    try:
        read, encoding = read_content(opened.content, store_folder, progress)
    except UnreadableExportError:
        remove_folder(store_folder)
        raise
    notices = [asdict(n) for n in (*encoding.notices, *read.notices)]
    if opened.damage is not None:
        notices.append(
            {
                "code": "damaged_container",
                "message": f"Only what was whole was read: {opened.damage}.",
                "count": 1,
                "path": str(opened.content.name),
            }
        )
    elif read.format == "csv" and read.events and not _ends_a_line(opened.content.path):
        words = "The last line has no end, as in a file that was cut off: see whether its last record is whole."
        notices.append({"code": "no_line_end", "message": words, "count": 1, "path": str(opened.content.name)})
    unit = read.offset_unit if opened.is_in_file else "bytes of the expanded content"
    return {
        "member": opened.content.member, "compression": opened.compression, "encoding": encoding.shown,
        "format": read.format, "records": read.records, "events": read.events, "rejected": read.rejected,
        "rejects": [asdict(r) for r in read.rejects], "notices": notices, "times": read.times,
        "columns": list(read.columns), "store": read.store, "folder": store_folder.name, "offset_unit": unit,
        "reader": read.reader,
    }  # fmt: skip


def _ends_a_line(path: Path) -> bool:
    """Return whether the last letter of a CSV, of whatever width, ends a line."""
    with open_source(path) as file:
        file.seek(max(file.seek(0, os.SEEK_END) - 4, 0))
        return file.read().strip(b"\x00").endswith((b"\n", b"\r"))


def _head_text(content: Content, encoding: Encoding) -> str:
    with open_source(content.path) as file:
        file.seek(encoding.bom_bytes)
        head = file.read(HEAD_BYTES)
    return head.decode(encoding.name, "replace")
