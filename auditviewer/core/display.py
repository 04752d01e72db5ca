"""Text made fit to be shown: control and invisible characters visible, length bounded. Values are never changed."""

from __future__ import annotations

import re
import unicodedata

CELL_LIMIT = 512
"""A table cell shows at most this many characters."""

# Controls, format characters (bidirectional overrides, zero-width), surrogates, line separators, what is no character,
# and what looks like a space and is none. The wide space of Chinese and Japanese (U+3000) stays.
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\xa0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\ud800-\udfff"
    "\U00013430-\U00013438\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_UNFIT_BUT_LINES = re.compile(rf"(?!\n){_UNFIT.pattern}")
_NAMED = {"\n": "⏎", "\r": "␍", "\t": "⇥", "\u00a0": "⍽"}


def fit_to_show(text: str, limit: int | None = CELL_LIMIT) -> str:
    """Return the text on one line with every invisible character made visible, cut at ``limit`` characters."""
    is_cut = limit is not None and len(text) > limit
    shown = _UNFIT.sub(_visible, text[:limit] if is_cut else text)
    return shown + "…" if is_cut else shown


def fit_to_print(text: str) -> str:
    """Return the text safe for a terminal: no escapes, no control characters, nothing invisible."""
    return fit_to_show(text, None)


def fit_to_print_json(text: str) -> str:
    """Return JSON text that is safe for a terminal and means the same: what is unfit is escaped (RFC 8259)."""
    return _UNFIT_BUT_LINES.sub(_escaped, text)


def has_mixed_scripts(text: str) -> bool:
    """Return whether a word mixes scripts whose letters look alike, or looks Latin in a Latin text and is not."""
    if text.isascii():
        return False
    words = [(word, _scripts(word)) for word in re.findall(r"\w+", text)]
    if any(len(scripts) > 1 for _, scripts in words):
        return True
    has_latin = any("LATIN" in scripts for _, scripts in words)
    return has_latin and any(len(word) > 2 and _looks_latin(word) for word, _ in words)


_SCRIPTS = frozenset(
    ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "DESERET", "FULLWIDTH", "MATHEMATICAL")
)
_LATIN_IN_LOOKS = frozenset("АВЕЅІЈКМНОРСТУХаеорсухіјѕԁһԛԝӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲνυ")


def _scripts(word: str) -> frozenset[str]:
    return _SCRIPTS & {unicodedata.name(ch, "").split(" ", 1)[0] for ch in word if ch.isalpha()}


def _looks_latin(word: str) -> bool:
    """Return whether all letters of a word only look like Latin ones."""
    return all(ch in _LATIN_IN_LOOKS for ch in word)


def _escaped(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _visible(match: re.Match[str]) -> str:
    char = match.group()
    if char in _NAMED:
        return _NAMED[char]
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"⟨U+{code:04X}⟩"
