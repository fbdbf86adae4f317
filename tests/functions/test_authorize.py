"""The authorizer believes the issuer's valid tokens and nothing else (OWASP API2)."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from auth import authorize
from hotline.edges import tokens
from hotline.edges.tokens import (
    LEEWAY_SECONDS,
    REFRESH_SECONDS,
    SigningKeys,
    TokenReader,
    TokenRefused,
    caller,
)
from hotline.observability import logger
from tests.template import load

ISSUER = "https://id.city.example"
AUDIENCE = "hotline"
METHOD_ARN = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/live/GET/desk/orders"

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
STRANGERS_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)

KEY_SET = {
    "keys": [
        {
            **jwt.algorithms.RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True),
            "kid": "rsa",
            "use": "sig",
        },
        {**jwt.algorithms.ECAlgorithm.to_jwk(EC_KEY.public_key(), as_dict=True), "kid": "ec"},
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"},
    ]
}


class Issuer:
    """Serves a key set and counts how often it is asked; ``None`` means that it is down."""

    def __init__(self, key_set: Mapping[str, Any] | None) -> None:
        self.key_set = key_set
        self.asked = 0

    def fetch(self) -> Mapping[str, Any]:
        self.asked += 1
        if self.key_set is None:
            raise OSError("no answer")
        return self.key_set


def token(
    key: Any = RSA_KEY, *, algorithm: str = "RS256", kid: str = "rsa", without: str = "", **claims: Any
) -> str:
    now = int(time.time())
    content = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "zhang",
        "iat": now,
        "exp": now + 3600,
        "hotline_role": "operator",
        **claims,
    }
    content.pop(without, None)
    return jwt.encode(content, key, algorithm=algorithm, headers={"kid": kid})


def unsigned_token() -> str:
    return jwt.encode({"iss": ISSUER, "aud": AUDIENCE, "sub": "zhang"}, key="", algorithm="none")


def token_signed_with_the_public_key_as_a_secret() -> str:
    pem = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"rsa","typ":"JWT"}').rstrip(b"=")
    payload = token().encode().split(b".")[1]
    secret = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = base64.urlsafe_b64encode(secret.sign(header + b"." + payload, pem)).rstrip(b"=")
    return b".".join((header, payload, signature)).decode()


def tampered_token() -> str:
    head, payload, signature = token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    changed = json.dumps({**claims, "hotline_role": "admin"}).encode()
    return ".".join((head, base64.urlsafe_b64encode(changed).decode().rstrip("="), signature))


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """An issuer behind the authorizer's environment."""
    issuer = Issuer(KEY_SET)
    monkeypatch.setenv("OIDC_ISSUER", ISSUER)
    monkeypatch.setenv("OIDC_AUDIENCE", AUDIENCE)
    monkeypatch.setenv("TOKEN_MAX_AGE_SECONDS", "180")
    monkeypatch.setattr(authorize, "key_set_fetcher", lambda issuer_name, url: issuer.fetch)
    authorize._reader.cache_clear()
    yield issuer
    authorize._reader.cache_clear()


def authorize_with(authorization: str | None, header: str = "Authorization") -> dict[str, Any]:
    headers = {} if authorization is None else {header: authorization}
    return authorize.handler({"type": "REQUEST", "methodArn": METHOD_ARN, "headers": headers}, None)


def effect(policy: Mapping[str, Any]) -> str:
    return str(policy["policyDocument"]["Statement"][0]["Effect"])


@pytest.mark.parametrize(("key", "algorithm", "kid"), [(RSA_KEY, "RS256", "rsa"), (EC_KEY, "ES256", "ec")])
def test_a_valid_token_opens_the_whole_stage_and_names_the_caller(
    issuer: Issuer, key: Any, algorithm: str, kid: str
) -> None:
    policy = authorize_with(f"Bearer {token(key, algorithm=algorithm, kid=kid)}")

    assert policy["policyDocument"]["Statement"] == [
        {
            "Action": "execute-api:Invoke",
            "Effect": "Allow",
            "Resource": "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/live/*",
        }
    ]
    assert policy["principalId"] == "zhang"
    assert policy["context"] == {"sub": "zhang", "role": "operator", "agency_id": "", "district": ""}


def test_the_header_s_name_and_scheme_may_have_any_case(issuer: Issuer) -> None:
    assert effect(authorize_with(f"bearer {token()}", header="authorization")) == "Allow"


def test_an_agency_s_token_carries_its_agency(issuer: Issuer) -> None:
    policy = authorize_with(f"Bearer {token(hotline_role='agency', agency_id='110101001')}")
    assert policy["context"]["agency_id"] == "110101001"


@pytest.mark.parametrize(
    "bad",
    {
        "alg none": unsigned_token(),
        "public key as shared secret": token_signed_with_the_public_key_as_a_secret(),
        "shared secret of the key set": token("secret" * 8, algorithm="HS256", kid="shared"),
        "wrong key": token(STRANGERS_KEY),
        "unknown key": token(kid="elsewhere"),
        "changed claims": tampered_token(),
        "expired": token(exp=int(time.time()) - 61),
        "not yet valid": token(nbf=int(time.time()) + 86_400),
        "never expires": token(without="exp"),
        "issued before a disabled officer could still have got one": token(iat=int(time.time()) - 241),
        "issued nobody knows when": token(without="iat"),
        "other audience": token(aud="payroll"),
        "no audience": token(without="aud"),
        "other issuer": token(iss="https://id.elsewhere.example"),
        "no subject": token(without="sub"),
        "no role": token(without="hotline_role"),
        "unknown role": token(hotline_role="emperor"),
        "citizens do not sign in": token(hotline_role="citizen"),
        "nobody is the system": token(hotline_role="system"),
        "agency of none": token(hotline_role="agency"),
        "control characters": token(sub="zhang\nadmin"),
        "endless": token(padding="x" * 9000),
        "not a token": "a.b.c",
        "empty": "",
    }.items(),
    ids=lambda case: case[0],
)
def test_a_token_that_is_not_believed_is_denied(issuer: Issuer, bad: tuple[str, str]) -> None:
    policy = authorize_with(f"Bearer {bad[1]}")
    assert effect(policy) == "Deny"
    assert policy["context"] == {}


@pytest.mark.parametrize("authorization", [None, "", "Basic emhhbmc6MQ==", token()])
def test_anything_but_a_bearer_token_is_denied(issuer: Issuer, authorization: str | None) -> None:
    assert effect(authorize_with(authorization)) == "Deny"


def test_a_disabled_officer_is_out_within_five_minutes(issuer: Issuer) -> None:
    """FAULTS S9: the oldest token that works, and the time that the API keeps the authorizer's answer."""
    assert effect(authorize_with(f"Bearer {token(iat=int(time.time()) - 235)}")) == "Allow"
    template = load().document
    kept = template["Resources"]["Api"]["Properties"]["Auth"]["Authorizers"]["Staff"]["Identity"]
    oldest = template["Parameters"]["TokenMaxAgeSeconds"]["Default"] + LEEWAY_SECONDS
    assert oldest + kept["ReauthorizeEvery"] <= 300


def test_a_minute_of_clock_skew_is_forgiven(issuer: Issuer) -> None:
    assert effect(authorize_with(f"Bearer {token(exp=int(time.time()) - 30)}")) == "Allow"


def test_a_refusal_is_logged_with_its_reason_and_without_the_token(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", log)
    bad = token(STRANGERS_KEY)

    authorize_with(f"Bearer {bad}")

    assert json.loads(log.getvalue())["reason"] == "InvalidSignatureError"
    assert not any(part in log.getvalue() for part in bad.split("."))


def test_an_issuer_that_does_not_answer_is_a_fault_and_not_a_refusal(issuer: Issuer) -> None:
    issuer.key_set = None
    with pytest.raises(OSError, match="no answer"):
        authorize_with(f"Bearer {token()}")

    issuer.key_set = KEY_SET
    assert effect(authorize_with(f"Bearer {token()}")) == "Allow"


def test_keys_are_fetched_once(issuer: Issuer) -> None:
    for _ in range(3):
        authorize_with(f"Bearer {token()}")
    assert issuer.asked == 1


def test_a_new_key_of_the_issuer_works_at_once() -> None:
    issuer = Issuer({"keys": KEY_SET["keys"][:1]})
    seconds = [0.0]
    keys = SigningKeys(issuer.fetch, now=lambda: seconds[0])
    keys.get("rsa")
    issuer.key_set = KEY_SET
    seconds[0] = REFRESH_SECONDS

    assert (
        TokenReader(ISSUER, AUDIENCE, keys, 180).caller(
            f"Bearer {token(EC_KEY, algorithm='ES256', kid='ec')}"
        )["sub"]
        == "zhang"
    )


def test_invented_keys_do_not_make_us_pester_the_issuer() -> None:
    issuer = Issuer(KEY_SET)
    keys = SigningKeys(issuer.fetch, now=lambda: 0.0)
    for number in range(50):
        with pytest.raises(TokenRefused):
            keys.get(f"invented-{number}")
    assert issuer.asked == 1


def test_a_single_group_with_a_role_s_name_stands_for_the_role() -> None:
    claims = {"sub": "zhang", "cognito:groups": ["staff", "agency"], "custom:agency_id": "110101001"}
    assert caller(claims) == {"sub": "zhang", "role": "agency", "agency_id": "110101001", "district": ""}


@pytest.mark.parametrize("languages", ["zh-CN yue", "zh-CN, yue", ["zh-CN", "yue"]])
def test_an_operators_token_may_list_what_the_operator_speaks(languages: object) -> None:
    claims = {"sub": "li", "hotline_role": "operator", "languages": languages}
    assert caller(claims)["languages"] == "zh-CN yue"


@pytest.mark.parametrize("languages", ["普通话", "zh_CN", ["zh-CN", 7], "x" * 65])
def test_what_is_no_language_is_refused(languages: object) -> None:
    with pytest.raises(TokenRefused):
        caller({"sub": "li", "hotline_role": "operator", "languages": languages})


def test_two_groups_with_role_names_are_refused_rather_than_chosen_from() -> None:
    with pytest.raises(TokenRefused):
        caller({"sub": "zhang", "groups": ["operator", "admin"]})


def test_only_http_addresses_are_asked_for_keys() -> None:
    with pytest.raises(OSError, match="not HTTP"):
        tokens.key_set_fetcher(ISSUER, "file:///etc/passwd")()
