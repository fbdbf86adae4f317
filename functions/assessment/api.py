"""评: the three rates by agency and month, as they were published or as they are counted now."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from assessment.score_tables import league_table, public_table, scores_table
from hotline.domain.actor import STAFF_READERS, Role
from hotline.domain.errors import InvalidInput, NotFound
from hotline.domain.model import Frozen
from hotline.edges.http import Answer, HttpApp, Request
from hotline.edges.tables import ALSO_A_TABLE
from hotline.use_cases.public_scorecards import PublicMonth
from hotline.use_cases.read_scorecards import AgencyMonth, MonthLeague, MonthScores, Revisions
from hotline.wiring import scorecards

app = HttpApp("assessment")

Format = Literal["json", "csv"]

_WHOLE_MONTH = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)
_PUBLIC_FOR = {"Cache-Control": "public, max-age=300"}


class Shown(Frozen):
    """Whether a published month is shown as it is counted now."""

    live: bool = False


class Where(Shown):
    """Which district; ``city`` for the agencies that belong to none."""

    district: Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|city)$")] = Field(default="city")
    format: Format = "json"


class Among(Shown):
    """Which group of like agencies; every group when left out."""

    group: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$")] | None = None
    format: Format = "json"


class InPublic(Frozen):
    """As what a published month is wanted."""

    format: Format = "json"


@app.operation(
    "GET",
    "/scorecards/{month}",
    query=Where,
    answer=MonthScores,
    roles=_WHOLE_MONTH,
    summary="月度三率",
    summary_en="A month's scorecards",
    errors=(InvalidInput, NotFound),
    described=ALSO_A_TABLE,
)
def list_scorecards(month: str, query: Where, request: Request) -> MonthScores | Answer:
    shown = scorecards.scores(checked(month), query.district, request.principal, live=query.live)
    return scores_table(shown) if query.format == "csv" else shown


@app.operation(
    "GET",
    "/scorecards/{month}/league",
    query=Among,
    answer=MonthLeague,
    roles=_WHOLE_MONTH,
    summary="同类单位比较",
    summary_en="Agencies beside their likes: bands and ranges of rank",
    errors=(InvalidInput, NotFound),
    described=ALSO_A_TABLE,
)
def show_league(month: str, query: Among, request: Request) -> MonthLeague | Answer:
    shown = scorecards.league(checked(month), query.group, request.principal, live=query.live)
    return league_table(shown) if query.format == "csv" else shown


@app.operation(
    "GET",
    "/scorecards/{month}/revisions",
    answer=Revisions,
    roles=STAFF_READERS,
    summary="月度发布与修订",
    summary_en="What was published when, and why",
    errors=(InvalidInput, NotFound),
)
def list_revisions(month: str, request: Request) -> Revisions:
    return scorecards.revisions(checked(month))


@app.operation(
    "GET",
    "/scorecards/{month}/{agency_id}",
    query=Shown,
    answer=AgencyMonth,
    roles=STAFF_READERS,
    summary="单位月度三率",
    summary_en="One agency's month",
    errors=(InvalidInput, NotFound),
)
def show_scorecard(month: str, agency_id: str, query: Shown, request: Request) -> AgencyMonth:
    return scorecards.score_of(checked(month), agency_id, request.principal, live=query.live)


@app.operation(
    "GET",
    "/public/scorecards/{month}",
    query=InPublic,
    answer=PublicMonth,
    public=True,
    summary="已发布的月度三率",
    summary_en="A published month, for everybody",
    errors=(InvalidInput, NotFound),
    described=ALSO_A_TABLE,
)
def show_in_public(month: str, query: InPublic, request: Request) -> Answer:
    shown = scorecards.in_public(checked(month))
    answer = public_table(shown) if query.format == "csv" else Answer(shown)
    return answer._replace(headers={**answer.headers, **_PUBLIC_FOR})


def checked(month: str) -> str:
    """A month as yyyymm.

    Raises:
        InvalidInput: it is not one.
    """
    if not (len(month) == 6 and month.isascii() and month.isdecimal() and "01" <= month[4:] <= "12"):
        raise InvalidInput.field("month", "月份格式应为 yyyymm", "must be yyyymm, for example 202611")
    return month
