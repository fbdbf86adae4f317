"""What a citizen does in a browser, from the first page to the last word, without JavaScript."""

from __future__ import annotations

import io
import random
import re
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE, Agency, Open, axe, text_messages

pytestmark = pytest.mark.browser

HOSTILE = "<script>document.title='x'</script><img src=x onerror=alert(1)>\"'"
LAMPS = "urban-management"
"""Who looks after street lighting everywhere in the city of the repository."""


class Words(NamedTuple):
    """What is read on the pages in one language."""

    locale: str
    report: str
    complaint: re.Pattern[str]
    what: str
    topic: str
    area: str
    phone: str
    send: str
    registered: str
    progress: str
    assigned: str
    track: str
    number: str
    key: str
    look_up: str
    other: str
    on: str


ZH = Words(
    "zh-CN", "反映问题", re.compile("投诉"), "发生了什么", "事项", "所在区、街道（乡镇）", "电话", "提交", "已经受理",
    "查看进度", "已派给承办单位", "查询进度", "受理编号", "查询密钥", "查询", "English", "下一步",
)  # fmt: skip
EN = Words(
    "en-GB", "Report", re.compile("Complaint"), "What happened", "Topic", "District and sub-district",
    "Telephone", "Send", "We have registered your appeal", "See the progress", "Assigned to an agency", "Track",
    "Tracking number", "Secret key", "Look it up", "中文", "Next",
)  # fmt: skip


def say_what(page: Page, words: Words, text: str) -> None:
    """The first step: the kind of appeal, the words, and the topic that they suggest."""
    page.get_by_role("radio", name=words.complaint).check()
    page.get_by_label(words.what).fill(text)
    go_on(page, words)
    page.locator("[name=service_code][value='road.lighting']").check()
    go_on(page, words)
    if page.get_by_role("alert").count():
        go_on(page, words)


def say_where(page: Page, words: Words) -> None:
    """The second step: the district, then its sub-district."""
    page.get_by_label(words.area).select_option("110101")
    go_on(page, words)
    page.get_by_label(words.area).select_option("110101001")
    go_on(page, words)


def go_on(page: Page, words: Words) -> None:
    page.get_by_role("button", name=words.on, exact=True).click()


def fill_in(page: Page, words: Words, text: str, phone: str = "") -> None:
    """All three steps, but for the button that sends."""
    say_what(page, words, text)
    say_where(page, words)
    page.get_by_label(words.phone).fill(phone)


def send(page: Page, words: Words) -> None:
    page.get_by_role("button", name=words.send, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words.registered)


def wait_for(page: Page, text: str, again: Callable[[], object]) -> None:
    """Look again until the page says it."""
    until = time.monotonic() + 60
    while page.get_by_text(text).count() == 0:
        assert time.monotonic() < until, f"{text} never came; the page says: {page.inner_text('main')}"
        page.wait_for_timeout(500)
        again()


def link_sent_to(phone: str, stack: dict[str, Any]) -> str:
    """Wait for the text message and take the link out of it."""
    until = time.monotonic() + 60
    while not (messages := text_messages(stack, phone)):
        assert time.monotonic() < until, "no text message came"
        time.sleep(0.5)
    (link,) = re.findall(r"https?://\S+", messages[-1])
    return str(link)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_a_citizen_reports_keeps_the_receipt_and_tracks_it(
    open_page: Open, words: Words, size: ViewportSize
) -> None:
    page = open_page(size=size, locale=words.locale)
    page.get_by_role("navigation").get_by_role("link", name=words.report).click()
    fill_in(page, words, f"{random.randrange(10**6)} 号楼下路灯不亮，晚上很黑")
    send(page, words)
    number, key = page.locator("#number").inner_text(), page.locator("#key").inner_text()

    page.get_by_role("button", name=words.progress).click()
    expect(page.get_by_text(number)).to_be_visible()

    page.get_by_role("navigation").get_by_role("link", name=words.track).click()
    page.get_by_label(words.number).fill(number.lower().replace("-", " "))
    page.get_by_label(words.key).fill(key)
    page.get_by_label(words.key).press("Enter")
    wait_for(page, words.assigned, page.get_by_role("button", name=re.compile("刷新|Refresh")).click)
    assert key not in page.url


def test_switching_the_language_in_the_middle_keeps_what_was_typed(open_page: Open) -> None:
    page = open_page("report", size=PHONE)
    fill_in(page, ZH, f"路灯不亮 {random.randrange(10**6)}", "138 0013 8000")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_label(EN.phone)).to_have_value("138 0013 8000")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label(EN.area)).to_have_value("110101001")
    go_on(page, EN)
    send(page, EN)
    number = page.locator("#number").inner_text()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ZH.registered)
    expect(page.locator("#number")).to_have_text(number)


def test_a_receipt_that_is_reloaded_is_the_same_receipt(open_page: Open) -> None:
    page = open_page("report")
    fill_in(page, ZH, "路灯不亮，请派人来修")
    send(page, ZH)
    number, key = page.locator("#number").inner_text(), page.locator("#key").inner_text()
    page.reload()
    assert (page.locator("#number").inner_text(), page.locator("#key").inner_text()) == (number, key)


def test_what_is_wrong_is_said_first_and_leads_to_its_input(open_page: Open) -> None:
    page = open_page("report")
    fill_in(page, ZH, "路灯不亮", "不是电话")
    page.get_by_role("button", name=ZH.send, exact=True).click()
    page.get_by_role("alert").get_by_role("link", name=re.compile("^电话")).click()
    expect(page.get_by_label(ZH.phone)).to_be_focused()
    expect(page.get_by_label(ZH.phone)).to_have_value("不是电话")


def test_hostile_words_are_shown_as_words(open_page: Open) -> None:
    page = open_page("report")
    fill_in(page, ZH, f"路灯不亮 {HOSTILE}", HOSTILE[:20])
    page.get_by_role("button", name=ZH.send, exact=True).click()
    expect(page.get_by_label(ZH.phone)).to_have_value(HOSTILE[:20])
    expect(page.locator("dd.words")).to_have_text(f"路灯不亮 {HOSTILE}")
    assert page.locator("main script, main img").count() == 0
    assert page.title().endswith("12345 市民热线")


def test_the_link_of_a_text_message_opens_a_survey_that_can_be_answered_once(
    open_page: Open, stack: dict[str, Any]
) -> None:
    phone = f"139{random.randrange(10**8):08d}"
    page = open_page("report", size=PHONE)
    fill_in(page, ZH, "路灯不亮，请修理", phone)
    send(page, ZH)
    appeal_id = page.locator("#number").inner_text().replace("-", "")
    page.get_by_role("button", name=ZH.progress).click()
    refresh = page.get_by_role("button", name="刷新").click

    agency = Agency(stack, LAMPS)
    order = agency.order(appeal_id)
    for shown, action in (
        ("承办单位已签收", {"command": "acknowledge"}),
        ("承办单位已与您联系", {"command": "record_contact", "channel": "phone"}),
        ("现在评价", {"command": "resolve", "text": HOSTILE, "attachments": []}),
    ):
        agency.reply(order, **action)
        wait_for(page, shown, refresh)
    expect(page.locator("blockquote")).to_have_text(HOSTILE)

    link = link_sent_to(f"+86{phone}", stack)
    survey = open_page(link, size=PHONE)
    for question, answer in zip(("是否与您联系", "是否解决", "是否满意"), ("是", "否", "否"), strict=True):
        survey.get_by_role("group", name=re.compile(question)).get_by_label(answer, exact=True).check()
    survey.get_by_label("还有什么想说的").fill(HOSTILE)
    survey.get_by_role("button", name="提交评价").click()
    expect(survey.get_by_text("已经退回承办单位继续办理")).to_be_visible()

    survey.goto(link)
    expect(survey.get_by_text("您已经评价")).to_be_visible()


@pytest.mark.parametrize("way", ["lang=zh-CN", "lang=en", "lang=zh-CN&size=large"])
def test_axe_finds_nothing_on_any_page_and_a_small_phone_never_scrolls_sideways(
    open_page: Open, way: str
) -> None:
    page = open_page(f"?{way}", size=PHONE, scripts=True)
    home = page.url.partition("?")[0]
    nearby = "nearby?district=110101&subdistrict=110101001&topic=road.lighting&"
    for path in ("", "report", "track", "lost-key", "help", "privacy", "figures", nearby, "survey/unknown"):
        page.goto(f"{home}{path}{'' if path.endswith('&') else '?'}{way}")
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_keyboard_alone_reaches_everything_and_skips_to_the_content(open_page: Open) -> None:
    page = open_page("track")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label(ZH.number)).to_be_focused()


def test_the_developers_page_opens_from_every_page(open_page: Open) -> None:
    page = open_page("report")
    page.get_by_role("link", name="开发者接口").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("12345")


def picture(colour: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(target, "JPEG")
    return target.getvalue()


def test_a_plain_form_sends_a_picture_and_a_file_in_disguise_is_refused_on_the_page(open_page: Open) -> None:
    page = open_page("report", size=PHONE)
    fill_in(page, ZH, f"{random.randrange(10**6)} 号楼下路灯不亮")
    send(page, ZH)
    page.get_by_role("button", name=ZH.progress).click()
    for name, content in (("lamp.jpg", picture("red")), ("lamp.png", b"<svg onload=alert(1)></svg>")):
        page.get_by_role("button", name="添加图片").click()
        page.get_by_label("图片", exact=True).set_input_files(
            files=[{"name": name, "mimeType": "image/png", "buffer": content}]
        )
        with page.context.expect_page() as opened:
            page.get_by_role("button", name="上传").click()
        expect(opened.value.get_by_role("heading", level=1)).to_have_text("图片已收到，正在检查")
        page.get_by_role("button", name="查看进度和图片").click()
    wait_for(page, "已收下", page.get_by_role("button", name="刷新").click)
    wait_for(page, "这不是 JPEG、PNG 或 WebP 图片", page.get_by_role("button", name="刷新").click)


def test_with_scripts_the_form_answers_as_one_types_and_survives_a_lost_network(open_page: Open) -> None:
    page = open_page("report?size=large", size=PHONE, scripts=True)
    page.get_by_role("radio", name=ZH.complaint).check()
    page.get_by_label(ZH.what).press_sequentially(f"{random.randrange(10**6)} 号楼着火了")
    expect(page.locator("#emergency")).to_contain_text("请立即拨打 119")
    page.get_by_label(ZH.what).fill(f"{random.randrange(10**6)} 号楼下路灯不亮，很黑")
    page.context.set_offline(True)
    go_on(page, ZH)
    expect(page.locator("#offline")).to_be_visible()
    page.context.set_offline(False)
    go_on(page, ZH)
    page.locator("[name=service_code][value='road.lighting']").check()
    go_on(page, ZH)
    go_on(page, ZH)
    page.get_by_label(ZH.area).select_option("110101")
    page.get_by_label(ZH.area).select_option("110101001")
    expect(page.locator("#communities option").first).to_be_attached()
    go_on(page, ZH)
    send(page, ZH)
    assert "size=large" in page.url
    expect(page.get_by_role("button", name="复制编号和密钥")).to_be_visible()
    number, key = page.locator("#number").inner_text(), page.locator("#key").inner_text()

    axe(page)
    page.goto(page.url.partition("/report")[0] + f"/track#{number}.{key}")
    expect(page.get_by_label(ZH.number)).to_have_value(number)
    assert key not in page.url
    page.get_by_role("button", name=ZH.look_up, exact=True).click()
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="添加图片").click()
    chosen.value.set_files(files=[{"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": picture("blue")}])
    expect(page.get_by_text("已收下")).to_be_visible(timeout=30_000)
    axe(page)
