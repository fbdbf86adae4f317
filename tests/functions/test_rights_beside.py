"""Orders beside a lead order over HTTP: another agency's and another district's do not exist (FAULTS S2, S3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api_events import api_event
from tests.aws_stack import MotoStack
from tests.lives import AGENCY, APPEAL, DISTRICT_AGENCY, HELPER, Life

UNKNOWN = "0041061050R3GG28A"
ORDER = "/orders/{order_id}"


def agency(agency_id: str) -> dict[str, str]:
    return {"sub": "wang", "role": "agency", "agency_id": agency_id}


def supervisor(district: str) -> dict[str, str]:
    return {"sub": "chen", "role": "supervisor", "district": district}


STRANGER = agency("110101002")


def call(
    stack: MotoStack,
    method: str,
    route: str,
    claims: dict[str, str],
    order_id: str = f"{APPEAL}.2",
    **named: Any,
) -> Any:
    path = route.replace("{order_id}", order_id)
    return stack.invoke("HandlingApi", api_event(method, path, route=route, claims=claims, **named))


def asked(stack: MotoStack) -> Life:
    return Life(stack).dispatched().acknowledged().asked()


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("acknowledge", None),
        ("arrive", None),
        ("stage-report", {"text": "x"}),
        ("report", {"text": "x"}),
        ("cancel", None),
        ("attachments", {"content_type": "image/jpeg", "size_bytes": 10, "file_name": "x.jpg"}),
    ],
)
def test_what_is_asked_of_another_agency_does_not_exist(stack: MotoStack, verb: str, body: Any) -> None:
    life = asked(stack)
    theirs = call(stack, "POST", f"{ORDER}/{verb}", STRANGER, body=body)
    nobodys = call(stack, "POST", f"{ORDER}/{verb}", STRANGER, f"{UNKNOWN}.2", body=body)
    assert theirs["statusCode"] == nobodys["statusCode"] == 404
    assert json.loads(theirs["body"])["detail"] == json.loads(nobodys["body"])["detail"]
    assert life.part.version == 1


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("assists", {"agency_ids": [HELPER], "text": "x"}),
        ("summons", {"agency_ids": [HELPER], "text": "x"}),
        ("extension", {"amount": 1, "unit": "days", "text": "x", "citizen_told": "phone"}),
        ("hold", {"until": "2026-06-01T00:00:00+08:00", "text": "x", "citizen_told": "phone"}),
        ("escalate", {"text": "x"}),
        ("resume", None),
    ],
)
def test_only_the_lead_asks_and_not_even_the_agency_that_helps_it(
    stack: MotoStack, verb: str, body: Any
) -> None:
    life = asked(stack)
    version = life.case.version
    for other in (STRANGER, agency(HELPER), agency(DISTRICT_AGENCY)):
        answer = call(stack, "POST", f"{ORDER}/{verb}", other, f"{APPEAL}.1", body=body)
        assert answer["statusCode"] == 404
    assert life.case.version == version


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        (agency(HELPER), 200),
        (agency(AGENCY), 200),
        (agency(DISTRICT_AGENCY), 200),
        (supervisor("110101"), 200),
        (STRANGER, 404),
        (supervisor("110102"), 404),
    ],
    ids=["asked", "lead", "copy", "own supervisor", "another agency", "another district"],
)
def test_what_is_asked_is_seen_by_those_whom_it_concerns(
    stack: MotoStack, claims: dict[str, str], status: int
) -> None:
    asked(stack)
    shown = call(stack, "GET", ORDER, claims)
    pictures = call(stack, "GET", f"{ORDER}/attachments", claims)
    assert (shown["statusCode"], pictures["statusCode"]) == (status, status)


def test_whoever_is_asked_sees_nothing_of_the_order_itself(stack: MotoStack) -> None:
    asked(stack)
    assert call(stack, "GET", ORDER, agency(HELPER), f"{APPEAL}.1")["statusCode"] == 404


def test_a_supervisor_of_another_district_takes_nothing_back_and_reads_no_inbox(stack: MotoStack) -> None:
    life = asked(stack)
    elsewhere = supervisor("110102")
    assert call(stack, "POST", f"{ORDER}/cancel", elsewhere)["statusCode"] == 404
    assert call(stack, "POST", f"{ORDER}/resume", elsewhere, f"{APPEAL}.1")["statusCode"] == 404
    for inbox in (AGENCY, HELPER, "~supervisors/110101"):
        answer = call(stack, "GET", "/orders", elsewhere, query={"agency_id": inbox})
        assert answer["statusCode"] == 403
    own = call(stack, "GET", "/orders", supervisor("110101"), query={"agency_id": "~supervisors/110101"})
    assert own["statusCode"] == 200
    assert life.part.version == 1


@pytest.mark.parametrize("number", ["1", "0", "02", "-2", "2.2", "x", "99999", ""])
def test_a_number_that_is_no_order_beside_another_is_not_found(stack: MotoStack, number: str) -> None:
    life = asked(stack)
    answer = call(stack, "POST", f"{ORDER}/report", agency(HELPER), f"{APPEAL}.{number}", body={"text": "x"})
    assert answer["statusCode"] == 404
    assert life.part.version == 1


def test_an_inbox_says_what_is_asked(stack: MotoStack) -> None:
    asked(stack)
    (part,) = json.loads(call(stack, "GET", "/orders", agency(HELPER))["body"])["orders"]
    (lead,) = json.loads(call(stack, "GET", "/orders", agency(AGENCY))["body"])["orders"]
    assert (part["work_order_id"], part["kind"], lead["kind"]) == (f"{APPEAL}.2", "assist", "lead")


def test_evidence_of_a_part_is_uploaded_with_it_until_it_has_ended(stack: MotoStack) -> None:
    life = asked(stack)
    picture = {"content_type": "image/jpeg", "size_bytes": 10, "file_name": "x.jpg"}
    offer = call(stack, "POST", f"{ORDER}/attachments", agency(HELPER), body=picture)
    assert offer["statusCode"] == 201
    life.part_reported()
    assert call(stack, "POST", f"{ORDER}/attachments", agency(HELPER), body=picture)["statusCode"] == 409
