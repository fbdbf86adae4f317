"""The city at work: every function joined to the next as ``template.yaml`` joins them.

The pump takes what changed in the cases table to the stream's function, what that puts on the bus to
the queues whose rules fit, and what lies in a queue to the function that reads it, in batches, with
visibility and redrive as the template says. Time passes only when a test says so.

``Faults`` makes it a bad day: throttles, lost acknowledgements, killed functions, duplicates, disorder.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from hotline.adapters import aws
from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.texts import DynamoDBWords
from hotline.domain.actor import CITIZEN
from hotline.domain.appeal import Note
from hotline.domain.identifiers import keyed
from hotline.domain.tokens import Tokens
from hotline.use_cases.notes import keep_note
from hotline.wiring import (
    agency_queues,
    assessment,
    callbacks,
    desk,
    dispatch,
    handling,
    intake,
    notify,
    outbox,
    repeats,
    reveal,
    signals,
    sla,
    supervision,
    survey,
    verification,
)
from tests.api_events import api_event
from tests.aws_stack import (
    SECRET,
    STACK,
    Context,
    FunctionRunner,
    TestClock,
    base64_images,
    forget_everything,
)
from tests.template import FunctionSpec, Route, load

_WIRINGS = (
    agency_queues,
    assessment,
    callbacks,
    desk,
    dispatch,
    handling,
    intake,
    notify,
    outbox,
    repeats,
    reveal,
    signals,
    sla,
    supervision,
    survey,
    verification,
)
_BATCH = 10
_BESIDE_THE_CITY = "LakeQueue"
"""Takes a copy of everything and does nothing to the city; ``tests/adapters/test_lake_command.py`` has it."""


class Killed(BaseException):
    """Lambda has ended a function in the middle of it."""


@dataclass
class Faults:
    """How likely each fault is, at each call or delivery."""

    rng: random.Random
    throttled: float = 0.0
    lost_answer: float = 0.0
    retried_by_sdk: float = 0.0
    killed: float = 0.0
    overtaken: float = 0.0
    duplicated: float = 0.0
    shuffled: bool = False
    struck: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def strike(self, chance: float, name: str) -> bool:
        """Whether this fault happens now."""
        if chance and self.rng.random() < chance:
            self.struck[name] += 1
            return True
        return False

    def end(self) -> None:
        """A good day from now on."""
        self.throttled = self.lost_answer = self.retried_by_sdk = self.killed = 0.0
        self.overtaken = self.duplicated = 0.0
        self.shuffled = False


class CaseTables(Protocol):
    """DynamoDB with a stream: moto's, or a dictionary."""

    def records(self) -> list[dict[str, Any]]:
        """The stream of the cases table from its beginning."""
        ...

    def items(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table."""
        ...


@dataclass
class Waiting:
    """A message in a queue."""

    message_id: str
    body: str
    visible_at: datetime
    attributes: Mapping[str, str] = field(default_factory=dict)
    receives: int = 0


class Reply(NamedTuple):
    """What an API call came to."""

    status: int
    body: dict[str, Any]


class City(FunctionRunner):
    """The whole stack in this process, and the verbs of those who use it."""

    def __init__(
        self, tables: CaseTables, table_names: Mapping[str, str], faults: Faults | None = None
    ) -> None:
        forget_everything()
        self.template = load()
        self.clock = TestClock()
        self.tables = tables
        self.faults = faults or Faults(random.Random(0))
        self.tokens = Tokens(lambda purpose: keyed(SECRET.encode(), "key", purpose))
        self.queues: dict[str, list[Waiting]] = {
            name: [] for name in self.template.of_type("AWS::SQS::Queue")
        }
        self.on_the_bus: list[dict[str, Any]] = []
        self.sent_texts: list[str] = []
        self._table_names = table_names
        self._stream_at = 0
        self._numbers = iter(range(10**9))
        self._routes = {
            (route.method, route.path): function
            for function in self.template.functions.values()
            for route in function.routes
        }
        # What is spelled out goes before what a placeholder takes, as at the gateway.
        self._routes = dict(sorted(self._routes.items(), key=lambda route: route[0][1].count("{")))

    def settle_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of AWS and of the clock in this process."""

        def client(service: str, patience: Any) -> Any:
            return _Client(self, service)

        def messenger() -> City:
            return self

        for getter in (client, messenger):
            getter.cache_clear = lambda: None  # type: ignore[attr-defined]
        monkeypatch.setattr(aws, "_client", client)
        monkeypatch.setattr(notify, "_messenger", messenger)
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        for wiring in _WIRINGS:
            if hasattr(wiring, "now"):
                monkeypatch.setattr(wiring, "now", self.clock)
        for name, value in {"AWS_DEFAULT_REGION": "eu-west-1", "POWERTOOLS_SERVICE_NAME": "city"}.items():
            monkeypatch.setenv(name, value)

    # ------------------------------------------------------------------ AWS

    def lookup(self, name: str, attribute: str | None) -> Any:
        if name in self._table_names:
            return self._table_names[name]
        return STACK if name == "AWS::StackName" else name

    def invoke(self, function: str, event: Mapping[str, Any], remaining_ms: int = 15_000) -> Any:
        """Call a function; faster than the runner's, for a thousand lives."""
        spec = self.template.functions[function]
        os.environ.update(self.variables(spec))
        module = sys.modules.get(spec.module) or importlib.import_module(spec.module)
        return getattr(module, spec.handler.rpartition(".")[2])(event, Context(remaining_ms))

    def send(self, message: Any) -> None:
        """Carry a text message: the city's own supplier."""
        self.sent_texts.append(message.key)

    @property
    def survey_texts(self) -> list[str]:
        """The text messages that asked for an answer to a survey."""
        return [key for key in self.sent_texts if key.startswith("survey/")]

    def enqueue(self, queue: str, body: str, attributes: Mapping[str, str] | None = None) -> None:
        """Put a message on a queue; a bad day may put it there twice."""
        copies = 2 if self.faults.strike(self.faults.duplicated, "duplicated message") else 1
        for _ in range(copies):
            number = next(self._numbers)
            self.queues[queue].append(Waiting(f"m-{number}", body, self.clock(), attributes or {}))

    def put_on_bus(self, entry: Mapping[str, str]) -> None:
        """Hand an event to every queue whose rule fits."""
        detail = json.loads(entry["Detail"])
        event = {
            "version": "0",
            "id": detail["event_id"],
            "source": entry["Source"],
            "detail-type": entry["DetailType"],
            "time": detail["occurred_at"],
            "detail": detail,
        }
        self.on_the_bus.append(event)
        for rule in self.template.of_type("AWS::Events::Rule").values():
            if fits(rule["EventPattern"], event):
                for queue in (target["Arn"]["Fn::GetAtt"][0] for target in rule["Targets"]):
                    if queue != _BESIDE_THE_CITY:
                        self.enqueue(queue, json.dumps(event, ensure_ascii=False))

    def interrupt(self, appeal_id: str) -> None:
        """The citizen adds words at the very moment between somebody's reading and writing of the case."""
        cases = DynamoDBCases(self.tables, self.lookup("CasesTable", None))
        case = cases.get(appeal_id)
        if not case.status.ended:
            number = next(self._numbers)
            case.supplement(f"note-{number}", by=CITIZEN, at=self.clock(), command_id=f"just-now-{number}")
            note = Note(note_id=f"note-{number}", by="citizen", at=self.clock(), text="还有一句")
            words = "SealedTable" if case.confidential else "TextsTable"
            keep_note(case, note, DynamoDBWords(self.tables, self.lookup(words, None)))
            cases.save(case)

    # ------------------------------------------------------------------ pumping

    def pump(self) -> None:
        """Let everything happen that can happen at this moment."""
        moved = True
        while moved:
            moved = self._publish()
            for queue in self._consumed:
                while batch := self._visible(queue):
                    self._deliver(queue, batch)
                    moved = True

    def settle(self) -> None:
        """Pump, and let visibility timeouts pass, until nothing is under way any more."""
        for _ in range(200):
            self.pump()
            if not self.under_way:
                return
            self.clock.pass_(seconds=91)
        raise AssertionError(f"never quiet: {[(name, len(self.queues[name])) for name in self._consumed]}")

    def sweep(self) -> Any:
        """The minute's sweep; a killed one answers nothing."""
        try:
            return self.invoke("SweepClocks", {"detail-type": "Scheduled Event"}, 55_000)
        except (Killed, Exception):
            if not self.faults.struck:
                raise
            return None

    def send_due(self) -> Any:
        """The minute's sweep of notices; a killed one answers nothing."""
        try:
            return self.invoke("SendDueNotices", {"detail-type": "Scheduled Event"}, 55_000)
        except (Killed, Exception):
            if not self.faults.struck:
                raise
            return None

    def pass_(self, *, sweep_every: timedelta = timedelta(hours=1), **span: float) -> None:
        """Let time pass, with sweeps on the way."""
        until = self.clock() + timedelta(**span)
        while self.clock() < until:
            self.clock.at = min(until, self.clock() + sweep_every)
            self.sweep()
            self.send_due()
            self.pump()

    @property
    def under_way(self) -> bool:
        """Whether a change or a message still waits to be worked on."""
        return self._stream_at < len(self.tables.records()) or any(
            self.queues[queue] for queue in self._consumed
        )

    @property
    def _consumed(self) -> list[str]:
        return [name for name in self.template.of_type("AWS::SQS::Queue") if self.template.consumer_of(name)]

    def _publish(self) -> bool:
        batch = self.tables.records()[self._stream_at :][:_BATCH]
        if not batch:
            return False
        end = self._stream_at + len(batch)
        if self.faults.strike(self.faults.duplicated, "stream batch again"):
            batch = self.tables.records()[max(0, self._stream_at - _BATCH) : end]
        event = {"Records": [_stream_record(record) for record in batch if _passes_filter(record)]}
        try:
            if event["Records"]:
                self.invoke("PublishEvents", event, 30_000)
        except (Killed, Exception):
            if not self.faults.struck:
                raise
            return True
        self._stream_at = end
        return True

    def _visible(self, queue: str) -> list[Waiting]:
        waiting = [message for message in self.queues[queue] if message.visible_at <= self.clock()]
        if self.faults.shuffled:
            self.faults.rng.shuffle(waiting)
        return waiting[:_BATCH]

    def _deliver(self, queue: str, batch: Sequence[Waiting]) -> None:
        properties = self.template.of_type("AWS::SQS::Queue")[queue]
        function = self.template.consumer_of(queue)
        assert function is not None
        for message in batch:
            message.receives += 1
            message.visible_at = self.clock() + timedelta(seconds=properties["VisibilityTimeout"])
        failed = self._failed(function, batch)
        twice = self.faults.strike(self.faults.duplicated, "delivered again")
        for message in batch:
            if message.message_id not in failed and not twice:
                self.queues[queue].remove(message)
            elif message.receives >= properties["RedrivePolicy"]["maxReceiveCount"]:
                self.queues[queue].remove(message)
                if message.message_id in failed:
                    dead = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
                    self.queues[dead].append(message)

    def _failed(self, function: FunctionSpec, batch: Sequence[Waiting]) -> set[str]:
        event = {
            "Records": [
                {
                    "messageId": message.message_id,
                    "receiptHandle": message.message_id,
                    "body": message.body,
                    "attributes": {"ApproximateReceiveCount": str(message.receives)},
                    "messageAttributes": {},
                }
                for message in batch
            ]
        }
        try:
            answer = self.invoke(function.name, event)
        except (Killed, Exception):
            if not self.faults.struck:
                raise
            return {message.message_id for message in batch}
        return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}

    # ------------------------------------------------------------------ people

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | list[str]] | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> Reply:
        """One call of the API; 599 when the function was killed under it."""
        route, function = self._route(method, path)
        event = api_event(
            method, path, route=route.path, body=body, headers=headers, query=query, claims=claims
        )
        try:
            answer = self.invoke(function.name, event)
        except Killed:
            return Reply(599, {})
        return Reply(answer["statusCode"], json.loads(answer["body"] or "{}"))

    def insist(self, method: str, path: str, body: object = None, **more: Any) -> Reply:
        """Call again while the answer is "busy" or lost, as a good client does, with the same key."""
        more["headers"] = {"Idempotency-Key": f"client-{next(self._numbers):06d}", **more.get("headers", {})}
        for _ in range(30):
            reply = self.call(method, path, body, **more)
            if reply.status < 500:
                return reply
        raise AssertionError(f"{method} {path} never succeeded: {reply}")

    def register(self, text: str, key: str | None = None, **appeal: Any) -> dict[str, Any]:
        """A citizen registers an appeal; the receipt."""
        key = key or f"citizen-{next(self._numbers):06d}"
        reply = self.insist(
            "POST",
            "/appeals",
            {"type": "complaint", "text": text, **appeal},
            headers={"Idempotency-Key": key},
        )
        assert reply.status == 201, reply
        return reply.body

    def citizen(self, method: str, receipt: Mapping[str, Any], what: str = "", body: object = None) -> Reply:
        """A citizen acts on the own appeal: ``what`` is the rest of the path."""
        path = f"/appeals/{receipt['tracking_number']}{what}"
        return self.insist(method, path, body, headers={"X-Tracking-Key": receipt["secret_key"]})

    def track(self, receipt: Mapping[str, Any]) -> dict[str, Any]:
        """What the citizen sees."""
        return self.citizen("GET", receipt).body

    def answer(self, receipt: Mapping[str, Any], *, resolved: bool = True, satisfied: bool = True) -> Reply:
        """The citizen answers the open survey."""
        token = self.track(receipt)["survey"]["token"]
        answers = {"contacted": True, "resolved": resolved, "satisfied": satisfied, "comment": "如上"}
        return self.insist("POST", f"/surveys/{token}", answers)

    def operator(self, method: str, path: str, body: object = None) -> Reply:
        """An operator's call."""
        return self.insist(method, path, body, claims={"sub": "li", "role": "operator"})

    def waiting_for_operators(self) -> list[str]:
        """The appeals in the operators' queue."""
        return [row["appeal_id"] for row in self.operator("GET", "/dispatch/queue").body["orders"]]

    def orders(self, agency_id: str) -> list[dict[str, Any]]:
        """What an agency finds in its queue; taken out, each message id once."""
        messages = [json.loads(message.body) for message in self.queues.get(_agency_queue(agency_id), ())]
        self.queues[_agency_queue(agency_id)] = []
        return list({message["message_id"]: message for message in messages}.values())

    def reply(self, order: Mapping[str, Any], command: str, command_id: str = "", **action: Any) -> None:
        """An agency answers by message."""
        body = {
            "schema": "hotline.reply/1",
            "work_order_id": order["work_order_id"],
            "agency_id": order["agency_id"],
            "reply_token": order["reply_token"],
            "command_id": command_id or f"{command}-{next(self._numbers)}",
            "action": {"command": command, **action},
        }
        self.enqueue("RepliesQueue", json.dumps(body, ensure_ascii=False))

    def handle(self, order: Mapping[str, Any]) -> None:
        """An agency does everything right, in order."""
        self.reply(order, "acknowledge")
        self.settle()
        self.reply(order, "record_contact", channel="phone")
        self.settle()
        self.reply(order, "resolve", text="已处理")
        self.settle()

    def dead_letters(self) -> dict[str, list[Waiting]]:
        """What lies in dead-letter queues, by queue."""
        ends = {
            properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
            for properties in self.template.of_type("AWS::SQS::Queue").values()
            if "RedrivePolicy" in properties
        }
        return {
            name: self.queues[name] for name in sorted(ends | {"ParkedRecordsQueue"}) if self.queues[name]
        }

    def redrive(self) -> None:
        """Put what was given up without a reason back to work, as ``hotline queues redrive`` does."""
        for name, properties in self.template.of_type("AWS::SQS::Queue").items():
            if "RedrivePolicy" in properties:
                dead = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
                for message in [each for each in self.queues[dead] if "reason" not in each.attributes]:
                    self.queues[dead].remove(message)
                    message.receives, message.visible_at = 0, self.clock()
                    self.queues[name].append(message)

    def _route(self, method: str, path: str) -> tuple[Route, FunctionSpec]:
        for (known_method, pattern), function in self._routes.items():
            if known_method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
                return Route(method, pattern, public=True), function
        raise AssertionError(f"no route for {method} {path}")


class _Client:
    """Every AWS client of the functions: the call itself, and what may go wrong with it."""

    def __init__(self, city: City, service: str) -> None:
        self._city = city
        self._service = service

    def __hash__(self) -> int:
        return hash((id(self._city), self._service))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Client) and hash(self) == hash(other)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        if operation.startswith("_"):
            raise AttributeError(f"the city has no {self._service}.{operation[1:]}")
        call = self._call(operation)
        faults = self._city.faults

        def perform(**arguments: Any) -> Any:
            if faults.strike(faults.killed, "killed before a call"):
                raise Killed
            if faults.strike(faults.throttled, "throttled"):
                raise _throttled(operation)
            item = arguments.get("Item", {})
            saves_case = item.get("sk") == {"S": "#"} and "v" in item
            if saves_case and faults.strike(faults.overtaken, "overtaken"):
                self._city.interrupt(item["pk"]["S"].removeprefix("A#"))
            if faults.strike(faults.retried_by_sdk, "answer lost, retried by the SDK"):
                call(**arguments)
            answer = call(**arguments)
            if faults.strike(faults.lost_answer, "answer lost for good"):
                raise ReadTimeoutError(endpoint_url=self._service)
            if faults.strike(faults.killed, "killed after a call"):
                raise Killed
            return answer

        return perform

    def _call(self, operation: str) -> Callable[..., Any]:
        if self._service == "dynamodb":
            call: Callable[..., Any] = getattr(self._city.tables, operation)
            return call
        own: Callable[..., Any] = getattr(self, f"_{operation}")
        return own

    def _get_secret_value(self, **_: Any) -> dict[str, str]:
        return {"SecretString": SECRET}

    def _put_events(self, Entries: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        results: list[dict[str, str]] = []
        for entry in Entries:
            if self._city.faults.strike(self._city.faults.throttled, "event refused by the bus"):
                results.append({"ErrorCode": "InternalFailure"})
            else:
                self._city.put_on_bus(entry)
                results.append({"EventId": "x"})
        return {"Entries": results}

    def _get_queue_url(self, QueueName: str) -> dict[str, str]:
        return {"QueueUrl": QueueName}

    def _send_message(
        self, QueueUrl: str, MessageBody: str, MessageAttributes: Mapping[str, Mapping[str, str]]
    ) -> dict[str, str]:
        self._city.queues.setdefault(QueueUrl, [])
        attributes = {name: value["StringValue"] for name, value in MessageAttributes.items()}
        self._city.enqueue(QueueUrl, MessageBody, attributes)
        return {}

    def _change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        for message in self._city.queues[QueueUrl]:
            if message.message_id == ReceiptHandle:
                message.visible_at = self._city.clock() + timedelta(seconds=VisibilityTimeout)


def fits(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an EventBridge pattern matches, as far as our rules use the language.

    Example:
        >>> fits({"detail": {"clock": ["handling"]}}, {"detail": {"clock": "handling", "due_at": 1}})
        True
    """
    return all(
        fits(wanted, event.get(name, {}))
        if isinstance(wanted, dict)
        else any(_is(event.get(name), each) for each in wanted)
        for name, wanted in pattern.items()
    )


def _is(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    if "exists" in wanted:
        return (value is not None) == wanted["exists"]
    return str(value).startswith(wanted["prefix"])


def _agency_queue(agency_id: str) -> str:
    return f"{STACK}-agency-{agency_id}"


def _passes_filter(record: Mapping[str, Any]) -> bool:
    events = load().functions["PublishEvents"].events
    (pattern,) = events["Stream"]["Properties"]["FilterCriteria"]["Filters"]
    return fits(json.loads(pattern["Pattern"]), record)


def _stream_record(record: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(record["dynamodb"])
    for image in ("NewImage", "OldImage"):
        if image in shown:
            shown[image] = base64_images(shown[image])
    return {**record, "dynamodb": shown}


def _throttled(operation: str) -> ClientError:
    answer: Any = {
        "Error": {"Code": "ThrottlingException", "Message": "slow down"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    return ClientError(answer, operation)
