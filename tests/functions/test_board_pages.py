"""The dashboard's pages: who sees what, before the first count, when figures are old, and down to one order."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from hotline.adapters import aws
from hotline.adapters.dynamodb.snapshots import DynamoDBSnapshots
from hotline.domain.stock import Day, Flow, Inbox, Snapshot, Stock
from hotline.wiring import sessions
from tests.aws_stack import MotoStack
from tests.lives import AGENCY, APPEAL, SERVICE, TEXT, Life
from tests.pages import Page
from tests.signed_in import Officer
from web.board_charts import CHARTS

PAGES = "BoardPages"
DISTRICT, OTHER = "110101", "110105"
OTHER_AGENCY = "110105001"
DEPARTMENT = "urban-management"
REQUEST = f"{APPEAL}.2"


def counted(stack: MotoStack, **changes: object) -> Snapshot:
    """Figures of now: four orders with an agency of 东城, seven with one of 朝阳, one with a department."""
    now = stack.clock()
    today = Day(
        day=date(2026, 5, 6),
        counted_at=now,
        districts={
            DISTRICT: Flow(registered=31, closed=2),
            OTHER: Flow(registered=47),
            "unplaced": Flow(registered=3),
        },
        places={AGENCY: Flow(registered=31), OTHER_AGENCY: Flow(registered=47)},
        services={DISTRICT: {SERVICE: 31}, OTHER: {"water.outage": 47}},
        stock={DISTRICT: Stock(overdue=4), OTHER: Stock(overdue=7)},
    )
    inboxes = {
        AGENCY: Stock(overdue=4, later=9, first_due_at=now - timedelta(days=2)),
        OTHER_AGENCY: Stock(overdue=7, due_today=1, first_due_at=now),
        DEPARTMENT: Stock(overdue=1, first_due_at=now),
        "~operators": Stock(later=5),
        "~supervisors/110000": Stock(due_today=3),
        f"~supervisors/{DISTRICT}": Stock(due_today=2),
        f"~supervisors/{OTHER}": Stock(due_today=6),
    }
    facts = {
        "taken_at": now,
        "later_at": now,
        "flows_at": now,
        "inboxes": tuple(Inbox(inbox=name, stock=stock, counted_at=now) for name, stock in inboxes.items()),
        "days": (today,),
        **changes,
    }
    snapshot = Snapshot.model_validate(facts)
    DynamoDBSnapshots(stack.dynamodb, stack.lookup("ScorecardsTable", None)).keep(snapshot)
    return snapshot


def city(stack: MotoStack, role: str = "supervisor", language: str = "zh-CN") -> Officer:
    return Officer(stack, role, language=language)


def district(stack: MotoStack) -> Officer:
    return Officer(stack, "supervisor", subject="zhou", district=DISTRICT)


def board(officer: Officer, page: str = "", route: str | None = None, **query: str) -> Page:
    return officer.get(PAGES, f"/board{page}", route=f"/board{route}" if route else None, **query)


def cards(page: Page) -> dict[str, str]:
    """The big figures by their names."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page.html)
    return {re.sub("<.*?>", "", name): figure for name, figure in found}


# ---- figures ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "/print", "/agencies"])
def test_before_the_first_count_a_page_says_so(stack: MotoStack, page: str) -> None:
    shown = board(city(stack), page)
    assert shown.status == 200
    assert "还没有统计过" in shown.text


@pytest.mark.parametrize("role", ["supervisor", "admin", "auditor", "operator"])
def test_the_city_is_seen_whole_by_those_who_answer_for_it(stack: MotoStack, role: str) -> None:
    counted(stack)
    shown = board(city(stack, role))
    assert shown.status == 200
    figures = cards(shown)
    assert (figures["超时"], figures["在办合计"], figures["今日受理"]) == ("12", "22", "81")
    assert (figures["待审批"], figures["待人工派单"]) == ("3", "5")
    assert "朝阳区" in shown.text
    assert "另有 3 件" in shown.text


def test_a_districts_supervisor_sees_no_row_and_no_sum_of_another(stack: MotoStack) -> None:
    counted(stack)
    shown = board(district(stack))
    figures = cards(shown)
    assert (figures["超时"], figures["今日受理"], figures["待审批"]) == ("4", "31", "2")
    for page in (shown, board(district(stack), "/print"), board(district(stack), "/agencies")):
        assert "东华门街道" in page.text
        for foreign in ("朝阳区", "建外街道", "城市管理", "停水", "待人工派单", "另有"):
            assert foreign not in page.text, foreign
        assert not any("110105" in str(attributes) for _, attributes in page.tags)
    assert board(district(stack), f"/places/{DISTRICT}", "/places/{district}").status == 200
    assert board(district(stack), f"/places/{OTHER}", "/places/{district}").status == 404
    agency = "/agencies/{agency_id}"
    assert board(district(stack), f"/agencies/{AGENCY}", agency).status == 200
    assert board(district(stack), f"/agencies/{OTHER_AGENCY}", agency).status == 403
    services = board(district(stack), "/charts/services", "/charts/{chart}")
    assert "路灯" in services.text
    assert "停水" not in services.text


@pytest.mark.parametrize("role", ["agency", "adjudicator"])
def test_the_board_is_for_nobody_else(stack: MotoStack, role: str) -> None:
    counted(stack)
    officer = Officer(stack, role, agency_id=AGENCY)
    for page, route in (("", None), ("/print", None), ("/charts/flow", "/charts/{chart}"), ("/league", None)):
        assert board(officer, page, route).status == 403


def test_old_figures_are_called_old(stack: MotoStack) -> None:
    counted(stack)
    assert "没有更新" not in board(city(stack)).text
    stack.clock.pass_(minutes=16)
    assert "超过 15 分钟没有更新" in board(city(stack)).text
    counted(stack, flows_at=None)
    assert "今日受理与归档暂时无法统计" in board(city(stack)).text


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_is_a_picture_that_runs_nothing_and_fetches_nothing(stack: MotoStack, chart: str) -> None:
    counted(stack)
    shown = board(city(stack), f"/charts/{chart}", "/charts/{chart}")
    assert shown.headers["Content-Type"].startswith("image/svg+xml")
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert not shown.all("script")
    assert "http" not in shown.html.replace("http://www.w3.org/", "")
    assert board(city(stack), "/charts/other", "/charts/{chart}").status == 404


def test_a_page_has_everything_in_english_and_nothing_inline(stack: MotoStack) -> None:
    counted(stack)
    shown = board(city(stack, language="en"))
    assert {"Overdue", "Open", "Closed today"} <= cards(shown).keys()
    for tag, attributes in shown.tags:
        assert tag != "style"
        assert not {"style", "onclick"} & attributes.keys()
    assert len(shown.html.encode()) < 100_000


def test_a_tile_lies_where_the_directory_puts_it_and_is_darker_where_more_comes_from(
    stack: MotoStack,
) -> None:
    counted(stack)
    tiles = [each["class"] for each in board(city(stack)).all("li") if "shade" in each.get("class", "")]
    assert len(tiles) == 16
    assert "shade-4 row-3 col-4" in tiles, "东城"
    assert "shade-5 row-3 col-5" in tiles, "朝阳"
    assert sum("shade-0" in each for each in tiles) == 14


def test_the_league_shows_bands_and_intervals_and_says_when_there_is_none(stack: MotoStack) -> None:
    counted(stack)
    stack.run("assessment/count_outcomes")
    stack.clock.pass_(days=30)
    shown = board(city(stack), "/league", month="202605")
    assert "尚未发布" in shown.text
    assert "样本不足" in shown.text
    assert "东华门街道" in shown.text
    assert "还没有可以比较" in board(city(stack), "/league", month="202604").text
    assert board(city(stack), "/league", month="209901").status == 400
    assert "还没有可以比较" in board(district(stack), "/league", month="202605").text


# ---- down to the orders -------------------------------------------------------------------------


def late(stack: MotoStack) -> Life:
    life = Life(stack).dispatched().acknowledged().contacted().late()
    stack.clock.pass_(hours=2)
    return life


def test_from_an_agency_to_its_overdue_order_and_everything_about_it(stack: MotoStack) -> None:
    late(stack)
    counted(stack)
    agency = board(district(stack), f"/agencies/{AGENCY}", "/agencies/{agency_id}")
    assert TEXT[:12] in agency.text
    (link,) = (each["href"] for each in agency.all("a") if each["href"].endswith(f"/orders/{APPEAL}.1"))
    assert link == f"../../board/orders/{APPEAL}.1"
    order = board(district(stack), f"/orders/{APPEAL}.1", "/orders/{order_id}")
    assert order.status == 200
    assert TEXT in order.text
    assert "超过时限办理时限" in order.text
    assert "13800138000" not in order.html
    foreign = Officer(stack, "supervisor", subject="wu", district=OTHER)
    assert board(foreign, f"/orders/{APPEAL}.1", "/orders/{order_id}").status == 404


def act(officer: Officer, page: str, route: str, **typed: str) -> Page:
    return officer.post(PAGES, f"/board{page}", route=f"/board{route}", key="k1", **typed)


def test_a_supervisor_urges_once_however_often_the_form_is_sent(stack: MotoStack) -> None:
    life = late(stack)
    before = life.case.version
    for _ in range(2):
        answer = act(
            district(stack), f"/orders/{APPEAL}.1", "/orders/{order_id}", do="urge", text="请今日办结"
        )
        assert answer.status == 303
        assert answer.headers["Location"].endswith("?done=urge")
    assert life.case.version == before + 1
    shown = board(district(stack), f"/orders/{APPEAL}.1", "/orders/{order_id}", done="urge")
    assert "已催办" in shown.text
    assert "请今日办结" in shown.text


def test_a_demand_without_words_comes_back_with_the_form(stack: MotoStack) -> None:
    late(stack)
    shown = act(district(stack), f"/orders/{APPEAL}.1", "/orders/{order_id}", do="escalate", text=" ")
    assert shown.status == 400
    assert "请写明内容" in shown.text
    assert shown.value("key") == "k1"


def test_an_auditor_and_an_operator_look_and_do_not_act(stack: MotoStack) -> None:
    Life(stack).dispatched().acknowledged().contacted().more_time_asked()
    for role in ("auditor", "operator"):
        shown = board(city(stack, role), f"/orders/{APPEAL}.1", "/orders/{order_id}")
        assert shown.status == 200
        assert shown.all("textarea") == []
        assert act(city(stack, role), f"/orders/{APPEAL}.1", "/orders/{order_id}", do="urge").status == 403
        assert (
            act(city(stack, role), f"/requests/{REQUEST}", "/requests/{order_id}", do="grant").status == 403
        )
        assert board(city(stack, role), "/requests").status == 403


def test_more_time_is_granted_from_the_list_and_the_reason_must_be_given(stack: MotoStack) -> None:
    life = Life(stack).dispatched().acknowledged().contacted().more_time_asked()
    limit = life.case.clocks["handling"].due_at
    waiting = board(district(stack), "/requests")
    assert "延期申请" in waiting.text
    assert "2 天" in waiting.text
    refused = act(district(stack), f"/requests/{REQUEST}", "/requests/{order_id}", do="grant", text="")
    assert refused.status == 400
    answer = act(district(stack), f"/requests/{REQUEST}", "/requests/{order_id}", do="grant", text="同意")
    assert answer.headers["Location"] == "../../board/requests?done=grant"
    assert life.case.clocks["handling"].due_at > limit
    after = board(district(stack), "/requests", done="grant")
    assert "没有待审批" in after.text
    assert "已同意" in after.text


def test_another_districts_request_cannot_be_decided_by_its_number(stack: MotoStack) -> None:
    Life(stack).dispatched().acknowledged().contacted().more_time_asked()
    foreign = Officer(stack, "supervisor", subject="wu", district=OTHER)
    answer = act(foreign, f"/requests/{REQUEST}", "/requests/{order_id}", do="grant", text="同意")
    assert answer.status == 404
    assert "没有待审批" in board(foreign, "/requests").text


def test_figures_are_one_read(stack: MotoStack) -> None:
    counted(stack)
    officer = city(stack)
    board(officer)
    calls: list[str] = []
    aws.dynamodb().meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
    board(officer)
    assert calls.count("GetItem") <= 3, "the session, the figures, and the directory's pointer once a minute"
    assert set(calls) <= {"GetItem"}


# ---- samples ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("board_api.overview", 200),
        ("board_api.print", 200),
        ("board_api.chart", 200),
        ("board_api.agencies", 200),
        ("board_api.agency", 200),
        ("board_api.place", 200),
        ("board_api.league", 200),
        ("board_api.order", 200),
        ("board_api.requests", 200),
        ("board_api.urge", 303),
        ("board_api.grant", 303),
    ],
)
def test_a_sample_is_answered_once_its_session_is_there(
    stack: MotoStack, monkeypatch: pytest.MonkeyPatch, name: str, status: int
) -> None:
    Life(stack).dispatched().acknowledged().contacted().more_time_asked()
    counted(stack)
    assert stack.run(f"web/{name}")["statusCode"] in (303, 401), "nobody is signed in"
    officer = district(stack)
    monkeypatch.setattr(sessions, "current", lambda secret, believe: officer.session)
    monkeypatch.setattr(sessions, "is_proof", lambda text, session: True)
    assert stack.run(f"web/{name}")["statusCode"] == status
