"""Staff sign in and out in a browser, against the embedded stack's own identity provider."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, SignIn, axe

pytestmark = pytest.mark.browser


def test_an_officer_signs_in_reads_who_they_are_and_signs_out_everywhere(
    sign_in: SignIn, stack: dict[str, Any]
) -> None:
    page = sign_in("agency-110101001", "staff", scripts=True, size=PHONE)
    expect(page.get_by_role("heading", level=1)).to_have_text("我的账号")
    expect(page.locator("main")).to_contain_text("东华门街道办事处")
    axe(page)
    (cookie,) = page.context.cookies(stack["pages_url"])
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (
        "__Host-session",
        True,
        True,
        "Lax",
    )
    assert page.evaluate("document.cookie") == ""

    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My account")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signed-out*")
    axe(page)
    page.context.add_cookies([cookie])
    page.goto(f"{stack['pages_url']}/staff")
    assert page.url.startswith(stack["issuer_url"]), "what was kept of the session opens nothing"
    axe(page)


def test_a_disabled_person_gets_no_session(sign_in: SignIn, stack: dict[str, Any]) -> None:
    switch(stack, "auditor", "disable")
    try:
        page = sign_in("auditor", "staff")
        expect(page.get_by_role("heading", level=1)).to_have_text("登录没有成功")
        assert not [each for each in page.context.cookies() if each["name"] == "__Host-session"]
    finally:
        switch(stack, "auditor", "enable")


def switch(stack: dict[str, Any], subject: str, action: str) -> None:
    with urlopen(Request(f"{stack['issuer_url']}/users/{subject}/{action}", data=b"")) as answer:
        assert (subject in json.load(answer)["disabled"]) == (action == "disable")
