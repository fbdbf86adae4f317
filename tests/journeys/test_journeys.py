"""Appeals from the citizen's first word to the last, through every function and queue of the template."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.journeys.conftest import city_on_moto
from tests.journeys.pump import City, Faults
from tests.unit.builders_directory import EAST, EAST_ZHONGSHAN, RIVERSIDE

LAMP = "河边街道的路灯不亮"
NOISE = {"text": "晚上噪声扰民", "service_code": "street.noise", "place": {"subdistrict": RIVERSIDE}}
PHONE = "13800138000"
ALL = {"numerator": 1, "denominator": 1}
NONE = {"numerator": 0}


def noise(city: City, **more: Any) -> dict[str, Any]:
    """An appeal that everybody knows where to send: the sub-district's."""
    receipt = city.register(**NOISE, **more)
    city.settle()
    return receipt


def only(orders: list[dict[str, Any]]) -> dict[str, Any]:
    (order,) = orders
    return order


def history(city: City, receipt: dict[str, Any]) -> list[str]:
    """The events of an appeal as the bus carried them, in order, each once."""
    seen = {
        event["id"]: event["detail-type"]
        for event in city.on_the_bus
        if event["detail"]["correlation_id"] == receipt["tracking_number"]
    }
    return [seen[each] for each in sorted(seen, key=lambda event_id: int(event_id.rpartition(":")[2]))]


def score(city: City, agency_id: str, district: str = EAST) -> dict[str, Any]:
    reply = city.call(
        "GET",
        f"/scorecards/{city.clock():%Y%m}/{agency_id}",
        claims={"sub": "chen", "role": "supervisor", "district": district},
    )
    assert reply.status == 200, reply
    scorecard: dict[str, Any] = reply.body["scorecard"]
    return scorecard


def test_an_appeal_is_dispatched_handled_confirmed_and_scored(city: City) -> None:
    receipt = noise(city, contact={"phone": PHONE})
    city.handle(only(city.orders(RIVERSIDE)))
    assert city.track(receipt)["status"] == "surveying"
    assert city.survey_texts == [f"survey/{receipt['tracking_number']}/1"]
    assert city.answer(receipt).body["status"] == "closed"
    city.settle()
    assert history(city, receipt) == [
        "AppealRegistered",
        "WorkOrderDispatched",
        "WorkOrderAcknowledged",
        "CitizenContacted",
        "WorkOrderResolved",
        "SurveyOpened",
        "WorkOrderClosed",
    ]
    card = score(city, RIVERSIDE)
    assert card["response_rate"] == card["resolution_rate"] == card["satisfaction_rate"] == ALL
    assert city.dead_letters() == {}


def test_the_agency_reads_words_and_limits_but_no_contact_that_it_does_not_need(city: City) -> None:
    noise(city, contact={"phone": PHONE})
    order = only(city.orders(RIVERSIDE))
    assert order["text"] == NOISE["text"]
    assert {due["clock"] for due in order["due"]} == {"dispatch", "response", "handling"}
    assert all(due["rule_id"].startswith("sla-1/general/") for due in order["due"])
    assert order["allowed"] == ["acknowledge", "return", "request_assist", "escalate", "request_review"]
    assert "contact" not in order
    assert PHONE not in str(order)


def test_the_district_gets_a_copy_of_what_its_sub_district_must_do(city: City) -> None:
    noise(city)
    copy = only(city.orders(EAST))
    assert (copy["kind"], copy["lead_agency_id"], copy["allowed"]) == ("copy", RIVERSIDE, [])


def test_not_resolved_sends_the_order_back_with_the_citizens_words_until_it_is(city: City) -> None:
    receipt = noise(city)
    city.handle(only(city.orders(RIVERSIDE)))
    assert city.answer(receipt, resolved=False).body["status"] == "in_progress"
    city.settle()
    again = only([order for order in city.orders(RIVERSIDE) if order["kind"] == "reopened"])
    assert again["notes"] == ["如上"]
    city.reply(again, "resolve", text="这次真的处理了")
    city.settle()
    assert city.answer(receipt).body["status"] == "closed"
    city.settle()
    assert score(city, RIVERSIDE)["resolution_rate"] == ALL
    assert history(city, receipt).count("WorkOrderReopened") == 1


def test_the_citizen_is_asked_when_the_limit_passes_though_nobody_says_done(quick_city: City) -> None:
    city = quick_city
    receipt = city.register("停水", service_code="water.outage")
    city.settle()
    order = only(city.orders("waterworks"))
    city.reply(order, "acknowledge")
    city.settle()
    city.pass_(days=1, minutes=1)
    city.settle()
    status = city.track(receipt)
    assert status["status"] == "surveying"
    assert "ClockBreached" in history(city, receipt)
    assert {message["kind"] for message in city.orders("waterworks")} == {"clock_warned", "clock_breached"}
    city.reply(order, "record_contact", channel="phone")
    city.settle()
    city.reply(order, "resolve", text="已恢复供水")
    city.settle()
    assert city.answer(receipt).body["status"] == "closed", "a late answer is late, not lost"


def test_silence_closes_without_counting_as_satisfied(quick_city: City) -> None:
    city = quick_city
    receipt = noise(city)
    city.handle(only(city.orders(RIVERSIDE)))
    city.pass_(days=7, hours=1)
    city.settle()
    assert city.track(receipt)["status"] == "closed"
    card = score(city, RIVERSIDE)
    assert card.get("satisfaction_rate", NONE)["numerator"] == 0
    assert history(city, receipt)[-1] == "WorkOrderClosed"


def test_silence_on_what_nobody_resolved_sends_it_back_instead_of_closing_it(quick_city: City) -> None:
    city = quick_city
    receipt = city.register("停水", service_code="water.outage")
    city.settle()
    city.pass_(days=1, minutes=1)
    city.settle()
    city.pass_(days=7, minutes=1)
    city.settle()
    assert city.track(receipt)["status"] == "in_progress"
    assert history(city, receipt)[-1] in ("WorkOrderReopened", "ClockBreached")


def test_a_returned_order_goes_to_an_operator_and_from_there_to_another_agency(city: City) -> None:
    receipt = noise(city)
    city.reply(only(city.orders(RIVERSIDE)), "return", ground="not_our_area", text="不在我街道")
    city.settle()
    assert city.waiting_for_operators() == [receipt["tracking_number"]]
    order_id = f"{receipt['tracking_number']}.1"
    reply = city.operator("POST", f"/orders/{order_id}/dispatch", {"agency_id": EAST_ZHONGSHAN})
    assert reply.body["status"] == "dispatched"
    city.settle()
    assert city.waiting_for_operators() == []
    city.handle(only(city.orders(EAST_ZHONGSHAN)))
    city.answer(receipt)
    city.settle()
    assert score(city, EAST_ZHONGSHAN)["resolution_rate"] == ALL


def test_the_agency_that_returned_an_order_can_do_nothing_more_with_it(city: City) -> None:
    noise(city)
    order = only(city.orders(RIVERSIDE))
    city.reply(order, "return", ground="not_our_area", text="不在我街道")
    city.settle()
    city.operator("POST", f"/orders/{order['work_order_id']}/dispatch", {"agency_id": EAST_ZHONGSHAN})
    city.settle()
    city.reply(order, "acknowledge")
    city.settle()
    refusal = [message for message in city.orders(RIVERSIDE) if message["kind"] == "reply_refused"]
    assert only(refusal)["refused"]["problem"] == "not-found"


def test_an_unclear_appeal_waits_for_an_operator_with_what_is_known(city: City) -> None:
    receipt = city.register("中山街道路灯不亮")
    city.settle()
    number = receipt["tracking_number"]
    assert city.waiting_for_operators() == [number]
    candidates = city.operator("GET", f"/dispatch/queue/{number}").body
    assert candidates["reasons"] == ["place-ambiguous"]
    assert EAST_ZHONGSHAN in candidates["places"]
    reply = city.operator(
        "POST",
        f"/orders/{number}.1/dispatch",
        {"agency_id": EAST_ZHONGSHAN, "service_code": "street.lamp", "subdistrict": EAST_ZHONGSHAN},
    )
    assert reply.status == 200
    city.settle()
    assert only(city.orders(EAST_ZHONGSHAN))["service"]["service_code"] == "street.lamp"


def test_an_emergency_is_told_at_once_whom_to_call_and_the_hand_off_is_recorded(city: City) -> None:
    receipt = city.register("东区河边街道着火了，有人昏迷")
    city.settle()
    assert set(receipt["emergency"]["numbers"]) == {"119", "120"}
    assert "EmergencyHandedOff" in history(city, receipt)


def test_a_withdrawn_appeal_is_over_for_everybody(quick_city: City) -> None:
    city = quick_city
    receipt = noise(city)
    order = only(city.orders(RIVERSIDE))
    assert city.citizen("POST", receipt, "/withdrawal").body["status"] == "withdrawn"
    city.settle()
    assert only(city.orders(RIVERSIDE))["kind"] == "withdrawn"
    city.reply(order, "acknowledge")
    city.settle()
    assert only(city.orders(RIVERSIDE))["kind"] == "reply_refused"
    city.pass_(days=8)
    city.settle()
    assert history(city, receipt) == ["AppealRegistered", "WorkOrderDispatched", "AppealWithdrawn"]


def test_further_words_reach_the_agency(city: City) -> None:
    receipt = noise(city)
    city.orders(RIVERSIDE)
    city.citizen("POST", receipt, "/supplements", {"text": "是三号楼"})
    city.settle()
    message = only(city.orders(RIVERSIDE))
    assert (message["kind"], message["notes"]) == ("supplemented", ["是三号楼"])


def test_an_appeal_withdrawn_before_it_is_dispatched_is_never_dispatched(city: City) -> None:
    receipt = city.register(**NOISE)
    city.citizen("POST", receipt, "/withdrawal")
    city.settle()
    assert history(city, receipt) == ["AppealRegistered", "AppealWithdrawn"]
    assert city.orders(RIVERSIDE) == []


def test_overlapping_and_repeated_sweeps_fire_each_timer_once(quick_city: City) -> None:
    city = quick_city
    receipt = city.register("停水", service_code="water.outage")
    city.settle()
    city.sweep()
    city.clock.pass_(days=1, minutes=1)
    for _ in range(3):
        city.sweep()
    city.settle()
    fired = [name for name in history(city, receipt) if name.startswith("Clock")]
    assert sorted(fired) == ["ClockBreached"] * 2 + ["ClockWarned"] * 2, "response and handling, each once"


def test_an_answer_in_the_last_second_is_in_time_though_the_sweep_comes_later(city: City) -> None:
    receipt = city.register("停水", service_code="water.outage")
    city.settle()
    order = only(city.orders("waterworks"))
    city.reply(order, "acknowledge")
    city.settle()
    city.reply(order, "record_contact", channel="phone")
    city.settle()
    due = next(due["due_at"] for due in city.track(receipt)["due"] if due["clock"] == "handling")
    city.clock.at = city.clock.at.fromisoformat(due)
    city.reply(order, "resolve", text="已恢复供水")
    city.settle()
    city.pass_(hours=2)
    city.settle()
    assert not [name for name in history(city, receipt) if name == "ClockBreached"]


@pytest.mark.parametrize("seed", range(3))
def test_everything_delivered_twice_and_in_disorder_ends_in_the_same_state(
    monkeypatch: pytest.MonkeyPatch, aws_in_process: None, seed: int
) -> None:
    faults = Faults(random.Random(seed), duplicated=0.9, shuffled=True)
    city = city_on_moto(monkeypatch, faults)
    receipt = noise(city, contact={"phone": PHONE})
    city.handle(next(order for order in city.orders(RIVERSIDE) if order["kind"] == "dispatched"))
    city.answer(receipt)
    city.settle()
    assert faults.struck["delivered again"] > 3
    assert history(city, receipt) == [
        "AppealRegistered",
        "WorkOrderDispatched",
        "WorkOrderAcknowledged",
        "CitizenContacted",
        "WorkOrderResolved",
        "SurveyOpened",
        "WorkOrderClosed",
    ]
    assert score(city, RIVERSIDE)["resolution_rate"] == ALL
    assert city.survey_texts == [f"survey/{receipt['tracking_number']}/1"]
    assert city.dead_letters() == {}


def test_replies_in_disorder_are_carried_out_in_order(city: City) -> None:
    receipt = noise(city)
    order = only(city.orders(RIVERSIDE))
    city.reply(order, "resolve", text="已处理")
    city.reply(order, "record_contact", channel="visit")
    city.reply(order, "acknowledge")
    city.settle()
    assert city.track(receipt)["status"] == "surveying"


def test_a_long_quarrel_spills_old_events_and_loses_none(city: City) -> None:
    receipt = noise(city)
    for _ in range(45):
        city.citizen("POST", receipt, "/supplements", {"text": "还在吵"})
    city.settle()
    assert len(history(city, receipt)) == 47
    city.orders(RIVERSIDE)
    assert city.track(receipt)["version"] == 47
