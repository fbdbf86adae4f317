"""What everybody may read: the published figures, what is reported where, help, and how data are kept.

Nothing here knows a number or a key, so this function has no permission on words and contacts.
"""

from __future__ import annotations

from hotline.domain.directory import Directory, Level
from hotline.domain.errors import HotlineError, InvalidInput, NotFound
from hotline.edges.http import Answer, Request
from hotline.wiring import public
from hotline.wiring.pages import city_zone
from web import phrases
from web.page_app import PageApp
from web.public_months import chosen_month, month_before, shown_month
from web.report_form import shelves

HTML = "text/html"
FOR_A_WHILE = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Language"}
_LOOK_BACK = 3
"""Months tried for the latest that is published."""

app = PageApp("public-pages")


class MonthUnknown(HotlineError):
    """The month is none, or has not been published."""

    code = "month-unknown"
    title = "Month not published"
    status = 404

    def __init__(self) -> None:
        super().__init__("这个月的数据还没有公布", "The figures of this month are not published")


@app.operation("GET", "/help", public=True, content_type=HTML, summary="使用帮助", summary_en="Help")
def show_help(request: Request) -> Answer:
    return _lasting(app.page("help", here="help"))


@app.operation(
    "GET",
    "/privacy",
    public=True,
    content_type=HTML,
    summary="隐私说明",
    summary_en="How personal data are kept",
)
def show_privacy(request: Request) -> Answer:
    return _lasting(app.page("privacy", here="privacy", city=public.directory().city))


@app.operation(
    "GET",
    "/figures",
    public=True,
    content_type=HTML,
    summary="办理情况公开",
    summary_en="The latest month that is published",
)
def show_latest_figures(request: Request) -> Answer:
    month = month_before(public.now().astimezone(city_zone()))
    for _ in range(_LOOK_BACK):
        try:
            return _month_page(month, request.parameters.get("group", ""), "figures")
        except MonthUnknown:
            month = month_before(month)
    return _lasting(app.page("figures_none", here="figures"))


@app.operation(
    "GET",
    "/figures/{month}",
    public=True,
    content_type=HTML,
    summary="某月办理情况",
    summary_en="A published month: bands, bounds, exclusions; nothing that rests on few",
    errors=(MonthUnknown,),
)
def show_figures(month: str, request: Request) -> Answer:
    return _month_page(chosen_month(month), request.parameters.get("group", ""), f"figures/{month}")


def _month_page(month: str | None, group: str, here: str) -> Answer:
    try:
        found = public.month(month) if month else None
    except NotFound:
        found = None
    if month is None or found is None:
        raise MonthUnknown
    page = app.page(
        "figures",
        here=here,
        month=month,
        shown=shown_month(month),
        found=found,
        chosen=next(
            (each for each in found.groups if each.group == group), found.groups[0] if found.groups else None
        ),
        bands=phrases.BANDS,
        earlier=month_before(month),
    )
    return _lasting(page)


@app.operation(
    "GET",
    "/nearby",
    public=True,
    content_type=HTML,
    summary="身边的诉求",
    summary_en="What is reported about a topic in a sub-district, counted in fives",
    errors=(InvalidInput,),
)
def show_nearby(request: Request) -> Answer:
    directory = public.directory()
    district = directory.district_of(request.parameters.get("district", ""))
    subdistrict, topic = (request.parameters.get(name, "") for name in ("subdistrict", "topic"))
    found = None
    if subdistrict and topic:
        try:
            found = public.appeals(subdistrict, topic)
        except NotFound:
            return _nearby(directory, district, subdistrict, topic, status=404)
    return _nearby(directory, district or directory.district_of(subdistrict), subdistrict, topic, found=found)


def _nearby(
    directory: Directory,
    district: str | None,
    subdistrict: str,
    topic: str,
    *,
    found: object = None,
    status: int = 200,
) -> Answer:
    places = directory.jurisdictions.values()
    page = app.page(
        "nearby",
        here="nearby",
        status=status,
        district=district,
        subdistrict=subdistrict,
        topic=topic,
        found=found,
        unknown=phrases.NO_SUCH_PLACE if status != 200 else None,
        districts=[place for place in places if place.level is Level.DISTRICT],
        subdistricts=[place for place in places if district and place.parent == district],
        shelves=shelves(directory),
        shown_month=shown_month,
    )
    return _lasting(page)


def _lasting(page: Answer) -> Answer:
    """The same for everybody who reads that language, so it may be kept for a few minutes."""
    return page._replace(headers={**page.headers, **FOR_A_WHILE})
