"""The chain in one process: the template's handlers, called as AWS calls them, on real tables.

Streams, rules and queues are played here, so that batches are as full as the template allows and
every call of the SDK can be booked to the step that made it. The tables are those of an emulator.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import io
import json
import os
import sys
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from unittest import mock

import boto3

from benchmarks.meter import Meter
from benchmarks.template import ROOT, Function, consumers, functions, tables
from hotline.adapters import aws
from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.wiring import common
from infrastructure.directory.loading import Loaded, load
from infrastructure.ops import agency_queues
from infrastructure.ops.directory import BEIJING

Record = dict[str, Any]
REGION = "us-east-1"
PREFIX = "bench-agency"


_LOG = io.StringIO()
"""What functions write to standard output; one for all chains, because a process's logger keeps its stream."""


class _Later(datetime):
    """The time of the functions: people take hours for what a benchmark does in a moment."""

    by = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + cls.by


class Context:
    """Lambda's context, with all the time there is."""

    function_name = "bench"
    memory_limit_in_mb = 1024
    invoked_function_arn = f"arn:aws:lambda:{REGION}:000000000000:function:bench"
    aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left of this invocation."""
        return 60_000


class Chain:
    """Invokes handlers and carries what they cause onwards until all is quiet.

    Args:
        largest_batch: how many records one invocation takes at most, besides the template's own limit;
            a worker that waits for a batch gets its whole batch.

    Attributes:
        meter: what the SDK was asked for.
        invocations: by function, the sizes of the batches that it was called with.
        processor_s: by function, the processor time of its invocations in seconds.
        calls_of: by function, the calls of the SDK that it made.
        published: events put on the bus.
        mail: the messages sent to agencies, newest last, as the agency's system would read them.
        log: what the functions wrote to standard output.
    """

    def __init__(self, meter: Meter, largest_batch: int = 10_000) -> None:
        self.meter = meter
        self._largest_batch = largest_batch
        self.invocations: dict[str, list[int]] = {}
        self.processor_s: defaultdict[str, float] = defaultdict(float)
        self.calls_of: Counter[str] = Counter()
        self.published = 0
        self.mail: dict[str, dict[str, Any]] = {}
        self.log = _LOG
        self._streams = _StreamReader()
        self._bus: deque[Mapping[str, Any]] = deque()
        self._numbers = 0

    def forget(self) -> None:
        """Count from nothing again; what is stored and what functions keep stays."""
        self.meter.forget()
        self.invocations.clear()
        self.processor_s.clear()
        self.calls_of.clear()
        self.published = 0
        self.log.seek(0)
        self.log.truncate()

    def wait(self, hours: float) -> None:
        """Let so much time pass for the functions."""
        _Later.by += timedelta(hours=hours)

    def answer_of(self, name: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Call an API function; its whole answer, a refusal too."""
        return dict(self._invoke(functions()[name], event, 1))

    def call_api(self, name: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Call an API function that must succeed; the parsed body of its answer."""
        answer = self.answer_of(name, event)
        if answer["statusCode"] >= 400:
            raise RuntimeError(f"{name} answered {answer['statusCode']}: {answer['body']}")
        return dict(json.loads(answer["body"]))

    def call_worker(self, name: str, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Hand messages to a queue worker, in batches as full as its trigger allows."""
        function = functions()[name]
        size = function.batch_size if function.gathers else min(function.batch_size, self._largest_batch)
        for start in range(0, len(bodies), size):
            batch = bodies[start : start + size]
            answer = self._invoke(function, {"Records": [self._queued(body) for body in batch]}, len(batch))
            if answer["batchItemFailures"]:
                raise RuntimeError(f"{name} failed: {answer}\n{self.log.getvalue()[-2000:]}")

    def settle(self) -> None:
        """Carry changes to the bus and events to their workers until nothing is left."""
        while True:
            while records := self._streams.read():
                size = min(functions()["PublishEvents"].batch_size, self._largest_batch)
                for start in range(0, len(records), size):
                    batch = records[start : start + size]
                    with self.meter.step("publish"):
                        self._invoke(functions()["PublishEvents"], {"Records": batch}, len(batch))
            if not self._bus:
                return
            waiting: dict[str, list[Mapping[str, Any]]] = {}
            while self._bus:
                event = self._bus.popleft()
                for function in consumers().get(str(event["detail-type"]), ()):
                    waiting.setdefault(function.name, []).append(event)
            for name, bodies in waiting.items():
                with self.meter.step(name):
                    self.call_worker(name, bodies)

    def note_sent(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        """Listen to the functions' own clients: what they publish and send is carried onwards here."""
        if model.name == "PutEvents":
            for entry in params["Entries"]:
                detail = json.loads(entry["Detail"])
                self.published += 1
                self._bus.append({"detail-type": entry["DetailType"], "source": "hotline", "detail": detail})
        elif model.name == "SendMessage" and f"/{PREFIX}-" in params["QueueUrl"]:
            message = json.loads(params["MessageBody"])
            if message.get("reply_token"):
                self.mail[message["appeal_id"]] = message

    def _invoke(self, function: Function, event: Mapping[str, Any], records: int) -> Any:
        self.invocations.setdefault(function.name, []).append(records)
        module, _, attribute = function.handler.rpartition(".")
        os.environ["POWERTOOLS_SERVICE_NAME"] = function.name
        handler = getattr(importlib.import_module(module), attribute)
        calls, began = self.meter.count(), time.process_time()
        with contextlib.redirect_stdout(self.log):
            answer = handler(event, Context())
        self.processor_s[function.name] += time.process_time() - began
        self.calls_of[function.name] += self.meter.count() - calls
        return answer

    def _queued(self, body: Mapping[str, Any]) -> Record:
        self._numbers += 1
        return {
            "messageId": f"m{self._numbers}",
            "receiptHandle": f"r{self._numbers}",
            "body": json.dumps(body, ensure_ascii=False),
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
        }


@contextlib.contextmanager
def chain(endpoint_url: str, meter: Meter | None = None, largest_batch: int = 10_000) -> Iterator[Chain]:
    """Tables, directory, queues and bus on an empty emulator, and the functions set to use them."""
    _Later.by = timedelta()
    with environment(endpoint_url), mock.patch.object(common, "datetime", _Later):
        provide()
        meter = meter or Meter()
        forget_what_functions_keep()
        with meter.listening():
            ready = Chain(meter, largest_batch)
            aws._session().register("provide-client-params.events", ready.note_sent)
            aws._session().register("provide-client-params.sqs", ready.note_sent)
            yield ready


@contextlib.contextmanager
def environment(endpoint_url: str) -> Iterator[None]:
    """The environment that the template gives the functions, for this process, for a while."""
    before = dict(os.environ)
    names = {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CASES_TABLE": "CasesTable",
        "TEXTS_TABLE": "TextsTable",
        "SEALED_TABLE": "SealedTable",
        "EFFECTS_TABLE": "EffectsTable",
        "NOTICES_TABLE": "NoticesTable",
        "DIRECTORY_TABLE": "DirectoryTable",
        "SCORECARDS_TABLE": "ScorecardsTable",
        "BUS_NAME": "bench",
        "AGENCY_QUEUE_PREFIX": PREFIX,
        "SIGNING_SECRET_ARN": "bench",
        "DEAD_LETTER_QUEUE_URL": f"{endpoint_url}/000000000000/bench-dlq",
        "PARKED_RECORDS_QUEUE_URL": f"{endpoint_url}/000000000000/bench-dlq",
        "REPLIES_QUEUE_URL": f"{endpoint_url}/000000000000/bench-dlq",
        "NOTIFY_CHANNEL": "console",
        "NOTIFY_FALLBACK": "none",
        "NOTIFY_WEBHOOK_URL": "",
        "NOTIFY_FALLBACK_WEBHOOK_URL": "",
        "NOTICES_AT_NIGHT": "true",
        "PAGES_URL": "https://hotline.example",
        "POWERTOOLS_METRICS_NAMESPACE": "Hotline",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
    }
    path = str(ROOT / "functions")
    os.environ.pop("AWS_PROFILE", None)
    os.environ.update(names)
    sys.path.insert(0, path)
    try:
        yield
    finally:
        sys.path.remove(path)
        os.environ.clear()
        os.environ.update(before)


def provide() -> None:
    """Make tables, secret, bus and queues, and import Beijing's directory."""
    loaded = provide_tables()
    sqs = boto3.client("sqs")
    boto3.client("secretsmanager").create_secret(Name="bench", SecretString="b" * 64)
    boto3.client("events").create_event_bus(Name="bench")
    sqs.create_queue(QueueName="bench-dlq")
    agency_ids = [row["agency_id"] for row in loaded.parts["agencies"]]
    agency_queues.create_missing(sqs, PREFIX, agency_ids, lambda *_: None)


def provide_tables() -> Loaded:
    """Make the tables, and put Beijing's directory into theirs."""
    dynamodb = boto3.client("dynamodb")
    for settings in tables():
        dynamodb.create_table(**settings)
    loaded = load(BEIJING, datetime.now(UTC).date())
    store = DirectoryStore(dynamodb, "DirectoryTable")
    store.save(loaded.version, loaded.parts, {})
    store.activate(loaded.version)
    return loaded


class _StreamReader:
    """Reads the stream of the cases table as Lambda's poller does."""

    def __init__(self) -> None:
        self._client = boto3.client("dynamodbstreams")
        self._iterators: dict[str, str] = {}

    def read(self) -> list[Record]:
        """The records since the last time, as Lambda puts them into its event."""
        if not self._iterators:
            self._open()
        records: list[Record] = []
        for shard, iterator in self._iterators.items():
            answer = self._client.get_records(ShardIterator=iterator)
            self._iterators[shard] = answer["NextShardIterator"]
            records += [_as_json(record) for record in answer["Records"]]
        return records

    def _open(self) -> None:
        arn = self._client.list_streams(TableName="CasesTable")["Streams"][0]["StreamArn"]
        shards = self._client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        self._iterators = {
            shard["ShardId"]: self._client.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            for shard in shards
        }


def _as_json(record: Mapping[str, Any]) -> Record:
    """Lambda's event carries bytes as base64 text and moments as numbers."""

    def plain(value: Any) -> Any:
        match value:
            case bytes():
                return base64.b64encode(value).decode()
            case datetime():
                return value.timestamp()
            case dict():
                return {name: plain(each) for name, each in value.items()}
            case list():
                return [plain(each) for each in value]
        return value

    converted: Record = plain(dict(record))
    return converted


def forget_what_functions_keep() -> None:
    """A process that served another emulator before must not remember it: every cache of ours is emptied."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "hotline":
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear") and getattr(value, "__module__", "") == name:
                    value.cache_clear()
