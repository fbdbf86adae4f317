"""The embedded stack's identity provider: its tokens are believed, its webhook keeps what it gets."""

from __future__ import annotations

import json
import stat
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.edges import http, tokens
from infrastructure.local import identity
from infrastructure.local.identity import Identity, Server, main, staff_claims


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(Identity(tmp_path), port=0) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def read(url: str, body: bytes | None = None) -> tuple[int, object]:
    try:
        with urllib.request.urlopen(url, data=body, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)


def reader_of(url: str) -> tokens.TokenReader:
    keys = tokens.SigningKeys(tokens.key_set_fetcher(url))
    return tokens.TokenReader(url, identity.AUDIENCE, keys, max_age=86_400)


def test_a_printed_token_is_believed_by_the_authorizer_through_discovery(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["token", "--state", str(tmp_path), "--role", "agency", "--agency", "110101001"])
    token = capsys.readouterr().out.strip()

    caller = reader_of(server.url).caller(f"Bearer {token}")

    assert caller == {"sub": "agency-110101001", "role": "agency", "agency_id": "110101001", "district": ""}


def test_tokens_stay_valid_when_the_provider_is_started_again(server: Server, tmp_path: Path) -> None:
    token = server.identity.token(staff_claims("operator"), timedelta(hours=1), datetime.now(UTC))

    again = Identity(tmp_path)

    assert again.key_set() == server.identity.key_set()
    assert reader_of(server.url).caller(f"Bearer {token}")["role"] == "operator"


def test_the_private_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    Identity(tmp_path)
    assert stat.S_IMODE((tmp_path / "signing-key.pem").stat().st_mode) == 0o600


def test_the_published_key_holds_no_private_part(server: Server) -> None:
    _, key_set = read(f"{server.url}/jwks.json")
    assert isinstance(key_set, dict)
    assert set(key_set["keys"][0]) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_the_webhook_keeps_messages_in_order_and_shows_them(server: Server, tmp_path: Path) -> None:
    for text in ("您的诉求已受理", "请评价 💬"):
        assert read(f"{server.url}/webhook", json.dumps({"text": text}).encode())[0] == 202

    status, messages = read(f"{server.url}/webhook")

    assert status == 200
    assert isinstance(messages, list)
    assert [message["body"]["text"] for message in messages] == ["您的诉求已受理", "请评价 💬"]
    assert len((tmp_path / "webhook.jsonl").read_text().splitlines()) == 2


def test_a_quiet_webhook_shows_an_empty_list(server: Server) -> None:
    assert read(f"{server.url}/webhook") == (200, [])


def test_a_message_that_is_not_json_is_refused_and_not_kept(server: Server, tmp_path: Path) -> None:
    assert read(f"{server.url}/webhook", b"{")[0] == 400
    assert not (tmp_path / "webhook.jsonl").exists()


def test_a_message_of_more_than_a_megabyte_is_refused_by_its_announced_length(server: Server) -> None:
    request = urllib.request.Request(f"{server.url}/webhook", data=b"", method="POST")
    request.add_unredirected_header("Content-Length", str(identity.MESSAGE_LIMIT + 1))
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=5)
    with refusal.value:
        assert refusal.value.code == 413


@pytest.mark.parametrize("body", [None, b"{}"])
def test_an_unknown_address_is_not_found(server: Server, body: bytes | None) -> None:
    assert read(f"{server.url}/elsewhere", body)[0] == 404


def test_it_listens_on_the_loopback_interface_only(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"


def test_the_roles_are_those_of_the_authorizer_and_of_the_http_edge() -> None:
    assert set(identity.ROLES) == tokens.ROLES == {role.value for role in http.STAFF}


@pytest.mark.parametrize(("role", "agency"), [("agency", None), ("operator", "110101001"), ("emperor", None)])
def test_claims_that_make_no_sense_are_refused(role: str, agency: str | None) -> None:
    with pytest.raises(ValueError, match=r"agency|role"):
        staff_claims(role, agency)


def test_a_token_before_the_first_start_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="start the stack first"):
        main(["token", "--state", str(tmp_path), "--role", "operator"])
