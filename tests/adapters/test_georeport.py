"""GeoReport v2 from the client's side, against a server that is strict and nasty (S16, S17, S46)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from hotline.adapters import georeport
from hotline.adapters.dynamodb.far_requests import DynamoDBFarRequests
from hotline.adapters.far_end_keys import FarEndKeys
from hotline.adapters.georeport import GeoReportEndpoints
from hotline.adapters.georeport_answers import read_answer
from hotline.adapters.outbound import is_safe
from hotline.domain.far_ends import (
    Accepted,
    FarAnswerLost,
    FarEnd,
    FarEndRefused,
    FarEndUnavailable,
    FarRequest,
    FarState,
    NotYet,
)
from tests.adapters.conftest import Tables
from tests.georeport_server import KEY, GeoReportServer
from tests.unit.builders import APPEAL, NOON

FORM = {"service_code": "SL", "description": "路灯不亮 [hotline-x]", "address_string": "河边街道"}


@pytest.fixture
def server() -> Iterator[GeoReportServer]:
    with GeoReportServer() as far_end:
        yield far_end


def far_end_at(server: GeoReportServer, form: Literal["json", "xml"] = "json", **changes: Any) -> FarEnd:
    return FarEnd(
        agency_id="lamp-office", endpoint=server.endpoint, format=form, services={"*": "SL"}, **changes
    )


def endpoints(key: str | None = KEY) -> GeoReportEndpoints:
    return GeoReportEndpoints(lambda agency_id: key, here=True)


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_request_is_posted_found_and_followed_in_both_forms(
    server: GeoReportServer, form: Literal["json", "xml"]
) -> None:
    far_end, calls = far_end_at(server, form), endpoints()
    accepted = calls.create(far_end, FORM)
    assert accepted == Accepted("1000")
    server.says("1000", "<已派人> & 查看", "closed")
    now = datetime.now(UTC)
    (found,) = calls.find(far_end, "SL", now - timedelta(hours=1), now + timedelta(hours=1))
    assert "hotline-x" in found.description
    (report,) = calls.reports(far_end, ["1000"])
    assert (report.closed, report.notes) == (True, "<已派人> & 查看")
    assert not any(KEY in line or "api_key" in line for line in server.seen), "the key is in no URL"


def test_ids_that_are_numbers_become_text(server: GeoReportServer) -> None:
    server.plan = ["int"]
    assert endpoints().create(far_end_at(server), FORM) == Accepted("1000")


def test_a_token_becomes_a_number(server: GeoReportServer) -> None:
    server.plan = ["token"]
    far_end, calls = far_end_at(server), endpoints()
    assert calls.create(far_end, FORM) == Accepted(None, "t1000")
    assert calls.number_of(far_end, "t1000") == "1000"
    assert calls.number_of(far_end, "t9") is None


@pytest.mark.parametrize("what", ["lost", "500", "502", "html", "half", "huge"])
def test_what_may_have_arrived_is_in_doubt(server: GeoReportServer, what: str) -> None:
    server.plan = [what]
    with pytest.raises(FarAnswerLost):
        endpoints().create(far_end_at(server), FORM)
    assert len(server.kept) == 1


def test_what_is_refused_or_too_much_has_not_arrived(server: GeoReportServer) -> None:
    server.plan = ["400", "429", "redirect"]
    far_end, calls = far_end_at(server), endpoints()
    for error in (FarEndRefused, FarEndUnavailable, FarEndRefused):
        with pytest.raises(error):
            calls.create(far_end, FORM)
    assert (server.kept, server.followed) == ({}, 0)
    with pytest.raises(FarEndRefused):
        endpoints("wrong").create(far_end, FORM)
    with pytest.raises(FarEndRefused, match="no API key"):
        endpoints(None).create(far_end, FORM)


def test_nobody_there_is_no_doubt() -> None:
    far_end = FarEnd(agency_id="a", endpoint="http://127.0.0.1:9/v2", services={"*": "SL"})
    with pytest.raises(FarEndUnavailable):
        endpoints().create(far_end, FORM)


def test_an_answer_that_drips_is_cut_off(server: GeoReportServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(georeport, "LONGEST_WAIT_S", -1.0)
    with pytest.raises(FarAnswerLost, match="Busy"):
        endpoints().create(far_end_at(server), FORM)


@pytest.mark.parametrize(
    ("url", "here", "safe"),
    [
        ("https://open311.example/v2", False, True),
        ("http://open311.example/v2", True, False),
        ("https://user:" + "pw@open311.example/v2", True, False),
        ("http://x.execute-api.localhost:4566/v1", True, True),
        ("http://x.execute-api.localhost:4566/v1", False, False),
        ("https://127.0.0.1/v2", False, False),
        ("file:///etc/passwd", True, False),
        ("https:///v2", True, False),
    ],
)
def test_only_https_is_called_and_this_machine_only_where_it_may_be(url: str, here: bool, safe: bool) -> None:
    assert is_safe(url, here=here) is safe


def test_on_aws_no_endpoint_on_the_machine_itself_is_called(server: GeoReportServer) -> None:
    with pytest.raises(FarEndRefused):
        GeoReportEndpoints(lambda agency_id: KEY).create(far_end_at(server), FORM)
    assert server.seen == []


def test_reports_that_the_list_leaves_out_are_asked_for_one_by_one(
    server: GeoReportServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    far_end, calls = far_end_at(server), endpoints()
    for _ in range(2):
        calls.create(far_end, FORM)
    monkeypatch.setattr(server, "listed", lambda asked: [server.kept["1000"]])
    assert {each.request_id for each in calls.reports(far_end, ["1000", "1001", "9 / 9"])} == {"1000", "1001"}


def test_a_gateway_error_while_asking_is_no_report(server: GeoReportServer) -> None:
    server.answers = [502]
    with pytest.raises(FarAnswerLost):
        endpoints().reports(far_end_at(server), ["1"])


def test_updates_go_both_ways(server: GeoReportServer) -> None:
    far_end, calls = far_end_at(server, jurisdiction_id="east.example"), endpoints()
    calls.create(far_end, FORM)
    request = FarRequest(
        agency_id="lamp-office",
        work_order_id=f"{APPEAL}.1",
        message_id=f"{APPEAL}:2",
        begun_at=NOON,
        service_code="SL",
        request_id="1000",
    )
    calls.post_update(far_end, request, f"{APPEAL}:5", "又坏了一盏", NOON)
    assert server.updates[0]["jurisdiction_id"] == "east.example"
    with pytest.raises(FarEndRefused):
        calls.post_update(far_end, request, f"{APPEAL}:5", "又坏了一盏", NOON)
    server.updates = [
        {"update_id": 2, "service_request_id": 1000, "status": "FIXED", "updated_datetime": "b"},
        {"update_id": 1, "service_request_id": 1000, "description": "在修", "updated_datetime": "a"},
        {"nothing": "of ours"},
    ]
    first, last = calls.updates(far_end, NOON, NOON)
    assert (first.update_id, first.text, first.closed) == ("1", "在修", False)
    assert (last.update_id, last.closed) == ("2", True)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("<html><body>no</body></html>", "xml"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><service_requests>&a;</service_requests>', "xml"),
        ("<service_requests><request>", "xml"),
        ("", "xml"),
        ("", "json"),
        ("[" * 100_000, "json"),
    ],
)
def test_what_is_no_georeport_text_is_refused(text: str, form: Literal["json", "xml"]) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_answer(text, form)


# ---- what is kept -----------------------------------------------------------------------------------


def request(number: int = 2, **changes: Any) -> FarRequest:
    return FarRequest(
        agency_id="lamp-office",
        work_order_id=f"{APPEAL}.1",
        message_id=f"{APPEAL}:{number}",
        begun_at=NOON,
        service_code="SL",
        **changes,
    )


def test_requests_are_kept_by_order_and_leave_the_index_when_done(tables: Tables) -> None:
    store = DynamoDBFarRequests(tables.client, "EffectsTable")
    sent = store.put(request().sending(NOON))
    opened = store.put(sent.accepted(Accepted("1000")))
    store.put(request(7))
    assert [each.message_id for each in store.of_order(f"{APPEAL}.1")] == [f"{APPEAL}:2", f"{APPEAL}:7"]
    assert store.of_order(f"{APPEAL}.1")[0] == opened
    assert len(store.watched("lamp-office")) == 2
    closed = store.put(opened.taken_over(("closed",), closed=True))
    assert (closed.state, len(store.watched("lamp-office"))) == (FarState.CLOSED, 1)
    with pytest.raises(NotYet):
        store.put(opened.flagged("late"))


def test_a_write_whose_answer_was_lost_is_known_again_and_another_workers_is_not(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DynamoDBFarRequests(tables.client, "EffectsTable")
    monkeypatch.setattr("secrets.token_hex", lambda size: "ours")
    marked = store.put(request().sending(NOON))
    assert store.put(request().sending(NOON)) == marked, "as when the client tries again by itself"
    monkeypatch.setattr("secrets.token_hex", lambda size: "another worker's")
    with pytest.raises(NotYet):
        store.put(request().sending(NOON))


def test_a_far_end_has_one_turn_at_a_time(tables: Tables) -> None:
    store = DynamoDBFarRequests(tables.client, "EffectsTable")
    every = timedelta(minutes=15)
    assert store.take_turn("lamp-office", NOON, every)
    assert not store.take_turn("lamp-office", NOON + timedelta(minutes=14), every)
    assert store.take_turn("lamp-office", NOON + every, every)
    assert store.health("lamp-office").failures == 2
    store.answered("lamp-office", NOON + every)
    health = store.health("lamp-office")
    assert (health.failures, health.answered_at) == (0, NOON + every)


class Secret:
    def __init__(self) -> None:
        self.text = json.dumps({"lamp-office": KEY})
        self.asked = 0

    def get_secret_value(self, SecretId: str) -> dict[str, str]:
        self.asked += 1
        return {"SecretString": self.text}


def test_keys_are_kept_for_a_while() -> None:
    secret = Secret()
    keys = FarEndKeys(secret, "arn")
    assert [keys("lamp-office"), keys("lamp-office"), keys("others")] == [KEY, KEY, None]
    assert secret.asked == 1
