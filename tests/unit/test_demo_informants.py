"""What gives a confidential informant away in a message to an agency, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from infrastructure.demo.informants import Informant
from infrastructure.demo.staff import RELEASED
from tests.unit.builders_demo import message

BODY = {
    "text": "夜里两点有人往河里倒油漆，我住六楼看得见",
    "place": {"subdistrict": "110101001", "address_text": "甲3号"},
    "contact": {"phone": "19900100007"},
    "about_agency": "tax",
}
INFORMANT = Informant.of(BODY, "问题还在，请再来看看。")


@pytest.mark.parametrize(
    "facts",
    [
        {"text": BODY["text"]},
        {"text": "据反映，有人往河里倒油漆"},
        {"notes": ["问题还在，请再来看看。"]},
        {"place": {"address_text": "甲3号"}},
        {"contact": {"phone": "+8619900100007"}},
        {"somewhere": {"deep": [{"in": "我住六楼看得见"}]}},
    ],
)
def test_words_and_phone_are_found_wherever_they_stand(facts: dict[str, Any]) -> None:
    assert INFORMANT.leaks_in(message("dispatched", **facts)) is not None


@pytest.mark.parametrize(
    "facts",
    [
        {"text": RELEASED},
        {"text": "河里有油漆"},
        {"place": {"subdistrict": "110101001"}},
        {"service": {"name_zh": "夜里两点有人往河里倒油漆"}},
    ],
)
def test_what_the_hotline_released_tells_nothing(facts: dict[str, Any]) -> None:
    assert INFORMANT.leaks_in(message("dispatched", confidential=True, **facts)) is None


def test_english_words_need_a_longer_run() -> None:
    informant = Informant(("They burn old tyres behind the school.",), None, None)
    assert informant.leaks_in({"text": "somebody burns old paint"}) is None
    assert informant.leaks_in({"text": "fire behind the school"}) == " behind the "


def test_who_left_no_phone_and_said_next_to_nothing_cannot_be_given_away() -> None:
    assert Informant.of({"text": "甲"}).leaks_in({"text": "甲乙丙"}) is None
