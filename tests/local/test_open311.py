"""Open311 on the deployed stack, by other people's clients and by the gateway's own refusals."""

from __future__ import annotations

import json
import random
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from civicbot.http import HttpTransport, RateLimiter
from civicbot.open311 import Open311Client
from civicbot.registry import Endpoint
from georeport import GeoReport
from hypothesis import HealthCheck, Phase, settings

from infrastructure.ops import cli
from tests.functions.test_schemathesis import CHECKS, SCHEMA
from tests.local.talking import Stack, eventually
from tests.open311_calls import Reply, as_text

pytestmark = pytest.mark.local

SERVICE = "road.lighting"
HERE = {"lat": 39.9163, "lng": 116.4034, "address_string": "东城区东华门街道南池子大街 12 号"}


@pytest.fixture(scope="module")
def stack_file(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("open311") / "stack.json"
    file.write_text(json.dumps(dict(stack)))
    return file


def hotline(stack_file: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command line prints."""
    assert cli.main([*words, "--stack", str(stack_file)]) == 0
    return capsys.readouterr().out.strip()


def ask(url: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Reply:
    request = urllib.request.Request(url, method=method, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Reply(answer.status, answer.read().decode(), answer.headers)
    except urllib.error.HTTPError as refusal:
        return Reply(refusal.code, refusal.read().decode(), refusal.headers)


def test_other_peoples_clients_report_and_read(
    stack: Stack, stack_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    discovery = ask(f"{stack['open311_url']}/discovery.json").json
    (endpoint,) = discovery["endpoints"]
    assert endpoint["url"] == f"{stack['open311_url']}/v2"
    lamp = f"第 {random.randrange(10_000)} 号路灯"  # equal reports would be handled together
    key = hotline(stack_file, capsys, "api-keys", "issue", "--label", lamp, "--per-minute", "600")

    # civicbot: create, token, get
    bot = Open311Client(
        Endpoint("here", "Beijing", endpoint["url"], write=True),
        transport=HttpTransport(rate_limiter=RateLimiter(min_interval=0)),
    )
    sent = bot.create_request(
        SERVICE,
        dry_run=False,
        confirm="SEND",
        api_key=key,
        validate_remote=True,
        description=f"{lamp}不亮，联系 13800138000",
        phone="13800138000",
        first_name="Li",
        **HERE,
    )
    number = sent.response[0]["service_request_id"]
    assert bot.get_token(number) == [{"service_request_id": number, "token": number}]
    request = bot.get_request(number)
    assert request is not None
    assert (request["status"], request["description"]) == ("open", f"{lamp}不亮，联系 ***")
    water = bot.build_request(
        "water.outage",
        definition=bot.get_service_definition("water.outage"),
        attributes={"extent": "home"},
        **HERE,
    )
    assert water.form["attribute[extent]"] == "home"
    assert [each["service_request_id"] for each in bot.list_requests(service_request_ids=[number])] == [
        number
    ]

    # georeport: the same in both formats, the single element of an XML list included
    readers = {form: GeoReport(endpoint["url"], output_format=form) for form in ("json", "xml")}
    for form, reader in readers.items():
        services = reader.get_service_list()
        assert len({each["service_code"] for each in services}) == len(services) > 100
        assert reader.get_service_definition("water.outage")["service_code"] == "water.outage"
        assert reader.get_service_request(number)["service_code"] == SERVICE
        listed: Any = reader.get_service_requests(service_request_id=number)
        assert (listed if form == "xml" else listed[0])["service_request_id"] == number

    # The chain dispatches it, and an update comes back through the bus.
    def dispatched() -> Any:
        found = bot.get_request(number)
        return found if found and found.get("agency_responsible") else None

    entry = eventually(dispatched, "the report is dispatched")
    assert entry["agency_responsible"] == "北京市城市管理委员会"
    assert entry["expected_datetime"].endswith("+08:00")
    said = {"api_key": key, "service_request_id": number, "update_id": "7", "description": "还是不亮"}
    (posted,) = bot.http.post_form(f"{endpoint['url']}/servicerequestupdates.json", said)

    def told() -> Any:
        updates = ask(f"{endpoint['url']}/servicerequestupdates.json").json
        return [each for each in updates if each["update_id"] == posted["update_id"]]

    (update,) = eventually(told, "the update is told")
    assert (update["service_request_id"], update["description"]) == (number, "还是不亮")

    # Every answer says the same in both formats.
    for path in ("", f"/requests/{number}", "/requests", f"/tokens/{number}", "/servicerequestupdates"):
        base = f"{endpoint['url']}{path}" if path else f"{stack['open311_url']}/discovery"
        assert ask(f"{base}.xml").xml == as_text(ask(f"{base}.json").json), path

    # The key is taken back.
    listed_keys = hotline(stack_file, capsys, "api-keys", "list", "--json")
    (row,) = [each for each in json.loads(listed_keys)["keys"] if each["label"] == lamp]
    assert row["last_used"] is not None
    hotline(stack_file, capsys, "api-keys", "revoke", row["key"])
    kept = json.loads(hotline(stack_file, capsys, "api-keys", "list", "--json"))["keys"]
    assert [each["revoked"] is not None for each in kept if each["key"] == row["key"]] == [True]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/nothing.json", 404),
        ("GET", "/v2/nothing.xml", 404),
        ("DELETE", "/v2/requests.xml", 400),
        ("PUT", "/v2/services.json", 400),
        ("POST", "/v2/requests.json", 403),
        ("GET", "/v2/a/b/c/d.json", 404),
    ],
)
def test_every_layer_refuses_in_its_form(stack: Stack, method: str, path: str, status: int) -> None:
    content = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = ask(stack["open311_url"] + path, method, content)
    assert reply.status == status
    if path.endswith("xml"):
        assert [each["code"] for each in reply.xml] == [str(status)]
    else:
        assert [each["code"] for each in json.loads(reply.text)] == [status]


@SCHEMA.include(method="GET", tag=["open311", "assessment"]).exclude(path_regex="^/scorecards").parametrize()
@settings(
    max_examples=2,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_what_everybody_may_ask_is_answered_as_documented(case: schemathesis.Case, stack: Stack) -> None:
    """Through a real gateway; the whole API is tried without one, in ``tests/functions/test_schemathesis.py``."""
    open311 = case.operation.definition.raw["tags"] == ["open311"]
    # A first call may find every process of the emulator busy; the gateway itself gives up after 29 seconds.
    response = case.call(base_url=stack["open311_url"] if open311 else stack["api_url"], timeout=60)
    case.validate_response(response, checks=CHECKS)
