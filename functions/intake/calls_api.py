"""接: operators and call-centre software take calls down (条例 Art 10, 11)."""

from __future__ import annotations

from hotline.domain.actor import Role
from hotline.domain.errors import Forbidden, IdempotencyKeyReused, InvalidInput, NotFound
from hotline.edges.commands import command_key
from hotline.edges.http import IDEMPOTENCY_KEY, HttpApp, Request
from hotline.use_cases.assist_call import CallHints, WordsSoFar
from hotline.use_cases.compare_appeals import ComparisonOutdated
from hotline.use_cases.compare_draft import CompareDraft, DraftComparison
from hotline.use_cases.look_up_caller import Caller, EarlierAppeals, LooksAtCaller
from hotline.use_cases.take_call import CallTaken, TakeCall
from hotline.wiring import calls

app = HttpApp("calls")

DESK = (Role.OPERATOR, Role.ADMIN)


@app.operation(
    "POST",
    "/intake/calls",
    body=TakeCall,
    answer=CallTaken,
    status=201,
    roles=DESK,
    headers=(IDEMPOTENCY_KEY,),
    summary="登记来电；可当场答复",
    summary_en="Take a call down, and conclude it at once where it was answered on the telephone",
    errors=(InvalidInput, IdempotencyKeyReused, ComparisonOutdated),
)
def take_call(command: TakeCall, request: Request) -> CallTaken:
    return calls.take(command, command_key(request), request.principal)


@app.operation(
    "POST",
    "/intake/calls/hints",
    body=WordsSoFar,
    answer=CallHints,
    roles=DESK,
    summary="边听边提示：紧急电话、事项、地点、承办单位",
    summary_en="Emergency lines, services, places and the agency for what a caller says; nothing is stored",
    errors=(InvalidInput,),
)
def assist_call(words: WordsSoFar, request: Request) -> CallHints:
    return calls.hints(words)


@app.operation(
    "POST",
    "/intake/calls/comparison",
    body=CompareDraft,
    answer=DraftComparison,
    roles=DESK,
    summary="来电与更早的诉求比对",
    summary_en="What a caller says beside an earlier appeal, and how far that is; nothing is stored",
    errors=(NotFound, InvalidInput),
)
def compare_draft(draft: CompareDraft, request: Request) -> DraftComparison:
    return calls.compare(draft)


@app.operation(
    "POST",
    "/intake/callers/appeals",
    body=Caller,
    answer=EarlierAppeals,
    roles=DESK,
    summary="来电人近期的诉求（查询留痕）",
    summary_en="What a caller said before; every look is recorded. Posted, so that no address holds a number",
    errors=(InvalidInput,),
)
def look_up_caller(caller: Caller, request: Request) -> EarlierAppeals:
    return calls.look_up(caller, request.principal)


@app.operation(
    "POST",
    "/intake/callers/looks",
    body=Caller,
    answer=LooksAtCaller,
    roles=(Role.AUDITOR, Role.ADMIN),
    summary="谁查过这个号码",
    summary_en="Who looked a number up, and when: for audits and for the person's own question",
    errors=(InvalidInput, Forbidden),
)
def list_looks(caller: Caller, request: Request) -> LooksAtCaller:
    return calls.looks_at(caller)
