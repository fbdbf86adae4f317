"""评: response, resolution and satisfaction rates by agency and month."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from hotline.domain.actor import STAFF_READERS, Role
from hotline.domain.errors import InvalidInput, NotFound
from hotline.domain.model import Frozen
from hotline.edges.http import HttpApp, Request
from hotline.use_cases.count_outcomes import AgencyScore, MonthScores
from hotline.wiring import assessment

app = HttpApp("assessment")


class Where(Frozen):
    """Which district; ``city`` for the agencies that belong to none."""

    district: Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|city)$")] = Field(default="city")


@app.operation(
    "GET",
    "/scorecards/{month}",
    query=Where,
    answer=MonthScores,
    roles=(Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR),
    summary="月度三率",
    summary_en="A month's scorecards",
    errors=(InvalidInput, NotFound),
)
def list_scorecards(month: str, query: Where, request: Request) -> MonthScores:
    return assessment.scores(checked(month), query.district, request.principal)


@app.operation(
    "GET",
    "/scorecards/{month}/{agency_id}",
    answer=AgencyScore,
    roles=STAFF_READERS,
    summary="单位月度三率",
    summary_en="One agency's month",
    errors=(InvalidInput, NotFound),
)
def show_scorecard(month: str, agency_id: str, request: Request) -> AgencyScore:
    return assessment.score_of(checked(month), agency_id, request.principal)


def checked(month: str) -> str:
    """A month as yyyymm.

    Raises:
        InvalidInput: it is not one.
    """
    if len(month) != 6 or not month.isdigit() or not "01" <= month[4:] <= "12":
        raise InvalidInput.field("month", "月份格式应为 yyyymm", "must be yyyymm, for example 202611")
    return month
