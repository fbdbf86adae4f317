"""Faults between a function and what it stands on (numbers: the project's list of fault cases)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from hotline.adapters import aws
from hotline.domain.identifiers import tracking_number
from tests.api_events import api_event
from tests.aws_stack import MotoStack, failed, function_of, queue_event, sample
from tests.lives import AGENCY, APPEAL, DISTRICT_AGENCY, TRACKING_KEY, Life

Call = Callable[..., Any]


def throttled(operation: str) -> ClientError:
    answer: Any = {
        "Error": {"Code": "ProvisionedThroughputExceededException", "Message": "slow down"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    return ClientError(answer, operation)


def silent(_: str) -> ReadTimeoutError:
    return ReadTimeoutError(endpoint_url="https://dynamodb.example")


def reset(_: str) -> ConnectionClosedError:
    return ConnectionClosedError(endpoint_url="https://dynamodb.example")


class Trouble:
    """Stands before the clients of one service and makes calls fail, before or after they took effect."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, service: str) -> None:
        self.calls: list[str] = []
        self._faults: dict[str, tuple[Callable[[str], Exception], int, bool]] = {}
        real = aws._client

        def client(name: str, patience: Any) -> Any:
            made = real(name, patience)
            return _Troubled(made, self) if name == service else made

        client.cache_clear = real.cache_clear  # type: ignore[attr-defined]
        monkeypatch.setattr(aws, "_client", client)

    def strike(
        self, operation: str, fault: Callable[[str], Exception], times: int = 1_000, *, after: bool = False
    ) -> None:
        """Let an operation fail ``times`` times; ``after``: it has taken effect, its answer is lost."""
        self._faults[operation] = (fault, times, after)

    def end(self) -> None:
        """All is well again."""
        self._faults.clear()

    def perform(self, operation: str, call: Call, arguments: dict[str, Any]) -> Any:
        self.calls.append(operation)
        fault, times, after = self._faults.get(operation, (silent, 0, False))
        if times == 0:
            return call(**arguments)
        self._faults[operation] = (fault, times - 1, after)
        if after:
            call(**arguments)
        raise fault(operation)


class _Troubled:
    def __init__(self, client: Any, trouble: Trouble) -> None:
        self._client = client
        self._trouble = trouble

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)
        return lambda **arguments: self._trouble.perform(operation, call, arguments)

    def __hash__(self) -> int:
        return hash(self._client)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Troubled) and other._client is self._client


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, stack: MotoStack) -> Iterator[Trouble]:
    """Trouble with DynamoDB."""
    return Trouble(monkeypatch, "dynamodb")


def problem(answer: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer["body"])
    return document


# ---- the API ------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [throttled, silent, reset])
@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("intake/api.register", "transact_write_items"),
        ("intake/api.track", "get_item"),
        ("intake/api.supplement", "put_item"),
        ("handling/api.acknowledge", "put_item"),
        ("handling/api.list", "query"),
    ],
)
def test_a_store_that_gives_no_answer_is_busy_not_broken(
    stack: MotoStack, store: Trouble, name: str, operation: str, fault: Callable[[str], Exception]
) -> None:
    life = Life(stack).dispatched()
    cases = stack.table("CasesTable")
    stack.run("intake/api.list_services")
    store.strike(operation, fault)
    began = time.monotonic()
    answer = stack.run(name)
    assert time.monotonic() - began < 3
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "5")
    assert problem(answer)["type"] == "/problems/unavailable"
    assert "dynamodb" not in answer["body"].lower()
    assert stack.table("CasesTable") == cases, "nothing is half-written"
    store.end()
    assert stack.run(name)["statusCode"] < 300, "and the next call succeeds"
    assert life.case.version >= 2


def test_a_registration_whose_answer_was_lost_is_found_again(stack: MotoStack, store: Trouble) -> None:
    store.strike("transact_write_items", silent, times=1, after=True)
    assert stack.run("intake/api.register")["statusCode"] == 503
    answer = stack.run("intake/api.register")
    assert answer["statusCode"] == 201
    (case,) = stack.table("CasesTable")
    assert case["pk"]["S"] == f"A#{problem(answer)['tracking_number']}"


def test_a_command_whose_answer_was_lost_succeeds_the_second_time_without_a_second_event(
    stack: MotoStack, store: Trouble
) -> None:
    life = Life(stack).dispatched()
    store.strike("put_item", silent, times=1, after=True)
    assert stack.run("handling/api.acknowledge")["statusCode"] == 503
    assert stack.run("handling/api.acknowledge")["statusCode"] == 200
    assert [event.name for event in life.case.events].count("WorkOrderAcknowledged") == 1


def test_words_written_before_a_failed_command_are_not_doubled(
    stack: MotoStack, store: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(stack).dispatched()
    version = life.case.version
    note_then_case = iter([False, True])
    perform = store.perform

    def fail_at_the_case(operation: str, call: Call, arguments: dict[str, Any]) -> Any:
        if operation == "put_item" and next(note_then_case, False):
            raise throttled(operation)
        return perform(operation, call, arguments)

    monkeypatch.setattr(store, "perform", fail_at_the_case)
    assert stack.run("intake/api.supplement")["statusCode"] == 503
    assert life.case.version == version
    assert stack.run("intake/api.supplement")["statusCode"] == 201
    notes = [item for item in stack.table("TextsTable") if item["sk"]["S"].startswith("N#")]
    assert len(notes) == 1


def test_two_officers_who_saw_the_same_version_get_one_success_and_one_conflict(stack: MotoStack) -> None:
    life = Life(stack).dispatched()

    def acknowledge(officer: str) -> dict[str, Any]:
        event = sample("handling/api.acknowledge")
        event["headers"]["Idempotency-Key"] = f"{officer}-0001"
        event["requestContext"]["authorizer"]["sub"] = officer
        answer: dict[str, Any] = stack.invoke("HandlingApi", event)
        return answer

    first, second = acknowledge("zhang"), acknowledge("zhao")
    assert (first["statusCode"], second["statusCode"]) == (200, 409)
    assert problem(second)["current_version"] == life.case.version == 3


# ---- batches ------------------------------------------------------------------------------------


def replies(stack: MotoStack, number: int) -> list[dict[str, Any]]:
    """As many dispatched orders, and an acknowledgement for each."""
    template = json.loads(sample("handling/agency_replies.acknowledge")["Records"][0]["body"])
    made = []
    for place in range(number):
        appeal_id = tracking_number(bytes([place + 1]) * 10)
        Life(stack, appeal_id=appeal_id).dispatched()
        order = f"{appeal_id}.1"
        token = stack.tokens.reply_token(order, AGENCY)
        made.append({**template, "work_order_id": order, "reply_token": token})
    return made


def statuses(stack: MotoStack) -> list[str]:
    return [item["s"]["S"] for item in stack.table("CasesTable")]


def test_one_poison_message_in_ten_is_parked_and_nine_are_done_once(stack: MotoStack) -> None:
    good = replies(stack, 9)
    batch = queue_event(*good[:4], "{poison", *good[4:])
    assert failed(stack.invoke("AgencyReplies", batch)) == []
    assert statuses(stack) == ["acknowledged"] * 9
    (dead,) = stack.messages("RepliesDeadLetters")
    assert dead["Body"] == "{poison"
    assert dead["MessageAttributes"]["source"]["StringValue"] == "agency-replies"
    assert failed(stack.invoke("AgencyReplies", batch)) == []
    assert {item["v"]["N"] for item in stack.table("CasesTable")} == {"3"}


def test_a_busy_store_sends_the_batch_back_and_nothing_is_parked(stack: MotoStack, store: Trouble) -> None:
    batch = queue_event(*replies(stack, 3))
    store.strike("batch_get_item", throttled)
    assert failed(stack.invoke("AgencyReplies", batch)) == ["message-0", "message-1", "message-2"]
    assert stack.messages("RepliesDeadLetters") == []
    store.end()
    assert failed(stack.invoke("AgencyReplies", batch)) == []
    assert statuses(stack) == ["acknowledged"] * 3


def test_a_store_that_fails_in_the_middle_sends_back_what_is_not_done(
    stack: MotoStack, store: Trouble
) -> None:
    batch = queue_event(*replies(stack, 3))
    store.strike("put_item", throttled, times=1)
    came_back = failed(stack.invoke("AgencyReplies", batch))
    assert came_back == ["message-0"]
    assert sorted(statuses(stack)) == ["acknowledged", "acknowledged", "dispatched"]


def test_an_invocation_that_runs_out_of_time_sends_the_rest_back(stack: MotoStack) -> None:
    record = json.loads(sample("intake/channel_records")["Records"][0]["body"])
    batch = queue_event(*({**record, "record_id": f"call-{place}"} for place in range(3)))
    assert failed(stack.invoke("ChannelRecords", batch, remaining_ms=1_000)) == ["message-1", "message-2"]
    assert len(stack.table("CasesTable")) == 1
    assert failed(stack.invoke("ChannelRecords", batch)) == []
    assert len(stack.table("CasesTable")) == 3


def test_the_same_record_three_times_is_one_appeal(stack: MotoStack) -> None:
    record = sample("intake/channel_records")["Records"][0]["body"]
    assert failed(stack.invoke("ChannelRecords", queue_event(record, record, record))) == []
    assert len(stack.table("CasesTable")) == 1


def test_a_record_id_with_another_appeal_is_parked(stack: MotoStack) -> None:
    record = json.loads(sample("intake/channel_records")["Records"][0]["body"])
    other = {**record, "appeal": {**record["appeal"], "text": "另一件事"}}
    assert failed(stack.invoke("ChannelRecords", queue_event(record, other))) == []
    (dead,) = stack.messages("ChannelRecordsDeadLetters")
    assert dead["MessageAttributes"]["reason"]["StringValue"] == "idempotency-key-reused"


def test_a_reply_before_its_turn_waits_and_is_answered_when_its_turn_never_comes(stack: MotoStack) -> None:
    life = Life(stack).dispatched()
    stack.agency_queue(AGENCY)
    body = sample("handling/agency_replies.resolve")["Records"][0]["body"]
    assert failed(stack.invoke("AgencyReplies", queue_event(body, receives=1))) == ["message-0"]
    assert failed(stack.invoke("AgencyReplies", queue_event(body, receives=9))) == []
    (message,) = stack.messages(AGENCY)
    refused = json.loads(message["Body"])["refused"]
    assert (refused["problem"], refused["command_id"]) == ("transition-not-allowed", "resolve-1")
    assert life.case.status == "dispatched"


def test_replies_that_come_in_the_wrong_order_end_in_the_right_state(stack: MotoStack) -> None:
    life = Life(stack).dispatched()
    names = ("resolve", "record_contact", "acknowledge")
    bodies = [sample(f"handling/agency_replies.{name}")["Records"][0]["body"] for name in names]
    for receives in (1, 2, 3):
        batch = queue_event(*bodies, receives=receives)
        bodies = [
            bodies[int(each.rpartition("-")[2])] for each in failed(stack.invoke("AgencyReplies", batch))
        ]
    assert (bodies, life.case.status) == ([], "resolved")


def test_a_reply_for_a_closed_order_is_answered_at_once(stack: MotoStack) -> None:
    life = Life(stack).dispatched().acknowledged().contacted().resolved().surveying().answered()
    stack.agency_queue(AGENCY)
    assert failed(stack.run("handling/agency_replies.acknowledge")) == []
    (message,) = stack.messages(AGENCY)
    assert json.loads(message["Body"])["refused"]["problem"] == "transition-not-allowed"
    assert life.case.status == "closed"


def test_a_dead_letter_queue_that_does_not_answer_brings_the_message_back(
    stack: MotoStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues = Trouble(monkeypatch, "sqs")
    queues.strike("send_message", silent)
    assert failed(stack.invoke("AgencyReplies", queue_event("{poison"))) == ["message-0"]


def test_an_agency_without_a_queue_holds_up_only_its_own_message(stack: MotoStack) -> None:
    Life(stack).dispatched("110101002")
    stack.agency_queue(DISTRICT_AGENCY)
    other = tracking_number(b"another one")
    Life(stack, appeal_id=other).dispatched()
    stack.agency_queue(AGENCY)
    body = sample("handling/deliver_work_orders.dispatched")["Records"][0]["body"]
    second = body.replace(APPEAL, other)
    first = body.replace(f'"agency_id": "{AGENCY}"', '"agency_id": "110101002"')
    assert failed(stack.invoke("DeliverWorkOrders", queue_event(first, second))) == ["message-0"]
    assert len(stack.messages(AGENCY)) == 1


def test_an_order_sent_whose_note_was_lost_has_the_same_id_when_it_is_sent_again(
    stack: MotoStack, store: Trouble
) -> None:
    Life(stack).dispatched()
    stack.agency_queue(AGENCY), stack.agency_queue(DISTRICT_AGENCY)
    store.strike("batch_write_item", throttled, times=1)
    assert failed(stack.run("handling/deliver_work_orders.dispatched")) == ["message-0"]
    assert failed(stack.run("handling/deliver_work_orders.dispatched")) == []
    ids = {json.loads(message["Body"])["message_id"] for message in stack.messages(AGENCY)}
    assert ids == {f"{APPEAL}:2"}


# ---- the outbox ---------------------------------------------------------------------------------


class PickyBus:
    """An EventBridge client that refuses some entries once."""

    def __init__(self, refuse: set[int]) -> None:
        self._refuse = refuse
        self.puts: list[list[str]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.puts.append([json.loads(entry["Detail"])["event_id"] for entry in Entries])
        refused = {place for place in self._refuse if place < len(Entries)}
        self._refuse = set()
        results: list[dict[str, str]] = [
            {"ErrorCode": "ThrottlingException"} if place in refused else {"EventId": "x"}
            for place in range(len(Entries))
        ]
        return {"FailedEntryCount": len(refused), "Entries": results}


@pytest.fixture
def picky_bus(monkeypatch: pytest.MonkeyPatch) -> PickyBus:
    """One that refuses the second of its first entries."""
    bus = PickyBus({1})
    monkeypatch.setattr("hotline.wiring.outbox.events", lambda: bus)
    return bus


def test_only_the_refused_event_is_sent_again(stack: MotoStack, picky_bus: PickyBus) -> None:
    both = [sample(f"outbox/publish_events.{name}")["Records"][0] for name in ("insert", "modify")]
    stack.invoke("PublishEvents", {"Records": both})
    assert picky_bus.puts == [[f"{APPEAL}:1", f"{APPEAL}:2"], [f"{APPEAL}:2"]]


def test_a_bus_that_is_down_fails_the_batch_so_that_the_stream_brings_it_again(
    stack: MotoStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = Trouble(monkeypatch, "events")
    bus.strike("put_events", reset)
    with pytest.raises(Exception, match="unavailable"):
        stack.run("outbox/publish_events.insert")
    bus.end()
    stack.run("outbox/publish_events.insert")
    assert len(stack.messages("DispatchQueue")) == 1


def test_a_stream_batch_that_comes_twice_changes_nothing_in_the_end(stack: MotoStack) -> None:
    life = Life(stack)
    for _ in range(2):
        stack.run("outbox/publish_events.insert")
    bodies = [message["Body"] for message in stack.messages("DispatchQueue")]
    assert len(bodies) == 2
    for body in bodies:
        assert failed(stack.invoke("DispatchAppeals", queue_event(body))) == []
    assert [event.name for event in life.case.events] == ["AppealRegistered", "WorkOrderDispatched"]


def test_a_poison_record_that_cannot_be_parked_stops_the_batch_instead_of_being_lost(
    stack: MotoStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues = Trouble(monkeypatch, "sqs")
    queues.strike("send_message", silent)
    with pytest.raises(Exception, match="unavailable"):
        stack.run("outbox/publish_events.poison")


def test_items_beside_the_case_are_not_events(stack: MotoStack, picky_bus: PickyBus) -> None:
    record = sample("outbox/publish_events.insert")["Records"][0]
    record["dynamodb"]["Keys"]["sk"] = {"S": "H#00001"}
    removed = sample("outbox/publish_events.modify")["Records"][0]
    removed["eventName"] = "REMOVE"
    del removed["dynamodb"]["NewImage"]
    stack.invoke("PublishEvents", {"Records": [record, removed]})
    assert picky_bus.puts == []


# ---- counting and messages ----------------------------------------------------------------------


def test_a_closing_is_counted_once_though_its_acknowledgement_was_lost(
    stack: MotoStack, store: Trouble
) -> None:
    store.strike("transact_write_items", silent, times=1, after=True)
    stack.run("assessment/count_outcomes")
    stack.run("assessment/count_outcomes")
    (row,) = stack.table("ScorecardsTable")
    assert row["closed"]["N"] == "1"


def test_a_batch_that_holds_one_closing_twice_and_one_counted_before_counts_the_rest(
    stack: MotoStack,
) -> None:
    body = sample("assessment/count_outcomes")["Records"][0]["body"]
    other = body.replace(APPEAL, tracking_number(b"another one"))
    stack.invoke("CountOutcomes", queue_event(body))
    stack.invoke("CountOutcomes", queue_event(body, other, other))
    (row,) = stack.table("ScorecardsTable")
    assert row["closed"]["N"] == "2"


def test_a_message_whose_sender_died_is_tried_again_after_its_lease(
    stack: MotoStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    Life(stack).dispatched().acknowledged().contacted().resolved().surveying()
    sent: list[str] = []

    class Dies:
        def send(self, message: Any) -> None:
            sent.append(message.key)
            if len(sent) == 1:
                raise MemoryError

    monkeypatch.setattr("hotline.wiring.notify._messenger", Dies)
    assert failed(stack.run("notify/send_messages")) == ["message-0"]
    assert failed(stack.run("notify/send_messages")) == ["message-0"], "somebody may still be at it"
    stack.clock.pass_(minutes=3)
    assert failed(stack.run("notify/send_messages")) == []
    assert failed(stack.run("notify/send_messages")) == []
    assert sent == [f"survey/{APPEAL}/1"] * 2


def test_an_event_of_newer_code_is_read_for_what_is_known_of_it(stack: MotoStack) -> None:
    life = Life(stack)
    event = json.loads(sample("dispatch/on_appeal_registered")["Records"][0]["body"])
    event["detail"] |= {"version": 2, "tenant": "new"}
    event["detail"]["data"] |= {"mood": "new"}
    assert failed(stack.invoke("DispatchAppeals", queue_event(event))) == []
    assert life.case.status == "dispatched"


def test_acting_on_a_stale_row_of_a_list_is_a_conflict_not_a_wrong_write(stack: MotoStack) -> None:
    life = Life(stack).dispatched().returned()
    answer = stack.invoke(
        function_of("handling/api.acknowledge"),
        api_event(
            "POST",
            f"/orders/{APPEAL}.1/acknowledge",
            route="/orders/{order_id}/acknowledge",
            claims={"sub": "zhang", "role": "agency", "agency_id": AGENCY},
            headers={"X-Tracking-Key": TRACKING_KEY},
        ),
    )
    assert answer["statusCode"] == 409
    assert life.case.status == "returned"
