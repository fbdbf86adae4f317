"""Messages about what is asked beside the lead order: to whom, with what, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hotline.domain.actor import CITIZEN, SYSTEM, Actor, Role
from hotline.domain.calendar import Limit
from hotline.domain.case import Case
from hotline.domain.errors import NotFound
from hotline.domain.orders import AgencyCommand, OrderMessage, RequestAssist
from hotline.domain.side_orders import SideKind
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.use_cases.change_case import save_case
from hotline.use_cases.deliver_orders import TOLD
from tests.unit.builders import AGENCY, HELPER, JUDGE, OFFICER, RETURN, SUPERVISOR, Hotline, appeal, citing
from tests.unit.builders_directory import CITY, EAST, EAST_ZHONGSHAN, tiny_parts
from tests.unit.builders_sides import (
    ACCEPT,
    ARRIVE,
    ASSIST,
    CANCEL,
    DISTRICT_OFFICER,
    ESCALATE,
    EXTENSION,
    HOLD,
    REPORT,
    STAGE,
    SUMMON,
    act_beside,
    assisted,
    deliver,
    summoned,
)


def news(hotline: Hotline) -> list[tuple[str, str]]:
    """What the agencies have got since the dispatch, as (agency, kind); every event is delivered twice."""
    told = [event for event in hotline.events() if event.name in TOLD - {"WorkOrderDispatched"}]
    assert deliver(hotline, *told) == deliver(hotline, *told) == {}
    return [(message.agency_id, message.kind) for message in hotline.queues.sent]


def change(hotline: Hotline, appeal_id: str, act: Callable[[Case], object]) -> None:
    """Let the case act as another part of the hotline would."""
    case = hotline.case(appeal_id)
    act(case)
    save_case(citing(case), hotline.cases)


def timekeeper(hotline: Hotline) -> PolicyTimekeeper:
    return PolicyTimekeeper.of(hotline.directories.current())


def the(hotline: Hotline, agency_id: str, kind: str) -> OrderMessage:
    """The one message of that kind that an agency has got."""
    (message,) = [each for each in hotline.queues.of(agency_id) if each.kind == kind]
    return message


def needing_contact() -> Hotline:
    parts = tiny_parts()
    for service in parts["core"]["services"]:
        service["needs_contact"] = True
    return Hotline(parts)


# --- asking ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "kind", "allowed"),
    [
        (ASSIST, "assist", ("acknowledge", "report_stage", "report")),
        (SUMMON, "summons", ("acknowledge", "arrive", "report_stage")),
    ],
    ids=["assist", "summons"],
)
def test_whoever_is_asked_gets_an_order_of_its_own(
    ask: AgencyCommand, kind: str, allowed: tuple[str, ...]
) -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, ask)
    assert news(hotline) == [(HELPER, kind)]
    message = the(hotline, HELPER, kind)
    order_id = f"{appeal_id}.2"
    assert (message.work_order_id, message.message_id) == (order_id, f"{order_id}:1")
    assert message.reply_token == hotline.tokens.reply_token(order_id, HELPER)
    assert message.reply_token != hotline.tokens.reply_token(f"{appeal_id}.1", HELPER)
    assert (message.side, message.asked_by, message.lead_agency_id) == (kind, AGENCY, AGENCY)
    assert (message.text, message.notes) == (appeal().text, (ask.text,))  # type: ignore[union-attr]
    assert [(due.clock, due.due_at) for due in message.due] == [
        (kind, hotline.cases.side(order_id).clock.due_at)
    ]
    assert (message.allowed, message.status) == (allowed, "asked")


def test_only_an_assist_is_sent_the_contact_and_only_where_the_service_needs_it() -> None:
    for hotline, ask, sent in (
        (needing_contact(), ASSIST, True),
        (Hotline(), ASSIST, False),
        (needing_contact(), SUMMON, False),
    ):
        hotline.act(hotline.in_progress(), ask)
        news(hotline)
        assert (hotline.queues.of(HELPER)[0].contact is not None) is sent


def test_several_who_are_asked_hear_nothing_of_each_other() -> None:
    hotline = Hotline()
    hotline.act(hotline.in_progress(), RequestAssist(agency_ids=(HELPER, "waterworks"), text="请核查"))
    assert news(hotline) == [(HELPER, "assist"), ("waterworks", "assist")]
    assert len({message.reply_token for message in hotline.queues.sent}) == 2


def test_supervisors_have_no_queue() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, EXTENSION)
    act_beside(hotline, f"{appeal_id}.2", CANCEL, OFFICER)
    hotline.act(appeal_id, HOLD)
    hotline.clock.pass_(days=2)
    hotline.sweep()
    assert news(hotline) == []


# --- answering -------------------------------------------------------------------------------------


def test_the_lead_gets_the_stage_report_and_the_report_with_their_words() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    act_beside(hotline, order_id, ACCEPT)
    act_beside(hotline, order_id, STAGE)
    act_beside(hotline, order_id, REPORT)
    assert news(hotline)[1:] == [(AGENCY, "side_stage_report"), (AGENCY, "side_report")]
    message = the(hotline, AGENCY, "side_report")
    assert (message.notes, message.status, message.work_order_id) == ((REPORT.text,), "done", order_id)
    assert (message.asked_agency_id, message.lead_agency_id) == (HELPER, AGENCY)
    assert (message.reply_token, message.allowed, message.text, message.contact) == (None, (), None, None)
    assert message.appeal_id == appeal_id


def test_a_report_is_nothing_to_an_agency_that_no_longer_leads() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    hotline.act(appeal_id, ASSIST)
    act_beside(hotline, f"{appeal_id}.2", REPORT)
    hotline.act(appeal_id, RETURN)
    assert news(hotline) == [(HELPER, "assist")]


def test_what_is_taken_back_is_told_to_whoever_was_asked() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    act_beside(hotline, order_id, CANCEL, OFFICER)
    assert news(hotline) == [(HELPER, "assist"), (HELPER, "side_cancelled")]
    assert hotline.queues.sent[-1].allowed == ()


def test_the_limit_of_a_part_is_the_business_of_whoever_owes_it() -> None:
    hotline = Hotline()
    summoned(hotline)
    for hours in (1.6, 0.6):
        hotline.clock.pass_(hours=hours)
        hotline.sweep()
    assert news(hotline) == [(HELPER, "summons"), (HELPER, "clock_warned"), (HELPER, "clock_breached")]
    assert hotline.queues.sent[-1].due[0].clock == "summons"
    assert hotline.queues.sent[-1].text is None


def test_the_arrival_itself_is_told_to_nobody_and_the_report_to_the_street() -> None:
    hotline = Hotline()
    _, order_id = summoned(hotline)
    act_beside(hotline, order_id, ARRIVE)
    act_beside(hotline, order_id, REPORT)
    assert news(hotline) == [(HELPER, "summons"), (AGENCY, "side_report")]


# --- supervision and escalation --------------------------------------------------------------------


def supervised(hotline: Hotline) -> str:
    appeal_id = hotline.in_progress()
    change(
        hotline,
        appeal_id,
        lambda case: case.open_side(
            SideKind.SUPERVISION,
            AGENCY,
            by=SUPERVISOR,
            at=hotline.clock(),
            command_id="su",
            timekeeper=timekeeper(hotline),
        ),
    )
    return appeal_id


def test_a_supervision_goes_to_the_lead_and_its_district_is_informed() -> None:
    hotline = Hotline()
    supervised(hotline)
    assert news(hotline) == [(AGENCY, "supervision"), (EAST, "supervision")]
    informed = the(hotline, EAST, "supervision")
    assert (informed.reply_token, informed.allowed, informed.contact) == (None, (), None)
    assert informed.message_id.endswith("/copy")
    assert the(hotline, AGENCY, "supervision").allowed == ("acknowledge", "report")


def test_the_leads_own_answer_to_a_supervision_is_not_news_to_it() -> None:
    hotline = Hotline()
    appeal_id = supervised(hotline)
    act_beside(hotline, f"{appeal_id}.2", REPORT, OFFICER)
    assert news(hotline) == [(AGENCY, "supervision"), (EAST, "supervision")]


def test_an_escalation_by_the_lead_goes_to_its_superior_whose_opinion_comes_back() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, ESCALATE)
    act_beside(hotline, f"{appeal_id}.2", REPORT, DISTRICT_OFFICER)
    assert news(hotline) == [(EAST, "escalation"), (AGENCY, "side_report")]
    assert the(hotline, EAST, "escalation").reply_token is not None


def test_an_escalation_to_the_city_is_known_to_the_district_too() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, ESCALATE)
    hotline.act(appeal_id, ESCALATE)
    assert news(hotline) == [(EAST, "escalation"), (CITY, "escalation"), (EAST, "escalation")]
    assert [message.reply_token is None for message in hotline.queues.sent] == [False, False, True]


def test_an_escalation_that_the_lead_did_not_ask_for_is_told_to_it() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    change(
        hotline,
        appeal_id,
        lambda case: case.open_side(
            SideKind.ESCALATION,
            EAST,
            by=SYSTEM,
            at=hotline.clock(),
            command_id="ladder",
            timekeeper=timekeeper(hotline),
        ),
    )
    assert news(hotline) == [(EAST, "escalation"), (AGENCY, "escalation")]
    assert the(hotline, AGENCY, "escalation").reply_token is None


def test_a_confidential_report_is_told_to_nobody_whom_it_is_about_even_when_somebody_asks_them() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered(appeal(confidential=True, about_agency=EAST))
    change(
        hotline,
        appeal_id,
        lambda case: [
            case.open_side(
                SideKind.OPINION,
                agency_id,
                by=Actor(role=Role.OPERATOR),
                at=hotline.clock(),
                command_id=f"consult {agency_id}",
                timekeeper=timekeeper(hotline),
            )
            for agency_id in (EAST_ZHONGSHAN, HELPER)
        ],
    )
    assert news(hotline) == [(HELPER, "opinion")]


# --- what becomes of the lead order ----------------------------------------------------------------


def test_a_refused_request_comes_back_with_the_supervisors_reasons() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, EXTENSION)
    decide(hotline, appeal_id, granted=False)
    assert news(hotline) == [(AGENCY, "request_refused")]
    assert (hotline.queues.sent[0].side, hotline.queues.sent[0].asked_agency_id) == (
        "extension",
        f"~supervisors/{EAST}",
    )


def test_granted_time_is_told_with_the_new_limit_and_a_hold_with_its_review_date() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    due_at = hotline.case(appeal_id).clocks["handling"].due_at
    hotline.act(appeal_id, EXTENSION)
    decide(hotline, appeal_id, granted=True)
    hotline.act(appeal_id, HOLD)
    decide(hotline, appeal_id, granted=True)
    hotline.clock.at = HOLD.until + timedelta(seconds=1)
    assert news(hotline) == [(AGENCY, "extension_granted"), (AGENCY, "held")]
    assert hotline.queues.sent[0].due[-1].due_at == due_at + timedelta(days=2)
    assert hotline.queues.sent[1].resumes_at == HOLD.until
    hotline.sweep()
    assert (AGENCY, "resumed") in news(hotline)


def test_an_urge_and_a_return_that_was_not_accepted_reach_the_lead() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    hotline.act(appeal_id, RETURN)
    now = {"at": hotline.clock(), "command_id": "j"}
    change(
        hotline,
        appeal_id,
        lambda case: case.uphold("n-uphold", by=JUDGE, timekeeper=timekeeper(hotline), **now),  # type: ignore[arg-type]
    )
    change(
        hotline,
        appeal_id,
        lambda case: case.urge(None, by=SUPERVISOR, at=hotline.clock(), command_id="u"),
    )
    assert news(hotline) == [(AGENCY, "return_upheld"), (AGENCY, "urged")]
    assert "return" not in hotline.queues.sent[0].allowed


def test_the_hotlines_own_delay_with_a_dispute_is_no_agencys() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    hotline.act(appeal_id, RETURN)
    hotline.clock.pass_(days=2)
    hotline.sweep()
    breaches = [event for event in hotline.events() if event.data.get("clock") == "adjudication"]
    assert [event.name for event in breaches] == ["ClockWarned", "ClockBreached"]
    change(
        hotline,
        appeal_id,
        lambda case: case.uphold(
            "n", by=JUDGE, at=hotline.clock(), command_id="j", timekeeper=timekeeper(hotline)
        ),
    )
    assert deliver(hotline, *breaches) == {}
    assert hotline.queues.sent == []


def test_an_event_of_an_order_that_is_gone_is_refused_for_good() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    event = hotline.event(appeal_id, "SideOrderAsked")
    del hotline.cases.items[order_id]
    assert isinstance(deliver(hotline, event)[event.event_id], NotFound)


def test_a_withdrawn_appeal_frees_everybody_who_was_asked() -> None:
    hotline = Hotline()
    appeal_id, _ = assisted(hotline)
    change(
        hotline,
        appeal_id,
        lambda case: case.withdraw(by=CITIZEN, at=hotline.clock(), command_id="w"),
    )
    assert news(hotline) == [(HELPER, "assist"), (AGENCY, "withdrawn"), (HELPER, "side_cancelled")]


def decide(hotline: Hotline, appeal_id: str, *, granted: bool) -> None:
    """A supervisor decides about the request that is open."""
    case = hotline.case(appeal_id)
    (side,) = hotline.cases.sides([f"{appeal_id}.{number}" for number in case.open_sides])
    now = {"by": SUPERVISOR, "at": hotline.clock(), "command_id": f"decide-{side.number}"}
    side.decide(granted, "n-decided", **now)  # type: ignore[arg-type]
    case.end_side(side, **now)  # type: ignore[arg-type]
    if granted and side.kind is SideKind.EXTENSION:
        limit = Limit(amount=side.terms["amount"], unit=side.terms["unit"])
        case.extend(limit, side, timekeeper=timekeeper(hotline), **now)  # type: ignore[arg-type]
    elif granted:
        case.hold(HOLD.until, side, timekeeper=timekeeper(hotline), **now)  # type: ignore[arg-type]
    save_case(citing(case), hotline.cases)
