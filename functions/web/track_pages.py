"""The pages behind number and key: how far it is, and what its citizen can still do."""

from __future__ import annotations

from pydantic import ValidationError

from hotline.domain.answers import AppealStatus
from hotline.domain.appeal import Text
from hotline.domain.attachments import AnyPicture, AttachmentView, TooManyAttachments
from hotline.domain.errors import HotlineError, NotFound, TransitionNotAllowed
from hotline.domain.model import Frozen
from hotline.domain.phrases import Phrase
from hotline.edges.forms import Form
from hotline.edges.http import Answer
from hotline.edges.sentences import invalid_input
from hotline.wiring import web
from web import phrases
from web.own_address import own_home
from web.page_app import PageApp
from web.report_form import faults_of, form_id_of, new_form_id

NOTHING_TYPED = Form({})
_KEY_LENGTH = 128
_LENT = "."
"""Stands in keys that were lent to a proven number, and in no appeal's own."""


class Supplement(Frozen):
    """Further words to an open appeal."""

    text: Text


def form_page(
    app: PageApp,
    form: Form,
    *,
    faults: dict[str, Phrase] | None = None,
    notice: Phrase | None = None,
    status: int = 200,
) -> Answer:
    """Where number and key are asked for."""
    return app.page(
        "track",
        here="track",
        status=status,
        form=form,
        faults=faults or {},
        notice=notice,
        labels=phrases.LABELS,
    )


def progress(
    app: PageApp,
    form: Form,
    *,
    faults: dict[str, Phrase] | None = None,
    notice: Phrase | None = None,
    status: int = 200,
) -> Answer:
    """How far an appeal is."""
    number, key = _number_and_key(form)
    blank = {name: phrases.NEEDED for name, value in (("number", number), ("key", key)) if not value}
    if blank:
        return form_page(app, form, faults=blank, status=400)
    try:
        appeal = web.track(number, key)
    except NotFound as refusal:
        return _unknown(app, form, refusal)
    own = _LENT not in key
    due = {each.clock: each.due_at for each in appeal.due}
    return app.page(
        "progress",
        here="track",
        status=status,
        sends_to=[web.uploads_address()],
        appeal=appeal,
        form=form,
        sent=Form({"number": (number,), "key": (key,)}),
        form_id=new_form_id(),
        own=own,
        pictures=web.pictures(number, key) if own else (),
        picture_state=picture_state,
        faults=faults or {},
        notice=notice,
        labels={**phrases.LABELS, "text": phrases.MORE_WORDS},
        type_name=phrases.TYPES[appeal.type].name,
        next_step=_next_step(appeal),
        limits=[
            (phrases.DUE[clock], due[clock], due[clock] < web.now())
            for clock in phrases.RUNNING.get(appeal.status, ())
            if clock in due
        ],
    )


def add_words(app: PageApp, form: Form) -> Answer:
    """Add what was typed to the appeal, and show it again."""
    form_id = form_id_of(form)
    try:
        words = Supplement.model_validate({"text": form.text("text")})
        web.supplement(*_number_and_key(form), words.text, form_id)
    except ValidationError as error:
        return progress(app, form, faults=faults_of(invalid_input(error)), status=400)
    except NotFound as refusal:
        return _unknown(app, form, refusal)
    except TransitionNotAllowed as refusal:
        return progress(app, form, notice=phrases.ENDED, status=refusal.status)
    return progress(app, _key_only(form), notice=phrases.WORDS_ADDED)


def withdraw(app: PageApp, form: Form) -> Answer:
    """Ask whether it is meant, and then take the appeal back."""
    if form.text("sure") != "yes":
        return app.page("withdraw", here="track/withdrawal", sent=_key_only(form))
    try:
        web.withdraw(*_number_and_key(form))
    except NotFound as refusal:
        return _unknown(app, form, refusal)
    except TransitionNotAllowed as refusal:
        return progress(app, _key_only(form), notice=phrases.ENDED, status=refusal.status)
    return progress(app, _key_only(form), notice=phrases.WITHDRAWN)


def choose_notices(app: PageApp, form: Form) -> Answer:
    """Send messages, or none."""
    wanted = form.text("wanted") == "yes"
    try:
        sent = web.choose_notices(*_number_and_key(form), wanted=wanted)
    except NotFound as refusal:
        return _unknown(app, form, refusal)
    told = phrases.NOTICES_ON if sent else phrases.NO_CONTACT if wanted else phrases.NOTICES_OFF
    return progress(app, _key_only(form), notice=told)


def picture_form(app: PageApp, form: Form) -> Answer:
    """The form that a browser without a script sends one picture with, straight to the store."""
    home = own_home(app.context, *web.own_domain())
    try:
        offer = web.allow_upload(*_number_and_key(form), AnyPicture(), f"{home}track/sent" if home else None)
    except NotFound as refusal:
        return _unknown(app, form, refusal)
    except TooManyAttachments as refusal:
        return progress(app, _key_only(form), notice=phrases.TOO_MANY_PICTURES, status=refusal.status)
    except TransitionNotAllowed as refusal:
        return progress(app, _key_only(form), notice=phrases.ENDED, status=refusal.status)
    except HotlineError as refusal:
        if not refusal.retryable:
            raise
        return progress(app, _key_only(form), notice=phrases.PICTURES_LATER, status=refusal.status)
    return app.page(
        "picture", here="track/picture", sends_to=[offer.url, home], offer=offer, sent=_key_only(form)
    )


def picture_state(picture: AttachmentView) -> Phrase:
    """What has become of a picture, and what to do if it was not taken."""
    if picture.reason is not None:
        return phrases.PICTURE_REFUSED[picture.reason]
    return phrases.PICTURE_STATE[picture.status]


def _unknown(app: PageApp, form: Form, refusal: NotFound) -> Answer:
    return form_page(app, form, notice=phrases.WRONG_KEY, status=refusal.status)


def _number_and_key(form: Form) -> tuple[str, str]:
    return form.text("number").strip()[:_KEY_LENGTH], form.text("key").strip()[:_KEY_LENGTH]


def _key_only(form: Form) -> Form:
    number, key = _number_and_key(form)
    return Form({"number": (number,), "key": (key,)})


def _next_step(appeal: AppealStatus) -> Phrase:
    in_confidence = phrases.NEXT_IN_CONFIDENCE if appeal.confidential else {}
    concluded = phrases.NEXT_CONCLUDED if appeal.conclusion else {}
    return {**phrases.NEXT, **in_confidence, **concluded}[appeal.status]
