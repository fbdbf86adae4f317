"""Attacks on the citizens' pages, each tried and refused; ``tests/README.md`` says which test holds which."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from hotline.adapters.dynamodb.cases import DynamoDBCases
from tests.api_events import api_event
from tests.aws_stack import MotoStack
from tests.functions.test_pages import FORM_TYPE, HOSTILE, Citizen, Page, runs_only_ours
from tests.functions.test_public_pages import read
from tests.lives import APPEAL, TRACKING_KEY, Life
from tests.template import ROOT, load

EVIL = "evil.example"
PAGES = ("/", "/report", "/track", "/lost-key", "/track/sent")


@pytest.fixture
def citizen(stack: MotoStack) -> Citizen:
    return Citizen(stack)


@pytest.mark.parametrize("path", PAGES)
def test_a_foreign_host_is_never_reflected_and_nobody_is_led_elsewhere(stack: MotoStack, path: str) -> None:
    headers = {"Host": EVIL, "X-Forwarded-Host": EVIL, "Origin": f"https://{EVIL}", "Referer": f"//{EVIL}/"}
    query = {"lang": f"//{EVIL}", "size": EVIL, "embed": EVIL, "next": f"https://{EVIL}", "topic": EVIL}
    page = Page(stack.invoke("WebPages", api_event("GET", path, headers=headers, query=query)))
    assert page.status == 200
    assert EVIL not in page.html + str(page.headers)
    assert not {"Location", "Set-Cookie", "Access-Control-Allow-Origin"} & set(page.headers)


def test_the_code_on_a_receipt_and_the_way_back_from_the_store_name_our_own_address(stack: MotoStack) -> None:
    Life(stack).dispatched()
    body = f"number={APPEAL}&key={TRACKING_KEY}&do=send"
    event = api_event(
        "POST", "/track/picture", body=body, headers={**FORM_TYPE, "Host": EVIL, "X-Forwarded-Host": EVIL}
    )
    event["requestContext"]["domainName"] = "hotline.example"
    page = Page(stack.invoke("WebPages", event))
    assert page.value("success_action_redirect") == "https://hotline.example/live/track/sent"
    assert EVIL not in page.html


def test_hostile_words_added_later_are_shown_as_words(citizen: Citizen, stack: MotoStack) -> None:
    Life(stack).dispatched()
    page = citizen.post(
        "/track/words", do="send", number=APPEAL, key=TRACKING_KEY, form_id="A" * 22, text=HOSTILE
    )
    assert HOSTILE in page.text
    assert runs_only_ours(page)


@pytest.mark.parametrize(
    "given",
    [
        {"subdistrict": "110101001' OR 1=1", "topic": "x"},
        {"subdistrict": "..%2f..", "topic": HOSTILE},
        {"district": "\u202e"},
    ],
)
def test_guessed_places_and_topics_find_nothing_and_are_not_repeated(
    stack: MotoStack, given: dict[str, str]
) -> None:
    page = read(stack, "/nearby", **given)
    assert page.status in (200, 404)
    assert not any(value in page.html for value in given.values() if len(value) > 1)


@pytest.mark.parametrize("month", ["202613", "..%2f..%2fetc", "999999999", "' OR 1=1"])
def test_a_guessed_month_is_a_page_that_says_so(stack: MotoStack, month: str) -> None:
    page = read(stack, f"/figures/{month}", route="/figures/{month}")
    assert (page.status, "还没有公布" in page.text) == (404, True)


def test_the_public_page_reads_no_more_however_much_is_asked(
    stack: MotoStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def count_reads(
        self: object, subdistrict: str, service: str, since: datetime, until: datetime
    ) -> list[object]:
        asked.append((until - since).days)
        return []

    monkeypatch.setattr(DynamoDBCases, "by_place", count_reads)
    wide = {"limit": "100000", "since": "1970-01-01", "cursor": "x"}
    page = read(stack, "/nearby", subdistrict="110101001", topic="road.lighting", **wide)
    assert (page.status, asked) == (200, [365])


@pytest.mark.parametrize("body", ["%zz", "a=1&" * 200, "form_id=%00", "__proto__[x]=1", "x" * 300_000])
def test_a_body_that_no_browser_sends_is_refused_before_anything_is_read(
    stack: MotoStack, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    page = Page(stack.invoke("WebPages", api_event("POST", "/track/words", body=body, headers=FORM_TYPE)))
    assert page.status in (400, 413)
    assert stack.table("CasesTable") == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_another_method_is_refused(stack: MotoStack, method: str) -> None:
    assert stack.invoke("WebPages", api_event(method, "/report"))["statusCode"] == 405


def test_the_gateway_limits_how_often_and_how_fast(stack: MotoStack) -> None:
    (settings,) = load().of_type("AWS::Serverless::Api")["Api"]["MethodSettings"]
    assert settings["ThrottlingRateLimit"] <= 1000
    assert settings["ResourcePath"] == "/*"


def test_every_case_of_the_table_names_tests_that_there_are() -> None:
    table = (ROOT / "tests/README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", table))
    there = "".join(path.read_text(encoding="utf-8") for path in Path(ROOT / "tests").glob("*/test_*.py"))
    assert [name for name in named if f"def {name}(" not in there] == []
    assert len(named) > 10
