"""公开数据: which months are published, and where their files are."""

from __future__ import annotations

import re

from hotline.domain.errors import NotFound
from hotline.domain.model import Frozen
from hotline.edges.http import Answer, HttpApp, Request
from hotline.wiring import open_shelf

app = HttpApp("opendata")

_SHORTLY = {"Cache-Control": "public, max-age=300"}
_MONTH = re.compile(r"20[0-9]{2}(0[1-9]|1[0-2])")


class OpenMonths(Frozen):
    """The months that are published (yyyymm), oldest first."""

    months: tuple[str, ...]


class OpenMonth(Frozen):
    """The files of a month: each name with a link that opens it for an hour."""

    month: str
    files: dict[str, str]


@app.operation(
    "GET",
    "/open-data",
    answer=OpenMonths,
    public=True,
    summary="公开数据：已公布的月份",
    summary_en="Open data: the months that are published",
)
def list_months(request: Request) -> Answer:
    return Answer(OpenMonths(months=tuple(open_shelf.shelf().published())), headers=_SHORTLY)


@app.operation(
    "GET",
    "/open-data/{month}",
    answer=OpenMonth,
    public=True,
    summary="公开数据：某月的数据文件",
    summary_en="Open data: the files of a month",
    errors=(NotFound,),
)
def show_month(month: str, request: Request) -> Answer:
    if not _MONTH.fullmatch(month):
        raise NotFound("open data")
    return Answer(OpenMonth(month=month, files=open_shelf.shelf().links(month)), headers=_SHORTLY)
