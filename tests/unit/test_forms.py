"""What an HTML form sends becomes text and commands; what no form sends is refused."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.errors import InvalidInput
from hotline.edges.forms import FIELDS, read_form

NAMES = st.from_regex(r"[a-z][a-z_]{0,10}(\.[A-Za-z0-9._-]{1,10})?", fullmatch=True)
TYPED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"))


@given(st.dictionaries(NAMES, st.lists(TYPED, min_size=1, max_size=3), max_size=20))
def test_what_a_browser_sends_comes_back_as_it_was_typed(typed: dict[str, list[str]]) -> None:
    form = read_form(urlencode(typed, doseq=True))
    assert {name: list(form.chosen(name)) for name in form} == typed


def test_emoji_rare_han_and_plus_signs_stay_and_line_ends_become_one_character() -> None:
    form = read_form("text=%F0%A0%AE%B7%F0%9F%92%A1+%2B1%0D%0Atwo%0Dthree")
    assert form.text("text") == "\U00020bb7\U0001f4a1 +1\ntwo\nthree"


def test_blank_inputs_are_left_out_of_the_command_and_dots_nest() -> None:
    form = read_form("text=a&contact.phone=138&contact.name=+&place.address_text=&other=x")
    names = ("text", "contact.phone", "contact.name", "place.address_text", "missing")
    assert form.command(*names) == {"text": "a", "contact": {"phone": "138"}}


def test_an_input_that_was_not_sent_is_empty() -> None:
    form = read_form("")
    assert (len(form), form.text("text"), form.chosen("text")) == (0, "", ())


@pytest.mark.parametrize(
    "body",
    [
        "text=%",
        "text=%G0",
        "text=%FF",
        "text=%ED%A0%80",
        "text=%00",
        "Text=a",
        "=a",
        "a" * 41 + "=a",
        "a[b]=c",
        "&".join("text=a" for _ in range(FIELDS + 1)),
    ],
)
def test_what_no_form_of_ours_sends_is_refused_without_repeating_it(body: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_form(body)
    assert refused.value.facts["errors"] == [
        {"field": "body", "message": "不是有效的表单", "message_en": "is not a valid form"}
    ]
