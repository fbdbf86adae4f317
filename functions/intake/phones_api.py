"""接: citizens who have lost the key of an appeal prove their telephone number and find it again."""

from __future__ import annotations

from hotline.domain.errors import InvalidInput, TooManyRequests
from hotline.domain.phone_codes import (
    AskForCode,
    CheckCode,
    CitizenPass,
    CodeAsked,
    CodeRefused,
    PassExpired,
)
from hotline.edges.http import CITIZEN_TOKEN, HttpApp, Request
from hotline.use_cases.list_own_appeals import OwnAppeals, OwnAppealsQuery
from hotline.wiring import phone_codes

app = HttpApp("phones")


@app.operation(
    "POST",
    "/phone-codes",
    body=AskForCode,
    answer=CodeAsked,
    status=202,
    public=True,
    summary="获取短信验证码",
    summary_en="Ask for a code by text message; the answer is the same for every number",
    errors=(InvalidInput, TooManyRequests),
)
def ask_for_code(command: AskForCode, request: Request) -> CodeAsked:
    return phone_codes.ask(command, request.source_ip)


@app.operation(
    "POST",
    "/phone-codes/verify",
    body=CheckCode,
    answer=CitizenPass,
    public=True,
    summary="用验证码换取通行令牌",
    summary_en="Exchange the code for a pass that works for half an hour",
    errors=(InvalidInput, CodeRefused, TooManyRequests),
)
def check_code(command: CheckCode, request: Request) -> CitizenPass:
    return phone_codes.check(command, request.source_ip)


@app.operation(
    "GET",
    "/my/appeals",
    query=OwnAppealsQuery,
    answer=OwnAppeals,
    public=True,
    headers=(CITIZEN_TOKEN,),
    summary="本人近期的诉求",
    summary_en="The appeals of a proven number, each with a key that works as long as the pass",
    errors=(InvalidInput, PassExpired),
)
def list_own_appeals(query: OwnAppealsQuery, request: Request) -> OwnAppeals:
    return phone_codes.own_appeals(request.header(CITIZEN_TOKEN) or "", query)
