"""派: repeated appeals: find them, compare them, handle them by one order, take them apart again."""

from __future__ import annotations

from pydantic import Field

from hotline.domain.actor import STAFF_READERS, Role
from hotline.domain.answers import OrderState
from hotline.domain.errors import InvalidInput, NotFound, TransitionNotAllowed, VersionConflict
from hotline.domain.model import Frozen
from hotline.edges.commands import appeal_id_of, carry_out
from hotline.edges.http import HttpApp, Request
from hotline.use_cases.compare_appeals import Comparison
from hotline.use_cases.find_repeats import DraftAppeal, SimilarAppeals
from hotline.use_cases.list_members import Members
from hotline.use_cases.merge_appeals import MergeAppeal, UnmergeAppeal
from hotline.wiring import repeats

app = HttpApp("repeats")

DESK = (Role.OPERATOR, Role.ADMIN)

_ERRORS = (NotFound, InvalidInput, TransitionNotAllowed, VersionConflict)


class ComparedWith(Frozen):
    """The number of the earlier appeal."""

    with_: str = Field(alias="with", max_length=40)


@app.operation(
    "POST",
    "/appeals/similar",
    body=DraftAppeal,
    answer=SimilarAppeals,
    roles=DESK,
    summary="受理时查找相似诉求",
    summary_en="Appeals like what a caller is saying; nothing is stored",
    errors=(InvalidInput,),
)
def find_similar(draft: DraftAppeal, request: Request) -> SimilarAppeals:
    return repeats.similar_to_draft(draft)


@app.operation(
    "GET",
    "/dispatch/queue/{appeal_id}/similar",
    answer=SimilarAppeals,
    roles=(*DESK, Role.ADJUDICATOR),
    summary="相似诉求及理由",
    summary_en="Appeals like this one, with the reasons",
    errors=(NotFound,),
)
def list_similar(appeal_id: str, request: Request) -> SimilarAppeals:
    return repeats.similar_to_appeal(appeal_id_of(appeal_id))


@app.operation(
    "GET",
    "/dispatch/queue/{appeal_id}/comparison",
    query=ComparedWith,
    answer=Comparison,
    roles=(*DESK, Role.ADJUDICATOR),
    summary="与更早的诉求比对",
    summary_en="This appeal beside an earlier one, and what is new in it",
    errors=(NotFound, InvalidInput),
)
def compare_appeals(query: ComparedWith, appeal_id: str, request: Request) -> Comparison:
    return repeats.compare(appeal_id_of(appeal_id), query.with_)


@app.operation(
    "GET",
    "/orders/{order_id}/members",
    answer=Members,
    roles=STAFF_READERS,
    summary="一并办理的诉求",
    summary_en="The appeals that are handled by an order",
    errors=(NotFound,),
)
def list_members(order_id: str, request: Request) -> Members:
    return repeats.members(appeal_id_of(order_id), request.principal)


@app.operation(
    "POST",
    "/orders/{order_id}/merge",
    body=MergeAppeal,
    answer=OrderState,
    roles=DESK,
    summary="并入另一诉求一并办理",
    summary_en="Handle an appeal together with another",
    errors=_ERRORS,
)
def merge_appeal(command: MergeAppeal, order_id: str, request: Request) -> OrderState:
    return carry_out(repeats.merge, command, "merge", order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/unmerge",
    body=UnmergeAppeal,
    answer=OrderState,
    roles=DESK,
    summary="恢复单独办理",
    summary_en="Handle a joined appeal on its own again",
    errors=_ERRORS,
)
def unmerge_appeal(command: UnmergeAppeal, order_id: str, request: Request) -> OrderState:
    return carry_out(repeats.unmerge, command, "unmerge", order_id, request)
