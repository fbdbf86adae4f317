"""Every file of ``events/`` is run against its function, and does what its name says."""

from __future__ import annotations

import json
import time
from io import StringIO
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from auth import authorize
from hotline.domain.tokens import SurveyRef
from hotline.edges.tokens import SigningKeys, TokenReader
from tests.aws_stack import MotoStack, failed, function_of, sample
from tests.lives import AGENCY, APPEAL, DISTRICT_AGENCY, Life


def body_of(answer: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer["body"])
    return body


def told(stack: MotoStack, agency_id: str = AGENCY) -> list[dict[str, Any]]:
    """What an agency finds in its queue."""
    return [json.loads(message["Body"]) for message in stack.messages(agency_id)]


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


# ---- 办 handling --------------------------------------------------------------------------------


def test_an_agency_lists_its_open_orders(stack: MotoStack) -> None:
    Life(stack).dispatched()
    (order,) = body_of(stack.run("handling/api.list"))["orders"]
    assert (order["work_order_id"], order["overdue"]) == (f"{APPEAL}.1", False)


def test_an_agency_reads_its_order_without_a_contact_that_it_does_not_need(stack: MotoStack) -> None:
    Life(stack).dispatched()
    order = body_of(stack.run("handling/api.show"))
    assert order["allowed"] == ["acknowledge", "return"]
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


def test_a_closing_that_cannot_be_read_is_parked_and_the_other_counted(stack: MotoStack) -> None:
    assert failed(stack.run("assessment/count_outcomes.poison")) == []
    assert reasons(stack, "CountingDeadLetters") == ["invalid-input"]
    assert len(stack.table("ScorecardsTable")) == 1


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


def test_a_message_event_that_cannot_be_read_is_parked(stack: MotoStack) -> None:
    Life(stack).dispatched().acknowledged().contacted().resolved().surveying()
    assert failed(stack.run("notify/send_messages.poison")) == []
    assert reasons(stack, "MessagesDeadLetters") == ["invalid-input"]


# ---- sign-in, pages -----------------------------------------------------------------------------


def test_the_authorizer_lets_a_believed_token_in(stack: MotoStack, monkeypatch: pytest.MonkeyPatch) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = {**jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "example"}
    reader = TokenReader("https://id.city.example", "hotline", SigningKeys(lambda: {"keys": [public]}))
    monkeypatch.setattr(authorize, "_reader", lambda: reader)
    event = sample("auth/authorize")
    claims = jwt.decode(event["headers"]["Authorization"].split()[1], options={"verify_signature": False})
    expires = int(time.time()) + 60
    signed = jwt.encode(
        {**claims, "iss": "https://id.city.example", "aud": "hotline", "exp": expires},
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
    reader = TokenReader("https://id.city.example", "hotline", SigningKeys(lambda: {"keys": []}))
    monkeypatch.setattr(authorize, "_reader", lambda: reader)
    policy = stack.run(name)
    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert policy["context"] == {}


def test_the_document_and_its_page_are_served(stack: MotoStack) -> None:
    assert body_of(stack.run("web/docs_api.openapi"))["openapi"].startswith("3.1")
    page = stack.run("web/docs_api.docs")
    assert page["headers"]["Content-Type"].startswith("text/html")
    assert "/appeals/{number}" in page["body"]
