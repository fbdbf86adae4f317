"""What a citizen may send: S10, S25, S26 of FAULTS."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from hotline.domain.appeal import TEXT_LIMIT, AppealType, Contact, Line, RegisterAppeal, clean_text, headline
from tests.unit.builders import appeal


def refused(**changes: Any) -> bool:
    try:
        appeal(**changes)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    "text",
    [
        "nul \x00 inside",
        "escape \x1b[31m red",
        "next line \x85",
        "delete \x7f",
        "override \u202e drawkcab",
        "isolate \u2066 x \u2069",
        "half a surrogate \ud83d",
    ],
    ids=ascii,
)
def test_what_changes_how_a_text_is_read_is_refused(text: str) -> None:
    assert refused(text=text)
    assert refused(place={"address_text": text})
    assert refused(fields={"pole": text})


@pytest.mark.parametrize(
    "text",
    [
        "路灯坏了 💡👨‍👩‍👧‍👦",
        "𠮷野家门口，𬇙𬍛",
        "مرحبا بكم",
        "第一行\n第二行\t制表",
        "〇〇号楼（北侧）",
    ],
)
def test_what_people_write_stays_as_they_meant_it(text: str) -> None:
    assert appeal(text=text).text == text


def test_one_letter_is_one_letter_however_it_was_typed() -> None:
    assert clean_text("cafe\u0301") == "caf\u00e9"


def test_line_ends_become_one_kind_and_the_edges_are_trimmed() -> None:
    assert appeal(text="  a\r\nb\rc\n ").text == "a\nb\nc"


def test_the_length_is_counted_in_characters() -> None:
    assert len(appeal(text="𠮷" * TEXT_LIMIT).text) == TEXT_LIMIT
    assert refused(text="𠮷" * (TEXT_LIMIT + 1))
    assert refused(text="x" * 50_000)


@pytest.mark.parametrize("blank", ["", "   ", "\n\n"])
def test_nothing_said_is_no_appeal(blank: str) -> None:
    assert refused(text=blank)
    assert refused(contact={"name": blank, "phone": "13800138000"})


@pytest.mark.parametrize("text", ["two\nlines", "two\u2028lines", "a\ttab"])
def test_a_line_is_one_line(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Line).validate_python(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "closed"},
        {"appeal_id": "X"},
        {"channel": "fax"},
        {"language": "fr"},
        {"type": "praise"},
        {"service_code": "../x"},
        {"fields": {"a b": "1"}},
        {"fields": {"colour": ["white"] * 31}},
        {"fields": {f"f{number}": "1" for number in range(31)}},
    ],
    ids=str,
)
def test_unknown_fields_and_values_are_refused(changes: dict[str, Any]) -> None:
    assert refused(**changes)


@pytest.mark.parametrize("kind", AppealType)
def test_the_five_types_are_known_by_the_laws_words_too(kind: AppealType) -> None:
    assert RegisterAppeal(type=kind.name_zh, text="x").type is kind  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "contact", [{}, {"name": "王"}, {"phone": "call me"}, {"email": "x@"}, {"email": "a@b"}]
)
def test_a_contact_must_be_a_way_to_reach_somebody(contact: dict[str, Any]) -> None:
    assert refused(contact=contact)


def test_an_email_hides_nothing() -> None:
    assert refused(contact={"email": "a\u202eb@example.com"})
    assert Contact(email="Wang@Example.com").identity == "wang@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "请联系我 13800138000，路灯坏了",
        "请联系我 138 0013 8000，路灯坏了",
        "请联系我 138-0013-8000，路灯坏了",
        "请联系我 138.0013.8000，路灯坏了",
        "请联系我 １３８００１３８０００，路灯坏了",
        "请联系我 (010) 8765 4321，路灯坏了",
    ],
)
def test_a_headline_shows_no_phone(text: str) -> None:
    assert sum(character.isdigit() for character in headline(text)) == 0
    assert headline(text).endswith("路灯坏了")


@given(st.lists(st.sampled_from(["13800138000", "，", "灯", "。"]), max_size=60))
def test_no_cut_brings_part_of_a_phone_into_a_headline(parts: list[str]) -> None:
    shown = headline("".join(parts))
    assert len(shown) <= 24
    assert not any(character.isdigit() for character in shown)


def test_hostile_texts_cost_no_time() -> None:
    started = perf_counter()
    for hostile in ("1 " * 2000, "1" * 4000, "(" * 4000, "1-" * 1999 + "x"):
        headline(hostile)
        refused(contact={"phone": hostile, "email": hostile})
    assert perf_counter() - started < 0.5
