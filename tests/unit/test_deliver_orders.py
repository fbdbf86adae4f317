"""Messages on the agencies' own queues: to whom, what, once."""

from __future__ import annotations

from typing import Any

from hotline.domain.errors import HotlineError, NotFound, Unavailable
from hotline.domain.events import Envelope
from hotline.use_cases.deliver_orders import deliver_orders
from hotline.use_cases.dispatch_by_operator import DispatchByOperator, dispatch_by_operator
from hotline.use_cases.follow_appeal import supplement_appeal, withdraw_appeal
from tests.unit.builders import ACKNOWLEDGE, AGENCY, OPERATOR, RETURN, Hotline, appeal
from tests.unit.builders_directory import EAST, WEST_ZHONGSHAN, tiny_parts


def deliver(hotline: Hotline, *envelopes: Envelope) -> dict[str, HotlineError]:
    return deliver_orders(
        envelopes,
        cases=hotline.cases,
        words=hotline.words,
        deliveries=hotline.deliveries,
        queues=hotline.queues,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )


def dispatched_event(hotline: Hotline, **changes: Any) -> Envelope:
    appeal_id = hotline.dispatched(appeal(**changes) if changes else None)
    return hotline.event(appeal_id, "WorkOrderDispatched")


def needing_contact() -> Hotline:
    parts = tiny_parts()
    for service in parts["core"]["services"]:
        service["needs_contact"] = True
    return Hotline(parts)


def redispatched(hotline: Hotline, appeal_id: str) -> None:
    dispatch_by_operator(
        appeal_id,
        DispatchByOperator(agency_id=WEST_ZHONGSHAN),
        by=OPERATOR,
        command_id="op",
        expected_version=None,
        cases=hotline.cases,
        words=hotline.words,
        directories=hotline.directories,
        now=hotline.clock,
    )


def test_the_lead_agency_gets_the_order_with_limits_rules_and_what_it_may_do() -> None:
    hotline = Hotline()
    event = dispatched_event(hotline)
    assert deliver(hotline, event) == {}
    (message,) = hotline.queues.of(AGENCY)
    assert (message.kind, message.message_id, message.text) == ("dispatched", event.event_id, appeal().text)
    assert message.allowed == ("acknowledge", "return", "request_assist", "escalate", "request_review")
    assert ("handling", "sla-1/general/handling") in {(due.clock, due.rule_id) for due in message.due}
    assert message.return_until == hotline.case(event.appeal_id).return_until
    assert message.reply_token == hotline.tokens.reply_token(f"{event.appeal_id}.1", AGENCY)


def test_the_district_gets_a_copy_that_allows_nothing() -> None:
    hotline = needing_contact()
    event = dispatched_event(hotline)
    deliver(hotline, event)
    (copy,) = hotline.queues.of(EAST)
    assert (copy.kind, copy.lead_agency_id, copy.message_id) == ("copy", AGENCY, f"{event.event_id}/copy")
    assert (copy.reply_token, copy.allowed, copy.contact, copy.return_until) == (None, (), None, None)
    assert copy.text == appeal().text


def test_the_contact_is_sent_only_where_the_service_needs_it() -> None:
    for hotline, sent in ((Hotline(), False), (needing_contact(), True)):
        deliver(hotline, dispatched_event(hotline))
        contact = hotline.queues.of(AGENCY)[0].contact
        assert (contact is not None) is sent


def test_a_batch_that_comes_again_sends_nothing_twice() -> None:
    hotline = Hotline()
    events = [dispatched_event(hotline) for _ in range(3)]
    for _ in range(3):
        assert deliver(hotline, *events) == {}
    assert len(hotline.queues.sent) == 6
    assert len({(each.message_id, each.agency_id) for each in hotline.queues.sent}) == 6


def test_one_queue_that_fails_leaves_the_others_done_and_is_tried_again_alone() -> None:
    hotline = Hotline()
    events = [dispatched_event(hotline), dispatched_event(hotline, service_code="water.outage", contact=None)]
    hotline.queues.broken.add(EAST)
    failed = deliver(hotline, *events)
    assert list(failed) == [events[0].event_id]
    assert failed[events[0].event_id].retryable
    assert [each.state for each in hotline.deliveries.of_case(events[0].appeal_id)] == ["delivered", "failed"]
    hotline.queues.broken.clear()
    assert deliver(hotline, *events) == {}
    assert [message.agency_id for message in hotline.queues.sent] == [AGENCY, "waterworks", EAST]
    assert {each.state for each in hotline.deliveries.recorded.values()} == {"delivered"}


def test_words_that_cannot_be_read_hold_back_one_message_and_forget_no_other() -> None:
    hotline = Hotline()
    ready, waiting = dispatched_event(hotline), hotline.dispatched()
    supplement(hotline, waiting)
    event = hotline.event(waiting, "AppealSupplemented")

    class Silent:
        def notes(self, appeal_id: str) -> list[Any]:
            raise Unavailable("dynamodb")

        def __getattr__(self, name: str) -> Any:
            return getattr(hotline.words, name)

    broken = deliver_orders(
        [ready, event],
        cases=hotline.cases,
        words=Silent(),
        deliveries=hotline.deliveries,
        queues=hotline.queues,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )
    assert list(broken) == [event.event_id]
    assert (ready.event_id, AGENCY) in hotline.deliveries.done([(ready.event_id, AGENCY)])


def supplement(hotline: Hotline, appeal_id: str) -> None:
    supplement_appeal(
        appeal_id,
        hotline.secret_key(appeal_id),
        "今天还是不亮",
        "s-1",
        cases=hotline.cases,
        words=hotline.words,
        sealed=hotline.sealed,
        now=hotline.clock,
    )


def test_the_citizens_further_words_reach_the_agency() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    supplement(hotline, appeal_id)
    deliver(hotline, hotline.event(appeal_id, "AppealSupplemented"))
    (message,) = hotline.queues.of(AGENCY)
    assert (message.kind, message.notes) == ("supplemented", ("今天还是不亮",))
    assert hotline.queues.of(EAST) == []


def test_nobody_is_told_while_no_agency_holds_the_order() -> None:
    hotline = Hotline()
    registered, returned = hotline.registered(appeal(service_code=None, place=None)), hotline.dispatched()
    hotline.act(returned, RETURN)
    for appeal_id in (registered, returned):
        supplement(hotline, appeal_id)
        assert deliver(hotline, hotline.event(appeal_id, "AppealSupplemented")) == {}
    assert hotline.queues.sent == []


def test_an_agency_that_has_lost_the_order_is_sent_nothing_of_it() -> None:
    hotline = needing_contact()
    event = dispatched_event(hotline)
    hotline.act(event.appeal_id, RETURN)
    redispatched(hotline, event.appeal_id)
    assert deliver(hotline, event, hotline.event(event.appeal_id, "WorkOrderRedispatched")) == {}
    assert hotline.queues.of(AGENCY) == []
    assert [message.kind for message in hotline.queues.of(WEST_ZHONGSHAN)] == ["dispatched"]


def test_a_breach_is_told_to_the_agency_and_its_district_without_words() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    hotline.act(appeal_id, ACKNOWLEDGE)
    hotline.clock.pass_(days=8)
    hotline.sweep()
    breaches = [each for each in hotline.events() if each.name == "ClockBreached"]
    deliver(hotline, *breaches)
    assert {message.agency_id for message in hotline.queues.sent} == {AGENCY, EAST}
    assert {message.kind for message in hotline.queues.sent} == {"clock_breached"}
    assert all(message.text is None and message.contact is None for message in hotline.queues.sent)


def test_a_late_dispatch_is_no_business_of_the_agency() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered()
    hotline.clock.pass_(days=2)
    hotline.dispatch(hotline.event(appeal_id, "AppealRegistered"))
    breach = hotline.event(appeal_id, "ClockBreached")
    assert deliver(hotline, breach) == {}
    assert hotline.queues.sent == []


def test_a_withdrawal_reaches_the_agency_and_allows_nothing_more() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    withdraw_appeal(appeal_id, hotline.secret_key(appeal_id), "w", cases=hotline.cases, now=hotline.clock)
    deliver(hotline, hotline.event(appeal_id, "AppealWithdrawn"))
    (message,) = hotline.queues.of(AGENCY)
    assert (message.kind, message.status, message.allowed, message.text) == (
        "withdrawn",
        "withdrawn",
        (),
        None,
    )


def test_words_that_were_erased_leave_an_order_without_them() -> None:
    hotline = Hotline()
    event = dispatched_event(hotline)
    hotline.words.said.clear()
    assert deliver(hotline, event) == {}
    assert hotline.queues.of(AGENCY)[0].text is None


def test_an_event_without_a_case_is_refused_for_good() -> None:
    hotline = Hotline()
    event = dispatched_event(hotline)
    hotline.cases.items.clear()
    assert isinstance(deliver(hotline, event)[event.event_id], NotFound)
