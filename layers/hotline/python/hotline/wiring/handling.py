"""办 handling over HTTP: what the desk API in ``functions/handling`` runs with."""

from __future__ import annotations

from typing import Any

from hotline.adapters.aws import dynamodb, s3
from hotline.adapters.dynamodb.attachments import DynamoDBAttachments
from hotline.adapters.dynamodb.effects import DynamoDBDeliveries
from hotline.adapters.s3 import S3Pictures
from hotline.domain.actor import Actor, Role
from hotline.domain.answers import OrderPage, OrderView
from hotline.domain.attachments import AnyPicture, AttachmentView, OfferUpload, UploadOffer
from hotline.domain.case import Case
from hotline.domain.errors import TransitionNotAllowed
from hotline.domain.identifiers import OrderRef, random_entropy
from hotline.domain.lifecycle import Status
from hotline.domain.orders import AgencyCommand, SideAction
from hotline.domain.side_orders import SideOrder
from hotline.settings import setting
from hotline.use_cases import read_orders
from hotline.use_cases.act_on_order import act_on_order
from hotline.use_cases.act_on_side import act_on_side
from hotline.use_cases.list_attachments import list_attachments
from hotline.use_cases.offer_upload import offer_upload
from hotline.use_cases.rights import may_see, may_see_side
from hotline.wiring.common import cases, directories, now, words


def act(
    appeal_id: str, command: AgencyCommand, by: Actor, command_id: str, expected_version: int | None
) -> Case:
    """Carry out one command about a lead order."""
    return act_on_order(
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


def act_beside(
    order_id: str, command: SideAction, by: Actor, command_id: str, expected_version: int | None
) -> SideOrder:
    """Carry out one command about an order beside the lead order."""
    return act_on_side(
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


def read(order: OrderRef, by: Actor) -> OrderView:
    """One order with everything about it."""
    stores: dict[str, Any] = {
        "cases": cases(),
        "words": words(),
        "deliveries": DynamoDBDeliveries(dynamodb(), setting("EFFECTS_TABLE")),
        "directories": directories(),
    }
    if order.leads:
        return read_orders.read_order(order.appeal_id, by=by, **stores)
    return read_orders.read_side(order.order_id, by=by, **stores)


def inbox(agency_id: str, limit: int, after: str | None, by: Actor) -> OrderPage:
    """An agency's open orders."""
    return read_orders.list_orders(
        agency_id, by=by, limit=limit, after=after, lists=cases(), directories=directories(), now=now()
    )


def allow_evidence(
    order: OrderRef, command: OfferUpload | AnyPicture, by: Actor, then: str | None = None
) -> UploadOffer:
    """Allow an agency to send one picture as evidence for its order: while it is open, or to ask for a review.

    Args:
        then: the page to which a browser without a script is led afterwards.
    """
    held = cases().get(order.appeal_id) if order.leads else cases().side(order.order_id)
    held.must_be_held_by(by)
    if held.status.ended and held.status is not Status.CLOSED:
        raise TransitionNotAllowed(held.status.value, "attach")
    return offer_upload(
        order.appeal_id,
        command,
        "agency",
        attachments=_attachments(),
        pictures=_pictures(),
        entropy=random_entropy,
        now=now(),
        then=then,
    )


def show_pictures(order: OrderRef, by: Actor) -> tuple[AttachmentView, ...]:
    """The pictures of an order, for those who may see it."""
    case = cases().get(order.appeal_id)
    if order.leads:
        may_see(by, case)
    else:
        may_see_side(by, cases().side(order.order_id), case, directories().current())
    return list_attachments(order.appeal_id, attachments=_attachments(), pictures=_pictures())


def own_agency(by: Actor, asked_for: str | None) -> str | None:
    """Whose inbox is meant: an agency's own, or the one that staff name."""
    return asked_for or (by.agency_id if by.role is Role.AGENCY else None)


def _attachments() -> DynamoDBAttachments:
    return DynamoDBAttachments(dynamodb(), setting("TEXTS_TABLE"))


def _pictures() -> S3Pictures:
    return S3Pictures(s3(), setting("UPLOADS_BUCKET"), setting("ATTACHMENTS_BUCKET"))
