"""Every file of ``events/`` is run against its function, and does what its name says."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from io import StringIO
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from auth import authorize
from hotline.adapters.dynamodb.texts import decode_words
from hotline.domain.confidential import HEADLINE, NOT_RELEASED, released
from hotline.domain.orders import ReturnGround
from hotline.domain.tokens import SurveyRef
from hotline.edges.tokens import SigningKeys, TokenReader
from tests.aws_stack import MotoStack, failed, function_of, sample
from tests.lives import AGENCY, APPEAL, DISTRICT_AGENCY, HELPER, SERVICE, TEXT, Life


def body_of(answer: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer["body"])
    return body


def told(stack: MotoStack, agency_id: str = AGENCY) -> list[dict[str, Any]]:
    """What an agency finds in its queue."""
    return [json.loads(message["Body"]) for message in stack.messages(agency_id)]


def lived(stack: MotoStack, history: list[str]) -> Life:
    """An appeal with that past."""
    life = Life(stack)
    for verb in history:
        getattr(life, verb)()
    return life


def reasons(stack: MotoStack, queue: str) -> list[str]:
    """Why the messages in a dead-letter queue were refused."""
    return sorted(message["MessageAttributes"]["reason"]["StringValue"] for message in stack.messages(queue))


# ---- 接 intake ----------------------------------------------------------------------------------


def test_a_citizen_registers_an_appeal_and_follows_it(stack: MotoStack) -> None:
    answer = stack.run("intake/api.register")
    assert answer["statusCode"] == 201
    receipt = body_of(answer)
    (case,) = stack.table("CasesTable")
    assert case["pk"]["S"] == f"A#{receipt['tracking_number']}"
    assert receipt["secret_key"] not in json.dumps(case, default=str)
    assert [due["rule_id"] for due in receipt["due"]] == ["sla-1/general/dispatch"]


def test_an_emergency_names_the_line_to_call_at_once(stack: MotoStack) -> None:
    receipt = body_of(stack.run("intake/api.register_emergency"))
    assert receipt["emergency"]["numbers"] == ["119"]
    (case,) = stack.table("CasesTable")
    assert any(json.loads(event["S"])[0] == "EM" for event in case["e"]["L"])


def test_a_confidential_report_leaves_the_informants_words_in_the_sealed_table_alone(
    stack: MotoStack,
) -> None:
    assert stack.run("intake/api.register_confidential")["statusCode"] == 201
    (case,) = stack.table("CasesTable")
    (shown,) = stack.table("TextsTable")
    (said,) = stack.table("SealedTable")
    assert (case["t"]["S"], case["aa"]["S"], "cp" in case) == (HEADLINE, AGENCY, False)
    assert decode_words(shown) == released(NOT_RELEASED, DISTRICT_AGENCY, AGENCY)
    assert decode_words(said).text.startswith("东华门街道某工地")


def test_an_invalid_appeal_is_refused_field_by_field_and_leaves_nothing(stack: MotoStack) -> None:
    answer = stack.run("intake/api.register_invalid")
    assert answer["statusCode"] == 400
    assert {error["field"] for error in body_of(answer)["errors"]} == {"type", "place", "status"}
    assert stack.table("CasesTable") == stack.table("TextsTable") == []


def test_a_citizen_tracks_an_appeal(stack: MotoStack) -> None:
    Life(stack).dispatched()
    status = body_of(stack.run("intake/api.track"))
    assert (status["status"], status["agency_zh"]) == ("dispatched", "东华门街道办事处")
    assert [entry["event"] for entry in status["timeline"]] == ["AppealRegistered", "WorkOrderDispatched"]


def test_a_wrong_key_finds_nothing(stack: MotoStack) -> None:
    Life(stack).dispatched()
    answer = stack.run("intake/api.track_wrong_key")
    assert answer["statusCode"] == 404
    assert body_of(answer)["type"] == "/problems/not-found"


def test_a_citizen_adds_words(stack: MotoStack) -> None:
    life = Life(stack).dispatched()
    assert stack.run("intake/api.supplement")["statusCode"] == 201
    assert life.case.events[-1].name == "AppealSupplemented"
    assert len([item for item in stack.table("TextsTable") if item["sk"]["S"].startswith("N#")]) == 1


def test_a_citizen_takes_an_appeal_back(stack: MotoStack) -> None:
    life = Life(stack).dispatched()
    assert body_of(stack.run("intake/api.withdraw"))["status"] == "withdrawn"
    assert life.case.next_timer() is None


def test_a_citizen_may_upload_a_picture(stack: MotoStack) -> None:
    Life(stack)
    answer = stack.run("intake/api.offer_upload")
    assert answer["statusCode"] == 201
    listed = body_of(stack.run("intake/api.list_attachments"))["attachments"]
    assert [picture["status"] for picture in listed] == ["offered"]


def test_the_service_catalogue_is_public(stack: MotoStack) -> None:
    services = body_of(stack.run("intake/api.list_services"))["services"]
    assert len(services) >= 60


def test_a_service_tells_the_questions_that_it_asks(stack: MotoStack) -> None:
    fields = body_of(stack.run("intake/api.show_service"))["fields"]
    assert [field["code"] for field in fields if field["required"]] == ["extent"]


def test_districts_and_sub_districts_are_listed(stack: MotoStack) -> None:
    places = body_of(stack.run("intake/api.list_jurisdictions"))["jurisdictions"]
    assert sum(place["level"] == "district" for place in places) == 16
    assert sum(place["level"] == "subdistrict" for place in places) == 343


def test_everyday_words_are_public_so_that_clients_can_suggest_without_sending_a_text(
    stack: MotoStack,
) -> None:
    answer = stack.run("intake/api.show_vocabulary")
    words = body_of(answer)
    assert "路灯" in words["services"]["road.lighting"]
    assert (words["emergencies"]["着火"], words["emergencies"]["一旦着火"]) == ("119", "")
    assert answer["headers"]["Cache-Control"] == "public, max-age=3600"


def test_a_channel_hands_in_an_appeal(stack: MotoStack) -> None:
    assert failed(stack.run("intake/channel_records")) == []
    (case,) = stack.table("CasesTable")
    assert case["h"]["S"] == "phone"


def test_bad_channel_records_are_parked_with_the_reason_and_the_good_one_is_kept(stack: MotoStack) -> None:
    assert failed(stack.run("intake/channel_records.poison")) == []
    assert len(stack.table("CasesTable")) == 1
    dead = stack.messages("ChannelRecordsDeadLetters")
    details = [message["MessageAttributes"]["detail"]["StringValue"] for message in dead]
    assert len(dead) == 2
    assert any("appeal.mood" in detail for detail in details)
    assert any("JSON" in detail for detail in details)


# ---- the outbox ---------------------------------------------------------------------------------


def test_a_new_case_reaches_the_queues_that_its_event_is_for(stack: MotoStack) -> None:
    stack.run("outbox/publish_events.insert")
    (message,) = stack.messages("DispatchQueue")
    event = json.loads(message["Body"])
    assert (event["source"], event["detail-type"]) == ("hotline", "AppealRegistered")
    assert event["detail"]["event_id"] == f"{APPEAL}:1"


def test_a_changed_case_tells_only_what_is_new(stack: MotoStack) -> None:
    stack.run("outbox/publish_events.modify")
    assert stack.messages("DispatchQueue") == []
    (message,) = stack.messages("DeliveryQueue")
    assert json.loads(message["Body"])["detail"]["event_id"] == f"{APPEAL}:2"


def test_an_order_beside_a_lead_order_reaches_the_bus_with_a_number_of_its_own(stack: MotoStack) -> None:
    stack.run("outbox/publish_events.side")
    (message,) = stack.messages("DeliveryQueue")
    event = json.loads(message["Body"])
    assert (event["detail-type"], event["detail"]["event_id"]) == ("SideOrderAsked", f"{APPEAL}.2:1")


def test_an_unreadable_record_is_parked_and_its_neighbour_is_published(stack: MotoStack) -> None:
    stack.run("outbox/publish_events.poison")
    (parked,) = stack.messages("ParkedRecordsQueue")
    assert parked["MessageAttributes"]["reason"]["StringValue"] == "unreadable-record"
    assert json.loads(parked["Body"])["keys"]["pk"]["S"] == "A#0041061050R3GG28A"
    assert len(stack.messages("DeliveryQueue")) == 1


# ---- 派 dispatch --------------------------------------------------------------------------------


def test_a_registered_appeal_is_dispatched_to_the_agency_of_its_duty(stack: MotoStack) -> None:
    life = Life(stack)
    assert failed(stack.run("dispatch/on_appeal_registered")) == []
    rule = stack.directory.duty
    assert life.case.status == "dispatched"
    assert life.case.events[-1].facts["catalogue"] == stack.directory.version
    assert life.case.events[-1].facts["rule"] in {each.rule_id for each in rule.rules}


def test_an_event_that_is_none_is_parked_and_the_other_dispatched(stack: MotoStack) -> None:
    life = Life(stack)
    assert failed(stack.run("dispatch/on_appeal_registered.poison")) == []
    assert life.case.status == "dispatched"
    assert reasons(stack, "DispatchDeadLetters") == ["invalid-input"]


def test_an_operator_sees_what_waits(stack: MotoStack) -> None:
    Life(stack).referred()
    orders = body_of(stack.run("dispatch/api.queue"))["orders"]
    assert [order["appeal_id"] for order in orders] == [APPEAL]


def test_an_operator_sees_what_the_rules_make_of_an_appeal(stack: MotoStack) -> None:
    Life(stack).referred()
    candidates = body_of(stack.run("dispatch/api.candidates"))
    assert candidates["catalogue_version"] == stack.directory.version
    assert candidates["agency_id"]


def test_an_operator_dispatches_by_hand(stack: MotoStack) -> None:
    life = Life(stack).referred()
    assert body_of(stack.run("dispatch/api.dispatch"))["status"] == "dispatched"
    assert (life.case.agency_id, life.case.copy_to) == (AGENCY, DISTRICT_AGENCY)
    assert life.case.events[-1].actor == "operator:li"


def test_an_operator_reads_a_confidential_report_after_saying_why(stack: MotoStack) -> None:
    life = Life(stack, confidential=True).referred()
    revealed = body_of(stack.run("dispatch/api.reveal"))
    assert (revealed["text"], revealed["contact"]["phone"]) == (TEXT, "13800138000")
    assert [note["by"] for note in revealed["notes"]] == ["operator:li"]
    assert (life.case.events[-1].name, life.case.events[-1].actor) == ("InformantRevealed", "operator:li")


def test_a_confidential_report_is_dispatched_in_the_operators_words(stack: MotoStack) -> None:
    life = Life(stack, confidential=True).referred()
    assert body_of(stack.run("dispatch/api.dispatch_confidential"))["status"] == "dispatched"
    order = body_of(stack.run("handling/api.show"))
    assert (order["confidential"], order["text"]) == (True, "辖区内某处路灯长期不亮，请核查")
    assert life.case.agency_id == AGENCY


def test_a_redirect_proposes_a_rule_of_duty_once_however_often_it_comes(stack: MotoStack) -> None:
    for _ in range(2):
        assert failed(stack.run("dispatch/on_return_decided")) == []
    month = body_of(stack.run("dispatch/api.proposals"))
    assert (month["month"], month["total"]) == ("202605", 1)
    assert month["proposals"] == [
        {
            "rule_id": "city/road.lighting",
            "service_code": SERVICE,
            "place": AGENCY,
            "agency_id": AGENCY,
            "support": 1,
            "in_force": False,
        }
    ]


def test_a_redirect_that_cannot_be_read_is_parked_and_the_other_noted(stack: MotoStack) -> None:
    assert failed(stack.run("dispatch/on_return_decided.poison")) == []
    assert reasons(stack, "ProposalsDeadLetters") == ["invalid-input"]
    assert body_of(stack.run("dispatch/api.proposals"))["total"] == 1


def test_an_operator_dispatches_with_assists_and_says_who_does_what(stack: MotoStack) -> None:
    life = Life(stack).referred()
    assert body_of(stack.run("dispatch/api.dispatch_with_assists"))["status"] == "dispatched"
    assert [(side.kind, side.agency_id) for side in life.case.open_sides.values()] == [("assist", HELPER)]


def test_an_operator_asks_whose_duty_it_is_and_sees_the_opinions(stack: MotoStack) -> None:
    life = Life(stack).referred()
    asked = body_of(stack.run("dispatch/api.consult"))
    assert asked["asked"] == [f"{APPEAL}.2", f"{APPEAL}.3"]
    opinions = body_of(stack.run("dispatch/api.candidates"))["opinions"]
    assert [(each["agency_id"], each["status"]) for each in opinions] == [
        ("urban-management", "asked"),
        (AGENCY, "asked"),
    ]
    assert stack.run("dispatch/api.dispatch")["statusCode"] == 409, "the case has changed since it was seen"
    assert body_of(stack.run("dispatch/api.dispatch_with_assists"))["status"] == "dispatched"
    assert [side.kind for side in life.case.open_sides.values()] == ["assist"], "nobody needs an opinion now"


def test_an_adjudicator_sees_the_disputes_and_every_agency_the_grounds(stack: MotoStack) -> None:
    Life(stack, appeal_id="0041061050R3GG28A").referred()
    Life(stack).dispatched().returned()
    (dispute,) = body_of(stack.run("dispatch/api.disputes"))["orders"]
    assert (dispute["work_order_id"], dispute["status"]) == (f"{APPEAL}.1", "returned")
    grounds = body_of(stack.run("dispatch/api.return_grounds"))["grounds"]
    assert [each["ground"] for each in grounds] == [ground.value for ground in ReturnGround]


@pytest.mark.parametrize(
    ("name", "agency_id", "event", "designated"),
    [
        ("dispatch/api.uphold", AGENCY, "ReturnUpheld", True),
        ("dispatch/api.redirect", "urban-management", "WorkOrderRedispatched", False),
        ("dispatch/api.designate", "110101002", "WorkOrderRedispatched", True),
    ],
)
def test_an_adjudicator_decides_about_a_returned_order(
    stack: MotoStack, name: str, agency_id: str, event: str, designated: bool
) -> None:
    life = Life(stack).dispatched().returned()
    assert body_of(stack.run(name))["status"] == "dispatched"
    case = life.case
    assert (case.agency_id, case.events[-1].name, case.designated) == (agency_id, event, designated)


@pytest.mark.parametrize(
    ("name", "outcome", "facts"),
    [
        ("dispatch/api.conclude_answered", "answered_at_once", {"knowledge_ref": "kb-10293"}),
        ("dispatch/api.conclude_legal_route", "legal_route", {"route": "litigation"}),
        ("dispatch/api.conclude_secret", "secret", {}),
        (
            "dispatch/api.conclude_outside_duties",
            "outside_duties",
            {"told": "market", "passed_to": "market-regulation"},
        ),
        ("dispatch/api.conclude_dissuaded", "dissuaded", {}),
        (
            "dispatch/api.conclude_emergency",
            "emergency_handoff",
            {"number": "119", "acknowledged_at": 1778029230},
        ),
    ],
)
def test_what_is_not_for_handling_is_concluded_and_the_citizen_is_asked(
    stack: MotoStack, name: str, outcome: str, facts: dict[str, Any]
) -> None:
    life = Life(stack).referred()
    assert body_of(stack.run(name))["status"] == "resolved"
    told = dict(life.case.events[-1].facts)
    assert (told.pop("outcome"), len(told.pop("note")), told) == (outcome, 8, facts)
    status = body_of(stack.run("intake/api.track"))
    assert status["conclusion"]["conclusion"] == outcome
    assert ("text" in status["conclusion"]) == (outcome != "emergency_handoff")


# ---- 办 handling --------------------------------------------------------------------------------


def test_an_agency_lists_its_open_orders(stack: MotoStack) -> None:
    Life(stack).dispatched()
    (order,) = body_of(stack.run("handling/api.list"))["orders"]
    assert (order["work_order_id"], order["overdue"]) == (f"{APPEAL}.1", False)


def test_an_agency_reads_its_order_without_a_contact_that_it_does_not_need(stack: MotoStack) -> None:
    Life(stack).dispatched()
    order = body_of(stack.run("handling/api.show"))
    assert order["allowed"] == ["acknowledge", "return", "request_assist", "escalate", "request_review"]
    assert "contact" not in order


@pytest.mark.parametrize(
    ("name", "before", "status"),
    [
        ("handling/api.acknowledge", [], "acknowledged"),
        ("handling/api.contact", ["acknowledged"], "in_progress"),
        ("handling/api.progress", ["acknowledged"], "acknowledged"),
        ("handling/api.return", ["acknowledged"], "returned"),
        ("handling/api.resolve", ["acknowledged", "contacted"], "resolved"),
    ],
)
def test_an_agency_acts_at_the_desk(stack: MotoStack, name: str, before: list[str], status: str) -> None:
    life = Life(stack).dispatched()
    for verb in before:
        getattr(life, verb)()
    assert body_of(stack.run(name))["status"] == status
    assert (life.case.status, life.case.events[-1].actor) == (status, f"agency:{AGENCY}/zhang")


WORKED_ON = ["dispatched", "acknowledged"]


@pytest.mark.parametrize(
    ("name", "before", "kind"),
    [
        ("handling/api.request_assist", [], "assist"),
        ("handling/api.summon", [], "summons"),
        ("handling/api.request_extension", [], "extension"),
        ("handling/api.request_hold", ["contacted"], "hold"),
        ("handling/api.escalate", [], "escalation"),
        ("handling/api.request_review", ["contacted"], "review"),
    ],
)
def test_a_lead_asks_others_at_the_desk_and_twice_is_once(
    stack: MotoStack, name: str, before: list[str], kind: str
) -> None:
    life = lived(stack, [*WORKED_ON, *before])
    first, second = stack.run(name), stack.run(name)
    assert (first["statusCode"], body_of(first)) == (201, body_of(second))
    assert body_of(first)["asked"] == [f"{APPEAL}.2"]
    assert (life.part.kind, life.part.asked_by, life.case.sides) == (kind, AGENCY, 1)


def test_a_lead_goes_on_before_the_review_date_of_its_hold(stack: MotoStack) -> None:
    life = lived(stack, [*WORKED_ON, "contacted", "hold_asked", "granted"])
    assert body_of(stack.run("handling/api.resume"))["status"] == "in_progress"
    assert life.case.resumes_at is None


def test_an_agency_reads_the_part_that_is_asked_of_it_and_nothing_else_of_the_order(stack: MotoStack) -> None:
    lived(stack, [*WORKED_ON, "asked"])
    part = body_of(stack.run("handling/api.show_assist"))
    assert (part["kind"], part["asked_by"], part["text"]) == ("assist", AGENCY, TEXT)
    assert (part["allowed"], len(part["due"])) == (["acknowledge", "report_stage", "report"], 1)
    assert "contact" not in part


@pytest.mark.parametrize(
    ("name", "before", "status"),
    [
        ("handling/api.acknowledge_assist", ["asked"], "acknowledged"),
        ("handling/api.arrive", ["summoned"], "arrived"),
        ("handling/api.report_stage", ["asked"], "asked"),
        ("handling/api.report", ["asked"], "done"),
        ("handling/api.cancel", ["asked"], "cancelled"),
    ],
)
def test_what_is_asked_is_answered_or_taken_back_at_the_desk(
    stack: MotoStack, name: str, before: list[str], status: str
) -> None:
    life = lived(stack, [*WORKED_ON, *before])
    first, second = stack.run(name), stack.run(name)
    assert body_of(first) == body_of(second)
    assert (body_of(first)["work_order_id"], body_of(first)["status"]) == (f"{APPEAL}.2", status)
    assert life.part.status == status
    assert (life.case.open_sides == {}) is life.part.status.ended


def test_an_agency_may_upload_evidence(stack: MotoStack) -> None:
    Life(stack).dispatched().acknowledged()
    assert stack.run("handling/api.offer_evidence")["statusCode"] == 201
    (picture,) = body_of(stack.run("handling/api.list_evidence"))["attachments"]
    assert picture["status"] == "offered"


@pytest.mark.parametrize(
    ("name", "history", "kind"),
    [
        ("handling/deliver_work_orders.dispatched", ["dispatched"], "dispatched"),
        (
            "handling/deliver_work_orders.reopened",
            ["dispatched", "acknowledged", "contacted", "resolved", "surveying", "not_resolved"],
            "reopened",
        ),
        ("handling/deliver_work_orders.supplemented", ["dispatched", "supplemented"], "supplemented"),
        ("handling/deliver_work_orders.withdrawn", ["dispatched", "withdrawn"], "withdrawn"),
        (
            "handling/deliver_work_orders.clock_warned",
            ["dispatched", "acknowledged", "contacted", "nearly_late"],
            "clock_warned",
        ),
        (
            "handling/deliver_work_orders.clock_breached",
            ["dispatched", "acknowledged", "contacted", "late"],
            "clock_breached",
        ),
    ],
)
def test_an_agency_is_told_once_what_concerns_it(
    stack: MotoStack, name: str, history: list[str], kind: str
) -> None:
    life = Life(stack)
    for verb in history:
        life.answered(resolved=False) if verb == "not_resolved" else getattr(life, verb)()
    stack.agency_queue(DISTRICT_AGENCY), stack.agency_queue(AGENCY)
    assert failed(stack.run(name)) == failed(stack.run(name)) == []
    (message,) = told(stack)
    assert (message["schema"], message["kind"], message["work_order_id"]) == (
        "hotline.order/1",
        kind,
        f"{APPEAL}.1",
    )
    assert "contact" not in message


@pytest.mark.parametrize(
    ("name", "history", "agency_id", "kind"),
    [
        ("return_upheld", ["dispatched", "returned", "upheld"], AGENCY, "return_upheld"),
        ("urged", ["dispatched", "urged"], AGENCY, "urged"),
        ("extension_granted", [*WORKED_ON, "more_time_asked", "granted"], AGENCY, "extension_granted"),
        ("request_refused", [*WORKED_ON, "more_time_asked", "refused"], AGENCY, "request_refused"),
        ("held", [*WORKED_ON, "contacted", "hold_asked", "granted"], AGENCY, "held"),
        ("resumed", [*WORKED_ON, "contacted", "hold_asked", "granted", "resumed"], AGENCY, "resumed"),
        ("side_asked", [*WORKED_ON, "asked"], HELPER, "assist"),
        ("side_stage_reported", [*WORKED_ON, "asked", "part_staged"], AGENCY, "side_stage_report"),
        ("side_done", [*WORKED_ON, "asked", "part_reported"], AGENCY, "side_report"),
        ("side_cancelled", [*WORKED_ON, "asked", "part_cancelled"], HELPER, "side_cancelled"),
        ("side_warned", [*WORKED_ON, "asked", "part_nearly_late"], HELPER, "clock_warned"),
        ("side_breached", [*WORKED_ON, "asked", "part_late"], HELPER, "clock_breached"),
    ],
)
def test_whoever_leads_and_whoever_is_asked_is_told_once(
    stack: MotoStack, name: str, history: list[str], agency_id: str, kind: str
) -> None:
    lived(stack, history)
    for queue in (AGENCY, HELPER, DISTRICT_AGENCY):
        stack.agency_queue(queue)
    sampled = f"handling/deliver_work_orders.{name}"
    assert failed(stack.run(sampled)) == failed(stack.run(sampled)) == []
    (message,) = told(stack, agency_id)
    assert (message["kind"], message["appeal_id"]) == (kind, APPEAL)
    assert [told(stack, other) for other in {AGENCY, HELPER, DISTRICT_AGENCY} - {agency_id}] == [[], []]


def test_an_agency_is_told_that_its_order_is_handled_with_another_one(stack: MotoStack) -> None:
    lived(stack, ["dispatched"]).merged(Life(stack, appeal_id="0041061050R3GG28A"))
    stack.agency_queue(AGENCY)
    assert failed(stack.run("handling/deliver_work_orders.merged")) == []
    (message,) = told(stack)
    assert (message["kind"], message["allowed"]) == ("merged", [])


def test_the_district_gets_a_copy_that_allows_nothing(stack: MotoStack) -> None:
    Life(stack).dispatched()
    stack.agency_queue(AGENCY), stack.agency_queue(DISTRICT_AGENCY)
    stack.run("handling/deliver_work_orders.dispatched")
    (copy,) = told(stack, DISTRICT_AGENCY)
    assert (copy["kind"], copy["lead_agency_id"]) == ("copy", AGENCY)
    assert copy["allowed"] == []
    assert "reply_token" not in copy


def test_a_redispatched_order_goes_to_its_new_agency(stack: MotoStack) -> None:
    Life(stack).dispatched().returned().dispatched("110101002")
    stack.agency_queue("110101002"), stack.agency_queue(DISTRICT_AGENCY)
    assert failed(stack.run("handling/deliver_work_orders.redispatched")) == []
    (message,) = told(stack, "110101002")
    assert message["kind"] == "dispatched"


def test_a_delivery_that_cannot_be_read_is_parked_and_the_other_made(stack: MotoStack) -> None:
    Life(stack).dispatched()
    stack.agency_queue(AGENCY), stack.agency_queue(DISTRICT_AGENCY)
    assert failed(stack.run("handling/deliver_work_orders.poison")) == []
    assert reasons(stack, "DeliveryDeadLetters") == ["invalid-input"]
    assert len(told(stack)) == 1


@pytest.mark.parametrize(
    ("name", "before", "event"),
    [
        ("handling/agency_replies.acknowledge", [], "WorkOrderAcknowledged"),
        ("handling/agency_replies.record_contact", ["acknowledged"], "CitizenContacted"),
        ("handling/agency_replies.report_progress", ["acknowledged"], "ProgressReported"),
        ("handling/agency_replies.return", ["acknowledged"], "WorkOrderReturned"),
        ("handling/agency_replies.resolve", ["acknowledged", "contacted"], "WorkOrderResolved"),
    ],
)
def test_an_agency_answers_by_message_and_twice_is_once(
    stack: MotoStack, name: str, before: list[str], event: str
) -> None:
    life = Life(stack).dispatched()
    for verb in before:
        getattr(life, verb)()
    assert failed(stack.run(name)) == failed(stack.run(name)) == []
    assert [each.name for each in life.case.events].count(event) == 1
    assert life.case.events[-1].name == event


@pytest.mark.parametrize(
    ("name", "before", "kind", "status"),
    [
        ("request_assist", [], "assist", "asked"),
        ("summon", [], "summons", "asked"),
        ("cancel_assist", ["asked"], "assist", "cancelled"),
        ("request_extension", [], "extension", "asked"),
        ("request_hold", ["contacted"], "hold", "asked"),
        ("escalate", [], "escalation", "asked"),
        ("request_review", ["contacted"], "review", "asked"),
        ("acknowledge_assist", ["asked"], "assist", "acknowledged"),
        ("arrive", ["summoned"], "summons", "arrived"),
        ("report_stage", ["asked"], "assist", "asked"),
        ("report", ["asked"], "assist", "done"),
    ],
)
def test_agencies_ask_and_are_asked_by_message_and_twice_is_once(
    stack: MotoStack, name: str, before: list[str], kind: str, status: str
) -> None:
    life = lived(stack, [*WORKED_ON, *before])
    sampled = f"handling/agency_replies.{name}"
    assert failed(stack.run(sampled)) == failed(stack.run(sampled)) == []
    assert (life.part.kind, life.part.status, life.case.sides) == (kind, status, 1)


def test_a_hold_is_ended_by_message(stack: MotoStack) -> None:
    life = lived(stack, [*WORKED_ON, "contacted", "hold_asked", "granted"])
    assert failed(stack.run("handling/agency_replies.resume")) == []
    assert life.case.status == "in_progress"


def test_replies_without_proof_or_sense_are_parked_and_the_good_one_is_carried_out(stack: MotoStack) -> None:
    life = Life(stack).dispatched()
    assert failed(stack.run("handling/agency_replies.poison")) == []
    assert life.case.status == "acknowledged"
    assert reasons(stack, "RepliesDeadLetters") == ["invalid-input", "reply-unproven"]


def test_a_reply_for_an_unknown_order_is_answered_on_the_agencys_queue(stack: MotoStack) -> None:
    stack.agency_queue(AGENCY)
    assert failed(stack.run("handling/agency_replies.unknown_order")) == []
    (message,) = told(stack)
    assert (message["kind"], message["refused"]["problem"]) == ("reply_refused", "not-found")


# ---- clocks -------------------------------------------------------------------------------------


def test_the_sweep_fires_what_is_due_and_only_once(stack: MotoStack) -> None:
    stack.run("sla/sweep_clocks")
    life = Life(stack)
    stack.clock.at = life.case.clocks["dispatch"].due_at
    stack.clock.pass_(seconds=1)
    first, second = stack.run("sla/sweep_clocks"), stack.run("sla/sweep_clocks")
    assert (first["fired"], first["complete"]) == (1, True)
    assert (second["fired"], second["complete"]) == (0, True)
    assert [event.name for event in life.case.events][-2:] == ["ClockWarned", "ClockBreached"]


# ---- 督 supervision -----------------------------------------------------------------------------


def test_a_supervisor_sees_what_is_to_be_decided(stack: MotoStack) -> None:
    Life(stack).dispatched().acknowledged().more_time_asked()
    (asked,) = body_of(stack.run("supervision/api.requests"))["requests"]
    assert (asked["kind"], asked["asked_by"], asked["amount"], asked["unit"], asked["citizen_told"]) == (
        "extension",
        AGENCY,
        2,
        "days",
        "phone",
    )


def test_a_granted_extension_moves_the_limit_and_the_citizen_reads_why(stack: MotoStack) -> None:
    life = Life(stack).dispatched().acknowledged().more_time_asked()
    before = life.case.clocks["handling"].due_at
    assert body_of(stack.run("supervision/api.grant"))["status"] == "done"
    assert body_of(stack.run("supervision/api.grant"))["status"] == "done", "the same decision again"
    case = life.case
    assert (case.extensions, case.clocks["handling"].due_at > before, case.open_sides) == (1, True, {})
    (entry,) = (
        each
        for each in body_of(stack.run("intake/api.track"))["timeline"]
        if each["event"] == "ExtensionGranted"
    )
    assert entry["text"].startswith("配件采购需要时间")


def test_a_reviewer_sees_what_is_to_be_judged_and_leaves_it_out_of_the_assessment(stack: MotoStack) -> None:
    life = Life(stack).dispatched().acknowledged().contacted()
    stack.run("handling/api.request_review")
    (waiting,) = body_of(stack.run("supervision/api.reviews"))["reviews"]
    assert (waiting["about"], waiting["reason"], waiting["asked_by"]) == ("exclusion", "untrue", AGENCY)
    assert waiting["verdicts"] == ["granted", "refused"]
    assert body_of(stack.run("supervision/api.judge"))["status"] == "done"
    assert body_of(stack.run("supervision/api.judge"))["status"] == "done", "the same verdict again"
    assert (life.case.excluded, life.case.open_sides) == ("untrue", {})
    assert body_of(stack.run("supervision/api.reviews"))["reviews"] == []
    facts = life.resolved().surveying().answered().case.events[-1].facts
    assert (facts["excluded"], facts["answers"]) == ("untrue", "yyy")


def test_a_district_does_not_judge_what_it_is_scored_on(stack: MotoStack) -> None:
    life = Life(stack).dispatched().acknowledged().contacted()
    stack.run("handling/api.request_review")
    event = sample("supervision/api.judge")
    event["requestContext"]["authorizer"] |= {"role": "supervisor", "district": "110101"}
    assert stack.invoke(function_of("supervision/api.judge"), event)["statusCode"] == 403
    assert life.case.excluded is None


def test_a_refused_extension_leaves_the_limit(stack: MotoStack) -> None:
    life = Life(stack).dispatched().acknowledged().more_time_asked()
    before = life.case.clocks["handling"]
    assert body_of(stack.run("supervision/api.refuse"))["status"] == "done"
    assert (life.case.clocks["handling"], life.case.extensions) == (before, 0)


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("supervision/api.urge", "WorkOrderUrged"),
        ("supervision/api.supervise", "SideOrderOpened"),
        ("supervision/api.escalate", "SideOrderOpened"),
    ],
)
def test_a_supervisor_presses_and_the_same_command_again_is_no_news(
    stack: MotoStack, name: str, event: str
) -> None:
    life = Life(stack).dispatched()
    first, second = stack.run(name), stack.run(name)
    assert (first["statusCode"], first["body"]) == (second["statusCode"], second["body"])
    assert [each.name for each in life.case.events].count(event) == 1
    assert life.case.rung == 0


def test_a_supervisor_sees_what_is_overdue(stack: MotoStack) -> None:
    life = Life(stack).dispatched()
    assert body_of(stack.run("supervision/api.overdue"))["orders"] == []
    life.late()
    (order,) = body_of(stack.run("supervision/api.overdue"))["orders"]
    assert (order["work_order_id"], order["overdue"]) == (f"{APPEAL}.1", True)


# ---- 访 survey ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "last", "trigger"),
    [
        ("survey/on_work_order_events.resolved", "resolved", "resolved"),
        ("survey/on_work_order_events.clock_breached", "late", "limit"),
    ],
)
def test_the_citizen_is_asked_when_it_is_done_or_too_late(
    stack: MotoStack, name: str, last: str, trigger: str
) -> None:
    life = Life(stack).dispatched().acknowledged().contacted()
    getattr(life, last)()
    assert failed(stack.run(name)) == failed(stack.run(name)) == []
    survey = life.case.survey
    assert survey is not None
    assert (survey.number, survey.trigger, life.case.status) == (1, trigger, "surveying")


def test_the_citizen_is_asked_about_the_hotlines_own_answer(stack: MotoStack) -> None:
    life = Life(stack).concluded()
    name = "survey/on_work_order_events.concluded"
    assert failed(stack.run(name)) == failed(stack.run(name)) == []
    assert (life.case.status, life.case.conclusion) == ("surveying", "legal_route")
    questions = body_of(stack.run("survey/api.show"))["questions"]
    assert [each["field"] for each in questions] == ["contacted", "resolved", "satisfied"]
    assert questions[1]["text_zh"] == "您是否认可这一答复？"


def test_a_survey_event_that_cannot_be_read_is_parked(stack: MotoStack) -> None:
    life = Life(stack).dispatched().acknowledged().contacted().resolved()
    assert failed(stack.run("survey/on_work_order_events.poison")) == []
    assert reasons(stack, "SurveyDeadLetters") == ["invalid-input"]
    assert life.case.status == "surveying"


def test_the_citizen_sees_the_questions_and_answers_them_once(stack: MotoStack) -> None:
    life = Life(stack).dispatched().acknowledged().contacted().resolved().surveying()
    assert body_of(stack.run("survey/api.show"))["tracking_number"] == APPEAL
    assert body_of(stack.run("survey/api.answer"))["status"] == "closed"
    assert stack.run("survey/api.answer")["statusCode"] == 200, "the same answer again is no news"
    assert [event.name for event in life.case.events].count("WorkOrderClosed") == 1
    assert body_of(stack.run("survey/api.show"))["answered"] is True
    stack.clock.pass_(hours=24)
    assert stack.run("survey/api.show")["statusCode"] == 410


# ---- 评 assessment ------------------------------------------------------------------------------


def test_a_closing_is_counted_once_and_shown_to_those_who_may_see_it(stack: MotoStack) -> None:
    assert (
        failed(stack.run("assessment/count_outcomes")) == failed(stack.run("assessment/count_outcomes")) == []
    )
    month = body_of(stack.run("assessment/api.month"))
    assert [row["agency_id"] for row in month["agencies"]] == [AGENCY]
    (row,) = stack.table("ScorecardsTable")
    assert row["closed"]["N"] == "1"
    assert body_of(stack.run("assessment/api.agency"))["agency_id"] == AGENCY


def test_an_answer_of_the_hotlines_own_is_counted_as_nobodys_and_shown_apart(stack: MotoStack) -> None:
    assert failed(stack.run("assessment/count_outcomes.concluded")) == []
    assert {row["sk"]["S"] for row in stack.table("ScorecardsTable")} == {"~answered_at_once", "~legal_route"}
    event = sample("assessment/api.month")
    event["queryStringParameters"], event["multiValueQueryStringParameters"] = None, None
    month = body_of(stack.invoke("AssessmentApi", event))
    assert (month["district"], month["agencies"], month["total"]["tally"]["closed"]) == ("city", [], 0)
    assert [
        (each["conclusion"], each["told"], each["contested"], each["unanswered"])
        for each in month["conclusions"]
    ] == [("answered_at_once", 1, 1, 0), ("legal_route", 1, 0, 1)]


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("assist", {AGENCY: {"assists_called": "1"}, HELPER: {"assists": "1", "assists_in_time": "1"}}),
        ("summons_cancelled", {AGENCY: {"summons_called": "1"}, HELPER: {"summons": "1"}}),
    ],
)
def test_both_sides_of_an_assist_or_a_summons_are_counted_once(
    stack: MotoStack, name: str, counts: dict[str, dict[str, str]]
) -> None:
    sampled = f"assessment/count_outcomes.{name}"
    assert failed(stack.run(sampled)) == failed(stack.run(sampled)) == []
    rows = {
        row.pop("sk")["S"]: {count: value["N"] for count, value in row.items() if count != "pk"}
        for row in stack.table("ScorecardsTable")
    }
    assert rows == counts


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("answer_changed", {"satisfied": 1}),
        ("excluded", {"closed": 0, "answered": 0, "contacted": 0, "resolved": 0, "excluded": 1}),
        ("judged", {"answered": 0, "contacted": 0, "resolved": 0, "unreasonable": 1}),
        ("reopened", {"closed": 0, "answered": 0, "contacted": 0, "resolved": 0}),
    ],
)
def test_a_correction_counts_once_in_the_month_of_the_closing(
    stack: MotoStack, name: str, changed: dict[str, int]
) -> None:
    sampled = f"assessment/count_outcomes.{name}"
    assert failed(stack.run(sampled)) == failed(stack.run(sampled)) == []
    closing = sample("assessment/count_outcomes")
    record = closing["Records"][0]
    record["body"] = record["body"].replace('"yyy"', '"yyn"')
    assert failed(stack.invoke("CountOutcomes", closing)) == []
    tally = body_of(stack.run("assessment/api.agency"))["scorecard"]["tally"]
    standing = {"closed": 1, "excluded": 0, "answered": 1, "contacted": 1, "resolved": 1, "satisfied": 0}
    assert {**standing, "unreasonable": 0, **changed}.items() <= tally.items()


def test_a_conclusion_that_is_contested_after_all_counts_no_more(stack: MotoStack) -> None:
    assert failed(stack.run("assessment/count_outcomes.contested")) == []
    (row,) = stack.table("ScorecardsTable")
    assert (row["sk"]["S"], row["closed"]["N"]) == ("~legal_route", "-1")


def test_a_month_is_published_once_and_then_shown_as_it_was_to_staff_and_to_everybody(
    stack: MotoStack,
) -> None:
    assert failed(stack.run("assessment/count_outcomes")) == []
    assert stack.run("assessment/api.public")["statusCode"] == 404
    assert stack.run("assessment/api.revisions")["statusCode"] == 404
    assert body_of(stack.run("assessment/api.league"))["groups"][0]["agencies"][0]["agency_id"] == AGENCY
    stack.clock.pass_(days=30)
    published = stack.run("assessment/publish_month")
    assert (published["month"], published["revision"], published["agencies"]) == ("202605", 1, 1)
    assert stack.run("assessment/publish_month") == published
    assert failed(stack.run("assessment/count_outcomes.excluded")) == []

    (revision,) = body_of(stack.run("assessment/api.revisions"))["revisions"]
    assert revision["digest"] == published["digest"]
    month = body_of(stack.run("assessment/api.month"))
    assert (month["edition"]["revision"], month["total"]["tally"]["excluded"]) == (1, 0)
    (group,) = body_of(stack.run("assessment/api.league"))["groups"]
    assert (group["group"], group["agencies"][0]["band"]) == ("inner-street", "not_enough_cases")
    public = stack.run("assessment/api.public")
    assert public["headers"]["Cache-Control"] == "public, max-age=300"
    assert body_of(public)["groups"][0]["agencies"][0]["rates"] == {}
    header, row = stack.run("assessment/api.public_table")["body"].lstrip("\ufeff").splitlines()
    assert dict(zip(header.split(","), row.split(","), strict=True)).items() >= {
        ("agency_id", AGENCY),
        ("band", "not_enough_cases"),
        ("resolution_percent", ""),
    }


def test_a_published_month_is_shown_as_it_is_counted_to_who_asks_for_that(stack: MotoStack) -> None:
    assert failed(stack.run("assessment/count_outcomes")) == []
    stack.clock.pass_(days=30)
    stack.run("assessment/publish_month")
    assert failed(stack.run("assessment/count_outcomes.excluded")) == []
    for name in ("month", "agency", "league"):
        event = sample(f"assessment/api.{name}")
        asked = {**(event["queryStringParameters"] or {}), "live": "true"}
        event["queryStringParameters"] = asked
        event["multiValueQueryStringParameters"] = {key: [value] for key, value in asked.items()}
        if name == "league":
            event["requestContext"]["authorizer"]["role"] = "auditor"
        assert "edition" not in body_of(stack.invoke("AssessmentApi", event)), name
    event["requestContext"]["authorizer"] |= {"role": "supervisor", "district": "110101"}
    assert stack.invoke("AssessmentApi", event)["statusCode"] == 404


@pytest.mark.parametrize("name", ["month", "league"])
def test_scorecards_come_as_a_table_too(stack: MotoStack, name: str) -> None:
    assert failed(stack.run("assessment/count_outcomes")) == []
    event = sample(f"assessment/api.{name}")
    event["queryStringParameters"] |= {"format": "csv"}
    event["multiValueQueryStringParameters"] |= {"format": ["csv"]}
    answer = stack.invoke("AssessmentApi", event)
    assert answer["headers"]["Content-Type"] == "text/csv; charset=utf-8"
    header, row = answer["body"].lstrip("\ufeff").splitlines()
    assert dict(zip(header.split(","), row.split(","), strict=True)).items() >= {
        ("agency_id", AGENCY),
        ("resolution_percent", "100.00"),
        ("closed", "1"),
    }


def test_a_closing_that_cannot_be_read_is_parked_and_the_other_counted(stack: MotoStack) -> None:
    assert failed(stack.run("assessment/count_outcomes.poison")) == []
    assert reasons(stack, "CountingDeadLetters") == ["invalid-input"]
    assert len(stack.table("ScorecardsTable")) == 1


# ---- the lake -----------------------------------------------------------------------------------


def test_events_are_kept_as_rows_by_the_citys_day_and_a_second_delivery_changes_nothing(
    stack: MotoStack,
) -> None:
    assert failed(stack.run("lake/write_events")) == failed(stack.run("lake/write_events")) == []
    found = stack.s3.list_objects_v2(Bucket=stack.lookup("LakeBucket", None))["Contents"]
    days = [each["Key"].split("/")[1] for each in found]
    assert days == ["day=2026-05-05", "day=2026-05-06"]


def test_an_event_that_cannot_be_read_is_parked_and_the_other_kept(stack: MotoStack) -> None:
    assert failed(stack.run("lake/write_events.poison")) == []
    assert reasons(stack, "LakeDeadLetters") == ["invalid-input"]
    assert stack.s3.list_objects_v2(Bucket=stack.lookup("LakeBucket", None))["KeyCount"] == 1


def test_small_files_of_yesterday_are_merged_once_and_those_of_today_are_left(stack: MotoStack) -> None:
    everything = sample("lake/write_events")
    for record in everything["Records"]:
        assert failed(stack.invoke("WriteEvents", {"Records": [record]})) == []
    first = everything["Records"][0]
    another = first | {"body": first["body"].replace("209B", "209C")}
    assert failed(stack.invoke("WriteEvents", {"Records": [another]})) == []
    before, merged = stack.run("lake/compact_day")
    assert (before["day"], before["files"]) == ("2026-05-04", 0)
    assert (merged["day"], merged["files"], merged["events"]) == ("2026-05-05", 2, 2)
    found = stack.s3.list_objects_v2(Bucket=stack.lookup("LakeBucket", None))["Contents"]
    days = [each["Key"].split("/")[1] for each in found]
    assert days == [*["day=2026-05-05"] * 3, "day=2026-05-06"]
    again = stack.run("lake/compact_day")[-1]
    assert (again["files"], again["merged"], again["deleted"]) == (3, None, 0)


# ---- the dashboard's figures ---------------------------------------------------------------------


def test_stock_is_taken_of_orders_of_what_they_led_to_and_of_the_lake(stack: MotoStack) -> None:
    late = Life(stack, appeal_id="000G40R40M30E209C").dispatched().late()
    Life(stack).dispatched().acknowledged()
    assert failed(stack.run("lake/write_events")) == []
    stack.clock.at = late.case.clocks["handling"].due_at + timedelta(minutes=5)
    found = stack.run("board/take_stock")
    assert (found["open"], found["overdue"], found["behind"]) == (3, 1, False)
    (demand,) = (item for item in stack.table("CasesTable") if item.get("kd", {}).get("S") == "supervision")
    assert demand["ip"]["S"] == f"U#{AGENCY}"
    assert [item["pk"]["S"] for item in stack.table("ScorecardsTable")] == ["B#now"]


# ---- 督 supervision of truth --------------------------------------------------------------------


def done_at_once(stack: MotoStack) -> Life:
    """An order that was called done a minute after the citizen was contacted, in five characters."""
    return Life(stack).dispatched().acknowledged().contacted().resolved()


def test_a_doubtful_result_is_weighed_once_and_shown_signal_by_signal(stack: MotoStack) -> None:
    done_at_once(stack)
    assert failed(stack.run("supervision/weigh_signals")) == []
    assert failed(stack.run("supervision/weigh_signals")) == []
    month = body_of(stack.run("supervision/suspicions_api.list"))
    assert [(each["appeal_id"], each["score"]) for each in month["findings"]] == [(APPEAL, 45)]
    (finding,) = body_of(stack.run("supervision/suspicions_api.show"))["findings"]
    found = {signal["code"]: signal["value"] for signal in finding["signals"] if signal["found"]}
    assert found == {"contact_at_resolve": 1, "thin_reply": 4}
    assert all(TEXT[:4] not in json.dumps(item, default=str) for item in stack.table("ScorecardsTable"))


def test_a_citizens_no_adds_up_to_a_review_that_changes_nothing_by_itself(stack: MotoStack) -> None:
    life = done_at_once(stack).surveying().answered(resolved=False)
    before = life.case.status
    assert failed(stack.run("supervision/weigh_signals.reopened")) == []
    assert failed(stack.run("supervision/weigh_signals.reopened")) == []
    assert (life.part.kind, life.part.terms["about"], life.part.terms["score"]) == ("review", "suspicion", 55)
    assert (life.case.status, life.case.sides) == (before, 1)


@pytest.mark.parametrize("name", ["closed", "answer_changed"])
def test_what_the_citizen_says_at_the_end_is_weighed(stack: MotoStack, name: str) -> None:
    done_at_once(stack).surveying().answered()
    assert failed(stack.run(f"supervision/weigh_signals.{name}")) == []
    assert body_of(stack.run("supervision/suspicions_api.list"))["total"] == 1


def test_what_an_agency_is_given_is_counted_against_the_masses(stack: MotoStack) -> None:
    life = Life(stack).dispatched()
    assert failed(stack.run("supervision/weigh_signals.given")) == []
    assert failed(stack.run("supervision/weigh_signals.redispatched")) == []
    entries = [item["es"]["SS"] for item in stack.table("EffectsTable")]
    assert len(entries) == 1, "the text, on one of its shelves"
    assert life.case.sides == 0


def test_an_event_that_cannot_be_weighed_is_parked_and_the_other_is(stack: MotoStack) -> None:
    done_at_once(stack)
    assert failed(stack.run("supervision/weigh_signals.poison")) == []
    assert reasons(stack, "SignalsDeadLetters") == ["invalid-input"]
    assert body_of(stack.run("supervision/suspicions_api.list"))["total"] == 1


# ---- messages -----------------------------------------------------------------------------------


def test_a_citizen_who_left_a_phone_gets_the_link_once_and_no_log_shows_it(
    stack: MotoStack, log: StringIO
) -> None:
    Life(stack).dispatched().acknowledged().contacted().resolved().surveying()
    assert failed(stack.run("notify/send_messages")) == failed(stack.run("notify/send_messages")) == []
    written = log.getvalue()
    assert written.count("message sent to the log only") == 1
    assert "13800138000" not in written
    assert stack.tokens.survey_token(SurveyRef(APPEAL, 1)) not in written


def test_steps_are_told_of_as_the_directory_says_and_only_if_they_are_still_so(stack: MotoStack) -> None:
    Life(stack).dispatched()
    for _ in range(2):
        assert failed(stack.run("notify/send_messages.steps")) == []
    kept = {item["sk"]["S"]: item["st"]["S"] for item in stack.table("NoticesTable")}
    assert kept == {"dispatched/2": "sent", "extended/6": "sent"}, "what is on, and no hold that there is not"


def test_endings_and_turns_are_told_of(stack: MotoStack) -> None:
    Life(stack).dispatched()
    assert failed(stack.run("notify/send_messages.turns")) == []
    kept = {item["sk"]["S"] for item in stack.table("NoticesTable")}
    assert kept == {"dispatched/4", "sent-back/7", "merged/10"}


def test_what_comes_up_at_night_is_sent_in_the_morning(stack: MotoStack, log: StringIO) -> None:
    Life(stack).dispatched()
    stack.clock.pass_(hours=13)
    stack.run("notify/send_messages.steps")
    assert stack.run("notify/send_due")["sent"] == 0
    assert "message sent" not in log.getvalue()
    stack.clock.pass_(hours=10)
    assert stack.run("notify/send_due")["sent"] == 2
    assert log.getvalue().count("message sent to the log only") == 2
    assert all("dp" not in item for item in stack.table("NoticesTable"))


def test_a_receipt_moves_a_notice_on_and_a_citizen_who_says_stop_gets_no_more(stack: MotoStack) -> None:
    Life(stack).dispatched().acknowledged().contacted().resolved().surveying()
    stack.run("notify/send_messages")
    assert stack.run("notify/api.receipts_forged")["statusCode"] == 401
    assert body_of(stack.run("notify/api.receipts")) == {"receipts": 1, "opted_out": 1}
    assert stack.run("notify/api.receipts")["statusCode"] == 401, "a signature works once"
    stack.run("notify/send_messages.turns")
    notices = {each["notice"]: each for each in body_of(stack.run("notify/api.list"))["notices"]}
    survey = notices.pop("survey")
    assert (survey["state"], survey["supplier"]) == ("delivered", "console")
    assert {each["reason"] for each in notices.values()} == {"opted-out"}
    assert "13800138000" not in json.dumps(stack.table("NoticesTable"), default=str)


def test_a_citizen_can_want_no_messages(stack: MotoStack) -> None:
    Life(stack).dispatched()
    assert body_of(stack.run("notify/api.choose")) == {"wanted": False}
    stack.run("notify/send_messages.steps")
    assert {item["st"]["S"] for item in stack.table("NoticesTable") if "st" in item} == {"dropped"}


def test_a_message_event_that_cannot_be_read_is_parked(stack: MotoStack) -> None:
    Life(stack).dispatched().acknowledged().contacted().resolved().surveying()
    assert failed(stack.run("notify/send_messages.poison")) == []
    assert reasons(stack, "MessagesDeadLetters") == ["invalid-input"]


# ---- sign-in, pages -----------------------------------------------------------------------------


def test_the_authorizer_lets_a_believed_token_in(stack: MotoStack, monkeypatch: pytest.MonkeyPatch) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = {**jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "example"}
    reader = TokenReader("https://id.city.example", "hotline", SigningKeys(lambda: {"keys": [public]}), 180)
    monkeypatch.setattr(authorize, "_reader", lambda: reader)
    event = sample("auth/authorize")
    claims = jwt.decode(event["headers"]["Authorization"].split()[1], options={"verify_signature": False})
    expires = int(time.time()) + 60
    signed = jwt.encode(
        {**claims, "iss": "https://id.city.example", "aud": "hotline", "iat": expires - 60, "exp": expires},
        key,
        algorithm="ES256",
        headers={"kid": "example"},
    )
    event["headers"]["Authorization"] = f"Bearer {signed}"
    policy = stack.invoke(function_of("auth/authorize"), event)
    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert policy["context"]["agency_id"] == AGENCY


@pytest.mark.parametrize("name", ["auth/authorize", "auth/authorize.refused"])
def test_the_authorizer_refuses_a_token_that_proves_nothing(
    stack: MotoStack, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    reader = TokenReader("https://id.city.example", "hotline", SigningKeys(lambda: {"keys": []}), 180)
    monkeypatch.setattr(authorize, "_reader", lambda: reader)
    policy = stack.run(name)
    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert policy["context"] == {}


def test_the_document_and_its_page_are_served(stack: MotoStack) -> None:
    assert body_of(stack.run("web/docs_api.openapi"))["openapi"].startswith("3.1")
    page = stack.run("web/docs_api.docs")
    assert page["headers"]["Content-Type"].startswith("text/html")
    assert "/appeals/{number}" in page["body"]
