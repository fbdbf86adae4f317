"""The operators' console on the template's stack: calls, the queue, decisions, and what is kept of a refused form."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.looks import DynamoDBLooks
from hotline.domain.appeal import Contact
from hotline.domain.case import Case
from hotline.domain.errors import Unavailable
from hotline.wiring import calls
from tests.aws_stack import MotoStack, sample
from tests.lives import AGENCY, APPEAL, TEXT, Life
from tests.pages import Page
from tests.signed_in import Officer, store

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
EARLIER = "010GC42GR73HR204P"
ROUTE = "/console/orders/{order_id}"
PATH = f"/console/orders/{APPEAL}"
CALL = {
    "do": "take",
    "type": "complaint",
    "text": "东华门街道南池子大街 12 号楼前路灯不亮",
    "phone": "138 0013 8000",
}


class Desk(Officer):
    """Somebody at the console, whose session does not run out while a case lives through days."""

    def get(self, function: str, path: str, *, route: str | None = None, **query: str) -> Page:
        self.refresh()
        return super().get(function, path, route=route, **query)

    def post(self, function: str, path: str, *, route: str | None = None, **typed: Any) -> Page:
        self.refresh()
        return super().post(function, path, route=route, **typed)

    def refresh(self) -> None:
        now = self.stack.clock()
        times = {"began_at": now, "checked_at": now, "seen_at": now}
        store(self.stack, self.session.model_copy(update=times))

    def open(self, path: str = PATH, route: str | None = ROUTE, **query: str) -> Page:
        return self.get("ConsolePages", path, route=route if path == PATH else None, **query)

    def act(self, action: str, **typed: Any) -> Page:
        """Open the form of an action and send it."""
        form = self.open(do=action)
        kept = {"form_id": form.value("form_id"), "version": form.value("version"), "do": "send"}
        return self.send(action, **{**kept, **typed})

    def send(self, action: str, **typed: Any) -> Page:
        return self.post("ConsolePages", f"{PATH}/{action}", route=f"{ROUTE}/{action}", **typed)

    def call(self, **typed: Any) -> Page:
        """Open the form of a call and send it."""
        form_id = self.get("ConsolePages", "/console/calls").value("form_id")
        return self.post("ConsolePages", "/console/calls", **{"form_id": form_id, **CALL, **typed})


@pytest.fixture
def operator(stack: MotoStack) -> Desk:
    return Desk(stack, "operator", subject="li")


@pytest.fixture
def judge(stack: MotoStack) -> Desk:
    return Desk(stack, "adjudicator", subject="qian")


def the_caller(stack: MotoStack) -> str:
    return stack.tokens.citizen_index(Contact(phone="13800138000").identity or "")


def looks(stack: MotoStack) -> int:
    store = DynamoDBLooks(stack.dynamodb, stack.lookup("TextsTable", None))
    return len(store.looks(the_caller(stack), 100))


def stored(stack: MotoStack, appeal_id: str) -> Case:
    return DynamoDBCases(stack.dynamodb, stack.lookup("CasesTable", None)).get(appeal_id)


def taken(page: Page) -> str:
    """The number that the receipt of a call shows."""
    assert page.status == 201, page.text
    found = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}-[0-9A-Z]", page.text)
    assert found
    return found[0].replace("-", "")


# ---- calls ------------------------------------------------------------------------------------


def test_a_call_is_taken_down_and_read_out_once_however_often_the_form_is_sent(
    stack: MotoStack, operator: Desk
) -> None:
    form_id = operator.get("ConsolePages", "/console/calls").value("form_id")
    first, again = (
        operator.post("ConsolePages", "/console/calls", form_id=form_id, **CALL, spoken="yue")
        for _ in range(2)
    )
    case = stored(stack, taken(first))
    assert taken(again) == case.appeal_id
    assert len(stack.table("CasesTable")) == 1
    assert (case.channel, case.spoken, case.events[0].actor) == ("phone", "yue", "operator:li")


def test_asking_for_hints_registers_nothing_and_keeps_what_was_typed(
    stack: MotoStack, operator: Desk
) -> None:
    page = operator.call(do="hints", text="东华门街道南池子大街路灯不亮，电线着火了")
    assert (page.status, stack.table("CasesTable"), looks(stack)) == (200, [], 0)
    for words in ("请立即转接", "119", "东城区 东华门街道", "路灯", "按目录将派给"):
        assert words in page.text
    assert page.value("phone") == "138 0013 8000"
    part = operator.post("ConsolePages", "/console/calls/hints", text="有人晕倒了，快叫救护车")
    assert "120" in part.text
    assert "<html" not in part.html


def test_half_a_word_is_nothing_to_complain_about(operator: Desk) -> None:
    assert operator.post("ConsolePages", "/console/calls/hints", text=" ").status == 200
    assert operator.post("ConsolePages", "/console/calls/hints", text="路灯", phone="1").status == 200


def test_the_callers_appeals_are_shown_masked_and_each_showing_is_on_record(
    stack: MotoStack, operator: Desk
) -> None:
    Life(stack, citizen_index=the_caller(stack)).dispatched()
    page = operator.call(do="look")
    assert APPEAL in page.text
    assert "+86138****8000" in page.text
    assert (looks(stack), len(stack.table("CasesTable"))) == (1, 1)
    operator.call(do="hints", looked="138 0013 8000")
    assert looks(stack) == 2, "shown again"
    operator.call(do="hints")
    assert looks(stack) == 2, "not shown"


def test_what_is_no_number_is_said_at_the_input_and_nothing_is_lost(operator: Desk) -> None:
    page = operator.call(do="look", phone="十二")
    assert page.status == 400
    assert page.value("phone") == "十二"
    assert any(each.get("aria-invalid") for each in page.all("input") if each.get("name") == "phone")


def test_a_question_is_answered_at_once(stack: MotoStack, operator: Desk) -> None:
    page = operator.call(
        type="consultation", answer__outcome="answered_at_once", answer__text="请带身份证到服务网点"
    )
    assert stored(stack, taken(page)).conclusion == "answered_at_once"
    assert "热线已直接答复" in page.text


@pytest.mark.parametrize(
    ("outcome", "typed", "wrong"),
    [
        ("legal_route", {"answer__text": "请起诉"}, "answer.route"),
        ("outside_duties", {"answer__text": "请找物业"}, "answer.told"),
        ("dissuaded", {"answer__text": "请理性"}, "answer.law"),
        ("secret", {}, "answer.text"),
        ("emergency_handoff", {"answer__number": "119", "answer__reference": "17"}, "answer.acknowledged"),
        ("emergency_handoff", {"answer__number": "119", "answer__acknowledged": "true"}, "answer.reference"),
        (
            "outside_duties",
            {"answer__text": "请找物业", "answer__told": "market", "answer__passed_to": "街道"},
            "answer.passed_to",
        ),
    ],
)
def test_an_answer_needs_the_facts_that_the_law_asks_for(
    stack: MotoStack, operator: Desk, outcome: str, typed: dict[str, str], wrong: str
) -> None:
    page = operator.call(answer__outcome=outcome, **typed)
    assert page.status == 400
    assert f"#{wrong}" in [each.get("href") for each in page.all("a")]
    assert CALL["text"] in page.html
    assert stack.table("CasesTable") == []


def test_a_caller_in_danger_is_handed_over(stack: MotoStack, operator: Desk) -> None:
    page = operator.call(
        answer__outcome="emergency_handoff",
        answer__number="119",
        answer__reference="警情 17",
        answer__acknowledged="true",
    )
    assert stored(stack, taken(page)).conclusion == "emergency_handoff"


def test_the_same_matter_is_compared_and_told_how_far_it_is(stack: MotoStack, operator: Desk) -> None:
    Life(stack).dispatched().acknowledged()
    compared = operator.call(do="", compare=APPEAL, text=TEXT)
    assert "没有发现新的说法" in compared.text
    told = {
        "answer__same_as": compared.value("answer.same_as"),
        "answer__comparison_id": compared.value("answer.comparison_id"),
        "answer__outcome": "no_new_facts",
        "answer__text": "东华门街道已签收，正在办理",
    }
    assert operator.call(text=TEXT + "，还冒烟", **told).status == 409, "other words than those compared"
    case = stored(stack, taken(operator.call(text=TEXT, **told)))
    assert (case.conclusion, case.status) == ("no_new_facts", "resolved")


def test_a_confidential_call_says_so_and_leaves_nothing_for_agencies(
    stack: MotoStack, operator: Desk
) -> None:
    page = operator.call(type="report", confidential="true", about_agency="东华门街道办事处")
    case = stored(stack, taken(page))
    assert (case.confidential, case.about_agency, case.citizen_index) == (True, AGENCY, None)
    assert operator.call(type="consultation", confidential="true").status == 400


def test_another_call_in_the_same_form_is_not_mistaken_for_the_first(
    stack: MotoStack, operator: Desk
) -> None:
    form_id = operator.get("ConsolePages", "/console/calls").value("form_id")
    operator.post("ConsolePages", "/console/calls", form_id=form_id, **CALL)
    page = operator.post("ConsolePages", "/console/calls", **{**CALL, "form_id": form_id, "text": "另一件事"})
    assert page.status == 422
    assert page.value("form_id") != form_id
    assert len(stack.table("CasesTable")) == 1


# ---- lists and finding --------------------------------------------------------------------------


def test_the_queue_shows_what_waits_and_says_when_nothing_does(stack: MotoStack, operator: Desk) -> None:
    assert "没有待办" in operator.open("/console/queue").text
    Life(stack).referred()
    page = operator.open("/console/queue")
    assert APPEAL in page.text
    assert "剩余" in page.text
    assert "Nothing waits" in operator.open("/console/disputes", lang="en").text


def test_returned_orders_wait_for_an_adjudicator(stack: MotoStack, judge: Desk) -> None:
    Life(stack).dispatched().returned()
    assert APPEAL in judge.open("/console/disputes").text


def test_an_order_is_found_by_the_number_that_was_read_out(operator: Desk) -> None:
    found = operator.open("/console", number="000G-40R4-0M30-E209-B")
    assert (found.status, found.headers["Location"].rpartition("/")[2]) == (303, APPEAL)
    assert "没有这样的编号" in operator.open("/console", number="12").text


# ---- one order --------------------------------------------------------------------------------


def test_the_page_of_an_order_tells_its_life_and_offers_only_what_may_be_done_now(
    stack: MotoStack, operator: Desk, judge: Desk
) -> None:
    life = Life(stack).referred()
    page = operator.open()
    for words in ("按目录应派给", "转人工派单", TEXT, "138****8000"):
        assert words in page.text
    assert "13800138000" not in page.html
    actions = [each["href"] for each in page.all("a") if "?do=" in each.get("href", "")]
    assert [re.search(r"do=(\w+)", each)[1] for each in actions] == [
        "dispatch",
        "consult",
        "conclude",
        "merge",
    ]  # type: ignore[index]
    life.dispatched()
    assert "现在不需要您处理" in judge.open().text


def test_an_operator_dispatches_with_an_assist_and_reasons(stack: MotoStack, operator: Desk) -> None:
    life = Life(stack).referred()
    page = operator.act(
        "dispatch", agency_id=AGENCY, assist_agency_ids="traffic-police", reasons="街道牵头，交管配合"
    )
    assert (page.status, page.headers["Location"].rpartition("?")[2]) == (303, "done=dispatched")
    assert (life.case.status, life.case.agency_id, life.part.agency_id) == (
        "dispatched",
        AGENCY,
        "traffic-police",
    )


def test_a_form_that_comes_twice_acts_once(stack: MotoStack, operator: Desk) -> None:
    life = Life(stack).referred()
    form = operator.open(do="dispatch")
    typed = {"form_id": form.value("form_id"), "version": form.value("version"), "agency_id": AGENCY}
    assert [operator.send("dispatch", **typed).status for _ in range(2)] == [303, 303]
    assert [event.name for event in life.case.events].count("WorkOrderDispatched") == 1


def test_an_agency_can_be_named_by_a_part_of_its_name_and_several_are_told_apart(
    stack: MotoStack, operator: Desk
) -> None:
    life = Life(stack).referred()
    page = operator.act("dispatch", agency_other="八里庄")
    assert page.status == 400
    assert "有多个单位符合" in page.text
    assert page.value("agency_other") == "八里庄"
    assert operator.act("dispatch", agency_other="东华门街道").status == 303
    assert life.case.agency_id == AGENCY


def test_who_comes_second_sees_what_has_changed_and_keeps_what_was_typed(
    stack: MotoStack, operator: Desk
) -> None:
    life = Life(stack).referred()
    form = operator.open(do="consult")
    life.supplemented()
    typed = {"agency_ids": AGENCY, "question": "是否属于你单位职责？"}
    page = operator.send("consult", form_id=form.value("form_id"), version=form.value("version"), **typed)
    assert page.status == 409
    for words in ("有了变化", "是否属于你单位职责？", "今天还是不亮"):
        assert words in page.text
    assert page.value("agency_ids") == AGENCY
    again = {name: page.value(name) for name in ("form_id", "version")}
    assert operator.send("consult", **again, **typed).status == 303


def test_what_cannot_be_done_any_more_is_said_with_what_was_typed(stack: MotoStack, operator: Desk) -> None:
    life = Life(stack).referred()
    form = operator.open(do="conclude")
    life.dispatched()
    answer = {"answer__outcome": "answered_at_once", "answer__text": "已报修"}
    page = operator.send("conclude", form_id=form.value("form_id"), version="", **answer)
    assert page.status == 409
    assert "现在不能这样做" in page.text
    assert "已报修" in page.html


def test_agencies_are_asked_first_and_their_opinions_shown(stack: MotoStack, operator: Desk) -> None:
    life = Life(stack).referred()
    assert operator.act("consult", agency_ids=f"{AGENCY}，交管", question="归谁？").status in (303, 400)
    assert operator.act("consult", agency_ids=AGENCY, question="归谁？").status == 303
    assert "待答复" in operator.open().text
    refused = operator.act("dispatch", agency_id=AGENCY)
    assert (refused.status, "reasons" in refused.html) == (400, True)
    assert life.case.status == "registered"


def test_a_confidential_report_is_read_on_record_and_released_in_other_words(
    stack: MotoStack, operator: Desk
) -> None:
    life = Life(stack, confidential=True).referred()
    assert TEXT not in operator.open().text
    assert operator.act("reveal", reason=" ").status == 400
    shown = operator.act("reveal", reason="转述派单需要")
    assert (shown.status, TEXT in shown.text) == (200, True)
    assert life.case.events[-1].name == "InformantRevealed"
    assert operator.act("dispatch", agency_id=AGENCY).status == 400, "without released words"
    assert operator.act("dispatch", agency_id=AGENCY, released_text="某处路灯不亮").status == 303


def test_an_adjudicator_upholds_redirects_and_designates(stack: MotoStack, judge: Desk) -> None:
    life = Life(stack).dispatched().returned()
    assert judge.act("adjudicate", why="没有选").status == 400
    assert judge.act("adjudicate", verdict="redirect", why="改派").status == 400, "to whom?"
    assert (
        judge.act("adjudicate", verdict="designate", agency_other="urban-management", why="指定").status
        == 303
    )
    assert (life.case.agency_id, life.case.designated) == ("urban-management", True)


def test_an_operator_cannot_adjudicate_nor_an_adjudicator_dispatch(
    stack: MotoStack, operator: Desk, judge: Desk
) -> None:
    Life(stack).dispatched().returned()
    assert operator.send("adjudicate", verdict="uphold", why="x").status == 403
    assert judge.send("dispatch", agency_id=AGENCY).status == 403


def test_two_appeals_are_compared_joined_and_taken_apart(stack: MotoStack, operator: Desk) -> None:
    earlier = Life(stack, appeal_id=EARLIER).dispatched()
    life = Life(stack).referred()
    page = operator.open(do="merge", **{"with": EARLIER})
    assert "没有发现新的说法" in page.text
    assert page.value("into") == EARLIER
    assert operator.act("merge", into=EARLIER, why="同一盏灯").status == 303
    assert (life.case.merged_into, earlier.case.members) == (EARLIER, 1)
    joined = operator.get("ConsolePages", f"/console/orders/{EARLIER}", route=ROUTE)
    assert APPEAL in joined.text
    assert operator.act("unmerge", why="不是同一盏").status == 303
    assert life.case.merged_into is None
    assert operator.act("merge", into="12", why="x").status == 400


def test_no_new_facts_is_told_after_a_comparison_at_the_desk(stack: MotoStack, operator: Desk) -> None:
    Life(stack, appeal_id=EARLIER).dispatched()
    life = Life(stack).referred()
    page = operator.open(do="conclude", **{"with": EARLIER})
    answer = {f"answer__{name}": page.value(f"answer.{name}") for name in ("same_as", "comparison_id")}
    told = {"answer__outcome": "no_new_facts", "answer__text": "正在办理", **answer}
    assert operator.act("conclude", **told).status == 303
    assert life.case.conclusion == "no_new_facts"


# ---- who may, and what never happens --------------------------------------------------------------

PAGES = ("console", "call_form", "queue", "disputes", "order")
FORMS = ("call", "hints", "dispatch", "consult", "conclude", "adjudicate", "merge", "unmerge", "reveal")


@pytest.mark.parametrize("name", [*PAGES, *FORMS])
def test_agencies_are_kept_out_of_all_of_it(stack: MotoStack, name: str) -> None:
    Life(stack).dispatched()
    officer = Desk(stack, "agency", agency_id=AGENCY)
    event = sample(f"web/console_api.{name}")
    event["headers"]["Cookie"] = f"__Host-session={officer.secret}"
    assert stack.invoke("ConsolePages", event)["statusCode"] == 403


@pytest.mark.parametrize("name", FORMS)
def test_a_form_of_another_site_or_session_does_nothing(stack: MotoStack, name: str) -> None:
    life = Life(stack).referred()
    admin = Desk(stack, "admin")
    event = sample(f"web/console_api.{name}")
    event["headers"]["Cookie"] = f"__Host-session={admin.secret}"
    assert stack.invoke("ConsolePages", event)["statusCode"] == 403, "made for another session"
    event["headers"]["Sec-Fetch-Site"] = "cross-site"
    assert stack.invoke("ConsolePages", event)["statusCode"] == 403, "sent by another site"
    assert (len(stack.table("CasesTable")), life.case.version) == (1, 2)


@pytest.mark.parametrize("name", PAGES)
def test_whoever_is_not_signed_in_goes_to_the_sign_in(stack: MotoStack, name: str) -> None:
    answer = stack.run(f"web/console_api.{name}")
    assert (answer["statusCode"], "sign-in" in answer["headers"]["Location"]) == (303, True)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_whose_session_is_over_is_not_taken(stack: MotoStack, name: str) -> None:
    assert stack.run(f"web/console_api.{name}")["statusCode"] == 401


def test_what_citizens_and_staff_write_is_never_markup(stack: MotoStack, operator: Desk) -> None:
    for page in (
        operator.call(do="hints", text=HOSTILE, phone=HOSTILE[:20], contact__name=HOSTILE),
        operator.call(text=HOSTILE, type="complaint", phone="", answer__outcome=HOSTILE),
    ):
        assert "<script>alert" not in page.html
        assert "<img" not in page.html
    appeal_id = taken(operator.call(text=HOSTILE, phone=""))
    shown = operator.get("ConsolePages", f"/console/orders/{appeal_id}", route=ROUTE, do="consult")
    assert HOSTILE in shown.text
    assert "<script>alert" not in shown.html
    refused = operator.post(
        "ConsolePages", f"/console/orders/{appeal_id}/consult", route=f"{ROUTE}/consult", agency_ids=HOSTILE,
        question=HOSTILE, form_id=shown.value("form_id"),
    )  # fmt: skip
    assert refused.status == 400
    assert "<script>alert" not in refused.html


def test_a_supervisor_of_another_district_does_not_find_it(stack: MotoStack) -> None:
    Life(stack).dispatched()
    assert Desk(stack, "supervisor", district="110105").open().status == 404
    assert Desk(stack, "supervisor", district="110101").open().status == 200


def test_a_busy_table_keeps_the_call(
    stack: MotoStack, operator: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise Unavailable("dynamodb")

    monkeypatch.setattr(calls, "take", busy)
    page = operator.call()
    assert (page.status, CALL["text"] in page.html) == (503, True)


def test_everything_is_there_in_english(stack: MotoStack) -> None:
    Life(stack).referred()
    english = Desk(stack, "operator", subject="li", language="en")
    in_chinese = f"{TEXT} {CALL['text']} 路灯 不亮 中文 张伟 王女士"
    for page in (
        english.open(do="dispatch"),
        english.open(do="conclude"),
        english.open("/console"),
        english.open("/console/queue"),
        english.call(do="hints"),
    ):
        assert page.headers["Content-Language"] == "en"
        words = re.findall(r"[\u4e00-\u9fff]+", page.text)
        assert [word for word in words if word not in in_chinese] == []
