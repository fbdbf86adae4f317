"""The desk's pages: what ``functions/web/desk_api.py`` runs with, besides ``handling``."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args
from urllib.parse import urlsplit

from hotline.adapters.aws import s3
from hotline.domain.actor import Actor
from hotline.domain.errors import TransitionNotAllowed
from hotline.domain.identifiers import OrderRef
from hotline.domain.orders import AgencyCommand, SideAction
from hotline.domain.tokens import command_fingerprint
from hotline.settings import setting
from hotline.wiring import handling


def carry_out(order: OrderRef, command: Any, by: Actor, key: str, seen_version: int | None) -> None:
    """Carry out one command about an order of either kind, once per key.

    Raises:
        TransitionNotAllowed: a command of the other kind of order.
    """
    kind = AgencyCommand if order.leads else SideAction
    if not isinstance(command, get_args(kind)):
        raise TransitionNotAllowed("lead" if order.leads else "beside", command.command)
    about = order.appeal_id if order.leads else order.order_id
    command_id = command_fingerprint(by.signature, command.command, about, key)
    if order.leads:
        handling.act(order.appeal_id, command, by, command_id, seen_version)
    else:
        handling.act_beside(order.order_id, command, by, command_id, seen_version)


@cache
def upload_origin() -> str:
    """Where browsers send pictures: the uploads bucket, as its presigned forms name it; signs without a call."""
    bucket = setting("UPLOADS_BUCKET")
    address = urlsplit(s3().generate_presigned_post(Bucket=bucket, Key="uploads/")["url"])
    return f"{address.scheme}://{address.netloc}"
