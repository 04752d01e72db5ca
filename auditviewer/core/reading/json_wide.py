"""Contents of other encodings as UTF-8 in a file of our own, and offsets in it as offsets in the source."""

from __future__ import annotations

import codecs
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from auditviewer.core.progress import Progress
from auditviewer.core.reading.detect import Encoding
from auditviewer.core.reading.reading import Content
from auditviewer.core.source_file import open_source

_CHUNK = 1 << 20
Offsets = npt.NDArray[np.int64]


class SourceOffsets:
    """Turns offsets in the UTF-8 of a content into offsets in its source.

    Parameters
    ----------
    path
        The UTF-8.
    starts
        (n, 2): offsets in the UTF-8 and in the source at which pieces start.
    width
        Bytes of a character in the source; UTF-16 takes twice that outside of the basic plane.
    """

    def __init__(self, path: Path, starts: list[tuple[int, int]], encoding: str) -> None:
        self._path = path
        self._starts = np.array(starts, dtype=np.int64).reshape(-1, 2)
        self._width = 4 if "32" in encoding else 2 if "16" in encoding else 1
        self._has_pairs = "16" in encoding

    def __call__(self, offsets: Offsets) -> Offsets:
        """Return the offsets in the source, (n,)."""
        found = np.empty_like(offsets)
        pieces = np.maximum(np.searchsorted(self._starts[:, 0], offsets, side="right") - 1, 0)
        with self._path.open("rb") as file:
            for piece in np.unique(pieces):
                rows = np.flatnonzero(pieces == piece)
                start, source = self._starts[piece]
                file.seek(int(start))
                wanted = offsets[rows] - start
                found[rows] = source + self._source_bytes(file.read(int(wanted.max())))[wanted]
        return found

    def _source_bytes(self, text: bytes) -> Offsets:
        """Return how many bytes of the source stand before each byte of a text, and before its end."""
        data = np.frombuffer(text, dtype=np.uint8)
        widths = ((data & 0xC0) != 0x80).astype(np.int64) * self._width
        if self._has_pairs:
            widths += (data >= 0xF0) * self._width
        return np.concatenate([[0], np.cumsum(widths)])


def transcoded(content: Content, encoding: Encoding, folder: Path, progress: Progress) -> tuple[Content, SourceOffsets]:
    """Write a content as UTF-8 without a byte-order mark; return it, and what turns its offsets into the source's.

    What the encoding cannot mean (half a surrogate pair, a unit out of range, an odd last byte) becomes bytes that
    UTF-8 cannot mean either, so that the record it stands in is rejected.
    """
    target = folder / "transcoded"
    decoder = codecs.getincrementaldecoder(encoding.name)(_lenient(encoding.name))
    starts: list[tuple[int, int]] = []
    written, read = 0, encoding.bom_bytes
    with open_source(content.path) as source, target.open("wb") as out:
        source.seek(encoding.bom_bytes)
        is_last = False
        while not is_last:
            chunk = source.read(_CHUNK)
            is_last = not chunk
            starts.append((written, read - len(decoder.getstate()[0])))
            piece = decoder.decode(chunk, is_last).encode("utf-8", "surrogatepass")
            out.write(piece)
            read += len(chunk)
            written += len(piece)
            progress.check()
    return replace(content, path=target, size_bytes=written), SourceOffsets(target, starts, encoding.name)


def _lenient(name: str) -> str:
    codecs.register_error("auditviewer-half", _as_half)
    return "auditviewer-half" if name.startswith("utf") else "strict"


def _as_half(error: UnicodeError) -> tuple[str, int]:
    """Stand half a surrogate pair, which UTF-8 cannot hold, in the place of what cannot be decoded."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udfff", error.end
