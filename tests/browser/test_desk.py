"""An agency without a system of its own, at its desk: keys, pictures, phone size, and without scripts."""

from __future__ import annotations

import io
import json
import uuid
from typing import Any
from urllib.request import Request, urlopen

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, SignIn, axe

pytestmark = pytest.mark.browser

WATERWORKS = "agency-tap-water"


def register(stack: dict[str, Any], text: str) -> str:
    """An appeal that the waterworks must handle; its number."""
    appeal = {
        "type": "complaint",
        "text": f"{text} {uuid.uuid4().hex[:8]}",
        "service_code": "water.outage",
        "place": {"subdistrict": "110101001"},
        "fields": {"extent": "building"},
        "contact": {"phone": "13800138000"},
    }
    headers = {"Content-Type": "application/json"}
    request = Request(f"{stack['api_url']}/appeals", data=json.dumps(appeal).encode(), headers=headers)
    with urlopen(request) as answer:
        return str(json.load(answer)["tracking_number"])


def picture() -> dict[str, Any]:
    drawn = io.BytesIO()
    Image.new("RGB", (320, 240), "navy").save(drawn, "PNG")
    return {"name": "现场.png", "mimeType": "image/png", "buffer": drawn.getvalue()}


def until_there(page: Page, number: str) -> None:
    """Dispatch takes a moment; the inbox is asked again until the order is in it."""
    row = page.locator(".row", has_text=number)
    for _ in range(60):
        if row.count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"{number} never came")


def test_an_order_is_accepted_handled_and_done_with_a_picture(sign_in: SignIn, stack: dict[str, Any]) -> None:
    number = register(stack, "小区停水两天了")
    page = sign_in(WATERWORKS, scripts=True, size=DESKTOP)
    expect(page.get_by_role("heading", level=1)).to_have_text("待办工单")
    until_there(page, number)
    axe(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")

    page.get_by_role("checkbox", name="小区停水").first.focus()
    page.locator(".row", has_text=number).get_by_role("link").focus()
    page.keyboard.press("x")
    page.keyboard.press("a")
    expect(page.get_by_role("status")).to_have_text("已签收。")
    page.locator(".row", has_text=number).get_by_role("link").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/orders/{number}.1*")
    axe(page)

    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="登记已联系诉求人").click()
    expect(page.locator(".timeline")).to_contain_text("已联系诉求人")

    action = page.locator("details", has=page.get_by_text("办结", exact=True))
    if action.get_attribute("open") is None:
        action.locator("summary").click()
    action.locator("input[type=file]").set_input_files([picture()])
    expect(action.locator(".uploads")).to_contain_text("已上传")
    action.get_by_label("办理结果").fill("已抢修管道，14:00 恢复供水。")
    axe(page)
    action.get_by_role("button", name="办结").click()
    expect(page.locator(".timeline")).to_contain_text("已抢修管道")
    expect(page.get_by_role("status")).to_contain_text("已办结")

    page.goto(f"{stack['pages_url']}/desk/orders/000G40R40M30E209C.1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("没有找到")
    axe(page)


def test_the_desk_works_without_scripts_and_in_english(sign_in: SignIn, stack: dict[str, Any]) -> None:
    number = register(stack, "自来水发黄")
    page = sign_in(WATERWORKS, size=PHONE, locale="en-GB")
    until_there(page, number)
    page.locator(".row", has_text=number).get_by_role("link").click()
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("button", name="Send a picture").click()
    page.get_by_label("Picture").set_input_files([picture()])
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(f"{stack['pages_url']}/desk/orders/{number}.1?**")
    expect(page.get_by_role("heading", level=2, name="Pictures")).to_be_visible()
