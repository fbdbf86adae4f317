"""派: the operators' queue, and their decisions."""

from __future__ import annotations

from pydantic import Field

from hotline.domain.actor import Role
from hotline.domain.answers import OrderPage, OrderState, order_state
from hotline.domain.classifier import Candidate
from hotline.domain.errors import InvalidInput, NotFound, TransitionNotAllowed, VersionConflict
from hotline.domain.model import Frozen
from hotline.edges.commands import appeal_id_of, command_id_of
from hotline.edges.http import HttpApp, Request
from hotline.edges.paging import position, sealed
from hotline.use_cases.dispatch_appeals import DispatchByOperator
from hotline.wiring import dispatch
from hotline.wiring.common import cursor_key

app = HttpApp("dispatch")

DESK = (Role.OPERATOR, Role.ADMIN)


class QueuePage(Frozen):
    """Which part of a list."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class Candidates(Frozen):
    """What the rules make of an appeal: an agency, or the reasons why none can be named."""

    agency_id: str | None = None
    rule_id: str | None = None
    reasons: tuple[str, ...] = ()
    services: tuple[Candidate, ...] = ()
    places: tuple[str, ...] = ()
    catalogue_version: str


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
    return sealed(dispatch.queue(query.limit, after), cursor_key, "dispatch-queue", request.principal)


@app.operation(
    "GET",
    "/dispatch/queue/{appeal_id}",
    answer=Candidates,
    roles=DESK,
    summary="派单候选与理由",
    summary_en="Candidates and reasons",
    errors=(NotFound,),
)
def show_candidates(appeal_id: str, request: Request) -> Candidates:
    decision = dispatch.candidates(appeal_id_of(appeal_id))
    return Candidates.model_validate(
        {name: getattr(decision, name) for name in Candidates.model_fields if hasattr(decision, name)}
    )


@app.operation(
    "POST",
    "/orders/{order_id}/dispatch",
    body=DispatchByOperator,
    answer=OrderState,
    roles=DESK,
    summary="人工派单、改派",
    summary_en="Dispatch or redispatch by hand",
    errors=(NotFound, InvalidInput, TransitionNotAllowed, VersionConflict),
)
def dispatch_order(command: DispatchByOperator, order_id: str, request: Request) -> OrderState:
    appeal_id = appeal_id_of(order_id)
    command_id = command_id_of(request, "dispatch", appeal_id)
    case = dispatch.dispatch_by_operator(appeal_id, command, request.principal, command_id, request.if_match)
    return order_state(case)
