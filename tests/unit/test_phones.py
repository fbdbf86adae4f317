"""Telephone numbers as citizens write them."""

from __future__ import annotations

import pytest

from hotline.domain.phones import e164, masked, takes_texts


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "013800138000",
        "8613800138000",
        "+86 138 0013 8000",
        "+86 (0) 13800138000",
        "008613800138000",
        "１３８００１３８０００",
        "138\u30000013\u30008000",
    ],
)
def test_a_mainland_mobile_is_one_number_however_it_is_written(written: str) -> None:
    assert e164(written) == "+8613800138000"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("010-12345678", "+861012345678"),
        ("(010) 1234 5678", "+861012345678"),
        ("+86 10 12345678", "+861012345678"),
        ("021-12345678", "+862112345678"),
        ("0755-12345678", "+8675512345678"),
        ("0310-1234567", "+863101234567"),
        ("86 755 12345678", "+8675512345678"),
    ],
)
def test_a_landline_needs_its_area_code(written: str, number: str) -> None:
    assert e164(written) == number


@pytest.mark.parametrize("written", ["+852 2123 4567", "+1 202-555-0100", "+44 20 7946 0000"])
def test_a_number_from_abroad_passes(written: str) -> None:
    number = e164(written)
    assert number is not None
    assert number == "+" + "".join(letter for letter in written if letter.isdigit())


@pytest.mark.parametrize(
    "written",
    [
        "",
        "12345",
        "110",
        "12345678",
        "12800138000",
        "1380013800",
        "138001380001",
        "+8612345",
        "+0123456789",
        "+1234567890123456",
        "010-12345678转801",
        "١٣٨٠٠١٣٨٠٠٠",
        "+86" + "1" * 10_000,
        "not a number",
    ],
)
def test_what_cannot_be_called_is_no_number(written: str) -> None:
    assert e164(written) is None


def test_only_mainland_landlines_take_no_texts() -> None:
    assert takes_texts("+8613800138000")
    assert takes_texts("+85221234567")
    assert not takes_texts("+861012345678")


@pytest.mark.parametrize(
    ("recipient", "shown"),
    [
        ("13800138000", "138****8000"),
        ("+8613800138000", "+86138****8000"),
        ("zhang@example.com", "z***@example.com"),
        ("1234567", "****"),
        ("", "****"),
    ],
)
def test_who_knows_a_recipient_recognises_it_and_nobody_else(recipient: str, shown: str) -> None:
    assert masked(recipient) == shown
