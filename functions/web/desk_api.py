"""办: the pages of an agency without a system of its own: inbox, one order with everything, and what may be done.

What is offered comes from the lifecycle's table (``OrderView.allowed``), one form for each command. A form carries a
command id, so that sending it twice does nothing twice, and the version that its reader saw: when somebody was
faster, the page comes again as it is now, with what was typed.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from hotline.domain.actor import Role
from hotline.domain.answers import OrderRow, OrderView
from hotline.domain.attachments import AnyPicture, OfferUpload
from hotline.domain.errors import (
    BoundExceeded,
    HotlineError,
    InvalidInput,
    NotFound,
    SidesOpen,
    TransitionNotAllowed,
    VersionConflict,
)
from hotline.domain.identifiers import random_entropy, token
from hotline.domain.model import Frozen
from hotline.domain.phrases import RETURN_GROUNDS, Phrase
from hotline.domain.side_orders import LEAD
from hotline.edges.commands import order_of
from hotline.edges.cursor import seal
from hotline.edges.forms import Form
from hotline.edges.http import Answer, Request, RouteUnknown
from hotline.edges.paging import position
from hotline.wiring import desk_pages, handling, web
from hotline.wiring.common import cursor_key
from hotline.wiring.pages import city_zone
from web import desk_phrases, staff_phrases
from web.desk_forms import COMMANDS, command_of, faults_of
from web.desk_replies import FILL, refuse_blanks, replies_for, with_reply
from web.own_address import own_home
from web.phrases import RUNNING
from web.staff_app import HTML, StaffApp

if TYPE_CHECKING:
    from hotline.domain.directory import Directory

AGENCY = (Role.AGENCY,)
READ_AT_ONCE = 300
"""Orders of one query; filters and counts look at these. Few agencies have more open at a time."""

SHOWN = 25
"""Orders of one page."""

_NOTHING_TYPED = Form({})
_COMMAND_ERRORS = (InvalidInput, NotFound, TransitionNotAllowed, VersionConflict, SidesOpen, BoundExceeded)


app = StaffApp("desk")


class Shelf(Frozen):
    """Which part of the inbox is shown.

    Attributes:
        show: by due time.
        kind: lead orders, or those beside another's.
        cursor: where an inbox of more than ``READ_AT_ONCE`` goes on.
    """

    show: str = Field(default="", pattern="^(late|today|later)?$")
    kind: str = Field(default="", pattern="^(lead|beside)?$")
    status: str = Field(default="", max_length=20)
    service: str = Field(default="", max_length=64)
    page: int = Field(default=1, ge=1, le=READ_AT_ONCE)
    cursor: str | None = None
    lang: str | None = None
    done: str | None = None


class Counts(NamedTuple):
    """How many orders are due when, of those that lead and those beside."""

    late: int
    today: int
    later: int


@app.operation(
    "GET",
    "/desk",
    session=True,
    roles=AGENCY,
    query=Shelf,
    content_type=HTML,
    summary="待办工单",
    summary_en="Inbox",
)
def show_inbox(query: Shelf, request: Request) -> Answer:
    return _inbox(query, request, "")


@app.operation(
    "POST",
    "/desk",
    session=True,
    roles=AGENCY,
    form=True,
    content_type=HTML,
    summary="按标题查找",
    summary_en="Find by words of the title",
)
def find_in_inbox(form: Form, request: Request) -> Answer:
    """The words of a search are no part of an address, which histories and logs keep."""
    return _inbox(Shelf(), request, form.text("words").strip()[:50])


@app.operation(
    "POST",
    "/desk/acknowledge",
    session=True,
    roles=AGENCY,
    form=True,
    content_type=HTML,
    summary="批量签收",
    summary_en="Acknowledge several at once",
)
def acknowledge_several(form: Form, request: Request) -> Answer:
    """Each for itself: what cannot be acknowledged any more stays in the list and says how it is."""
    chosen = form.chosen("order")
    if not chosen:
        return app.done("desk", done="nothing-chosen")
    refused = 0
    for number in chosen:
        try:
            desk_pages.carry_out(
                order_of(number),
                COMMANDS["acknowledge"].model.model_validate({}),
                request.principal,
                form.text("command_id"),
                None,
            )
        except (NotFound, TransitionNotAllowed):
            refused += 1
    return app.done("desk", done="some-acknowledged" if refused else "acknowledged")


@app.operation(
    "GET",
    "/desk/orders/{number}",
    session=True,
    roles=AGENCY,
    content_type=HTML,
    summary="工单",
    summary_en="One order",
    errors=(NotFound,),
)
def show_order(number: str, request: Request) -> Answer:
    return _order_page(number, request, done=request.query("done") or "")


@app.operation(
    "POST",
    "/desk/orders/{number}/pictures",
    session=True,
    roles=AGENCY,
    form=True,
    summary="申请上传图片",
    summary_en="Ask to upload a picture",
    errors=(InvalidInput, NotFound, TransitionNotAllowed),
)
def offer_picture(form: Form, number: str, request: Request) -> Answer:
    """A place for one picture: told to the page's script, or a page whose form needs none."""
    order = order_of(number)
    if form.text("file_name"):
        upload = command_of(OfferUpload, form, ("content_type", "size_bytes", "file_name"), city_zone())
        offer = handling.allow_evidence(order, upload, request.principal)
        return Answer(json.dumps(offer.model_dump(mode="json")))
    home = own_home(app.context, *web.own_domain())
    then = f"{home}desk/orders/{number}" if home else None
    offer = handling.allow_evidence(order, AnyPicture(), request.principal, then)
    return app.page("desk_picture", here="", sends_to=(offer.url, home), offer=offer, number=number)


@app.operation(
    "POST",
    "/desk/orders/{number}/{command}",
    session=True,
    roles=AGENCY,
    form=True,
    content_type=HTML,
    summary="办理动作",
    summary_en="Do something with an order",
    errors=_COMMAND_ERRORS,
)
def act(form: Form, number: str, command: str, request: Request) -> Answer:
    """One of ``desk_forms.COMMANDS``; whether it is allowed now is the lifecycle's question."""
    spec = COMMANDS.get(command)
    if spec is None:
        raise RouteUnknown
    if form.text("do") == FILL:
        return _filled_in(number, command, form, request)
    order = order_of(number)
    try:
        refuse_blanks(form)
        given = command_of(spec.model, form, spec.fields, city_zone())
        desk_pages.carry_out(order, given, request.principal, form.text("command_id"), _version(form))
    except InvalidInput as refusal:
        return _order_page(number, request, tried=command, form=form, faults=faults_of(refusal), status=400)
    except (VersionConflict, TransitionNotAllowed, SidesOpen, BoundExceeded) as refusal:
        return _order_page(number, request, tried=command, form=form, refusal=refusal, status=refusal.status)
    return app.done(f"desk/orders/{number}" if spec.stays else "desk", done=spec.done)


# ---- inbox ------------------------------------------------------------------------------------


def _inbox(query: Shelf, request: Request, words: str) -> Answer:
    agency_id = request.principal.agency_id or ""
    of_list = f"inbox/{agency_id}"
    after = position(query.cursor, cursor_key, of_list, request.principal)
    page = handling.inbox(agency_id, READ_AT_ONCE, after, request.principal)
    midnight = _end_of_today()
    fitting = [row for row in page.orders if _fits(row, query, words, midnight)]
    first = (query.page - 1) * SHOWN
    more = seal({"at": page.next}, cursor_key(), of_list, request.principal.signature) if page.next else ""
    directory = web.directory()
    return app.page(
        "desk_inbox",
        here="desk",
        query=query,
        words=words,
        rows=fitting[first : first + SHOWN],
        fitting=len(fitting),
        pages=-(-len(fitting) // SHOWN),
        more=more,
        counts={
            kind: _counts([row for row in page.orders if (row.kind == "lead") == (kind == "lead")], midnight)
            for kind in ("lead", "beside")
        },
        statuses=sorted({row.status for row in page.orders}),
        services={
            code: _service(directory, code)
            for code in sorted({row.service_code for row in page.orders if row.service_code})
        },
        kinds=desk_phrases.KINDS,
        command_id=token(random_entropy()),
        done=query.done or "",
        sentences=staff_phrases.DONE,
    )


def _service(directory: Directory, code: str) -> Phrase:
    service = directory.services.get(code)
    return Phrase(service.name_zh, service.name_en) if service else Phrase(code, code)


def _fits(row: OrderRow, query: Shelf, words: str, midnight: datetime) -> bool:
    return (
        (not query.show or query.show == _when(row, midnight))
        and (not query.kind or (query.kind == "lead") == (row.kind == "lead"))
        and query.status in ("", row.status)
        and query.service in ("", row.service_code)
        and words.casefold() in row.headline.casefold()
    )


def _when(row: OrderRow, midnight: datetime) -> str:
    if row.overdue:
        return "late"
    return "today" if row.due_at < midnight else "later"


def _counts(rows: list[OrderRow], midnight: datetime) -> Counts:
    found = [_when(row, midnight) for row in rows]
    return Counts(found.count("late"), found.count("today"), found.count("later"))


def _end_of_today() -> datetime:
    here = web.now().astimezone(city_zone())
    return here.replace(hour=23, minute=59, second=59)


# ---- one order --------------------------------------------------------------------------------


def _filled_in(number: str, command: str, form: Form, request: Request) -> Answer:
    """The page once more with a reply template in its form; nothing is done."""
    view = handling.read(order_of(number), request.principal)
    if command not in view.allowed:
        refusal = TransitionNotAllowed(view.status, command)
        return _order_page(
            number, request, view, tried=command, form=form, refusal=refusal, status=refusal.status
        )
    try:
        filled = with_reply(form, replies_for(view, web.directory(), app.view).get(command, []))
    except InvalidInput as refusal:
        return _order_page(
            number, request, view, tried=command, form=form, faults=faults_of(refusal), status=400
        )
    return _order_page(number, request, view, tried=command, form=filled)


def _order_page(
    number: str,
    request: Request,
    view: OrderView | None = None,
    *,
    tried: str = "",
    form: Form = _NOTHING_TYPED,
    faults: dict[str, Phrase] | None = None,
    refusal: HotlineError | None = None,
    done: str = "",
    status: int = 200,
) -> Answer:
    order = order_of(number)
    view = view or handling.read(order, request.principal)
    directory = web.directory()
    return app.page(
        "desk_order",
        here=f"desk/orders/{view.work_order_id}",
        status=status,
        sends_to=(desk_pages.upload_origin(),),
        order=view,
        limits=[each for each in view.due if _still_counts(each.clock, view)],
        entries=desk_phrases.story(view),
        offered=[name for name in COMMANDS if name in view.allowed],
        labels=desk_phrases.COMMANDS,
        replies=replies_for(view, directory, app.view),
        pair=Phrase,
        pictures=handling.show_pictures(order, request.principal),
        place=_place(view, directory),
        agencies=directory.agencies,
        grounds=RETURN_GROUNDS,
        channels=desk_phrases.CHANNELS,
        reasons=desk_phrases.EXCLUSIONS,
        kinds=desk_phrases.KINDS,
        clocks=desk_phrases.CLOCKS,
        tried=tried,
        form=form,
        faults=faults or {},
        refusal=refusal,
        command_id=form.text("command_id") or token(random_entropy()),
        done=done,
        sentences=staff_phrases.DONE,
    )


def _still_counts(clock: str, view: OrderView) -> bool:
    """Whether a limit still asks for something: of a lead order those of its status, of another its own."""
    return view.kind != LEAD or clock in RUNNING.get(view.status, ())


def _place(view: OrderView, directory: Directory) -> str:
    if view.place is None:
        return ""
    codes = (view.place.district, view.place.subdistrict)
    named = [directory.jurisdictions.get(code) for code in codes if code]
    names = [app.view.say(each.name_zh, each.name_en) for each in named if each]
    return " ".join([*names, view.place.address_text or ""]).strip()


def _version(form: Form) -> int | None:
    text = form.text("version")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
