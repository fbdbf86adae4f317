"""保密举报: the informant is hidden from every agency, and every look of the hotline is on record."""

from __future__ import annotations

from typing import Any

import pytest

from hotline.domain.actor import Actor, Role
from hotline.domain.answers import AppealStatus, OrderView
from hotline.domain.appeal import AppealType, RegisterAppeal
from hotline.domain.case import Case
from hotline.domain.confidential import HEADLINE, NOT_RELEASED, answers_to
from hotline.domain.dispatching import Dispatch, Referral
from hotline.domain.errors import Forbidden, InvalidInput, NotFound, Unavailable
from hotline.domain.orders import OrderMessage, RecordContact
from hotline.domain.tokens import SurveyRef
from hotline.ports import OPERATORS
from hotline.use_cases.deliver_orders import deliver_orders
from hotline.use_cases.dispatch_appeals import candidates_for
from hotline.use_cases.dispatch_by_operator import DispatchByOperator, dispatch_by_operator
from hotline.use_cases.follow_appeal import supplement_appeal, track_appeal
from hotline.use_cases.read_orders import read_order
from hotline.use_cases.reveal_informant import Reveal, Revealed, reveal_informant
from hotline.use_cases.survey_citizens import AnswerSurvey
from tests.unit.builders import ACKNOWLEDGE, NOON, OFFICER, OPERATOR, RESOLVE, Hotline, appeal
from tests.unit.builders_directory import (
    CITY,
    EAST,
    EAST_ZHONGSHAN,
    RIVERSIDE,
    WEST,
    WEST_ZHONGSHAN,
    tiny_directory,
)
from tests.unit.fakes import refuse
from tests.unit.test_attachments import Buckets, Known

SAID = "隔壁工地每晚偷倒渣土，我住三楼看得见"
RELEASED = "辖区内有工地夜间倾倒渣土，请核查"
WHY = "核实地点"
THROUGH_US = RecordContact(channel="hotline")
LAMP_OFFICE, WATERWORKS = "lamp-office", "waterworks"
EAST_SUPERVISOR = Actor(role=Role.SUPERVISOR, subject="chen", district=EAST)
CITY_SUPERVISOR = Actor(role=Role.SUPERVISOR, subject="liu")


def report(**changes: Any) -> RegisterAppeal:
    """A confidential report of something in 河边街道."""
    body = {
        "type": "report",
        "text": SAID,
        "place": {"subdistrict": RIVERSIDE, "address_text": "柳树路 3 号对面", "lat": 39.9, "long": 116.4},
        "happened_at": NOON.isoformat(),
        "confidential": True,
    }
    return appeal(**{**body, **changes})


def wrong_fields(command: RegisterAppeal) -> list[str]:
    hotline = Hotline()
    with pytest.raises(InvalidInput) as refusal:
        hotline.register(command)
    assert (hotline.cases.items, hotline.sealed.statements) == ({}, {})
    return [error["field"] for error in refusal.value.facts["errors"]]


def referred(hotline: Hotline, **changes: Any) -> str:
    """The id of a confidential report that waits for an operator."""
    appeal_id = hotline.registered(report(**changes))
    assert hotline.dispatch(hotline.event(appeal_id, "AppealRegistered")) == {}
    return appeal_id


def by_operator(hotline: Hotline, appeal_id: str, **command: Any) -> Case:
    return dispatch_by_operator(
        appeal_id,
        DispatchByOperator(**{"agency_id": RIVERSIDE, "released_text": RELEASED, **command}),
        by=OPERATOR,
        command_id=f"op-{sorted(command.items())}",
        expected_version=None,
        cases=hotline.cases,
        words=hotline.words,
        directories=hotline.directories,
        now=hotline.clock,
    )


def surveying(hotline: Hotline, **changes: Any) -> str:
    """The id of a confidential report that the agency calls done."""
    appeal_id = referred(hotline, **changes)
    by_operator(hotline, appeal_id)
    for command in (ACKNOWLEDGE, THROUGH_US, RESOLVE):
        hotline.act(appeal_id, command)
    assert hotline.open_surveys(hotline.event(appeal_id, "WorkOrderResolved")) == {}
    return appeal_id


def reveal(hotline: Hotline, appeal_id: str, by: Actor = OPERATOR, why: str = WHY) -> Revealed:
    return reveal_informant(
        appeal_id,
        Reveal(reason=why),
        by=by,
        entropy=len(hotline.cases.changes).to_bytes(16, "big"),
        cases=hotline.cases,
        sealed=hotline.sealed,
        attachments=Known(),
        pictures=Buckets(),
        directories=hotline.directories,
        now=hotline.clock,
    )


def supplement(hotline: Hotline, appeal_id: str, text: str) -> None:
    supplement_appeal(
        appeal_id,
        hotline.secret_key(appeal_id),
        text,
        f"s-{text}",
        cases=hotline.cases,
        words=hotline.words,
        sealed=hotline.sealed,
        now=hotline.clock,
    )


def track(hotline: Hotline, appeal_id: str) -> AppealStatus:
    return track_appeal(
        appeal_id,
        hotline.secret_key(appeal_id),
        cases=hotline.cases,
        words=hotline.words,
        sealed=hotline.sealed,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )


def read(hotline: Hotline, appeal_id: str, by: Actor = OFFICER) -> OrderView:
    return read_order(
        appeal_id,
        by=by,
        cases=hotline.cases,
        words=hotline.words,
        deliveries=hotline.deliveries,
        directories=hotline.directories,
    )


def delivered(hotline: Hotline, appeal_id: str, name: str) -> OrderMessage:
    """What the lead agency is told about the latest event of that name."""
    event = hotline.event(appeal_id, name)
    failed = deliver_orders(
        [event],
        cases=hotline.cases,
        words=hotline.words,
        deliveries=hotline.deliveries,
        queues=hotline.queues,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )
    assert failed == {}
    return next(message for message in hotline.queues.of(RIVERSIDE) if message.message_id == event.event_id)


# --- 接 --------------------------------------------------------------------------------------------


def test_the_case_of_a_confidential_report_holds_codes_and_no_word_of_it() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered(report(language="en", about_agency=LAMP_OFFICE))
    case = hotline.case(appeal_id)
    assert (case.headline, case.language, case.citizen_index) == (HEADLINE, "zh-CN", None)
    assert (case.confidential, case.about_agency) == (True, LAMP_OFFICE)
    assert (case.district, case.subdistrict, case.service_code) == (EAST, RIVERSIDE, "street.noise")


def test_what_was_said_is_sealed_and_agencies_find_a_placeholder() -> None:
    hotline = Hotline()
    command = report(language="en")
    appeal_id = hotline.registered(command)
    statement = hotline.sealed.statement(appeal_id)
    assert (statement.words.text, statement.words.place, statement.words.contact, statement.language) == (
        command.text,
        command.place,
        command.contact,
        "en",
    )
    shown = hotline.words.words(appeal_id)
    assert (shown.text, shown.contact, shown.fields, shown.happened_at) == (NOT_RELEASED, None, {}, None)
    assert shown.place is not None
    assert (shown.place.subdistrict, shown.place.address_text, shown.place.lat) == (RIVERSIDE, None, None)


def test_what_the_case_keeps_of_the_body_says_nothing_without_the_stacks_key() -> None:
    hotline, other = Hotline(), Hotline()
    other.tokens = type(hotline.tokens)(lambda purpose: b"another key" + purpose.encode())
    kept = [each.case(each.registered(report())).fingerprint for each in (hotline, other)]
    assert kept[0] != kept[1]


@pytest.mark.parametrize("kind", [each for each in AppealType if each not in ("report", "complaint")])
def test_only_reports_and_complaints_can_be_confidential(kind: AppealType) -> None:
    assert wrong_fields(report(type=kind)) == ["confidential"]
    assert Hotline().register(report(type="complaint"))


def test_the_agency_reported_on_must_exist_and_belongs_to_confidential_reports_alone() -> None:
    assert wrong_fields(report(about_agency="nobody")) == ["about_agency"]
    assert wrong_fields(report(confidential=False, about_agency=LAMP_OFFICE)) == ["about_agency"]


def test_a_retry_finds_the_same_report_and_another_body_is_refused() -> None:
    hotline = Hotline()
    first = hotline.register(report(), key="a-key-of-mine")
    assert hotline.register(report(), key="a-key-of-mine") == first
    assert len(hotline.sealed.statements) == 1


# --- 派 --------------------------------------------------------------------------------------------


def test_no_rule_dispatches_a_confidential_report() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    assert hotline.names(appeal_id)[-1] == "DispatchReferred"
    assert hotline.case(appeal_id).events[-1].facts == {"reasons": ["confidential"], "candidates": []}
    (row,) = hotline.cases.inbox(OPERATORS, 10, None).rows
    assert row.headline == HEADLINE


def test_an_operator_dispatches_it_in_words_of_the_hotlines_own() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    case = by_operator(hotline, appeal_id)
    assert (case.status, case.agency_id) == ("dispatched", RIVERSIDE)
    shown = hotline.words.words(appeal_id)
    assert (shown.text, shown.contact) == (RELEASED, None)
    assert shown.place is not None
    assert (shown.place.subdistrict, shown.place.address_text) == (RIVERSIDE, None)


def test_without_released_words_it_is_not_dispatched() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    with pytest.raises(InvalidInput) as refusal:
        by_operator(hotline, appeal_id, released_text=None)
    assert refusal.value.facts["errors"][0]["field"] == "released_text"
    assert hotline.case(appeal_id).status == "registered"


def test_released_words_are_not_for_other_appeals() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered()
    with pytest.raises(InvalidInput) as refusal:
        by_operator(hotline, appeal_id)
    assert refusal.value.facts["errors"][0]["field"] == "released_text"
    assert hotline.words.words(appeal_id).text == appeal().text


@pytest.mark.parametrize(
    ("about", "to"),
    [
        (RIVERSIDE, RIVERSIDE),
        (EAST, EAST),
        (EAST, RIVERSIDE),
        (EAST, EAST_ZHONGSHAN),
        (CITY, WEST_ZHONGSHAN),
        (CITY, LAMP_OFFICE),
    ],
)
def test_a_report_never_goes_to_the_agency_reported_on_nor_to_one_under_it(about: str, to: str) -> None:
    hotline = Hotline()
    appeal_id = referred(hotline, about_agency=about)
    with pytest.raises(InvalidInput) as refusal:
        by_operator(hotline, appeal_id, agency_id=to)
    assert [error["field"] for error in refusal.value.facts["errors"]] == ["agency_id"]
    assert hotline.words.words(appeal_id).text == NOT_RELEASED


@pytest.mark.parametrize(
    ("about", "to"),
    [(RIVERSIDE, EAST), (RIVERSIDE, EAST_ZHONGSHAN), (EAST, WEST), (EAST, LAMP_OFFICE), (LAMP_OFFICE, CITY)],
)
def test_it_may_go_to_whoever_stands_above_or_beside_the_agency_reported_on(about: str, to: str) -> None:
    hotline = Hotline()
    assert by_operator(hotline, referred(hotline, about_agency=about), agency_id=to).agency_id == to


def test_an_agency_in_an_area_answers_to_its_government_whatever_its_parent_is() -> None:
    directory = tiny_directory()
    assert answers_to(WEST_ZHONGSHAN, WEST, directory)
    assert not answers_to(WEST_ZHONGSHAN, EAST, directory)
    assert not answers_to("nobody", EAST, directory)


def test_the_rules_never_suggest_the_agency_reported_on() -> None:
    hotline = Hotline()

    def candidates(about: str | None) -> Dispatch | Referral:
        appeal_id = referred(hotline, about_agency=about)
        return candidates_for(
            appeal_id,
            cases=hotline.cases,
            words=hotline.words,
            directories=hotline.directories,
            now=hotline.clock,
        )

    suggested, kept_back = candidates(None), candidates(EAST)
    assert isinstance(suggested, Dispatch)
    assert suggested.agency_id == RIVERSIDE
    assert isinstance(kept_back, Referral)
    assert (kept_back.reasons, kept_back.candidates) == (("confidential",), ())


# --- looking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "by", [OPERATOR, Actor(role=Role.ADMIN, subject="root"), EAST_SUPERVISOR, CITY_SUPERVISOR]
)
def test_a_look_is_an_event_with_its_reason_sealed_and_shows_what_was_said(by: Actor) -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    supplement(hotline, appeal_id, "今晚又来了")
    revealed = reveal(hotline, appeal_id, by)
    assert (revealed.text, revealed.contact) == (SAID, report().contact)
    assert (revealed.place, revealed.happened_at) == (report().place, NOON)
    assert [(note.by, note.text) for note in revealed.notes] == [
        ("citizen", "今晚又来了"),
        (by.signature, WHY),
    ]
    event = hotline.case(appeal_id).events[-1]
    assert (event.name, event.actor) == ("InformantRevealed", by.signature)
    assert WHY not in str(event)
    assert hotline.words.notes(appeal_id) == []


def test_every_look_is_on_record_again() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    for _ in range(3):
        reveal(hotline, appeal_id)
    assert hotline.names(appeal_id).count("InformantRevealed") == 3


def test_nothing_is_shown_before_the_look_is_on_record() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    reads = hotline.sealed.reads
    hotline.cases.before_save.append(refuse(Unavailable("dynamodb")))
    with pytest.raises(Unavailable):
        reveal(hotline, appeal_id)
    assert hotline.sealed.reads == reads
    assert "InformantRevealed" not in hotline.names(appeal_id)


def test_a_report_can_still_be_looked_at_after_its_end() -> None:
    hotline = Hotline()
    appeal_id = surveying(hotline)
    token = hotline.tokens.survey_token(SurveyRef(appeal_id, 1))
    hotline.answer(token, AnswerSurvey(contacted=True, resolved=True, satisfied=True))
    assert reveal(hotline, appeal_id).text == SAID
    assert hotline.case(appeal_id).status == "closed"


def test_the_agency_that_holds_a_report_may_not_look_either() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    by_operator(hotline, appeal_id)
    with pytest.raises(Forbidden):
        reveal(hotline, appeal_id, OFFICER)
    assert hotline.sealed.reads == 0


@pytest.mark.parametrize(
    ("by", "about", "refusal"),
    [
        (OFFICER, None, NotFound),
        (Actor(role=Role.AUDITOR, subject="a"), None, Forbidden),
        (Actor(role=Role.ADJUDICATOR, subject="j"), None, Forbidden),
        (Actor(role=Role.SUPERVISOR, subject="s", district=WEST), None, NotFound),
        (EAST_SUPERVISOR, EAST, Forbidden),
    ],
)
def test_agencies_other_districts_and_the_government_reported_on_may_not_look(
    by: Actor, about: str | None, refusal: type[Exception]
) -> None:
    hotline = Hotline()
    appeal_id = referred(hotline, about_agency=about)
    with pytest.raises(refusal):
        reveal(hotline, appeal_id, by)
    assert (hotline.sealed.reads, hotline.sealed.noted) == (0, {})


def test_there_is_nothing_to_reveal_of_other_appeals() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    with pytest.raises(NotFound):
        reveal(hotline, appeal_id)
    assert "reveal" not in read(hotline, appeal_id, OPERATOR).allowed
    assert "reveal" in read(hotline, referred(hotline), OPERATOR).allowed


# --- what agencies get -----------------------------------------------------------------------------


def test_an_order_carries_released_words_in_the_citys_language() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline, language="en")
    by_operator(hotline, appeal_id)
    message = delivered(hotline, appeal_id, "WorkOrderDispatched")
    assert (message.confidential, message.text, message.language) == (True, RELEASED, "zh-CN")
    assert (message.contact, message.fields, message.notes) == (None, {}, ())


def test_further_words_are_announced_to_the_agency_but_not_told() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    by_operator(hotline, appeal_id)
    supplement(hotline, appeal_id, "就是三楼李家")
    message = delivered(hotline, appeal_id, "AppealSupplemented")
    assert (message.kind, message.text, message.notes) == ("supplemented", RELEASED, ())
    assert read(hotline, appeal_id).notes == ()


def test_a_comment_that_reopens_a_report_stays_sealed() -> None:
    hotline = Hotline()
    appeal_id = surveying(hotline)
    token = hotline.tokens.survey_token(SurveyRef(appeal_id, 1))
    answer = AnswerSurvey(contacted=False, resolved=False, satisfied=False, comment="我在窗口又看见了")
    hotline.answer(token, answer)
    assert delivered(hotline, appeal_id, "WorkOrderReopened").notes == ()
    assert [note.text for note in hotline.sealed.notes(appeal_id)] == ["我在窗口又看见了"]
    assert "窗口" not in read(hotline, appeal_id).model_dump_json()


def test_an_agency_does_not_see_who_looked_nor_what_the_words_made_us_advise() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline, text="工地着火了也不报警")
    reveal(hotline, appeal_id)
    by_operator(hotline, appeal_id)
    mine = {event.name for event in read(hotline, appeal_id).events}
    assert mine == {"AppealRegistered", "DispatchReferred", "WorkOrderDispatched"}
    ours = {event.name for event in read(hotline, appeal_id, OPERATOR).events}
    assert ours - mine == {"InformantRevealed", "EmergencyHandedOff"}


def test_even_an_operator_reads_the_contact_only_on_record() -> None:
    hotline = Hotline()
    order = read(hotline, referred(hotline), OPERATOR)
    assert (order.contact, order.text, order.confidential) == (None, NOT_RELEASED, True)


# --- what the informant gets -----------------------------------------------------------------------


def test_the_informant_follows_the_report_with_number_and_key() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    supplement(hotline, appeal_id, "今晚又来了")
    reveal(hotline, appeal_id)
    by_operator(hotline, appeal_id)
    hotline.act(appeal_id, ACKNOWLEDGE)
    hotline.act(appeal_id, THROUGH_US)
    hotline.act(appeal_id, RESOLVE)
    timeline = {entry.event: entry.text for entry in track(hotline, appeal_id).timeline}
    assert timeline["AppealSupplemented"] == "今晚又来了"
    assert timeline["WorkOrderResolved"] == RESOLVE.text
    assert timeline["InformantRevealed"] is None, "that somebody looked, not why"


@pytest.mark.parametrize(
    ("language", "words", "end"), [("en", "Please tell us", "?lang=en"), ("zh-CN", "请评价", "")]
)
def test_the_survey_reaches_the_informant_in_the_own_language(language: str, words: str, end: str) -> None:
    hotline = Hotline()
    appeal_id = surveying(hotline, language=language)
    assert hotline.notify(hotline.event(appeal_id, "SurveyOpened")).failed == {}
    (message,) = hotline.messenger.sent
    assert (message.to, message.language) == (report().contact, language)
    assert words in message.text
    assert message.text.endswith(hotline.tokens.survey_token(SurveyRef(appeal_id, 1)) + end)
