"""督: what makes agencies' "done" doubtful, signal by signal, for those who review it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from hotline.domain.actor import Role
from hotline.domain.errors import InvalidInput, NotFound
from hotline.domain.model import Frozen
from hotline.edges.commands import appeal_id_of
from hotline.edges.http import HttpApp, Request
from hotline.use_cases.read_findings import AgencyFindings, OrderFindings
from hotline.wiring import signals

app = HttpApp("suspicions")

REVIEWERS = (Role.SUPERVISOR, Role.ADJUDICATOR, Role.ADMIN, Role.AUDITOR)


class SuspicionsOf(Frozen):
    """Whose month (yyyymm), and how many at most."""

    month: Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}(0[1-9]|1[0-2])$")]
    agency_id: str = Field(max_length=40)
    limit: int = Field(default=20, ge=1, le=100)


@app.operation(
    "GET",
    "/suspicions",
    query=SuspicionsOf,
    answer=AgencyFindings,
    roles=REVIEWERS,
    summary="疑似虚假办结信号（按单位、月份）",
    summary_en="What makes an agency's results of a month doubtful, the highest score first",
    errors=(NotFound, InvalidInput),
)
def list_suspicions(query: SuspicionsOf, request: Request) -> AgencyFindings:
    return signals.of_month(query.month, query.agency_id, query.limit, request.principal)


@app.operation(
    "GET",
    "/suspicions/{appeal_id}",
    answer=OrderFindings,
    roles=REVIEWERS,
    summary="一件工单的全部信号及数值",
    summary_en="Every signal of an order with its value",
    errors=(NotFound,),
)
def show_suspicions(appeal_id: str, request: Request) -> OrderFindings:
    return signals.of_order(appeal_id_of(appeal_id), request.principal)
