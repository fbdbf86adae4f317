"""督 the city's dashboard: live figures, what is overdue with whom, leagues, trends, the map, down to one order.

Supervisors of a district see their district. Auditors and operators look; supervisors and administrators act too.
Each page of figures reads one item; from an agency on, what is there now.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError

from hotline.domain.actor import Role
from hotline.domain.errors import (
    Forbidden,
    HotlineError,
    InvalidInput,
    NotFound,
    TransitionNotAllowed,
    VersionConflict,
)
from hotline.domain.identifiers import random_entropy, token
from hotline.domain.orders import Escalate
from hotline.domain.outcomes import CITY_WIDE
from hotline.domain.publication import month_before
from hotline.domain.sessions import SessionEnded
from hotline.edges.commands import order_of
from hotline.edges.http import Answer, Request
from hotline.edges.paging import position, sealed
from hotline.use_cases.decide_request import Decide
from hotline.use_cases.press_agency import Supervise, Urge
from hotline.wiring import board as wiring
from hotline.wiring import web
from hotline.wiring.common import cursor_key
from web import board_charts, board_phrases
from web.page_app import city_zone
from web.staff_app import HTML, StaffApp

if TYPE_CHECKING:
    from hotline.edges.forms import Form

Given = TypeVar("Given", bound=BaseModel)

app = StaffApp("board")

WATCHERS = (Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR, Role.OPERATOR)
SUPERVISORS = (Role.SUPERVISOR, Role.ADMIN)
MONTHS_BACK = 6
SHOWN = 10
"""Agencies on the first page; the others are one click away."""

_PRESSING: Mapping[str, type[Urge | Supervise | Escalate]] = {
    "urge": Urge,
    "supervise": Supervise,
    "escalate": Escalate,
}
_REFUSALS = (InvalidInput, TransitionNotAllowed, VersionConflict, Forbidden)


@app.operation(
    "GET",
    "/board",
    session=True,
    roles=WATCHERS,
    content_type=HTML,
    summary="城市看板",
    summary_en="Dashboard",
)
def show_board(request: Request) -> Answer:
    return _figures("board", "board", request)


@app.operation(
    "GET",
    "/board/print",
    session=True,
    roles=WATCHERS,
    content_type=HTML,
    summary="看板打印版",
    summary_en="Dashboard for printing",
)
def show_print(request: Request) -> Answer:
    return _figures("board_print", "board/print", request)


@app.operation(
    "GET",
    "/board/charts/{chart}",
    session=True,
    roles=WATCHERS,
    content_type="image/svg+xml",
    summary="看板图表",
    summary_en="A chart of the dashboard",
    errors=(NotFound,),
)
def show_chart(chart: str, request: Request) -> Answer:
    board = wiring.board(request.principal)
    if board is None or chart not in board_charts.CHARTS:
        raise NotFound("chart")
    headers = {
        "Content-Security-Policy": board_charts.POLICY,
        "Cache-Control": "private, max-age=300",
        "Content-Language": app.view.language,
    }
    svg = board_charts.drawn(chart, board, app.view)
    return Answer(svg, headers=headers, content_type="image/svg+xml; charset=utf-8")


@app.operation(
    "GET",
    "/board/agencies",
    session=True,
    roles=WATCHERS,
    content_type=HTML,
    summary="各单位在办与超时",
    summary_en="What lies with every agency",
)
def list_agencies(request: Request) -> Answer:
    board = wiring.board(request.principal)
    if board is None:
        return _page("board_empty", "board/agencies")
    wanted = request.query("district") or ""
    rows = [row for row in board.agencies if wanted in ("", row.district)]
    return _page("board_agencies", "board/agencies", board=board, rows=rows, wanted=wanted)


@app.operation(
    "GET",
    "/board/agencies/{agency_id}",
    session=True,
    roles=WATCHERS,
    content_type=HTML,
    summary="单位超时工单",
    summary_en="An agency's overdue orders",
    errors=(NotFound, Forbidden, InvalidInput),
)
def show_agency(agency_id: str, request: Request) -> Answer:
    """The figures as they were counted; the orders as they are now."""
    agency = wiring.directory().agencies.get(agency_id)
    if agency is None:
        raise NotFound("agency")
    of_list = f"board/{agency_id}"
    cursor = request.query("cursor")
    after = position(cursor, cursor_key, of_list, request.principal)
    page = sealed(
        wiring.overdue(agency_id, 20, after, request.principal), cursor_key, of_list, request.principal
    )
    board = wiring.board(request.principal)
    here = f"board/agencies/{agency_id}"
    return _page(
        "board_agency",
        here,
        agency=agency,
        board=board,
        counted=board.agency(agency_id).stock if board else None,
        orders=page.orders,
        first=_address(here) if cursor else "",
        next=_address(here, cursor=page.next) if page.next else "",
        services=wiring.directory().services,
    )


@app.operation(
    "GET",
    "/board/places/{district}",
    session=True,
    roles=WATCHERS,
    content_type=HTML,
    summary="区内诉求分布",
    summary_en="Where appeals come from within a district",
    errors=(NotFound,),
)
def show_place(district: str, request: Request) -> Answer:
    board = wiring.board(request.principal)
    here = f"board/places/{district}"
    if board is None:
        return _page("board_empty", here)
    places = board.places_in(district)
    place = wiring.directory().jurisdictions[district]
    services = board.services(district)[:SHOWN]
    return _page("board_place", here, board=board, place=place, places=places, services=services)


@app.operation(
    "GET",
    "/board/league",
    session=True,
    roles=WATCHERS,
    content_type=HTML,
    summary="同类单位比较",
    summary_en="Agencies beside their likes",
    errors=(InvalidInput,),
)
def show_league(request: Request) -> Answer:
    months = _months()
    month = request.query("month") or months[0]
    if month not in months:
        raise InvalidInput.field("month", "请从列表中选择月份", "choose a month of the list")
    try:
        league = wiring.league(month, request.principal)
    except NotFound:
        league = None
    groups = league.groups if league else ()
    wanted = request.query("group") or (groups[0].group if groups else "")
    shown = next((each for each in groups if each.group == wanted), groups[0] if groups else None)
    who = request.principal
    return _page(
        "board_league",
        "board/league",
        month=month,
        months=months,
        league=league,
        shown=shown,
        board_district=who.district if who.role is Role.SUPERVISOR else None,
    )


@app.operation(
    "GET",
    "/board/orders/{order_id}",
    session=True,
    roles=WATCHERS,
    content_type=HTML,
    summary="工单全过程",
    summary_en="One order, from the beginning",
    errors=(NotFound,),
)
def show_order(order_id: str, request: Request) -> Answer:
    return _order(order_id, request)


@app.operation(
    "POST",
    "/board/orders/{order_id}",
    session=True,
    roles=SUPERVISORS,
    form=True,
    content_type=HTML,
    summary="催办、督办、提级",
    summary_en="Urge, supervise or escalate",
    errors=(NotFound, *_REFUSALS, SessionEnded),
)
def press_agency(form: Form, order_id: str, request: Request) -> Answer:
    kind = _PRESSING.get(form.text("do"))
    if kind is None:
        raise InvalidInput.field("do", "请选择要做什么", "choose what to do")
    try:
        wiring.press(order_of(order_id), _command(kind, form), form.text("key"), request.principal)
    except _REFUSALS as error:
        return _order(order_id, request, form, error)
    return app.done(f"board/orders/{order_id}", form.text("do"))


@app.operation(
    "GET",
    "/board/requests",
    session=True,
    roles=SUPERVISORS,
    content_type=HTML,
    summary="待审批的延期、挂账",
    summary_en="Requests for more time",
    errors=(InvalidInput,),
)
def list_requests(request: Request) -> Answer:
    return _requests(request)


@app.operation(
    "POST",
    "/board/requests/{order_id}",
    session=True,
    roles=SUPERVISORS,
    form=True,
    content_type=HTML,
    summary="审批延期、挂账",
    summary_en="Grant or refuse more time",
    errors=(NotFound, *_REFUSALS, SessionEnded),
)
def decide_request(form: Form, order_id: str, request: Request) -> Answer:
    decision = form.text("do")
    if decision not in ("grant", "refuse"):
        raise InvalidInput.field("do", "请选择同意或不同意", "grant or refuse")
    try:
        command = _command(Decide, form, granted=decision == "grant")
        wiring.decide(order_of(order_id), command, form.text("key"), request.principal)
    except _REFUSALS as error:
        return _requests(request, form, error, order_id)
    return app.done("board/requests", decision)


# ---- filling the pages --------------------------------------------------------------------------


def _figures(template: str, here: str, request: Request) -> Answer:
    board = wiring.board(request.principal)
    if board is None:
        return _page("board_empty", here)
    own = board.district
    places = board.places_in(own) if own else board.places()
    return _page(
        template,
        here,
        board=board,
        own=wiring.directory().jurisdictions.get(own) if own else None,
        places=places,
        late=[row for row in board.agencies if row.stock.overdue],
        services=board.services(),
        shown=SHOWN,
    )


def _order(
    order_id: str, request: Request, form: Form | None = None, error: HotlineError | None = None
) -> Answer:
    ref = order_of(order_id)
    order = wiring.order(ref, request.principal)
    directory = wiring.directory()
    notes = {note.note_id: note for note in order.notes}
    acts = [name for name in _PRESSING if name in order.allowed and request.principal.role in SUPERVISORS]
    return _page(
        "board_order",
        f"board/orders/{order_id}",
        status=error.status if error else None,
        order=order,
        ref=ref,
        agencies=directory.agencies,
        jurisdictions=directory.jurisdictions,
        notes=notes,
        acts=acts,
        **_form_facts(request, form, error),
    )


def _requests(
    request: Request,
    form: Form | None = None,
    error: HotlineError | None = None,
    order_id: str = "",
) -> Answer:
    of_list = "board/requests"
    cursor = request.query("cursor") if error is None else None
    after = position(cursor, cursor_key, of_list, request.principal)
    page = sealed(wiring.requests(20, after, request.principal), cursor_key, of_list, request.principal)
    return _page(
        "board_requests",
        of_list,
        status=error.status if error else None,
        requests=page.requests,
        agencies=wiring.directory().agencies,
        about=order_id,
        first=_address(of_list) if cursor else "",
        next=_address(of_list, cursor=page.next) if page.next else "",
        **_form_facts(request, form, error),
    )


def _form_facts(request: Request, form: Form | None, error: HotlineError | None) -> dict[str, Any]:
    """A form keeps its key when it comes back with a fault, so that sending it again is the same command."""
    return {
        "key": (form.text("key") if form else "") or token(random_entropy()),
        "typed": form.text("text") if form else "",
        "error": error,
        "done": request.query("done") or "",
    }


def _page(template: str, here: str, *, status: int | None = None, **facts: Any) -> Answer:
    return app.page(
        template,
        here=here,
        status=status,
        address=_address,
        clock_time=_clock_time,
        words=board_phrases,
        charts=board_charts.CHARTS,
        city_wide=CITY_WIDE,
        jurisdiction=wiring.directory().jurisdictions.get,
        acting=app.session is not None and app.session.principal.role in SUPERVISORS,
        **facts,
    )


def _address(page: str, **query: str) -> str:
    """A page with a query, in the language that the reader has chosen."""
    asked = {**query, **app.language()}
    return f"{app.view.root}{page}{f'?{urlencode(asked)}' if asked else ''}"


def _clock_time(at: datetime) -> str:
    return f"{at.astimezone(city_zone()):%H:%M}"


def _command(kind: type[Given], form: Form, **members: Any) -> Given:
    try:
        return kind(**members, **form.command("text"))
    except ValidationError:
        raise InvalidInput.field(
            "text", "请写明内容，不超过 4000 字", "say something, in at most 4000 characters"
        ) from None


def _months() -> list[str]:
    """The last months that have ended, the latest first."""
    month = month_before(web.now(), str(city_zone()))
    found = [month]
    while len(found) < MONTHS_BACK:
        year, number = int(month[:4]), int(month[4:])
        month = f"{year}{number - 1:02d}" if number > 1 else f"{year - 1}12"
        found.append(month)
    return found
