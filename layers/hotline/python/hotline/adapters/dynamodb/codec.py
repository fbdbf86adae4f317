"""A case as a DynamoDB item, and back.

A write is billed by the kilobyte of the whole item, so names are short, times are epoch seconds,
and an event is one compact JSON string, with its time in seconds after the first event's. A case stays
below 1 KB until its eighth event.

Example of an event as stored, an hour after the first::

    ["AK",3600,"a:110101001/zhang","Ab3dE9xk"]
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from hotline.adapters.dynamodb import keys
from hotline.domain.appeal import AppealType
from hotline.domain.case import Case, Survey, SurveyTrigger
from hotline.domain.clock import Clock, ClockKind, Packed
from hotline.domain.events import Event
from hotline.domain.history import UNCHAINED
from hotline.domain.lifecycle import Status
from hotline.domain.side_orders import SideKind, SideRef
from hotline.domain.timers import bucket_of, shard_of
from hotline.ports import OPERATORS

if TYPE_CHECKING:
    from hotline.domain.case import Conclusion

Item = dict[str, dict[str, Any]]

_EVENT_CODES = {
    "AppealRegistered": "RG",
    "EmergencyHandedOff": "EM",
    "AppealSupplemented": "SU",
    "AppealWithdrawn": "WD",
    "DispatchReferred": "RF",
    "WorkOrderDispatched": "DI",
    "WorkOrderRedispatched": "RD",
    "WorkOrderAcknowledged": "AK",
    "WorkOrderReturned": "RT",
    "CitizenContacted": "CT",
    "ProgressReported": "PG",
    "WorkOrderResolved": "RS",
    "ClockWarned": "CW",
    "ClockBreached": "CB",
    "SurveyOpened": "SV",
    "WorkOrderReopened": "RO",
    "WorkOrderClosed": "CL",
    "ReturnUpheld": "UH",
    "AppealConcluded": "CC",
    "ConclusionContested": "CO",
    "ExtensionGranted": "XG",
    "WorkOrderHeld": "HO",
    "WorkOrderResumed": "RE",
    "WorkOrderUrged": "UR",
    "AppealMerged": "MG",
    "AppealJoined": "MJ",
    "AppealLeft": "ML",
    "AppealUnmerged": "MU",
    "InformantRevealed": "IR",
    "SurveyAnswerChanged": "VA",
    "ExcludedFromAssessment": "EX",
    "DissatisfactionJudged": "DJ",
    "CallClaimed": "QC",
    "CallAttempted": "QA",
    "SideOrderOpened": "SO",
    "SideOrderClosed": "SC",
    "SideOrderAsked": "SA",
    "SideOrderAcknowledged": "SK",
    "SideOrderArrived": "SR",
    "SideOrderStageReported": "SG",
    "SideOrderDone": "SD",
    "SideOrderCancelled": "SX",
    "SideOrderWarned": "SW",
    "SideOrderBreached": "SB",
}
_EVENT_NAMES = {code: name for name, code in _EVENT_CODES.items()}
_ACTOR_CODES = {"system": "s", "citizen": "c", "agency": "a", "operator": "o"}
_ACTOR_NAMES = {code: name for name, code in _ACTOR_CODES.items()}
_FACT_CODES = {
    "against": "y",
    "agency": "a",
    "answers": "w",
    "by": "b",
    "catalogue": "v",
    "channel": "h",
    "clock": "k",
    "due_at": "d",
    "from": "f",
    "handled_in_time": "i",
    "how": "m",
    "note": "n",
    "numbers": "q",
    "outcome": "o",
    "reason": "g",
    "reopened": "p",
    "response_in_time": "j",
    "rule": "r",
    "side": "s",
    "stood": "e",
    "trigger": "t",
    "verdict": "u",
}
_FACT_NAMES = {code: name for name, code in _FACT_CODES.items()}
_TRIGGERS: Mapping[str, SurveyTrigger] = {"r": "resolved", "l": "limit", "j": "joint"}
_TYPE_CODES = {value: value.value[:3] for value in AppealType}
_TYPES = {code: value for value, code in _TYPE_CODES.items()}


def encode(case: Case) -> Item:
    """The whole item, index attributes included."""
    case.chain()
    item: Item = {
        **{name: {"S": value} for name, value in keys.case_key(case.appeal_id).items()},
        "v": _number(case.version),
        "s": {"S": case.status.value},
        "y": {"S": _TYPE_CODES[case.appeal_type]},
        "h": {"S": case.channel},
        "l": {"S": case.language},
        "t": {"S": case.headline},
        "r": _seconds(case.registered_at),
        "x": {"B": case.head},
        "k": {"B": case.key_hash},
        "f": {"B": case.fingerprint},
        "ti": {"S": case.tier},
        "c": {"S": _encode_clocks(case.clocks.values())},
        **encode_events(case.events),
    }
    _put_text(item, "sp", case.spoken)
    _put_text(item, "sv", case.service_code)
    _put_text(item, "ds", case.district)
    _put_text(item, "sd", case.subdistrict)
    _put_text(item, "ag", case.agency_id)
    _put_text(item, "cc", case.copy_to)
    _put_text(item, "la", case.last_answers)
    _put_text(item, "aa", case.about_agency)
    _put_text(item, "cn", case.conclusion)
    _put_text(item, "ct", ",".join(case.contested) or None)
    _put_text(item, "mi", case.merged_into)
    _put_text(item, "ex", case.excluded)
    _put_time(item, "qa", case.ask_at)
    _put_time(item, "hu", case.resumes_at)
    _put_time(item, "od", case.overdue_since)
    _put_time(item, "ra", case.rung_at)
    _put_time(item, "ru", case.return_until)
    _put_time(item, "rs", case.resolved_at)
    for name, counted in (
        ("ro", case.reopened),
        ("rn", case.returns),
        ("xt", case.extensions),
        ("ho", case.holds),
        ("rg", case.rung),
        ("el", case.escalated),
        ("mb", case.members),
        ("ns", case.sides),
        ("cf", int(case.confidential)),
        ("dg", int(case.designated)),
    ):
        if counted:
            item[name] = _number(counted)
    if case.open_sides:
        item["os"] = {"S": _encode_sides(case.open_sides)}
    if case.survey is not None:
        item["su"] = {"S": _encode_survey(case.survey)}
    if case.first_event > 1:
        item["e0"] = _number(case.first_event)
    return item | _index_attributes(case)


def decode(item: Item) -> Case:
    """The case of an item."""
    first_event = int(item["e0"]["N"]) if "e0" in item else 1
    case = Case(
        appeal_id=item["pk"]["S"][2:],
        version=int(item["v"]["N"]),
        status=Status(item["s"]["S"]),
        appeal_type=_TYPES[item["y"]["S"]],
        channel=item["h"]["S"],
        language=item["l"]["S"],
        spoken=_text(item, "sp"),
        headline=item["t"]["S"],
        registered_at=_time(item, "r"),
        head=bytes(item["x"]["B"]) if "x" in item else UNCHAINED,  # stored before histories were chained
        key_hash=bytes(item["k"]["B"]),
        fingerprint=bytes(item["f"]["B"]),
        citizen_index=item["cp"]["S"][2:] if "cp" in item else None,
        confidential="cf" in item,
        about_agency=_text(item, "aa"),
        tier=item["ti"]["S"],
        service_code=_text(item, "sv"),
        district=_text(item, "ds"),
        subdistrict=_text(item, "sd"),
        agency_id=_text(item, "ag"),
        copy_to=_text(item, "cc"),
        return_until=_time(item, "ru") if "ru" in item else None,
        designated="dg" in item,
        returns=_count(item, "rn"),
        resolved_at=_time(item, "rs") if "rs" in item else None,
        ask_at=_time(item, "qa") if "qa" in item else None,
        excluded=_text(item, "ex"),
        reopened=_count(item, "ro"),
        extensions=_count(item, "xt"),
        holds=_count(item, "ho"),
        resumes_at=_time(item, "hu") if "hu" in item else None,
        overdue_since=_time(item, "od") if "od" in item else None,
        rung=_count(item, "rg"),
        rung_at=_time(item, "ra") if "ra" in item else None,
        escalated=_count(item, "el"),
        conclusion=cast("Conclusion | None", _text(item, "cn")),
        contested=cast("tuple[Conclusion, ...]", tuple(filter(None, (_text(item, "ct") or "").split(",")))),
        merged_into=_text(item, "mi"),
        members=_count(item, "mb"),
        sides=_count(item, "ns"),
        open_sides=_decode_sides(item["os"]["S"]) if "os" in item else {},
        survey=_decode_survey(item["su"]["S"]) if "su" in item else None,
        clocks=_decode_clocks(item["c"]["S"]),
        events=decode_events(first_event, item),
        first_event=first_event,
        last_answers=_text(item, "la"),
    )
    case.mark_stored()
    return case


def encode_events(events: Sequence[Event]) -> Item:
    """The event list of a case item or of a history item.

    Times are seconds after the first event's; 0 stands for the actor of the event before, for the agency,
    rule and catalogue that were named last, and for a note that has its command's id.
    """
    stored: list[dict[str, str]] = []
    before = NOTHING
    for event in events:
        stored.append({"S": encode_event(event, before)})
        before = before.then(event)
    return {"e": {"L": stored}}


def decode_events(first_event: int, item: Item) -> list[Event]:
    """The event list of an item whose first event has that number."""
    events: list[Event] = []
    before = NOTHING
    for number, stored in enumerate(item["e"]["L"], first_event):
        events.append(decode_event(number, stored["S"], before))
        before = before.then(events[-1])
    return events


class Before(NamedTuple):
    """What an event in a list need not say again."""

    began: int = 0
    actor: str = ""
    facts: Mapping[str, object] = {}

    def then(self, event: Event) -> Before:
        """After one more event."""
        return Before(self.began or int(event.at.timestamp()), event.actor, {**self.facts, **event.facts})

    def known(self, command_id: str) -> dict[str, object]:
        """Facts for which a 0 may stand."""
        said = {name: self.facts.get(source) for name, source in _SAID_BEFORE.items()}
        return said | {"note": command_id}


_SAID_BEFORE = {"against": "rule", "agency": "agency", "catalogue": "catalogue", "from": "agency"}
"""A fact, and the earlier one that it often repeats."""

NOTHING = Before()


def encode_event(event: Event, before: Before = NOTHING) -> str:
    """One event as a compact JSON array: code, seconds, actor, command, facts if any."""
    parts: list[Any] = [
        _EVENT_CODES.get(event.name, event.name),
        int(event.at.timestamp()) - before.began,
        0 if event.actor == before.actor else _recoded(event.actor, _ACTOR_CODES),
        event.command_id,
    ]
    if event.facts:
        known = before.known(event.command_id)
        facts = {name: 0 if known.get(name) == value else value for name, value in event.facts.items()}
        parts.append({_FACT_CODES.get(name, name): value for name, value in facts.items()})
    return compact(parts)


def decode_event(number: int, stored: str, before: Before = NOTHING) -> Event:
    """The event that stands at ``number``; unknown codes are kept as they are (FAULTS F43)."""
    code, seconds, actor, command_id, *rest = json.loads(stored)
    known = before.known(command_id)
    facts = {_FACT_NAMES.get(name, name): value for name, value in rest[0].items()} if rest else {}
    return Event(
        number=number,
        name=_EVENT_NAMES.get(code, code),
        at=datetime.fromtimestamp(before.began + seconds, UTC),
        actor=_recoded(actor, _ACTOR_NAMES) if actor else before.actor,
        command_id=command_id,
        facts={name: known[name] if value == 0 and name in known else value for name, value in facts.items()},
    )


def _recoded(actor: str, words: Mapping[str, str]) -> str:
    """An actor with another word for its role."""
    role, separator, who = actor.partition(":")
    return words.get(role, role) + separator + who


def _encode_clocks(clocks: Iterable[Clock]) -> str:
    """The clocks; a 0 stands for the rules, the calendar or the start of the clock before."""
    stored: list[Packed] = []
    shared: Packed = [None, None, None]
    for clock in clocks:
        kind, *rest = clock.pack()
        said = [0 if value == before else value for value, before in zip(rest[:3], shared, strict=True)]
        stored.append([kind, *said, *rest[3:]])
        shared = rest[:3]
    return compact(stored)


def _decode_clocks(stored: str) -> dict[ClockKind, Clock]:
    clocks: dict[ClockKind, Clock] = {}
    shared: Packed = [None, None, None]
    for kind, *rest in json.loads(stored):
        shared = [value or before for value, before in zip(rest[:3], shared, strict=True)]
        clock = Clock.unpack([kind, *shared, *rest[3:]])
        clocks[clock.kind] = clock
    return clocks


def _index_attributes(case: Case) -> Item:
    """Sparse: a case that nobody has to act on is in no inbox, an ended one has no timer."""
    attributes = {"at": keys.age_sort(case.registered_at)}
    if case.citizen_index:
        attributes["cp"] = keys.citizen_partition(case.citizen_index)
    if case.subdistrict and case.service_code:
        attributes["pp"] = keys.place_partition(case.subdistrict, case.service_code)
    if (place := _inbox_of(case)) is not None:
        attributes["ip"], attributes["is"] = place
    if (timer := case.next_timer()) is not None:
        attributes |= timer_attributes(timer, case.appeal_id, case.appeal_id)
    return {name: {"S": value} for name, value in attributes.items()}


def timer_attributes(timer: tuple[datetime, str], appeal_id: str, order_id: str) -> dict[str, str]:
    """Where the sweep finds the next moment of an order; all orders of an appeal in one shard."""
    at, kind = timer
    return {
        "tp": keys.timer_partition(shard_of(appeal_id), bucket_of(at)),
        "ts": keys.timer_sort(at, kind, order_id),
    }


def _inbox_of(case: Case) -> tuple[str, str] | None:
    """Who has to act next, and by when; nobody while the rules, the citizen or the past has the case.

    What is handled together with another appeal is listed under that one.
    """
    if case.status is Status.MERGED and case.merged_into:
        return keys.members_partition(case.merged_into), keys.inbox_sort(case.registered_at, case.appeal_id)
    if case.awaits_operator:
        return keys.inbox_partition(OPERATORS), keys.inbox_sort(case.owed.due_at, case.appeal_id)
    if case.agency_id is None or case.status.ended or case.resolved_at is not None:
        return None
    return keys.inbox_partition(case.agency_id), keys.inbox_sort(case.owed.due_at, case.appeal_id)


def _encode_sides(sides: Mapping[int, SideRef]) -> str:
    return compact([[number, side.kind.value, side.agency_id] for number, side in sides.items()])


def _decode_sides(stored: str) -> dict[int, SideRef]:
    return {
        number: SideRef(kind=SideKind(kind), agency_id=agency_id)
        for number, kind, agency_id in json.loads(stored)
    }


def _encode_survey(survey: Survey) -> str:
    opened, expires = int(survey.opened_at.timestamp()), int(survey.expires_at.timestamp())
    call = [int(survey.call_at.timestamp())] if survey.call_at else []
    return compact([survey.number, survey.trigger[0], opened, expires, int(survey.answered), *call])


def _decode_survey(stored: str) -> Survey:
    number, trigger, opened, expires, answered, *call = json.loads(stored)
    return Survey(
        number=number,
        trigger=_TRIGGERS[trigger],
        opened_at=datetime.fromtimestamp(opened, UTC),
        expires_at=datetime.fromtimestamp(expires, UTC),
        answered=bool(answered),
        call_at=datetime.fromtimestamp(call[0], UTC) if call else None,
    )


def compact(value: Any) -> str:
    """JSON without a space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def _seconds(at: datetime) -> dict[str, str]:
    return _number(int(at.timestamp()))


def _put_text(item: Item, name: str, value: str | None) -> None:
    if value is not None:
        item[name] = {"S": value}


def _put_time(item: Item, name: str, value: datetime | None) -> None:
    if value is not None:
        item[name] = _seconds(value)


def _count(item: Item, name: str) -> int:
    return int(item[name]["N"]) if name in item else 0


def _text(item: Item, name: str) -> str | None:
    return item[name]["S"] if name in item else None


def _time(item: Item, name: str) -> datetime:
    return datetime.fromtimestamp(int(item[name]["N"]), UTC)
