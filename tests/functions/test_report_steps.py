"""The report in three steps, without a script: what each step shows, carries, checks and suggests."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hotline.domain.errors import Unavailable
from hotline.wiring import web as wired
from tests.aws_stack import MotoStack
from tests.functions.test_pages import Citizen, Page, filled
from tests.lives import APPEAL, TRACKING_KEY, Life

LAMP = "楼下路灯不亮，晚上很黑"


@pytest.fixture
def citizen(stack: MotoStack) -> Citizen:
    return Citizen(stack)


def inputs_of(page: Page) -> dict[str, Any]:
    """What a browser sends with the form ``form``, as far as it is typed text, hidden or chosen."""
    sent: dict[str, Any] = {}
    for each in page.all("input"):
        if each.get("type") in ("radio", "checkbox") and "checked" not in each:
            continue
        if each.get("name") not in (None, "number", "key"):
            sent[each["name"].replace(".", "__")] = each.get("value", "")
    chosen = re.search(r'<select id="place.area".*?<option value="(\d*)" selected', page.html, re.DOTALL)
    text = re.search(r'<textarea id="text".*?>\n(.*?)</textarea>', page.html, re.DOTALL)
    return {
        **sent,
        **({"place__area": chosen[1]} if chosen else {}),
        **({"text": text[1]} if text else {}),
    }


def go_on(citizen: Citizen, page: Page, do: str = "next", **typed: Any) -> Page:
    return citizen.post("/report", **{**inputs_of(page), **typed, "do": do})


def at_where(citizen: Citizen, text: str = LAMP, **typed: Any) -> Page:
    topics = go_on(citizen, citizen.get("/report"), type="complaint", text=text, **typed)
    return go_on(citizen, topics)


def test_three_steps_lead_to_a_receipt_and_each_shows_only_its_own_inputs(
    citizen: Citizen, stack: MotoStack
) -> None:
    what = citizen.get("/report")
    assert [each["name"] for each in what.all("textarea")] == ["text"]
    topics = go_on(citizen, what, type="complaint", text=LAMP)
    assert "路灯" in topics.text
    where = go_on(citizen, topics, service_code="road.lighting", asked="road.lighting")
    assert where.value("text") == LAMP
    streets = go_on(citizen, where, place__area="110101")
    assert "选到街道" in streets.text
    who = go_on(citizen, streets, place__area="110101001", place__address_text="南池子大街 12 号")
    assert {"contact.phone", "contact.name", "contact.email"} <= {
        each.get("name") for each in who.all("input")
    }
    receipt = go_on(citizen, who, "send", contact__phone="138 0013 8000")
    assert receipt.status == 201
    assert len(stack.table("CasesTable")) == 1


def test_back_keeps_everything_and_checks_nothing(citizen: Citizen) -> None:
    where = at_where(citizen)
    topics = go_on(citizen, where, "back", place__area="110101001", place__address_text="南池子")
    assert (topics.value("place.area"), topics.value("place.address_text")) == ("110101001", "南池子")
    what = go_on(citizen, topics, "back")
    assert LAMP in what.text


def test_a_step_checks_its_own_inputs_and_no_later_ones(citizen: Citizen) -> None:
    page = go_on(citizen, citizen.get("/report"), type="", text="")
    assert page.status == 400
    assert {"type-fault", "text-fault"} <= {each.get("id") for each in page.all("p")}
    where = at_where(citizen, contact__phone="not yet seen")
    assert where.status == 200


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("楼下路灯不亮", "road.lighting"),
        ("The street light is out", "road.lighting"),
        ("家里没水了", "water.outage"),
    ],
)
def test_everyday_words_suggest_a_topic_in_both_languages(citizen: Citizen, words: str, code: str) -> None:
    page = go_on(citizen, citizen.get("/report"), type="help", text=words)
    assert code in {each["value"] for each in page.all("input") if each.get("name") == "service_code"}


def test_a_topic_is_found_by_other_words_and_else_in_the_whole_list(citizen: Citizen) -> None:
    topics = go_on(citizen, citizen.get("/report"), type="help", text="您好，请帮帮我")
    found = go_on(citizen, topics, "look", look_for="路灯")
    assert "road.lighting" in {
        each["value"] for each in found.all("input") if each.get("name") == "service_code"
    }
    nothing = go_on(citizen, topics, "look", look_for="qqq")
    assert "没有找到" in nothing.text
    every = go_on(citizen, topics, "all")
    assert len(every.all("option")) > 5


def test_an_emergency_is_shown_at_every_step_as_soon_as_the_words_suggest_it(citizen: Citizen) -> None:
    page = go_on(citizen, citizen.get("/report"), type="help", text="三楼着火了，快来人")
    assert "请立即拨打 119" in page.text


def test_a_place_that_the_words_name_is_offered_first_and_never_taken_for_granted(citizen: Citizen) -> None:
    where = at_where(citizen, "八里庄街道的路灯不亮")
    assert "可能是这里" in where.html
    assert not [each for each in where.all("option") if "selected" in each and each["value"]]
    who = go_on(citizen, where)
    assert who.all("input")


def test_an_address_is_completed_from_the_communities_of_the_sub_district(citizen: Citizen) -> None:
    where = at_where(citizen)
    streets = go_on(citizen, where, "area", place__area="110101001")
    (address,) = [each for each in streets.all("input") if each.get("name") == "place.address_text"]
    assert address["list"] == "communities"
    assert streets.all("datalist") == [{"id": "communities"}]


# ---- others have reported it already ------------------------------------------------------------


def reported(citizen: Citizen, **typed: Any) -> Page:
    return citizen.report(service_code="road.lighting", asked="road.lighting", **typed)


def joining(citizen: Citizen, **typed: Any) -> Page:
    """The last step of a second citizen who says nearly the same."""
    where = at_where(
        citizen, LAMP + "，请尽快修", service_code="road.lighting", asked="road.lighting", **typed
    )
    return go_on(citizen, where, place__area="110101001")


def offered(page: Page) -> list[str]:
    return [each["value"] for each in page.all("input") if each.get("name") == "join" and each["value"]]


def test_what_others_have_reported_shows_topic_place_day_and_status_and_nothing_of_theirs(
    citizen: Citizen, stack: MotoStack
) -> None:
    first = reported(
        citizen, contact__name="王女士", contact__phone="138 0013 8000", text=LAMP + "，住六号院"
    )
    number = re.findall(r'id="number">([0-9A-Z-]{21})<', first.html)[0]
    page = joining(citizen)
    (ref,) = offered(page)
    for theirs in ("王女士", "138", "六号院", "南池子", number, number.replace("-", "")):
        assert theirs not in page.html
    assert "已经有人反映过" in page.text
    assert ref not in offered(joining(citizen)), "what stands for it in one form opens nothing in another"


def test_whoever_joins_has_a_number_of_their_own_and_both_are_one_order(
    citizen: Citizen, stack: MotoStack
) -> None:
    reported(citizen)
    page = joining(citizen)
    receipt = go_on(citizen, page, "send", join=offered(page)[0])
    assert (receipt.status, "已和同类诉求一并办理" in receipt.text) == (201, True)
    assert len(stack.table("CasesTable")) == 2
    number, key = (re.findall(rf'id="{name}">([^<]+)<', receipt.html)[0] for name in ("number", "key"))
    progress = citizen.post("/track", do="send", number=number, key=key)
    assert "一并办理" in progress.text
    again = go_on(citizen, page, "send", join=offered(page)[0])
    assert "已和同类诉求一并办理" in again.text
    assert len(stack.table("CasesTable")) == 2


@pytest.mark.parametrize("ref", ["A" * 22, APPEAL, "../../etc/passwd"])
def test_a_guessed_reference_joins_nothing_and_loses_nothing(
    citizen: Citizen, stack: MotoStack, ref: str
) -> None:
    reported(citizen)
    receipt = go_on(citizen, joining(citizen), "send", join=ref)
    assert (receipt.status, "您的诉求单独办理" in receipt.text) == (201, True)


@pytest.mark.parametrize(
    "typed",
    [{"type": "report", "confidential": "true"}, {"text": "工地半夜施工，吵得睡不着"}],
)
def test_a_confidential_or_another_matter_is_offered_nothing(
    citizen: Citizen, stack: MotoStack, typed: dict[str, str]
) -> None:
    reported(citizen)
    page = citizen.post(
        "/report",
        **{**filled(citizen.get("/report").value("form_id")), "step": "where", "do": "next", **typed},
        service_code="road.lighting",
        asked="road.lighting",
    )
    assert (page.status, offered(page)) == (200, [])


def test_whether_a_number_has_appeals_is_not_told_by_what_is_offered(
    citizen: Citizen, stack: MotoStack
) -> None:
    reported(citizen, contact__phone="138 0013 8000", text="另一件事：井盖坏了")
    page = joining(citizen, contact__phone="138 0013 8000")
    assert offered(page) == []


def test_when_others_cannot_be_looked_for_the_last_step_comes_all_the_same(
    citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*arguments: object) -> None:
        raise Unavailable("dynamodb")

    monkeypatch.setattr(wired, "offers_to_join", down)
    assert joining(citizen).status == 200


# ---- behind number and key ----------------------------------------------------------------------


def test_words_are_added_once_however_often_the_form_is_sent(citizen: Citizen, stack: MotoStack) -> None:
    Life(stack).dispatched()
    shown = citizen.post("/track", do="send", number=APPEAL, key=TRACKING_KEY)
    sent = {"number": APPEAL, "key": TRACKING_KEY, "form_id": shown.value("form_id"), "text": "昨晚有人摔倒"}
    for _ in range(2):
        page = citizen.post("/track/words", do="send", **sent)
        assert "已经补充" in page.text
    assert page.html.count("昨晚有人摔倒") == 1
    empty = citizen.post("/track/words", do="send", **{**sent, "text": "  "})
    assert (empty.status, "text-fault" in empty.html) == (400, True)


def test_an_appeal_is_taken_back_after_a_question_and_then_nothing_can_be_added(
    citizen: Citizen, stack: MotoStack
) -> None:
    life = Life(stack).dispatched()
    asked = citizen.post("/track/withdrawal", do="send", number=APPEAL, key=TRACKING_KEY)
    assert "确定撤回吗" in asked.text
    assert life.case.status.value == "dispatched"
    page = citizen.post("/track/withdrawal", sure="yes", number=APPEAL, key=TRACKING_KEY)
    assert "已经撤回" in page.text
    late = citizen.post(
        "/track/words", do="send", number=APPEAL, key=TRACKING_KEY, form_id="A" * 22, text="再说一句"
    )
    assert (late.status, "已经结束" in late.text) == (409, True)


@pytest.mark.parametrize("path", ["/track/words", "/track/picture", "/track/withdrawal", "/track/notices"])
def test_nothing_opens_with_a_guessed_number_or_key(citizen: Citizen, stack: MotoStack, path: str) -> None:
    life = Life(stack).dispatched()
    before = life.case.version
    answers = {
        (page.status, "没有查到" in page.text)
        for number, key in ((APPEAL, "wrong"), ("0" * 17, TRACKING_KEY), ("../../x", "' OR 1=1"))
        for page in [citizen.post(path, number=number, key=key, form_id="A" * 22, text="x", sure="yes")]
    }
    assert answers == {(404, True)}
    assert life.case.version == before


def test_a_picture_is_sent_straight_to_the_store_by_a_plain_form(citizen: Citizen, stack: MotoStack) -> None:
    Life(stack).dispatched()
    page = citizen.post("/track/picture", do="send", number=APPEAL, key=TRACKING_KEY)
    (upload,) = [each for each in page.all("form") if each.get("enctype") == "multipart/form-data"]
    origin = "/".join(upload["action"].split("/")[:3])
    assert f"form-action 'self' {origin}" in page.headers["Content-Security-Policy"]
    names = [each.get("name") for each in page.all("input")]
    assert names.index("policy") < names.index("file"), "S3 wants the file last"
    assert TRACKING_KEY not in upload["action"]


def test_an_answer_can_be_changed_from_the_tracking_page_while_it_can(
    citizen: Citizen, stack: MotoStack
) -> None:
    Life(stack).dispatched().acknowledged().contacted().resolved().surveying().answered()
    page = citizen.post("/track", do="send", number=APPEAL, key=TRACKING_KEY)
    assert "更改评价" in page.text
