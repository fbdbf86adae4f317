"""The agency's desk as pages: what is offered, what each form does, what it refuses, whom it shows nothing."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from hotline.domain.actor import Actor, Role
from hotline.domain.answers import OrderView
from hotline.domain.appeal import Contact, Place
from hotline.domain.identifiers import OrderRef
from hotline.domain.lifecycle import Command, Status, commands_for
from hotline.domain.side_orders import SideCommand
from hotline.wiring import handling
from tests.aws_stack import MotoStack
from tests.lives import AGENCY, APPEAL, HELPER, OFFICER, Life
from tests.pages import Page
from tests.signed_in import Officer
from web import desk_phrases
from web.desk_forms import COMMANDS

DESK = "DeskPages"
ORDER = "/desk/orders/{number}"
ACT = "/desk/orders/{number}/{command}"
LEAD = f"{APPEAL}.1"
PRIVATE = ("王女士", "13800138000", "南池子 12 号楼 301")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def officer(stack: MotoStack) -> Officer:
    return Officer(stack, "agency", subject=OFFICER.subject, agency_id=AGENCY)


@pytest.fixture
def helper(stack: MotoStack) -> Officer:
    return Officer(stack, "agency", subject="zhao", agency_id=HELPER)


def fresh(officer: Officer) -> Officer:
    """The clock of these tests stands at the order's time; the session began then."""
    return Officer(officer.stack, "agency", subject=officer.actor.subject, agency_id=officer.actor.agency_id)


def shown(officer: Officer, number: str = LEAD) -> Page:
    return fresh(officer).get(DESK, f"/desk/orders/{number}", route=ORDER)


def act(officer: Officer, command: str, number: str = LEAD, **typed: Any) -> Page:
    return fresh(officer).post(
        DESK, f"/desk/orders/{number}/{command}", route=ACT, **{"command_id": f"form-{command}", **typed}
    )


def offered(page: Page) -> set[str]:
    actions = (form.get("action", "") for form in page.all("form"))
    found = {each.split("/")[-1].partition("?")[0] for each in actions if "desk/orders/" in each}
    return found - {"pictures"}


# ---- inbox ------------------------------------------------------------------------------------


def test_the_inbox_lists_the_agencys_own_orders_with_their_clocks(stack: MotoStack, officer: Officer) -> None:
    Life(stack).dispatched()
    page = fresh(officer).get(DESK, "/desk")
    assert page.status == 200
    assert LEAD in page.text
    assert "剩余" in page.text
    assert "待签收" in page.text
    assert LEAD not in fresh(Officer(stack, "agency", agency_id=HELPER)).get(DESK, "/desk").text


def test_an_empty_inbox_says_so(stack: MotoStack, officer: Officer) -> None:
    assert "没有待办工单" in officer.get(DESK, "/desk").text


def test_an_overdue_order_is_counted_and_shown_as_such(stack: MotoStack, officer: Officer) -> None:
    Life(stack).dispatched().acknowledged().contacted()
    stack.clock.pass_(days=30)
    page = fresh(officer).get(DESK, "/desk", show="late", kind="lead")
    assert "已超时 1" in page.text
    assert "超时" in page.text
    assert LEAD in page.text
    assert LEAD not in fresh(officer).get(DESK, "/desk", show="later").text


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ({"status": "dispatched"}, True),
        ({"status": "acknowledged"}, False),
        ({"service": "road.lighting"}, True),
        ({"service": "road.damage"}, False),
        ({"kind": "beside"}, False),
    ],
)
def test_filters_leave_what_fits(
    stack: MotoStack, officer: Officer, query: dict[str, str], there: bool
) -> None:
    Life(stack).dispatched()
    assert (LEAD in fresh(officer).get(DESK, "/desk", **query).text) == there


def test_words_of_the_title_are_found_and_stand_in_no_address(stack: MotoStack, officer: Officer) -> None:
    Life(stack).dispatched()
    assert LEAD in fresh(officer).post(DESK, "/desk", words="南池子").text
    assert LEAD not in fresh(officer).post(DESK, "/desk", words="水管").text


@pytest.mark.parametrize("query", [{"show": "x"}, {"page": "0"}, {"cursor": "forged"}, {"unknown": "1"}])
def test_an_odd_query_is_refused_by_a_page(stack: MotoStack, officer: Officer, query: dict[str, str]) -> None:
    assert officer.get(DESK, "/desk", **query).status == 400


def test_several_are_acknowledged_at_once_and_a_foreign_one_is_left_alone(
    stack: MotoStack, officer: Officer
) -> None:
    life = Life(stack).dispatched()
    foreign = Life(stack, appeal_id="000G40R40M30E209C").dispatched("110101002")
    page = fresh(officer).post(
        DESK, "/desk/acknowledge", order=[LEAD, f"{foreign.appeal_id}.1"], command_id="bulk-0001"
    )
    assert (page.status, page.headers["Location"]) == (303, "../desk?done=some-acknowledged")
    assert life.case.status is Status.ACKNOWLEDGED
    assert foreign.case.status is Status.DISPATCHED


# ---- one order --------------------------------------------------------------------------------


def test_an_order_shows_its_story_in_time_order_and_what_citizens_wrote_is_escaped(
    stack: MotoStack, officer: Officer
) -> None:
    life = Life(stack).dispatched().acknowledged()
    life._do("supplement", life._note(HOSTILE), by=Actor(role=Role.CITIZEN))
    page = shown(officer)
    assert page.status == 200
    assert HOSTILE in page.text
    assert "<script>alert" not in page.html
    assert "<img" not in page.html
    told = [
        page.text.index(words)
        for words in ("诉求已登记", "已派给承办单位", "承办单位已签收", "诉求人补充内容")
    ]
    assert told == sorted(told)
    assert "派单 剩余" not in page.text, "a limit that has been kept asks for nothing"


@pytest.mark.parametrize(
    "history", ["dispatched", "dispatched acknowledged", "dispatched acknowledged contacted resolved"]
)
def test_only_what_the_lifecycle_allows_is_offered(stack: MotoStack, officer: Officer, history: str) -> None:
    life = Life(stack)
    for verb in history.split():
        getattr(life, verb)()
    allowed = set(commands_for(life.case.status, Role.AGENCY))
    assert offered(shown(officer)) <= {command.value for command in allowed}
    assert bool(offered(shown(officer))) == bool(
        allowed & {Command(name) for name in COMMANDS if name in set(Command)}
    )


def test_every_command_of_an_agency_has_a_form_and_a_name() -> None:
    agencys = {command.value for status in Status for command in commands_for(status, Role.AGENCY)} | {
        "acknowledge",
        "arrive",
        "report",
        "report_stage",
        "cancel",
        "cancel_assist",
    }
    assert agencys == set(COMMANDS) == set(desk_phrases.COMMANDS)
    assert {"arrive", "report", "report_stage"} <= {command.value for command in SideCommand}


@pytest.mark.parametrize(
    ("history", "command", "typed", "event"),
    [
        ("dispatched", "acknowledge", {}, "WorkOrderAcknowledged"),
        ("dispatched acknowledged", "record_contact", {"channel": "visit"}, "CitizenContacted"),
        ("dispatched acknowledged", "report_progress", {"text": "已派人勘查"}, "ProgressReported"),
        (
            "dispatched acknowledged contacted",
            "resolve",
            {"text": "已更换灯泡", "result": "done"},
            "WorkOrderResolved",
        ),
        (
            "dispatched acknowledged",
            "request_assist",
            {"agency_ids": ["北京市公安局公安交通管理局 traffic-police", ""], "text": "请疏导交通"},
            "SideOrderOpened",
        ),
        (
            "dispatched acknowledged",
            "summon",
            {"agency_ids": "traffic-police", "text": "请到现场"},
            "SideOrderOpened",
        ),
        ("dispatched acknowledged", "escalate", {"text": "超出本级权限"}, "SideOrderOpened"),
        ("dispatched", "return", {"ground": "not_our_duty", "text": "不属于本单位职责"}, "WorkOrderReturned"),
    ],
)
def test_each_form_does_what_it_says_once(
    stack: MotoStack, officer: Officer, history: str, command: str, typed: dict[str, Any], event: str
) -> None:
    life = Life(stack)
    for verb in history.split():
        getattr(life, verb)()
    for _ in range(2):
        page = act(officer, command, version=str(life.case.version) if _ == 0 else "", **typed)
        assert page.status == 303, page.text
    names = [each.name for each in life.case.events]
    assert names.count(event) == 1, "sent twice, done once"


@pytest.mark.parametrize(
    ("command", "typed", "kind"),
    [
        ("request_extension", {"amount": "2", "unit": "days"}, "extension"),
        ("request_hold", {"until": "2026-05-20T10:00"}, "hold"),
    ],
)
def test_more_time_is_asked_of_the_supervisors(
    stack: MotoStack, officer: Officer, command: str, typed: dict[str, str], kind: str
) -> None:
    life = Life(stack).dispatched().acknowledged().contacted()
    page = act(officer, command, text="需要采购材料", citizen_told="phone", **typed)
    assert page.status == 303, page.text
    assert life.part.kind == kind
    if kind == "hold":
        assert life.part.terms["until"] == 1779242400, "ten o'clock in the city's zone"
    again = act(officer, command, command_id="another-form", text="再申请", citizen_told="phone", **typed)
    assert again.status == 409
    assert "再申请" in again.text


def test_an_assist_is_acknowledged_and_reported_by_whoever_was_asked(
    stack: MotoStack, officer: Officer, helper: Officer
) -> None:
    life = Life(stack).dispatched().acknowledged().asked("assist")
    part = f"{APPEAL}.2"
    assert offered(shown(helper, part)) >= {"acknowledge", "report"}
    assert act(helper, "acknowledge", part).status == 303
    assert act(helper, "report", part, text="已疏导").status == 303
    assert life.part.status.value == "done"
    assert "已疏导" in shown(officer, part).text


# ---- reply templates --------------------------------------------------------------------------


def written(page: Page, command: str) -> str:
    """What stands in the text of a form."""
    found = re.search(rf'<textarea id="{command}-text"[^>]*>\n?(.*?)</textarea>', page.html, re.DOTALL)
    assert found is not None
    return unescape(found[1])


def test_a_template_is_filled_in_behind_what_was_typed_and_nothing_is_sent(
    stack: MotoStack, officer: Officer
) -> None:
    life = Life(stack).dispatched().acknowledged().contacted()
    before = life.case.version
    page = act(officer, "resolve", do="fill", template="resolve-repaired", text=HOSTILE, result="constraint")
    assert page.status == 200
    typed, filled = written(page, "resolve").split("\n")
    assert typed == HOSTILE
    assert filled.startswith("您反映的东城区东华门街道路灯问题，东华门街道办事处于【请写明日期】完成处理")
    assert "<script>alert" not in page.html
    assert "<img" not in page.html
    assert {"value": "constraint", "selected": ""} in page.all("option"), "the rest of the form is kept too"
    assert life.case.version == before
    offers = [each["data-text"] for each in page.all("option") if each.get("data-text")]
    assert filled in offers, "the script inserts what the form would"


def test_no_template_holds_whom_or_where_the_citizen_is(
    stack: MotoStack, officer: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    Life(stack).dispatched().acknowledged().contacted()
    read = handling.read

    def read_with_everything(order: OrderRef, by: Actor) -> OrderView:
        private = {
            "contact": Contact(name=PRIVATE[0], phone=PRIVATE[1]),
            "place": Place(district="110101", subdistrict="110101001", address_text=PRIVATE[2]),
        }
        return read(order, by).model_copy(update=private)

    monkeypatch.setattr(handling, "read", read_with_everything)
    page = shown(officer)
    offers = " ".join(each.get("data-text", "") for each in page.all("option"))
    assert "东华门街道" in offers
    for private in PRIVATE:
        assert private in page.text
        assert private not in offers


def test_a_blank_that_is_left_is_refused_at_its_input_and_a_finished_text_is_sent(
    stack: MotoStack, officer: Officer
) -> None:
    life = Life(stack).dispatched().acknowledged().contacted()
    before = life.case.version
    text = written(act(officer, "resolve", do="fill", template="resolve-repaired", text=""), "resolve")
    half = text.replace("【请写明日期】", "5月8日")
    page = act(officer, "resolve", text=half, result="done")
    assert page.status == 400
    assert 'id="resolve-text-fault"' in page.html
    assert "还有 2 处没有填写，请把【请写明具体处理情况】换成实际情况" in page.text
    assert written(page, "resolve") == half
    assert life.case.version == before
    done = re.sub("【[^】]*】", "已更换灯泡", half)
    assert act(officer, "resolve", text=done, result="done").status == 303


@pytest.mark.parametrize("template", ["", "return-duty", HOSTILE])
def test_no_template_or_another_commands_is_said_at_the_choice(
    stack: MotoStack, officer: Officer, template: str
) -> None:
    Life(stack).dispatched().acknowledged().contacted()
    page = act(officer, "resolve", do="fill", template=template, text="已经写好的话")
    assert page.status == 400
    assert 'id="resolve-template-fault"' in page.html
    assert written(page, "resolve") == "已经写好的话"
    assert "<script>alert" not in page.html


def test_a_template_for_what_is_over_keeps_the_words_and_another_agency_gets_none(
    stack: MotoStack, officer: Officer, helper: Officer
) -> None:
    Life(stack).dispatched().acknowledged().contacted().resolved()
    page = act(officer, "resolve", do="fill", template="resolve-repaired", text="已经写好的话")
    assert page.status == 409
    assert "已经写好的话" in page.text
    assert act(helper, "resolve", do="fill", template="resolve-repaired").status == 404


# ---- the samples ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("inbox", 303),
        ("order", 303),
        ("find", 401),
        ("acknowledge_several", 401),
        ("picture", 401),
        ("resolve", 401),
    ],
)
def test_a_stranger_sees_and_does_nothing(stack: MotoStack, name: str, status: int) -> None:
    life = Life(stack).dispatched().acknowledged().contacted()
    before = life.case.version
    assert stack.run(f"web/desk_api.{name}")["statusCode"] == status
    assert life.case.version == before


# ---- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [LEAD, "000G40R40M30E209C.1", f"{APPEAL}.7", "nonsense"])
def test_another_agencys_order_looks_like_one_that_is_not_there(
    stack: MotoStack, helper: Officer, number: str
) -> None:
    life = Life(stack).dispatched()
    page = shown(helper, number)
    assert page.status == 404
    assert "TEXT" not in page.text
    assert act(helper, "acknowledge", number).status == 404
    assert life.case.status is Status.DISPATCHED


@pytest.mark.parametrize("role", ["operator", "supervisor", "auditor", "admin", "adjudicator"])
def test_the_desk_is_the_agencies_own(stack: MotoStack, role: str) -> None:
    page = Officer(stack, role).get(DESK, "/desk")
    assert page.status == 403
    assert "其他岗位" in page.text


def test_whoever_was_slower_sees_the_order_as_it_is_now_with_what_was_typed(
    stack: MotoStack, officer: Officer
) -> None:
    life = Life(stack).dispatched().acknowledged()
    seen = str(life.case.version)
    life.contacted()
    page = act(officer, "report_progress", version=seen, text="我写了很久的进展")
    assert page.status == 409
    assert "我写了很久的进展" in page.text
    assert page.value("version") == str(life.case.version)
    assert (
        act(officer, "report_progress", version=page.value("version"), text="我写了很久的进展").status == 303
    )


def test_a_command_that_is_over_is_refused_and_keeps_the_words(stack: MotoStack, officer: Officer) -> None:
    Life(stack).dispatched().acknowledged().contacted().resolved()
    page = act(officer, "resolve", text="再次办结的说明", result="done")
    assert page.status == 409
    assert "再次办结的说明" in page.text


def test_what_is_missing_is_said_at_its_input(stack: MotoStack, officer: Officer) -> None:
    Life(stack).dispatched().acknowledged()
    page = act(officer, "request_assist", text="请疏导交通")
    assert page.status == 400
    assert re.search(r'id="request_assist-agency_ids-fault"', page.html)
    assert "请疏导交通" in page.text


def test_a_command_of_the_other_kind_of_order_is_refused(
    stack: MotoStack, officer: Officer, helper: Officer
) -> None:
    Life(stack).dispatched().acknowledged().asked("assist")
    assert act(officer, "arrive").status == 409
    assert act(helper, "resolve", f"{APPEAL}.2", text="办结", result="done").status == 409
    assert act(officer, "drop-tables").status == 404


def test_a_picture_is_offered_to_the_script_and_only_its_bucket_may_be_sent_to(
    stack: MotoStack, officer: Officer
) -> None:
    Life(stack).dispatched().acknowledged()
    path, route = f"/desk/orders/{LEAD}/pictures", "/desk/orders/{number}/pictures"
    typed = {"content_type": "image/png", "size_bytes": "1234", "file_name": "现场.png"}
    page = fresh(officer).post(DESK, path, route=route, **typed)
    assert page.status == 200
    assert '"attachment_id":' in page.html.replace(" ", "")
    policy = shown(officer).headers["Content-Security-Policy"]
    sources = re.search(r"connect-src ([^;]+);", policy)
    assert sources is not None
    own, bucket = sources[1].split()
    assert own == "'self'"
    assert "uploads" in bucket
    for wrong in ({"content_type": "text/html"}, {"size_bytes": "99999999"}, {"size_bytes": "x"}):
        assert fresh(officer).post(DESK, path, route=route, **{**typed, **wrong}).status == 400


def test_without_a_script_a_picture_goes_by_a_form_and_is_ticked_afterwards(
    stack: MotoStack, officer: Officer
) -> None:
    Life(stack).dispatched().acknowledged().contacted()
    path, route = f"/desk/orders/{LEAD}/pictures", "/desk/orders/{number}/pictures"
    page = fresh(officer).post(DESK, path, route=route)
    (form,) = [each for each in page.all("form") if each.get("enctype")]
    assert form["action"].split("/")[2] in page.headers["Content-Security-Policy"]
    assert page.value("success_action_redirect") == f"https://api.example/live/desk/orders/{LEAD}"
    picture = page.value("key").rsplit("/", 1)[1]
    assert picture in {
        each["value"] for each in shown(officer).all("input") if each.get("name") == "attachments"
    }
    assert act(officer, "resolve", text="已更换灯泡", result="done", attachments=picture).status == 303


def test_nothing_is_sent_without_the_proof_of_the_session(stack: MotoStack, officer: Officer) -> None:
    life = Life(stack).dispatched()
    assert act(officer, "acknowledge", proof="forged").status == 403
    assert life.case.status is Status.DISPATCHED
