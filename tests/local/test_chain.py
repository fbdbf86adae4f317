"""The chain on the deployed template: HTTP, queues, stream, bus, schedule, buckets."""

from __future__ import annotations

import io
import json
import time
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from hotline.adapters.dynamodb import codec, keys
from hotline.domain.timers import bucket_of, shard_of
from tests.local.talking import Stack, agency_queue, another_matter, bearer, call, client, eventually, receive
from tests.template import load

pytestmark = pytest.mark.local

NOISE = "朝阳区八里庄街道十里堡北里小区楼下工地半夜施工噪音扰民"
BALIZHUANG, CHAOYANG = "110105015", "110105"


class Citizen:
    """Somebody who registered an appeal and kept the receipt."""

    def __init__(self, stack: Stack, **words: Any) -> None:
        self.stack = stack
        appeal = {"type": "投诉", "text": NOISE, **another_matter(), **words}
        answer = call(stack, "POST", "/appeals", appeal)
        assert answer.status == 201, answer.body
        self.number: str = answer.body["tracking_number"]
        self.key = {"X-Tracking-Key": answer.body["secret_key"]}

    def sees(self) -> Mapping[str, Any]:
        answer = call(self.stack, "GET", f"/appeals/{self.number}", headers=self.key)
        assert answer.status == 200, answer.body
        return answer.body  # type: ignore[no-any-return]

    def waits_for(self, *statuses: str) -> Mapping[str, Any]:
        def look() -> Mapping[str, Any] | None:
            seen = self.sees()
            return seen if seen["status"] in statuses else None

        return eventually(look, f"{self.number} never became {statuses}")

    def answers(self, contacted: bool, resolved: bool, satisfied: bool, comment: str | None = None) -> str:
        token = self.waits_for("surveying")["survey"]["token"]
        answers = {"contacted": contacted, "resolved": resolved, "satisfied": satisfied, "comment": comment}
        answer = call(self.stack, "POST", f"/surveys/{token}", answers)
        assert answer.status == 200, answer.body
        return str(answer.body["status"])


class OrderAtAgency:
    """An order as the agency's own system received it."""

    def __init__(self, stack: Stack, citizen: Citizen, agency_id: str = BALIZHUANG) -> None:
        self.stack = stack
        message = receive(
            stack,
            agency_queue(stack, agency_id),
            lambda message: json.loads(message["Body"])["appeal_id"] == citizen.number,
        )
        self.body = json.loads(message["Body"])

    def reply(self, **action: Any) -> None:
        body = {
            "schema": "hotline.reply/1",
            "work_order_id": self.body["work_order_id"],
            "agency_id": self.body["agency_id"],
            "reply_token": self.body["reply_token"],
            "command_id": uuid.uuid4().hex,
            "officer": "desk-7",
            "action": action,
        }
        client(self.stack, "sqs").send_message(
            QueueUrl=self.stack["replies_queue_url"], MessageBody=json.dumps(body)
        )

    def is_handled(self) -> None:
        self.reply(command="acknowledge")
        self.reply(command="record_contact", channel="phone")
        self.reply(command="resolve", text="已约谈工地，夜间停工", attachments=["a01"])


def test_an_appeal_goes_through_the_chain_until_the_citizen_is_satisfied(stack: Stack) -> None:
    phone = f"139{uuid.uuid4().int % 10**8:08d}"
    citizen = Citizen(stack, contact={"phone": phone})
    order = OrderAtAgency(stack, citizen)
    assert order.body["text"] == NOISE
    assert {each["clock"] for each in order.body["due"]} == {"dispatch", "response", "handling"}
    assert phone not in json.dumps(order.body)

    def is_asked(times: int) -> bool:
        return sum("/survey/" in text for text in texts_to(stack, phone)) == times

    order.is_handled()
    eventually(lambda: is_asked(1), "no link to the survey came")
    assert citizen.answers(True, False, False, "昨晚又施工了") == "in_progress"
    again = OrderAtAgency(stack, citizen)
    assert (again.body["kind"], again.body["notes"]) == ("reopened", ["昨晚又施工了"])
    again.reply(command="resolve", text="已立案处罚", attachments=["a02"])
    eventually(lambda: is_asked(2), "the citizen was not asked a second time")
    assert citizen.answers(True, True, True) == "closed"

    told = texts_to(stack, phone)
    assert len(told) == len(set(told))
    assert score(stack, BALIZHUANG)["reopenings"] >= 1


def test_the_district_gets_a_copy_that_allows_nothing(stack: Stack) -> None:
    citizen = Citizen(stack)
    copy = OrderAtAgency(stack, citizen, CHAOYANG).body
    assert (copy["kind"], copy["lead_agency_id"], copy["allowed"]) == ("copy", BALIZHUANG, [])
    assert "reply_token" not in copy


def test_an_operator_dispatches_what_the_rules_cannot(stack: Stack) -> None:
    citizen = Citizen(stack, text="有个事情想反映一下，请尽快联系我")
    operator = bearer(stack, "operator")

    def waiting() -> bool:
        queue = call(stack, "GET", "/dispatch/queue?limit=100", headers=operator)
        return citizen.number in {row["appeal_id"] for row in queue.body["orders"]}

    eventually(waiting, "the appeal never came to the operators")
    candidates = call(stack, "GET", f"/dispatch/queue/{citizen.number}", headers=operator)
    assert "place-unknown" in candidates.body["reasons"]
    decided = call(
        stack, "POST", f"/orders/{citizen.number}.1/dispatch", {"agency_id": CHAOYANG}, headers=operator
    )
    assert (decided.status, decided.body["status"]) == (200, "dispatched")
    assert OrderAtAgency(stack, citizen, CHAOYANG).body["kind"] == "dispatched"


def test_a_desk_without_a_system_handles_its_order_over_http(stack: Stack) -> None:
    citizen = Citizen(stack)
    citizen.waits_for("dispatched")
    desk = bearer(stack, "agency", BALIZHUANG)
    other = bearer(stack, "agency", "110101001")
    order = f"/orders/{citizen.number}.1"
    assert call(stack, "POST", f"{order}/acknowledge", headers=other).status == 404
    assert call(stack, "POST", f"{order}/acknowledge", headers=desk).body["status"] == "acknowledged"
    assert call(stack, "POST", f"{order}/acknowledge", headers=desk).status == 409
    contact = call(stack, "POST", f"{order}/contact", {"channel": "visit"}, headers=desk)
    assert contact.body["status"] == "in_progress"
    seen = call(stack, "GET", order, headers=desk).body
    assert seen["allowed"] == [
        "record_contact",
        "report_progress",
        "resolve",
        "request_assist",
        "summon",
        "request_extension",
        "request_hold",
        "escalate",
        "request_review",
    ]
    assert {each["state"] for each in seen["deliveries"]} == {"delivered"}


def test_a_limit_that_passes_is_swept_told_and_asked_about(stack: Stack) -> None:
    citizen = Citizen(stack)
    OrderAtAgency(stack, citizen)
    age(stack, citizen.number, timedelta(days=30))

    seen = citizen.waits_for("surveying")

    events = [each["event"] for each in seen["timeline"]]
    assert events.count("ClockBreached") == 2  # response and handling, each once
    told = OrderAtAgency(stack, citizen).body
    assert told["kind"] in ("clock_warned", "clock_breached", "urged", "supervision", "escalation")


def test_a_gateway_hands_appeals_in_and_a_bad_record_is_kept_with_the_reason(stack: Stack) -> None:
    sqs = client(stack, "sqs")
    record_id = uuid.uuid4().hex
    marker = "".join(letter for letter in record_id if letter.isalpha())
    good = {
        "schema": "hotline.channel-record/1",
        "record_id": record_id,
        "appeal": {"type": "求助", "text": f"{marker} {NOISE}", "channel": "phone"},
    }
    bad = {**good, "appeal": {"type": "求助", "text": f"{marker} {NOISE}", "channel": "pigeon"}}
    for body in (good, good, bad):
        sqs.send_message(QueueUrl=stack["channel_records_queue_url"], MessageBody=json.dumps(body))

    dead = receive(
        stack, stack["channel_records_dead_letters_url"], lambda message: marker in message["Body"]
    )
    assert "channel" in dead["MessageAttributes"]["detail"]["StringValue"]

    def registered() -> list[str]:
        pages = client(stack, "dynamodb").get_paginator("scan").paginate(TableName=stack["cases_table"])
        return [item["pk"]["S"] for page in pages for item in page["Items"] if marker[:20] in item["t"]["S"]]

    assert len(eventually(registered, "the good record was not registered")) == 1


def test_a_picture_loses_its_place_and_owner_before_anyone_sees_it(stack: Stack) -> None:
    citizen = Citizen(stack)
    picture = photograph_with_position()
    offer = offered(citizen, len(picture))
    assert upload(offer, picture) == 204

    def verified() -> Mapping[str, Any] | None:
        shown = call(stack, "GET", f"/appeals/{citizen.number}/attachments", headers=citizen.key).body
        (attachment,) = shown["attachments"]
        return attachment if attachment["status"] == "verified" else None

    attachment = eventually(verified, "the picture was never verified")
    with urllib.request.urlopen(attachment["url"]) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert not Image.open(io.BytesIO(answer.read())).getexif()


def test_a_larger_file_than_offered_is_refused_by_the_store(stack: Stack) -> None:
    picture = photograph_with_position()
    offer = offered(Citizen(stack), len(picture) - 1)
    assert upload(offer, picture) == 400


@pytest.mark.parametrize(
    ("function", "method", "path"),
    [
        (name, route.method, route.path)
        for name, function in load().functions.items()
        for route in function.routes
        if not route.public
    ],
)
def test_no_staff_route_answers_without_a_token(stack: Stack, function: str, method: str, path: str) -> None:
    concrete = path.replace("{", "").replace("}", "")
    bad = {"Authorization": "Bearer not.a.token"}
    assert call(stack, method, concrete).status == 401
    assert call(stack, method, concrete, headers=bad).status == 401


def test_nothing_that_a_citizen_said_is_in_any_log(stack: Stack) -> None:
    marked, phone = f"标记{uuid.uuid4().hex}", f"138{uuid.uuid4().int % 10**8:08d}"
    citizen = Citizen(stack, text=f"{NOISE}{marked}", contact={"phone": phone, "name": marked})
    OrderAtAgency(stack, citizen).is_handled()
    citizen.answers(True, True, True, marked)
    citizen.waits_for("closed")
    lines = list(logged(stack))
    assert any(citizen.number in line for line in lines) or len(lines) > 10
    assert not [line for line in lines if marked in line or phone in line]


@pytest.fixture(autouse=True, scope="module")
def _no_dead_letters_are_left(stack: Stack) -> Iterator[None]:
    """Invariant I8: after these lives the dead-letter queues are empty."""
    yield
    sqs = client(stack, "sqs")
    for name, url in stack.items():
        if name.endswith("dead_letters_url") or name == "parked_records_queue_url":
            attributes = sqs.get_queue_attributes(
                QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
            )
            assert attributes["Attributes"]["ApproximateNumberOfMessages"] == "0", name


def age(stack: Stack, appeal_id: str, by: timedelta) -> None:
    """Move a case's clocks into the past, as if it had been registered that much earlier."""
    table, dynamodb = stack["cases_table"], client(stack, "dynamodb")
    key = {name: {"S": value} for name, value in keys.case_key(appeal_id).items()}
    case = codec.decode(dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"])
    for kind, clock in case.clocks.items():
        moved = {
            name: getattr(clock, name) - by
            for name in ("started_at", "due_at", "warn_at", "stopped_at")
            if getattr(clock, name) is not None
        }
        case.clocks[kind] = clock.model_copy(update=moved)
    item = codec.encode(case)
    now_bucket = keys.timer_partition(shard_of(appeal_id), bucket_of(datetime.now(UTC)))
    dynamodb.put_item(TableName=table, Item=item | {"tp": {"S": now_bucket}})


def texts_to(stack: Stack, phone: str) -> list[str]:
    with urllib.request.urlopen(f"{stack['endpoint_url']}/_ministack/sns/sms-messages") as answer:
        kept = json.loads(answer.read())
    messages = [each for group in kept.values() if isinstance(group, dict) for each in _flat(group)]
    return [each["Message"] for each in messages if phone in each["PhoneNumber"]]


def _flat(group: Any) -> list[dict[str, Any]]:
    if isinstance(group, dict):
        return [found for each in group.values() for found in _flat(each)]
    return group if isinstance(group, list) else []


def score(stack: Stack, agency_id: str) -> Mapping[str, int]:
    month = datetime.now(UTC).astimezone().strftime("%Y%m")

    def look() -> Mapping[str, int] | None:
        answer = call(stack, "GET", f"/scorecards/{month}/{agency_id}", headers=bearer(stack, "auditor"))
        return answer.body["scorecard"]["tally"] if answer.status == 200 else None

    return eventually(look, "the closing was never counted")


def offered(citizen: Citizen, size: int) -> Mapping[str, Any]:
    wish = {"content_type": "image/jpeg", "size_bytes": size, "file_name": "photo.jpg"}
    answer = call(citizen.stack, "POST", f"/appeals/{citizen.number}/attachments", wish, citizen.key)
    assert answer.status == 201, answer.body
    return answer.body  # type: ignore[no-any-return]


def upload(offer: Mapping[str, Any], content: bytes) -> int:
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in offer["fields"].items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'.encode()
        + content
        + f"\r\n--{boundary}--\r\n".encode()
    )
    request = urllib.request.Request(
        offer["url"],
        data=b"".join(parts),
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


def photograph_with_position() -> bytes:
    exif = Image.Exif()
    exif[0x013B] = "the owner"
    exif.get_ifd(0x8825)[1] = "N"
    content = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(content, "JPEG", exif=exif)
    return content.getvalue()


def logged(stack: Stack) -> Iterator[str]:
    logs = client(stack, "logs")
    time.sleep(1)
    for group in logs.describe_log_groups()["logGroups"]:
        for stream in logs.describe_log_streams(logGroupName=group["logGroupName"])["logStreams"]:
            events = logs.get_log_events(
                logGroupName=group["logGroupName"], logStreamName=stream["logStreamName"], limit=10_000
            )
            yield from (event["message"] for event in events["events"])
