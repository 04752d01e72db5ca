"""What a content is: its encoding and whether it is CSV or JSON. By content, never by name, never in silence."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from auditviewer.core.errors import NotAnExportError, UnreadableExportError
from auditviewer.core.progress import Progress
from auditviewer.core.reading.reading import Content
from auditviewer.core.source_file import open_source
from auditviewer.core.table import Notice

HEAD_BYTES = 1 << 20
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip

_NAMES = re.compile(rb"timestamp|workflowid|eventtype", re.IGNORECASE)
"""Names of columns in ASCII: what holds one is not UTF-16 or UTF-32, however many zeros follow."""


@dataclass(frozen=True)
class Encoding:
    """A content's encoding, the bytes of its byte-order mark, and what the user should know of how it was told."""

    name: str
    bom_bytes: int = 0
    notices: tuple[Notice, ...] = ()
    has_invalid: bool = False
    """Whether some bytes are not of this encoding; their records are rejected."""

    @property
    def shown(self) -> str:
        """The name for the account."""
        return f"{self.name} with BOM" if self.bom_bytes else self.name


def guess_encoding(content: Content) -> Encoding | None:
    """Return the encoding as far as the first bytes tell it, None when only the whole content can.

    A guess of UTF-8 must be borne out by whoever reads the rest: every byte of it checked.
    """
    with open_source(content.path) as file:
        head = file.read(HEAD_BYTES)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return Encoding(name, len(bom))
    if wide := _without_bom(head[:4096]):
        notice = Notice("encoding", f"The file has no byte-order mark and was read as {wide}.", 1, content.name)
        return Encoding(wide, 0, (notice,))
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return None
    return Encoding("utf-8")


def find_encoding(content: Content, progress: Progress) -> Encoding:
    """Return the encoding: by byte-order mark, by the zeros of UTF-16 and 32, by strict UTF-8, else Windows-1252."""
    guess = guess_encoding(content)
    if guess is not None and guess.name != "utf-8":
        return guess
    invalid, multibyte = _count_utf8(content.path, progress)
    if not invalid:
        return guess or Encoding("utf-8")
    if multibyte >= invalid or (guess is not None and guess.bom_bytes):
        return Encoding("utf-8", guess.bom_bytes if guess else 0, has_invalid=True)
    return _single_byte(content)


def looks_binary(head: str) -> bool:
    """Return whether decoded text is full of control characters that no export holds."""
    controls = sum(1 for ch in head if ch < " " and ch not in "\t\n\r\x0b\x0c\x1a\x1e")
    return controls > max(8, len(head) // 20)


def refuse_unknown(content: Content, head: str) -> UnreadableExportError:
    """Return the error that says what a content is when it is no audit export."""
    label = content.name if content.member is None else f"{content.name} » {content.member}"
    start = head.lstrip("\ufeff \t\r\n").lower()
    if not start:
        return UnreadableExportError(f"{label} holds only blank lines.", "Download the export again.")
    if start.startswith(("<!doctype html", "<html")):
        return UnreadableExportError(
            f"{label} is a web page, not an audit export.", "Perhaps the session had expired; download it again."
        )
    if start.startswith("<?xml"):
        return NotAnExportError(f"{label} is an XML document, not an audit export.")
    if looks_binary(head):
        return NotAnExportError(f"{label} is not a text file.")
    return NotAnExportError(
        f"{label} is not an audit export: no line names its columns (Id, Timestamp, WorkflowId, ...)."
    )


def _without_bom(head: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 without a byte-order mark by where their zero bytes stand."""
    if len(head) < 4 or 0 not in head or _NAMES.search(head):
        return None
    head = head[: len(head) // 4 * 4]
    zeros = [head[i::4].count(0) / (len(head) / 4) for i in range(4)]
    if zeros[1] > 0.9 and zeros[2] > 0.9 and zeros[3] > 0.9 and zeros[0] < 0.2:
        return "utf-32-le"
    if zeros[0] > 0.9 and zeros[1] > 0.9 and zeros[2] > 0.9 and zeros[3] < 0.2:
        return "utf-32-be"
    if min(zeros[1], zeros[3]) > 0.6 and max(zeros[0], zeros[2]) < 0.2:
        return "utf-16-le"
    if min(zeros[0], zeros[2]) > 0.6 and max(zeros[1], zeros[3]) < 0.2:
        return "utf-16-be"
    return None


def _count_utf8(path: Path, progress: Progress) -> tuple[int, int]:
    """Return how many places are not UTF-8, and how many letters of several bytes are; stops counting at 1,000."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    invalid = multibyte = 0
    with open_source(path) as file:
        while chunk := file.read(4 << 20):
            progress.check()
            if chunk.isascii() and not decoder.getstate()[0]:
                continue
            text = decoder.decode(chunk)
            if text.isascii():
                continue
            whole = text.encode("utf-8", "ignore").decode("utf-8")  # without what stands for invalid bytes
            invalid += len(text) - len(whole)
            multibyte += len(whole) - len(whole.encode("ascii", "ignore"))
            if invalid > 1000 and multibyte < invalid:
                break
    tail = decoder.decode(b"", final=True)
    return invalid + len(tail), multibyte


def _single_byte(content: Content) -> Encoding:
    undefined = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
    name, words = "cp1252", "Windows-1252"
    with open_source(content.path) as file:
        while chunk := file.read(4 << 20):
            if any(byte in chunk for byte in undefined):
                name, words = "latin-1", "Latin-1 (ISO 8859-1)"
                break
    message = f"The file is not UTF-8; it was read as {words}. Look at its accented letters before you rely on them."
    return Encoding(name, 0, (Notice("encoding", message, 1, content.name),))
