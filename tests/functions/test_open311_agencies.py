"""An agency that is reached by its own Open311 endpoint: through the real functions, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from hotline.domain.lifecycle import Status
from tests.aws_stack import MotoStack, failed, forget_everything, queue_event, standing_environment
from tests.functions.test_samples import reasons
from tests.georeport_server import KEY, GeoReportServer
from tests.lives import AGENCY, DISTRICT_AGENCY, TEXT, Life
from tests.unit.builders_directory import beijing_loaded


@pytest.fixture
def far_end() -> Iterator[GeoReportServer]:
    with GeoReportServer() as server:
        yield server


@pytest.fixture
def stack(far_end: GeoReportServer) -> Iterator[MotoStack]:
    """The stack, whose directory sends one sub-district's orders to the far end."""
    loaded = beijing_loaded()
    row = {"agency_id": AGENCY, "endpoint": far_end.endpoint, "services": {"*": "SL"}, "list_limit": 200}
    core = {**loaded.parts["core"], "open311_agencies": [row]}
    with standing_environment(), mock_aws():
        version = f"{loaded.version}-{far_end.endpoint.partition('1:')[2][:5]}"  # versions are kept for ever
        made = MotoStack(loaded._replace(parts={**loaded.parts, "core": core}, version=version))
        far_end.now = made.clock
        boto3.client("secretsmanager").put_secret_value(
            SecretId="open311-keys", SecretString=json.dumps({AGENCY: KEY})
        )
        for name in ("SendOpen311Orders", "PollOpen311"):
            made.variables(made.template.functions[name])["OPEN311_HERE"] = "true"
        yield made
    forget_everything()


def delivered(stack: MotoStack) -> str:
    """The message about the dispatched order, on its way to the far end."""
    stack.agency_queue(DISTRICT_AGENCY)
    assert failed(stack.run("handling/deliver_work_orders.dispatched")) == []
    (message,) = stack.messages("Open311Queue")
    return str(message["Body"])


def test_an_order_goes_to_the_endpoint_and_its_status_comes_back(
    stack: MotoStack, far_end: GeoReportServer
) -> None:
    life = Life(stack).dispatched()
    message = delivered(stack)
    for _ in range(2):
        assert failed(stack.invoke("SendOpen311Orders", queue_event(json.loads(message)))) == []
    (request,) = far_end.kept.values()
    assert TEXT in request["description"]
    far_end.says("1000", "已更换灯泡", "closed")
    report = stack.run("handling/poll_open311", remaining_ms=280_000)
    assert report == {"asked": 1, "silent": 0, "taken": 3, "stuck": 0}
    assert life.case.status is Status.RESOLVED
    assert stack.run("handling/poll_open311", remaining_ms=280_000)["asked"] == 0
    assert stack.messages(AGENCY) == [], "its own queue stays empty"


def test_a_lost_answer_brings_the_message_back_and_makes_no_second_request(
    stack: MotoStack, far_end: GeoReportServer
) -> None:
    Life(stack).dispatched()
    event = queue_event(json.loads(delivered(stack)))
    far_end.plan = ["lost"]
    assert len(failed(stack.invoke("SendOpen311Orders", event))) == 1
    stack.clock.pass_(minutes=2)
    assert failed(stack.invoke("SendOpen311Orders", event)) == []
    assert len(far_end.kept) == 1


def test_what_the_endpoint_refuses_is_parked_with_the_reason(
    stack: MotoStack, far_end: GeoReportServer
) -> None:
    Life(stack).dispatched()
    far_end.plan = ["400"]
    assert failed(stack.run("handling/send_open311_orders.dispatched")) == []
    assert reasons(stack, "Open311DeadLetters") == ["far-end-refused"]


def test_a_message_that_cannot_be_read_is_parked_and_the_other_sent(
    stack: MotoStack, far_end: GeoReportServer
) -> None:
    assert failed(stack.run("handling/send_open311_orders.poison")) == []
    assert reasons(stack, "Open311DeadLetters") == ["invalid-input"]
    assert len(far_end.kept) == 1


def test_no_log_shows_the_key_or_the_words(
    stack: MotoStack, far_end: GeoReportServer, capsys: pytest.CaptureFixture[str]
) -> None:
    far_end.plan = ["500"]
    stack.run("handling/send_open311_orders.dispatched")
    written = "".join(capsys.readouterr())
    assert KEY not in written
    assert TEXT not in written
