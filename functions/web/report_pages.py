"""The pages of a report: its three steps and the receipt."""

from __future__ import annotations

from hotline.domain.answers import Receipt
from hotline.domain.appeal import RegisterAppeal
from hotline.domain.directory import Directory
from hotline.domain.errors import HotlineError, IdempotencyKeyReused, InvalidInput
from hotline.domain.phrases import EMERGENCY, Phrase
from hotline.edges.forms import Form
from hotline.edges.http import Answer
from hotline.use_cases.join_appeal import JointOffer
from hotline.use_cases.register_appeal import check
from hotline.wiring import web
from web import phrases, report_steps
from web.own_address import own_home
from web.page_app import PageApp
from web.report_form import (
    AREA,
    CONTACT,
    appeal_of,
    chosen_service,
    faults_of,
    form_id_of,
    must_ask,
    new_form_id,
    shelves,
)

_WITHOUT_CHECKS = ("show", "look", "all", "area")
_OWN_TO_A_PAGE = {"form_id", "language", "step", "asked", "area_asked", "look_for", "do"}
"""Inputs that every page of the form writes anew."""

_SHOWN = {
    "what": {"type", "confidential", "text"},
    "topic": {"service_code"},
    "where": {AREA, "place.address_text"},
    "who": {*CONTACT, "join"},
}


def fresh_form(app: PageApp, topic: str = "") -> Answer:
    """The first step of a new form; of a topic that was chosen before, if it is one of ours."""
    typed = {"service_code": (topic,)} if topic in web.directory().services else {}
    return _page(app, Form(typed), new_form_id(), report_steps.STEPS[0])


def answer(app: PageApp, form: Form) -> Answer:
    """The page that a button of the form leads to."""
    form_id, step = form_id_of(form), report_steps.step_of(form)
    wanted = form.text("do")
    if wanted in _WITHOUT_CHECKS:
        return _page(app, form, form_id, step)
    if wanted == "back":
        return _page(app, form, form_id, report_steps.before(step))
    if wanted == "next":
        return _next(app, form, form_id, step)
    return _send(app, form, form_id)


def _next(app: PageApp, form: Form, form_id: str, step: str) -> Answer:
    directory = web.directory()
    if step == "topic" and must_ask(form, chosen_service(form, directory)):
        return _page(app, form, form_id, step, notice=phrases.MORE)
    faults = _faults_at(step, form, directory)
    if faults:
        return _page(app, form, form_id, step, faults=faults, status=400)
    if step == "where" and report_steps.must_ask_where(form, directory):
        return _page(app, form, form_id, step, notice=phrases.WHERE_EXACTLY)
    return _page(app, form, form_id, report_steps.after(step))


def _faults_at(step: str, form: Form, directory: Directory) -> dict[str, Phrase]:
    """What is wrong with the inputs of one step; those of later ones have not been seen yet."""
    try:
        check(appeal_of(form, directory), directory, web.now())
    except InvalidInput as refusal:
        faults = faults_of(refusal)
        return {name: fault for name, fault in faults.items() if report_steps.step_of_input(name) == step}
    return {}


def _send(app: PageApp, form: Form, form_id: str) -> Answer:
    directory, last = web.directory(), report_steps.STEPS[-1]
    if must_ask(form, chosen_service(form, directory)):
        return _page(app, form, form_id, "topic", notice=phrases.MORE)
    try:
        command = appeal_of(form, directory)
        receipt = web.register(command, form_id)
    except InvalidInput as refusal:
        faults = faults_of(refusal)
        step = report_steps.first_with(faults)
        here = {name: fault for name, fault in faults.items() if report_steps.step_of_input(name) == step}
        return _page(app, form, form_id, step, faults=here, status=400)
    except IdempotencyKeyReused as refusal:
        return _page(app, form, new_form_id(), last, notice=phrases.SENT_BEFORE, status=refusal.status)
    except HotlineError as refusal:
        if not refusal.retryable:
            raise
        return _page(app, form, form_id, last, notice=phrases.BUSY, status=refusal.status)
    return _receipt(app, form, form_id, command, receipt)


def _receipt(app: PageApp, form: Form, form_id: str, command: RegisterAppeal, receipt: Receipt) -> Answer:
    from web.qr import qr_code

    ref = form.text("join")
    joined = web.join(receipt.tracking_number, command, ref, form_id) if ref else None
    return app.page(
        "receipt",
        here="report",
        status=201,
        receipt=receipt,
        sent=form,
        joined=joined,
        qr=qr_code(
            own_home(app.context, *web.own_domain()), receipt.tracking_number_spoken, receipt.secret_key
        ),
    )


def _page(
    app: PageApp,
    form: Form,
    form_id: str,
    step: str,
    *,
    faults: dict[str, Phrase] | None = None,
    notice: Phrase | None = None,
    status: int = 200,
) -> Answer:
    directory = web.directory()
    service = chosen_service(form, directory)
    questions = service.fields if service and step == "topic" else ()
    named = {f"fields.{spec.code}": Phrase(spec.name_zh, spec.name_en) for spec in questions}
    shown = _OWN_TO_A_PAGE | _SHOWN[step] | named.keys()
    return app.page(
        "report",
        here="report",
        status=status,
        form=form,
        form_id=form_id,
        step=step,
        number=report_steps.NUMBERS[step],
        carried=[(name, value) for name in form if name not in shown for value in form.chosen(name)],
        faults=faults or {},
        notice=notice,
        emergency=_emergency(form, directory),
        labels={**phrases.LABELS, **named},
        service=service,
        questions=questions,
        **_lists(app, form, form_id, step, directory),
    )


def _lists(app: PageApp, form: Form, form_id: str, step: str, directory: Directory) -> dict[str, object]:
    """What can be chosen at a step."""
    match step:
        case "what":
            return {"types": phrases.TYPES}
        case "topic":
            every = form.text("do") == "all"
            return {
                "suggested": report_steps.suggested_services(form, directory),
                "shelves": shelves(directory) if every else (),
                "looked_for": form.text("look_for").strip(),
            }
        case "where":
            return {
                "areas": report_steps.area_shelves(form, directory),
                "area_asked": report_steps.place_asked(form, directory),
                "communities": report_steps.communities(form, directory),
            }
        case _:
            return {
                "offers": _offers(form, form_id, directory),
                "place": directory.jurisdictions.get(form.text(AREA)),
                "type_name": _type_name(form),
            }


def _offers(form: Form, form_id: str, directory: Directory) -> tuple[JointOffer, ...]:
    """What others have reported; nothing while something else is wrong, and nothing is worth failing for."""
    without_contact = Form({name: form.chosen(name) for name in form if name not in CONTACT})
    try:
        return web.offers_to_join(appeal_of(without_contact, directory), form_id)
    except HotlineError:
        return ()


def _type_name(form: Form) -> Phrase | None:
    return next(
        (choice.name for kind, choice in phrases.TYPES.items() if kind.value == form.text("type")), None
    )


def _emergency(form: Form, directory: Directory) -> Phrase | None:
    """The lines to call at once, as soon as the words suggest it (条例 Art 11(1))."""
    numbers = "/".join(directory.emergency_words.numbers(form.text("text")))
    if not numbers:
        return None
    return Phrase(EMERGENCY.zh.format(numbers=numbers), EMERGENCY.en.format(numbers=numbers))
