"""Track, supplement, withdraw: with number and key, and nothing without them (S1, S4, S5)."""

from __future__ import annotations

from typing import Any

import pytest

from hotline.domain.answers import AppealStatus, Receipt
from hotline.domain.errors import NotFound, TransitionNotAllowed, Unavailable
from hotline.domain.events import Event
from hotline.use_cases.follow_appeal import supplement_appeal, track_appeal, withdraw_appeal
from tests.unit.builders import PROGRESS, RESOLVE, RETURN, Hotline, appeal


def track(hotline: Hotline, number: str, key: str) -> AppealStatus:
    return track_appeal(
        number,
        key,
        cases=hotline.cases,
        words=hotline.words,
        sealed=hotline.sealed,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )


def supplement(hotline: Hotline, receipt: Receipt, text: str = "今天还是不亮", key: str = "s-1") -> Any:
    return supplement_appeal(
        receipt.tracking_number,
        receipt.secret_key,
        text,
        key,
        cases=hotline.cases,
        words=hotline.words,
        sealed=hotline.sealed,
        now=hotline.clock,
    )


def withdraw(hotline: Hotline, receipt: Receipt, key: str = "w-1") -> Any:
    return withdraw_appeal(
        receipt.tracking_number, receipt.secret_key, key, cases=hotline.cases, now=hotline.clock
    )


def dispatched(hotline: Hotline) -> Receipt:
    receipt = hotline.register()
    hotline.dispatch(hotline.event(receipt.tracking_number, "AppealRegistered"))
    return receipt


def test_number_and_key_show_how_far_it_is_in_plain_words() -> None:
    hotline = Hotline()
    receipt = dispatched(hotline)
    shown = track(hotline, receipt.tracking_number_spoken.lower(), receipt.secret_key)
    assert (shown.tracking_number, shown.status) == (receipt.tracking_number, "dispatched")
    assert (shown.agency_zh, shown.status_type) == ("河边街道", "waiting")
    assert [entry.text_zh for entry in shown.timeline] == ["诉求已登记", "已派给承办单位"]
    assert {due.clock for due in shown.due} == {"dispatch", "response", "handling"}


@pytest.mark.parametrize("number", ["known", "0000000000000000C", "not a number", "", "\ud83d"])
def test_a_wrong_key_and_an_unknown_number_are_answered_alike_after_the_same_work(number: str) -> None:
    hotline = Hotline()
    receipt = hotline.register()
    number = receipt.tracking_number if number == "known" else number
    before = hotline.cases.reads
    with pytest.raises(NotFound) as refusal:
        track(hotline, number, "a wrong key")
    assert (refusal.value.facts, refusal.value.detail_en) == (
        {"what": "appeal"},
        "Not found; check the number and the key",
    )
    assert (hotline.cases.reads - before, hotline.words.reads) == (1, 0)


@pytest.mark.parametrize("key", ["", "wrong", "\ud83d", "x" * 10_000])
def test_no_other_key_opens_an_appeal_for_any_command(key: str) -> None:
    hotline = Hotline()
    receipt = hotline.register().model_copy(update={"secret_key": key})
    for act in (supplement, withdraw):
        with pytest.raises(NotFound):
            act(hotline, receipt)
    assert hotline.names(receipt.tracking_number) == ["AppealRegistered"]
    assert hotline.words.noted == {}


def test_a_repeated_command_needs_the_key_as_well() -> None:
    hotline = Hotline()
    receipt = hotline.register()
    supplement(hotline, receipt)
    with pytest.raises(NotFound):
        supplement(hotline, receipt.model_copy(update={"secret_key": "wrong"}))


def test_a_supplement_is_added_once_with_its_words() -> None:
    hotline = Hotline()
    receipt = dispatched(hotline)
    for _ in range(2):
        supplement(hotline, receipt)
    shown = track(hotline, receipt.tracking_number, receipt.secret_key)
    assert [entry.text for entry in shown.timeline if entry.event == "AppealSupplemented"] == ["今天还是不亮"]


def test_a_command_costs_one_read_and_one_write_of_the_case() -> None:
    hotline = Hotline()
    receipt = dispatched(hotline)
    reads, writes = hotline.cases.reads, hotline.cases.writes
    supplement(hotline, receipt)
    assert (hotline.cases.reads - reads, hotline.cases.writes - writes) == (1, 1)


def test_a_supplement_that_collides_with_the_agency_is_kept_once_with_one_note() -> None:
    hotline = Hotline()
    receipt = dispatched(hotline)
    appeal_id = receipt.tracking_number
    hotline.cases.before_save.append(lambda: hotline.act(appeal_id, RETURN))
    supplement(hotline, receipt)
    assert hotline.names(appeal_id)[-2:] == ["WorkOrderReturned", "AppealSupplemented"]
    assert [note.text for note in hotline.words.notes(appeal_id)] == ["今天还是不亮", RETURN.text]


def test_words_that_could_not_be_kept_leave_no_event() -> None:
    hotline = Hotline()
    receipt = dispatched(hotline)
    hotline.words.failures = 1
    with pytest.raises(Unavailable):
        supplement(hotline, receipt)
    assert "AppealSupplemented" not in hotline.names(receipt.tracking_number)
    supplement(hotline, receipt)
    assert hotline.names(receipt.tracking_number).count("AppealSupplemented") == 1


def test_withdrawing_ends_the_appeal_once() -> None:
    hotline = Hotline()
    receipt = dispatched(hotline)
    assert withdraw(hotline, receipt).status == withdraw(hotline, receipt).status == "withdrawn"
    assert hotline.names(receipt.tracking_number).count("AppealWithdrawn") == 1
    with pytest.raises(TransitionNotAllowed):
        supplement(hotline, receipt)
    with pytest.raises(TransitionNotAllowed):
        withdraw(hotline, receipt, key="w-2")


def test_a_lost_acknowledgement_of_a_command_is_made_good_by_the_retry() -> None:
    hotline = Hotline()
    receipt = dispatched(hotline)
    hotline.cases.lose_acknowledgements = 1
    with pytest.raises(Unavailable):
        withdraw(hotline, receipt)
    assert withdraw(hotline, receipt).version == 3


def test_the_citizen_reads_the_answers_but_not_what_offices_write_to_each_other() -> None:
    hotline = Hotline()
    receipt = hotline.register()
    appeal_id = receipt.tracking_number
    hotline.dispatch(hotline.event(appeal_id, "AppealRegistered"))
    hotline.act(appeal_id, RETURN)
    shown = track(hotline, appeal_id, receipt.secret_key)
    assert (shown.timeline[-1].event, shown.timeline[-1].text) == ("WorkOrderReturned", None)

    answered = hotline.in_progress()
    hotline.act(answered, PROGRESS)
    hotline.act(answered, RESOLVE)
    shown = track(hotline, answered, hotline.secret_key(answered))
    texts = [entry.text for entry in shown.timeline if entry.text]
    assert texts == [PROGRESS.text, RESOLVE.text]


def test_the_survey_waits_behind_number_and_key_too() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying(appeal(contact=None))
    link = track(hotline, appeal_id, hotline.secret_key(appeal_id)).survey
    assert link is not None
    assert hotline.tokens.read_survey_token(link.token) == (appeal_id, 1)


def test_a_long_life_is_told_from_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    hotline = Hotline()
    receipt = hotline.register(appeal(text="着火了"))
    case = hotline.case(receipt.tracking_number)
    spilled: list[Event] = case.events
    case.events, case.first_event = [], 3
    monkeypatch.setattr(hotline.cases, "get", lambda appeal_id: case)
    monkeypatch.setattr(hotline.cases, "history", lambda asked: spilled)
    shown = track(hotline, receipt.tracking_number, receipt.secret_key)
    assert [entry.event for entry in shown.timeline] == ["AppealRegistered", "EmergencyHandedOff"]
    assert shown.emergency is not None
