"""告: citizens are told at each step, once, by the contact that was left, never at night (I6, F30, F31)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.domain.appeal import Words
from hotline.domain.errors import Unavailable
from hotline.domain.messages import AnswerLost, MessageInDoubt, MessageRefused
from hotline.domain.notices import NoticeState
from hotline.domain.tokens import SurveyRef
from hotline.use_cases.notify_citizens import BeingSent
from hotline.use_cases.survey_citizens import AnswerSurvey
from tests.unit.builders import Hotline, appeal
from tests.unit.builders_directory import RIVERSIDE, tiny_parts

EVENING = datetime(2026, 3, 6, 14, tzinfo=UTC)
"""22:00 in Beijing."""
MORNING = datetime(2026, 3, 7, 0, tzinfo=UTC)
"""08:00 in Beijing, the next day."""


def parts_with_notices() -> dict[str, Any]:
    """The tiny city with words for a dispatch and a survey, and nights."""
    parts = tiny_parts()
    parts["core"]["calendars"].append(
        {
            "calendar_id": "daytime",
            "kind": "daily",
            "timezone": "Asia/Shanghai",
            "windows": [{"opens": 480, "closes": 1200}],
        }
    )
    texts = {
        "dispatched": ("诉求{number}（{service}）已派给{agency}，{due}前办理", "{number} is with {agency}"),
        "survey": ("请评价{link}", "Please tell us {link}"),
    }
    parts["core"]["notices"] = {
        "rules": [
            {"event": "WorkOrderDispatched", "notice": "dispatched", "on": True},
            {"event": "WorkOrderRedispatched", "notice": "dispatched", "on": True},
            {"event": "WorkOrderAcknowledged", "notice": "dispatched", "on": False},
            {"event": "SurveyOpened", "notice": "survey", "on": True, "to_informants": True},
        ],
        "texts": [
            {"notice": notice, "language": language, "text": text}
            for notice, both in texts.items()
            for language, text in zip(("zh-CN", "en"), both, strict=True)
        ],
        "hours": "daytime",
        "retry_for": {"limit": {"amount": 24, "unit": "hours"}, "calendar_id": "daytime"},
    }
    return parts


def city(at: datetime | None = None) -> Hotline:
    hotline = Hotline(parts_with_notices())
    if at:
        hotline.clock.at = at
    return hotline


def told(hotline: Hotline, appeal_id: str, name: str = "SurveyOpened") -> dict[str, Any]:
    """Let the worker take an event; what is to come back."""
    return dict(hotline.notify(hotline.event(appeal_id, name)).failed)


def notice(hotline: Hotline, appeal_id: str, key: str = "survey") -> Any:
    (found,) = (each for each in hotline.notices.notices_of(appeal_id) if each.key.startswith(key))
    return found


# ---- whom, what, once ---------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "请评价"), ("en", "Please tell us")])
def test_the_link_goes_to_the_contact_in_the_citizens_language(language: str, words: str) -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying(appeal(language=language))
    assert told(hotline, appeal_id) == {}
    (message,) = hotline.messenger.sent
    assert message.to.phone == "13800138000"
    assert words in message.text
    assert message.text.endswith(f"/survey/{hotline.tokens.survey_token(SurveyRef(appeal_id, 1))}")


def test_a_dispatch_says_to_whom_and_until_when() -> None:
    hotline = city()
    appeal_id = hotline.dispatched(appeal(service_code="street.lamp"))
    told(hotline, appeal_id, "WorkOrderDispatched")
    (message,) = hotline.messenger.sent
    spoken = "-".join(appeal_id[at : at + 4] for at in range(0, 17, 4))
    assert message.text == f"诉求{spoken}（路灯）已派给路灯所，3月13日12:00前办理"
    assert message.key == f"dispatched/{appeal_id}/2"


def test_an_event_that_comes_twice_sends_once() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    assert [told(hotline, appeal_id) for _ in range(3)] == [{}] * 3
    assert len(hotline.messenger.sent) == 1


def test_a_batch_reads_its_cases_and_contacts_once_and_events_without_notices_nothing() -> None:
    hotline = city()
    ids = [hotline.surveying() for _ in range(3)]
    reads = hotline.cases.reads, hotline.words.reads
    hotline.notify(*(hotline.event(each, "SurveyOpened") for each in ids))
    assert (hotline.cases.reads - reads[0], hotline.words.reads - reads[1]) == (1, 1)
    assert len(hotline.messenger.sent) == 3
    reads = hotline.cases.reads, hotline.words.reads
    hotline.notify(hotline.event(ids[0], "WorkOrderAcknowledged"), hotline.event(ids[0], "CitizenContacted"))
    assert (hotline.cases.reads, hotline.words.reads) == reads


def test_nobody_is_written_to_who_left_no_contact_and_no_record_is_kept() -> None:
    hotline = Hotline()
    assert told(hotline, hotline.surveying(appeal(contact=None))) == {}
    assert (hotline.messenger.sent, hotline.notices.kept) == ([], {})


def test_an_informant_gets_only_what_is_meant_for_informants() -> None:
    hotline = city()
    report = appeal(type="report", confidential=True)
    appeal_id = hotline.registered(report)
    parts = parts_with_notices()
    parts["core"]["notices"]["rules"].append(
        {"event": "AppealRegistered", "notice": "dispatched", "on": True, "to_informants": False}
    )
    hotline.directories = type(hotline.directories)(Hotline(parts).directories.current())
    told(hotline, appeal_id, "AppealRegistered")
    assert hotline.messenger.sent == []
    told(hotline, hotline.registered(), "AppealRegistered")
    assert len(hotline.messenger.sent) == 1


def test_no_link_goes_out_to_a_survey_that_is_over() -> None:
    hotline = Hotline()
    answered, expired = hotline.surveying(), hotline.surveying()
    token = hotline.tokens.survey_token(SurveyRef(answered, 1))
    hotline.answer(token, AnswerSurvey(contacted=True, resolved=True, satisfied=True))
    told(hotline, answered)
    hotline.clock.pass_(days=7)
    told(hotline, expired)
    assert hotline.messenger.sent == []


def test_each_survey_of_a_case_has_a_link_and_a_key_of_its_own() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    told(hotline, appeal_id)
    token = hotline.tokens.survey_token(SurveyRef(appeal_id, 1))
    hotline.answer(token, AnswerSurvey(contacted=True, resolved=False, satisfied=False))
    hotline.resolve_again(appeal_id)
    told(hotline, appeal_id)
    assert [each.key for each in hotline.messenger.sent] == [f"survey/{appeal_id}/{n}" for n in (1, 2)]


def test_a_city_that_does_not_ask_by_message_sends_no_link() -> None:
    parts = tiny_parts()
    parts["core"]["survey"] = {"plans": {"*": {"channels": ["web"]}}}
    hotline = Hotline(parts)
    told(hotline, hotline.surveying())
    assert hotline.messenger.sent == []


# ---- never at night -----------------------------------------------------------------------------


def test_at_night_a_notice_waits_for_the_morning_and_then_goes_once() -> None:
    hotline = city()
    appeal_id = hotline.surveying()
    hotline.clock.at = EVENING
    assert told(hotline, appeal_id) == {}
    assert (notice(hotline, appeal_id).state, notice(hotline, appeal_id).next_at) == ("queued", MORNING)
    assert hotline.send_due().sent == 0
    hotline.clock.at = MORNING - timedelta(seconds=1)
    assert hotline.send_due().sent == 0
    hotline.clock.at = MORNING
    told(hotline, appeal_id)
    assert [hotline.send_due().sent for _ in range(2)] == [1, 0]
    assert [message.key for message in hotline.messenger.sent] == [f"survey/{appeal_id}/1"]


def test_in_the_morning_only_what_is_still_true_is_told() -> None:
    hotline = city()
    survey, other = hotline.surveying(), hotline.surveying()
    hotline.clock.at = EVENING
    told(hotline, survey)
    told(hotline, other)
    token = hotline.tokens.survey_token(SurveyRef(survey, 1))
    hotline.answer(token, AnswerSurvey(contacted=True, resolved=True, satisfied=True))
    hotline.clock.at = MORNING
    report = hotline.send_due()
    assert (report.sent, report.ended) == (1, 1)
    assert (notice(hotline, survey).state, notice(hotline, survey).reason) == ("dropped", "outdated")


def test_a_dispatch_that_was_changed_in_the_night_is_not_told_of() -> None:
    hotline = city(EVENING)
    appeal_id = hotline.dispatched()
    told(hotline, appeal_id, "WorkOrderDispatched")
    kept = notice(hotline, appeal_id, "dispatched")
    hotline.notices.kept[kept.key] = kept.model_copy(update={"agency_id": "waterworks"})
    assert hotline.case(appeal_id).agency_id == RIVERSIDE
    hotline.clock.at = MORNING
    hotline.send_due()
    assert notice(hotline, appeal_id, "dispatched").state == "dropped"


def test_the_sweep_sends_the_oldest_first_and_stops_when_its_time_is_over() -> None:
    hotline = city()
    ids = [hotline.surveying() for _ in range(6)]
    hotline.clock.at = EVENING
    for place, appeal_id in enumerate(ids):
        told(hotline, appeal_id)
        kept = notice(hotline, appeal_id)
        later = MORNING + timedelta(seconds=6 - place)
        hotline.notices.kept[kept.key] = kept.model_copy(update={"next_at": later})
    hotline.clock.at = MORNING + timedelta(minutes=1)
    turns = iter([True, True, True, True, False])
    report = hotline.send_due(lambda: next(turns, False))
    assert not report.complete
    expected = [f"survey/{each}/1" for each in reversed(ids)]
    assert [message.key for message in hotline.messenger.sent] == expected[: report.sent]
    assert 0 < report.sent < 6
    assert hotline.send_due().complete
    assert [message.key for message in hotline.messenger.sent] == expected


def test_a_sweep_that_comes_at_night_leaves_what_was_due_in_the_evening() -> None:
    hotline = city()
    appeal_id = hotline.surveying()
    hotline.clock.at = EVENING
    told(hotline, appeal_id)
    kept = notice(hotline, appeal_id)
    hotline.notices.kept[kept.key] = kept.model_copy(update={"next_at": EVENING - timedelta(minutes=1)})
    assert hotline.send_due().sent == 0
    assert hotline.messenger.sent == []
    hotline.clock.at = MORNING
    assert hotline.send_due().sent == 1


# ---- suppliers in trouble -----------------------------------------------------------------------


def test_a_supplier_that_is_down_for_five_hours_costs_no_notice_and_wakes_nobody() -> None:
    """FAULTS F31."""
    hotline = city(datetime(2026, 3, 6, 9, tzinfo=UTC))  # 17:00
    ids = [hotline.surveying() for _ in range(4)]
    hotline.messenger.failures = [Unavailable("sms")] * 10_000
    assert all(told(hotline, each) == {} for each in ids)
    tried: list[int] = []
    until = hotline.clock() + timedelta(hours=5)
    while hotline.clock() < until:
        hotline.clock.pass_(minutes=1)
        before = len(hotline.messenger.failures)
        hotline.send_due()
        if len(hotline.messenger.failures) < before:
            tried.append((hotline.clock().hour + 8) % 24)
    assert max(tried) < 20, "nobody is woken up"
    assert len(tried) < 15, "waits grow"
    assert {each.next_at for each in hotline.notices.kept.values()} == {MORNING}
    hotline.messenger.failures = []
    for _ in range(12 * 60):
        hotline.clock.pass_(minutes=1)
        hotline.send_due()
    assert sorted(message.key for message in hotline.messenger.sent) == sorted(f"survey/{i}/1" for i in ids)
    assert {each.state for each in hotline.notices.kept.values()} == {NoticeState.SENT}


def test_what_nobody_takes_for_a_day_and_night_of_daytime_is_parked_for_a_person() -> None:
    hotline = city()
    appeal_id = hotline.surveying()
    hotline.messenger.failures = [Unavailable("sms")] * 10_000
    told(hotline, appeal_id)
    for _ in range(72):
        hotline.clock.pass_(hours=1)
        hotline.send_due()
    assert (notice(hotline, appeal_id).state, notice(hotline, appeal_id).reason) == ("parked", "given-up")


def test_a_supplier_that_is_out_of_reach_hands_over_to_the_second() -> None:
    """FAULTS F30."""
    hotline = city()
    hotline.with_second = True
    appeal_id = hotline.surveying()
    hotline.messenger.failures = [Unavailable("first")]
    told(hotline, appeal_id)
    assert (hotline.messenger.sent, len(hotline.second.sent)) == ([], 1)
    assert (notice(hotline, appeal_id).supplier, notice(hotline, appeal_id).attempts) == ("second", 1)


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (MessageInDoubt("first"), "parked", "in-doubt"),
        (AnswerLost("first"), "queued", "unavailable"),
        (MessageRefused("landline"), "failed", "refused"),
    ],
)
def test_what_a_supplier_may_have_taken_or_refuses_goes_to_no_other(
    error: Any, state: str, reason: str
) -> None:
    hotline = city()
    hotline.with_second = True
    appeal_id = hotline.surveying()
    hotline.messenger.failures = [error]
    told(hotline, appeal_id)
    assert (hotline.messenger.sent, hotline.second.sent) == ([], [])
    kept = notice(hotline, appeal_id)
    assert (kept.state, kept.reason, kept.supplier) == (state, reason, "first")


def test_a_lost_answer_is_asked_for_again_at_the_same_supplier_with_the_same_key() -> None:
    hotline = city()
    hotline.with_second = True
    appeal_id = hotline.surveying()
    hotline.messenger.failures = [AnswerLost("first"), Unavailable("first")]
    told(hotline, appeal_id)
    for _ in range(2):
        hotline.clock.pass_(minutes=10)
        hotline.send_due()
    assert [message.key for message in hotline.messenger.sent] == [f"survey/{appeal_id}/1"]
    assert hotline.second.sent == []


# ---- workers in trouble -------------------------------------------------------------------------


def test_a_worker_that_died_holds_its_notice_until_its_lease_is_over() -> None:
    hotline = city()
    appeal_id = hotline.surveying()
    hotline.messenger.failures = [MemoryError()]  # type: ignore[list-item]
    with pytest.raises(MemoryError):
        told(hotline, appeal_id)
    (error,) = told(hotline, appeal_id).values()
    assert isinstance(error, BeingSent)
    hotline.clock.pass_(minutes=3)
    assert told(hotline, appeal_id) == {}
    assert len(hotline.messenger.sent) == 1


def test_a_message_that_is_out_does_not_come_back_because_it_could_not_be_noted() -> None:
    hotline = city()
    hotline.notices.forgetful = True
    appeal_id = hotline.surveying()
    assert told(hotline, appeal_id) == {}
    hotline.notices.forgetful = False
    hotline.clock.pass_(hours=1)
    assert hotline.send_due().sent == 0
    assert len(hotline.messenger.sent) == 1


def test_two_sweeps_at_once_send_each_notice_once() -> None:
    hotline = city()
    appeal_id = hotline.surveying()
    hotline.clock.at = EVENING
    told(hotline, appeal_id)
    hotline.clock.at = MORNING

    read, other_sweeps = hotline.words.words_of, [hotline.send_due]

    def words_of(appeal_ids: Sequence[str]) -> dict[str, Words]:
        if other_sweeps:
            other_sweeps.pop()()
        return read(appeal_ids)

    hotline.words.words_of = words_of  # type: ignore[method-assign]
    hotline.send_due()
    assert len(hotline.messenger.sent) == 1
