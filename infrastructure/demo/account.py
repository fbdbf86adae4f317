"""The account of a run: every appeal that went in must have come out, once, with nothing missing on the way.

What the stack itself says (``GET /orders/{id}`` as an auditor) is held against what the simulated people
saw: the receipt, the messages on the agencies' queues, the text messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from infrastructure.demo.habits import Citizen

Json = dict[str, Any]

Kind = Literal["lost", "duplicated", "stuck", "undelivered", "refused"]

GIVEN_TO_AGENCY = ("WorkOrderDispatched", "WorkOrderRedispatched", "WorkOrderReopened")
"""Events by which an agency gets something to do; it must be told on its queue."""


class Seen(NamedTuple):
    """Everything known of one row when the run is over.

    Attributes:
        number: the tracking number on the receipt; None when the hotline never took the appeal.
        refusal: why it did not, if it said so.
        order: what an auditor sees; None when the stack does not know the number.
        received: message id and agency of every message that came out of an agency's queue.
        texts: how many text messages came, by number of the survey; None for a citizen without a phone.
    """

    row: int
    citizen: Citizen
    number: str | None
    refusal: str | None = None
    order: Json | None = None
    received: frozenset[tuple[str, str]] = frozenset()
    texts: Mapping[int, int] | None = None


class Problem(NamedTuple):
    """One thing that is wrong with one row."""

    kind: Kind
    row: int
    number: str | None
    what: str


def judge_all(everything: Iterable[Seen]) -> list[Problem]:
    """Whatever is wrong, row by row; empty when every appeal is accounted for."""
    seen = list(everything)
    numbers = Counter(each.number for each in seen if each.number)
    twice = [
        Problem("duplicated", each.row, each.number, "another row has the same tracking number")
        for each in seen
        if each.number and numbers[each.number] > 1
    ]
    return sorted([*twice, *(problem for each in seen for problem in judge(each))], key=lambda each: each.row)


def judge(seen: Seen) -> list[Problem]:
    """What is wrong with one row."""
    if seen.number is None:
        kind: Kind = "refused" if seen.refusal else "lost"
        return [Problem(kind, seen.row, None, seen.refusal or "never taken by the hotline")]
    if seen.order is None:
        return [Problem("lost", seen.row, seen.number, "has a receipt, but the stack does not know it")]
    found = (
        *(("stuck", what) for what in _stuck(seen, seen.order)),
        *(("duplicated", what) for what in _repeated(seen, seen.order)),
        *(("undelivered", what) for what in _undelivered(seen, seen.order)),
    )
    return [Problem(kind, seen.row, seen.number, what) for kind, what in found]  # type: ignore[arg-type]


def ending(seen: Seen) -> str | None:
    """How an appeal came out; None while it has not."""
    status = seen.order["status"] if seen.order else None
    if status in ("closed", "withdrawn"):
        return str(status)
    return "waiting for a silent citizen" if status == "surveying" and seen.citizen.silent else None


def told_twice(everything: Iterable[Seen]) -> int:
    """How many surveys were announced in more than one text message.

    Not a problem of the appeal: a supplier that knows no idempotency key gets a message again when the
    worker was ended between handing it over and noting that. Without such an end there must be none.
    """
    return sum(count > 1 for seen in everything for count in (seen.texts or {}).values())


def missing_at(order: Json | None, received: Collection[tuple[str, str]]) -> list[str]:
    """Agencies in whose queues a message about this order must still be."""
    return [
        each["agency_id"]
        for each in (order["deliveries"] if order else ())
        if each["state"] == "delivered"
        and (each["event"], each["agency_id"]) not in received
        and (f"{each['event']}/copy", each["agency_id"]) not in received
    ]


def _stuck(seen: Seen, order: Json) -> Iterator[str]:
    if ending(seen) is None:
        last = order["events"][-1]
        yield f"is {order['status']} since {last['name']} at {last['at']}"


def _repeated(seen: Seen, order: Json) -> Iterator[str]:
    """Each event at most as often as the life of the case allows, and none missing in between."""
    numbers = [event["number"] for event in order["events"]]
    if numbers != list(range(1, len(numbers) + 1)) or order["version"] != len(numbers):
        yield f"events are numbered {numbers}, the version is {order['version']}"
    times = Counter(event["name"] for event in order["events"])
    rounds = 1 + times["WorkOrderReopened"]
    allowed = {
        "AppealRegistered": 1,
        "DispatchReferred": 1,
        "WorkOrderDispatched": 1,
        "WorkOrderRedispatched": times["WorkOrderReturned"],
        "WorkOrderAcknowledged": 1 + times["WorkOrderReturned"],
        "WorkOrderResolved": rounds,
        "SurveyOpened": rounds,
        "WorkOrderClosed": 1,
        "AppealWithdrawn": 1,
    }
    for name, most in allowed.items():
        if times[name] > most:
            yield f"{name} happened {times[name]} times, at most {most} would be right"


def _undelivered(seen: Seen, order: Json) -> Iterator[str]:
    states = {(each["event"], each["agency_id"]): each["state"] for each in order["deliveries"]}
    told = {event for event, _ in states}
    for event in order["events"]:
        event_id = f"{seen.number}:{event['number']}"
        if event["name"] in GIVEN_TO_AGENCY and event_id not in told:
            yield f"no agency was told of {event['name']} ({event_id})"
    for (event_id, agency_id), state in states.items():
        if state != "delivered":
            yield f"the message about {event_id} to {agency_id} is {state}"
    for agency_id in missing_at(order, seen.received):
        yield f"a message that was delivered to {agency_id} never came out of its queue"
    if seen.texts is not None:
        surveys = sum(event["name"] == "SurveyOpened" for event in order["events"])
        for survey in range(1, surveys + 1):
            if not seen.texts.get(survey):
                yield f"survey {survey} was announced in no text message"
