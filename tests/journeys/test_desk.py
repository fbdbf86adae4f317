"""Disputes, conclusions, more time and the ladder, through every function and queue of the template."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.conftest import city_on_a_dictionary
from tests.journeys.pump import City, Reply
from tests.unit.builders_directory import CITY, EAST, RIVERSIDE, parts_with_ladder

NOISE = {"text": "晚上噪声扰民", "service_code": "street.noise", "place": {"subdistrict": RIVERSIDE}}


def noise(city: City) -> dict[str, Any]:
    receipt = city.register(**NOISE, contact={"phone": "13800138000"})
    city.settle()
    return receipt


def only(city: City, agency_id: str, kind: str) -> dict[str, Any]:
    """The one message of that kind that an agency finds."""
    (order,) = [order for order in city.orders(agency_id) if order["kind"] == kind]
    return order


def staff(city: City, role: str, method: str, path: str, body: object = None, **claims: str) -> Reply:
    reply = city.insist(method, path, body, claims={"sub": "sun", "role": role, **claims})
    city.settle()
    return reply


def conclude(city: City, receipt: dict[str, Any]) -> None:
    body = {"outcome": "legal_route", "route": "litigation", "text": "请向法院起诉"}
    reply = staff(city, "operator", "POST", f"/orders/{receipt['tracking_number']}/conclude", body)
    assert reply.body["status"] == "resolved"


def test_an_answer_of_the_hotlines_own_is_asked_about_contested_and_handled_after_all(city: City) -> None:
    receipt = city.register("我有一件事想反映", contact={"phone": "13800138000"})
    city.settle()
    conclude(city, receipt)
    seen = city.track(receipt)
    assert (seen["status"], seen["conclusion"]["text"]) == ("surveying", "请向法院起诉")
    assert city.survey_texts == [f"survey/{receipt['tracking_number']}/1"]
    assert city.answer(receipt, resolved=False).body["status"] == "registered"
    city.settle()
    assert city.waiting_for_operators() == [receipt["tracking_number"]]
    body = {"agency_id": RIVERSIDE, "subdistrict": RIVERSIDE}
    assert (
        staff(city, "operator", "POST", f"/orders/{receipt['tracking_number']}/dispatch", body).status == 200
    )
    city.handle(only(city, RIVERSIDE, "dispatched"))
    assert city.answer(receipt).body["status"] == "closed"
    city.settle()
    month = staff(city, "supervisor", "GET", f"/scorecards/{city.clock():%Y%m}").body
    assert [(each["conclusion"], each["told"], each["contested"]) for each in month["conclusions"]] == [
        ("legal_route", 1, 1)
    ]
    assert city.dead_letters() == {}


def test_an_answer_that_is_accepted_closes_and_is_nobodys_in_the_figures(city: City) -> None:
    receipt = city.register("我有一件事想反映")
    city.settle()
    conclude(city, receipt)
    assert city.answer(receipt).body["status"] == "closed"
    city.settle()
    month = staff(city, "supervisor", "GET", f"/scorecards/{city.clock():%Y%m}").body
    assert (month["agencies"], month["total"]["tally"]["closed"]) == ([], 0)
    assert month["conclusions"][0]["accepted"] == 1


def test_a_dispute_is_decided_and_the_agency_reads_the_reasons(city: City) -> None:
    receipt = noise(city)
    number = receipt["tracking_number"]
    city.reply(only(city, RIVERSIDE, "dispatched"), "return", ground="not_our_duty", text="属城管职责")
    city.settle()
    (dispute,) = staff(city, "adjudicator", "GET", "/dispatch/disputes").body["orders"]
    assert dispute["appeal_id"] == number
    body = {"verdict": "uphold", "text": "噪声属街道综合执法"}
    assert (
        staff(city, "adjudicator", "POST", f"/orders/{number}/adjudicate", body).body["status"]
        == "dispatched"
    )
    order = only(city, RIVERSIDE, "return_upheld")
    assert (order["notes"], "return" in order["allowed"]) == (["噪声属街道综合执法"], False)
    city.handle(order)
    assert city.track(receipt)["status"] == "surveying"


def test_more_time_is_asked_granted_and_known_to_everybody(city: City) -> None:
    receipt = noise(city)
    order = only(city, RIVERSIDE, "dispatched")
    city.reply(order, "acknowledge")
    city.settle()
    city.reply(order, "request_extension", amount=3, unit="days", text="待检测", citizen_told="phone")
    city.settle()
    district = {"district": EAST}
    (asked,) = staff(city, "supervisor", "GET", "/supervision/requests", **district).body["requests"]
    path = f"/supervision/requests/{asked['work_order_id']}/decide"
    body = {"granted": True, "text": "检测需要三天"}
    before = city.track(receipt)["due"]
    assert staff(city, "supervisor", "POST", path, body, district="990102").status == 404
    assert staff(city, "supervisor", "POST", path, body, **district).body["status"] == "done"
    assert only(city, RIVERSIDE, "extension_granted")["due"] != before
    entry = city.track(receipt)["timeline"][-1]
    assert (entry["event"], entry["text"]) == ("ExtensionGranted", "检测需要三天")


def test_a_limit_that_nobody_keeps_reaches_the_district_and_then_the_city(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    city = city_on_a_dictionary(monkeypatch, parts=parts_with_ladder())
    receipt = noise(city)
    order = only(city, RIVERSIDE, "dispatched")
    city.reply(order, "acknowledge")
    city.settle()
    city.pass_(days=14)
    city.settle()
    told = [message["kind"] for message in city.orders(RIVERSIDE)]
    assert (told.count("urged"), told.count("supervision")) == (1, 1)
    asked = {agency_id: only_asked(city, agency_id) for agency_id in (EAST, CITY)}
    assert {agency_id: order["side"] for agency_id, order in asked.items()} == {
        EAST: "escalation",
        CITY: "escalation",
    }
    city.reply(asked[EAST], "report", text="已协调街道限期办理", attachments=[])
    city.settle()
    timeline = [entry["text_zh"] for entry in city.track(receipt)["timeline"]]
    assert timeline.count("已提请上级单位研究") == 2
    assert timeline.count("上级单位已提出意见") == 1
    assert city.dead_letters() == {}


def only_asked(city: City, agency_id: str) -> dict[str, Any]:
    """What a superior was asked, with the token to answer it."""
    (order,) = [
        order
        for order in city.orders(agency_id)
        if order["kind"] == "escalation"
        and order.get("asked_agency_id") == agency_id
        and "reply_token" in order
    ]
    return order
