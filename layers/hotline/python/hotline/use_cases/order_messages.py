"""What stands in a message to an agency: as much of an order as it needs, and no more."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from hotline.domain.actor import Actor, Role
from hotline.domain.orders import Due, OrderMessage, Refused, ServiceName, limits_of
from hotline.domain.side_orders import SideOrder
from hotline.use_cases.rights import commands_of, commands_of_side, needs_contact

if TYPE_CHECKING:
    from hotline.domain.appeal import Words
    from hotline.domain.case import Case
    from hotline.domain.directory import Directory
    from hotline.domain.errors import HotlineError
    from hotline.domain.events import Envelope
    from hotline.domain.orders import AgencyReply, OrderKind
    from hotline.domain.tokens import Tokens

_WITH_WORDS = frozenset(
    {
        "dispatched",
        "copy",
        "reopened",
        "supplemented",
        "joined",
        "assist",
        "opinion",
        "summons",
        "supervision",
        "escalation",
    }
)
"""What brings the matter itself; everything else is news about an order that the agency knows."""


class News(NamedTuple):
    """Whom an event concerns, and as what; a copy only informs.

    ``member`` is the appeal that the words are of, when it is one that has joined the order.
    """

    agency_id: str
    kind: OrderKind
    copy: bool = False
    member: str | None = None


class Source(NamedTuple):
    """What a message is made from: the event, the case, the words that agencies may read, and notes."""

    envelope: Envelope
    case: Case
    said: Words | None
    notes: tuple[str, ...]


def lead_message(news: News, source: Source, directory: Directory, tokens: Tokens) -> OrderMessage:
    """About the lead order, to the agency that holds it or to the district that supervises it."""
    case, holds = source.case, not news.copy
    service = directory.services.get(case.service_code) if case.service_code else None
    facts = _facts(news, source, directory, holds and service is not None and service.needs_contact)
    if not holds:
        return OrderMessage(**facts, lead_agency_id=case.agency_id, due=limits_of(case))
    by = Actor(role=Role.AGENCY, agency_id=news.agency_id)
    return OrderMessage(
        **facts,
        reply_token=tokens.reply_token(case.work_order_id, news.agency_id),
        due=limits_of(case),
        return_until=case.return_until,
        resumes_at=case.resumes_at,
        allowed=commands_of(by, case, directory),
    )


def side_message(
    news: News, source: Source, side: SideOrder, directory: Directory, tokens: Tokens
) -> OrderMessage:
    """About an order beside the lead order: to whoever is asked, to the lead, or to its district."""
    service = directory.services.get(source.case.service_code) if source.case.service_code else None
    asked = news.agency_id == side.agency_id and not news.copy
    facts = _facts(news, source, directory, asked and needs_contact(side, service)) | {
        "work_order_id": side.work_order_id,
        "status": side.status.value,
        "lead_agency_id": source.case.agency_id,
        "side": side.kind,
        "asked_by": side.asked_by,
        "asked_agency_id": side.agency_id,
        "due": (Due.of(side.clock),),
    }
    if not asked:
        return OrderMessage(**facts)
    by = Actor(role=Role.AGENCY, agency_id=news.agency_id)
    return OrderMessage(
        **facts,
        reply_token=tokens.reply_token(side.work_order_id, news.agency_id),
        allowed=commands_of_side(by, side, directory),
    )


def _facts(news: News, source: Source, directory: Directory, shows_contact: bool) -> dict[str, Any]:
    case = source.case
    shown = source.said if news.kind in _WITH_WORDS else None
    suffix = "/copy" if news.copy else f"/{news.member}" if news.kind == "joined" else ""
    return {
        "message_id": source.envelope.event_id + suffix,
        "kind": news.kind,
        "work_order_id": case.work_order_id,
        "appeal_id": case.appeal_id,
        "member_id": news.member,
        "members": case.members,
        "agency_id": news.agency_id,
        "status": case.status.value,
        "appeal_type": case.appeal_type.value,
        "confidential": case.confidential,
        "service": ServiceName.of(case, directory),
        "language": case.language,
        "place": shown.place if shown else None,
        "text": shown.text if shown else None,
        "fields": shown.fields if shown else {},
        "media_url": shown.media_url if shown else None,
        "contact": shown.contact if shown and shows_contact else None,
        "notes": source.notes,
        "occurred_at": source.envelope.occurred_at,
    }


def refusal_message(
    reply: AgencyReply, order: Case | SideOrder | None, case: Case | None, error: HotlineError, at: datetime
) -> OrderMessage:
    """Tell an agency that its reply was not carried out, and why.

    Another agency's order looks like an unknown one.
    """
    known = order is not None and order.agency_id == reply.agency_id and case is not None
    shown, of = (order, case) if known else (None, None)
    beside = shown if isinstance(shown, SideOrder) else None
    return OrderMessage(
        schema="hotline.order/1",
        message_id=f"{reply.work_order_id}/refused/{reply.command_id}",
        kind="reply_refused",
        work_order_id=reply.work_order_id,
        appeal_id=reply.appeal_id,
        agency_id=reply.agency_id,
        side=beside.kind if beside else None,
        reply_token=reply.reply_token,
        status=shown.status.value if shown else "unknown",
        appeal_type=of.appeal_type.value if of else "unknown",
        language=of.language if of else "zh-CN",
        due=(Due.of(beside.clock),) if beside else limits_of(of) if of else (),
        refused=Refused(
            command_id=reply.command_id,
            problem=error.code,
            detail=error.detail,
            detail_en=error.detail_en,
        ),
        occurred_at=at,
    )
