"""Sign-in of staff with a browser: what lets somebody in, and everything that must not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from hotline.domain.actor import Actor, Role
from hotline.domain.errors import Unavailable
from hotline.domain.sessions import Believed, Granted, GrantRefused, NoRoleHere, PendingSignIn
from hotline.wiring import sessions
from tests.api_events import api_event
from tests.aws_stack import MotoStack
from tests.pages import Page
from tests.signed_in import FORM_TYPE, OWN_SITE, Officer
from tests.template import ROOT, load
from web import sign_in_api, staff_app

AGENCY = "110101001"
PAGES = "SignInPages"
ATTRIBUTES = {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"}


class TheIssuer:
    """Stands in for the city's provider: says who somebody is, until it does not any more."""

    def __init__(self) -> None:
        self.exchanged: list[tuple[str, str, str]] = []
        self.refreshed: list[str] = []
        self.who = Believed(Actor(role=Role.AGENCY, subject="zhang", agency_id=AGENCY), "张伟")
        self.nonce = ""
        self.disabled = self.silent = self.nameless = False

    def authorization_url(self, pending: PendingSignIn) -> str:
        self.nonce = pending.nonce
        return f"https://id.city.example/authorize?{urlencode({'state': pending.state})}"

    def end_session_url(self, return_to: str) -> str:
        return f"https://id.city.example/end?{urlencode({'post_logout_redirect_uri': return_to})}"

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> Granted:
        self.exchanged.append((code, verifier, redirect_uri))
        return self._granted()

    def refresh(self, refresh_token: str) -> Granted:
        self.refreshed.append(refresh_token)
        return self._granted()

    def _granted(self) -> Granted:
        if self.silent:
            raise Unavailable("sign-in")
        if self.disabled:
            raise GrantRefused
        return Granted("" if self.nameless else "an identity token", "grant")

    def believe(self, id_token: str) -> Believed:
        return self.who._replace(nonce=self.nonce)


@pytest.fixture
def issuer(stack: MotoStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[TheIssuer]:
    made = TheIssuer()
    monkeypatch.setattr(sessions, "issuer", lambda: made)
    monkeypatch.setattr(sign_in_api, "believe", made.believe)
    monkeypatch.setattr(staff_app, "believe", made.believe)
    return made  # type: ignore[return-value]


@pytest.fixture
def officer(stack: MotoStack, issuer: TheIssuer) -> Officer:
    return Officer(stack, "agency", agency_id=AGENCY)


class Browser:
    """Cookies, and where the last answer sent it."""

    def __init__(self, stack: MotoStack) -> None:
        self.stack = stack
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **query: str) -> dict[str, Any]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        event = api_event("GET", path, headers={"Cookie": cookies} if cookies else {}, query=query or None)
        answer: dict[str, Any] = self.stack.invoke(PAGES, event)
        for cookie in answer["multiValueHeaders"].get("Set-Cookie", ()):
            name, _, rest = cookie.partition("=")
            value, *attributes = rest.split("; ")
            assert {each for each in attributes if "Max-Age" not in each} == ATTRIBUTES
            assert name.startswith("__Host-")
            self.cookies[name] = value
        return answer

    def sign_in(self, next_page: str = "") -> dict[str, Any]:
        sent = self.get("/sign-in", next=next_page)
        state = parse_qs(urlsplit(sent["headers"]["Location"]).query)["state"][0]
        return self.get("/signed-in", code="a-code", state=state)


# ---- signing in -------------------------------------------------------------------------------


def test_whoever_asks_for_a_page_signs_in_and_gets_to_it(stack: MotoStack, issuer: TheIssuer) -> None:
    browser = Browser(stack)
    asked = browser.get("/staff", status="late")
    assert asked["statusCode"] == 303
    assert asked["headers"]["Location"] == "./sign-in?next=staff%3Fstatus%3Dlate"
    back = browser.sign_in("staff?status=late")
    assert (back["statusCode"], back["headers"]["Location"]) == (303, "./staff?status=late")
    page = Page(browser.get("/staff"))
    assert page.status == 200
    assert "张伟" in page.text
    assert "东华门街道办事处" in page.text


def test_the_code_is_exchanged_with_the_verifier_that_never_left_the_sealed_cookie(
    stack: MotoStack, issuer: TheIssuer
) -> None:
    Browser(stack).sign_in()
    ((code, verifier, redirect_uri),) = issuer.exchanged
    assert (code, redirect_uri) == ("a-code", "https://api.example/live/signed-in")
    assert len(verifier) >= 43, "RFC 7636 §4.1"


def test_the_table_holds_neither_the_browsers_secret_nor_the_grant_in_plain(
    stack: MotoStack, issuer: TheIssuer
) -> None:
    browser = Browser(stack)
    browser.sign_in()
    secret = browser.cookies["__Host-session"]
    (item,) = stack.table("SessionsTable")
    assert secret not in str(item)
    assert b"grant" not in bytes(item["g"]["B"])
    assert int(item["ttl"]["N"]) == int((stack.clock() + timedelta(hours=12)).timestamp())


def test_signing_in_makes_a_new_secret_and_ends_what_was_planted(stack: MotoStack, issuer: TheIssuer) -> None:
    """Session fixation: a secret that somebody else knows never becomes a session."""
    browser = Browser(stack)
    browser.sign_in()
    planted = browser.cookies["__Host-session"]
    browser.sign_in()
    assert browser.cookies["__Host-session"] != planted
    browser.cookies["__Host-session"] = planted
    assert browser.get("/staff")["statusCode"] == 303


@pytest.mark.parametrize("case", ["state", "other browser", "no code", "nonce", "late", "changed cookie"])
def test_an_answer_that_belongs_to_no_sign_in_of_this_browser_opens_nothing(
    stack: MotoStack, issuer: TheIssuer, case: str
) -> None:
    browser = Browser(stack)
    sent = browser.get("/sign-in")
    state = parse_qs(urlsplit(sent["headers"]["Location"]).query)["state"][0]
    query = {"code": "a-code", "state": state}
    match case:
        case "state":
            query["state"] = "of-somebody-else"
        case "other browser":
            browser.cookies.clear()
        case "no code":
            query = {"error": "access_denied", "state": state}
        case "nonce":
            issuer.nonce = "of-another-sign-in"
        case "late":
            stack.clock.pass_(minutes=16)
        case "changed cookie":
            kept = browser.cookies["__Host-sign-in"]
            browser.cookies["__Host-sign-in"] = kept[:-8] + "AAAAAAAA"
    answer = browser.get("/signed-in", **query)
    assert answer["statusCode"] == 403
    assert "登录没有成功" in Page(answer).text
    assert "__Host-session" not in browser.cookies
    assert stack.table("SessionsTable") == []


@pytest.mark.parametrize(
    "next_page",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "staff/../../evil",
        "staff\r\nSet-Cookie: a=b",
        "staff//evil.example",
        "x" * 600,
    ],
)
def test_no_link_leads_to_another_site_after_signing_in(
    stack: MotoStack, issuer: TheIssuer, next_page: str
) -> None:
    back = Browser(stack).sign_in(next_page)
    assert back["headers"]["Location"] == "./desk", "the start page of an agency"


def test_an_account_without_a_role_is_told_so(
    stack: MotoStack, issuer: TheIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(id_token: str) -> Believed:
        raise NoRoleHere

    monkeypatch.setattr(sign_in_api, "believe", nobody)
    answer = Browser(stack).sign_in()
    assert answer["statusCode"] == 403
    assert "没有角色" in Page(answer).text


def test_an_issuer_that_does_not_answer_is_a_page_and_not_a_trace(
    stack: MotoStack, issuer: TheIssuer
) -> None:
    issuer.silent = True
    answer = Browser(stack).sign_in()
    assert answer["statusCode"] == 503
    assert "Traceback" not in answer["body"]


# ---- staying signed in ------------------------------------------------------------------------


def test_a_page_costs_one_read_of_the_session(stack: MotoStack, officer: Officer, issuer: TheIssuer) -> None:
    (before,) = stack.table("SessionsTable")
    assert officer.get(PAGES, "/staff").status == 200
    assert stack.table("SessionsTable") == [before]
    assert issuer.refreshed == []


def test_a_disabled_officer_is_out_within_five_minutes(stack: MotoStack, issuer: TheIssuer) -> None:
    browser = Browser(stack)
    browser.sign_in()
    issuer.disabled = True
    stack.clock.pass_(minutes=2)
    assert browser.get("/staff")["statusCode"] == 200, "within the time of one check"
    stack.clock.pass_(minutes=3)
    assert browser.get("/staff")["statusCode"] == 303
    issuer.disabled = False
    assert browser.get("/staff")["statusCode"] == 303, "and stays out"
    assert stack.table("SessionsTable") == []


def test_a_changed_role_counts_from_the_next_check(stack: MotoStack, issuer: TheIssuer) -> None:
    browser = Browser(stack)
    browser.sign_in()
    issuer.who = Believed(Actor(role=Role.AUDITOR, subject="zhang"), "张伟")
    stack.clock.pass_(minutes=4)
    assert "审计员" in Page(browser.get("/staff")).text
    assert issuer.refreshed == ["grant"]


def test_a_token_about_somebody_else_ends_the_session(stack: MotoStack, issuer: TheIssuer) -> None:
    browser = Browser(stack)
    browser.sign_in()
    issuer.who = Believed(Actor(role=Role.ADMIN, subject="mallory"), "M")
    stack.clock.pass_(minutes=4)
    assert browser.get("/staff")["statusCode"] == 303


def test_a_refresh_without_a_new_identity_token_keeps_the_known_one(
    stack: MotoStack, issuer: TheIssuer
) -> None:
    browser = Browser(stack)
    browser.sign_in()
    issuer.nameless = True
    stack.clock.pass_(minutes=4)
    assert "承办单位" in Page(browser.get("/staff")).text


def test_while_the_issuer_is_silent_nobody_gets_by_unchecked(stack: MotoStack, issuer: TheIssuer) -> None:
    browser = Browser(stack)
    browser.sign_in()
    issuer.silent = True
    stack.clock.pass_(minutes=3)
    assert browser.get("/staff")["statusCode"] == 503
    assert browser.get("/staff")["statusCode"] == 200, (
        "another asks just now; what was known counts for a moment"
    )
    stack.clock.pass_(minutes=1)
    assert browser.get("/staff")["statusCode"] == 503
    issuer.silent = False
    stack.clock.pass_(seconds=20)
    assert browser.get("/staff")["statusCode"] == 200


@pytest.mark.parametrize("minutes", [31, 12 * 60 + 1])
def test_a_session_ends_when_it_is_not_used(stack: MotoStack, officer: Officer, minutes: int) -> None:
    stack.clock.pass_(minutes=minutes)
    assert officer.get(PAGES, "/staff").status == 303


def test_a_session_in_use_ends_after_its_hours(stack: MotoStack, issuer: TheIssuer) -> None:
    browser = Browser(stack)
    browser.sign_in()
    for _ in range(12 * 3):
        stack.clock.pass_(minutes=20)
        assert browser.get("/staff")["statusCode"] == 200
    stack.clock.pass_(minutes=1)
    assert browser.get("/staff")["statusCode"] == 303


def test_signing_out_ends_the_session_on_the_server(
    stack: MotoStack, officer: Officer, issuer: TheIssuer
) -> None:
    page = officer.post(PAGES, "/sign-out")
    assert page.status == 200
    assert "您已退出" in page.text
    assert page.headers["Refresh"].startswith("0; url=https://id.city.example/end?")
    assert "Max-Age=0" in page.headers["Set-Cookie"]
    assert stack.table("SessionsTable") == []
    assert officer.get(PAGES, "/staff").status == 303, "the secret opens nothing any more"


# ---- forms ------------------------------------------------------------------------------------


def sent(stack: MotoStack, officer: Officer, headers: dict[str, str], **typed: str) -> Page:
    cookies = {"Cookie": f"__Host-session={officer.secret}"}
    body = urlencode(typed)
    event = api_event("POST", "/sign-out", body=body, headers={**cookies, **FORM_TYPE, **headers})
    return Page(stack.invoke(PAGES, event))


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_a_form_of_another_site_does_nothing_even_with_the_right_proof(
    stack: MotoStack, officer: Officer, headers: dict[str, str]
) -> None:
    page = sent(stack, officer, headers, proof=officer.proof)
    assert page.status == 403
    assert "不是从本系统页面发出的" in page.text
    assert len(stack.table("SessionsTable")) == 1


def test_a_browser_that_names_only_its_origin_is_believed(stack: MotoStack, officer: Officer) -> None:
    assert sent(stack, officer, {"Origin": "https://api.example"}, proof=officer.proof).status == 200


@pytest.mark.parametrize("proof", ["", "A" * 22])
def test_a_form_without_the_sessions_proof_does_nothing_and_can_be_sent_again(
    stack: MotoStack, officer: Officer, proof: str
) -> None:
    page = sent(stack, officer, OWN_SITE, proof=proof, note="写了很久的答复")
    assert page.status == 403
    assert len(stack.table("SessionsTable")) == 1
    assert page.value("note") == "写了很久的答复"
    assert officer.proof in {each["value"] for each in page.all("input") if each["name"] == "proof"}


def test_the_proof_of_one_session_is_worth_nothing_in_another(
    stack: MotoStack, officer: Officer, issuer: TheIssuer
) -> None:
    other = Officer(stack, "admin", subject="chen")
    assert sent(stack, officer, OWN_SITE, proof=other.proof).status == 403


def test_a_form_that_comes_too_late_says_so_and_keeps_what_was_typed(
    stack: MotoStack, officer: Officer
) -> None:
    stack.clock.pass_(hours=1)
    page = officer.post(PAGES, "/sign-out", note="<b>写了很久</b>的答复", proof="")
    assert page.status == 401
    assert "登录已过期" in page.text
    assert page.value("note") == "<b>写了很久</b>的答复"
    assert "<b>写了" not in page.html


# ---- the samples ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"),
    [("sign_in", 303), ("come_back", 403), ("account", 303), ("sign_out", 401), ("signed_out", 200)],
)
def test_a_stranger_gets_from_each_address_what_a_stranger_may(
    stack: MotoStack, issuer: TheIssuer, name: str, status: int
) -> None:
    assert stack.run(f"web/sign_in_api.{name}")["statusCode"] == status
    assert stack.table("SessionsTable") == []


# ---- roles, headers, files --------------------------------------------------------------------


def test_a_wrong_role_is_refused_by_a_page(
    stack: MotoStack, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = next(each for each in sign_in_api.app.operations if each.path == "/staff")
    monkeypatch.setattr(
        sign_in_api.app, "admit", lambda operation, event: _admitted_as_auditor(account, event)
    )
    page = officer.get(PAGES, "/staff")
    assert page.status == 403
    assert "无权" in page.text
    assert "联系管理员调整角色" in page.text


def _admitted_as_auditor(operation: Any, event: Any) -> Actor:
    only_auditors = operation._replace(roles=frozenset({Role.AUDITOR}))
    return staff_app.StaffApp.admit(sign_in_api.app, only_auditors, event)


def test_a_claim_in_a_header_or_the_address_makes_nobody_staff(stack: MotoStack, issuer: TheIssuer) -> None:
    claims = {"sub": "x", "role": "admin"}
    event = api_event("GET", "/staff", claims=claims, headers={"X-Role": "admin"}, query={"role": "admin"})
    assert stack.invoke(PAGES, event)["statusCode"] == 303


def test_a_fetched_part_of_a_page_sends_the_whole_page_to_the_sign_in(
    stack: MotoStack, issuer: TheIssuer
) -> None:
    answer = stack.invoke(PAGES, api_event("GET", "/staff", headers={"HX-Request": "true"}))
    assert answer["headers"]["HX-Redirect"] == "./sign-in?next=staff"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_pages_of_staff_run_our_files_only_and_are_never_kept(
    stack: MotoStack, issuer: TheIssuer, language: str
) -> None:
    page = Officer(stack, "agency", agency_id=AGENCY, language=language).get(PAGES, "/staff")
    policy = dict(each.strip().split(" ", 1) for each in page.headers["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["script-src"]) == ("'none'", "'self'")
    assert (policy["style-src"], policy["connect-src"], policy["form-action"]) == ("'self'",) * 3
    assert (policy["frame-ancestors"], policy["base-uri"]) == ("'none'", "'none'")
    assert policy["require-trusted-types-for"] == "'script'"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert all(each["src"].startswith("./assets/") for each in page.all("script"))
    assert "style=" not in page.html
    assert not re.search(r"\son[a-z]+=", page.html)


def test_libraries_of_others_are_the_files_that_their_makers_published() -> None:
    folder = ROOT / "functions/web/assets/vendor"
    listed = dict(
        re.findall(r"^\| `([\w.-]+)` .* `([0-9a-f]{64})` \|$", (folder / "README.md").read_text(), re.M)
    )
    assert set(listed) == {path.name for path in folder.glob("*.js")}
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_settings_let_nobody_stay_longer_than_five_minutes_unchecked() -> None:
    parameter = load().document["Parameters"]["SessionCheckSeconds"]
    assert parameter["MaxValue"] + 60 <= 300, "and a minute while another request asks"
