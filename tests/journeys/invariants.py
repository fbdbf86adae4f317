"""What must hold of every city, however bad the day was (I1 to I8)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

from hotline.adapters.dynamodb import codec
from hotline.adapters.dynamodb.scorecards import counts_of
from hotline.domain.case import Case
from hotline.domain.events import Event
from hotline.domain.lifecycle import TRANSITIONS, Status
from hotline.domain.outcomes import counted_of
from hotline.domain.tallies import Counts
from hotline.use_cases.count_outcomes import recount
from infrastructure.ops.histories import StoredAppeal
from tests.journeys.lives import People
from tests.journeys.pump import City
from tests.unit.builders_directory import tiny_directory

_BESIDE_THE_LIFECYCLE = {"AppealRegistered", "EmergencyHandedOff", "ClockWarned", "ClockBreached"}
_NO_TIMER_YET = {Status.RESOLVED, Status.RETURNED}
"""Resolved: the survey's event is on its way. Returned: the operators' queue has no clock."""


def stored_cases(city: City) -> dict[str, tuple[Case, dict[str, Any]]]:
    """Every case with its raw item."""
    items = [item for item in city.tables.items(city.lookup("CasesTable", None)) if item["sk"]["S"] == "#"]
    return {case.appeal_id: (case, item) for item in items for case in (codec.decode(item),)}


def whole_histories(city: City) -> dict[str, list[Event]]:
    """Every event of every order: those that were moved to history items, then those of the item.

    By the appeal's id for the case, by the order's for one beside it.
    """
    events: dict[str, dict[int, Event]] = defaultdict(dict)
    for item in city.tables.items(city.lookup("CasesTable", None)):
        first = int(item["e0"]["N"]) if "e0" in item else 1
        if item["sk"]["S"].startswith("H#"):
            first = int(item["sk"]["S"][2:])
        beside = f".{item['sk']['S'][2:]}" if item["sk"]["S"].startswith("W#") else ""
        for event in codec.decode_events(first, item):
            events[item["pk"]["S"][2:] + beside][event.number] = event
    return {order_id: [found[number] for number in sorted(found)] for order_id, found in events.items()}


def every_acknowledged_registration_exists_once(city: City, people: People) -> None:
    """I1."""
    numbers = list(people.acknowledged_keys.values())
    assert len(set(numbers)) == len(numbers)
    assert set(numbers) == set(stored_cases(city)), "neither lost nor doubled"


def versions_count_events_without_gaps(city: City) -> None:
    """I2, and the outbox has told everything: the bus carried exactly the events that the cases hold."""
    histories = whole_histories(city)
    for appeal_id, (case, _) in stored_cases(city).items():
        assert [event.number for event in histories[appeal_id]] == list(range(1, case.version + 1))
    told = {event["id"]: event["detail-type"] for event in city.on_the_bus}
    held = {
        f"{appeal_id}:{event.number}": event.name
        for appeal_id, events in histories.items()
        for event in events
    }
    assert told == held


def every_step_is_in_the_lifecycle(city: City) -> None:
    """I3."""
    commands = defaultdict(set)
    for (status, command), row in TRANSITIONS.items():
        commands[status, row.event].add((command, row.to))
    cases = stored_cases(city)
    for appeal_id, events in whole_histories(city).items():
        if appeal_id not in cases:
            continue
        status = Status.REGISTERED
        for event in events:
            if event.name in _BESIDE_THE_LIFECYCLE:
                continue
            steps = {to for _, to in commands[status, event.name]}
            assert len(steps) == 1, f"{appeal_id}: {event.name} while {status}"
            (status,) = steps
        assert status is cases[appeal_id][0].status


def every_history_is_whole(city: City) -> None:
    """I3 as an auditor sees it: chains, words and statuses agree, whatever failed on the way."""
    items, words, sealed = (_by_appeal(city, table) for table in ("CasesTable", "TextsTable", "SealedTable"))
    for appeal_id, stored in items.items():
        appeal = StoredAppeal(appeal_id, stored)
        reading = appeal.held_against(words[appeal_id] | (sealed[appeal_id] if appeal.confidential else {}))
        assert reading.differences == []


def _by_appeal(city: City, table: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for item in city.tables.items(city.lookup(table, None)):
        found[item["pk"]["S"][2:]][item["sk"]["S"]] = item
    return found


def an_open_case_lies_in_one_inbox_and_has_its_next_timer(city: City) -> None:
    """I4: with the rules, with the operators, with its agency or, once that says done, with the citizen."""
    for case, item in stored_cases(city).values():
        timer = case.next_timer()
        assert ("tp" in item) == (timer is not None)
        if timer is not None:
            assert item["ts"]["S"].startswith(f"{int(timer.at.timestamp()):010d}#{timer.kind}#")
        if case.status.ended:
            assert not item.keys() & {"ip", "tp"}
            continue
        holder = "~operators" if case.awaits_operator else case.agency_id
        in_no_inbox = holder is None or case.resolved_at is not None
        assert item.get("ip") == (None if in_no_inbox else {"S": f"U#{holder}"})
        overdue = all(clock.stopped_at or clock.breached_at for clock in case.clocks.values())
        assert timer is not None or overdue or case.status in _NO_TIMER_YET, case


def counters_equal_a_recount(city: City) -> None:
    """I5."""
    counted = {}
    for item in city.tables.items(city.lookup("ScorecardsTable", None)):
        kind, *where = item["pk"]["S"].split("#")
        counts = counts_of(item)
        if kind == "S" and counts != Counts():
            counted[*where, item["sk"]["S"]] = counts
    assert counted == recount(whole_histories(city).items(), tiny_directory())


def every_effect_has_one_key(city: City, *, certain: bool) -> None:
    """I6: one text per survey and notice (when no sender was killed, exactly once), one order id per event."""
    surveys = {
        f"survey/{appeal_id}/{number}"
        for appeal_id, events in whole_histories(city).items()
        for number in range(1, sum(event.name == "SurveyOpened" for event in events) + 1)
    }
    assert set(city.survey_texts) <= surveys
    kept = city.tables.items(city.lookup("NoticesTable", None))
    notices = {item["sk"]["S"].replace("/", f"/{item['pk']['S'][2:]}/") for item in kept}
    assert set(city.sent_texts) <= notices
    if certain:
        assert max(Counter(city.sent_texts).values(), default=1) == 1
    marks = [item["pk"]["S"] for item in city.tables.items(city.lookup("EffectsTable", None))]
    counting = {
        f"K#{order_id}:{event.number}"
        for order_id, events in whole_histories(city).items()
        for event in events
        if any(counted_of(event.name, event.facts, event.at, tiny_directory()))
    }
    assert {mark for mark in marks if mark.startswith("K#")} == counting


def no_phone_leaves_the_texts_table(city: City, people: People, log: str) -> None:
    """I7."""
    tables = ("CasesTable", "EffectsTable", "NoticesTable", "ScorecardsTable")
    places = {name: json.dumps(city.tables.items(city.lookup(name, None)), default=str) for name in tables}
    places |= {
        "bus": json.dumps(city.on_the_bus, ensure_ascii=False),
        "stream": json.dumps(city.tables.records(), default=str),
        "log": log,
    }
    for phone in people.phones:
        assert [name for name, text in places.items() if phone in text] == []


def dead_letters_are_explained(city: City) -> None:
    """I8: only the replies of those who hold no order, with the reason."""
    explained = {
        name: {each.attributes.get("reason") for each in dead} for name, dead in city.dead_letters().items()
    }
    assert explained in ({}, {"RepliesDeadLetters": {"reply-unproven"}})
