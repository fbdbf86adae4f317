"""督 supervision: what ``functions/supervision`` runs with."""

from __future__ import annotations

from hotline.domain.actor import Actor
from hotline.domain.answers import OrderPage, RequestPage, ReviewPage
from hotline.domain.case import Case
from hotline.domain.side_orders import SideOrder
from hotline.use_cases import decide_request, judge_review, list_requests, press_agency
from hotline.wiring.common import cases, directories, now, words


def inbox_of(by: Actor, district: str | None) -> str:
    """Whose requests the caller means."""
    return list_requests.inbox_of(by, district, directories())


def requests(inbox: str, limit: int, after: str | None) -> RequestPage:
    """The requests that wait for a decision."""
    store = cases()
    return list_requests.list_requests(inbox, limit=limit, after=after, cases=store, lists=store, now=now())


def overdue(agency_id: str, limit: int, after: str | None, by: Actor) -> OrderPage:
    """An agency's overdue orders."""
    return list_requests.list_overdue(
        agency_id, by=by, limit=limit, after=after, lists=cases(), directories=directories(), now=now()
    )


def decide(
    appeal_id: str,
    order_id: str,
    command: decide_request.Decide,
    by: Actor,
    command_id: str,
    expected_version: int | None,
) -> SideOrder:
    """Grant or refuse."""
    return decide_request.decide_request(
        appeal_id,
        order_id,
        command,
        by=by,
        command_id=command_id,
        expected_version=expected_version,
        cases=cases(),
        words=words(),
        directories=directories(),
        now=now,
    )


def reviews(about: str, limit: int, after: str | None) -> ReviewPage:
    """The reviews that wait for a verdict."""
    store = cases()
    return judge_review.list_reviews(about, limit=limit, after=after, cases=store, lists=store, now=now())


def judge(
    appeal_id: str,
    order_id: str,
    command: judge_review.Judge,
    by: Actor,
    command_id: str,
    expected_version: int | None,
) -> SideOrder:
    """Find for or against."""
    return judge_review.judge_review(
        appeal_id,
        order_id,
        command,
        by=by,
        command_id=command_id,
        expected_version=expected_version,
        cases=cases(),
        words=words(),
        directories=directories(),
        now=now,
    )


def press(
    appeal_id: str, command: press_agency.Pressing, by: Actor, command_id: str, expected_version: int | None
) -> Case:
    """Urge, supervise or escalate."""
    return press_agency.press_agency(
        appeal_id,
        command,
        by=by,
        command_id=command_id,
        expected_version=expected_version,
        cases=cases(),
        words=words(),
        directories=directories(),
        now=now,
    )
