"""``hotline open311``: what is stuck at agencies' endpoints, and how a person settles it."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest

from hotline.adapters.dynamodb.far_requests import DynamoDBFarRequests
from hotline.domain.far_ends import FarRequest, FarState
from infrastructure.ops import open311
from infrastructure.ops.cli import main
from tests.adapters.conftest import Tables
from tests.unit.builders import AGENCY, APPEAL, NOON
from tests.unit.builders_directory import tiny_directory
from tests.unit.builders_far_ends import far_parts

ORDER = f"{APPEAL}.1"


class Secrets(dict[str, str]):
    def client(self, service: str) -> Any:
        return self

    def get_secret_value(self, SecretId: str) -> dict[str, str]:
        return {"SecretString": self.get("kept", "{}")}

    def put_secret_value(self, SecretId: str, SecretString: str) -> None:
        self["kept"] = SecretString


@pytest.fixture
def secrets() -> Secrets:
    return Secrets(open311_keys_arn="arn")


@pytest.fixture
def store(tables: Tables, secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> DynamoDBFarRequests:
    kept = DynamoDBFarRequests(tables.client, "EffectsTable")
    monkeypatch.setattr(open311, "stack_from", lambda arguments: secrets)
    monkeypatch.setattr(open311, "_store", lambda stack: kept)
    monkeypatch.setattr(open311, "_directory", lambda stack: tiny_directory(far_parts()))
    return kept


def request() -> FarRequest:
    return FarRequest(
        agency_id=AGENCY, work_order_id=ORDER, message_id=f"{APPEAL}:2", begun_at=NOON, service_code="SL"
    )


def test_what_is_stuck_is_listed_and_settled(
    store: DynamoDBFarRequests, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["open311", "stuck"]) == 0
    store.put(store.put(request().sending(NOON)).failed(FarState.DOUBTFUL, "in-doubt"))
    assert main(["open311", "stuck"]) == 1
    assert "in-doubt" in capsys.readouterr().out
    assert main(["open311", "settle", ORDER, "--as", "4711"]) == 0
    assert main(["open311", "stuck"]) == 0
    assert store.of_order(ORDER)[0].request_id == "4711"
    assert main(["open311", "settle", ORDER, "--send-again"]) == 1
    assert main(["open311", "settle", "nothing", "--seen"]) == 1


def test_a_flag_goes_when_somebody_has_seen_to_it(store: DynamoDBFarRequests) -> None:
    store.put(request().model_copy(update={"state": FarState.OPEN}).flagged("untold:withdrawn"))
    assert main(["open311", "stuck"]) == 1
    assert main(["open311", "settle", ORDER, "--seen"]) == 0
    assert main(["open311", "stuck"]) == 0


def test_one_that_is_not_there_may_be_sent_again(store: DynamoDBFarRequests) -> None:
    store.put(request().sending(NOON))
    assert main(["open311", "settle", ORDER, "--send-again"]) == 0
    assert store.of_order(ORDER)[0].state is FarState.UNSENT


def test_an_endpoint_that_does_not_answer_is_named(
    store: DynamoDBFarRequests, capsys: pytest.CaptureFixture[str]
) -> None:
    for hours in range(3):
        assert store.take_turn(AGENCY, NOON + timedelta(hours=hours), timedelta(minutes=15))
    assert main(["open311", "stuck"]) == 1
    assert f"{AGENCY} has not answered 3 times; last good answer: never" in capsys.readouterr().out


def test_a_key_is_read_from_standard_input_and_never_shown(
    store: DynamoDBFarRequests,
    secrets: Secrets,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("their key\n"))
    assert main(["open311", "key", AGENCY]) == 0
    assert json.loads(secrets["kept"]) == {AGENCY: "their key"}
    assert "their key" not in capsys.readouterr().out
    assert main(["open311", "key", AGENCY, "--remove"]) == 0
    assert json.loads(secrets["kept"]) == {}
    assert main(["open311", "key", "waterworks"]) == 1
