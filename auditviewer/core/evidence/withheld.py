"""What is withheld, in whatever way it is spelled: the texts that must stand nowhere in what is disclosed."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable, Iterator

from auditviewer.core.errors import WrongUsageError

_SHORTEST_INSIDE = 6
_MOST_STRINGS = 10_000
_EVERYDAY = frozenset(
    {
        "success", "failure", "warning", "inProgress", "tenant-user", "system-user", "system", "external-system",
        "vsa-user", "anonymous", "user", "organization", "scope", "globalScope", "userScope", "k1Scope", "epbAsset",
        "ebpPolicy", "ebpPolicyThreshold", "epbRestore", "epbReport", "deploymentToken", "cooperbotK1AccessGroups",
        "cooperbotK1User", "true", "false", "null",
    }
)  # fmt: skip
"""The export's own words, which give nothing away."""


class _TooDeep(Exception):
    """A text holds more texts within texts than are looked into."""


class HiddenTexts:
    """The texts that must stand nowhere in what is shown, compared without regard to case, form or white space.

    A long text is looked for anywhere, a short one as a word of its own: “Al” in “Al did it”, not in “also”.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        folded = {_folded(text) for text in texts} - {""}
        self._long: dict[str, list[str]] = {}
        for text in folded:
            if len(text) >= _SHORTEST_INSIDE:
                self._long.setdefault(text[:_SHORTEST_INSIDE], []).append(text)
        short = "|".join(re.escape(text) for text in sorted(folded) if len(text) < _SHORTEST_INSIDE)
        self._short = re.compile(rf"(?<!\w)(?:{short})(?!\w)") if short else None

    def is_in(self, text: str | None) -> bool:
        """Return whether a text holds one of them, as it stands or as JSON, an address, HTML or base64 spells it."""
        try:
            return bool(text) and any(map(self._is_in_view, map(_folded, _views(text or ""))))
        except _TooDeep:
            return True  # what cannot be looked through is not shown

    def _is_in_view(self, view: str) -> bool:
        for at in range(len(view) - _SHORTEST_INSIDE + 1 if self._long else 0):
            words = self._long.get(view[at : at + _SHORTEST_INSIDE])
            if words is not None and any(view.startswith(word, at) for word in words):
                return True
        return self._short is not None and self._short.search(view) is not None


def withheld_words(text: str, is_state: bool) -> Iterator[str]:
    """Yield what a withheld field gives away: its text and, where it is JSON or was, the texts in it.

    Raises
    ------
    WrongUsageError
        There are too many texts within texts to look for all of them elsewhere.
    """
    if not is_state:
        yield text
    try:
        for inner, is_key in _strings_in(text):
            is_telling = not _NAME.fullmatch(inner) if is_key else inner not in _EVERYDAY and len(inner) > 1
            if is_telling:
                yield inner
    except _TooDeep:
        raise WrongUsageError(
            "A field that is to be withheld holds more texts within texts than can be looked for elsewhere.",
            "Leave its record out.",
        ) from None


def _views(text: str) -> Iterator[str]:
    """Yield a text and what it says where it is JSON, or JSON inside of JSON; each also without what encodes it."""
    yield from _decoded(text)
    if "\\" in text or '"' in text:
        strings = [inner for inner, _ in _strings_in(text)]
        for inner in strings:
            yield from _decoded(inner)
        yield " ".join(strings)


def _decoded(text: str) -> Iterator[str]:
    """Yield a text as it stands, and with percent-encoding, HTML's entities, base64 and hexadecimal undone."""
    yield text
    if "%" in text:
        yield urllib.parse.unquote_plus(text)
    if "&" in text:
        yield html.unescape(text)
    for match in _RUN.finditer(text):
        run = match[0].replace("-", "+").replace("_", "/")
        pieces = [run[start:] for start in range(4)]
        for data in (*map(_of_base64, pieces), _of_hex(match[0])):
            decoded = data.decode("utf-8", "ignore")
            if len(decoded) >= len(data) - 4:
                yield decoded


def _of_base64(text: str) -> bytes:
    whole = text[:-1] if len(text) % 4 == 1 else text
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _of_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text[: len(text) // 2 * 2])
    except ValueError:
        return b""


def _strings_in(text: str) -> Iterator[tuple[str, bool]]:
    """Yield (text, whether it is a key) of each text and number in JSON, also inside its texts, whole or broken."""
    pending = [text]
    for _ in range(_MOST_STRINGS):
        if not pending:
            return
        one = pending.pop()
        for match in _LITERAL.finditer(one):
            literal = match[1] if match[1] is not None else match[3]
            if match[1] is None:
                yield literal, False
                continue
            try:
                decoded = json.loads(f'"{literal}"', strict=False)
            except ValueError:
                decoded = literal
            yield decoded, match[2] is not None
            if decoded != one and ("\\" in decoded or '"' in decoded):
                pending.append(decoded)
    raise _TooDeep


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


# A JSON string, closed or cut off, and whether it is a key; or a number of four digits or more.
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|$)(\s*:)?|(?<![\w"])(-?\d[\d.eE+-]{3,})', re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z_]*[0-9]?")
# What may be base64 or hexadecimal: long enough to hold a text that is looked for.
_RUN = re.compile(r"[A-Za-z0-9+/_-]{8,}")
