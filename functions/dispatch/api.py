"""派: the desk: operators' and adjudicators' queues, and their decisions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from hotline.domain.actor import STAFF_READERS, Role
from hotline.domain.answers import AskedState, OrderPage, OrderState, ReturnGrounds
from hotline.domain.classifier import Candidate
from hotline.domain.conclusions import Conclude
from hotline.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    TransitionNotAllowed,
    VersionConflict,
)
from hotline.domain.model import Frozen
from hotline.edges.commands import appeal_id_of, ask, carry_out
from hotline.edges.http import HttpApp, Request
from hotline.edges.paging import position, sealed
from hotline.use_cases.adjudicate_return import Adjudicate
from hotline.use_cases.compare_appeals import ComparisonOutdated
from hotline.use_cases.consult_agencies import Consult, OpinionView
from hotline.use_cases.dispatch_by_operator import DispatchByOperator
from hotline.use_cases.propose_duties import MonthProposals
from hotline.use_cases.reveal_informant import Reveal, Revealed
from hotline.wiring import desk, proposals, reveal
from hotline.wiring.common import cursor_key

app = HttpApp("dispatch")

DESK = (Role.OPERATOR, Role.ADMIN)

_ERRORS = (NotFound, InvalidInput, TransitionNotAllowed, VersionConflict)


class QueuePage(Frozen):
    """Which part of a list."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class ProposalsOf(Frozen):
    """Which month, and how many at most."""

    month: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(0[1-9]|1[0-2])$")]
    limit: int = Field(default=100, ge=1, le=500)


class Candidates(Frozen):
    """What the rules make of an appeal: an agency, or the reasons why none can be named.

    ``opinions`` are those of agencies that were asked whose duty it is (条例 Art 12).
    """

    agency_id: str | None = None
    rule_id: str | None = None
    reasons: tuple[str, ...] = ()
    services: tuple[Candidate, ...] = ()
    places: tuple[str, ...] = ()
    catalogue_version: str
    opinions: tuple[OpinionView, ...] = ()


@app.operation(
    "GET",
    "/dispatch/queue",
    query=QueuePage,
    answer=OrderPage,
    roles=(*DESK, Role.SUPERVISOR, Role.AUDITOR),
    summary="待人工派单",
    summary_en="Appeals that wait for an operator",
)
def list_queue(query: QueuePage, request: Request) -> OrderPage:
    after = position(query.cursor, cursor_key, "dispatch-queue", request.principal)
    return sealed(desk.queue(query.limit, after), cursor_key, "dispatch-queue", request.principal)


@app.operation(
    "GET",
    "/dispatch/queue/{appeal_id}",
    answer=Candidates,
    roles=(*DESK, Role.ADJUDICATOR),
    summary="派单候选与理由",
    summary_en="Candidates and reasons",
    errors=(NotFound,),
)
def show_candidates(appeal_id: str, request: Request) -> Candidates:
    number = appeal_id_of(appeal_id)
    decision = desk.candidates(number)
    known = {name: getattr(decision, name) for name in Candidates.model_fields if hasattr(decision, name)}
    return Candidates.model_validate({**known, "opinions": desk.opinions(number)})


@app.operation(
    "POST",
    "/dispatch/queue/{appeal_id}/consult",
    body=Consult,
    answer=AskedState,
    status=201,
    roles=(*DESK, Role.ADJUDICATOR),
    summary="派单前会商",
    summary_en="Ask agencies whose duty it is, before dispatch",
    errors=_ERRORS,
)
def consult_agencies(command: Consult, appeal_id: str, request: Request) -> AskedState:
    return ask(desk.consult, command, "consult", appeal_id, request)


@app.operation(
    "POST",
    "/dispatch/queue/{appeal_id}/reveal",
    body=Reveal,
    answer=Revealed,
    roles=(*DESK, Role.SUPERVISOR),
    summary="查看保密举报原件（留痕）",
    summary_en="Read a confidential report; every look is recorded with its reason",
    errors=(NotFound, Forbidden, InvalidInput, VersionConflict),
)
def reveal_informant(command: Reveal, appeal_id: str, request: Request) -> Revealed:
    return reveal.reveal(appeal_id_of(appeal_id), command, request.principal)


@app.operation(
    "GET",
    "/dispatch/disputes",
    query=QueuePage,
    answer=OrderPage,
    roles=(*DESK, Role.ADJUDICATOR),
    summary="待裁定的退单",
    summary_en="Returned orders that wait for a decision; a page may be shorter than its limit",
)
def list_disputes(query: QueuePage, request: Request) -> OrderPage:
    after = position(query.cursor, cursor_key, "disputes", request.principal)
    return sealed(desk.disputes(query.limit, after), cursor_key, "disputes", request.principal)


@app.operation(
    "GET",
    "/dispatch/return-grounds",
    answer=ReturnGrounds,
    roles=STAFF_READERS,
    summary="退单理由",
    summary_en="The grounds on which an order may be returned",
)
def list_return_grounds(request: Request) -> ReturnGrounds:
    return ReturnGrounds()


@app.operation(
    "GET",
    "/dispatch/proposals",
    query=ProposalsOf,
    answer=MonthProposals,
    roles=(*DESK, Role.ADJUDICATOR, Role.SUPERVISOR, Role.AUDITOR),
    summary="派单目录调整建议",
    summary_en="What redirected orders of a month propose for the duty catalogue",
    errors=(InvalidInput,),
)
def list_proposals(query: ProposalsOf, request: Request) -> MonthProposals:
    return proposals.of_month(query.month, query.limit, request.principal)


@app.operation(
    "POST",
    "/orders/{order_id}/adjudicate",
    body=Adjudicate,
    answer=OrderState,
    roles=(Role.ADJUDICATOR, Role.ADMIN),
    summary="裁定退单异议",
    summary_en="Uphold the dispatch of a returned order, redirect it, or designate an agency",
    errors=_ERRORS,
)
def adjudicate_return(command: Adjudicate, order_id: str, request: Request) -> OrderState:
    return carry_out(desk.adjudicate, command, "adjudicate", order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/conclude",
    body=Conclude,
    answer=OrderState,
    roles=(*DESK, Role.ADJUDICATOR),
    summary="直接答复、告知途径等（不派单）",
    summary_en="End an appeal without handling: answered, told another way, handed to an emergency line",
    errors=(*_ERRORS, ComparisonOutdated),
)
def conclude_appeal(command: Conclude, order_id: str, request: Request) -> OrderState:
    return carry_out(desk.conclude, command, "conclude", order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/dispatch",
    body=DispatchByOperator,
    answer=OrderState,
    roles=DESK,
    summary="人工派单、改派",
    summary_en="Dispatch or redispatch by hand",
    errors=_ERRORS,
)
def dispatch_order(command: DispatchByOperator, order_id: str, request: Request) -> OrderState:
    return carry_out(desk.decide, command, "dispatch", order_id, request)
