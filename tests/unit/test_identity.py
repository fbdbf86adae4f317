"""The embedded stack's identity provider: its tokens are believed, its webhook keeps what it gets."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import stat
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from hotline.adapters.oidc import OidcIssuer
from hotline.domain.errors import Unavailable
from hotline.domain.sessions import GrantRefused
from hotline.edges import http, tokens
from hotline.use_cases.keep_sessions import begin_sign_in
from infrastructure.local import identity, sign_in
from infrastructure.local.identity import Identity, Server, main, staff_claims
from infrastructure.local.sign_in import CLIENT_ID


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


# ---- browsers sign in ---------------------------------------------------------------------------

REDIRECT = "http://a1b2.execute-api.localhost:4566/v1/signed-in"
VERIFIER = "m4K1x9Vn3LrTcAq7Yb0dZ2m4K1x9Vn3LrTcAq7Yb0dZ2"
ASKED = {
    "client_id": CLIENT_ID,
    "redirect_uri": REDIRECT,
    "response_type": "code",
    "scope": "openid profile",
    "state": "a-state",
    "nonce": "a-nonce",
    "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest())
    .decode()
    .rstrip("="),
    "code_challenge_method": "S256",
}


def code_for(server: Server, person: str = "agency-110101001", **changed: str) -> str:
    """Choose somebody on the sign-in page."""
    reply = server.sign_in.choose({**ASKED, "person": person, **changed})
    return parse_qs(urlsplit(reply.location).query).get("code", [""])[0]


def exchanged(server: Server, **form: str) -> tuple[int, dict[str, Any]]:
    status, answer = read(f"{server.url}/token", urlencode({"client_id": CLIENT_ID, **form}).encode())
    assert isinstance(answer, dict)
    return status, answer


def by_code(server: Server, code: str, **changed: str) -> tuple[int, dict[str, Any]]:
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    return exchanged(server, **{**form, "redirect_uri": REDIRECT, **changed})


def test_a_code_becomes_tokens_that_the_pages_believe_once(server: Server) -> None:
    code = code_for(server)
    status, granted = by_code(server, code)
    keys = tokens.SigningKeys(tokens.key_set_fetcher(server.url))
    claims = tokens.TokenReader(server.url, CLIENT_ID, keys, max_age=600).claims(granted["id_token"])
    assert (status, claims["nonce"], claims["name"]) == (200, "a-nonce", "张伟")
    assert tokens.caller(claims)["agency_id"] == "110101001"
    assert reader_of(server.url).caller(f"Bearer {granted['access_token']}")["role"] == "agency"
    assert by_code(server, code)[0] == 400, "once"


@pytest.mark.parametrize(
    "changed", [{"code_verifier": VERIFIER[:-1]}, {"code_verifier": ""}, {"redirect_uri": REDIRECT + "x"}]
)
def test_a_stolen_code_is_worth_nothing_without_its_verifier(server: Server, changed: dict[str, str]) -> None:
    assert by_code(server, code_for(server), **changed) == (400, {"error": "invalid_grant"})


def test_without_pkce_there_is_no_code(server: Server) -> None:
    assert code_for(server, code_challenge="") == code_for(server, code_challenge_method="plain") == ""


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/signed-in",
        "http://a1b2.execute-api.localhost:4566.evil.example/v1/signed-in",
        "http://a1b2.execute-api.localhost:4567/v1/signed-in",
        "http://a1b2.execute-api.localhost:4566/v1/signed-in/../desk",
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_the_stacks(server: Server, address: str) -> None:
    for reply in (
        server.sign_in.ask({**ASKED, "redirect_uri": address}),
        server.sign_in.choose({**ASKED, "redirect_uri": address, "person": "operator"}),
    ):
        assert (reply.status, reply.location) == (400, "")
    assert server.sign_in.end_session({"post_logout_redirect_uri": address}).location == ""


def test_a_disabled_person_gets_no_code_and_no_new_tokens(server: Server) -> None:
    _, granted = by_code(server, code_for(server))
    refresh = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    assert exchanged(server, **refresh)[0] == 200
    assert exchanged(server, **{**refresh, "refresh_token": granted["id_token"]})[0] == 400
    read(f"{server.url}/users/agency-110101001/disable", b"")
    assert exchanged(server, **refresh) == (400, {"error": "invalid_grant"})
    assert code_for(server) == ""
    read(f"{server.url}/users/agency-110101001/enable", b"")
    assert exchanged(server, **refresh)[0] == 200


def test_people_on_the_sign_in_page_work_for_agencies_of_the_directory(server: Server) -> None:
    page = server.sign_in.ask(ASKED).body
    assert "东华门街道办事处" in page
    with sign_in.AGENCIES.open(encoding="utf-8", newline="") as file:
        known = {row["agency_id"] for row in csv.DictReader(file)}
    assert {person.agency_id for person in sign_in.PEOPLE.values()} - {""} <= known


def test_the_pages_client_signs_in_at_the_embedded_provider(server: Server) -> None:
    """The adapter's own requests, by discovery."""
    client = OidcIssuer(server.url, CLIENT_ID, lambda: "")
    pending = begin_sign_in("", REDIRECT, now=datetime.now(UTC))
    asked = {
        name: values[0]
        for name, values in parse_qs(urlsplit(client.authorization_url(pending)).query).items()
    }
    back = server.sign_in.choose({**asked, "person": "operator"})
    code = parse_qs(urlsplit(back.location).query)["code"][0]
    granted = client.exchange(code, pending.verifier, REDIRECT)
    assert client.refresh(granted.refresh_token).id_token
    with pytest.raises(GrantRefused):
        client.exchange(code, pending.verifier, REDIRECT)
    assert client.end_session_url("http://x.example/").startswith(f"{server.url}/end-session?")
    with pytest.raises(Unavailable):
        OidcIssuer("http://127.0.0.1:9", CLIENT_ID, lambda: "").refresh("x")
