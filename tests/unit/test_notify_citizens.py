"""Survey links by text message: to whoever left a contact, once (I6, F30)."""

from __future__ import annotations

from typing import Any

import pytest

from hotline.domain.errors import Unavailable
from hotline.domain.messages import MessageInDoubt, MessageRefused
from hotline.domain.tokens import SurveyRef
from hotline.use_cases.notify_citizens import BeingSent, send_survey_link
from hotline.use_cases.survey_citizens import AnswerSurvey
from tests.unit.builders import Hotline, appeal


def send(hotline: Hotline, appeal_id: str) -> bool:
    return send_survey_link(
        hotline.event(appeal_id, "SurveyOpened"),
        cases=hotline.cases,
        words=hotline.words,
        sealed=hotline.sealed,
        messenger=hotline.messenger,
        once=hotline.once,
        tokens=hotline.tokens,
        survey_url="https://hotline.example/s",
        now=hotline.clock,
    )


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "请评价"), ("en", "Please tell us")])
def test_the_link_goes_to_the_contact_in_the_citizens_language(language: str, words: str) -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying(appeal(language=language))
    assert send(hotline, appeal_id)
    (message,) = hotline.messenger.sent
    assert message.to.phone == "13800138000"
    assert words in message.text
    assert message.text.endswith(f"/s/{hotline.tokens.survey_token(SurveyRef(appeal_id, 1))}")


def test_an_event_that_comes_twice_sends_once() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    assert [send(hotline, appeal_id) for _ in range(3)] == [True, False, False]
    assert len(hotline.messenger.sent) == 1


def test_nobody_is_written_to_who_left_no_contact() -> None:
    hotline = Hotline()
    assert not send(hotline, hotline.surveying(appeal(contact=None)))
    assert (hotline.messenger.sent, hotline.once.leases) == ([], {})


def test_no_link_goes_out_to_a_survey_that_is_over() -> None:
    hotline = Hotline()
    answered, expired = hotline.surveying(), hotline.surveying()
    token = hotline.tokens.survey_token(SurveyRef(answered, 1))
    hotline.answer(token, AnswerSurvey(contacted=True, resolved=True, satisfied=True))
    assert not send(hotline, answered)
    hotline.clock.pass_(days=7)
    assert not send(hotline, expired)


@pytest.mark.parametrize("error", [Unavailable("sns"), MessageInDoubt("SNS")])
def test_a_message_that_did_not_surely_go_is_reported_and_held_by_its_lease(error: Any) -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    hotline.messenger.failures.append(error)
    with pytest.raises(type(error)):
        send(hotline, appeal_id)
    with pytest.raises(BeingSent):
        send(hotline, appeal_id)
    hotline.clock.pass_(minutes=3)
    assert send(hotline, appeal_id)


def test_a_number_that_takes_no_messages_is_not_tried_again() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    hotline.messenger.failures.append(MessageRefused("landline"))
    assert [send(hotline, appeal_id) for _ in range(2)] == [False, False]
    assert hotline.messenger.sent == []


def test_a_message_that_is_out_does_not_come_back_because_it_could_not_be_noted() -> None:
    hotline = Hotline()
    hotline.once.forgetful = True
    assert send(hotline, hotline.surveying())
    assert len(hotline.messenger.sent) == 1


def test_each_survey_of_a_case_has_a_link_and_a_key_of_its_own() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    send(hotline, appeal_id)
    token = hotline.tokens.survey_token(SurveyRef(appeal_id, 1))
    hotline.answer(token, AnswerSurvey(contacted=True, resolved=False, satisfied=False))
    hotline.resolve_again(appeal_id)
    assert send(hotline, appeal_id)
    assert len({message.key for message in hotline.messenger.sent}) == 2
