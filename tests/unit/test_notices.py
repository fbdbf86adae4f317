"""Texts that can be filled in, receipts that are believed, and citizens who want no messages (S18)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from hotline.domain.actor import Actor, Role
from hotline.domain.calendar import WorkCalendar
from hotline.domain.errors import NotFound
from hotline.domain.identifiers import keyed
from hotline.domain.notices import (
    PLACEHOLDERS,
    NoticeHours,
    NoticeState,
    asks_to_stop,
    placeholders_in,
    sms_segments,
)
from hotline.domain.receipts import Receipts, ReceiptsTaken, SignatureInvalid, signature
from hotline.use_cases.choose_notices import ChooseNotices, choose_notices, list_notices
from hotline.use_cases.take_receipts import prove_receipts, take_receipts
from infrastructure.directory.notices import check_notices
from infrastructure.directory.reading import Folder, Problems, _lines
from infrastructure.ops.notices import SAMPLES
from tests.unit.builders import NOON, OPERATOR, Hotline, appeal
from tests.unit.builders_directory import EAST, WEST, beijing_loaded

SUPPLIERS = ("webhook", "webhook-2")

# ---- texts --------------------------------------------------------------------------------------

EVENTS = "event,notice,on,to_informants\nSurveyOpened,survey,yes,yes\nExtensionGranted,extended,no,no\n"
TEXTS = (
    "notice,language,channel,text\n"
    "survey,zh-CN,,{number}请评价{link}\n"
    "survey,en,,{number}: {link}\n"
    "extended,zh-CN,,{number}延长至{due}\n"
    "extended,en,,{number} until {due}\n"
)


def complaints(events: str = EVENTS, texts: str = TEXTS) -> list[str]:
    found = Problems()
    given = {"notice_events.csv": events, "notices.csv": texts}
    check_notices(
        Folder(given, {name: list(_lines(name, text, found)) for name, text in given.items()}), found
    )
    return [str(problem) for problem in found]


def test_a_folder_whose_texts_can_all_be_filled_in_is_silent() -> None:
    assert complaints() == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "{number}: {link}",
            "{number}: {lnk} {link}",
            "notices.csv:3: text: nothing fills in {lnk}; known here",
        ),
        ("{number}: {link}", "{number}: {due} {link}", "notices.csv:3: text: nothing fills in {due}"),
        ("{number}: {link}", "{number}: see us", "notices.csv:3: text: {link} is missing"),
        ("{number}延长至{due}", "延长至{due}", "notices.csv:4: text: {number} is missing"),
        ("{number} until {due}", "{number} until {due", "notices.csv:5: text: "),
        ("{number} until {due}", "{number} until {due!r}", "notices.csv:5: text: only a name"),
        ("{number} until {due}", "{number.__class__} {due}", "notices.csv:5: text: only a name"),
        ("survey,en,", "survey,en,sms", "notices.csv:2: language: 'survey' has no text in en"),
        ("survey,en,,{number}: {link}\n", "", "notices.csv:2: language: 'survey' has no text in en"),
        ("survey,en,", "survey,zh-CN,", "notices.csv:3: language: is there already in line 2"),
        ("survey,en,", "survey,fr,", "notices.csv:3: language: Input should be 'zh-CN' or 'en'"),
    ],
)
def test_a_text_that_cannot_be_filled_in_is_refused_with_its_line(old: str, new: str, complaint: str) -> None:
    assert old in TEXTS
    found = complaints(texts=TEXTS.replace(old, new, 1))
    assert any(each.startswith(complaint) for each in found), found


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("SurveyOpened", "ClockWarned", "notice_events.csv:2: event: nobody is told of 'ClockWarned'"),
        ("ExtensionGranted", "SurveyOpened", "notice_events.csv:3: event: is there already in line 2"),
        (",survey,", ",poll,", "notice_events.csv:2: notice: no notice 'poll' in notices.csv"),
        (",extended,", ",survey,", "notices.csv:2: text: nothing fills in {link}"),
    ],
)
def test_an_event_that_leads_nowhere_is_refused_with_its_line(old: str, new: str, complaint: str) -> None:
    found = complaints(events=EVENTS.replace(old, new, 1))
    assert any(each.startswith(complaint) for each in found), found


def test_every_notice_of_beijing_can_be_filled_in_and_asks_for_the_survey() -> None:
    book = beijing_loaded().directory().notices
    assert {rule.event for rule in book.rules} == set(PLACEHOLDERS)
    for text in book.texts:
        assert "{" not in text.text.format_map(SAMPLES[text.language])
    assert book.rule_for("SurveyOpened")
    assert book.hours == "daytime"


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("诉" * 70, 1),
        ("诉" * 71, 2),
        ("💬" * 36, 2),
    ],
)
def test_text_messages_are_counted_as_they_are_billed(text: str, segments: int) -> None:
    assert sms_segments(text) == segments


def test_only_names_stand_between_braces() -> None:
    assert placeholders_in("100 {{%}} {number}") == {"number"}
    for wrong in ("{", "}", "{}", "{0}", "{number:>9}", "{a.b}", "{a[0]}"):
        with pytest.raises(ValueError):  # noqa: PT011
            placeholders_in(wrong)


@pytest.mark.parametrize(
    ("words", "stops"),
    [
        (" stop ", True),
        ("退订", True),
        ("td。", True),
        ("停电了", False),
        ("please stop by", False),
        ("", False),
    ],
)
def test_an_answer_that_means_no_more_of_them(words: str, stops: bool) -> None:
    assert asks_to_stop(words) is stops


def test_hours_open_where_the_calendar_does() -> None:
    daytime = WorkCalendar.model_validate(
        {
            "calendar_id": "daytime",
            "kind": "daily",
            "timezone": "Asia/Shanghai",
            "windows": [{"opens": 480, "closes": 1200}],
        }
    )
    eight_in_the_evening = NOON + timedelta(hours=8)
    hours = NoticeHours(daytime)
    assert hours.opens(NOON) == NOON
    assert hours.opens(eight_in_the_evening - timedelta(seconds=1)) == eight_in_the_evening - timedelta(
        seconds=1
    )
    assert hours.opens(eight_in_the_evening) == NOON + timedelta(hours=20)
    assert NoticeHours(None).opens(eight_in_the_evening) == eight_in_the_evening


# ---- receipts -----------------------------------------------------------------------------------


def key_of(supplier: str) -> bytes:
    return keyed(b"tests", "receipts", supplier)


def signed(hotline: Hotline, body: str, supplier: str = "webhook", at: int | None = None) -> dict[str, Any]:
    timestamp = str(int(hotline.clock().timestamp()) if at is None else at)
    return {
        "body": body,
        "timestamp": timestamp,
        "given": f"v1={signature(key_of(supplier), timestamp, body.encode())}",
    }


def prove(hotline: Hotline, supplier: str = "webhook", **letter: Any) -> None:
    prove_receipts(supplier, SUPPLIERS, **letter, key_of=key_of, proofs=hotline.proofs, now=hotline.clock)


def take(hotline: Hotline, supplier: str = "webhook", given: str = "v1=x", **told: Any) -> ReceiptsTaken:
    return take_receipts(
        supplier,
        SUPPLIERS,
        Receipts.model_validate(told),
        given,
        notices=hotline.notices,
        opt_outs=hotline.opt_outs,
        proofs=hotline.proofs,
        tokens=hotline.tokens,
        now=hotline.clock,
    )


def test_a_receipt_is_believed_for_five_minutes_and_once() -> None:
    hotline = Hotline()
    letter = signed(hotline, "{}")
    prove(hotline, **letter)
    prove(hotline, **letter)
    take(hotline, given=letter["given"])
    with pytest.raises(SignatureInvalid):
        prove(hotline, **letter)


@pytest.mark.parametrize("off", [-301, 301])
def test_a_receipt_from_another_time_is_refused(off: int) -> None:
    hotline = Hotline()
    now = int(hotline.clock().timestamp())
    with pytest.raises(SignatureInvalid):
        prove(hotline, **signed(hotline, "{}", at=now + off))
    prove(hotline, **signed(hotline, "{}", at=now + off - off // abs(off)))


@pytest.mark.parametrize(
    "forged",
    [
        {"body": "[]"},
        {"given": "v1=" + "0" * 64},
        {"given": ""},
        {"timestamp": "soon"},
        {"timestamp": ""},
        {"timestamp": "9" * 40},
        {"timestamp": "１２３"},
    ],
)
def test_a_forged_receipt_is_refused(forged: dict[str, str]) -> None:
    hotline = Hotline()
    with pytest.raises(SignatureInvalid):
        prove(hotline, **{**signed(hotline, "{}"), **forged})


def test_one_supplier_cannot_speak_for_another_and_a_stranger_for_nobody() -> None:
    hotline = Hotline()
    with pytest.raises(SignatureInvalid):
        prove(hotline, "webhook-2", **signed(hotline, "{}", "webhook"))
    with pytest.raises(NotFound):
        prove(hotline, "stranger", **signed(hotline, "{}", "stranger"))


def sent(hotline: Hotline, supplier: str = "webhook") -> str:
    """The key of a notice that a supplier has taken."""
    appeal_id = hotline.surveying()
    hotline.notify(hotline.event(appeal_id, "SurveyOpened"))
    key = f"survey/{appeal_id}/1"
    hotline.notices.kept[key] = hotline.notices.kept[key].model_copy(update={"supplier": supplier})
    return key


def test_a_receipt_moves_a_notice_on_and_its_repetition_does_not() -> None:
    hotline = Hotline()
    key = sent(hotline)
    assert [take(hotline, receipts=[{"key": key, "state": "delivered"}]).receipts for _ in range(2)] == [1, 0]
    assert hotline.notices.kept[key].state is NoticeState.DELIVERED
    assert take(hotline, receipts=[{"key": key, "state": "failed"}]).receipts == 0, "too late to fail"


def test_a_failed_one_goes_to_the_other_supplier_once_under_the_same_key() -> None:
    hotline = Hotline()
    hotline.with_second = True
    key = sent(hotline)
    assert take(hotline, receipts=[{"key": key, "state": "failed"}]).receipts == 1
    waiting = hotline.notices.kept[key]
    assert (waiting.state, waiting.supplier, waiting.shifted) == ("queued", "webhook-2", True)
    assert take(hotline, receipts=[{"key": key, "state": "failed"}]).receipts == 0, "the first has no say now"
    assert hotline.send_due().sent == 1
    assert take(hotline, "webhook-2", receipts=[{"key": key, "state": "failed"}]).receipts == 0
    hotline.notices.kept[key] = hotline.notices.kept[key].model_copy(update={"supplier": "webhook-2"})
    assert take(hotline, "webhook-2", receipts=[{"key": key, "state": "failed"}]).receipts == 1
    assert hotline.notices.kept[key].state is NoticeState.FAILED
    assert {message.key for message in (*hotline.messenger.sent, *hotline.second.sent)} == {key}


def test_a_receipt_that_comes_before_the_worker_has_noted_it_counts() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    key = f"survey/{appeal_id}/1"

    def quick(message: Any) -> None:
        take(hotline, "webhook", receipts=[{"key": key, "state": "delivered"}])

    hotline.messenger.send = quick  # type: ignore[method-assign]
    hotline.notify(hotline.event(appeal_id, "SurveyOpened"))
    assert hotline.notices.kept[key].state is NoticeState.DELIVERED


def test_an_unknown_key_is_no_news_and_a_malformed_one_is_refused() -> None:
    hotline = Hotline()
    assert take(hotline, receipts=[{"key": "survey/000G40R40M30E209B/9", "state": "delivered"}]).receipts == 0
    with pytest.raises(ValueError, match="pattern"):
        take(hotline, receipts=[{"key": "survey/../1", "state": "delivered"}])


# ---- who wants none -----------------------------------------------------------------------------


def choose(hotline: Hotline, appeal_id: str, wanted: bool, key: str | None = None) -> bool:
    return choose_notices(
        appeal_id,
        key or hotline.secret_key(appeal_id),
        ChooseNotices(wanted=wanted),
        cases=hotline.cases,
        words=hotline.words,
        sealed=hotline.sealed,
        opt_outs=hotline.opt_outs,
        tokens=hotline.tokens,
        now=hotline.clock,
    ).wanted


def test_who_answers_stop_gets_no_more_and_can_still_answer_the_survey() -> None:
    hotline = Hotline()
    assert take(hotline, inbound=[{"phone": "+8613800138000", "text": "退订"}]).opted_out == 1
    appeal_id = hotline.surveying()
    hotline.notify(hotline.event(appeal_id, "SurveyOpened"))
    assert hotline.messenger.sent == []
    (kept,) = hotline.notices.notices_of(appeal_id)
    assert (kept.state, kept.reason) == ("dropped", "opted-out")
    assert hotline.case(appeal_id).status == "surveying"


def test_number_and_key_stop_and_start_messages_for_every_appeal_of_the_contact() -> None:
    hotline = Hotline()
    appeal_id, other = hotline.surveying(), hotline.surveying()
    assert choose(hotline, appeal_id, wanted=False) is False
    hotline.notify(hotline.event(other, "SurveyOpened"))
    assert hotline.messenger.sent == []
    assert choose(hotline, appeal_id, wanted=True) is True
    hotline.notify(hotline.event(appeal_id, "SurveyOpened"))
    assert len(hotline.messenger.sent) == 1


def test_no_stranger_stops_anybodys_messages() -> None:
    hotline = Hotline()
    with pytest.raises(NotFound):
        choose(hotline, hotline.surveying(), wanted=False, key="x" * 22)
    assert take(hotline, inbound=[{"phone": "12345", "text": "STOP"}]).opted_out == 0
    assert hotline.opt_outs.out == set()


def test_an_informant_can_stop_messages_and_without_a_contact_there_are_none() -> None:
    hotline = Hotline()
    informant = hotline.registered(appeal(type="report", confidential=True))
    assert choose(hotline, informant, wanted=False) is False
    assert len(hotline.opt_outs.out) == 1
    assert choose(hotline, hotline.registered(appeal(contact=None)), wanted=True) is False


def test_what_is_remembered_of_a_contact_is_neither_its_phone_nor_its_place_in_the_index_of_appeals() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    choose(hotline, appeal_id, wanted=False)
    (index,) = hotline.opt_outs.out
    assert "138" not in index
    assert index != hotline.case(appeal_id).citizen_index


# ---- what staff see -----------------------------------------------------------------------------


def test_staff_see_how_far_notices_are_and_a_district_only_its_own() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    hotline.notify(hotline.event(appeal_id, "SurveyOpened"))

    def seen_by(actor: Actor) -> Any:
        return list_notices(appeal_id, by=actor, cases=hotline.cases, notices=hotline.notices)

    (row,) = seen_by(OPERATOR).notices
    assert (row.notice, row.event, row.state, row.supplier) == ("survey", "SurveyOpened", "sent", "first")
    assert "13800138000" not in json.dumps(row.model_dump(mode="json"))
    assert seen_by(Actor(role=Role.SUPERVISOR, subject="su", district=EAST)).notices
    with pytest.raises(NotFound):
        seen_by(Actor(role=Role.SUPERVISOR, subject="su", district=WEST))
