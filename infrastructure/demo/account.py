"""The account of a run: every appeal that went in must have come out, once, with nothing missing on the way.

What the stack itself says (``GET /orders/{id}`` as an auditor) is held against what the simulated people
saw: the receipt, the messages on the agencies' queues, the text messages. Every appeal is in exactly one of
``ENDINGS``, and nothing that was asked beside its order is open any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from infrastructure.demo.acts import DECIDED_BY_SUPERVISORS, OF_THE_HOTLINE, happened
from infrastructure.demo.habits import PLAIN, Citizen, Plan
from infrastructure.demo.informants import Informant

Json = dict[str, Any]

Kind = Literal["lost", "duplicated", "stuck", "undelivered", "refused", "revealed"]

Ending = Literal[
    "closed",
    "closed without handling",
    "closed together with another",
    "withdrawn",
    "waiting for a silent citizen",
]
"""How an appeal can come out."""

GIVEN_TO_AGENCY = frozenset(
    {"WorkOrderDispatched", "WorkOrderRedispatched", "WorkOrderReopened", "ReturnUpheld"}
)
"""Events by which an agency gets something to do; it must be told on its queue."""


class Seen(NamedTuple):
    """Everything known of one row when the run is over.

    Attributes:
        number: the tracking number on the receipt; None when the hotline never took the appeal.
        refusal: why it did not, if it said so.
        order: what an auditor sees; None when the stack does not know the number.
        received: message id and agency of every message that came out of an agency's queue.
        texts: how many text messages came, by number of the survey; None for a citizen without a phone.
        plan: what the simulated people were to make of it.
        sides: the orders beside the lead order, as an auditor sees each.
        informant: of a confidential report, what no agency must know.
        told: of a confidential report, every message to an agency.
    """

    row: int
    citizen: Citizen
    number: str | None
    refusal: str | None = None
    order: Json | None = None
    received: frozenset[tuple[str, str]] = frozenset()
    texts: Mapping[int, int] | None = None
    plan: Plan = PLAIN
    sides: tuple[Json, ...] = ()
    informant: Informant | None = None
    told: tuple[Json, ...] = ()


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
        *(("revealed", what) for what in _revealed(seen, seen.order)),
    )
    return [Problem(kind, seen.row, seen.number, what) for kind, what in found]  # type: ignore[arg-type]


def ending(seen: Seen) -> Ending | None:
    """How an appeal came out; None while it has not."""
    if seen.order is None:
        return None
    match seen.order["status"]:
        case "closed":
            closing = seen.order["events"][-1]["facts"]
            if "into" in closing:
                return "closed together with another"
            return "closed without handling" if "conclusion" in closing else "closed"
        case "withdrawn":
            return "withdrawn"
        case "surveying" if seen.citizen.silent:
            return "waiting for a silent citizen"
    return None


def told_twice(everything: Iterable[Seen]) -> int:
    """How many surveys were announced in more than one text message.

    Not a problem of the appeal: a supplier that knows no idempotency key gets a message again when the
    worker was ended between handing it over and noting that. Without such an end there must be none.
    """
    return sum(count > 1 for seen in everything for count in (seen.texts or {}).values())


def missing_at(order: Json | None, received: Collection[tuple[str, str]]) -> list[str]:
    """Agencies in whose queues a message about this order must still be.

    A message's id begins with the event's, and goes on after a stroke where there are several about it.
    """
    came = {(message_id.partition("/")[0], agency_id) for message_id, agency_id in received}
    return [
        each["agency_id"]
        for each in (order["deliveries"] if order else ())
        if each["state"] == "delivered" and (each["event"], each["agency_id"]) not in came
    ]


def _stuck(seen: Seen, order: Json) -> Iterator[str]:
    if ending(seen) is None:
        last = order["events"][-1]
        yield f"is {order['status']} since {last['name']} at {last['at']}"
    for side in order.get("sides", ()):
        if side["status"] not in ("done", "cancelled") and side["kind"] not in OF_THE_HOTLINE:
            yield f"the {side['kind']} asked of {side['agency_id']} ({side['work_order_id']}) is {side['status']}"
    if ending(seen) == "closed together with another" and "SurveyOpened" not in happened(order):
        yield "was closed together with another, and its own citizen was not asked"


def _repeated(seen: Seen, order: Json) -> Iterator[str]:
    """Each event at most as often as the life of the case allows, and none missing in between."""
    numbers = [event["number"] for event in order["events"]]
    if numbers != list(range(1, len(numbers) + 1)) or order["version"] != len(numbers):
        yield f"events are numbered {numbers}, the version is {order['version']}"
    times = Counter(event["name"] for event in order["events"])
    for name, most in _allowed(times).items():
        if times[name] > most:
            yield f"{name} happened {times[name]} times, at most {most} would be right"


def _allowed(times: Counter[str]) -> dict[str, int]:
    """How often what happens once can have happened, seeing how often the case began anew."""
    back_at_the_desk = times["ConclusionContested"] + times["AppealUnmerged"]
    dispatched = 1 + back_at_the_desk
    returned, rounds = times["WorkOrderReturned"], 1 + times["WorkOrderReopened"]
    return {
        "AppealRegistered": 1,
        "DispatchReferred": 1,
        "WorkOrderDispatched": dispatched,
        "WorkOrderRedispatched": returned,
        "ReturnUpheld": returned,
        "WorkOrderAcknowledged": dispatched + returned,
        "WorkOrderResolved": rounds,
        "WorkOrderResumed": times["WorkOrderHeld"],
        "AppealConcluded": 1 + times["ConclusionContested"],
        "AppealMerged": 1 + times["AppealUnmerged"],
        "SurveyOpened": rounds + times["ConclusionContested"],
        "WorkOrderClosed": 1,
        "AppealWithdrawn": 1,
    }


def _undelivered(seen: Seen, order: Json) -> Iterator[str]:
    for each in (order, *seen.sides):
        yield from _untold(seen, each)
    if seen.texts is not None:
        surveys = sum(event["name"] == "SurveyOpened" for event in order["events"])
        for survey in range(1, surveys + 1):
            if not seen.texts.get(survey):
                yield f"survey {survey} was announced in no text message"


def _untold(seen: Seen, order: Json) -> Iterator[str]:
    """What agencies were not told of one order, the lead order or one beside it."""
    states = {(each["event"], each["agency_id"]): each["state"] for each in order["deliveries"]}
    told = {event for event, _ in states}
    for event_id, name in _given(seen, order):
        if event_id not in told:
            yield f"no agency was told of {name} ({event_id})"
    for (event_id, agency_id), state in states.items():
        if state != "delivered":
            yield f"the message about {event_id} to {agency_id} is {state}"
    for agency_id in missing_at(order, seen.received):
        yield f"a message that was delivered to {agency_id} never came out of its queue"


def _given(seen: Seen, order: Json) -> Iterator[tuple[str, str]]:
    """The events by which an agency got something to do, with their ids.

    What joined another order before anybody told its agency needs no telling any more.
    """
    beside = order.get("kind", "lead") != "lead"
    prefix = order["work_order_id"] if beside else seen.number
    if beside:
        if order["kind"] not in DECIDED_BY_SUPERVISORS | OF_THE_HOTLINE:
            yield f"{prefix}:1", f"the {order['kind']} asked of {order['agency_id']}"
        return
    merged = [event["number"] for event in order["events"] if event["name"] == "AppealMerged"]
    for event in order["events"]:
        overtaken = any(number > event["number"] for number in merged)
        if event["name"] in GIVEN_TO_AGENCY and not overtaken:
            yield f"{prefix}:{event['number']}", event["name"]


def _revealed(seen: Seen, order: Json) -> Iterator[str]:
    """What an agency got to know of a confidential report, and looks at it that nobody recorded."""
    informant = seen.informant
    if informant is None:
        return
    for message in seen.told:
        if leak := informant.leaks_in(message):
            yield f"{message['agency_id']} was told the informant's own ({leak}) in {message['message_id']}"
    if any(agency_id == informant.about_agency for _, agency_id in seen.received):
        yield f"{informant.about_agency}, which it is about, got a message about it"
    if not order["confidential"]:
        yield "is not confidential any more"
    if "WorkOrderDispatched" in happened(order) and "InformantRevealed" not in happened(order):
        yield "was read by an operator, and nobody recorded it"
