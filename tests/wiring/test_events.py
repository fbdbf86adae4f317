"""Code, the template's rules, the catalogue and the samples know the same events and messages."""

from __future__ import annotations

import ast
import json
import re
from typing import Any, get_args

import pytest

from hotline.adapters.dynamodb import codec, side_codec
from hotline.adapters.dynamodb.stream import change_in
from hotline.domain.case import Case
from hotline.domain.events import Envelope
from hotline.domain.lifecycle import TRANSITIONS
from hotline.domain.notices import PLACEHOLDERS
from hotline.domain.orders import AgencyReply, OrderKind, OrderMessage
from hotline.domain.outcomes import COUNTED
from hotline.domain.phone_codes import CodeRequest
from hotline.domain.receipts import Receipts
from hotline.domain.side_orders import STEPS
from hotline.use_cases import deliver_orders
from intake.channel_records import ChannelRecord
from tests.aws_stack import EVENTS, base64_images, function_of, sample
from tests.template import ROOT, load
from tests.wiring.code import tree

README = (EVENTS / "README.md").read_text(encoding="utf-8")
SAMPLES = sorted(path.relative_to(EVENTS).as_posix().removesuffix(".json") for path in EVENTS.rglob("*.json"))
ROW = re.compile(r"^\| `([A-Z][A-Za-z]+)` \|[^|]*\|([^|]*)\|$", re.MULTILINE)
FUNCTION = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)+")
BLOCK = re.compile(r"^```json ([a-z-]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


_RECORDING = (
    *(f"hotline.domain.case{part}" for part in ("", "_core", "_ladder", "_survey", "_review")),
    "hotline.domain.side_orders",
)


def emitted() -> set[str]:
    """Every event that the lifecycle, the case or an order beside it records."""
    literal = {
        node.args[0].value
        for module in _RECORDING
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "_record"
        and isinstance(node.args[0], ast.Constant)
    }
    steps = (row.event for row in (*TRANSITIONS.values(), *STEPS.values()))
    return literal | set(steps)


def consumers() -> dict[str, set[str]]:
    """By event, the functions that its rules lead to."""
    found: dict[str, set[str]] = {}
    for rule in load().of_type("AWS::Events::Rule").values():
        for target in rule["Targets"]:
            function = load().consumer_of(target["Arn"]["Fn::GetAtt"][0])
            assert function is not None, f"nobody reads {target}"
            for name in rule["EventPattern"].get("detail-type", ()):
                found.setdefault(name, set()).add(function.name)
    return found


def takers_of_all() -> set[str]:
    """The functions that get every event, whatever its name."""
    found = set()
    for rule in load().of_type("AWS::Events::Rule").values():
        if "detail-type" not in rule["EventPattern"]:
            for target in rule["Targets"]:
                function = load().consumer_of(target["Arn"]["Fn::GetAtt"][0])
                assert function is not None, f"nobody reads {target}"
                found.add(function.name)
    return found


def carried(name: str) -> set[str]:
    """The detail types in a sample batch."""
    found = set()
    for record in sample(name).get("Records", ()):
        try:
            body = json.loads(record.get("body", ""))
        except ValueError:
            continue
        found.add(body.get("detail-type"))
    return found


# ---- events -------------------------------------------------------------------------------------


def test_the_store_has_a_code_for_every_event_that_is_emitted() -> None:
    assert set(codec._EVENT_CODES) == emitted()


def test_rules_wait_only_for_events_that_are_emitted() -> None:
    assert set(consumers()) <= emitted()


def test_every_rule_listens_to_our_own_source_alone() -> None:
    for rule in load().of_type("AWS::Events::Rule").values():
        assert rule["EventPattern"]["source"] == ["hotline"]


def test_the_catalogue_lists_every_event_and_who_reads_it() -> None:
    listed = {name: set(FUNCTION.findall(readers)) for name, readers in ROW.findall(README)}
    assert listed == {name: consumers().get(name, set()) for name in emitted()}


def test_only_the_lake_gets_every_event_and_the_catalogue_says_so() -> None:
    assert takers_of_all() == {"WriteEvents"}
    assert "Every event also goes to WriteEvents" in README


def test_deliveries_know_exactly_the_events_that_their_rule_brings() -> None:
    assert {
        name for name, functions in consumers().items() if "DeliverWorkOrders" in functions
    } == deliver_orders.TOLD


def test_only_endings_are_counted() -> None:
    assert {name for name, functions in consumers().items() if "CountOutcomes" in functions} == COUNTED


def test_notices_may_be_about_exactly_the_events_that_their_rule_brings() -> None:
    brought = {name for name, functions in consumers().items() if "SendMessages" in functions}
    assert brought == set(PLACEHOLDERS)


def test_every_event_of_every_rule_has_a_sample_for_the_function_it_leads_to() -> None:
    sampled: dict[str, set[str]] = {}
    for name in SAMPLES:
        for event in carried(name):
            sampled.setdefault(event, set()).add(function_of(name))
    assert {
        name: sampled.get(name, set()) & functions for name, functions in consumers().items()
    } == consumers()


# ---- samples ------------------------------------------------------------------------------------


def test_every_function_has_a_sample_and_every_sample_a_function() -> None:
    assert {function_of(name) for name in SAMPLES} == set(load().functions)


@pytest.mark.parametrize(
    "function", [each for each in load().functions.values() if each.routes], ids=lambda f: f.name
)
def test_every_route_has_a_sample(function: Any) -> None:
    events = [sample(name) for name in SAMPLES if function_of(name) == function.name]
    sampled = {(event["httpMethod"], event["resource"]) for event in events}
    assert {(route.method, route.path) for route in function.routes} <= sampled


def test_every_worker_has_a_sample_with_a_poison_message() -> None:
    workers = {
        function.path
        for function in load().functions.values()
        if any(event["Type"] in ("SQS", "DynamoDB") for event in function.events.values())
    }
    assert {f"{path}.poison" for path in workers} <= set(SAMPLES)


def is_run(name: str, test: str) -> bool:
    """Whether a test file names a sample: whole, without its folder, or by its case after its path."""
    path, _, case = name.partition(".")
    return (
        f'"{name}"' in test
        or f'"{name.partition("/")[2]}"' in test
        or (f'"{path}.{{' in test and f'"{case}"' in test)
    )


def test_every_sample_is_run_by_a_test() -> None:
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests/functions").glob("test_*.py")]
    assert [name for name in SAMPLES if not any(is_run(name, test) for test in tests)] == []


@pytest.mark.parametrize("name", [f"outbox/publish_events.{case}" for case in ("insert", "modify", "side")])
def test_the_images_in_the_samples_are_what_the_store_writes_today(name: str) -> None:
    (record,) = sample(name)["Records"]
    change = change_in(record)
    assert change is not None
    order = change.changed
    item = codec.encode(order) if isinstance(order, Case) else side_codec.encode(order)
    assert base64_images(item) == record["dynamodb"]["NewImage"]


# ---- messages -----------------------------------------------------------------------------------


def test_the_examples_of_the_catalogue_are_valid() -> None:
    models = {
        "envelope": Envelope,
        "channel-record": ChannelRecord,
        "phone-code": CodeRequest,
        "order": OrderMessage,
        "receipts": Receipts,
        "reply": AgencyReply,
    }
    blocks = {name: json.loads(text) for name, text in BLOCK.findall(README)}
    assert blocks.keys() == models.keys()
    for name, model in models.items():
        model.model_validate(blocks[name])


def test_the_catalogue_names_every_kind_of_order_and_every_command() -> None:
    action = AgencyReply.model_fields["action"].annotation
    commands = {model.model_fields["command"].default for model in get_args(action)}
    for word in (*get_args(OrderKind), *commands):
        assert f"`{word}`" in README
