"""Tracking numbers: unguessable, checkable, speakable (S4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.identifiers import (
    ALPHABET,
    LENGTH,
    keyed,
    parse_tracking_number,
    random_entropy,
    same,
    spoken,
    token,
    tracking_number,
)

ENTROPY = st.binary(min_size=10, max_size=32)


@given(ENTROPY)
def test_a_number_is_read_back_however_it_is_written(entropy: bytes) -> None:
    number = tracking_number(entropy)
    assert (len(number), set(number) <= set(ALPHABET)) == (LENGTH, True)
    heard = spoken(number).lower().replace("0", "o").replace("1", "l")
    for written in (number, spoken(number), f" {heard} ", number.replace("1", "I"), number + "\u3000"):
        assert parse_tracking_number(written) == number


@given(ENTROPY, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_every_single_wrong_letter_is_noticed(entropy: bytes, place: int, letter: str) -> None:
    number = tracking_number(entropy)
    wrong = number[:place] + letter + number[place + 1 :]
    assert (parse_tracking_number(wrong) is None) == (wrong != number)


@given(ENTROPY, st.integers(0, LENGTH - 2))
def test_swapped_neighbours_are_noticed_but_for_the_first_and_last_letter_of_the_alphabet(
    entropy: bytes, place: int
) -> None:
    number = tracking_number(entropy)
    left, right = number[place], number[place + 1]
    swapped = number[:place] + right + left + number[place + 2 :]
    if left != right and {left, right} != {ALPHABET[0], ALPHABET[-1]}:
        assert parse_tracking_number(swapped) is None


@pytest.mark.parametrize("text", ["", "x", "0" * 16, "U" * 17, "é" * 17, "0" * 10_000, "\x00", "\ud83d" * 17])
def test_anything_else_is_no_number(text: str) -> None:
    assert parse_tracking_number(text) is None


@given(st.lists(ENTROPY, min_size=2, max_size=2, unique_by=lambda entropy: entropy[:10]))
def test_other_entropy_is_another_number(entropies: list[bytes]) -> None:
    assert tracking_number(entropies[0]) != tracking_number(entropies[1])


def test_too_little_entropy_is_refused() -> None:
    with pytest.raises(ValueError, match="ten bytes"):
        tracking_number(b"nine byte")


def test_what_is_random_is_not_repeated() -> None:
    assert len({random_entropy() for _ in range(100)}) == 100


@given(
    st.lists(st.text(max_size=5), min_size=1, max_size=3),
    st.lists(st.text(max_size=5), min_size=1, max_size=3),
)
def test_a_keyed_digest_stands_for_its_parts(left: list[str], right: list[str]) -> None:
    plain = all("\x1f" not in part for part in (*left, *right))
    if plain:
        assert (keyed(b"k", "p", *left) == keyed(b"k", "p", *right)) == (left == right)
    assert keyed(b"k", "p", *left) != keyed(b"k", "q", *left)
    assert keyed(b"k", "p", *left) != keyed(b"j", "p", *left)


def test_a_token_has_128_bits_and_fits_an_address() -> None:
    assert len(token(bytes(range(32)))) == 22


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [("a", "a", True), ("a", b"a", True), ("a", "b", False), ("", "a", False), ("\ud83d", "\ud83d", True)],
)
def test_secrets_are_compared_whatever_they_consist_of(left: str, right: str | bytes, equal: bool) -> None:
    assert same(left, right) is equal
