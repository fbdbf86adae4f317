"""What may be done with an order on the console, by whom, and how a form becomes a command."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from hotline.domain.actor import Role
from hotline.domain.dispatching import Dispatch
from hotline.domain.errors import InvalidInput, NotFound
from hotline.domain.phones import e164, masked
from hotline.use_cases.adjudicate_return import Adjudicate
from hotline.use_cases.consult_agencies import Consult
from hotline.use_cases.dispatch_by_operator import DispatchByOperator
from hotline.use_cases.merge_appeals import MergeAppeal, UnmergeAppeal
from hotline.wiring import console
from web.console_forms import Sent, agencies_of, agency_of, conclusion_of, parsed
from web.console_story import agency_name, story_of

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.answers import OrderView
    from hotline.domain.directory import Directory
    from hotline.edges.forms import Form

DESK = frozenset({Role.OPERATOR, Role.ADMIN})
JUDGES = frozenset({Role.ADJUDICATOR, Role.ADMIN})


class Action(NamedTuple):
    """One form of the page of an order.

    Attributes:
        commands: those of the lifecycle, one of which must be allowed now.
        roles: whose form it is.
        done: what the page says afterwards.
    """

    commands: frozenset[str]
    roles: frozenset[Role]
    done: str


ACTIONS = {
    "dispatch": Action(frozenset({"dispatch", "redispatch"}), DESK, "dispatched"),
    "adjudicate": Action(frozenset({"uphold"}), JUDGES, "adjudicated"),
    "consult": Action(frozenset({"consult"}), DESK | JUDGES, "consulted"),
    "conclude": Action(frozenset({"conclude"}), DESK | JUDGES, "concluded"),
    "merge": Action(frozenset({"merge"}), DESK, "merged"),
    "unmerge": Action(frozenset({"unmerge"}), DESK, "unmerged"),
    "reveal": Action(frozenset({"reveal"}), DESK | {Role.SUPERVISOR}, ""),
}


def actions_of(order: OrderView, by: Actor) -> tuple[str, ...]:
    """What the caller may do with the order now."""
    return tuple(
        name
        for name, action in ACTIONS.items()
        if by.role in action.roles and action.commands & set(order.allowed)
        if not (order.confidential and name == "merge")
    )


def order_facts(
    order: OrderView, by: Actor, doing: str, typed: Form, allowed: tuple[str, ...]
) -> dict[str, Any]:
    """What the page shows of an order: its story, and what a decision about it may rest on."""
    directory = console.directory()
    undecided = bool({"dispatch", "adjudicate", "conclude"} & set(allowed))
    phone = order.contact.phone if order.contact else None
    return {
        "story": story_of(order, directory),
        "holder": agency_name(order.agency_id, directory) if order.agency_id else None,
        "copied": agency_name(order.copy_to, directory) if order.copy_to else None,
        "place": _place(order, directory),
        "phone": masked(e164(phone) or phone) if phone else "",
        "candidates": _candidates(order, directory) if undecided else None,
        "opinions": console.opinions(order.appeal_id) if undecided else (),
        "similar": console.similar_to(order.appeal_id) if undecided and not order.confidential else (),
        "members": console.members(order.appeal_id, by) if _leads(order) else None,
        "comparison": _comparison(order, doing, typed),
        "agency_named": lambda agency_id: agency_name(agency_id, directory),
        "services": sorted(directory.services.values(), key=lambda each: each.service_code),
    }


def carried_out(name: str, form: Form, appeal_id: str, by: Actor, given: Sent) -> None:
    """Carry a form out.

    Raises:
        InvalidInput: with one error per wrong input, by the input's name.
        TransitionNotAllowed, VersionConflict: the order has moved on.
    """
    _CARRIES_OUT[name](form, appeal_id, by, given)


def _dispatch(form: Form, appeal_id: str, by: Actor, given: Sent) -> None:
    directory = console.directory()
    members = {
        **form.command("service_code", "reasons", "released_text"),
        "agency_id": _agency(form, directory),
        "assist_agency_ids": agencies_of("assist_agency_ids", form.text("assist_agency_ids"), directory),
    }
    console.dispatch(appeal_id, parsed(DispatchByOperator, members), by, *given)


def _consult(form: Form, appeal_id: str, by: Actor, given: Sent) -> None:
    asked = agencies_of("agency_ids", form.text("agency_ids"), console.directory())
    if not asked:
        raise InvalidInput.field("agency_ids", "不能为空", "must not be empty")
    command = _renamed({"text": "question"}, Consult, {"agency_ids": asked, "text": form.text("question")})
    console.consult(appeal_id, command, by, *given)


def _conclude(form: Form, appeal_id: str, by: Actor, given: Sent) -> None:
    try:
        command = conclusion_of(form, console.directory(), console.now())
        console.conclude(appeal_id, command, by, *given)
    except InvalidInput as refusal:
        raise InvalidInput(
            [
                each if each["field"].startswith("answer.") else {**each, "field": f"answer.{each['field']}"}
                for each in refusal.facts["errors"]
            ]
        ) from None


def _adjudicate(form: Form, appeal_id: str, by: Actor, given: Sent) -> None:
    verdict = form.text("verdict")
    if not verdict:
        raise InvalidInput.field("verdict", "请选择", "needs a choice")
    members: dict[str, Any] = {"verdict": verdict, "text": form.text("why")}
    if verdict != "uphold":
        members |= {"agency_id": _agency(form, console.directory()), **form.command("service_code")}
    console.adjudicate(appeal_id, _renamed({"text": "why"}, Adjudicate, members), by, *given)


def _merge(form: Form, appeal_id: str, by: Actor, given: Sent) -> None:
    members = {"into": form.text("into").strip(), "text": form.text("why")}
    console.merge(appeal_id, _renamed({"text": "why"}, MergeAppeal, members), by, *given)


def _unmerge(form: Form, appeal_id: str, by: Actor, given: Sent) -> None:
    console.unmerge(
        appeal_id, _renamed({"text": "why"}, UnmergeAppeal, {"text": form.text("why")}), by, *given
    )


_CARRIES_OUT: dict[str, Callable[[Form, str, Any, Sent], None]] = {
    "dispatch": _dispatch,
    "consult": _consult,
    "conclude": _conclude,
    "adjudicate": _adjudicate,
    "merge": _merge,
    "unmerge": _unmerge,
}


def _renamed(names: dict[str, str], model: Any, members: dict[str, Any]) -> Any:
    """``parsed``, with errors at the inputs' own names where those differ from the command's."""
    try:
        return parsed(model, members)
    except InvalidInput as refusal:
        errors = [
            {**each, "field": names.get(each["field"], each["field"])} for each in refusal.facts["errors"]
        ]
        raise InvalidInput(errors) from None


def _agency(form: Form, directory: Directory) -> str:
    """The candidate that was chosen, or the agency that was named instead."""
    named = form.text("agency_other").strip()
    if named:
        return agency_of("agency_other", named, directory).agency_id
    if not form.text("agency_id"):
        raise InvalidInput.field("agency_id", "请选择承办单位", "needs a choice")
    return agency_of("agency_id", form.text("agency_id"), directory).agency_id


def _candidates(order: OrderView, directory: Directory) -> Any:
    """What the rules make of it: an agency, or the reasons why none can be named with services and places."""
    decision = console.candidates(order.appeal_id)
    if isinstance(decision, Dispatch):
        return {
            "agency_id": decision.agency_id,
            "agency": agency_name(decision.agency_id, directory),
            "rule_id": decision.rule_id,
            "evidence": decision.evidence,
            "reasons": (),
            "services": (),
            "places": (),
        }
    return {
        "agency_id": None,
        "reasons": decision.reasons,
        "services": [
            (directory.services[each.service_code], each)
            for each in decision.services
            if each.service_code in directory.services
        ],
        "places": [
            (directory.jurisdictions[code], seat, agency_name(seat, directory))
            for code in decision.places
            if code in directory.jurisdictions and (seat := directory.seat(code))
        ],
    }


def _place(order: OrderView, directory: Directory) -> Any:
    if order.place is None:
        return None
    codes = (order.place.district, order.place.subdistrict)
    named = [directory.jurisdictions[code] for code in codes if code in directory.jurisdictions]
    return {"areas": named, "address": order.place.address_text}


def _leads(order: OrderView) -> bool:
    return any(event.name == "AppealJoined" for event in order.events)


def _comparison(order: OrderView, doing: str, typed: Form) -> Any:
    """The appeal beside the earlier one that is named, for joining them and for "no new facts"."""
    number = typed.text("answer.same_as") if doing == "conclude" else typed.text("into")
    if order.confidential or doing not in ("merge", "conclude") or not number.strip():
        return None
    try:
        return console.compare(order.appeal_id, number.strip())
    except (InvalidInput, NotFound):
        return None
