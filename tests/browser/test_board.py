"""督 A supervisor sees the figures, goes down to an overdue order, decides about more time, and prints."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from infrastructure.ops.board import refresh
from infrastructure.ops.stack import Stack
from tests.browser.conftest import PHONE, Agency, SignIn, axe

pytestmark = pytest.mark.browser

AGENCY = "110101001"


def waiting_for_more_time(stack: dict[str, Any]) -> str:
    """The number of an appeal whose agency has asked for two more days."""
    body = {
        "type": "complaint",
        "text": f"东华门街道南池子社区楼前垃圾没有清运 {uuid.uuid4().hex[:8]}",
        "service_code": "clean.garbage",
        "place": {"district": "110101", "subdistrict": AGENCY},
    }
    asked = Request(
        f"{stack['api_url']}/appeals",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex},
    )
    with urlopen(asked) as answer:
        number = json.load(answer)["tracking_number"]
    agency = Agency(stack, AGENCY)
    order = agency.order(number)
    agency.reply(order, command="acknowledge")
    agency.reply(order, command="record_contact", channel="phone")
    agency.reply(
        order, command="request_extension", amount=2, unit="days", text="配件需要采购", citizen_told="phone"
    )
    return number


def test_a_supervisor_looks_decides_and_prints(sign_in: SignIn, stack: dict[str, Any]) -> None:
    number = waiting_for_more_time(stack)
    refresh(Stack(stack), 2)
    page = sign_in("supervisor-110101", scripts=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("东城区看板")
    expect(page.locator("main")).to_contain_text("统计截至")
    expect(page.locator("main")).not_to_contain_text("朝阳区")
    for picture in page.locator("figure img").all():
        assert picture.evaluate("each => each.complete && each.naturalWidth > 0")
    axe(page)

    page.get_by_role("link", name="各单位", exact=True).click()
    page.get_by_role("link", name="东华门街道办事处").click()
    axe(page)

    page.get_by_role("link", name="待审批", exact=True).click()
    mine = page.locator(f'form[action*="{number}"]')
    for _ in range(100):
        if mine.count():
            break
        page.reload()
    axe(page)
    mine.get_by_role("textbox").fill("同意，请告知诉求人")
    mine.get_by_role("button", name="同意", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("已同意")

    page.goto(f"{stack['pages_url']}/board/orders/{number}.1")
    expect(page.locator(".story")).to_contain_text("同意延期")
    axe(page)
    page.locator("textarea").fill("请按期办结")
    page.get_by_role("button", name="催办").click()
    expect(page.get_by_role("status")).to_contain_text("已催办")

    page.goto(f"{stack['pages_url']}/board/print")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation").first).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.pdf().startswith(b"%PDF")


def test_the_city_is_read_on_a_phone_and_in_english(sign_in: SignIn, stack: dict[str, Any]) -> None:
    refresh(Stack(stack), 2)
    page = sign_in("supervisor", "board", scripts=True, size=PHONE, locale="en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("link", name="Chaoyang District").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Chaoyang District")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("link", name="League").click()
    axe(page)
