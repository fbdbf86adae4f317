"""Appeals from registration to the citizen's last word, one stage at a time through a ``Chain``.

The budget's life: register, dispatch, accept, contact, resolve, survey, close; one appeal in five is
returned and dispatched again. The words have 400 Chinese characters, made from the names of places and
the catalogue's keywords: they compress about as well as real appeals do (to 0.6 of their bytes).
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

from benchmarks.chain import Chain
from hotline.domain.tokens import SurveyRef
from hotline.wiring.common import tokens
from infrastructure.ops.directory import BEIJING

CHARACTERS = 400
RETURNED_ONE_IN = 5


@dataclass
class Life:
    """One appeal on its way."""

    number: str
    secret_key: str
    returned: bool


def live(chain: Chain, count: int, *, desk: bool = False) -> list[Life]:
    """Take ``count`` appeals through the whole chain; the meter's steps are the stages and the workers."""
    lives: list[Life] = []
    for _ in stages(chain, count, lives, desk=desk):
        pass
    return lives


def stages(chain: Chain, count: int, lives: list[Life], *, desk: bool = False) -> Iterator[str]:
    """The stages one by one, each carried out before its name is given.

    Args:
        lives: the appeals are added here.
        desk: agencies act over the API and look at list and order first, and citizens look twice how far
            it is; otherwise agencies answer by messages and nobody looks.
    """
    act = _act_at_desk if desk else _reply
    chosen = random.Random(1)
    with chain.meter.step("register"):
        for number in range(count):
            receipt = chain.call_api("IntakeApi", register_event(appeal(chosen), uuid4().hex))
            returned = number % RETURNED_ONE_IN == 0
            lives.append(Life(receipt["tracking_number"], receipt["secret_key"], returned))
    yield "register"
    chain.settle()
    yield "dispatch"
    act(chain, "return", [life for life in lives if life.returned], _returning)
    _redispatch(chain, [life for life in lives if life.returned])
    yield "return"
    act(chain, "acknowledge", lives, lambda: {"command": "acknowledge"})
    yield "acknowledge"
    chain.wait(hours=1)
    act(chain, "contact", lives, lambda: {"command": "record_contact", "channel": "phone"})
    yield "contact"
    chain.wait(hours=4)
    replies = random.Random(2)
    act(chain, "resolve", lives, lambda: _resolving(replies))
    yield "resolve"
    if desk:
        _look(chain, lives)
    with chain.meter.step("answer"):
        for life in lives:
            token = tokens().survey_token(SurveyRef(life.number, 1))
            if desk:
                path = {"survey_token": token}
                chain.call_api("SurveyApi", api_event("GET", "/surveys/{survey_token}", path))
            chain.call_api("SurveyApi", survey_event(token))
    yield "answer"
    chain.settle()
    yield "close"


def appeal(chosen: random.Random) -> dict[str, Any]:
    """What one citizen sends: a service, a place, a contact and 400 characters."""
    return {
        "type": "complaint",
        "text": text(chosen),
        "service_code": "build.noise",
        "place": {"district": "110105", "subdistrict": "110105015"},
        "contact": {"name": "张三", "phone": f"138{chosen.randrange(10**8):08d}"},
    }


def text(chosen: random.Random, characters: int = CHARACTERS) -> str:
    """Chinese words without sense.

    Example:
        >>> len(text(random.Random(1)))
        400
    """
    words = ""
    while len(words) < characters:
        words += chosen.choice(_vocabulary()) + chosen.choice("，，，。的了在是有不我们")
    return words[:characters]


def register_event(body: Mapping[str, Any], idempotency_key: str) -> dict[str, Any]:
    """The registration as API Gateway hands it on."""
    return api_event("POST", "/appeals", body=body, headers={"Idempotency-Key": idempotency_key})


def survey_event(token: str) -> dict[str, Any]:
    """A content citizen's answer."""
    body = {"contacted": True, "resolved": True, "satisfied": True}
    return api_event("POST", "/surveys/{survey_token}", {"survey_token": token}, body=body)


def api_event(
    method: str,
    route: str,
    path: Mapping[str, str] | None = None,
    *,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    claims: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A proxy event of a REST API."""
    return {
        "resource": route,
        "path": route.format(**(path or {})),
        "httpMethod": method,
        "headers": {"Host": "api.example", "Content-Type": "application/json", **(headers or {})},
        "multiValueHeaders": {},
        "queryStringParameters": dict(query) if query else None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()}
        if query
        else None,
        "pathParameters": dict(path) if path else None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": route,
            "httpMethod": method,
            "path": route,
            "stage": "v1",
            "requestId": "00000000-0000-4000-8000-000000000000",
            "identity": {"sourceIp": "203.0.113.7"},
            "authorizer": dict(claims) if claims else None,
        },
        "body": None if body is None else json.dumps(body, ensure_ascii=False),
        "isBase64Encoded": False,
    }


def _reply(chain: Chain, command: str, lives: list[Life], action: Any) -> None:
    bodies = []
    for life in lives:
        order = chain.mail[life.number]
        bodies.append(
            {
                "schema": "hotline.reply/1",
                "work_order_id": order["work_order_id"],
                "agency_id": order["agency_id"],
                "reply_token": order["reply_token"],
                "command_id": f"{command}-{life.number}",
                "officer": "li",
                "action": action(),
            }
        )
    with chain.meter.step(command):
        chain.call_worker("AgencyReplies", bodies)
    chain.settle()


def _act_at_desk(chain: Chain, command: str, lives: list[Life], action: Any) -> None:
    for life in lives:
        order = chain.mail[life.number]
        claims = {"sub": "li", "role": "agency", "agency_id": order["agency_id"]}
        path = {"order_id": order["work_order_id"]}
        if command == "acknowledge":
            chain.call_api("HandlingApi", api_event("GET", "/orders", claims=claims))
            chain.call_api("HandlingApi", api_event("GET", "/orders/{order_id}", path, claims=claims))
        body = {name: value for name, value in action().items() if name != "command"}
        event = api_event("POST", f"/orders/{{order_id}}/{command}", path, body=body or None, claims=claims)
        chain.call_api("HandlingApi", event)
    chain.settle()


def _look(chain: Chain, lives: list[Life]) -> None:
    for life in lives:
        event = api_event(
            "GET", "/appeals/{number}", {"number": life.number}, headers={"X-Tracking-Key": life.secret_key}
        )
        for _ in range(2):
            chain.call_api("IntakeApi", event)


def _returning() -> dict[str, Any]:
    return {"command": "return", "ground": "not_our_duty", "text": "该地块由区住建委负责，请改派。"}


def _resolving(replies: random.Random) -> dict[str, Any]:
    """Done, in other words on every order: the same words on many are rare, and cost a review each."""
    return {"command": "resolve", "text": text(replies, 200), "attachments": ["a01"]}


def _redispatch(chain: Chain, lives: list[Life]) -> None:
    operator = {"sub": "wang", "role": "operator"}
    with chain.meter.step("redispatch"):
        for life in lives:
            order = chain.mail[life.number]
            event = api_event(
                "POST",
                "/orders/{order_id}/dispatch",
                {"order_id": order["work_order_id"]},
                body={"agency_id": "110105016"},
                claims=operator,
            )
            chain.call_api("DispatchApi", event)
    chain.settle()


@cache
def _vocabulary() -> tuple[str, ...]:
    with (BEIJING / "gazetteer.csv").open(encoding="utf-8") as places:
        names = [row["name"].removesuffix("居委会").removesuffix("社区") for row in csv.DictReader(places)]
    with (BEIJING / "services.csv").open(encoding="utf-8") as services:
        keywords = [word for row in csv.DictReader(services) for word in row["keywords_zh"].split("|")]
    return tuple(sorted({word for word in (*names, *keywords) if word}))
