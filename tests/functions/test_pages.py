"""The citizens' pages on the template's stack: what they show, keep, refuse and never run."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from hotline.adapters.dynamodb.sealed import DynamoDBSealed
from hotline.adapters.dynamodb.texts import DynamoDBWords
from hotline.domain.errors import Unavailable
from hotline.domain.lifecycle import Status
from hotline.domain.phone_codes import PASS_LIFE
from hotline.domain.tokens import SurveyRef
from hotline.wiring import intake, notify
from tests.api_events import api_event
from tests.aws_stack import MotoStack, queue_event
from tests.lives import APPEAL, TRACKING_KEY, Life
from tests.pages import Page
from tests.template import load
from tests.unit.fakes import MemoryMessenger
from web import phrases
from web.assets import by_public_name

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)


class Citizen:
    """A browser without JavaScript."""

    def __init__(self, stack: MotoStack, accept_language: str = "zh-CN,zh;q=0.9") -> None:
        self._stack = stack
        self._headers = {"Accept-Language": accept_language}

    def get(self, path: str, *, route: str | None = None, lang: str | None = None, embed: str = "") -> Page:
        query = {**({"lang": lang} if lang else {}), **({"embed": embed} if embed else {})} or None
        return self._page(api_event("GET", path, route=route, headers=self._headers, query=query))

    def post(self, path: str, *, route: str | None = None, lang: str | None = None, **typed: Any) -> Page:
        body = urlencode({name.replace("__", "."): value for name, value in typed.items()}, doseq=True)
        event = api_event(
            "POST",
            path,
            route=route,
            body=body,
            headers={**self._headers, **FORM_TYPE},
            query={"lang": lang} if lang else None,
        )
        return self._page(event)

    def report(self, **typed: Any) -> Page:
        """Open the form, fill it in and send it."""
        form_id = self.get("/report").value("form_id")
        return self.post("/report", **{**filled(form_id), **typed})

    def survey(self, token: str, **typed: Any) -> Page:
        path, route = f"/survey/{token}", "/survey/{survey_token}"
        return self.post(path, route=route, **typed) if typed else self.get(path, route=route)

    def _page(self, event: dict[str, Any]) -> Page:
        return Page(self._stack.invoke("WebPages", event))


def runs_only_ours(page: Page) -> bool:
    """Whether nothing that was typed has become a script or a picture."""
    (script,) = page.all("script")
    return script.keys() == {"src", "defer"} and "assets/citizen." in script["src"] and not page.all("img")


def weight(page: Page) -> int:
    """What a page weighs with everything that it loads, before compression."""
    loaded = [each["src"] for each in page.all("script")] + [each["href"] for each in page.all("link")]
    files = [by_public_name()[address.rpartition("/")[2]].text for address in loaded]
    return sum(len(text.encode()) for text in (page.html, *files))


def filled(form_id: str) -> dict[str, str]:
    return {
        "form_id": form_id,
        "language": "zh-CN",
        "do": "send",
        "type": "complaint",
        "text": "楼下路灯不亮，晚上很黑",
        "place__area": "110101001",
        "place__address_text": "南池子大街 12 号楼前",
    }


@pytest.fixture
def citizen(stack: MotoStack) -> Citizen:
    return Citizen(stack)


def token_of(stack: MotoStack, number: int = 1) -> str:
    return stack.tokens.survey_token(SurveyRef(APPEAL, number))


def surveying(stack: MotoStack) -> Life:
    return Life(stack).dispatched().acknowledged().contacted().resolved().surveying()


# ---- the sample events ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("home", 200, "您说，我们办"),
        ("report_form", 200, "什么事"),
        ("report", 201, "已经受理"),
        ("track_form", 200, "受理编号"),
        ("track", 200, "等待您的评价"),
        ("survey_form", 200, "您反映的问题是否解决"),
        ("survey", 200, "已经收到"),
        ("lost_key_form", 200, "获取验证码"),
        ("lost_key", 200, "填写验证码"),
        ("lost_key_code", 403, "验证码不正确或已失效"),
        ("own_appeals", 200, "我的诉求"),
        ("report_where", 200, "在哪里"),
        ("track_words", 200, "已经补充"),
        ("track_picture", 200, "添加图片"),
        ("track_sent", 200, "正在检查"),
        ("track_withdrawal", 200, "确定撤回吗"),
        ("track_notices", 200, "不再向您的联系方式发送通知"),
        ("unknown_asset", 404, "没有这个地址"),
    ],
)
def test_every_sample_event_gets_its_page(stack: MotoStack, name: str, status: int, words: str) -> None:
    surveying(stack)
    page = Page(stack.run(f"web/pages_api.{name}"))
    assert (page.status, words in page.text) == (status, True)


# ---- every page -------------------------------------------------------------------------------

PAGES = ("/", "/report", "/track", "/lost-key")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("lang", "html_lang"), [(None, "zh-CN"), ("en", "en"), ("zh-CN", "zh-CN"), ("fr", "zh-CN")]
)
def test_a_page_says_its_language_loads_only_its_own_files_and_has_nothing_inline(
    citizen: Citizen, path: str, lang: str | None, html_lang: str
) -> None:
    page = citizen.get(path, lang=lang)
    assert page.status == 200
    assert page.all("html") == [{"lang": html_lang}]
    assert page.headers["Content-Language"] == html_lang
    assert page.headers["Content-Security-Policy"] == POLICY
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert {tag for tag, _ in page.tags}.isdisjoint({"iframe", "object", "style", "img", "base"})
    assert not [name for _, each in page.tags for name in each if name.startswith("on") or name == "style"]
    addresses = [each["href"] for tag in ("a", "link") for each in page.all(tag)]
    assert [each for each in addresses if not each.startswith(("./", "#", "tel:"))] == []
    assert runs_only_ours(page)
    assert weight(page) <= 100 * 1024


@pytest.mark.parametrize("path", PAGES)
def test_every_input_has_a_label_and_every_id_is_there_once(citizen: Citizen, path: str) -> None:
    page = citizen.get(path)
    ids = [each["id"] for _, each in page.tags if "id" in each]
    labelled = {each["for"] for each in page.all("label") if "for" in each}
    assert len(ids) == len(set(ids))
    assert labelled <= set(ids)
    for tag in ("select", "textarea"):
        assert [each["name"] for each in page.all(tag) if each["id"] not in labelled] == []
    shown = [each for each in page.all("input") if each["type"] not in ("hidden", "radio", "checkbox")]
    assert [each["name"] for each in shown if each["id"] not in labelled] == []
    described = " ".join(each.get("aria-describedby", "") for _, each in page.tags).split()
    assert set(described) <= set(ids)


@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        ("en-GB,en;q=0.9,zh;q=0.5", "en"),
        ("zh-TW", "zh-CN"),
        ("fr", "zh-CN"),
        ("de,en;q=0.1", "en"),
        ("", "zh-CN"),
    ],
)
def test_the_browser_s_own_language_is_taken_when_none_is_chosen(
    stack: MotoStack, accepts: str, language: str
) -> None:
    assert Citizen(stack, accepts).get("/").all("html") == [{"lang": language}]


def test_a_chosen_language_stays_with_the_links_and_forms(citizen: Citizen) -> None:
    page = citizen.get("/report", lang="en")
    assert {each["href"] for each in page.all("a")} >= {"./?lang=en", "./track?lang=en"}
    assert page.all("form")[0]["action"] == "./report?lang=en"


@pytest.mark.parametrize("path", PAGES)
def test_an_embedded_page_has_no_header_or_footer_of_its_own_and_its_links_stay_embedded(
    citizen: Citizen, path: str
) -> None:
    page = citizen.get(path, embed="1")
    assert {tag for tag, _ in page.tags}.isdisjoint({"nav", "footer"})
    assert "12345 市民热线" in page.title
    here = path.removeprefix("/")
    led_to = [each["href"] for each in page.all("a")] + [each["action"] for each in page.all("form")]
    switched = [each["formaction"] for each in page.all("button") if "formaction" in each]
    assert [each for each in led_to if each.startswith("./") and "embed=1" not in each] == []
    assert f"./{here}?lang=en&embed=1" in [*led_to, *switched]


def test_a_page_stands_in_a_frame_only_embedded_and_only_on_the_sites_that_the_stack_names(
    citizen: Citizen, stack: MotoStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def framed_by(embed: str) -> str:
        policy = citizen.get("/report", embed=embed).headers["Content-Security-Policy"]
        return policy.partition("frame-ancestors ")[2].partition(";")[0]

    assert framed_by("1") == "'none'", "nobody, unless the template's parameter names somebody"
    allowed = "https://www.city.example,https://app.city.example:8443"
    monkeypatch.setitem(stack.variables(load().functions["WebPages"]), "EMBED_ORIGINS", allowed)
    assert framed_by("1") == "https://www.city.example https://app.city.example:8443"
    assert framed_by("") == framed_by("yes") == "'none'"


@pytest.mark.parametrize(
    ("path", "begins"), [("/live/", "./"), ("/live", "./live/"), ("/", "./"), ("/live//", "./")]
)
def test_the_home_page_s_links_work_with_and_without_a_slash_at_the_end(
    stack: MotoStack, path: str, begins: str
) -> None:
    event = api_event("GET", "/")
    event["requestContext"]["path"] = path
    page = Page(stack.invoke("WebPages", event))
    assert f"{begins}report" in {each["href"] for each in page.all("a")}


def test_the_home_page_shows_the_emergency_numbers_before_anything_else(citizen: Citizen) -> None:
    page = citizen.get("/")
    calls = [each["href"] for each in page.all("a") if each["href"].startswith("tel:")]
    assert calls[:4] == ["tel:110", "tel:119", "tel:120", "tel:122"]
    assert page.text.index("110") < page.text.index("您说，我们办")


def test_the_style_sheet_is_kept_for_ever_and_an_unknown_file_is_a_page(
    citizen: Citizen, stack: MotoStack
) -> None:
    (sheet,) = (each["href"] for each in citizen.get("/").all("link") if each["rel"] == "stylesheet")
    name = sheet.removeprefix("./assets/")
    answer = stack.invoke("WebPages", api_event("GET", f"/assets/{name}", route="/assets/{name}"))
    assert answer["headers"]["Content-Type"] == "text/css; charset=utf-8"
    assert answer["headers"]["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "http" not in answer["body"], "it loads nothing from elsewhere"
    unknown = citizen.get("/assets/..%2Fpages_api.py", route="/assets/{name}")
    assert (unknown.status, unknown.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "../" + "report" in {each["href"] for each in unknown.all("a")}


# ---- report -----------------------------------------------------------------------------------


def test_a_citizen_reports_and_gets_a_receipt_with_number_key_and_time_limit(
    citizen: Citizen, stack: MotoStack
) -> None:
    page = citizen.report(contact__phone="138 0013 8000")
    assert page.status == 201
    number = re.search(r'id="number">([0-9A-Z-]{21})<', page.html)
    key = re.search(r'id="key">([A-Za-z0-9_-]{22})<', page.html)
    assert number
    assert key
    assert "最晚派单时间" in page.text
    (case,) = stack.table("CasesTable")
    assert case["pk"]["S"] == f"A#{number[1].replace('-', '')}"
    words = DynamoDBWords(stack.dynamodb, stack.lookup("TextsTable", None)).words(number[1].replace("-", ""))
    assert words.place is not None
    assert (words.place.district, words.place.subdistrict) == ("110101", "110101001")
    assert words.contact is not None
    assert words.contact.phone == "138 0013 8000"
    assert citizen.post("/track", do="send", number=number[1], key=key[1]).status == 200


@pytest.mark.parametrize(
    ("lang", "promise"), [("zh-CN", "任何单位都看不到您是谁"), ("en", "no agency learns who")]
)
def test_a_box_to_tick_keeps_an_informant_hidden_and_the_receipt_says_so(
    citizen: Citizen, stack: MotoStack, lang: str, promise: str
) -> None:
    form = citizen.get("/report", lang=lang)
    (box,) = [each for each in form.all("input") if each.get("name") == "confidential"]
    assert (box["type"], box["value"], "checked" in box) == ("checkbox", "true", False)
    typed = {**filled(form.value("form_id")), "type": "report", "confidential": "true", "language": lang}
    receipt = citizen.post("/report", lang=lang, **typed, contact__phone="138 0013 8000")
    assert receipt.status == 201
    assert promise in receipt.text
    (case,) = stack.table("CasesTable")
    assert (case["t"]["S"], case["l"]["S"], "cp" in case) == ("保密举报", "zh-CN", False)
    appeal_id = case["pk"]["S"][2:]
    assert "路灯" not in DynamoDBWords(stack.dynamodb, stack.lookup("TextsTable", None)).words(appeal_id).text
    statement = DynamoDBSealed(stack.dynamodb, stack.lookup("SealedTable", None)).statement(appeal_id)
    assert (statement.words.text, statement.language) == (typed["text"], lang)


def test_who_wants_to_be_hidden_keeps_the_tick_when_the_page_comes_back(citizen: Citizen) -> None:
    page = citizen.report(type="report", text="", confidential="true")
    (box,) = [each for each in page.all("input") if each.get("name") == "confidential"]
    assert (page.status, "checked" in box) == (400, True)


def test_a_form_sent_twice_registers_once_and_shows_the_same_receipt(
    citizen: Citizen, stack: MotoStack
) -> None:
    typed = filled(citizen.get("/report").value("form_id"))
    first, second = citizen.post("/report", **typed), citizen.post("/report", **typed)
    assert (first.status, second.html) == (201, first.html)
    assert len(stack.table("CasesTable")) == 1


def test_the_receipt_can_be_read_in_the_other_language_without_registering_again(
    citizen: Citizen, stack: MotoStack
) -> None:
    receipt = citizen.report()
    hidden = {each["name"].replace(".", "__"): each["value"] for each in receipt.all("input")}
    sent = {name: value for name, value in hidden.items() if name not in ("number", "key")}
    english = citizen.post("/report", lang="en", do="send", **sent)
    assert english.status == 201
    assert english.value("key") == receipt.value("key")
    assert "We have registered your appeal" in english.text
    assert len(stack.table("CasesTable")) == 1


def test_a_form_changed_after_it_was_sent_gets_a_new_id_and_keeps_the_words(
    citizen: Citizen, stack: MotoStack
) -> None:
    typed = filled(citizen.get("/report").value("form_id"))
    citizen.post("/report", **typed)
    again = citizen.post("/report", **{**typed, "text": "另一件事：井盖坏了"})
    assert again.status == 422
    assert "已经提交过一次" in again.text
    assert "另一件事：井盖坏了" in again.text
    assert again.value("form_id") != typed["form_id"]
    assert (
        citizen.post("/report", **{**typed, "text": "另一件事", "form_id": again.value("form_id")}).status
        == 201
    )
    assert len(stack.table("CasesTable")) == 2


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ({"type": "", "text": ""}, ["type", "text"]),
        ({"text": "  \r\n "}, ["text"]),
        ({"text": "好" * 4001}, ["text"]),
        ({"text": "倒\u202e过来"}, ["text"]),
        ({"type": "joke"}, ["type"]),
        ({"service_code": "no.such"}, ["service_code"]),
        ({"place__area": "990101"}, ["place.area"]),
        ({"place__area": "110101"}, []),
        ({"place__area": "1101"}, ["place.area"]),
        ({"contact__phone": "not a phone"}, ["contact.phone"]),
        ({"contact__name": "王女士"}, ["contact.phone"]),
        ({"contact__email": "nobody@nowhere"}, ["contact.phone"]),
        ({"type": "help", "confidential": "true"}, ["confidential"]),
        ({"type": "complaint", "confidential": "true"}, []),
    ],
)
def test_what_is_wrong_is_said_at_the_input_and_nothing_typed_is_lost(
    citizen: Citizen, stack: MotoStack, typed: dict[str, str], names: list[str]
) -> None:
    page = citizen.report(**typed)
    assert page.status == (400 if names else 201)
    assert [
        each["href"][1:] for each in page.all("a") if each["href"].startswith("#") and each["href"] != "#main"
    ] == names
    if names:
        assert {f"{name}-fault" for name in names} <= {each.get("id") for each in page.all("p")}
        assert page.value("place.address_text") == "南池子大街 12 号楼前"
        assert page.title.startswith("有内容要改正")
        assert stack.table("CasesTable") == []


def test_a_topic_with_questions_asks_them_once_and_keeps_the_answers(
    citizen: Citizen, stack: MotoStack
) -> None:
    asked = citizen.report(service_code="water.outage")
    assert asked.status == 200
    assert "补充信息" in asked.text
    assert stack.table("CasesTable") == []
    typed = {
        **filled(asked.value("form_id")),
        "service_code": "water.outage",
        "asked": asked.value("asked"),
    }
    unanswered = citizen.post("/report", **typed)
    assert (unanswered.status, "fields.extent-fault" in unanswered.html) == (400, True)
    wrong = citizen.post("/report", **typed, fields__extent="moon", fields__since="whenever")
    assert {"fields.extent-fault", "fields.since-fault"} <= {each.get("id") for each in wrong.all("p")}
    done = citizen.post("/report", **typed, fields__extent="building", fields__since="2026-11-23T07:30")
    assert done.status == 201
    (case,) = stack.table("CasesTable")
    words = DynamoDBWords(stack.dynamodb, stack.lookup("TextsTable", None)).words(case["pk"]["S"][2:])
    assert words.fields == {"extent": "building", "since": "2026-11-23T07:30:00+08:00"}


def test_several_answers_to_one_question_are_all_kept(citizen: Citizen, stack: MotoStack) -> None:
    page = citizen.report(service_code="build.noise", asked="build.noise", fields__hours=["noon", "night"])
    assert page.status == 201
    (case,) = stack.table("CasesTable")
    words = DynamoDBWords(stack.dynamodb, stack.lookup("TextsTable", None)).words(case["pk"]["S"][2:])
    assert words.fields == {"hours": ["noon", "night"]}


def test_switching_the_language_keeps_what_was_typed_and_checks_nothing(
    citizen: Citizen, stack: MotoStack
) -> None:
    form = citizen.get("/report")
    page = citizen.post(
        "/report",
        lang="en",
        **{**filled(form.value("form_id")), "do": "show", "type": "", "contact__phone": "13"},
    )
    assert page.all("html") == [{"lang": "en"}]
    assert "楼下路灯不亮，晚上很黑" in page.text
    assert (page.value("contact.phone"), page.value("language")) == ("13", "en")
    assert page.value("form_id") == form.value("form_id")
    assert page.value("place.area") == "110101001"
    assert stack.table("CasesTable") == []


def test_the_enter_key_sends_the_form_and_does_not_switch_the_language(citizen: Citizen) -> None:
    buttons = citizen.get("/report").all("button")
    assert (buttons[0]["form"], buttons[0]["value"]) == ("form", "next")
    assert "hidden" in buttons[0]


def test_an_emergency_is_answered_with_the_number_to_call_first(citizen: Citizen) -> None:
    page = citizen.report(text="三楼着火了，快来人")
    assert page.text.index("请立即拨打 119") < page.text.index("已经受理")


def test_when_the_store_is_down_the_words_are_kept_for_another_try(
    citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    form_id = citizen.get("/report").value("form_id")

    def down(*arguments: object) -> None:
        raise Unavailable("dynamodb")

    monkeypatch.setattr(intake, "register", down)
    page = citizen.post("/report", **filled(form_id))
    assert page.status == 503
    assert "您填写的内容都在" in page.text
    assert page.value("form_id") == form_id
    monkeypatch.undo()
    assert citizen.post("/report", **filled(form_id)).status == 201


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("form_id=%ZZ", FORM_TYPE["Content-Type"], 400),
        ("form_id=%FF", FORM_TYPE["Content-Type"], 400),
        ("text=a%00b", FORM_TYPE["Content-Type"], 400),
        ("__proto__=1", FORM_TYPE["Content-Type"], 400),
        ("form_id=chosen-by-somebody-else", FORM_TYPE["Content-Type"], 400),
        ("&".join("text=a" for _ in range(101)), FORM_TYPE["Content-Type"], 400),
        ("text=" + "a" * 300_000, FORM_TYPE["Content-Type"], 413),
        ('{"text": "a"}', "application/json", 415),
        ("text=a", "multipart/form-data; boundary=x", 415),
        ("text=a", FORM_TYPE["Content-Type"] + "; charset=gbk", 415),
    ],
)
def test_what_no_form_of_ours_sends_is_refused_with_a_page(
    stack: MotoStack, body: str, content_type: str, status: int
) -> None:
    event = api_event("POST", "/report", body=body, headers={"Content-Type": content_type})
    page = Page(stack.invoke("WebPages", event))
    assert page.status == status
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert stack.table("CasesTable") == []


def test_hostile_words_are_shown_as_words_in_every_input(citizen: Citizen) -> None:
    names = ["text", "service_code", "place__area", "place__address_text", "type"]
    page = citizen.report(
        **dict.fromkeys(names, HOSTILE),
        **{f"contact__{name}": HOSTILE for name in ("name", "phone", "email")},
        asked=HOSTILE,
        language=HOSTILE,
    )
    assert page.status == 400
    assert HOSTILE in page.text
    assert [page.value(f"contact.{name}") for name in ("name", "phone", "email")] == [HOSTILE] * 3
    assert runs_only_ours(page)
    assert "49" not in page.value("contact.name"), "typed text is never a template"


# ---- track ------------------------------------------------------------------------------------


def test_the_progress_shows_status_limits_agency_and_history_in_the_city_s_time(
    citizen: Citizen, stack: MotoStack
) -> None:
    life = Life(stack).dispatched().acknowledged()
    page = citizen.post("/track", do="send", number="000g-40r4-0m30-e209-b", key=f" {TRACKING_KEY} ")
    assert page.status == 200
    assert page.title.startswith("承办单位已签收")
    assert "东华门街道办事处" in page.text
    assert "办结时限" in page.text
    assert "已超时" not in page.text
    times = [each["datetime"] for each in page.all("time")]
    assert life.case.clocks["handling"].due_at.isoformat() in times
    assert page.text.index("承办单位已签收") < page.text.index("诉求已登记")
    assert TRACKING_KEY not in "".join(each.get("href", "") + each.get("action", "") for _, each in page.tags)


def test_the_informant_is_not_told_to_wait_for_a_call_that_cannot_come(
    citizen: Citizen, stack: MotoStack
) -> None:
    Life(stack, confidential=True).dispatched()
    page = citizen.post("/track", do="send", number=APPEAL, key=TRACKING_KEY)
    assert "承办单位不知道您是谁" in page.text
    assert "会与您联系。" not in page.text


def test_a_limit_that_has_passed_is_called_overdue(citizen: Citizen, stack: MotoStack) -> None:
    Life(stack).dispatched().acknowledged().contacted().late()
    assert "已超时" in citizen.post("/track", do="send", number=APPEAL, key=TRACKING_KEY).text


def test_the_agency_s_words_are_shown_as_words(
    citizen: Citizen, stack: MotoStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(stack).dispatched().acknowledged().contacted()
    note = Life._note
    monkeypatch.setattr(Life, "_note", lambda life, text: note(life, HOSTILE))
    life.resolved()
    page = citizen.post("/track", do="send", number=APPEAL, key=TRACKING_KEY)
    assert HOSTILE in page.text
    assert runs_only_ours(page)


@pytest.mark.parametrize("number", [APPEAL, "0041-0610-50R3-GG28-A", "what?", HOSTILE])
def test_a_wrong_key_and_an_unknown_number_get_the_same_page(
    citizen: Citizen, stack: MotoStack, number: str
) -> None:
    Life(stack)
    page = citizen.post("/track", do="send", number=number, key="wrong")
    assert page.status == 404
    assert "没有查到" in page.text
    assert (page.value("number"), page.value("key")) == (number, "wrong")


def test_number_and_key_are_both_needed(citizen: Citizen) -> None:
    page = citizen.post("/track", do="send", number=" ", key="")
    assert page.status == 400
    assert {"number-fault", "key-fault"} <= {each.get("id") for each in page.all("p")}


def test_the_progress_can_be_read_in_the_other_language(citizen: Citizen, stack: MotoStack) -> None:
    Life(stack).dispatched()
    page = citizen.post("/track", do="send", number=APPEAL, key=TRACKING_KEY)
    language, size = (each for each in page.all("button") if "formaction" in each)
    assert (language["formaction"], language["value"]) == ("./track?lang=en", "send")
    assert (size["formaction"], size["value"]) == ("./track?size=large", "send")
    english = citizen.post("/track", lang="en", do="send", number=page.value("number"), key=page.value("key"))
    assert "waiting for the agency" in english.title


def test_an_open_survey_is_one_link_away(citizen: Citizen, stack: MotoStack) -> None:
    surveying(stack)
    page = citizen.post("/track", do="send", number=APPEAL, key=TRACKING_KEY)
    assert f"./survey/{token_of(stack)}" in {each["href"] for each in page.all("a")}


def test_the_hotline_s_own_answer_is_shown_plainly_and_promises_no_agency(
    citizen: Citizen, stack: MotoStack
) -> None:
    Life(stack).concluded().surveying()
    page = citizen.post("/track", do="send", number=APPEAL, key=TRACKING_KEY)
    assert "热线已告知法定途径" in page.text
    assert "请向法院起诉" in page.text
    assert "如果您不认可热线的答复，热线会重新处理" in page.text
    assert "承办单位" not in page.text


def test_every_status_says_what_happens_next() -> None:
    assert set(phrases.NEXT) == {status.value for status in Status}
    assert phrases.NEXT_IN_CONFIDENCE.keys() | phrases.NEXT_CONCLUDED.keys() <= phrases.NEXT.keys()


def test_an_order_on_hold_shows_when_it_goes_on(citizen: Citizen, stack: MotoStack) -> None:
    Life(stack).dispatched().acknowledged().contacted().hold_asked().granted()
    page = citizen.post("/track", do="send", number=APPEAL, key=TRACKING_KEY)
    assert "复核日期" in page.text
    assert "到复核日期自动恢复" in page.text


# ---- the key is lost --------------------------------------------------------------------------


class Phone(MemoryMessenger):
    """The citizen's mobile phone, and the function that sends to it."""

    def __init__(self, stack: MotoStack) -> None:
        super().__init__()
        self._stack = stack

    def code(self) -> str:
        """The digits of the text message that has come; empty when none has."""
        bodies = [message["Body"] for message in self._stack.messages("CodesQueue")]
        self._stack.invoke("SendCodes", queue_event(*bodies))
        return self.sent.pop().text.split("验证码")[1][:6] if self.sent else ""


@pytest.fixture
def phone(stack: MotoStack, monkeypatch: pytest.MonkeyPatch) -> Phone:
    mobile = Phone(stack)
    monkeypatch.setattr(notify, "_messenger", lambda: mobile)
    return mobile


NUMBER = "138 0013 8000"


def with_code(citizen: Citizen, phone: Phone) -> Page:
    """The list of the number's appeals."""
    entered = citizen.post("/lost-key", phone=NUMBER, do="send")
    return citizen.post("/lost-key/code", phone=entered.value("phone"), code=phone.code(), do="send")


def test_who_has_lost_the_key_finds_the_appeal_again_and_reads_how_far_it_is(
    citizen: Citizen, phone: Phone
) -> None:
    number = re.search(r'id="number">([0-9A-Z-]{21})<', citizen.report(contact__phone=NUMBER).html)
    assert number
    shown = with_code(citizen, phone)
    assert (shown.status, shown.value("number")) == (200, number[1])
    progress = citizen.post("/track", number=shown.value("number"), key=shown.value("key"), do="send")
    assert (progress.status, number[1] in progress.text) == (200, True)


def test_a_number_without_appeals_sees_the_same_page_and_gets_no_code(citizen: Citizen, phone: Phone) -> None:
    citizen.report(contact__phone=NUMBER)
    pages = [citizen.post("/lost-key", phone=each, do="send") for each in (NUMBER, "139 1111 2222")]
    assert pages[0].html.replace(NUMBER, "…") == pages[1].html.replace("139 1111 2222", "…")
    assert phone.code()
    assert not phone.code()


def test_a_code_opens_no_list_twice_but_the_page_turns_and_changes_its_language(
    citizen: Citizen, phone: Phone
) -> None:
    citizen.report(contact__phone=NUMBER)
    citizen.post("/lost-key", phone=NUMBER, do="send")
    typed = {"phone": NUMBER, "code": phone.code(), "do": "send"}
    shown = citizen.post("/lost-key/code", **typed)
    assert citizen.post("/lost-key/code", **typed).status == 403
    english = citizen.post("/lost-key/appeals", lang="en", do="send", **{"pass": shown.value("pass")})
    assert (english.status, english.value("number")) == (200, shown.value("number"))
    assert "My appeals" in english.text


def test_the_list_comes_in_pages(citizen: Citizen, phone: Phone) -> None:
    for n in range(21):
        citizen.report(contact__phone=NUMBER, text=f"第 {n} 件事：路灯不亮")
    first = with_code(citizen, phone)
    sent = {"pass": first.value("pass"), "cursor": first.value("cursor")}
    second = citizen.post("/lost-key/appeals", do="send", **sent)
    numbers = [
        {each["value"] for each in page.all("input") if each["name"] == "number"} for page in (first, second)
    ]
    assert [len(each) for each in numbers] == [20, 1]
    assert not numbers[0] & numbers[1]


def test_an_open_survey_can_be_answered_from_the_list(
    citizen: Citizen, stack: MotoStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = stack.tokens.citizen_index("+8613800138000")
    surveying(stack)
    table = stack.lookup("CasesTable", None)
    stack.dynamodb.update_item(
        TableName=table,
        Key={"pk": {"S": f"A#{APPEAL}"}, "sk": {"S": "#"}},
        UpdateExpression="SET cp = :citizen",
        ExpressionAttributeValues={":citizen": {"S": f"C#{index}"}},
    )
    shown = citizen.post(
        "/lost-key/appeals", **{"pass": stack.tokens.citizen_token(index, stack.clock() + PASS_LIFE)}
    )
    assert f"../survey/{token_of(stack)}" in {each["href"] for each in shown.all("a")}


@pytest.mark.parametrize(
    ("path", "typed", "at"),
    [
        ("/lost-key", {"phone": " "}, "phone"),
        ("/lost-key", {"phone": "010-12345678"}, "phone"),
        ("/lost-key", {"phone": "1" * 100}, "phone"),
        ("/lost-key/code", {"phone": NUMBER, "code": ""}, "code"),
        ("/lost-key/code", {"phone": NUMBER, "code": "12345"}, "code"),
    ],
)
def test_what_was_typed_wrong_is_said_at_its_input(
    citizen: Citizen, path: str, typed: dict[str, str], at: str
) -> None:
    page = citizen.post(path, do="send", **typed)
    assert (page.status, f"{at}-fault" in page.html) == (400, True)
    assert page.value("phone") == typed["phone"]


def test_a_wrong_code_can_be_corrected_and_a_network_that_asks_too_often_is_told(
    citizen: Citizen, phone: Phone
) -> None:
    citizen.report(contact__phone=NUMBER)
    citizen.post("/lost-key", phone=NUMBER, do="send")
    code = phone.code()
    wrong = citizen.post("/lost-key/code", phone=NUMBER, code=f"{(int(code) + 1) % 10**6:06d}", do="send")
    assert (wrong.status, wrong.value("phone")) == (403, NUMBER)
    assert phrases.WRONG_CODE.zh in wrong.text
    assert citizen.post("/lost-key/code", phone=NUMBER, code=code, do="send").status == 200
    refused = [citizen.post("/lost-key", phone=NUMBER, do="send") for _ in range(7)][-1]
    assert (refused.status, phrases.TOO_MANY.zh in refused.text) == (429, True)


def test_a_pass_that_has_expired_leads_back_to_the_number(
    citizen: Citizen, stack: MotoStack, phone: Phone
) -> None:
    citizen.report(contact__phone=NUMBER)
    shown = with_code(citizen, phone)
    stack.clock.pass_(minutes=30)
    page = citizen.post("/lost-key/appeals", do="send", **{"pass": shown.value("pass")})
    assert (page.status, phrases.PASS_EXPIRED.zh in page.text) == (403, True)
    assert page.all("form")[0]["action"] == "../lost-key"


@pytest.mark.parametrize("path", ["/lost-key", "/lost-key/code"])
def test_changing_the_language_of_a_code_page_sends_and_checks_nothing(
    citizen: Citizen, stack: MotoStack, path: str
) -> None:
    page = citizen.post(path, lang="en", do="show", phone=NUMBER, code="123456")
    assert (page.status, page.value("phone")) == (200, NUMBER)
    assert stack.table("EffectsTable") == []


# ---- survey -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resolved", "status", "words"),
    [("yes", "closed", "改进热线的答复"), ("no", "registered", "热线会重新处理")],
)
def test_the_citizen_is_asked_whether_the_hotline_s_answer_stands(
    citizen: Citizen, stack: MotoStack, resolved: str, status: str, words: str
) -> None:
    life = Life(stack).concluded().surveying()
    assert "您是否认可这一答复？" in citizen.survey(token_of(stack)).text
    answers = {"do": "send", "contacted": "yes", "resolved": resolved, "satisfied": "no"}
    assert words in citizen.survey(token_of(stack), **answers).text
    assert life.case.status == status


def test_the_link_of_a_message_opens_the_three_questions(citizen: Citizen, stack: MotoStack) -> None:
    surveying(stack)
    page = citizen.survey(token_of(stack))
    assert page.status == 200
    assert [each["name"] for each in page.all("input") if each["type"] == "radio"] == [
        name for name in ("contacted", "resolved", "satisfied") for _ in range(2)
    ]
    assert page.all("form")[0]["action"] == f"../survey/{token_of(stack)}?lang=zh-CN"


def test_the_survey_is_asked_in_the_language_of_the_appeal_unless_the_reader_chooses(
    stack: MotoStack,
) -> None:
    surveying(stack)
    english_browser = Citizen(stack, "en")
    assert english_browser.survey(token_of(stack)).all("html") == [{"lang": "zh-CN"}]
    chosen = english_browser.get(f"/survey/{token_of(stack)}", route="/survey/{survey_token}", lang="en")
    assert "Is the problem solved?" in chosen.text


@pytest.mark.parametrize(
    ("resolved", "status", "words"),
    [("yes", "closed", "计入承办单位的考核"), ("no", "in_progress", "已经退回承办单位")],
)
def test_the_citizen_has_the_last_word_and_the_same_answer_again_is_no_news(
    citizen: Citizen, stack: MotoStack, resolved: str, status: str, words: str
) -> None:
    life = surveying(stack)
    answers = {"do": "send", "contacted": "yes", "resolved": resolved, "satisfied": "no", "comment": HOSTILE}
    first, second = (citizen.survey(token_of(stack), **answers) for _ in range(2))
    assert (first.status, words in first.text) == (200, True)
    assert second.html == first.html
    assert life.case.status == status
    assert runs_only_ours(first)


def test_the_link_opened_again_lets_the_answer_be_changed(citizen: Citizen, stack: MotoStack) -> None:
    life = surveying(stack)
    answers = {"do": "send", "contacted": "yes", "resolved": "yes", "satisfied": "yes"}
    citizen.survey(token_of(stack), **answers)
    again = citizen.survey(token_of(stack))
    assert again.status == 200
    assert "您已经评价" in again.text
    changed = citizen.survey(token_of(stack), **{**answers, "satisfied": "no"})
    assert changed.status == 200
    assert life.case.events[-1].name == "SurveyAnswerChanged"


def test_an_answer_that_something_followed_from_can_no_longer_be_changed(
    citizen: Citizen, stack: MotoStack
) -> None:
    life = surveying(stack)
    answers = {"do": "send", "contacted": "yes", "resolved": "no", "satisfied": "no"}
    citizen.survey(token_of(stack), **answers)
    life.resolved()
    for page in (
        citizen.survey(token_of(stack)),
        citizen.survey(token_of(stack), **{**answers, "satisfied": "yes"}),
    ):
        assert page.status == 410
        assert "只在一段时间内可以更改" in page.text


@pytest.mark.parametrize("token", ["x", "000G40R40M30E209B.1.AAAAAAAAAAAAAAAAAAAAAA", "%3Cscript%3E"])
def test_an_unknown_link_says_what_to_do(citizen: Citizen, stack: MotoStack, token: str) -> None:
    surveying(stack)
    for page in (
        citizen.survey(token),
        citizen.survey(token, do="send", contacted="yes", resolved="yes", satisfied="yes"),
    ):
        assert page.status == 404
        assert "从短信中重新打开" in page.text
        assert "../track" in {each["href"] for each in page.all("a")}


def test_missing_answers_are_asked_for_and_the_given_ones_kept(citizen: Citizen, stack: MotoStack) -> None:
    life = surveying(stack)
    page = citizen.survey(token_of(stack), do="send", contacted="no", comment="没有人来过")
    assert page.status == 400
    assert {"resolved-fault", "satisfied-fault"} <= {each.get("id") for each in page.all("p")}
    (chosen,) = (each for each in page.all("input") if "checked" in each)
    assert (chosen["name"], chosen["value"]) == ("contacted", "no")
    assert "没有人来过" in page.text
    assert life.case.status == "surveying"
