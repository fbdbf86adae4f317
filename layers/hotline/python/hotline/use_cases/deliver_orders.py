"""Tell agencies what concerns them: a message on their own queue for each event of their orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from hotline.domain.actor import Role
from hotline.domain.answers import due_of
from hotline.domain.appeal import Words
from hotline.domain.case import Case
from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import HotlineError, NotFound
from hotline.domain.events import Envelope
from hotline.domain.lifecycle import Status, commands_for
from hotline.domain.orders import AgencyReply, OrderKind, OrderMessage, Refused
from hotline.domain.tokens import Tokens
from hotline.ports import AgencyQueues, Cases, Deliveries, Delivery, WordsStore
from hotline.ports import Clock as Now
from hotline.use_cases.follow_appeal import service_name

_KINDS: Mapping[str, OrderKind] = {
    "WorkOrderDispatched": "dispatched",
    "WorkOrderRedispatched": "dispatched",
    "WorkOrderReopened": "reopened",
    "AppealSupplemented": "supplemented",
    "AppealWithdrawn": "withdrawn",
    "ClockWarned": "clock_warned",
    "ClockBreached": "clock_breached",
}

_WITH_WORDS = frozenset({"dispatched", "copy", "reopened", "supplemented"})
_COPIED = frozenset({"dispatched", "clock_breached"})
"""What the supervising district is told too (条例 Art 12(1))."""


def deliver_orders(
    envelopes: Sequence[Envelope],
    *,
    cases: Cases,
    words: WordsStore,
    deliveries: Deliveries,
    queues: AgencyQueues,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> dict[str, HotlineError]:
    """Send each message once, as far as can be known; its id lets the agency drop a second one.

    Three reads and one write for the whole batch, one send a message.

    Returns:
        What failed, by event id; only that is tried again.
    """
    directory = directories.current()
    ids = [envelope.appeal_id for envelope in envelopes]
    loaded, said = cases.get_many(ids), words.words_of(ids)
    addressed = [
        (envelope, agency_id)
        for envelope in envelopes
        if envelope.appeal_id in loaded
        for agency_id in _addressees(envelope, loaded[envelope.appeal_id])
    ]
    done = deliveries.done([(envelope.event_id, agency_id) for envelope, agency_id in addressed])
    failed: dict[str, HotlineError] = {
        envelope.event_id: NotFound("appeal") for envelope in envelopes if envelope.appeal_id not in loaded
    }
    sent: list[Delivery] = []
    for envelope, agency_id in addressed:
        if (envelope.event_id, agency_id) in done:
            continue
        case = loaded[envelope.appeal_id]
        try:
            notes = _notes(envelope, case, words)
            message = _message(envelope, agency_id, case, said.get(case.appeal_id), notes, directory, tokens)
            queues.send(agency_id, message)
        except HotlineError as error:
            failed[envelope.event_id] = error
            sent.append(Delivery(envelope.event_id, agency_id, "failed", now()))
        else:
            sent.append(Delivery(envelope.event_id, agency_id, "delivered", now()))
    events = {delivery.event_id for delivery in sent}
    before = [Delivery(*pair, "delivered", now()) for pair in done if pair[0] in events]
    deliveries.record(before + sent)
    return failed


def _addressees(envelope: Envelope, case: Case) -> Iterator[str]:
    """The lead agency, and the district that supervises it; nobody while no agency holds the order.

    An event of an agency that has lost the order since is news for nobody, and a dispatch that was
    late is not the agency's.
    """
    holder = envelope.data.get("agency_id")
    if holder is None or holder != case.agency_id or case.status is Status.RETURNED:
        return
    if envelope.data.get("clock") == "dispatch":
        return
    yield holder
    if _KINDS[envelope.name] in _COPIED and case.copy_to and case.copy_to != holder:
        yield case.copy_to


def _message(
    envelope: Envelope,
    agency_id: str,
    case: Case,
    said: Words | None,
    notes: tuple[str, ...],
    directory: Directory,
    tokens: Tokens,
) -> OrderMessage:
    leads = agency_id == case.agency_id
    kind: OrderKind = _KINDS[envelope.name] if leads or envelope.name == "ClockBreached" else "copy"
    service = directory.services.get(case.service_code) if case.service_code else None
    shown = said if kind in _WITH_WORDS else None
    shows_contact = leads and service is not None and service.needs_contact
    return OrderMessage(
        schema="hotline.order/1",
        message_id=envelope.event_id if leads else f"{envelope.event_id}/copy",
        kind=kind,
        work_order_id=case.work_order_id,
        appeal_id=case.appeal_id,
        agency_id=agency_id,
        lead_agency_id=None if leads else case.agency_id,
        reply_token=tokens.reply_token(case.work_order_id, agency_id) if leads else None,
        status=case.status.value,
        appeal_type=case.appeal_type.value,
        service=service_name(directory, case.service_code),
        language=case.language,
        place=shown.place if shown else None,
        text=shown.text if shown else None,
        fields=shown.fields if shown else {},
        contact=shown.contact if shown and shows_contact else None,
        notes=notes,
        due=due_of(case),
        return_until=case.return_until if leads else None,
        allowed=tuple(command.value for command in commands_for(case.status, Role.AGENCY)) if leads else (),
        occurred_at=envelope.occurred_at,
    )


def _notes(envelope: Envelope, case: Case, words: WordsStore) -> tuple[str, ...]:
    """The citizen's words that came with a supplement or a reopening."""
    wanted = envelope.data.get("note")
    if wanted is None:
        return ()
    return tuple(note.text for note in words.notes(case.appeal_id) if note.note_id == wanted)


def refusal_message(reply: AgencyReply, case: Case | None, error: HotlineError, at: datetime) -> OrderMessage:
    """Tell an agency that its reply was not carried out, and why.

    Another agency's order looks like an unknown one.
    """
    shown = case if case is not None and case.agency_id == reply.agency_id else None
    return OrderMessage(
        schema="hotline.order/1",
        message_id=f"{reply.work_order_id}/refused/{reply.command_id}",
        kind="reply_refused",
        work_order_id=reply.work_order_id,
        appeal_id=reply.appeal_id,
        agency_id=reply.agency_id,
        reply_token=reply.reply_token,
        status=shown.status.value if shown else "unknown",
        appeal_type=shown.appeal_type.value if shown else "unknown",
        language=shown.language if shown else "zh-CN",
        due=due_of(shown) if shown else (),
        refused=Refused(
            command_id=reply.command_id,
            problem=error.code,
            detail=error.detail,
            detail_en=error.detail_en,
        ),
        occurred_at=at,
    )
