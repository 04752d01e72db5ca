"""Text made fit to be shown: what cannot be seen becomes visible, what only looks like something else is marked."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core.display import fit_to_print, fit_to_print_json, fit_to_show, has_mixed_scripts

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("<b>bold</b> &amp; %s{0}", "<b>bold</b> &amp; %s{0}"),
        ("\x1b[31mred\x07", "␛[31mred␇"),
        ("a\nb\r\tc\x7f", "a⏎b␍⇥c␡"),
        ("a\0b", "a␀b"),
        ("\u202eabc\u202c", "⟨U+202E⟩abc⟨U+202C⟩"),
        ("a\u200bb\u200d\ufeff", "a⟨U+200B⟩b⟨U+200D⟩⟨U+FEFF⟩"),
        ("\ud800x", "⟨U+D800⟩x"),
        ("\x9b31m\x85", "⟨U+009B⟩31m⟨U+0085⟩"),
        ("a\u00a0b\u2003c", "a⍽b⟨U+2003⟩c"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("né 端 😀 \u3000", "né 端 😀 \u3000"),
    ],
)
def test_text_is_shown_for_what_it_is(text, shown):
    assert fit_to_show(text) == fit_to_print(text) == shown


def test_no_character_that_cannot_be_seen_is_left():
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        name = unicodedata.name(char, "")
        is_sign = "NUMBER" in name or "MARK" in name or "SIGN" in name or "AYAH" in name  # of the kind Cf, and visible
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and not (is_sign and code > 0x5FF):
            assert fit_to_show(char) != char, f"U+{code:04X} {name}"
        if unicodedata.category(char) == "Zs" and char not in " \u3000":
            assert fit_to_show(char) != char


def test_long_text_is_cut_and_says_so():
    assert fit_to_show("x" * 600) == "x" * 512 + "…"
    assert fit_to_print("x" * 600) == "x" * 600


@given(ANY_TEXT, ANY_TEXT)
def test_json_made_safe_for_a_terminal_means_the_same(key, value):
    text = json.dumps({key: [value]}, ensure_ascii=False, indent=2)
    safe = fit_to_print_json(text)
    assert json.loads(safe) == {key: [value]}
    assert all(fit_to_print(line) == line for line in safe.split("\n"))
    safe.encode("utf-8")


@pytest.mark.parametrize(
    "text",
    ["р\u0430ypal", "аdmin", "Αdmin", "ａdmin", "\U0001d41admin", "user аdmin x", "Delete сосо", "ΤΟΜ is here"],
)
def test_look_alike_letters_are_marked(text):
    assert has_mixed_scripts(text)


@pytest.mark.parametrize(
    "text",
    ["admin", "Zoë Ünal", "Отдел IT", "Администратор", "Ελλάδα", "端末 A1", "iPhoneケース", "ΑΒΓ", "сосо", "", "5 €"],
)
def test_text_of_one_script_is_not_marked(text):
    assert not has_mixed_scripts(text)
