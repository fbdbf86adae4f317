"""督: supervisors decide about more time, and press for what is owed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from hotline.domain.actor import Role
from hotline.domain.answers import (
    AskedState,
    OrderPage,
    OrderState,
    RequestPage,
    ReviewPage,
    order_state,
)
from hotline.domain.errors import Forbidden, InvalidInput, NotFound, TransitionNotAllowed, VersionConflict
from hotline.domain.model import Frozen
from hotline.domain.orders import Escalate
from hotline.domain.side_orders import ReviewSubject
from hotline.edges.commands import ask, carry_out, command_id_of, order_of
from hotline.edges.http import HttpApp, Request
from hotline.edges.paging import position, sealed
from hotline.use_cases.decide_request import Decide
from hotline.use_cases.judge_review import Judge
from hotline.use_cases.press_agency import Supervise, Urge
from hotline.wiring import supervision
from hotline.wiring.common import cursor_key

app = HttpApp("supervision")

SUPERVISORS = (Role.SUPERVISOR, Role.ADMIN)
REVIEWERS = (Role.ADJUDICATOR, Role.SUPERVISOR, Role.ADMIN)

_ERRORS = (NotFound, InvalidInput, TransitionNotAllowed, VersionConflict)


class RequestsOf(Frozen):
    """Whose requests, and which part of the list; without ``district`` the caller's own, or the city's."""

    district: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class ReviewsOf(Frozen):
    """Which reviews, and which part of the list."""

    about: ReviewSubject
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class OverdueOf(Frozen):
    """Whose overdue orders, and which part of the list."""

    agency_id: str = Field(max_length=40)
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


@app.operation(
    "GET",
    "/supervision/requests",
    query=RequestsOf,
    answer=RequestPage,
    roles=SUPERVISORS,
    summary="待审批的延期、挂账申请",
    summary_en="Requests for more time that wait for a decision",
    errors=(Forbidden, InvalidInput),
)
def list_requests(query: RequestsOf, request: Request) -> RequestPage:
    inbox = supervision.inbox_of(request.principal, query.district)
    after = position(query.cursor, cursor_key, inbox, request.principal)
    page = supervision.requests(inbox, query.limit, after)
    return sealed(page, cursor_key, inbox, request.principal)


@app.operation(
    "POST",
    "/supervision/requests/{order_id}/decide",
    body=Decide,
    answer=OrderState,
    roles=SUPERVISORS,
    summary="审批延期、挂账",
    summary_en="Grant or refuse more time",
    errors=(*_ERRORS, Forbidden),
)
def decide_request(command: Decide, order_id: str, request: Request) -> OrderState:
    order = order_of(order_id)
    command_id = command_id_of(request, "decide", order.order_id)
    side = supervision.decide(
        order.appeal_id, order.order_id, command, request.principal, command_id, request.if_match
    )
    return order_state(side)


@app.operation(
    "GET",
    "/supervision/reviews",
    query=ReviewsOf,
    answer=ReviewPage,
    roles=REVIEWERS,
    summary="待复核事项（剔除、不满意、疑似虚假办结）",
    summary_en="Reviews that wait for a verdict: exclusions, dissatisfactions, suspicions",
    errors=(InvalidInput,),
)
def list_reviews(query: ReviewsOf, request: Request) -> ReviewPage:
    of_list = f"reviews/{query.about}"
    after = position(query.cursor, cursor_key, of_list, request.principal)
    page = supervision.reviews(query.about, query.limit, after)
    return sealed(page, cursor_key, of_list, request.principal)


@app.operation(
    "POST",
    "/supervision/reviews/{order_id}/judge",
    body=Judge,
    answer=OrderState,
    roles=REVIEWERS,
    summary="作出复核结论",
    summary_en="Judge: leave an order out of the assessment or not, and why",
    errors=(*_ERRORS, Forbidden),
)
def judge_review(command: Judge, order_id: str, request: Request) -> OrderState:
    order = order_of(order_id)
    command_id = command_id_of(request, "judge", order.order_id)
    side = supervision.judge(
        order.appeal_id, order.order_id, command, request.principal, command_id, request.if_match
    )
    return order_state(side)


@app.operation(
    "GET",
    "/supervision/overdue",
    query=OverdueOf,
    answer=OrderPage,
    roles=SUPERVISORS,
    summary="超时工单",
    summary_en="An agency's overdue orders, the longest overdue first",
    errors=(Forbidden, InvalidInput),
)
def list_overdue(query: OverdueOf, request: Request) -> OrderPage:
    of_list = f"overdue/{query.agency_id}"
    after = position(query.cursor, cursor_key, of_list, request.principal)
    page = supervision.overdue(query.agency_id, query.limit, after, request.principal)
    return sealed(page, cursor_key, of_list, request.principal)


@app.operation(
    "POST",
    "/supervision/orders/{order_id}/urge",
    body=Urge,
    answer=OrderState,
    roles=SUPERVISORS,
    summary="催办",
    summary_en="Urge",
    errors=_ERRORS,
)
def urge_agency(command: Urge, order_id: str, request: Request) -> OrderState:
    return carry_out(supervision.press, command, "urge", order_id, request)


@app.operation(
    "POST",
    "/supervision/orders/{order_id}/supervise",
    body=Supervise,
    answer=AskedState,
    status=201,
    roles=SUPERVISORS,
    summary="督办",
    summary_en="Demand a written answer of the agency",
    errors=_ERRORS,
)
def supervise_agency(command: Supervise, order_id: str, request: Request) -> AskedState:
    return ask(supervision.press, command, "supervise", order_id, request)


@app.operation(
    "POST",
    "/supervision/orders/{order_id}/escalate",
    body=Escalate,
    answer=AskedState,
    status=201,
    roles=SUPERVISORS,
    summary="提级",
    summary_en="Ask the agency's next superior for an opinion",
    errors=_ERRORS,
)
def escalate_order(command: Escalate, order_id: str, request: Request) -> AskedState:
    return ask(supervision.press, command, "escalate", order_id, request)
