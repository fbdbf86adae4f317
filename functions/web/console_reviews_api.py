"""Pages of those who review: exclusions, dissatisfactions and suspicions, with the signals behind them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import StringConstraints

from hotline.domain.actor import Role
from hotline.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    TransitionNotAllowed,
    VersionConflict,
)
from hotline.domain.model import Frozen
from hotline.domain.phrases import Phrase
from hotline.domain.side_orders import VERDICTS, ReviewSubject
from hotline.edges.commands import order_of
from hotline.edges.forms import Form
from hotline.edges.http import Answer, Request
from hotline.edges.paging import position, sealed
from hotline.use_cases.judge_review import Judge
from hotline.wiring import reviews
from hotline.wiring.common import cursor_key
from web import console_phrases as phrases
from web.console_forms import Shown, agency_of, parsed, sent
from web.console_story import agency_name, story_of
from web.report_form import faults_of, new_form_id
from web.staff_app import HTML, StaffApp

app = StaffApp("console-reviews")

REVIEWERS = (Role.ADJUDICATOR, Role.SUPERVISOR, Role.ADMIN)

_NOTHING_TYPED = Form({})


class ReviewsOf(Frozen):
    """Which reviews, which part of the list, in which language, and what was done just before."""

    about: ReviewSubject = "exclusion"
    cursor: str | None = None
    lang: str | None = None
    done: str | None = None


class SignalsOf(Frozen):
    """Whose month; an agency by name or code, as it was typed."""

    agency: Annotated[str, StringConstraints(max_length=60)] = ""
    month: Annotated[str, StringConstraints(max_length=6)] = ""
    lang: str | None = None


@app.operation(
    "GET",
    "/console/reviews",
    session=True,
    roles=REVIEWERS,
    query=ReviewsOf,
    content_type=HTML,
    summary="待复核事项",
    errors=(InvalidInput,),
)
def list_reviews(query: ReviewsOf, request: Request) -> Answer:
    of_list = f"console/reviews/{query.about}"
    after = position(query.cursor, cursor_key, of_list, request.principal)
    page = sealed(reviews.waiting(query.about, after), cursor_key, of_list, request.principal)
    return app.page(
        "console_reviews",
        here="console/reviews",
        about=query.about,
        reviews=page.reviews,
        next=page.next,
        first=query.cursor is not None,
        done=query.done,
        phrases=phrases,
        agency_named=lambda agency_id: agency_name(agency_id, reviews.directory()),
    )


@app.operation(
    "GET",
    "/console/reviews/{order_id}",
    session=True,
    roles=REVIEWERS,
    query=Shown,
    content_type=HTML,
    summary="一项复核",
    summary_en="One review with the order, its life and the signals",
    errors=(NotFound,),
)
def show_review(query: Shown, order_id: str, request: Request) -> Answer:
    return _review_page(order_id, request, _NOTHING_TYPED, done=query.done)


@app.operation(
    "POST",
    "/console/reviews/{order_id}/judge",
    session=True,
    roles=REVIEWERS,
    form=True,
    content_type=HTML,
    summary="作出复核结论",
    errors=(NotFound, Forbidden, InvalidInput, TransitionNotAllowed, VersionConflict),
)
def judge_review(form: Form, order_id: str, request: Request) -> Answer:
    order = order_of(order_id)
    try:
        given = sent(form, request, "judge", order.order_id)
        command = parsed(Judge, {"verdict": form.text("verdict"), "text": form.text("why")})
        about = reviews.judge(order, command, request.principal, given.command_id, given.version)
    except InvalidInput as refusal:
        faults = {{"text": "why"}.get(name, name): fault for name, fault in faults_of(refusal).items()}
        return _review_page(order_id, request, form, faults=faults, status=400)
    except VersionConflict as refusal:
        return _review_page(order_id, request, form, notice=phrases.CHANGED, status=refusal.status)
    except TransitionNotAllowed as refusal:
        notice = Phrase(f"{phrases.NOT_NOW.zh}{refusal.detail}", f"{phrases.NOT_NOW.en}{refusal.detail_en}")
        return _review_page(order_id, request, form, notice=notice, status=refusal.status)
    return app.done("console/reviews", "judged", about=about)


@app.operation(
    "GET",
    "/console/suspicions",
    session=True,
    roles=(*REVIEWERS, Role.AUDITOR),
    query=SignalsOf,
    content_type=HTML,
    summary="疑似虚假办结信号",
    summary_en="What makes an agency's results of a month doubtful",
    errors=(NotFound,),
)
def list_suspicions(query: SignalsOf, request: Request) -> Answer:
    faults: dict[str, Phrase] = {}
    found, named = None, None
    if query.agency or query.month:
        try:
            agency = agency_of("agency", query.agency, reviews.directory())
            month = reviews.month(query.month)
            named = Phrase(agency.name_zh, agency.name_en)
            found = reviews.findings(month, agency.agency_id, request.principal)
        except InvalidInput as refusal:
            faults = faults_of(refusal)
    return app.page(
        "console_suspicions",
        here="console/suspicions",
        status=400 if faults else 200,
        form=Form({"agency": (query.agency,), "month": (query.month,)}),
        faults=faults,
        labels={**phrases.LABELS, "agency": phrases.LABELS["agency_id"]},
        found=found,
        named=named,
    )


def _review_page(
    order_id: str,
    request: Request,
    form: Form,
    *,
    faults: dict[str, Phrase] | None = None,
    notice: Phrase | None = None,
    status: int = 200,
    **more: Any,
) -> Answer:
    directory = reviews.directory()
    shown = reviews.show(order_of(order_id), request.principal)
    about = shown.review.terms["about"]
    return app.page(
        "console_review",
        here=f"console/reviews/{order_id}",
        status=status,
        review=shown.review,
        order=shown.order,
        about=about,
        verdicts=VERDICTS[about],
        reason=shown.review.terms.get("reason"),
        asked_by=agency_name(shown.review.asked_by, directory) if shown.review.asked_by else None,
        holder=agency_name(shown.order.agency_id, directory) if shown.order.agency_id else None,
        story=story_of(shown.order, directory),
        findings=shown.findings,
        may_judge="judge" in shown.review.allowed and request.principal.district is None,
        form=form,
        form_id=new_form_id(),
        faults=faults or {},
        notice=notice,
        labels=phrases.LABELS,
        phrases=phrases,
        **{"done": None, **more},
    )
