"""The operators' console in Chromium: one call by keyboard alone, then the queue and an adjudication."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Agency, SignIn, axe

pytestmark = pytest.mark.browser

AGENCY = "110101001"
WHERE = "document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText ?? ''"
"""The label of the input, or the words of the button, that has the focus."""


def type_into(page: Page, label: str, text: str) -> None:
    """Reach an input with Tab and type, as somebody does who holds a telephone with the other hand."""
    for _ in range(60):
        if page.evaluate(WHERE).startswith(label):
            page.keyboard.type(text)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {label}")


def test_an_operator_takes_a_call_by_keyboard_and_it_goes_its_way_to_an_adjudicator(
    sign_in: SignIn, stack: dict[str, Any]
) -> None:
    # A call, by keyboard alone: the hints come while the words are typed.
    page = sign_in("operator", "console/calls", scripts=True)
    axe(page)
    unique = f"{int(time.time()) % 10**8:08d}"
    phone = f"139{unique}"
    type_into(page, "来电号码", phone)
    page.keyboard.press("Enter")
    expect(page.get_by_text("这个号码近期没有诉求")).to_be_visible()
    type_into(page, "投诉", " ")
    type_into(page, "反映内容", f"有个说不清楚的事情（{unique}），希望有人来管一管")
    expect(page.locator("#hints")).to_contain_text("将进入人工派单")
    page.keyboard.type("，有人晕倒")
    expect(page.locator("#hints [role=alert]")).to_contain_text("120")
    axe(page)
    type_into(page, "登记", "\n")
    expect(page.get_by_role("heading", level=1)).to_have_text("已登记")
    axe(page)
    number = page.locator("output").first.inner_text().replace("-", "")

    # What the rules cannot decide waits in the queue, with candidates and reasons.
    page.get_by_role("link", name="查看这一件").click()
    for _ in range(30):
        page.reload()
        if page.get_by_text("转人工派单").count():
            break
    expect(page.get_by_text("系统不能确定单位")).to_be_visible()
    axe(page)
    page.goto(f"{stack['pages_url']}/console/queue")
    axe(page)
    page.goto(f"{stack['pages_url']}/console/orders/{number}?do=dispatch")
    axe(page)
    page.get_by_label("其他单位").fill("东华门街道")
    page.get_by_role("button", name="派单").click()
    expect(page.get_by_role("status")).to_have_text("已派单。")

    # The agency returns it; an adjudicator decides, on a telephone.
    agency = Agency(stack, AGENCY)
    agency.reply(agency.order(number), command="return", ground="not_our_duty", text="不属于本街道")
    judge = sign_in("adjudicator", "console/disputes", scripts=True, size=PHONE)
    for _ in range(60):
        if judge.get_by_role("link", name=number).count():
            break
        judge.reload()
    axe(judge)
    judge.get_by_role("link", name=number).click()
    judge.get_by_role("link", name="裁定", exact=True).click()
    judge.locator("#why").fill("属于本街道职责")
    judge.get_by_role("button", name="裁定").click()
    expect(judge.get_by_role("alert")).to_contain_text("请先改正以下内容")
    axe(judge)
    judge.get_by_label("维持原派单").check()
    judge.get_by_role("button", name="裁定").click()
    expect(judge.get_by_role("status")).to_have_text("已裁定。")
    assert judge.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_lists_of_the_desk_read_in_both_languages_and_on_a_telephone(
    sign_in: SignIn, stack: dict[str, Any]
) -> None:
    page = sign_in("operator", "console", scripts=True, size=PHONE, locale="en")
    for path in ("console", "console/calls", "console/callbacks?all=true"):
        page.goto(f"{stack['pages_url']}/{path}")
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    judge = sign_in("adjudicator", "console/reviews", scripts=True)
    for path in ("console/reviews?about=suspicion", "console/suspicions"):
        judge.goto(f"{stack['pages_url']}/{path}")
        axe(judge)
    expect(judge.get_by_role("heading", level=1)).to_have_text(re.compile("疑似虚假办结信号"))
