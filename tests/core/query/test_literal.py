"""Finding a literal in raw bytes, held against a plain loop over the cells: every length, sieve, block and border."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditviewer.core import native
from auditviewer.core.query import literal as room
from auditviewer.core.query.literal import Finder, Literal, Scanner, Sieve, choose_sieve, texts_of

CELLS = st.lists(
    st.none() | st.text("ab", max_size=90) | st.text("abAB é\n\0{@`[Z", max_size=20) | st.just("abé\0" * 20),
    min_size=1,
    max_size=25,
)
BLOCKS = st.sampled_from([2, 16, 64, 1 << 20])


@pytest.fixture(autouse=True)
def never_too_common(monkeypatch):
    monkeypatch.setattr(room, "_DENSE", 0)


def array_of(cells):
    return pa.array(cells, pa.large_string())


def held(cells, sought, is_folded=False):
    def fold(text):
        return text.lower() if is_folded else text

    return [cell is not None and fold(sought) in fold(cell.encode()) for cell in cells]


def found(array, sieve, block=1 << 20):
    kept, room._BLOCK = room._BLOCK, block
    try:
        mask = Finder(sieve).find(texts_of(array))
    finally:
        room._BLOCK = kept
    return None if mask is None else mask.tolist()


def draw_sought(data, cells, is_folded):
    """Return 1 to 64 bytes: a part of the cells, often across the border of two, or any others."""
    whole = "".join(cell or "" for cell in cells).encode()
    if is_folded:
        whole = bytes(byte for byte in whole if byte < 128).swapcase()
    size = data.draw(st.sampled_from([1, 2, 2, 3]) | st.integers(1, 64))
    if len(whole) >= size and data.draw(st.integers(0, 4)):
        start = data.draw(st.sampled_from([0, len(whole) - size]) | st.integers(0, len(whole) - size))
        return whole[start : start + size]
    return data.draw(st.binary(min_size=size, max_size=size)).translate(bytes(range(128)) * 2)


@given(CELLS, BLOCKS, st.booleans(), st.data())
def test_the_chosen_sieve_finds_what_each_cell_holds(cells, block, is_folded, data):
    sought = draw_sought(data, cells, is_folded)
    sieve = choose_sieve(Literal(sought, is_folded), texts_of(array_of(cells)).sample())
    mask = found(array_of(cells), sieve, block)
    if mask is None:  # one cell is longer than the block
        assert len(sought) <= 2 and max(len((cell or "").encode()) for cell in cells) > block
    else:
        assert mask == held(cells, sought, is_folded)


@pytest.mark.skipif(not native.is_there(), reason="built without a C compiler")
@given(CELLS, st.integers(0, 3), st.booleans(), st.data())
def test_the_compiled_function_finds_what_each_cell_holds(cells, n_before, is_folded, data):
    sought = draw_sought(data, cells, is_folded)
    texts = texts_of(array_of(["ab" * 20] * n_before + cells).slice(n_before))
    sample = data.draw(st.sampled_from([texts.sample(), texts.data[:1]]))
    assert Scanner(Literal(sought, is_folded), sample).find(texts).tolist() == held(cells, sought, is_folded)


@given(CELLS, BLOCKS, st.booleans(), st.data())
def test_every_possible_sieve_finds_the_same(cells, block, is_folded, data):
    sought = draw_sought(data, cells, is_folded)
    if len(sought) < 3:
        return
    width = data.draw(st.sampled_from([1, 2]))
    places = tuple(
        tuple(sorted(data.draw(st.sets(st.sampled_from(range(first, len(sought) - width + 1, width)), min_size=1))))
        for first in range(width)
    )
    sieve = Sieve(Literal(sought, is_folded), width, places)
    assert found(array_of(cells), sieve, block) == held(cells, sought, is_folded)


@given(st.lists(st.text("ab", max_size=6), min_size=3, max_size=12), st.integers(0, 2), st.data())
def test_a_slice_is_searched_from_where_it_starts_to_where_it_ends(cells, low, data):
    sought = data.draw(st.text("ab", min_size=1, max_size=4)).encode()
    array = array_of(cells).slice(low, len(cells) - low - 1)
    sieve = choose_sieve(Literal(sought), texts_of(array).sample())
    assert found(array, sieve) == held(cells[low:-1], sought)


@pytest.mark.parametrize("sought", [b"n", b"ne", b"nee", b"need", b"needle", b"needless", b"needle" * 9])
def test_first_and_last_byte_empty_cells_and_nulls(sought):
    text = sought.decode()
    cells = [text, "", f"{text} and", None, f"and {text}", text[:-1], text[-1:], "", f"x{text[1:]}", text * 2, ""]
    sieve = choose_sieve(Literal(sought), texts_of(array_of(cells)).sample())
    assert found(array_of(cells), sieve) == held(cells, sought)


def test_bytes_under_a_null_are_not_a_cell():
    whole = array_of(["needle", "x", "needle"])
    valid = pa.array([False, True, True]).buffers()[1]
    array = pa.Array.from_buffers(pa.large_string(), 3, [valid, *whole.buffers()[1:]])
    for sought in (b"n", b"needle"):
        assert found(array, choose_sieve(Literal(sought), texts_of(array).sample())) == [False, False, True]


def test_a_sign_that_only_looks_like_another_case_is_another_sign():
    cells = ["a@b", "a`b", "A@B", "a\0b", "a b", "a[b", "a{b"]
    for sought in (b"a@b", b"A`B", b"a\0b", b"a b", b"a[b", b"a@", b"@b", b"A`", b"\0b", b" b", b"a ", b"[B", b"a{"):
        sieve = choose_sieve(Literal(sought, is_folded=True), texts_of(array_of(cells)).sample())
        assert found(array_of(cells), sieve) == held(cells, sought, is_folded=True)


def test_one_finder_serves_arrays_of_every_size():
    finder = Finder(choose_sieve(Literal(b"needle", is_folded=True), np.empty(0, np.uint8)))
    short, long = ["a needle", "x"], ["xneedl" * 300, "x" * 2_500_001 + "NEEDLE", "nee", None]
    for cells in (short, long, short, [], [None], ["NeEdLe" + "y" * 50] * 3, ["\U0001f600needle"]):
        assert finder.find(texts_of(array_of(cells))).tolist() == ["needle" in (cell or "").lower() for cell in cells]


def test_what_is_too_common_is_given_up(monkeypatch):
    monkeypatch.setattr(room, "_DENSE", 64)
    cells = ["ab" * 400_000] * 2
    assert found(array_of(cells), choose_sieve(Literal(b"bab"), texts_of(array_of(cells)).sample())) is None


def test_the_sieve_is_of_what_is_rare_in_the_sample():
    sample = np.frombuffer(b"authentication of the userAgent " * 2000, np.uint8)
    assert choose_sieve(Literal(b"nationz"), sample).places == ((6,),)
    common = np.frombuffer(b"retent tention  on " * 2000 + b"x", np.uint8)
    kinds = choose_sieve(Literal(b"retention"), common)
    assert sum(map(len, kinds.places)) > kinds.width  # one word alone would let much through
