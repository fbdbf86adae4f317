"""接: registering an appeal, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from hotline.domain.appeal import AppealType, RegisterAppeal
from hotline.domain.errors import IdempotencyKeyReused, InvalidInput, Unavailable
from hotline.domain.identifiers import parse_tracking_number
from hotline.domain.tokens import key_hash
from tests.unit.builders import NOON, Hotline, appeal
from tests.unit.builders_directory import CITY, EAST, RIVERSIDE, WEST, tiny_parts
from tests.unit.fakes import refuse


def wrong_fields(command: RegisterAppeal, hotline: Hotline | None = None) -> list[str]:
    hotline = hotline or Hotline()
    with pytest.raises(InvalidInput) as refusal:
        hotline.register(command)
    assert hotline.cases.items == {}
    return [error["field"] for error in refusal.value.facts["errors"]]


def with_questions() -> Hotline:
    parts = tiny_parts()
    lamp = next(each for each in parts["core"]["services"] if each["service_code"] == "street.lamp")
    lamp["fields"] = [
        {"code": code, "name_zh": code, "name_en": code, "datatype": kind, "required": required, "order": 1}
        | {"values": [{"key": key, "name_zh": key, "name_en": key} for key in values]}
        for code, kind, required, values in (
            ("pole", "string", True, ()),
            ("colour", "multivaluelist", False, ("white", "yellow")),
        )
    ]
    lamp["types"] = ["complaint", "help"]
    return Hotline(parts)


# --- the receipt -----------------------------------------------------------------------------------


def test_the_receipt_has_number_key_and_the_limit_with_its_rule() -> None:
    hotline = Hotline()
    receipt = hotline.register()
    assert parse_tracking_number(receipt.tracking_number_spoken) == receipt.tracking_number
    assert hotline.case(receipt.tracking_number).key_hash == key_hash(receipt.secret_key)
    assert [(due.clock, due.due_at, due.rule_id) for due in receipt.due] == [
        ("dispatch", NOON + timedelta(hours=24), "sla-1/general/dispatch")
    ]
    assert receipt.emergency is None


def test_the_words_are_kept_apart_from_the_case() -> None:
    hotline = Hotline()
    command = appeal(text="我家住 3 号楼，电话 13800138000", fields={})
    receipt = hotline.register(command)
    words = hotline.words.words(receipt.tracking_number)
    assert (words.text, words.place, words.contact) == (command.text, command.place, command.contact)
    stored = str(hotline.cases.items)
    assert "13800138000" not in stored
    assert "王女士" not in stored


def test_emergency_words_are_answered_with_the_numbers_and_recorded() -> None:
    hotline = Hotline()
    receipt = hotline.register(appeal(text="三楼着火了，有人昏迷"))
    assert receipt.emergency is not None
    assert receipt.emergency.numbers == ("119", "120")
    assert "119/120" in receipt.emergency.advice_zh
    assert hotline.names(receipt.tracking_number) == ["AppealRegistered", "EmergencyHandedOff"]


def test_a_hazard_that_only_sounds_like_an_emergency_is_none() -> None:
    assert Hotline().register(appeal(text="楼道有火灾隐患")).emergency is None


def test_the_tier_of_the_service_sets_the_limit_and_the_default_service_where_none_is_known() -> None:
    assert Hotline().register(appeal(service_code="water.outage")).due[0].rule_id == "sla-1/urgent/dispatch"
    assert Hotline().register(appeal(service_code=None)).due[0].rule_id == "sla-1/general/dispatch"


# --- once (FAULTS F1–F4) ---------------------------------------------------------------------------


def test_the_same_key_and_body_give_the_same_receipt_and_one_appeal() -> None:
    hotline = Hotline()
    first = hotline.register(appeal(text="着火"), key="a-key-of-mine")
    hotline.clock.pass_(hours=3)
    assert hotline.register(appeal(text="着火"), key="a-key-of-mine") == first
    assert len(hotline.cases.items) == hotline.cases.writes == 1


def test_a_replay_finds_its_appeal_whatever_has_happened_to_it_since() -> None:
    hotline = Hotline()
    first = hotline.register(key="a-key-of-mine")
    hotline.dispatch(hotline.event(first.tracking_number, "AppealRegistered"))
    assert hotline.register(key="a-key-of-mine") == first


def test_a_lost_acknowledgement_is_made_good_by_the_retry() -> None:
    hotline = Hotline()
    hotline.cases.lose_acknowledgements = 1
    with pytest.raises(Unavailable):
        hotline.register(key="a-key-of-mine")
    receipt = hotline.register(key="a-key-of-mine")
    assert list(hotline.cases.items) == [receipt.tracking_number]


def test_a_write_that_never_arrived_leaves_nothing_behind() -> None:
    hotline = Hotline()
    hotline.cases.before_save.append(refuse(Unavailable("dynamodb")))
    with pytest.raises(Unavailable):
        hotline.register(key="a-key-of-mine")
    assert (hotline.cases.items, hotline.words.said) == ({}, {})


def test_the_same_key_with_another_body_is_refused_and_changes_nothing() -> None:
    hotline = Hotline()
    first = hotline.register(appeal(text="路灯不亮"), key="a-key-of-mine")
    with pytest.raises(IdempotencyKeyReused):
        hotline.register(appeal(text="路灯太亮"), key="a-key-of-mine")
    assert hotline.words.words(first.tracking_number).text == "路灯不亮"
    assert hotline.cases.writes == 1


def test_two_devices_with_the_same_key_at_once_make_one_appeal() -> None:
    hotline = Hotline()
    faster: list[Any] = []
    hotline.cases.before_save.append(lambda: faster.append(hotline.register(key="a-key-of-mine")))
    assert hotline.register(key="a-key-of-mine") == faster[0]
    assert len(hotline.cases.items) == 1


def test_without_a_key_every_call_is_an_appeal_of_its_own() -> None:
    hotline = Hotline()
    first, second = hotline.register(key=None), hotline.register(key=None)
    assert first.tracking_number != second.tracking_number
    assert first.secret_key != second.secret_key


def test_a_field_that_is_added_later_does_not_make_a_retry_look_like_another_body() -> None:
    hotline = Hotline()
    hotline.register(appeal(), key="a-key-of-mine")
    assert hotline.register(appeal(language="zh-CN", fields={}), key="a-key-of-mine")


# --- who (S42) -------------------------------------------------------------------------------------


def test_an_anonymous_appeal_stores_no_contact_and_no_hash_of_one() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered(appeal(contact=None))
    assert hotline.words.words(appeal_id).contact is None
    assert hotline.case(appeal_id).citizen_index is None
    assert "cp" not in hotline.cases.items[appeal_id]


def test_one_citizen_is_found_under_one_index_however_the_phone_is_written() -> None:
    hotline = Hotline()
    indexes = {
        hotline.case(hotline.registered(appeal(contact={"phone": phone}))).citizen_index
        for phone in ("13800138000", "+86 138 0013 8000", "0086 138-0013-8000")
    }
    assert len(indexes) == 1
    assert "13800138000" not in str(indexes)


# --- what cannot be --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ({"district": "110101"}, "place.district"),
        ({"subdistrict": "110101001"}, "place.subdistrict"),
        ({"district": CITY}, "place.district"),
        ({"lat": 31.2, "long": 121.5}, "place.lat"),
        ({"subdistrict": RIVERSIDE, "lat": 0.0, "long": 0.0}, "place.lat"),
    ],
)
def test_a_place_outside_the_city_is_refused(place: dict[str, Any], field: str) -> None:
    assert wrong_fields(appeal(place=place)) == [field]


def test_a_place_within_the_city_is_kept_with_its_district() -> None:
    hotline = Hotline()
    place = {"subdistrict": RIVERSIDE, "address_text": "3 号楼前", "lat": 39.9, "long": 116.4}
    case = hotline.case(hotline.registered(appeal(place=place)))
    assert (case.district, case.subdistrict) == (EAST, RIVERSIDE)


@pytest.mark.parametrize(
    "place",
    [
        {"lat": 39.9},
        {"long": 116.4},
        {"lat": float("nan"), "long": 116.4},
        {"lat": 91, "long": 116.4},
        {"district": WEST, "subdistrict": RIVERSIDE},
        {"district": "东区"},
        {"address_text": "   "},
        {"city": "x"},
    ],
)
def test_half_a_place_is_refused(place: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        appeal(place=place)


def test_a_future_date_is_refused_but_a_device_may_be_minutes_fast() -> None:
    assert wrong_fields(appeal(happened_at=(NOON + timedelta(minutes=11)).isoformat())) == ["happened_at"]
    assert Hotline().register(appeal(happened_at=(NOON + timedelta(minutes=9)).isoformat()))
    with pytest.raises(ValidationError):
        appeal(happened_at="2026-03-06T12:00:00")


def test_an_unknown_service_is_refused() -> None:
    assert wrong_fields(appeal(service_code="street.ufo")) == ["service_code"]


def test_fields_are_held_against_the_service() -> None:
    hotline = with_questions()
    given = {"service_code": "street.lamp"}
    assert wrong_fields(appeal(**given), hotline) == ["fields.pole"]
    assert wrong_fields(appeal(**given, fields={"pole": "7", "ufo": "1"}), hotline) == ["fields.ufo"]
    assert wrong_fields(appeal(**given, fields={"pole": "7", "colour": ["red"]}), hotline) == [
        "fields.colour"
    ]
    assert wrong_fields(appeal(service_code=None, fields={"pole": "7"}), hotline) == ["fields.pole"]
    assert hotline.register(appeal(**given, fields={"pole": "7", "colour": ["white"]}))


def test_a_service_refuses_a_type_that_it_does_not_take() -> None:
    given = {"service_code": "street.lamp", "fields": {"pole": "7"}}
    assert wrong_fields(appeal(type=AppealType.SUGGESTION, **given), with_questions()) == ["type"]


def test_every_wrong_field_is_named_at_once() -> None:
    command = appeal(
        service_code="street.ufo", place={"district": "110101"}, happened_at="2099-01-01T00:00:00Z"
    )
    assert wrong_fields(command) == ["place.district", "service_code", "happened_at"]
