"""A cursor means one position to one caller of one list (OWASP API1)."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.errors import InvalidInput
from hotline.edges.cursor import seal, unseal

KEY = b"sub-key for cursors, 32 bytes lo"
POSITION = {"pk": "U#110101001", "sk": "1767225600#0041061050R3GG28A"}
BINDING = ("GET /desk/orders", "agency:110101001", "status=waiting")


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=6))
def test_every_position_comes_back_as_it_was(position: dict[str, str]) -> None:
    assert unseal(seal(position, KEY, *BINDING), KEY, *BINDING) == position


def test_it_is_fit_for_a_query_string_and_short() -> None:
    cursor = seal(POSITION, KEY, *BINDING)
    assert cursor.isascii()
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert len(cursor) < 128


@given(st.data())
def test_no_single_letter_can_be_changed(data: st.DataObject) -> None:
    cursor = seal(POSITION, KEY, *BINDING)
    place = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_"))
    changed = cursor[:place] + letter + cursor[place + 1 :]
    if changed != cursor:
        with pytest.raises(InvalidInput):
            unseal(changed, KEY, *BINDING)


@pytest.mark.parametrize(
    "binding",
    [
        ("GET /desk/orders", "agency:110102002", "status=waiting"),
        ("GET /desk/orders", "agency:110101001", "status=working"),
        ("GET /referrals", "agency:110101001", "status=waiting"),
        ("GET /desk/orders", "agency:110101001status=waiting"),
        (),
    ],
    ids=["other caller", "other filter", "other list", "parts run together", "nothing"],
)
def test_it_is_refused_elsewhere(binding: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput):
        unseal(seal(POSITION, KEY, *BINDING), KEY, *binding)


def test_it_is_refused_under_another_key() -> None:
    with pytest.raises(InvalidInput):
        unseal(seal(POSITION, KEY, *BINDING), b"another key", *BINDING)


@pytest.mark.parametrize(
    "forged",
    ["", "%%%", "翻页", "A", "A" * 100_000, base64.urlsafe_b64encode(b'{"pk":"A#1"}').decode(), "=="],
)
def test_anything_else_is_refused_with_a_sentence_on_the_field(forged: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        unseal(forged, KEY, *BINDING)
    (error,) = refusal.value.facts["errors"]
    assert error["field"] == "cursor"
