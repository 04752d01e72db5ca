"""Text made fit to be shown: control and invisible characters visible, length bounded. Values are never changed."""

from __future__ import annotations

import re
import unicodedata

CELL_LIMIT = 512
"""A table cell shows at most this many characters."""

# Controls, format characters (bidirectional overrides, zero-width), surrogates, private use, line separators.
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ud800-\udfff\U000e0000-\U000e0fff]"
)
_NAMED = {"\n": "⏎", "\r": "␍", "\t": "⇥"}


def fit_to_show(text: str, limit: int | None = CELL_LIMIT) -> str:
    """Return the text on one line with every invisible character made visible, cut at ``limit`` characters."""
    is_cut = limit is not None and len(text) > limit
    shown = _UNFIT.sub(_visible, text[:limit] if is_cut else text)
    return shown + "…" if is_cut else shown


def fit_to_print(text: str) -> str:
    """Return the text safe for a terminal: no escapes, no control characters, nothing invisible."""
    return fit_to_show(text, None)


def fit_json_to_print(text: str) -> str:
    """Return sound JSON text with escapes for what a terminal would obey or not show; it says the same."""
    return _UNFIT.sub(_escaped, text)


def has_mixed_scripts(text: str) -> bool:
    """Return whether a word of the text mixes Latin with Cyrillic or Greek letters, which look alike."""
    return any(len(_scripts(word)) > 1 for word in re.findall(r"\w+", text)) if not text.isascii() else False


def _scripts(word: str) -> set[str]:
    names = (unicodedata.name(ch, "") for ch in word if ch.isalpha())
    return {name.split(" ")[0] for name in names} & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}


def _escaped(match: re.Match[str]) -> str:
    char = match.group()
    if char in "\n\r\t":  # between the values of sound JSON
        return char
    units = char.encode("utf-16-be", "surrogatepass")
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
