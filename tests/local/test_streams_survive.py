"""Why the emulator is started through ``ministack_streams.py``: undelivered stream records outlive a clean restart.

When the last test here fails, upstream has mended it: start ``ministack`` itself and delete ours.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest

from infrastructure.local import emulator
from infrastructure.local.place import ACCOUNT, REGION, Place, runtime
from infrastructure.local.supervise import Child
from tests.local.running import own_environment, place_of
from tests.local.talking import eventually

pytestmark = pytest.mark.local

TABLE, FUNCTION = "orders", "write-down"

BEFORE = ["before-1", "before-2", "before-3"]
WAITING = ["waiting-1", "waiting-2", "waiting-3"]
AFTER = ["after-1", "after-2", "after-3", "after-4"]
"""More than ``BEFORE``: the stock emulator passes over as many as it had delivered, and delivers the rest."""

WRITE_DOWN = """
import os

def handler(event, context):
    with open(os.environ["DELIVERED"], "a") as delivered:
        for record in event["Records"]:
            print(record["dynamodb"]["Keys"]["pk"]["S"], file=delivered)
"""


def test_a_restart_delivers_what_was_waiting_in_a_stream_and_what_comes_next(tmp_path: Path) -> None:
    assert delivered_over_a_restart("infrastructure.local.ministack_streams", tmp_path) == [
        *BEFORE,
        *WAITING,
        *AFTER,
    ]


def test_the_stock_emulator_still_loses_them(tmp_path: Path) -> None:
    delivered = delivered_over_a_restart("ministack", tmp_path)
    assert not set(WAITING) & set(delivered)
    assert AFTER[0] not in delivered


def delivered_over_a_restart(program: str, folder: Path) -> list[str]:
    """What the function got, in order, when the emulator is restarted while records wait."""
    place, delivered = place_of(own_environment(folder)), folder / "delivered"

    emulator_process = start(program, place)
    try:
        mapping = stream_to_function(place, delivered)
        write(place, BEFORE)
        eventually(lambda: read(delivered) == BEFORE, "the function got nothing")
        deliver(place, mapping, False)
        write(place, WAITING)
    finally:
        assert emulator_process.stop(emulator.SAVE_SECONDS), "it did not stop cleanly"

    emulator_process = start(program, place)
    try:
        write(place, AFTER)
        deliver(place, mapping, True)
        eventually(
            lambda: AFTER[-1] in read(delivered), "the newest record did not come"
        )  # the stream keeps order
    finally:
        emulator_process.stop(emulator.SAVE_SECONDS)
    return read(delivered)


def start(program: str, place: Place) -> Child:
    """The emulator alone, with the environment in which `make run` starts it."""
    (place.state / "tmp").mkdir(parents=True, exist_ok=True)
    child = Child(
        program, [sys.executable, "-m", program], emulator.environment(place), place.logs / "emulator.log"
    )
    try:
        child.wait_until(lambda: emulator.answers(place.port, "/_ministack/health"), emulator.START_SECONDS)
    except BaseException:
        child.stop(emulator.SAVE_SECONDS)
        raise
    return child


def stream_to_function(place: Place, delivered: Path) -> str:
    """A table whose stream goes to a function that writes the keys into a file; the mapping's id."""
    table = client(place, "dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", WRITE_DOWN)
    functions = client(place, "lambda")
    functions.create_function(
        FunctionName=FUNCTION,
        Runtime=runtime(),
        Role=execution_role(place),
        Handler="index.handler",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"DELIVERED": str(delivered)}},
        Timeout=15,
    )
    mapping: str = functions.create_event_source_mapping(
        EventSourceArn=table["TableDescription"]["LatestStreamArn"],
        FunctionName=FUNCTION,
        StartingPosition="TRIM_HORIZON",
    )["UUID"]
    return mapping


def execution_role(place: Place) -> str:
    """A role that may read the table's stream; its ARN."""
    iam = client(place, "iam")
    may_assume = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    may_read = {
        "Effect": "Allow",
        "Action": [
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
        ],
        "Resource": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}/stream/*",
    }
    role = iam.create_role(RoleName=FUNCTION, AssumeRolePolicyDocument=policy(may_assume))
    iam.put_role_policy(RoleName=FUNCTION, PolicyName="stream", PolicyDocument=policy(may_read))
    arn: str = role["Role"]["Arn"]
    return arn


def policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def deliver(place: Place, mapping: str, enabled: bool) -> None:
    """Let the stream's records go to the function, or hold them back."""
    client(place, "lambda").update_event_source_mapping(UUID=mapping, Enabled=enabled)


def write(place: Place, keys: Sequence[str]) -> None:
    dynamodb = client(place, "dynamodb")
    for key in keys:
        dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": key}})


def read(delivered: Path) -> list[str]:
    return delivered.read_text().split() if delivered.exists() else []


def client(place: Place, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=place.endpoint_url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
