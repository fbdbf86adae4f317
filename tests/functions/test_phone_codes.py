"""A lost key, over HTTP and the queue: from the number to the list, and what nobody learns on the way."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any, get_args

import pytest

from hotline.ports import Message
from hotline.use_cases.prove_phone import Sent
from hotline.wiring import notify
from tests.api_events import api_event
from tests.aws_stack import MotoStack, failed, queue_event, sample
from tests.template import load
from tests.unit.fakes import MemoryMessenger

PHONE = "13800138000"


def body_of(answer: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer["body"])
    return body


@pytest.fixture
def messenger(monkeypatch: pytest.MonkeyPatch) -> MemoryMessenger:
    """The supplier, where the texts can be read."""
    supplier = MemoryMessenger()
    monkeypatch.setattr(notify, "_messenger", lambda: supplier)
    return supplier


def registered(stack: MotoStack, **changes: Any) -> dict[str, Any]:
    """An appeal that the function registers, of that number; its receipt."""
    event = sample("intake/api.register")
    body = json.loads(event["body"]) | {"contact": {"phone": PHONE}} | changes
    return body_of(stack.invoke("IntakeApi", {**event, "body": json.dumps(body)}))


def deliver(stack: MotoStack) -> None:
    """Hand what waits in the queue to the sending function."""
    bodies = [message["Body"] for message in stack.messages("CodesQueue")]
    assert failed(stack.invoke("SendCodes", queue_event(*bodies))) == []


def digits(message: Message) -> str:
    return "".join(letter for letter in message.text.split("验证码")[1][:6])


def test_from_a_lost_key_to_the_progress_of_the_appeal(stack: MotoStack, messenger: MemoryMessenger) -> None:
    receipt = registered(stack)
    asked = stack.run("intake/phones_api.ask")
    assert (asked["statusCode"], body_of(asked)["valid_seconds"]) == (202, 600)
    deliver(stack)
    (message,) = messenger.sent
    check = api_event("POST", "/phone-codes/verify", body={"phone": PHONE, "code": digits(message)})
    given = body_of(stack.invoke("PhonesApi", check))
    mine = api_event("GET", "/my/appeals", headers={"X-Citizen-Token": given["citizen_token"]})
    (row,) = body_of(stack.invoke("PhonesApi", mine))["appeals"]
    assert row["tracking_number"] == receipt["tracking_number"]
    number = row["tracking_number"]
    track = api_event(
        "GET", f"/appeals/{number}", route="/appeals/{number}", headers={"X-Tracking-Key": row["key"]}
    )
    assert body_of(stack.invoke("IntakeApi", track))["status"] == "registered"
    assert stack.invoke("PhonesApi", check)["statusCode"] == 403


def test_a_number_without_appeals_gets_the_same_answer_and_no_text(
    stack: MotoStack, messenger: MemoryMessenger
) -> None:
    known = stack.run("intake/phones_api.ask")
    registered(stack)
    stranger = stack.invoke("PhonesApi", api_event("POST", "/phone-codes", body={"phone": "13911112222"}))
    secret = {"Date", "X-Correlation-Id"}
    assert [
        (each["statusCode"], each["body"], {k: v for k, v in each["headers"].items() if k not in secret})
        for each in (known, stranger)
    ] == [(202, known["body"], {k: v for k, v in known["headers"].items() if k not in secret})] * 2
    messages = stack.messages("CodesQueue")
    assert len({len(json.loads(each["Body"])) for each in messages}) == 1
    stack.invoke("SendCodes", queue_event(messages[1]["Body"]))
    assert messenger.sent == []


def test_what_takes_no_texts_is_refused(stack: MotoStack) -> None:
    refused = stack.run("intake/phones_api.ask_landline")
    assert (refused["statusCode"], body_of(refused)["errors"][0]["field"]) == (400, "phone")
    assert stack.table("EffectsTable") == []


def test_who_asks_too_often_is_told_when_to_come_back(stack: MotoStack) -> None:
    event = sample("intake/phones_api.ask")
    answers = [stack.invoke("PhonesApi", event) for _ in range(8)]
    assert [each["statusCode"] for each in answers] == [202] * 7 + [429]
    assert 0 < int(answers[-1]["headers"]["Retry-After"]) <= 3600
    assert len(stack.messages("CodesQueue")) == 1


def test_the_sampled_code_proves_the_number_of_the_sampled_request(
    stack: MotoStack, messenger: MemoryMessenger
) -> None:
    registered(stack)
    index = stack.tokens.citizen_index("+8613800138000")
    item = {
        "pk": {"S": f"V#{index}"},
        "sk": {"S": "#"},
        "id": {"S": "m4K1x9Vn3LrTcAq7Yb0dZ2"},
        "n": {"N": "0"},
        "until": {"N": str(int(stack.clock().timestamp()) + 600)},
    }
    stack.dynamodb.put_item(TableName=stack.lookup("EffectsTable", None), Item=item)
    assert stack.run("intake/phones_api.check")["statusCode"] == 403  # never sent
    assert failed(stack.run("notify/send_codes")) == failed(stack.run("notify/send_codes")) == []
    assert len(messenger.sent) == 1
    wrong = stack.run("intake/phones_api.check_wrong")
    assert (wrong["statusCode"], body_of(wrong)["type"]) == (403, "/problems/code-refused")
    assert stack.run("intake/phones_api.check")["statusCode"] == 200


def test_a_pass_shows_its_own_contact_s_appeals_and_an_old_one_nothing(stack: MotoStack) -> None:
    receipt = registered(stack)
    registered(stack, contact={"phone": "13911112222"}, text="别人的事")
    shown = body_of(stack.run("intake/phones_api.own_appeals"))
    assert [each["tracking_number"] for each in shown["appeals"]] == [receipt["tracking_number"]]
    expired = stack.run("intake/phones_api.own_appeals_expired")
    assert (expired["statusCode"], body_of(expired)["type"]) == (403, "/problems/pass-expired")


def test_a_request_that_cannot_be_read_is_parked_and_the_other_sent(
    stack: MotoStack, messenger: MemoryMessenger
) -> None:
    registered(stack)
    assert failed(stack.run("notify/send_codes.poison")) == []
    (parked,) = stack.messages("CodesDeadLetters")
    assert parked["MessageAttributes"]["reason"]["StringValue"] == "invalid-input"


def test_no_log_and_no_item_holds_the_number_or_the_code_and_what_goes_out_is_measured(
    stack: MotoStack, messenger: MemoryMessenger, log: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    registered(stack)
    stack.run("intake/phones_api.ask")
    deliver(stack)
    code = digits(messenger.sent[0])
    stack.invoke("PhonesApi", api_event("POST", "/phone-codes/verify", body={"phone": PHONE, "code": code}))
    written = log.getvalue()
    for secret in (PHONE, code, "203.0.113"):
        assert secret not in written
        assert secret not in json.dumps(stack.table("EffectsTable"), default=str)
    assert '"PhoneCodesSent":[1.0]' in capsys.readouterr().out.replace(" ", "")


def test_the_alarms_watch_what_the_sending_function_measures() -> None:
    measured = {f"PhoneCodes{outcome.title()}" for outcome in get_args(Sent)}
    service = load().functions["SendCodes"].environment["POWERTOOLS_SERVICE_NAME"]
    alarms = [
        each
        for each in load().of_type("AWS::CloudWatch::Alarm").values()
        if str(each["MetricName"]).startswith("PhoneCodes")
    ]
    assert {each["MetricName"] for each in alarms} == {"PhoneCodesSent", "PhoneCodesCapped"} & measured
    assert [each["Dimensions"] for each in alarms] == [[{"Name": "service", "Value": service}]] * 2
