"""Reviews with a browser: what ``functions/web/console_reviews_api.py`` runs with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from hotline.adapters.aws import SOMEONE_WAITS, dynamodb
from hotline.adapters.dynamodb.effects import DynamoDBDeliveries
from hotline.adapters.dynamodb.findings import DynamoDBFindings
from hotline.domain.answers import OrderView, ReviewPage
from hotline.domain.errors import InvalidInput, NotFound
from hotline.domain.side_orders import SideKind
from hotline.settings import setting
from hotline.use_cases import read_findings, read_orders
from hotline.wiring import supervision
from hotline.wiring.common import cases, directories, words

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.directory import Directory
    from hotline.domain.identifiers import OrderRef
    from hotline.use_cases.judge_review import Judge

PAGE = 20
_MONTH = re.compile(r"20[0-9]{2}(0[1-9]|1[0-2])")


class ShownReview(NamedTuple):
    """A review, the order that it is about, and what was found about that order."""

    review: OrderView
    order: OrderView
    findings: tuple[read_findings.FindingView, ...]


def waiting(about: str, after: str | None) -> ReviewPage:
    """The reviews that wait for a verdict."""
    return supervision.reviews(about, PAGE, after)


def show(order: OrderRef, by: Actor) -> ShownReview:
    """One review with what a verdict may rest on.

    Raises:
        NotFound: there is no such review, or it is not the caller's to see.
    """
    if order.leads:
        raise NotFound("review")
    deliveries = DynamoDBDeliveries(dynamodb(), setting("EFFECTS_TABLE"))
    review = read_orders.read_side(
        order.order_id, by=by, cases=cases(), words=words(), deliveries=deliveries, directories=directories()
    )
    if review.kind != SideKind.REVIEW:
        raise NotFound("review")
    about = read_orders.read_order(
        order.appeal_id, by=by, cases=cases(), words=words(), deliveries=deliveries, directories=directories()
    )
    found = read_findings.read_order(
        order.appeal_id, by=by, cases=cases(), findings=_findings(), directories=directories()
    )
    return ShownReview(review, about, found.findings)


def judge(order: OrderRef, command: Judge, by: Actor, command_id: str, expected_version: int | None) -> str:
    """Give a verdict; answers with the subject of the review."""
    side = supervision.judge(order.appeal_id, order.order_id, command, by, command_id, expected_version)
    return str(side.terms["about"])


def findings(month: str, agency_id: str, by: Actor) -> read_findings.AgencyFindings:
    """What was found about an agency's month."""
    return read_findings.read_month(
        month, agency_id, PAGE, by=by, findings=_findings(), directories=directories()
    )


def month(typed: str) -> str:
    """A month as ``yyyymm``.

    Raises:
        InvalidInput: it is none.
    """
    if not _MONTH.fullmatch(typed):
        raise InvalidInput.field("month", "请写成 202611 这样的六位数字", "must be six digits such as 202611")
    return typed


def directory() -> Directory:
    """The directory in force."""
    return directories().current()


def _findings() -> DynamoDBFindings:
    return DynamoDBFindings(dynamodb(SOMEONE_WAITS), setting("SCORECARDS_TABLE"))
