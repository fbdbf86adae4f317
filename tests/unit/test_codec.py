"""A case as an item: nothing is lost on the way, and it stays small."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.adapters.dynamodb import codec
from hotline.adapters.dynamodb.stream import change_in
from hotline.domain.actor import Actor, Role
from hotline.domain.case import Case
from hotline.domain.lifecycle import Status
from hotline.ports import OPERATORS
from tests.aws_stack import base64_images
from tests.unit.builders import NO, NOON, OFFICER, OPERATOR, YES, Life, assignment, in_progress

UNIT = 1024
"""Bytes that one write unit pays for."""


def size(item: codec.Item) -> int:
    """What DynamoDB bills: names and UTF-8 texts by the byte, numbers about half a byte a digit."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return len(Decimal(content).as_tuple().digits) // 2 + 2
    if kind == "B":
        return len(content)
    assert kind == "L"
    return 3 + sum(1 + _size(each) for each in content)


ORDINARY = ("dispatched", "acknowledged", "contacted", "resolved", "surveying", "answered")
STEPS = (
    "referred",
    "dispatched",
    "acknowledged",
    "contacted",
    "reported",
    "returned",
    "resolved",
    "surveying",
    "supplemented",
    "withdrawn",
    "swept",
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from(STEPS), max_size=15),
    st.booleans(),
    st.sampled_from([YES, NO]),
    st.integers(0, 9 * 24 * 60),
)
def test_every_case_that_can_be_reached_comes_back_as_it_was(
    steps: list[str], ordinary_first: bool, answers: Any, minutes: int
) -> None:
    life = Life(citizen_index="x" * 22, subdistrict="990101001", emergency_numbers=("119",))
    for step in (*(ORDINARY[:3] if ordinary_first else ()), *steps):
        try:
            getattr(life, step)()
        except Exception:
            continue
        life.passing(minutes=minutes // 15)
    if life.case.status is Status.SURVEYING:
        life.answered(answers)
    decoded = codec.decode(codec.encode(life.case))
    assert decoded == life.case
    assert codec.encode(decoded) == codec.encode(life.case)
    assert decoded.loaded_version == decoded.version


@pytest.mark.parametrize(
    "life",
    [
        Life(emergency_numbers=("119", "120")),
        Life().referred(),
        Life().dispatched(assignment(confidence=0.5)).returned(),
        in_progress().passing(days=8).swept().surveying_late().passing(days=3).swept(),
        in_progress().resolved().surveying().answered(NO, note_id="n"),
        in_progress().resolved().surveying().answered(YES),
        Life().withdrawn(),
    ],
    ids=lambda life: life.names[-1],
)
def test_every_kind_of_life_comes_back_as_it_was(life: Life) -> None:
    assert codec.decode(codec.encode(life.case)) == life.case


def realistic_life() -> Life:
    """As Beijing's directory and real command ids make it, with every optional attribute present."""
    life = Life(
        at=NOON,
        appeal_id="7ZQ4M0V9K2XW5T1RA",
        channel="miniprogram",
        headline="东华门街道南池子社区十二号楼前路灯连续多日不亮…",
        citizen_index="q7Yb0dZ2m4K1x9Vn3LrTcA",
        service_code="utility.streetlight",
        district="110101",
        subdistrict="110101001",
    )
    given = assignment(
        "110101001",
        copy_to="110101",
        service_code="utility.streetlight",
        district="110101",
        subdistrict="110101001",
        rule_id="beijing/street/110101001",
        catalogue_version="2026-11-23-9f3c01ab",
        decided_by="keywords",
        confidence=0.87,
    )
    officer = Actor(role=Role.AGENCY, subject="9f3c01ab-77", agency_id="110101001")
    life._command = iter([f"Ab3dE9x{number}" for number in range(9)]).__next__  # type: ignore[method-assign]
    life.dispatched(given).acknowledged(by=officer).contacted(by=officer)
    life.case.report_progress("Ab3dE9x4", by=officer, at=life.now, command_id="Ab3dE9x4")
    life.case.resolve("Ab3dE9x5", by=officer, at=life.now, command_id="Ab3dE9x5")
    return life.surveying()


def test_a_case_stays_below_one_write_unit_until_its_eighth_event() -> None:
    life = realistic_life()
    assert life.case.version == 7
    assert size(codec.encode(life.case)) <= UNIT


def test_ended_cases_are_in_no_inbox_and_have_no_timer() -> None:
    open_item = codec.encode(in_progress().case)
    assert {"ip", "is", "tp", "ts"} <= open_item.keys()
    for ended in (Life().withdrawn(), in_progress().resolved().surveying().answered(YES)):
        assert not {"ip", "is", "tp", "ts"} & codec.encode(ended.case).keys()


def test_a_fresh_appeal_is_the_rules_own_until_they_pass_it_on_or_let_it_lie() -> None:
    fresh = Life()
    assert "ip" not in codec.encode(fresh.case)
    assert codec.encode(Life().referred().case)["ip"] == {"S": f"U#{OPERATORS}"}
    left_lying = fresh.until(fresh.case.clocks["dispatch"].warn_at).swept()
    assert codec.encode(left_lying.case)["ip"] == {"S": f"U#{OPERATORS}"}


def test_an_anonymous_case_is_in_no_citizens_index() -> None:
    assert "cp" not in codec.encode(Life().case)


def test_events_are_short_lists_that_repeat_neither_the_time_nor_the_actor() -> None:
    stored = codec.encode_events(in_progress().case.events)["e"]["L"]
    assert [json.loads(each["S"]) for each in (stored[0], *stored[2:])] == [
        ["RG", int(NOON.timestamp()), "c", "command-1"],
        ["AK", 60, "a:990101001/zhang", "command-3"],
        ["CT", 120, 0, "command-4", {"h": "phone"}],
    ]


def test_a_note_that_has_its_commands_id_does_not_repeat_it() -> None:
    life = Life().dispatched().acknowledged()
    for note in ("same", "another"):
        event = life.case.events[-1].model_copy(update={"command_id": "same", "facts": {"note": note}})
        assert codec.decode_event(event.number, codec.encode_event(event)) == event


def test_agency_rule_and_catalogue_are_named_once_until_they_change() -> None:
    first, second = Life().dispatched().acknowledged().case.events[-2:]
    given = {"agency": "990101001", "rule": "city/construction", "catalogue": "2026-03-01-x"}
    passed_on = {
        "agency": "990101002",
        "from": "990101001",
        "against": "city/construction",
        "reopened": False,
    }
    events = [
        first.model_copy(update={"facts": given}),
        second.model_copy(update={"facts": passed_on | {"catalogue": "2026-03-01-x"}}),
        second.model_copy(
            update={"number": second.number + 1, "facts": {"agency": "990101002", "note": None}}
        ),
    ]
    item = codec.encode_events(events)
    assert [json.loads(each["S"])[4] for each in item["e"]["L"]][1:] == [
        {"a": "990101002", "f": 0, "y": 0, "p": False, "v": 0},
        {"a": 0, "n": None},
    ]
    read = codec.decode_events(events[0].number, item)
    assert [event.facts for event in read] == [event.facts for event in events]


def test_a_kind_of_event_that_newer_code_has_written_is_kept_as_it_is() -> None:
    item = codec.encode(Life().dispatched().case)
    item["e"]["L"].append({"S": '["ZZ",1772798400,"supervisor:s","Ab3dE9xk",{"x":1}]'})
    item["v"]["N"] = "3"
    case = codec.decode(item)
    assert case.events[-1].name == "ZZ"
    assert codec.encode(case)["e"] == item["e"]


@pytest.mark.parametrize("actor", [Actor(role=role, subject="x:y/z") for role in Role] + [OPERATOR])
def test_every_actor_is_read_back(actor: Actor) -> None:
    event = Life().case.events[0].model_copy(update={"actor": actor.signature})
    assert codec.decode_event(1, codec.encode_event(event)) == event


# --- the stream ------------------------------------------------------------------------------------


def record(new: Case | None, old: Case | None = None, sk: str = "#") -> dict[str, Any]:
    images = {
        name: base64_images(codec.encode(case))
        for name, case in (("NewImage", new), ("OldImage", old))
        if case
    }
    return {"dynamodb": {"Keys": {"pk": {"S": "A#X"}, "sk": {"S": sk}}, **images}}


def test_a_change_tells_the_case_and_the_version_before() -> None:
    old, new = Life().case, Life().dispatched().acknowledged().case
    assert change_in(record(new, old)) == (new, 1)
    assert change_in(record(old)) == (old, 0)


def test_other_items_and_deletions_are_no_changes_of_a_case() -> None:
    assert change_in(record(Life().case, sk="H#00001")) is None
    assert change_in(record(None, Life().case)) is None


@pytest.mark.parametrize("spoil", ["v", "s", "e", "c", "k"])
def test_an_image_that_is_no_case_is_an_error_and_not_a_guess(spoil: str) -> None:
    broken = record(Life().case)
    broken["dynamodb"]["NewImage"][spoil] = {"S": "?"}
    with pytest.raises((KeyError, ValueError, TypeError)):
        change_in(broken)


def test_a_case_that_was_stored_before_histories_were_chained_can_still_act() -> None:
    item = codec.encode(Life().dispatched().case)
    del item["x"]
    case = codec.decode(item)
    case.acknowledge(by=OFFICER, at=NOON, command_id="c")
    assert codec.decode(codec.encode(case)).status is Status.ACKNOWLEDGED
